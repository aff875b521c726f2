// Keys for those who live in the lists: j/k move, o open, x choose, a assign,
// / search, ? this list. Silent while somebody types.
const typing = (at) => at.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]')

const rows = () => Array.from(document.querySelectorAll('[data-rows] [data-row]'))

// move puts the cursor on the row step places further.
function move(step) {
  const all = rows()
  if (!all.length) return
  const at = all.findIndex((row) => row.classList.contains('at'))
  go(all[Math.min(Math.max(at + step, 0), all.length - 1)])
}

// go makes a row the one under the cursor and tells the preview.
export function go(row) {
  for (const other of rows()) other.classList.toggle('at', other === row)
  row.scrollIntoView({ block: 'nearest' })
  row.querySelector('a')?.focus({ preventScroll: true })
  row.dispatchEvent(new CustomEvent('row:at', { bubbles: true }))
}

const current = () => document.querySelector('[data-rows] [data-row].at')

// press clicks what the row, or else the page, offers for a key.
function press(key) {
  (current()?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`[data-key="${key}"]:not([data-row] *)`))?.click()
}

const bound = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current()?.querySelector('a')?.click(),
  x: () => { const box = current()?.querySelector('input[type=checkbox]'); if (box) box.click(); else press('x') },
  '/': () => document.querySelector('input[type=search]')?.focus(),
  '?': () => document.getElementById('keys')?.showModal?.(),
}

export function keys() {
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('dialog[open]')) return
    if (bound[e.key]) bound[e.key]()
    else if (/^[a-z]$/.test(e.key)) { press(e.key); return }
    else return
    e.preventDefault()
  })
  document.addEventListener('click', (e) => {
    if (e.target.closest('[data-keys]')) document.getElementById('keys')?.showModal?.()
    const row = e.target.closest('[data-rows] [data-row]')
    if (row && !e.target.closest('a, button, input, label, summary, details')) go(row)
  })
}

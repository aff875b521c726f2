// The page of a reply: what is not saved yet is said, findings lead to their
// words, articles go in where the cursor was. Saving and checking are htmx's.
export function reply() {
  const form = document.getElementById('reply-form')
  if (!form) return
  let box = form.querySelector('textarea')
  let dirty = false
  form.addEventListener('focusin', (e) => { if (e.target.matches('textarea')) box = e.target })
  form.addEventListener('input', (e) => {
    if (!e.target.matches('textarea')) return
    dirty = true
    const saved = document.getElementById('reply-saved')
    if (saved) saved.textContent = saved.dataset.dirty
  })
  form.addEventListener('submit', () => { dirty = false })
  document.addEventListener('htmx:afterSwap', (e) => {
    const saved = document.getElementById('reply-saved')
    if (e.detail.target?.id === 'reply-saved' && saved && !saved.querySelector('.over-text')) dirty = false
  })
  window.addEventListener('beforeunload', (e) => { if (dirty) e.preventDefault() })
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === 's') {
      e.preventDefault()
      form.querySelector('.reply-bar [value=save]')?.click()
    }
  })
  document.addEventListener('click', (e) => {
    const at = e.target.closest('[data-select]')
    if (at) {
      const to = document.getElementById(at.dataset.select)
      to.focus()
      to.setSelectionRange(Number(at.dataset.from), Number(at.dataset.to))
    }
    const cite = e.target.closest('[data-put]')
    if (cite && box && !box.readOnly) {
      box.focus()
      box.setRangeText(cite.dataset.put, box.selectionStart, box.selectionEnd, 'end')
      box.dispatchEvent(new Event('input', { bubbles: true }))
    }
  })
}

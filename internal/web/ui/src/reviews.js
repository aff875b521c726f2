// The page of a review: a mark and its finding lead to each other, what was
// judged shows in the document at once, words that are marked go into a new
// finding, an upload says how far it is. Without it every link is a page.
import htmx from 'htmx.org/dist/htmx.esm.js'

const pages = () => document.querySelector('.rv-pages')
const hits = (n) => Array.from(document.querySelectorAll(`.rv-pages a.hit[data-f="${n}"]`))

// within scrolls a box, and nothing but the box, until a part of it is in sight.
function within(box, part, margin) {
  if (!box || !part) return
  const frame = box.getBoundingClientRect(), own = part.getBoundingClientRect()
  if (own.top < frame.top + margin || own.bottom > frame.bottom - margin) box.scrollTop += own.top - frame.top - frame.height / 3
}

// show draws the frame round the finding in focus and brings it into sight; a
// range of pages that is not here yet is fetched first.
async function show(n, sheet) {
  for (const hit of document.querySelectorAll('.rv-pages a.hit[aria-current]')) hit.removeAttribute('aria-current')
  for (const row of document.querySelectorAll('.rv-rows [data-row]')) row.classList.toggle('at', row.dataset.f === n)
  const list = document.getElementById('list')
  if (list && n !== list.dataset.asked && !list.querySelector('.at') && list.querySelector('.rv-stretch')) {
    await htmx.ajax('GET', `${list.dataset.get}&f=${n}`, { target: list, swap: 'outerHTML' })
    const fresh = document.getElementById('list')
    if (fresh) fresh.dataset.asked = n // it may be outside of what the filter keeps
  }
  within(document.querySelector('.rv-rows'), document.querySelector('.rv-rows .at'), 0)
  if (!hits(n).length && Number(sheet) > 0) {
    const later = Array.from(document.querySelectorAll('.rv-later')).find((el) => Number(el.dataset.from) <= sheet && sheet <= Number(el.dataset.to))
    if (later) await htmx.ajax('GET', later.getAttribute('hx-get'), { target: later, swap: 'outerHTML' })
  }
  const at = hits(n)
  for (const hit of at) hit.setAttribute('aria-current', 'true')
  within(pages(), at[0], 24)
}

// redraw puts in the blocks of the document whose marks a judgement changed: those
// of other findings of the rule too, and what an overlap now shows. A block on pages
// that are not here yet comes with them.
function redraw() {
  for (const block of document.querySelectorAll('#work > template[data-block]')) {
    pages()?.querySelector(`[data-s="${block.dataset.block}"]`)?.replaceChildren(block.content)
    block.remove()
  }
}

// fresh gives every form of the page the version that an answer came with, and
// every mark what became of its finding.
function fresh() {
  const inputs = Array.from(document.querySelectorAll('input[data-version]'))
  const newest = Math.max(0, ...inputs.map((i) => Number(i.value)), Number(document.getElementById('work')?.dataset.version))
  for (const i of inputs) i.value = newest
  for (const row of document.querySelectorAll('.rv-rows [data-row]')) {
    for (const hit of hits(row.dataset.f)) {
      hit.classList.remove('is-open', 'is-accepted', 'is-dismissed')
      hit.classList.add(row.dataset.mark)
    }
  }
}

// bytes counts what a text is long in UTF-8, as the program counts.
const bytes = (s) => new TextEncoder().encode(s).length

// place returns the byte of the document at an end of the selection, or -1.
function place(node, offset) {
  const block = (node.nodeType === 1 ? node : node.parentElement)?.closest('[data-s]')
  if (!block || !pages()?.contains(block)) return -1
  const range = document.createRange()
  range.setStart(block, 0)
  range.setEnd(node, offset)
  const part = range.cloneContents()
  for (const sup of part.querySelectorAll('sup')) sup.remove()
  return Number(block.dataset.s) + bytes(part.textContent)
}

let chosen = null

function marked() {
  const s = document.getSelection()
  if (!s || s.isCollapsed || !s.rangeCount) return null
  const r = s.getRangeAt(0)
  const start = place(r.startContainer, r.startOffset), end = place(r.endContainer, r.endOffset)
  return start >= 0 && end > start ? { start, end, box: r.getBoundingClientRect() } : null
}

// offer puts a button beside the words that were marked.
function offer() {
  document.querySelector('.rv-here')?.remove()
  const add = document.querySelector('[data-add]')
  chosen = marked()
  if (!add || !chosen) return
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'btn btn-sm btn-primary rv-here'
  button.textContent = add.textContent
  button.style.left = `${chosen.box.left + window.scrollX}px`
  button.style.top = `${chosen.box.bottom + window.scrollY + 6}px`
  button.addEventListener('mousedown', (e) => e.preventDefault())
  button.addEventListener('click', () => { add.click(); button.remove() })
  document.body.append(button)
}

// builder asks for the opinion anew when a judgement changes what it would say,
// unless somebody has begun to write in it: then it says so.
function builder(force) {
  const box = document.getElementById('opinion'), work = document.getElementById('work')
  if (!box?.matches('section') || !work) return
  if (box.dataset.typed && !force) { box.querySelector('.rv-stale').hidden = false; return }
  htmx.ajax('GET', `${work.dataset.base}/opinion`, { target: box, swap: 'outerHTML' })
}

function upload(form, e) {
  const box = form.querySelector('.rv-progress')
  if (!box) return
  box.hidden = false
  box.querySelector('progress').value = e.total ? (100 * e.loaded) / e.total : 0
  if (e.total && e.loaded >= e.total) box.querySelector('[data-say]').textContent = box.dataset.reading
}

export function reviews() {
  document.addEventListener('htmx:xhr:progress', (e) => { if (e.target.matches?.('form[data-upload]')) upload(e.target, e.detail) })
  document.addEventListener('htmx:afterRequest', (e) => {
    const box = e.target.matches?.('form[data-upload]') && e.target.querySelector('.rv-progress')
    if (box) box.hidden = true
  })
  if (!document.getElementById('work')) return
  document.addEventListener('click', (e) => {
    const hit = e.target.closest('.rv-pages a.hit')
    if (hit && !e.ctrlKey && !e.metaKey && document.getSelection().isCollapsed) {
      e.preventDefault()
      htmx.ajax('GET', `${document.getElementById('work').dataset.base}/findings/${hit.dataset.f}`, { target: '#focus', swap: 'innerHTML' })
    }
    const again = e.target.closest('[data-refresh]')
    if (again) { e.preventDefault(); builder(true) }
  })
  document.addEventListener('htmx:afterSettle', (e) => {
    const to = e.detail.target
    redraw()
    fresh()
    const at = to?.id === 'focus' || to.id === 'work' ? document.querySelector('[data-focused]') : null
    if (at) show(at.dataset.focused, at.dataset.sheet)
  })
  document.addEventListener('review:changed', () => builder(false))
  document.addEventListener('input', (e) => { const box = e.target.closest('#opinion'); if (box) box.dataset.typed = '1' })
  document.addEventListener('mouseup', () => setTimeout(offer, 0))
  document.addEventListener('htmx:configRequest', (e) => {
    if (!e.target.matches?.('[data-add]') || !chosen) return
    e.detail.parameters.set('start', chosen.start)
    e.detail.parameters.set('end', chosen.end)
  })
  const at = document.querySelector('[data-focused]')
  if (at) show(at.dataset.focused, at.dataset.sheet)
}

// What makes the pages quick. Every page works without it. Nothing that was
// typed is kept in the browser: a half-filled form stands in the page only, and
// leaving it asks first.
import 'htmx.org/dist/htmx.esm.js'
import { folds } from './fold.js'
import { keys } from './keys.js'
import { passkeys } from './passkey.js'
import { preview } from './preview.js'
import { reply } from './reply.js'
import { reviews } from './reviews.js'
import { sheet } from './sheet.js'

const root = document.documentElement
root.classList.add('js')

// A row of tabs that is wider than the screen shows the one that is open.
for (const tab of document.querySelectorAll('.tabs a[aria-current]')) {
  const row = tab.closest('.tabs')
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2
}

// Menus (<details class="menu">) close when one looks elsewhere.
document.addEventListener('click', (e) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(e.target)) menu.open = false
  }
})
document.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return
  const menu = e.target.closest?.('details.menu[open]')
  if (menu) { menu.open = false; menu.querySelector('summary').focus() }
  else if (location.hash === '#rooms') location.hash = '#main'
})

// A form marked data-guard asks before its input is lost.
let dirty = false
document.addEventListener('input', (e) => { if (e.target.closest('form[data-guard]')) dirty = true })
document.addEventListener('submit', (e) => {
  dirty = false
  // A second click on the same button must not send twice.
  const form = e.target
  if (form.dataset.sent) e.preventDefault()
  form.dataset.sent = '1'
  setTimeout(() => delete form.dataset.sent, 4000)
})
document.addEventListener('reset', () => { dirty = false })
window.addEventListener('beforeunload', (e) => { if (dirty) e.preventDefault() })

document.addEventListener('change', (e) => {
  if (e.target.matches('[data-submit]')) e.target.form.requestSubmit()
  if (e.target.matches('[data-check-all]')) {
    for (const box of e.target.closest('form, table').querySelectorAll('tbody input[type=checkbox]')) box.checked = e.target.checked
  }
  if (e.target.matches('.rows input[type=checkbox]')) count(e.target)
})

// count shows how many rows are chosen, and the bar of what can be done with them.
function count(box) {
  const form = box.closest('form[data-bulk]')
  if (!form) return
  const chosen = form.querySelectorAll('tbody input[type=checkbox]:checked').length
  form.classList.toggle('choosing', chosen > 0)
  for (const out of form.querySelectorAll('[data-chosen]')) out.textContent = chosen
}

document.addEventListener('click', (e) => {
  const copy = e.target.closest('[data-copy]')
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => copy.classList.add('copied'))
  if (e.target.closest('[data-print]')) window.print()
  const fill = e.target.closest('[data-fill]')
  const field = fill && document.getElementsByName(fill.dataset.fill)[0]
  if (field) {
    for (const part of ['suggested', 'source', 'confidence']) { // what was taken up is sent with the form
      const kept = fill.dataset.row && document.getElementsByName(fill.dataset.row + '.' + part)[0]
      if (kept) kept.value = fill.dataset[part]
    }
    field.value = fill.dataset.value
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
  const close = e.target.closest('[data-close]')
  if (close) (close.closest('dialog')?.close() ?? close.closest('[role=status], [role=alert]')?.remove())
})

// A partial answer with an error status says where it belongs; it is shown, not dropped.
document.addEventListener('htmx:beforeSwap', (e) => {
  if (e.detail.xhr.status >= 400 && /html/.test(e.detail.xhr.getResponseHeader('Content-Type'))) {
    e.detail.shouldSwap = true
    e.detail.isError = false
  }
})

// The first thing to mend takes the focus, so that a screen reader starts there.
document.querySelector('.errors[tabindex]')?.focus()

folds()
keys()
preview()
reply()
reviews()
sheet()
passkeys()

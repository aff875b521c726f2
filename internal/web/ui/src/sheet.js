// The side sheet of a page: a form that htmx fetches into <dialog id="sheet">
// beside what it is about. Without a script the link opens the form as a page.
export function sheet() {
  const dialog = document.getElementById('sheet')
  if (!dialog?.showModal) return
  document.addEventListener('htmx:afterSwap', (e) => {
    if (e.detail.target !== dialog) return
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!dialog.contains(menu)) menu.open = false
    if (!dialog.open) dialog.showModal()
    const first = dialog.querySelector('.errors[tabindex]') ?? dialog.querySelector('form :is(input, select, textarea):not([type=hidden])')
    first?.focus()
  })
  dialog.addEventListener('click', (e) => {
    const cancel = e.target.closest('a[data-close]')
    if (cancel) e.preventDefault()
    if (cancel || e.target === dialog) dialog.close()
  })
  // What was typed and left is gone with the sheet: leaving the page asks no more.
  dialog.addEventListener('close', () => { dialog.querySelector('form')?.reset() })
}

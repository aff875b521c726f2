// Shows the row under the cursor beside the list, on screens wide enough to
// have the pane. Rows say where their preview is: data-preview="/path".
import htmx from 'htmx.org/dist/htmx.esm.js'

export function preview() {
  const pane = document.querySelector('[data-preview-pane]')
  if (!pane) return
  let wait
  document.addEventListener('row:at', (e) => {
    clearTimeout(wait)
    const from = e.target.dataset.preview
    if (!from || pane.offsetParent === null) return
    wait = setTimeout(() => htmx.ajax('GET', from, { target: pane, swap: 'innerHTML' }), 90)
  })
}

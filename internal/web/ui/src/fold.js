// Panels that fold. The long ones are closed on a phone, where they would stand
// between the reader and what comes next; a panel that is fetched again keeps the
// state that it was left in.
const long = ':scope > details[data-long]'
const narrow = window.matchMedia('(max-width: 900px)')
const left = new Map()

// settle gives the long panels within a part of the page their state.
function settle(root) {
  const all = root.matches?.('.pleat') ? [root] : root.querySelectorAll('.pleat')
  for (const panel of all) {
    const fold = panel.querySelector(long)
    if (!fold) continue
    if (left.has(panel.id)) fold.open = left.get(panel.id)
    else if (narrow.matches && '#' + panel.id !== location.hash) fold.open = false
  }
}

export function folds() {
  if (!document.querySelector('.pleat')) return
  settle(document)
  document.addEventListener('htmx:beforeSwap', (e) => {
    const fold = e.detail.target?.querySelector?.(long)
    if (fold) left.set(e.detail.target.id, fold.open)
  })
  document.addEventListener('htmx:load', (e) => { if (e.detail.elt !== document.body) settle(e.detail.elt) })
  window.addEventListener('hashchange', () => {
    const fold = document.getElementById(location.hash.slice(1))?.querySelector(':scope > details')
    if (fold) fold.open = true
  })
}

package webtest

// Fits fails the test for each of the page's Misfits.
func (p *Page) Fits() {
	p.t.Helper()
	for _, what := range p.Misfits() {
		p.t.Errorf("%s: %s", p.URL(), what)
	}
}

// Misfits says where the page is wider than its window, a list than its box, or
// words stand one character below the other, as in a column that is too narrow: a word
// that stands by itself must not begin on one line and end on the next. On a phone a list
// may scroll within a frame that the keyboard reaches.
func (p *Page) Misfits() []string {
	p.t.Helper()
	wrong, err := call[[]string](p, `const out = []
if (document.documentElement.scrollWidth > innerWidth) out.push('too wide: page ' + document.documentElement.scrollWidth + ' of ' + innerWidth)
for (const box of document.querySelectorAll('.table-box, .panel, .approval')) {
  if (innerWidth <= 900 && box.tabIndex === 0 && getComputedStyle(box).overflowX === 'auto') continue
  if (box.scrollWidth > box.clientWidth + 1) out.push('too wide: ' + box.className + ' ' + box.scrollWidth + ' of ' + box.clientWidth)
}
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange()
for (let n = words.nextNode(); n; n = words.nextNode()) {
  const text = n.data.trim()
  if (text.length < 2 || text.length > 40 || n.parentElement.closest('.hidden-text') || !n.parentElement.checkVisibility()) continue
  if (/\S$/.test(n.parentElement.previousSibling?.data ?? '') || /^\S/.test(n.parentElement.nextSibling?.data ?? '')) continue // within running text
  range.selectNodeContents(n)
  const lines = [...range.getClientRects()].filter((r) => r.width > 0 && r.height > 1)
  const size = parseFloat(getComputedStyle(n.parentElement).fontSize)
  if (lines.length >= 2 && lines.length >= text.length / 1.5 && lines.every((r) => r.width < 1.5 * size)) out.push('one character a line: ' + text)
}
return out`)
	p.check(err, "fits")
	return wrong
}

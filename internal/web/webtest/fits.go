package webtest

// Fits fails the test when the page is wider than its window, or a list than its
// frame. On a narrow screen a frame may scroll sideways if the keyboard reaches it.
func (p *Page) Fits() {
	p.t.Helper()
	wide, err := call[[]string](p, `const out = []
if (document.documentElement.scrollWidth > innerWidth) out.push('page ' + document.documentElement.scrollWidth + ' of ' + innerWidth)
for (const box of document.querySelectorAll('.table-box, .panel, .approval')) {
  if (innerWidth <= 900 && box.tabIndex === 0 && getComputedStyle(box).overflowX === 'auto') continue
  if (box.scrollWidth > box.clientWidth + 1) out.push(box.className + ' ' + box.scrollWidth + ' of ' + box.clientWidth)
}
return out`)
	p.check(err, "fits")
	for _, what := range wide {
		p.t.Errorf("%s: too wide: %s", p.URL(), what)
	}
}

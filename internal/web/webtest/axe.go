package webtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/chromedp/chromedp"
)

// Finding is one thing that axe-core holds against a page.
type Finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"` // markup of the first few places
}

// Axe fails the test when the page has a serious or critical barrier by
// axe-core's rules (WCAG 2.2 A and AA).
func (p *Page) Axe() {
	p.t.Helper()
	for _, f := range p.Barriers() {
		if f.Impact == "serious" || f.Impact == "critical" {
			p.t.Errorf("%s: %s (%s)\n  %s", p.URL(), f.Help, f.ID, strings.Join(f.Nodes, "\n  "))
		}
	}
}

// Barriers returns everything that axe-core finds on the page. Bars that stick to
// an edge are laid where they belong meanwhile: what they cover is a matter of
// how far one has scrolled.
func (p *Page) Barriers() []Finding {
	p.t.Helper()
	script, err := axeScript()
	p.check(err, "axe")
	_, err = chromedp.Run(p.ctx, chromedp.Evaluate[bool](script+";true"))
	p.check(err, "axe")
	found, err := call[[]Finding](p, `const stuck = [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).position === 'sticky').map((e) => [e, e.style.position])
for (const [e] of stuck) e.style.position = 'static'
const out = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
for (const [e, was] of stuck) e.style.position = was
return out.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 200) + ' ' + (n.any[0]?.message ?? '')) }))`)
	p.check(err, "axe")
	return found
}

// axeScript reads axe-core from where npm put it; it is no part of the program.
func axeScript() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	file := filepath.Join(filepath.Dir(here), "../ui/node_modules/axe-core/axe.min.js")
	b, err := os.ReadFile(file) // #nosec G304: a path of the repository
	if err != nil {
		return "", fmt.Errorf("axe-core is not there; run `make assets`: %w", err)
	}
	return string(b), nil
}

package webtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// widths are those of a desk and of a phone.
var widths = [...]int64{1440, 390}

// SignIn signs in on the form that a path leads to.
func (p *Page) SignIn(path, name, password string) {
	p.t.Helper()
	p.Open(path)
	p.Fill("name", name)
	p.Fill("password", password)
	p.ClickOn("main form button")
}

// Look opens paths on a desk and on a phone: they have no barriers and fit. Pictures
// are kept, see Keep.
func (p *Page) Look(paths ...string) {
	p.t.Helper()
	for _, path := range paths {
		for _, width := range widths {
			p.Size(width, 900)
			p.Open(path)
			p.Axe()
			p.Fits()
			p.Keep(strings.NewReplacer("/", "-", "?", "-").Replace(path[1:]), width)
		}
	}
}

// Keep writes a picture of the page into the folder that XIAOBAO_SHOTS names; without
// it nothing.
func (p *Page) Keep(name string, width int64) {
	p.t.Helper()
	if dir := os.Getenv("XIAOBAO_SHOTS"); dir != "" {
		p.Screenshot(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)))
	}
}

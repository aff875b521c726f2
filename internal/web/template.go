package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed shell/*.html part/*.html page
var templateFiles embed.FS

// source is the set of template files; tests add files of their own.
type source struct {
	shells, parts []string
	pages         []string // paths such as page/desk/list.html
	read          func(name string) ([]byte, error)
}

func sources(extra ...fs.FS) *source {
	layers := append([]fs.FS{templateFiles}, extra...)
	src := &source{read: func(name string) (b []byte, err error) {
		for _, layer := range layers {
			if b, err = fs.ReadFile(layer, name); err == nil {
				return b, nil
			}
		}
		return nil, err
	}}
	for _, layer := range layers {
		src.shells = append(src.shells, glob(layer, "shell/*.html")...)
		src.parts = append(src.parts, glob(layer, "part/*.html")...)
		src.pages = append(src.pages, glob(layer, "page/*/*.html")...)
	}
	return src
}

func glob(layer fs.FS, pattern string) []string {
	names, err := fs.Glob(layer, pattern)
	if err != nil {
		panic(err) // the pattern is ours
	}
	return names
}

// page is one page in one language. Its own templates are parsed when the site is
// made; they are joined with a copy of the shared ones when the page is first
// shown, for copying the shared ones is most of the work and few programs show all pages.
type page struct {
	base  *template.Template // the shells and parts, never executed
	own   *template.Template
	shell string
	once  sync.Once
	set   *template.Template
	err   error
}

// execute writes one template of the page, the shell or a block.
func (p *page) execute(w io.Writer, name string, data any) error {
	p.once.Do(func() { p.set, p.err = join(p.base, p.own) })
	if p.err != nil {
		return p.err
	}
	return p.set.ExecuteTemplate(w, name, data)
}

// join returns a copy of base with copies of a page's templates.
func join(base, own *template.Template) (*template.Template, error) {
	set, err := base.Clone()
	if err != nil {
		return nil, err
	}
	for _, t := range own.Templates() {
		if t.Tree == nil {
			continue // the root, under which the file was parsed
		}
		if _, err := set.AddParseTree(t.Name(), t.Tree.Copy()); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// shellOf says in which frame a room's pages stand: the door for people who are
// not signed in, the portal for consumers, paper for letters.
func shellOf(room string) string {
	switch room {
	case "sign", "fault":
		return "door"
	case "portal":
		return "portal"
	case "paper":
		return "paper"
	}
	return "frame"
}

// parse reads all templates for every language; funcs are the functions of each, the
// same names in all. A page file defines "title" and "main"; it may define blocks of
// its own for partial answers.
func (src *source) parse(funcs map[Lang]template.FuncMap) (map[Lang]map[string]*page, error) {
	shared := template.New("base").Funcs(funcs[Chinese]).Option("missingkey=error")
	for _, name := range append(append([]string{}, src.shells...), src.parts...) {
		if err := src.add(shared, name); err != nil {
			return nil, err
		}
	}
	own := map[string]*template.Template{}
	for _, file := range src.pages {
		own[file] = template.New("page").Funcs(funcs[Chinese])
		if err := src.add(own[file], file); err != nil {
			return nil, err
		}
	}
	all := map[Lang]map[string]*page{}
	for lang := range funcs {
		base, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		base.Funcs(funcs[lang])
		all[lang] = map[string]*page{}
		for file, t := range own {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "page/"), ".html")
			all[lang][name] = &page{base: base, own: t, shell: shellOf(path.Dir(name))}
		}
	}
	return all, nil
}

func (src *source) add(set *template.Template, file string) error {
	text, err := src.read(file)
	if err != nil {
		return err
	}
	if _, err = set.New(file).Parse(string(text)); err != nil {
		return fmt.Errorf("web: template %s: %w", file, err)
	}
	return nil
}

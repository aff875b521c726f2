package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
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

// page is one parsed page: its templates and the shell it stands in.
type page struct {
	set   *template.Template
	shell string
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

// parse reads all templates with one language's functions. A page file defines
// "title" and "main"; it may define blocks of its own for partial answers.
func (src *source) parse(funcs template.FuncMap) (map[string]*page, error) {
	base := template.New("base").Funcs(funcs).Option("missingkey=error")
	for _, name := range append(append([]string{}, src.shells...), src.parts...) {
		if err := src.add(base, name); err != nil {
			return nil, err
		}
	}
	pages := map[string]*page{}
	for _, file := range src.pages {
		set, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if err := src.add(set, file); err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "page/"), ".html")
		pages[name] = &page{set: set, shell: shellOf(path.Dir(name))}
	}
	return pages, nil
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

// Package web is the base that all pages stand on: templates, the two
// languages, assets, forms, errors and security headers. The rooms' handlers
// live in packages below it and know no more of HTTP than a handler must:
//
//	mux.Handle("GET /desk", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
//		view, err := ... // a typed struct
//		if err != nil {
//			return err // its kind becomes a status and a page
//		}
//		return site.Render(w, r, "desk/list", view)
//	}))
//
// Nothing a person types is kept in the browser: no drafts in localStorage or
// sessionStorage, because a branch's computer is shared and a draft is personal
// data. Input survives an error because the form comes back filled.
package web

import (
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
)

// Viewer is the person a page is made for.
type Viewer struct {
	Name   string          // as shown, such as "李雯"
	Unit   string          // name of the unit the person works in
	Role   string          // message id of the role, such as "role.handler"
	Rooms  map[string]bool // ids of the rooms the person may enter, see Rooms
	Counts map[string]int  // small numbers beside rooms, by room id; zero is not shown
	Alarm  string          // message id of what this person should look after, "" for nothing
}

// Initial returns the first character of the name, for the round mark.
func (v Viewer) Initial() string {
	for _, r := range v.Name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

// Options is what a Site needs from outside.
type Options struct {
	Viewer func(*http.Request) *Viewer // nil result: nobody is signed in
	Log    *slog.Logger                // internal errors go here, never to a page
	Secure bool                        // cookies only over TLS
}

// Site renders pages. It is made once and safe for concurrent use.
type Site struct {
	options Options
	texts   *Catalogue
	pages   map[Lang]map[string]*page
	assets  *Assets
}

// New parses every template in every language; an error names the file. extra
// adds templates of its own: only tests have any.
func New(o Options, extra ...fs.FS) (*Site, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Viewer == nil {
		o.Viewer = func(*http.Request) *Viewer { return nil }
	}
	texts, err := loadCatalogue()
	if err != nil {
		return nil, err
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	s := &Site{options: o, texts: texts, assets: assets}
	funcs := map[Lang]template.FuncMap{}
	for _, lang := range Langs {
		funcs[lang] = s.funcs(lang)
	}
	if s.pages, err = sources(extra...).parse(funcs); err != nil {
		return nil, err
	}
	return s, nil
}

// Assets serves the embedded files under /assets/ and knows their addresses.
func (s *Site) Assets() *Assets { return s.assets }

// Texts returns the message catalogue, for the few sentences that are made
// outside a template (titles of files, mails).
func (s *Site) Texts() *Catalogue { return s.texts }

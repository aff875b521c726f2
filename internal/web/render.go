package web

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// frame is what a shell sees; the page's own templates see only View.
type frame struct {
	Lang   Lang
	Theme  string // light, dark or auto
	Type   string // normal or large
	Viewer *Viewer
	Rooms  []roomLink
	Path   string // where the reader is, for links that lead back
	Search string // what stands in the search box
	Flash  *Note
	View   any
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render writes a whole page ("room/page") with status 200. The page is made in
// memory first: an error in a template never leaves half a page.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, name string, view any) error {
	return s.write(w, r, http.StatusOK, name, "", view)
}

// Fragment writes one block of a page, for a partial update by htmx.
func (s *Site) Fragment(w http.ResponseWriter, r *http.Request, name, block string, view any) error {
	return s.write(w, r, http.StatusOK, name, block, view)
}

func (s *Site) write(w http.ResponseWriter, r *http.Request, status int, name, block string, view any) error {
	lang := LangOf(r)
	p, ok := s.pages[lang][name]
	if !ok {
		return fmt.Errorf("web: no page %q", name)
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	var err error
	if block != "" {
		err = p.execute(buf, block, view)
	} else {
		err = p.execute(buf, p.shell, s.frame(w, r, lang, view))
	}
	if err != nil {
		return fmt.Errorf("web: page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	h.Set("Content-Language", lang.Tag())
	h.Set("Cache-Control", "no-store") // pages hold personal data
	h.Add("Vary", "Accept-Language, Cookie, HX-Request")
	w.WriteHeader(status)
	_, err = w.Write(buf.Bytes())
	if err != nil {
		s.options.Log.Debug("page not taken", "page", name, "err", err)
	}
	return nil
}

func (s *Site) frame(w http.ResponseWriter, r *http.Request, lang Lang, view any) frame {
	f := frame{
		Lang: lang, Theme: preference(r, cookieTheme, "auto"), Type: preference(r, cookieType, "normal"),
		Viewer: s.options.Viewer(r), Path: Address(r), Flash: takeFlash(w, r), View: view,
	}
	if r.Method != http.MethodGet {
		f.Path = r.URL.Path
	}
	if f.Viewer != nil {
		f.Rooms = roomLinks(f.Viewer, r.URL.Path)
	}
	if r.URL.Path == "/search" {
		f.Search = r.URL.Query().Get("q")
	}
	return f
}

// Pages returns the names of all pages, sorted; a test renders each of them.
func (s *Site) Pages() []string { return slices.Sorted(maps.Keys(s.pages[Chinese])) }

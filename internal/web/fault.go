package web

import (
	"errors"
	"net/http"
	"net/url"

	"xiaobao/internal/fault"
)

// HandlerFunc is a handler that may fail. It must not have written anything
// when it returns an error.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// Handle wraps a handler: its error becomes a status and a page; errors that
// are not for people are logged and shown as one plain sentence.
func (s *Site) Handle(f HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.Fail(w, r, err)
		}
	})
}

// again is an error that comes with the page it belongs on.
type again struct {
	page string
	view any
	err  error
}

func (a *again) Error() string { return a.err.Error() }
func (a *again) Unwrap() error { return a.err }

// Again returns err with the page that keeps the person's input: the handler
// puts the refused Form into the view, and nothing typed is lost.
func Again(page string, view any, err error) error {
	if err == nil {
		return nil
	}
	return &again{page: page, view: view, err: err}
}

// FaultView is the page of an error.
type FaultView struct {
	Status int
	Kind   string // name of the fault kind, for the message ids
	Text   string // sentence for a person
	Back   string // path that leads on
}

// Status returns the HTTP status of a fault kind.
func Status(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden, fault.Recused:
		return http.StatusForbidden
	case fault.Unauthed:
		return http.StatusUnauthorized
	case fault.Stale, fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fail answers with the page of an error. Somebody who is not signed in is led
// to the sign-in page and from there back; an error with a method Continue, which
// gives a path, leads there: the work goes on elsewhere.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		s.options.Log.Error("page failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	if r.Header.Get("HX-Request") != "" {
		s.failPart(w, r, err)
		return
	}
	if c, ok := errors.AsType[interface {
		error
		Continue() string
	}](err); ok {
		http.Redirect(w, r, c.Continue(), http.StatusSeeOther)
		return
	}
	if a, ok := errors.AsType[*again](err); ok {
		if s.write(w, r, Status(kind), a.page, "", a.view) == nil {
			return
		}
	}
	if kind == fault.Unauthed && r.Method == http.MethodGet {
		http.Redirect(w, r, Link("/sign-in", "back", LocalPath(Address(r))), http.StatusSeeOther)
		return
	}
	view := FaultView{Status: Status(kind), Kind: kind.String(), Text: s.Sentence(LangOf(r), err), Back: "/"}
	if broken := s.write(w, r, view.Status, "fault/fault", "", view); broken != nil {
		s.options.Log.Error("error page failed", "err", broken)
		http.Error(w, view.Text, view.Status)
	}
}

// failPart answers a partial update: the sentence goes to the place of notes
// above the page, and the page stays as it is. Somebody who is no longer signed
// in goes to the door and comes back to the page, not to its part.
func (s *Site) failPart(w http.ResponseWriter, r *http.Request, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Unauthed {
		at, _ := url.Parse(r.Header.Get("HX-Current-URL"))
		if at == nil {
			at = &url.URL{Path: "/"}
		}
		w.Header().Set("HX-Redirect", Link("/sign-in", "back", LocalPath(at.RequestURI())))
		w.WriteHeader(Status(kind))
		return
	}
	w.Header().Set("HX-Retarget", "#notes")
	w.Header().Set("HX-Reswap", "innerHTML show:window:top")
	note := Note{Kind: "bad", Text: s.Sentence(LangOf(r), err)}
	if broken := s.write(w, r, Status(kind), "fault/fault", "note", note); broken != nil {
		http.Error(w, note.Text, Status(kind))
	}
}

// Sentence returns what a person may read about an error, in the language of
// the page where the catalogue has it, else in Chinese.
func (s *Site) Sentence(lang Lang, err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind == fault.Internal {
		return s.texts.Text(lang, "fault.internal.text")
	}
	if e.Key == "" || !s.texts.Has(lang, e.Key) {
		return e.Text
	}
	var args []any
	for name, value := range e.Args {
		args = append(args, name, value)
	}
	return s.texts.Text(lang, e.Key, args...)
}

// NotFound answers any path that no handler has.
func (s *Site) NotFound() http.Handler {
	return s.Handle(func(http.ResponseWriter, *http.Request) error {
		return &fault.Error{Kind: fault.NotFound, Key: "fault.not_found.text", Text: "没有这个页面，或者您不能查看。"}
	})
}

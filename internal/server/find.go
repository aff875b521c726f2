package server

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// code is what the choices of a form look like; number is a row of digits as long as
// that of a phone.
var (
	code   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,39}$`)
	number = regexp.MustCompile(`[0-9]{7}`)
)

// find takes what somebody typed into the search form of a page and leads to the
// page, with the words sealed in its address: they may be somebody's name, and
// addresses stay in histories, logs and bookmarks (ASVS 14.2.1).
func (h *hall) find(w http.ResponseWriter, r *http.Request) error {
	to := "/" + r.PathValue("page")
	names, ok := h.wordsAt(to)
	if !ok {
		return &fault.Error{Kind: fault.NotFound, Key: "fault.not_found.text", Text: "没有这个页面，或者您不能查看。"}
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	address, err := h.withWords(r, to, form.Values, names)
	if err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// wordsAt returns the fields of a page in which people type; false when there is no
// such page, or nothing to type on it.
func (h *hall) wordsAt(at string) ([]string, bool) {
	if path.Clean(at) != at {
		return nil, false
	}
	_, pattern := h.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: at}})
	names, ok := h.words[pattern]
	return names, ok
}

// withWords is the address of a page with the fields of a form: those that were
// typed, and whatever looks like no code or date, are sealed; the others stand in it
// as they are.
func (h *hall) withWords(r *http.Request, at string, form url.Values, names []string) (string, error) {
	open, typed := url.Values{}, url.Values{}
	for name, values := range form {
		for _, v := range values {
			switch {
			case strings.TrimSpace(v) == "" || name == web.WordsField:
			case slices.Contains(names, name) || !code.MatchString(v) || number.MatchString(v):
				typed.Add(name, v)
			default:
				open.Add(name, v)
			}
		}
	}
	if len(typed) > 0 {
		token, err := h.a.SealWords(web.Actor(r), typed)
		if err != nil {
			return "", err
		}
		open.Set(web.WordsField, token)
	}
	to := url.URL{Path: at, RawQuery: open.Encode()}
	return to.String(), nil
}

// worded opens the words that an address holds sealed. Words that stand there in
// clear, in an old bookmark or by hand, are sealed and the browser is led on; what
// cannot be opened is said, and the page comes with an empty box.
func (h *hall) worded(names []string, next http.Handler) http.Handler {
	return h.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		if slices.ContainsFunc(names, func(name string) bool { return strings.TrimSpace(q.Get(name)) != "" }) {
			to, err := h.withWords(r, r.URL.Path, q, names)
			if err != nil {
				return err
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
			return nil
		}
		token := q.Get(web.WordsField)
		if token == "" {
			next.ServeHTTP(w, r)
			return nil
		}
		q.Del(web.WordsField)
		words, err := h.a.OpenWords(web.Actor(r), token)
		if err != nil {
			h.site.Flash(w, "warn", "fault.words")
			to := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
			http.Redirect(w, r, to.String(), http.StatusSeeOther)
			return nil
		}
		maps.Copy(q, words)
		next.ServeHTTP(w, web.WithWords(r, q))
		return nil
	})
}

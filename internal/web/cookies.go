package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The names of the cookies that the pages keep: choices of the reader and the
// one message after a redirect. None of them names a person.
const (
	cookieLang  = "xb_lang"
	cookieTheme = "xb_theme"
	cookieType  = "xb_type"
	cookieFlash = "xb_flash"
)

var choices = map[string][]string{
	cookieLang:  {string(Chinese), string(English)},
	cookieTheme: {"light", "dark", "auto"},
	cookieType:  {"normal", "large"},
}

func preference(r *http.Request, cookie, otherwise string) string {
	if c, err := r.Cookie(cookie); err == nil && slices.Contains(choices[cookie], c.Value) {
		return c.Value
	}
	return otherwise
}

// Preferences takes POST with any of lang, theme, type, remembers the choice
// for a year and leads back to the path in the field "back".
func (s *Site) Preferences() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		for field, cookie := range map[string]string{"lang": cookieLang, "theme": cookieTheme, "type": cookieType} {
			if v := r.PostFormValue(field); slices.Contains(choices[cookie], v) {
				s.setCookie(w, cookie, v, 365*24*3600)
			}
		}
		http.Redirect(w, r, LocalPath(r.PostFormValue("back")), http.StatusSeeOther)
	})
}

// LocalPath returns back when it is a path on this site, else "/": nobody can
// be led away by a link that passes through us.
func LocalPath(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(back, "/") ||
		strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t") {
		return "/"
	}
	return back
}

func (s *Site) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.options.Secure, SameSite: http.SameSiteLaxMode})
}

// Note is one message above a page: Kind is good, bad, warn or info; Key a
// message id with Args as names and values in turn, or Text a sentence of data.
type Note struct {
	Kind string   `json:"k"`
	Key  string   `json:"m,omitempty"`
	Args []string `json:"a,omitempty"`
	Text string   `json:"t,omitempty"`
}

// Icon returns the name of the icon that goes with the kind.
func (n Note) Icon() string {
	switch n.Kind {
	case "good":
		return "circle-check"
	case "bad", "warn":
		return "alert-triangle"
	}
	return "info-circle"
}

// Values returns the arguments as a template passes them on.
func (n Note) Values() []any {
	out := make([]any, len(n.Args))
	for i, a := range n.Args {
		out[i] = a
	}
	return out
}

// Flash leaves a message for the next page of this reader. It travels in a
// cookie: put numbers and dates in it, never personal data.
func (s *Site) Flash(w http.ResponseWriter, kind, key string, args ...string) {
	b, err := json.Marshal(Note{Kind: kind, Key: key, Args: args})
	if err != nil {
		return // strings always marshal
	}
	s.setCookie(w, cookieFlash, base64.RawURLEncoding.EncodeToString(b), 60)
}

func takeFlash(w http.ResponseWriter, r *http.Request) *Note {
	c, err := r.Cookie(cookieFlash)
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: cookieFlash, Path: "/", MaxAge: -1, HttpOnly: true})
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	var n Note
	if err != nil || len(b) > 1024 || json.Unmarshal(b, &n) != nil || !slices.Contains([]string{"good", "bad", "warn", "info"}, n.Kind) {
		return nil
	}
	n.Text = "" // only sentences of the catalogue, whoever wrote the cookie
	return &n
}

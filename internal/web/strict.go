package web

import "net/http"

// SetStrict gives the browser a cookie that it sends to pages below path only,
// and never from a link of another site; empty takes it away. It lasts until the
// browser is closed.
func (s *Site) SetStrict(w http.ResponseWriter, name, value, path string) {
	age := 0
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, Secure: s.options.Secure, SameSite: http.SameSiteStrictMode})
}

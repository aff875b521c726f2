package web

import (
	"net"
	"net/http"
)

// The cookie of a session. The prefix makes browsers refuse one that was set
// without TLS, from a path or by a neighbouring host.
const (
	cookieSession = "xb_session"
	cookieSecured = "__Host-xb_session"
)

func (s *Site) sessionCookie() string {
	if s.options.Secure {
		return cookieSecured
	}
	return cookieSession
}

// SessionToken returns the token of the session that a request carries, "" for none.
func (s *Site) SessionToken(r *http.Request) string {
	c, err := r.Cookie(s.sessionCookie())
	if err != nil || len(c.Value) > 128 {
		return ""
	}
	return c.Value
}

// SetSession gives the browser the token of a session, until it is closed: how
// long the session really lasts is decided by the server.
func (s *Site) SetSession(w http.ResponseWriter, token string) {
	s.setCookie(w, s.sessionCookie(), token, 0)
}

// DropSession takes the token away.
func (s *Site) DropSession(w http.ResponseWriter) { s.setCookie(w, s.sessionCookie(), "", -1) }

// The cookie of somebody who is on the way to the issuer of a single sign-on and back.
const cookieErrand = "xb_errand"

// SetErrand lets the browser keep what it is to bring back from the issuer, for ten
// minutes; "" takes it away.
func (s *Site) SetErrand(w http.ResponseWriter, text string) {
	seconds := 600
	if text == "" {
		seconds = -1
	}
	s.setCookie(w, s.errandCookie(), text, seconds)
}

// Errand returns what SetErrand gave the browser, "" for nothing.
func (s *Site) Errand(r *http.Request) string {
	c, err := r.Cookie(s.errandCookie())
	if err != nil || len(c.Value) > 4096 {
		return ""
	}
	return c.Value
}

func (s *Site) errandCookie() string {
	if s.options.Secure {
		return "__Host-" + cookieErrand
	}
	return cookieErrand
}

// ClientIP returns the address that a request comes from. The server has put the
// one that a trusted proxy reports into RemoteAddr.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

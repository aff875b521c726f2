package web

import (
	"html/template"
	"net/http"
	"strings"
)

// Sign is the state of the pages before the door; all of them post back to
// their own path.
type Sign struct {
	Form   *Form
	Back   string // where to go afterwards
	Name   string // of the person, once known
	Single string // text of the button of a single sign-on, data; "" for none
}

// SecondFactor is the page that asks for the code of the authenticator.
type SecondFactor struct {
	Sign
	Recovery bool // a recovery code is asked instead
	Code     bool // there is an authenticator
	Key      KeyAsk
}

// KeyAsk is what a page needs to ask for a security key.
type KeyAsk struct {
	On      bool   // one is registered
	Missing string // why it cannot be used here, data; "" when it can
	Options string // path that gives what the browser is to ask
	Action  string // path that takes the answer
	Back    string
}

// NewPassword is the page to change a password.
type NewPassword struct {
	Sign
	Must   bool     // the person cannot go on without
	Rules  []string // sentences of what a password needs, data
	Reason string   // message id of why it must be changed; empty when by choice
}

// Enrol is the page to add an authenticator.
type Enrol struct {
	Sign
	Secret string // base32, in groups of four
	QR     string // data:image/png;base64,… of the otpauth address
}

// SignIn renders the page where one enters name and password.
func (s *Site) SignIn(w http.ResponseWriter, r *http.Request, v Sign) error {
	return s.sign(w, r, "sign/in", v.Form, v)
}

// SignCode renders the page of the second factor.
func (s *Site) SignCode(w http.ResponseWriter, r *http.Request, v SecondFactor) error {
	return s.sign(w, r, "sign/code", v.Form, v)
}

// SignPassword renders the page of the new password.
func (s *Site) SignPassword(w http.ResponseWriter, r *http.Request, v NewPassword) error {
	return s.sign(w, r, "sign/password", v.Form, v)
}

// SignEnrol renders the page to add an authenticator.
func (s *Site) SignEnrol(w http.ResponseWriter, r *http.Request, v Enrol) error {
	return s.sign(w, r, "sign/enrol", v.Form, v)
}

// sign answers with the status of the form's fault, if it has one.
func (s *Site) sign(w http.ResponseWriter, r *http.Request, page string, f *Form, view any) error {
	status := http.StatusOK
	if f != nil && f.Fault != nil {
		status = Status(f.Fault.Kind)
	}
	return s.write(w, r, status, page, "", view)
}

// Proof is the page that asks somebody who is signed in to prove once more who he is.
type Proof struct {
	Sign
	Code bool // an authenticator may be used in place of the password
	Key  KeyAsk
}

// SignProof renders the page of the proof.
func (s *Site) SignProof(w http.ResponseWriter, r *http.Request, v Proof) error {
	return s.sign(w, r, "sign/proof", v.Form, v)
}

// Codes is the page that shows new recovery codes, once.
type Codes struct {
	Codes []string
	Back  string
}

// SignCodes renders the page of the recovery codes.
func (s *Site) SignCodes(w http.ResponseWriter, r *http.Request, v Codes) error {
	return s.sign(w, r, "sign/codes", nil, v)
}

// Picture returns the QR code as an address of its own bytes; anything but a
// PNG is left out.
func (e Enrol) Picture() template.URL {
	if !strings.HasPrefix(e.QR, "data:image/png;base64,") {
		return ""
	}
	return template.URL(e.QR) // #nosec G203: prefix checked, attribute escaped
}

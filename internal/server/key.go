package server

import (
	"net/http"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// codeView is the page of the second factor: code, recovery code or security key.
func (h *hall) codeView(r *http.Request, form *web.Form, to string, recovery bool) (web.SecondFactor, error) {
	f, err := h.a.Factors(r.Context(), h.site.SessionToken(r))
	return web.SecondFactor{Sign: web.Sign{Form: form, Back: to}, Recovery: recovery && f.Code, Code: f.Code,
		Key: web.KeyAsk{On: f.Passkey, Missing: h.missing(r, f), Options: "/sign-in/key/options", Action: "/sign-in/key", Back: to}}, err
}

// missing says in the reader's language why a registered key cannot be used here, ""
// when it can.
func (h *hall) missing(r *http.Request, f app.Factors) string {
	if f.Missing == nil {
		return ""
	}
	return h.site.Sentence(web.LangOf(r), f.Missing)
}

// askKey tells the browser which key to ask for.
func (h *hall) askKey(w http.ResponseWriter, r *http.Request) error {
	ask, err := h.a.AskPasskey(r.Context(), h.site.SessionToken(r))
	if err != nil {
		return err
	}
	return web.KeyOptions(w, ask)
}

// key takes the answer of a key as second factor.
func (h *hall) key(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	to := web.LocalPath(form.Get("back"))
	in, err := h.a.SecondFactorByKey(r.Context(), h.site.SessionToken(r), []byte(form.Values.Get("answer")), client(r))
	if err != nil {
		return h.refuse(form, err, func() error {
			v, broken := h.codeView(r, form, to, false)
			if broken != nil {
				return broken
			}
			return h.site.SignCode(w, r, v)
		})
	}
	h.site.SetSession(w, in.Token)
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// proofKey takes the answer of a key as proof.
func (h *hall) proofKey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := h.a.ProveByPasskey(r.Context(), web.Actor(r), h.site.SessionToken(r), []byte(form.Values.Get("answer")), client(r))
	return h.proved(w, r, form, token, err)
}

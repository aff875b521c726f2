package server

import (
	"net/http"

	"xiaobao/internal/web"
)

// proofView is the page on which somebody who is signed in proves once more who
// he is.
func (h *hall) proofView(r *http.Request, form *web.Form, to string) (web.Proof, error) {
	f, err := h.a.Factors(r.Context(), h.site.SessionToken(r))
	return web.Proof{Sign: web.Sign{Form: form, Back: to, Name: web.Actor(r).Name, Single: h.a.SingleSignOn()}, Code: f.Code,
		Key: web.KeyAsk{On: f.Passkey, Missing: h.missing(r, f), Options: "/account/proof/key/options", Action: "/account/proof/key", Back: to}}, err
}

func (h *hall) proofPage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.proofView(r, web.NewForm(), back(r))
	if err != nil {
		return err
	}
	return h.site.SignProof(w, r, v)
}

func (h *hall) proof(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := h.a.Prove(r.Context(), web.Actor(r), h.site.SessionToken(r), form.Values.Get("password"), form.Get("code"), client(r))
	return h.proved(w, r, form, token, err)
}

// proved goes on where the proof was asked for, or says on the page why it was refused.
func (h *hall) proved(w http.ResponseWriter, r *http.Request, form *web.Form, token string, err error) error {
	to := web.LocalPath(form.Get("back"))
	if err != nil {
		return h.refuse(form, err, func() error {
			v, broken := h.proofView(r, form, to)
			if broken != nil {
				return broken
			}
			return h.site.SignProof(w, r, v)
		})
	}
	h.site.SetSession(w, token)
	h.site.Flash(w, "good", "proof.done")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

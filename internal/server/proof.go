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
		Key: web.KeyAsk{On: f.Passkey, Missing: f.Missing, Options: "/account/proof/key/options", Action: "/account/proof/key", Back: to}}, err
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
	to := web.LocalPath(form.Get("back"))
	token, err := h.a.Prove(r.Context(), web.Actor(r), h.site.SessionToken(r), form.Values.Get("password"), form.Get("code"), client(r))
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

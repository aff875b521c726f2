package server

import (
	"net/http"

	"xiaobao/internal/identity"
	"xiaobao/internal/web"
)

// leave sends a browser to the issuer of the single sign-on.
func (h *hall) leave(w http.ResponseWriter, r *http.Request) error {
	to, errand, err := h.a.BeginOIDC(r.Context(), back(r), r.URL.Query().Get("again") != "")
	if err != nil {
		form := web.NewForm()
		return h.refuse(form, err, func() error {
			return h.site.SignIn(w, r, web.Sign{Form: form, Back: back(r), Single: h.a.SingleSignOn()})
		})
	}
	h.site.SetErrand(w, errand.Text())
	http.Redirect(w, r, to, http.StatusSeeOther) // the issuer's address, from the operator's configuration
	return nil
}

// comeBack takes a browser in that the issuer sent back. What it brings is good once.
func (h *hall) comeBack(w http.ResponseWriter, r *http.Request) error {
	errand, q := identity.ParseErrand(h.site.Errand(r)), r.URL.Query()
	h.site.SetErrand(w, "")
	to := web.LocalPath(errand.Back)
	in, err := h.a.FinishOIDC(r.Context(), errand, q.Get("state"), q.Get("code"), client(r))
	if err != nil {
		form := web.NewForm()
		return h.refuse(form, err, func() error {
			return h.site.SignIn(w, r, web.Sign{Form: form, Back: to, Single: h.a.SingleSignOn()})
		})
	}
	h.site.SetSession(w, in.Token)
	if in.Pending {
		to = web.Link("/sign-in/code", "back", to)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

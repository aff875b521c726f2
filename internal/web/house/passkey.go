package house

import (
	"net/http"

	"xiaobao/internal/web"
)

// newPasskey tells the browser to make a key.
func (h *house) newPasskey(w http.ResponseWriter, r *http.Request) error {
	ask, err := h.a.NewPasskey(r.Context(), web.Actor(r), h.site.SessionToken(r))
	if err != nil {
		return err
	}
	return web.KeyOptions(w, ask)
}

// addPasskey takes the key that the browser made.
func (h *house) addPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := h.a.AddPasskey(r.Context(), web.Actor(r), h.site.SessionToken(r), form.Get("name"), []byte(form.Values.Get("answer")), client(r))
	if err != nil {
		return h.againKey(r, form, err)
	}
	h.site.SetSession(w, token)
	h.site.Flash(w, "good", "house.key_added")
	return to(w, r, "/me#security-keys")
}

// againKey shows the page with the refusal beside the keys.
func (h *house) againKey(r *http.Request, form *web.Form, err error) error {
	v, broken := h.meView(r)
	if broken != nil {
		return broken
	}
	v.KeyForm = form.Refuse(err)
	return web.Again("house/me", v, err)
}

func (h *house) removePasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := h.a.RemovePasskey(r.Context(), web.Actor(r), form.Get("id"), client(r))
	if err != nil {
		return h.againKey(r, form, err)
	}
	h.site.SetSession(w, token)
	h.site.Flash(w, "good", "house.key_removed")
	return to(w, r, "/me#security-keys")
}

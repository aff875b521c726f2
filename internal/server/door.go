package server

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/web"
)

// door are the routes by which people come in and go.
func (h *hall) door() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/{$}", Need: web.Signed, Handler: h.home},
		{Method: "GET", Path: "/sign-in", Need: web.Public, Handler: h.signInPage},
		{Method: "POST", Path: "/sign-in", Need: web.Public, Handler: h.signIn},
		{Method: "GET", Path: "/sign-in/oidc", Need: web.Public, Handler: h.leave},
		{Method: "GET", Path: "/sign-in/oidc/callback", Need: web.Public, Handler: h.comeBack},
		{Method: "GET", Path: "/sign-in/code", Need: web.Public, Handler: h.codePage},
		{Method: "POST", Path: "/sign-in/code", Need: web.Public, Handler: h.code},
		{Method: "POST", Path: "/sign-in/key/options", Need: web.Public, Handler: h.askKey},
		{Method: "POST", Path: "/sign-in/key", Need: web.Public, Handler: h.key},
		{Method: "POST", Path: web.FindPath + "/{page...}", Need: web.Signed, Handler: h.find},
		{Method: "POST", Path: "/sign-out", Need: web.Public, Handler: h.signOut},
		{Method: "GET", Path: "/account/password", Need: web.Signed, Handler: h.passwordPage},
		{Method: "POST", Path: "/account/password", Need: web.Signed, Handler: h.password},
		{Method: "GET", Path: "/account/authenticator", Need: web.Signed, Handler: h.enrolPage},
		{Method: "POST", Path: "/account/authenticator", Need: web.Signed, Handler: h.enrol},
		{Method: "GET", Path: "/account/proof", Need: web.Signed, Handler: h.proofPage},
		{Method: "POST", Path: "/account/proof", Need: web.Signed, Handler: h.proof},
		{Method: "POST", Path: "/account/proof/key/options", Need: web.Signed, Handler: h.askKey},
		{Method: "POST", Path: "/account/proof/key", Need: web.Signed, Handler: h.proofKey},
	}
}

func (h *hall) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, first(viewer(r)), http.StatusSeeOther)
	return nil
}

func client(r *http.Request) app.Client {
	return app.Client{IP: web.ClientIP(r), Agent: r.UserAgent()}
}

func back(r *http.Request) string { return web.LocalPath(r.URL.Query().Get("back")) }

func (h *hall) signInPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.a.SessionActor(r.Context(), h.site.SessionToken(r)); err == nil {
		http.Redirect(w, r, back(r), http.StatusSeeOther)
		return nil
	}
	return h.site.SignIn(w, r, web.Sign{Form: web.NewForm(), Back: back(r), Single: h.a.SingleSignOn()})
}

func (h *hall) signIn(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	view := web.Sign{Form: form, Back: web.LocalPath(form.Get("back")), Single: h.a.SingleSignOn()}
	in, err := h.a.SignIn(r.Context(), form.Get("name"), form.Values.Get("password"), client(r))
	if err != nil {
		return h.refuse(form, err, func() error { return h.site.SignIn(w, r, view) })
	}
	h.site.SetSession(w, in.Token)
	if in.Pending {
		http.Redirect(w, r, web.Link("/sign-in/code", "back", view.Back), http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, view.Back, http.StatusSeeOther)
	return nil
}

// refuse shows a form again with its fault; what is no fault of a person goes on
// as an error.
func (h *hall) refuse(form *web.Form, err error, show func() error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	form.Refuse(err)
	return show()
}

func (h *hall) codePage(w http.ResponseWriter, r *http.Request) error {
	recovery := r.URL.Query().Get("recovery") != ""
	v, err := h.codeView(r, web.NewForm(), back(r), recovery)
	if err != nil {
		return err
	}
	return h.site.SignCode(w, r, v)
}

func (h *hall) code(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	code := form.Get("code")
	given, recovery := form.Values["recovery"]
	if recovery {
		code = strings.Join(given, "")
	}
	view, err := h.codeView(r, form, web.LocalPath(form.Get("back")), recovery)
	if err != nil {
		return err
	}
	in, err := h.a.SecondFactor(r.Context(), h.site.SessionToken(r), code, client(r))
	if err != nil {
		return h.refuse(form, err, func() error { return h.site.SignCode(w, r, view) })
	}
	h.site.SetSession(w, in.Token)
	http.Redirect(w, r, view.Back, http.StatusSeeOther)
	return nil
}

func (h *hall) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := h.site.SessionToken(r); token != "" {
		if err := h.a.SignOut(r.Context(), token, client(r)); err != nil {
			return err
		}
	}
	h.site.DropSession(w)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

// passwordView is the page of a new password; it says why when it must be changed.
func (h *hall) passwordView(r *http.Request, form *web.Form, to string) (web.NewPassword, error) {
	info, err := h.a.SessionActor(r.Context(), h.site.SessionToken(r))
	v := web.NewPassword{Sign: web.Sign{Form: form, Back: to, Name: info.Actor.Name}, Must: info.MustChange,
		Rules: []string{fmt.Sprintf(h.site.Texts().Text(web.LangOf(r), "password.rule.length"), identity.MinPassword),
			h.site.Texts().Text(web.LangOf(r), "password.rule.common"), h.site.Texts().Text(web.LangOf(r), "password.rule.login")}}
	if v.Must {
		v.Reason = "password.first"
	}
	return v, err
}

func (h *hall) passwordPage(w http.ResponseWriter, r *http.Request) error {
	to := back(r)
	if to == "/" {
		to = "/me"
	}
	v, err := h.passwordView(r, web.NewForm(), to)
	if err != nil {
		return err
	}
	return h.site.SignPassword(w, r, v)
}

func (h *hall) password(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	to := web.LocalPath(form.Get("back"))
	v, err := h.passwordView(r, form, to)
	if err != nil {
		return err
	}
	var token string
	if form.Values.Get("new") != form.Values.Get("again") {
		var f fault.Fields
		f.Add("again", "两次输入的新密码不一样，请重新输入。")
		err = f.Err()
	} else {
		token, err = h.a.ChangePassword(r.Context(), web.Actor(r), form.Values.Get("old"), form.Values.Get("new"), client(r))
	}
	if err != nil {
		return h.refuse(form, err, func() error { return h.site.SignPassword(w, r, v) })
	}
	h.site.SetSession(w, token)
	h.site.Flash(w, "good", "password.done")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// enrolView shows the secret that waits for its first code.
func (h *hall) enrolView(r *http.Request, form *web.Form, to string) (web.Enrol, error) {
	t, err := h.a.EnrolTOTP(r.Context(), web.Actor(r))
	if err != nil {
		return web.Enrol{}, err
	}
	png, err := t.QR(264)
	return web.Enrol{Sign: web.Sign{Form: form, Back: to}, Secret: groupsOf4(t.Secret),
		QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)}, err
}

func groupsOf4(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (h *hall) enrolPage(w http.ResponseWriter, r *http.Request) error {
	state, err := h.a.TOTP(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	if state.On {
		http.Redirect(w, r, "/me#authenticator", http.StatusSeeOther)
		return nil
	}
	to := back(r)
	if to == "/" {
		to = "/me"
	}
	v, err := h.enrolView(r, web.NewForm(), to)
	if err != nil {
		return err
	}
	return h.site.SignEnrol(w, r, v)
}

func (h *hall) enrol(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	to := web.LocalPath(form.Get("back"))
	codes, token, err := h.a.ConfirmTOTP(r.Context(), web.Actor(r), form.Get("code"), client(r))
	if err == nil {
		h.site.SetSession(w, token)
		return h.site.SignCodes(w, r, web.Codes{Codes: codes, Back: to})
	}
	return h.refuse(form, err, func() error {
		v, broken := h.enrolView(r, form, to)
		if broken != nil {
			return broken
		}
		return h.site.SignEnrol(w, r, v)
	})
}

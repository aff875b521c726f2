package house

import (
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

type tokensView struct {
	Tabs   []web.Tab
	Tokens []tokenRow
	Form   *web.Form
	People []web.Option
	Scopes []web.Option
	Text   string // of the token just made, shown once
	Waits  int64  // number of the change that has to be confirmed first, 0 for none
	Name   string
}

func (h *house) tokensView(r *http.Request) (tokensView, error) {
	v := tokensView{Tabs: h.tabs(r, "/settings/tokens"), Form: web.NewForm("scopes", app.ScopeRead), Scopes: options("house.scope.", []string{app.ScopeRead, app.ScopeWrite}),
		People: []web.Option{{Label: "house.choose"}}}
	org, err := h.a.Org(r.Context())
	if err != nil {
		return v, err
	}
	for _, p := range org.People() {
		if !p.Disabled {
			v.People = append(v.People, web.Option{Value: string(p.ID), Text: p.Name + " · " + org.Tree.Name(p.Unit)})
		}
	}
	v.Tokens, err = h.tokenRows(r, func(identity.APIToken) bool { return true })
	return v, err
}

func (h *house) tokens(w http.ResponseWriter, r *http.Request) error {
	v, err := h.tokensView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/tokens", v)
}

func (h *house) createToken(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	text, err := h.makeToken(r, form)
	v, broken := h.tokensView(r)
	if broken != nil {
		return broken
	}
	if v.Waits = waiting(err); err != nil && v.Waits == 0 {
		v.Form = form.Refuse(err)
		return web.Again("house/tokens", v, err)
	}
	v.Text, v.Name = text, form.Get("name")
	return h.site.Render(w, r, "house/tokens", v)
}

func (h *house) makeToken(r *http.Request, form *web.Form) (string, error) {
	var f fault.Fields
	var until calendar.Date
	var err error
	if day := form.Get("expires"); day != "" {
		if until, err = calendar.Parse(day); err != nil {
			f.Add("expires", "有效期不是正确的日期，请写成 2026-05-01 的样子。")
		}
	}
	f.Need(form.Get("person") != "", "person", "请选择令牌代表谁")
	if err := f.Err(); err != nil {
		return "", err
	}
	var expires time.Time // zero: never
	if !until.IsZero() {
		expires = until.AddDays(1).Time()
	}
	_, text, err := h.a.CreateToken(r.Context(), web.Actor(r), party.PersonID(form.Get("person")), form.Get("name"), form.Values["scopes"], expires, form.Get("reason"))
	return text, err
}

func (h *house) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if err := h.a.RevokeToken(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	h.site.Flash(w, "good", "house.token_revoked")
	if access.May(web.Actor(r), access.ManageTokens) {
		return to(w, r, "/settings/tokens")
	}
	return to(w, r, "/me")
}

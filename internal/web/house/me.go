package house

import (
	"net/http"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// ownHistory is how many lines of the sign-in history stand on a person's page.
const ownHistory = 15

type meView struct {
	Person   party.Person
	Initial  string
	Unit     string
	Roles    []string
	Sessions []sessionRow
	TOTP     app.TOTPState
	Form     *web.Form // of the authenticator
	Keys     app.PasskeyState
	NoKeys   string // why none can be used here, data
	KeyForm  *web.Form
	History  []signRow
	Tokens   []tokenRow
	Mail     *web.Form // what is wanted by e-mail; nil where none is sent
	Wishes   []web.Option
}

type sessionRow struct {
	app.OwnSession
	Device string
}

// me shows a person's own account.
func (h *house) me(w http.ResponseWriter, r *http.Request) error {
	v, err := h.meView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/me", v)
}

func (h *house) meView(r *http.Request) (meView, error) {
	ctx, who := r.Context(), web.Actor(r)
	org, err := h.a.Org(ctx)
	if err != nil {
		return meView{}, err
	}
	p, _ := org.Person(who.Person())
	row := rowOf(org, p)
	v := meView{Person: p, Initial: web.Viewer{Name: p.Name}.Initial(), Unit: row.Unit, Roles: row.Roles, Form: web.NewForm(), KeyForm: web.NewForm()}
	sessions, err := h.a.Sessions(ctx, who, h.site.SessionToken(r))
	if err != nil {
		return v, err
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, sessionRow{OwnSession: s, Device: device(s.Agent)})
	}
	if v.TOTP, err = h.a.TOTP(ctx, who); err != nil {
		return v, err
	}
	if v.Keys, err = h.a.Passkeys(ctx, who); err != nil {
		return v, err
	}
	if v.Keys.Missing != nil {
		v.NoKeys = h.site.Sentence(web.LangOf(r), v.Keys.Missing)
	}
	lines, err := h.a.SignLog(ctx, who, app.SignFilter{Person: who.Person(), Limit: ownHistory})
	if err != nil {
		return v, err
	}
	for _, l := range lines {
		v.History = append(v.History, signRowOf(org, l))
	}
	if err := h.wishForm(r, &v); err != nil {
		return v, err
	}
	v.Tokens, err = h.tokenRows(r, func(t identity.APIToken) bool { return t.Person == who.Person() })
	return v, err
}

// device names the browser and the system that an agent string tells of, in the
// few words that people know them by.
func device(agent string) string {
	pick := func(names ...string) string {
		for i := 0; i+1 < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg/", "Edge", "MicroMessenger", "WeChat", "QQBrowser", "QQ Browser", "360", "360", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := pick("HarmonyOS", "HarmonyOS", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.TrimSpace(browser + " " + system)
}

// again shows the page with the refusal of one of its forms.
func (h *house) again(r *http.Request, form *web.Form, err error) error {
	v, broken := h.meView(r)
	if broken != nil {
		return broken
	}
	v.Form = form.Refuse(err)
	return web.Again("house/me", v, err)
}

func (h *house) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := h.a.EndSession(r.Context(), web.Actor(r), r.PostFormValue("id"), h.site.SessionToken(r), client(r)); err != nil {
		return err
	}
	h.site.Flash(w, "good", "house.session_ended")
	return to(w, r, "/me")
}

func (h *house) renewCodes(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	codes, err := h.a.RenewCodes(r.Context(), web.Actor(r), form.Values.Get("password"), client(r))
	if err != nil {
		return h.again(r, form, err)
	}
	return h.site.SignCodes(w, r, web.Codes{Codes: codes, Back: "/me"})
}

func (h *house) removeTOTP(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := h.a.RemoveTOTP(r.Context(), web.Actor(r), form.Values.Get("password"), client(r))
	if err != nil {
		return h.again(r, form, err)
	}
	h.site.SetSession(w, token)
	h.site.Flash(w, "good", "house.totp_off")
	return to(w, r, "/me")
}

// tokenRow is a token in a list.
type tokenRow struct {
	identity.APIToken
	Owner string
	Live  bool
	Write bool
}

func (h *house) tokenRows(r *http.Request, keep func(identity.APIToken) bool) ([]tokenRow, error) {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return nil, err
	}
	all, err := h.a.Tokens(r.Context(), web.Actor(r))
	var out []tokenRow
	for _, t := range all {
		if keep(t) {
			out = append(out, tokenRow{APIToken: t, Owner: org.Name("person/" + string(t.Person)), Live: live(t, h.a.Now()), Write: strings.Contains(strings.Join(t.Scopes, " "), app.ScopeWrite)})
		}
	}
	return out, err
}

func live(t identity.APIToken, now time.Time) bool {
	return !t.Revoked && (t.Expires.IsZero() || now.Before(t.Expires))
}

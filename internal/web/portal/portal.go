// Package portal is the consumer's own pages: saying what happened, and with
// number and secret what became of it. No account, no tracking; one cookie, and
// only after number and secret.
package portal

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

const (
	// cookie holds the short session after number and secret.
	cookie = "xb_portal"
	// maxUpload is a form with its files, in bytes.
	maxUpload = 60 << 20
	// maxFiles bounds the files of one form.
	maxFiles = 5
)

type portal struct {
	site *web.Site
	app  *app.App
}

// Routes returns the addresses of the portal.
func Routes(site *web.Site, a *app.App) []web.Route {
	p := &portal{site, a}
	route := func(method, path string, h func(http.ResponseWriter, *http.Request) error) web.Route {
		return web.Route{Method: method, Path: path, Need: web.Public, Handler: h}
	}
	large := func(r web.Route) web.Route { r.MaxBody = maxUpload; return r }
	return []web.Route{
		route("GET", "/portal", p.start),
		route("GET", "/portal/new", p.form),
		large(route("POST", "/portal/new", p.register)),
		route("POST", "/portal", p.enter),
		route("GET", "/portal/case", p.casePage),
		large(route("POST", "/portal/case/facts", p.facts)),
		route("GET", "/portal/case/withdraw", p.withdrawPage),
		route("POST", "/portal/case/withdraw", p.withdraw),
		route("POST", "/portal/case/rating", p.rate),
		route("GET", "/portal/case/letters/{n}", p.letter),
		route("POST", "/portal/leave", p.leave),
	}
}

type startView struct{ Form *web.Form }

func (p *portal) start(w http.ResponseWriter, r *http.Request) error {
	return p.site.Render(w, r, "portal/start", startView{web.NewForm("number", r.URL.Query().Get("number"))})
}

// enter takes number and secret.
func (p *portal) enter(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	token, err := p.app.PortalEnter(r.Context(), client(r), form.Get("number"), form.Get("secret"))
	if err != nil {
		form.Values.Del("secret")
		return web.Again("portal/start", startView{form.Refuse(p.said(r, err))}, err)
	}
	p.keep(w, token)
	http.Redirect(w, r, "/portal/case", http.StatusSeeOther)
	return nil
}

// client is where a request comes from, for counting.
func client(r *http.Request) app.Client { return app.Client{IP: web.ClientIP(r)} }

// said puts an error into the reader's language where the catalogue has it.
func (p *portal) said(r *http.Request, err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Key == "" {
		return err
	}
	told := *e
	told.Text = p.site.Sentence(web.LangOf(r), err)
	return &told
}

func (p *portal) keep(w http.ResponseWriter, token string) {
	p.site.SetStrict(w, cookie, token, "/portal")
}

func token(r *http.Request) string {
	c, err := r.Cookie(cookie)
	if err != nil || len(c.Value) > 256 {
		return ""
	}
	return c.Value
}

func (p *portal) leave(w http.ResponseWriter, r *http.Request) error {
	p.keep(w, "")
	p.site.Flash(w, "info", "portal.left")
	http.Redirect(w, r, "/portal", http.StatusSeeOther)
	return nil
}

type formView struct {
	Form  *web.Form
	Units []web.Option
	Care  []web.Option
}

func (p *portal) formView(r *http.Request, form *web.Form) (formView, error) {
	units, err := p.app.PortalUnits(r.Context())
	v := formView{Form: form, Units: []web.Option{{Label: "portal.unit_unknown"}}}
	for _, u := range units {
		v.Units = append(v.Units, web.Option{Value: string(u.ID), Text: u.Name})
	}
	for _, id := range []string{"elderly", "disabled", "illness"} {
		v.Care = append(v.Care, web.Option{Value: id, Label: "portal.care." + id})
	}
	return v, err
}

// form shows an empty form with a number of its own.
func (p *portal) form(w http.ResponseWriter, r *http.Request) error {
	number, err := p.app.NewPortalForm()
	if err != nil {
		return err
	}
	v, err := p.formView(r, web.NewForm("form", number))
	if err != nil {
		return err
	}
	return p.site.Render(w, r, "portal/new", v)
}

type doneView struct {
	Number, Secret string
	Promised       string // 2026-05-01
	Refused        []string
	Files          int
}

// register takes the complaint in and shows number and secret, once. The files
// come after it: one that is refused is named, and the complaint stands.
func (p *portal) register(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	in := app.PortalComplaint{Form: form.Get("form"), Name: form.Get("name"), Phone: form.Get("phone"), Email: form.Get("email"), Policy: form.Get("policy"),
		Unit: party.UnitID(form.Get("unit")), Narrative: form.Get("narrative"), Demand: form.Get("demand"), Care: form.Values["care"]}
	receipt, session, err := p.app.PortalRegister(r.Context(), client(r), in)
	if err != nil {
		v, broken := p.formView(r, form.Refuse(p.said(r, own(err))))
		if broken != nil {
			return broken
		}
		return web.Again("portal/new", v, err)
	}
	v := doneView{Number: receipt.Number, Secret: receipt.Secret}
	for _, d := range receipt.Deadlines {
		if d.Kind == complaint.DecideBy && v.Promised == "" {
			v.Promised = d.Due.String()
		}
	}
	if files := chosen(r); len(files) > 0 {
		v.Refused = p.attach(r, session, files)
		v.Files = len(files) - len(v.Refused)
	}
	return p.site.Render(w, r, "portal/done", v)
}

// own names the fields of a registration as the portal's form does.
func own(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	told := *e
	told.Violations = nil
	for _, v := range e.Violations {
		v.Field = strings.TrimPrefix(v.Field, "complainant.")
		told.Violations = append(told.Violations, v)
	}
	return &told
}

func chosen(r *http.Request) []*web.File {
	files := web.Files(r, "files")
	return files[:min(len(files), maxFiles)]
}

// attach takes files in and returns the sentences about those that were refused.
func (p *portal) attach(r *http.Request, session string, files []*web.File) (refused []string) {
	for _, head := range files {
		if _, err := p.app.PortalFile(r.Context(), session, head.Filename, head.Open()); err != nil {
			refused = append(refused, p.site.Sentence(web.LangOf(r), err))
		}
	}
	return refused
}

// number of a letter in the address.
func letterNumber(r *http.Request) int {
	n, _ := strconv.Atoi(r.PathValue("n")) // 0 is no letter
	return n
}

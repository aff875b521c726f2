package house

import (
	"net/http"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

const hooksPath = "/settings/hooks"

// hooksView is the page of all targets of webhooks.
type hooksView struct {
	Tabs   []web.Tab
	May    bool // make and change targets
	Status app.HooksStatus
	Failed []app.HookStatus // turned off by the program
	Form   *web.Form
	Kinds  []web.Option
	Units  []web.Option
	Log    hookLog
	Empty  web.Empty
}

// hookView is the page of one target.
type hookView struct {
	app.HookStatus
	May    bool
	Link   string
	Kinds  []web.Option
	Units  []web.Option
	Names  []string // of the kinds it is told of
	Form   *web.Form
	Stop   *web.Form
	Log    hookLog
	Key    string // secret just made, shown once
	Maker  string
	Failed bool
	Waits  int64 // number of the change that waits for a second person, 0 if none
}

// hookLog is a log of deliveries.
type hookLog struct {
	May    bool
	Filter []web.Tab
	Rows   []hookRow
	Next   string
	Empty  web.Empty
}

type hookRow struct {
	app.HookLine
	Label    string // of the kind, in the reader's language
	LabelKey string // message id instead
	Took     string
	Link     string
}

func kindName(k hook.Kind, lang web.Lang) string {
	if lang == "en" {
		return k.NameEn
	}
	return k.Name
}

// hookKind names a kind in the reader's language.
func (h *house) hookKind(r *http.Request, id string) string {
	for _, k := range hook.Kinds() {
		if k.ID == id {
			return kindName(k, web.LangOf(r))
		}
	}
	return id // of another version
}

// hookChoices are the kinds and the units to choose from.
func (h *house) hookChoices(r *http.Request) (kinds, units []web.Option, err error) {
	for _, k := range hook.Kinds() {
		kinds = append(kinds, web.Option{Value: k.ID, Text: kindName(k, web.LangOf(r))})
	}
	org, err := h.a.Org(r.Context())
	if err != nil {
		return nil, nil, err
	}
	units = []web.Option{{Label: "hook.unit.all"}}
	for _, u := range org.Tree.Units() {
		if !u.Closed {
			units = append(units, web.Option{Value: string(u.ID), Text: u.Name})
		}
	}
	return kinds, units, nil
}

func (h *house) hookLog(r *http.Request, id int64, path string) (hookLog, error) {
	q := r.URL.Query()
	state := q.Get("state")
	v := hookLog{May: access.May(web.Actor(r), access.ManageSettings), Filter: outFilters(path, state), Empty: web.Empty{Icon: "send", Title: "mail.none", Text: "hook.log.none"}}
	lines, err := h.a.HookLog(r.Context(), web.Actor(r), id, state, q.Get("before"), mailPage+1)
	if len(lines) > mailPage {
		lines = lines[:mailPage]
		v.Next = web.Link(path, "state", state, "before", lines[mailPage-1].Cursor())
	}
	names := map[string]string{}
	for _, k := range hook.Kinds() {
		names[k.ID] = kindName(k, web.LangOf(r))
	}
	for _, l := range lines {
		row := hookRow{HookLine: l, Label: names[l.Kind], Took: spanText(l.Took), Link: hookLink(l.Target)}
		if row.Label == "" {
			row.LabelKey = "mail.kind." + hook.Test
		}
		v.Rows = append(v.Rows, row)
	}
	return v, err
}

func hookLink(id int64) string { return hooksPath + "/" + strconv.FormatInt(id, 10) }

func (h *house) hooksView(r *http.Request) (v hooksView, err error) {
	v = hooksView{Tabs: h.tabs(r, hooksPath), May: access.May(web.Actor(r), access.ManageSettings), Form: web.NewForm(), Empty: web.Empty{Icon: "send", Title: "hook.none", Text: "hook.none.text"}}
	if v.Status, err = h.a.Hooks(r.Context(), web.Actor(r)); err != nil {
		return v, err
	}
	for _, t := range v.Status.Targets {
		if t.Failed() {
			v.Failed = append(v.Failed, t)
		}
	}
	if v.Kinds, v.Units, err = h.hookChoices(r); err != nil {
		return v, err
	}
	v.Log, err = h.hookLog(r, 0, hooksPath)
	return v, err
}

// hooks shows the targets and what went to them.
func (h *house) hooks(w http.ResponseWriter, r *http.Request) error {
	v, err := h.hooksView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/hooks", v)
}

func hookForm(f *web.Form) hook.Config {
	return hook.Config{Name: f.Get("name"), Address: f.Get("address"), Kinds: f.Values["kinds"], Unit: party.UnitID(f.Get("unit"))}
}

// addHook makes a target; its page shows the secret this once.
func (h *house) addHook(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	t, secret, refused := h.a.AddHook(r.Context(), web.Actor(r), hookForm(form))
	if refused != nil {
		v, err := h.hooksView(r)
		if err != nil {
			return err
		}
		v.Form = form.Refuse(refused)
		return web.Again("house/hooks", v, refused)
	}
	v, err := h.hookView(r, t.ID)
	if err != nil {
		return err
	}
	v.Key = secret
	return h.site.Render(w, r, "house/hook", v)
}

func hookID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.NotFound, "没有编号为 %q 的接收方", r.PathValue("n"))
	}
	return id, nil
}

func (h *house) hookView(r *http.Request, id int64) (v hookView, err error) {
	if v.HookStatus, err = h.a.Hook(r.Context(), web.Actor(r), id); err != nil {
		return v, err
	}
	v.May, v.Link, v.Stop, v.Failed = access.May(web.Actor(r), access.ManageSettings), hookLink(id), web.NewForm(), v.HookStatus.Failed()
	v.Form = web.NewForm("name", v.Name, "address", v.Address, "unit", string(v.Unit))
	if v.Form.Values["kinds"] = v.HookStatus.Kinds; v.On {
		v.Form.Values.Set("on", "yes")
	}
	if v.Kinds, v.Units, err = h.hookChoices(r); err != nil {
		return v, err
	}
	for _, k := range v.Kinds {
		if v.Form.Has("kinds", k.Value) {
			v.Names = append(v.Names, k.Text)
		}
	}
	org, err := h.a.Org(r.Context())
	if err != nil {
		return v, err
	}
	v.Maker = org.Name(v.By)
	if v.Waits, err = h.hookWaits(r, id); err != nil {
		return v, err
	}
	v.Log, err = h.hookLog(r, id, v.Link)
	return v, err
}

// hookWaits returns the number of the change of a target that waits for a second
// person, to whoever may read changes.
func (h *house) hookWaits(r *http.Request, id int64) (int64, error) {
	who := web.Actor(r)
	if !access.May(who, access.ReadChanges) {
		return 0, nil
	}
	rows, _, err := h.a.Changes(r.Context(), who, app.ChangeFilter{About: change.Hook, Subject: hook.Stream(id), Waiting: true, Limit: 1})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].N, nil
}

// hook shows one target.
func (h *house) hook(w http.ResponseWriter, r *http.Request) error {
	id, err := hookID(r)
	if err != nil {
		return err
	}
	v, err := h.hookView(r, id)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/hook", v)
}

// setHook changes a target or turns it on.
func (h *house) setHook(w http.ResponseWriter, r *http.Request) error {
	return h.onHook(w, r, "hook.saved", func(id int64, form *web.Form) error {
		return h.a.SetHook(r.Context(), web.Actor(r), id, hookForm(form), form.Has("on", "yes"), form.Get("reason"))
	})
}

// onHook does something to a target and comes back to its page, with what was wrong
// or with the word that it is done.
func (h *house) onHook(w http.ResponseWriter, r *http.Request, done string, do func(int64, *web.Form) error) error {
	id, err := hookID(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if refused := do(id, form); refused != nil {
		v, err := h.hookView(r, id)
		if err != nil {
			return err
		}
		if v.Stop = form.Refuse(refused); strings.HasSuffix(r.URL.Path, strconv.FormatInt(id, 10)) {
			v.Form, v.Stop = v.Stop, web.NewForm()
		}
		return web.Again("house/hook", v, refused)
	}
	h.site.Flash(w, "good", done)
	return to(w, r, hookLink(id))
}

func (h *house) stopHook(w http.ResponseWriter, r *http.Request) error {
	return h.onHook(w, r, "hook.stopped", func(id int64, form *web.Form) error {
		return h.a.StopHook(r.Context(), web.Actor(r), id, form.Get("why"))
	})
}

func (h *house) testHook(w http.ResponseWriter, r *http.Request) error {
	return h.onHook(w, r, "hook.tested", func(id int64, _ *web.Form) error { return h.a.TestHook(r.Context(), web.Actor(r), id) })
}

func (h *house) hookAgain(w http.ResponseWriter, r *http.Request) error {
	return h.onHook(w, r, "mail.again.done", func(id int64, form *web.Form) error {
		return h.a.HookAgain(r.Context(), web.Actor(r), id, form.Get("id"))
	})
}

// rotateHook gives a target another secret, shown this once.
func (h *house) rotateHook(w http.ResponseWriter, r *http.Request) error {
	id, err := hookID(r)
	if err != nil {
		return err
	}
	secret, _, err := h.a.RotateHook(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v, err := h.hookView(r, id)
	if err != nil {
		return err
	}
	v.Key = secret
	return h.site.Render(w, r, "house/hook", v)
}

func (h *house) removeHook(w http.ResponseWriter, r *http.Request) error {
	id, err := hookID(r)
	if err != nil {
		return err
	}
	if err := h.a.RemoveHook(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	h.site.Flash(w, "good", "hook.removed")
	return to(w, r, hooksPath)
}

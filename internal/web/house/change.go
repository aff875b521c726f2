package house

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// waiting is the number of the change that err says is waiting for a second
// person, 0 for any other answer.
func waiting(err error) int64 {
	if w, ok := errors.AsType[*app.WaitingChange](err); ok {
		return w.N
	}
	return 0
}

// changeRows is how many changes stand on a page of the history.
const changeRows = 50

// changeDots are the colours of the states.
var changeDots = map[change.State]string{change.Waiting: "wait", change.InForce: "good", change.Declined: "bad", change.Withdrawn: "bad", change.Expired: "bad"}

type changesView struct {
	Mine  []changeRow // the reader may confirm
	Rest  []changeRow // wait for others
	Past  []changeRow
	About string
	Kinds []web.Option
	Next  string
	Empty web.Empty
	Still web.Empty
}

type changeRow struct {
	app.ChangeRow
	Link, Name, Decider string
	AboutKey, ModeKey   string
	StateKey, Dot       string
	What                string // name of the thing, where it has one
	WhatKey             string // message id of it
}

// changes shows what waits for a second person, and what was changed.
func (h *house) changes(w http.ResponseWriter, r *http.Request) error {
	who, q := web.Actor(r), r.URL.Query()
	v := changesView{About: q.Get("about"), Kinds: append([]web.Option{{Label: "change.all"}}, options("change.about.", change.Kinds)...),
		Empty: web.Empty{Icon: "history", Title: "change.none", Text: "change.none_text"}, Still: web.Empty{Icon: "circle-check", Title: "change.still", Text: "change.still_text"}}
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	mine, err := h.a.WaitingChanges(r.Context(), who)
	if err != nil {
		return err
	}
	open, org, err := h.a.Changes(r.Context(), who, app.ChangeFilter{Waiting: true, Limit: changeRows})
	if err != nil {
		return err
	}
	past, _, err := h.a.Changes(r.Context(), who, app.ChangeFilter{About: change.Kind(v.About), Before: before, Limit: changeRows + 1})
	if err != nil {
		return err
	}
	forMe := map[int64]bool{}
	for _, c := range mine {
		forMe[c.N] = true
		v.Mine = append(v.Mine, h.changeRow(org, c))
	}
	for _, c := range open {
		if !forMe[c.N] {
			v.Rest = append(v.Rest, h.changeRow(org, c))
		}
	}
	if len(past) > changeRows {
		past = past[:changeRows]
		v.Next = web.Link("/changes", "about", v.About, "before", strconv.FormatInt(past[changeRows-1].N, 10))
	}
	for _, c := range past {
		if c.State != change.Waiting {
			v.Past = append(v.Past, h.changeRow(org, c))
		}
	}
	return h.site.Render(w, r, "house/changes", v)
}

func (h *house) changeRow(org *app.Org, c app.ChangeRow) changeRow {
	row := changeRow{ChangeRow: c, Link: "/changes/" + strconv.FormatInt(c.N, 10), Name: org.Name(c.Who), AboutKey: "change.about." + string(c.About),
		ModeKey: "change.mode." + string(c.Mode), StateKey: "change.state." + string(c.State), Dot: changeDots[c.State]}
	row.What, row.WhatKey = h.named(c)
	if c.Mode == change.Waits && c.DecidedBy != "" {
		row.Decider = org.Name(c.DecidedBy)
	}
	return row
}

// named gives the name of what was changed: as it is, or as a message id.
func (h *house) named(c app.ChangeRow) (name, key string) {
	if c.Title != "" {
		return c.Title, ""
	}
	if _, err := h.a.Rules(h.a.Today()).Setting(c.Subject); err == nil {
		return "", "setting." + c.Subject
	}
	return c.Subject, "" // a setting of an older version
}

type changeView struct {
	app.ChangePage
	changeRow
	Lines     []changeLine
	Hindrance string
	Form      *web.Form
}

// changeLine is one thing beside what it becomes.
type changeLine struct {
	Key      string
	Old, New []changeValue
}

// changeValue is a value as people read it: as it is, or a message id.
type changeValue struct {
	Text, Key string
	Money     bool
	Fen       int64
}

func (h *house) changeView(r *http.Request, form *web.Form) (v changeView, err error) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 1 {
		return v, fault.New(fault.NotFound, "没有编号为 %q 的更改", r.PathValue("n"))
	}
	p, err := h.a.ConfigChange(r.Context(), web.Actor(r), n)
	if err != nil {
		return v, err
	}
	row := app.ChangeRow{N: p.N, At: p.At, Until: p.Until, Who: p.By, DecidedBy: p.DecidedBy, Decided: p.DecidedAt, About: p.About, Subject: p.Subject, Title: p.Title, Mode: p.Mode, State: p.Stands}
	v = changeView{ChangePage: p, changeRow: h.changeRow(p.Org, row), Form: form}
	if p.Hindrance != nil && p.By != web.Actor(r).ID {
		v.Hindrance = fault.Message(p.Hindrance)
	}
	for _, l := range p.Lines {
		v.Lines = append(v.Lines, changeLine{Key: "change.field." + l.Field, Old: h.values(r, p, l.Field, l.Old), New: h.values(r, p, l.Field, l.New)})
	}
	return v, nil
}

// values are the values of one side of a line.
func (h *house) values(r *http.Request, p app.ChangePage, field, text string) (out []changeValue) {
	if text == "" {
		return nil
	}
	switch field {
	case "roles":
		for role := range strings.SplitSeq(text, ",") {
			out = append(out, changeValue{Key: "role." + role})
		}
		return out
	case "scopes":
		for scope := range strings.SplitSeq(text, ",") {
			out = append(out, changeValue{Key: "house.scope." + scope})
		}
		return out
	case "unit":
		return []changeValue{{Text: p.Org.Tree.Name(party.UnitID(text))}}
	case "level":
		return []changeValue{{Key: "house.level." + text}}
	case "disabled", "closed":
		return []changeValue{{Key: "house.bool." + text}}
	case "switch":
		return []changeValue{{Key: "rules.state." + text}}
	case "hook_on":
		return []changeValue{{Key: "hook.state." + text}}
	case "hook_kinds", "hook_tells":
		for kind := range strings.SplitSeq(text, ",") {
			out = append(out, changeValue{Text: h.hookKind(r, kind)})
		}
		return out
	case "value":
		return []changeValue{h.settingValue(p.Subject, text)}
	}
	return []changeValue{{Text: text}}
}

func (h *house) settingValue(id, value string) changeValue {
	s, err := h.a.Rules(h.a.Today()).Setting(id)
	if err != nil {
		return changeValue{Text: value}
	}
	if s.Value = value; s.Unit == "分" && s.Kind == "int" {
		return changeValue{Money: true, Fen: s.Int()}
	}
	text, key := shown(s, value)
	if text != "" && s.Unit != "" {
		text += " " + s.Unit
	}
	return changeValue{Text: text, Key: key}
}

func (h *house) change(w http.ResponseWriter, r *http.Request) error {
	v, err := h.changeView(r, &web.Form{})
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/change", v)
}

func (h *house) confirmChange(w http.ResponseWriter, r *http.Request) error {
	return h.decideChange(w, r, "change.confirmed", func(n int64, _ *web.Form) error { return h.a.ConfirmChange(r.Context(), web.Actor(r), n) })
}

func (h *house) declineChange(w http.ResponseWriter, r *http.Request) error {
	return h.decideChange(w, r, "change.declined", func(n int64, f *web.Form) error {
		return h.a.DeclineChange(r.Context(), web.Actor(r), n, f.Get("why"))
	})
}

func (h *house) withdrawChange(w http.ResponseWriter, r *http.Request) error {
	return h.decideChange(w, r, "change.withdrawn", func(n int64, f *web.Form) error {
		return h.a.WithdrawChange(r.Context(), web.Actor(r), n, f.Get("why"))
	})
}

// decideChange ends a change one way or another, or comes back with the reason why not.
func (h *house) decideChange(w http.ResponseWriter, r *http.Request, said string, do func(int64, *web.Form) error) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	v, err := h.changeView(r, form)
	if err != nil {
		return err
	}
	if err := do(v.changeRow.N, form); err != nil {
		v.Form = form.Refuse(err)
		return web.Again("house/change", v, err)
	}
	h.site.Flash(w, "good", said)
	if access.May(web.Actor(r), access.ReadChanges) {
		return to(w, r, v.Link)
	}
	return to(w, r, "/me") // it was the right to see this that went
}

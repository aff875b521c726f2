package casefile

import (
	"context"
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// DoView is the form of one verb, in the side sheet or as a page of its own.
type DoView struct {
	Head    Head
	Verb    string
	Title   string
	Help    string // message id; "" for none
	Post    string
	Back    string
	Fields  []Field
	Form    *web.Form
	Why     string      // why it cannot be done now; then there is no form
	Checks  []web.Check // before closing
	Ready   bool        // every check holds
	Sheet   bool        // shown beside the case page
	Danger  bool
	Changed []Event // what happened since the person opened the form
}

// form answers with the form of a verb: the sheet for htmx, else a page.
func (m *room) form(s spec) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := idOf(r)
		if err != nil {
			return err
		}
		page, err := m.app.Complaint(r.Context(), web.Actor(r), id)
		if err != nil {
			return err
		}
		view := m.doView(r, s, page, nil)
		if err := m.refused(s, page, m.env(r, page)); err != nil {
			view.Why = m.site.Sentence(web.LangOf(r), err)
		}
		if sheet(r) {
			return m.site.Fragment(w, r, "case/do", "sheet", view)
		}
		return m.site.Render(w, r, "case/do", view)
	}
}

// sheet reports whether htmx asks for the sheet of the case page.
func sheet(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }

func (m *room) doView(r *http.Request, s spec, page app.CasePage, typed *web.Form) DoView {
	k := m.talk(r)
	query := r.URL.Query()
	if query.Get("n") == "" && s.number != nil {
		query.Set("n", itoa(s.number(page.Case)))
	}
	f := newForm(k, s, page, web.Actor(r), query, typed)
	v := DoView{Head: m.head(r, page), Verb: s.name, Title: k.verb(s.name), Post: path(page.Case.ID, "/"+s.name), Back: path(page.Case.ID, "#"+s.anchor), Fields: f.fields, Form: f.values, Danger: s.danger, Sheet: sheet(r)}
	if key := "case.help." + s.name; k.has(key) {
		v.Help = key
	}
	if s.name == "close" {
		v.Checks, v.Ready = m.checks(k, page), len(complaint.Failing(page.Checks)) == 0
	}
	return v
}

// checks are the checks before closing, each failing one with the form that mends it.
func (m *room) checks(k talk, p app.CasePage) []web.Check {
	out := make([]web.Check, len(p.Checks))
	for i, c := range p.Checks {
		out[i] = web.Check{OK: c.OK, Label: "case.check." + c.ID, MendBy: "case.mend"}
		if key := "case.ok." + c.ID; c.OK && k.has(key) {
			out[i].Label = key
		}
		if k.lang == web.Chinese && !c.OK {
			out[i].Label, out[i].Text = "", c.Text
		}
		if !c.OK {
			out[i].Mend = mend(p, c.Mend)
		}
	}
	return out
}

// do takes the form of a verb.
func (m *room) do(s spec) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := idOf(r)
		if err != nil {
			return err
		}
		typed, err := web.FormOf(r)
		if err != nil {
			return err
		}
		err = m.run(r, s, id, typed)
		if err == nil {
			return m.done(w, r, id, s)
		}
		return m.again(w, r, s, id, typed, err)
	}
}

// run decodes and runs the verb.
func (m *room) run(r *http.Request, s spec, id complaint.ID, typed *web.Form) error {
	who, expect := web.Actor(r), version(typed)
	switch s.name {
	case "merge":
		return m.merge(r.Context(), who, id, typed)
	case "unmerge":
		return m.unmerge(r.Context(), who, id, typed)
	case "split":
		var in app.SplitInput
		if err := web.Decode(typed.Values, &in); err != nil {
			return err
		}
		_, err := m.app.Split(r.Context(), who, id, expect, in)
		return err
	}
	cmd := s.command()
	if err := web.Decode(typed.Values, cmd, "amount", "opening", "floor", "ask_amount", "offer_amount"); err != nil {
		return err
	}
	if a, ok := cmd.(*complaint.Amend); ok {
		if err := m.amend(r.Context(), who, id, a); err != nil {
			return err
		}
	}
	_, err := m.app.Do(r.Context(), who, id, expect, cmd)
	return err
}

// version is the one that the person saw.
func version(typed *web.Form) int64 { return number(typed.Get("version")) }

// done leads back to the case, to where the change shows.
func (m *room) done(w http.ResponseWriter, r *http.Request, id complaint.ID, s spec) error {
	m.site.Flash(w, "good", "case.done", "Name", m.talk(r).verb(s.name))
	if s.page != "" {
		m.back(w, r, path(id, s.page))
		return nil
	}
	m.back(w, r, path(id, "#"+s.anchor))
	return nil
}

// back redirects, or lets htmx load the page anew.
func (m *room) back(w http.ResponseWriter, r *http.Request, to string) {
	if sheet(r) {
		w.Header().Set("HX-Refresh", "true")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// again shows the refused form with what was typed. After somebody else's change
// it also shows what changed and takes the new version.
func (m *room) again(w http.ResponseWriter, r *http.Request, s spec, id complaint.ID, typed *web.Form, cause error) error {
	if !fault.Is(cause, fault.Invalid) && !fault.Is(cause, fault.Conflict) && !fault.Is(cause, fault.Stale) && !fault.Is(cause, fault.Forbidden) {
		return cause
	}
	page, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return cause
	}
	seen := version(typed)
	view := m.doView(r, s, page, typed.Refuse(cause))
	if fault.Is(cause, fault.Stale) {
		view.Changed = since(m.talk(r).events(page), seen)
	}
	if sheet(r) {
		return m.site.Fragment(w, r, "case/do", "sheet", view)
	}
	return web.Again("case/do", view, cause)
}

// since returns the events after a version, newest first.
func since(all []Event, version int64) []Event {
	for i, e := range all {
		if e.Version <= version {
			return all[:i]
		}
	}
	return all
}

// amend leaves out of the command what was not changed. The personal data on the
// form are empty, for the page shows them masked: a field that was filled in
// replaces what is known, "-" empties it, the others stay. What is known is read
// as by any other reveal, with its record.
func (m *room) amend(ctx context.Context, who party.Actor, id complaint.ID, a *complaint.Amend) error {
	page, err := m.app.Case(ctx, who, id)
	if err != nil {
		return err
	}
	c := page.Case
	a.Codes = unlessSame(a.Codes, c.Codes)
	a.Vulnerable = unlessSame(a.Vulnerable, c.Vulnerable)
	a.Amount = unlessSame(a.Amount, c.Amount)
	if a.Demand != nil && strings.TrimSpace(*a.Demand) == "" {
		a.Demand = nil
	}
	if a.Complainant == nil && a.Representative == nil {
		return nil
	}
	known, err := m.app.Reveal(ctx, who, id, "verify_identity", "")
	if err != nil {
		return err
	}
	if a.Complainant != nil {
		*a.Complainant = overlay(known.Complainant, *a.Complainant)
	}
	if a.Representative != nil && known.Representative != nil {
		r := known.Representative
		for _, p := range []struct{ typed, known *string }{{(*string)(&a.Representative.Kind), (*string)(&r.Kind)}, {&a.Representative.Name, &r.Name}, {&a.Representative.Phone, &r.Phone}, {&a.Representative.Proof, &r.Proof}} {
			*p.typed = over(*p.known, *p.typed)
		}
	}
	return nil
}

func overlay(known, typed complaint.Complainant) complaint.Complainant {
	for _, p := range []struct{ known, typed *string }{{&known.Name, &typed.Name}, {&known.Phone, &typed.Phone}, {&known.IDNumber, &typed.IDNumber},
		{&known.Policy, &typed.Policy}, {&known.Email, &typed.Email}, {&known.Address, &typed.Address}, {&known.HeadName, &typed.HeadName}} {
		*p.known = over(*p.known, *p.typed)
	}
	return known
}

func over(known, typed string) string {
	switch typed = strings.TrimSpace(typed); typed {
	case "":
		return known
	case "-":
		return ""
	}
	return typed
}

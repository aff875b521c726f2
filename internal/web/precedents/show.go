package precedents

import (
	"net/http"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/precedent"
	"xiaobao/internal/web"
)

type showView struct {
	ID                         precedent.ID
	Version                    int64
	Link, Number, Title        string
	State, Mark                string // message id, class
	Draft                      bool   // the text shown is a draft
	Edition, Editions          int
	On                         string
	Situation, Handling        textView
	Letter, Result, Lessons    textView
	Points                     []pointView
	Facts                      []factView
	Laws                       []app.PrecedentLaw
	Cites                      []citeView
	Uses                       []web.Option
	Source, SourceNo           string
	Proposer, Editor           string
	Findings                   []findingView
	Open                       int
	Returned, ReturnBy         string
	Gone, GoneBy               string
	MayEdit, MayDecide, MayEnd bool
	MayDrop, MayHandIn         bool
	MayCite, Inside            bool
	Other                      string // the draft or the edition that is not shown
	Form                       *web.Form
	Verb                       string // whose form was refused
}

type pointView struct {
	N                                  int
	Text, Evidence, Basis, Explanation textView
	Outcome                            string
}

type factView struct {
	Label  string // message id
	Values []string
}

type citeView struct{ What, Note, By, On string }

type findingView struct {
	Field, Where string // of the form; message id
	N            int    // of the point, 0 for none
	Kind, Text   string // message id
	Sentence     string
	Hard         bool
	Cleared      string
}

func (m *room) show(w http.ResponseWriter, r *http.Request) error {
	v, err := m.showView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "precedents/show", v)
}

// showView is the page of a precedent. Those inside see the draft while nothing is
// in the library, and may look at the next edition with ?show=draft.
func (m *room) showView(r *http.Request) (showView, error) {
	id, err := number(r, "id")
	if err != nil {
		return showView{}, err
	}
	page, err := m.a.Precedent(r.Context(), web.Actor(r), precedent.ID(id))
	if err != nil {
		return showView{}, err
	}
	p := page.Precedent
	v := showView{ID: p.ID, Version: p.Version, Link: "/precedents/" + p.ID.String(), Number: p.Number, Editions: len(p.Editions), MayEdit: page.MayEdit, MayDecide: page.MayDecide, MayEnd: page.MayEnd,
		Inside: page.Inside, MayCite: page.Published, MayDrop: page.MayEdit && page.Published && p.Work != "", MayHandIn: page.MayEdit && p.Work == precedent.Draft,
		Gone: p.Gone, Form: web.NewForm("what", "training"), SourceNo: page.SourceNo}
	if page.Source != 0 {
		v.Source = "/complaints/" + page.Source.String()
	}
	for _, u := range precedent.Uses {
		v.Uses = append(v.Uses, web.Option{Value: u, Label: "precedents.use." + u})
	}
	content, facts := p.Content, p.Shown()
	v.Draft = page.Inside && p.State != precedent.Withdrawn && (!page.Published || p.Work != "" && r.URL.Query().Get("show") == "draft")
	if page.Published && !v.Draft {
		content, facts, v.Edition, v.On = page.Edition.Content, page.Edition.Facts, page.Edition.N, calendar.FromTime(page.Edition.At).String()
	}
	m.state(page, &v)
	k := m.say(r)
	m.content(k, content, facts, &v)
	m.people(k, page, &v)
	if v.Laws, err = m.a.PrecedentLaws(r.Context(), content); err != nil {
		return v, err
	}
	if v.Draft {
		v.Findings = k.findings(page.Findings)
		v.Open = len(precedent.Open(page.Findings))
	}
	return v, nil
}

// state says where the precedent stands and where its other text is.
func (m *room) state(page app.PrecedentPage, v *showView) {
	p := page.Precedent
	state, mark := string(p.State), map[precedent.State]string{precedent.Approved: "good", precedent.Waiting: "warn", precedent.Withdrawn: "bad"}[p.State]
	if v.Draft && p.Work != "" {
		state = string(p.Work)
		mark = map[precedent.State]string{precedent.Waiting: "warn"}[p.Work]
	}
	v.State, v.Mark = "precedents.state."+state, mark
	switch {
	case page.Published && page.Inside && p.Work != "" && !v.Draft:
		v.Other = v.Link + "?show=draft"
	case page.Published && v.Draft:
		v.Other = v.Link
	}
}

func (m *room) content(k words, c precedent.Content, f precedent.Facts, v *showView) {
	v.Title = precedent.Plain(c.Title)
	v.Situation, v.Handling, v.Letter, v.Result, v.Lessons = m.text(c.Situation), m.text(c.Handling), m.text(c.Letter), m.text(c.Result), m.text(c.Lessons)
	for i, p := range c.Points {
		v.Points = append(v.Points, pointView{i + 1, m.text(p.Text), m.text(p.Evidence), m.text(p.Basis), m.text(p.Explanation), complaint.Label("outcome", p.Outcome, string(k.lang))})
	}
	add := func(label string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			v.Facts = append(v.Facts, factView{"precedents.topic." + label, values})
		}
	}
	for _, topic := range precedent.Topics {
		add(topic, k.values(f, topic)...)
	}
	if f.Ending != "" {
		add("ending", complaint.Label("ending", f.Ending, string(k.lang)))
		add("days", k.t("precedents.days", "Count", f.Days))
		settled := "precedents.settled"
		if f.Escalated {
			settled = "precedents.escalated"
		}
		add("escalation", k.t(settled))
	}
	if f.Satisfaction > 0 {
		add("satisfaction", strconv.Itoa(f.Satisfaction)+" / 5")
	}
}

func (m *room) people(k words, page app.PrecedentPage, v *showView) {
	p := page.Precedent
	for _, c := range p.Citations {
		by := ""
		if c.By != "" {
			by = page.Org.Name(c.By)
		}
		v.Cites = append(v.Cites, citeView{k.t("precedents.use." + c.What), c.Note, by, calendar.FromTime(c.At).String()})
	}
	if !page.Inside {
		return
	}
	v.Proposer = page.Org.Name(p.Proposer)
	if p.Editor != p.Proposer {
		v.Editor = page.Org.Name(p.Editor)
	}
	if v.Returned = p.Returned; v.Returned != "" {
		v.ReturnBy = page.Org.Name(p.ReturnBy)
	}
	if p.GoneBy != "" {
		v.GoneBy = page.Org.Name(p.GoneBy)
	}
}

// findings names the places of the check.
func (k words) findings(list []precedent.Finding) []findingView {
	var out []findingView
	for _, f := range list {
		x := findingView{Field: f.Field, Kind: "precedents.kind." + f.Kind, Text: f.Text, Sentence: f.Sentence(), Hard: f.Hard(), Cleared: f.Cleared}
		x.Where, x.N = place(f.Field)
		out = append(out, x)
	}
	return out
}

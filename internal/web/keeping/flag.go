package keeping

import (
	"fmt"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/keeping"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// shownFlags bounds the list.
const shownFlags = 200

func auditTabs(here string) []web.Tab {
	tabs := []web.Tab{{Label: "house.audit.reads", Link: "/audit"}, {Label: "house.audit.signs", Link: "/audit/signs"}, {Label: "keeping.flags", Link: "/audit/flags"}}
	for i := range tabs {
		tabs[i].Here = tabs[i].Link == here
	}
	return tabs
}

type flagsView struct {
	Tabs  []web.Tab
	All   bool
	Rows  []flagRow
	Rules []ruleRow
	Empty web.Empty
}

type flagRow struct {
	storage.FlagRow
	Link, Name, Rule string
	Usual            string // "" when it was not compared
	State, Dot       string
}

type ruleRow struct {
	Name, Why string
	Least     int
	Times     string // "" for none
}

func (m *room) flags(w http.ResponseWriter, r *http.Request) error {
	k, all := m.talk(r), r.URL.Query().Get("all") != ""
	rows, err := m.a.Flags(r.Context(), web.Actor(r), !all, "", shownFlags)
	if err != nil {
		return err
	}
	org, err := m.a.Org(r.Context())
	if err != nil {
		return err
	}
	v := flagsView{Tabs: auditTabs("/audit/flags"), All: all, Empty: web.Empty{Icon: "circle-check", Title: "keeping.flags.none", Text: "keeping.flags.none_text"}}
	for _, f := range rows {
		row := flagRow{FlagRow: f, Link: "/audit/flags" + f.Stream[len("reading"):], Name: org.Name(f.Who), Rule: k.rule(f.Rule), Usual: tenths(f.Usual), State: "keeping.flag.open", Dot: "wait"}
		if !f.ClosedAt.IsZero() {
			row.State, row.Dot = "keeping.verdict."+string(f.Verdict), "good"
		}
		v.Rows = append(v.Rows, row)
	}
	for _, rule := range keeping.ReadingRules() {
		row := ruleRow{Name: k.either(rule.Name, rule.NameEn), Why: k.either(rule.Why, rule.WhyEn), Least: rule.Least}
		if rule.Times > 0 {
			row.Times = fmt.Sprint(rule.Times)
		}
		v.Rules = append(v.Rules, row)
	}
	return m.site.Render(w, r, "keeping/flags", v)
}

func (k talk) rule(id string) string {
	r, ok := keeping.ReadingRuleOf(id)
	if !ok {
		return id // a rule of an older version
	}
	return k.either(r.Name, r.NameEn)
}

func tenths(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

type flagView struct {
	Path      string
	Name      string
	Rule, Why string
	keeping.Flag
	UsualText string
	Lines     []flagLine
	More      int
	Closer    string
	VerdictID string
	May       bool
	Form      *web.Form
	Verdicts  []web.Option
}

type flagLine struct {
	At     time.Time
	Kind   string
	Number string
}

func (m *room) flagView(r *http.Request) (v flagView, err error) {
	stream := "reading/" + r.PathValue("rule") + "/" + r.PathValue("who") + "/" + r.PathValue("start")
	p, err := m.a.Flag(r.Context(), web.Actor(r), stream)
	if err != nil {
		return v, err
	}
	k, who := m.talk(r), web.Actor(r)
	v = flagView{Path: "/audit/flags" + stream[len("reading"):], Name: p.Org.Name(p.Who), Rule: k.rule(p.Rule), Flag: p.Flag, UsualText: tenths(p.Usual), More: len(p.Rows) - len(p.Lines), Form: &web.Form{},
		Verdicts: options("keeping.verdict.", keeping.Verdicts), May: p.ClosedAt.IsZero() && p.Who != who.ID && access.May(who, access.CloseFlag)}
	if rule, ok := keeping.ReadingRuleOf(p.Rule); ok {
		v.Why = k.either(rule.Why, rule.WhyEn)
	}
	for _, l := range p.Lines {
		v.Lines = append(v.Lines, flagLine{l.At, "house." + l.Kind, l.Number})
	}
	if p.ClosedBy != "" {
		v.Closer, v.VerdictID = p.Org.Name(p.ClosedBy), "keeping.verdict."+string(p.Verdict)
	}
	return v, nil
}

func (m *room) flag(w http.ResponseWriter, r *http.Request) error {
	v, err := m.flagView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "keeping/flag", v)
}

func (m *room) closeFlag(w http.ResponseWriter, r *http.Request) error {
	v, err := m.flagView(r)
	if err != nil {
		return err
	}
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := m.a.CloseFlag(r.Context(), web.Actor(r), keeping.FlagStream(v.FlagRaised), keeping.Verdict(f.Get("verdict")), f.Get("note")); err != nil {
		v.Form = f.Refuse(err)
		return web.Again("keeping/flag", v, err)
	}
	return m.done(w, r, "keeping.flag.closed", "/audit/flags")
}

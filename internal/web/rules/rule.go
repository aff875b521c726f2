package rules

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/web"
)

type ruleView struct {
	Line     ruleLine
	Rule     *rule.Rule
	May      bool
	PackName string
	Switch   *switchView // the last decision, nil as the pack wrote it
	States   []web.Option
	Form     *web.Form // of the switch
	Try      *web.Form
	Speakers []web.Option
	Answer   *answerView
	Shadow   []rule.Change
	Looked   bool // the shadow was looked at
	Reviews  app.RuleVerdicts
}

// DoubtPercent is the share of what reviewers dismissed.
func (v ruleView) DoubtPercent() int { return (v.Reviews.Doubt() + 5) / 10 }

type switchView struct {
	Old, New rule.Switch
	Why, By  string
	At       time.Time
}

type answerView struct {
	rule.Explanation
	Pieces []piece
}

// piece is a stretch of a text; Severity is "" outside findings.
type piece struct {
	Text     string
	Severity rule.Severity
	N        int // number of the finding, from 1
}

// The values of the forms' choices.
var (
	states   = []rule.Switch{rule.On, rule.Shadow, rule.Off}
	speakers = []web.Option{{Value: "", Label: "rules.speaker.any"}, {Value: "staff", Label: "rules.speaker.staff"}, {Value: "consumer", Label: "rules.speaker.consumer"}}
)

func (m *room) view(r *http.Request) (ruleView, error) {
	book, err := m.a.RuleRoom(r.Context(), web.Actor(r))
	if err != nil {
		return ruleView{}, err
	}
	x, state, known := book.Book.Rule(r.PathValue("id"))
	if !known {
		return ruleView{}, fault.New(fault.NotFound, "没有编号为“%s”的规则：它可能已随规则包的更换而取消。", r.PathValue("id"))
	}
	v := ruleView{Line: m.line(book, x), Rule: x, May: access.May(web.Actor(r), access.ManageRules), Form: web.NewForm("state", string(state)), Try: web.NewForm(), Speakers: speakers}
	for _, p := range book.Packs {
		if p.ID == x.Pack {
			v.PackName = p.Title
		}
	}
	for _, s := range states {
		v.States = append(v.States, web.Option{Value: string(s), Label: "rules.state." + string(s)})
	}
	if v.Reviews, err = m.a.RuleVerdicts(r.Context(), web.Actor(r), x.ID); err != nil {
		return v, err
	}
	v.Switch, err = m.lastSwitch(r, book, x)
	return v, err
}

func (m *room) lastSwitch(r *http.Request, book app.RuleRoom, x *rule.Rule) (*switchView, error) {
	s, ok := book.Switches[x.ID]
	if !ok {
		return nil, nil
	}
	org, err := m.a.Org(r.Context())
	if err != nil {
		return nil, err
	}
	return &switchView{Old: s.Old, New: s.New, Why: s.Why, By: org.Name(string(s.By)), At: s.At}, nil
}

func (m *room) one(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "rules/rule", v)
}

// explain tries the rule on a text and says why it hits or does not.
func (m *room) explain(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	v.Try = form
	d, err := m.docOf(form, v.Rule.Kinds)
	if err == nil {
		var x rule.Explanation
		if x, err = m.a.ExplainRule(r.Context(), web.Actor(r), v.Rule.ID, d); err == nil {
			v.Answer = &answerView{x, pieces(d.Text, x.Findings)}
			return m.site.Render(w, r, "rules/rule", v)
		}
	}
	v.Try = form.Refuse(err)
	return web.Again("rules/rule", v, err)
}

// docOf is the text of a form as a document; without a kind it is one that the
// rule is written for.
func (m *room) docOf(form *web.Form, kinds []string) (rule.Doc, error) {
	d := rule.Doc{Text: form.Get("text"), Kind: form.Get("kind"), On: m.a.Today()}
	if d.Kind == "" && len(kinds) > 0 {
		d.Kind = kinds[0]
	}
	if s := form.Get("on"); s != "" {
		on, err := calendar.Parse(s)
		if err != nil {
			return d, &fault.Error{Kind: fault.Invalid, Text: fault.Message(err), Violations: []fault.Violation{{Field: "on", Text: fault.Message(err)}}}
		}
		d.On = on
	}
	if s := form.Get("speaker"); s != "" {
		d.Segments = []rule.Segment{{End: len(d.Text), Speaker: s}}
	} else {
		d.Segments = rule.Dialogue(d.Text)
	}
	return d, nil
}

// pieces cuts a text at its findings; where they overlap, the first counts.
func pieces(s string, found []rule.Finding) []piece {
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(found[a].Start, found[b].Start) })
	var out []piece
	at := 0
	for _, i := range order {
		f := found[i]
		if f.Start < at || f.End == f.Start {
			continue
		}
		if f.Start > at {
			out = append(out, piece{Text: s[at:f.Start]})
		}
		out = append(out, piece{Text: s[f.Start:f.End], Severity: f.Severity, N: i + 1})
		at = f.End
	}
	return append(out, piece{Text: s[at:]})
}

// turn switches the rule.
func (m *room) turn(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := m.a.SwitchRule(r.Context(), web.Actor(r), id, rule.Switch(form.Get("state")), form.Get("why")); err != nil {
		v, e := m.view(r)
		if e != nil {
			return e
		}
		v.Form = form.Refuse(err)
		return web.Again("rules/rule", v, err)
	}
	m.site.Flash(w, "good", "rules.switched")
	return to(w, r, "/rules/rule/"+id)
}

// shadow shows what a shadow rule would say of the newest closed complaints.
func (m *room) shadow(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	if v.Shadow, err = m.a.ShadowFindings(r.Context(), web.Actor(r), v.Rule.ID); err != nil {
		return err
	}
	v.Looked = true
	return m.site.Render(w, r, "rules/rule", v)
}

type tryView struct {
	Form     *web.Form
	Packs    []web.Option
	Speakers []web.Option
	Pieces   []piece
	Found    []foundView
	Done     bool
}

type foundView struct {
	rule.Finding
	Cites []citeView
}

func (m *room) tryView(r *http.Request) (tryView, error) {
	v := tryView{Form: web.NewForm(), Packs: []web.Option{{Value: "", Label: "rules.all_packs"}}, Speakers: speakers}
	book, err := m.a.RuleRoom(r.Context(), web.Actor(r))
	for _, p := range book.Packs {
		v.Packs = append(v.Packs, web.Option{Value: p.ID, Text: p.Title})
	}
	return v, err
}

func (m *room) try(w http.ResponseWriter, r *http.Request) error {
	v, err := m.tryView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "rules/try", v)
}

// tryText scans a text with one pack or all that check.
func (m *room) tryText(w http.ResponseWriter, r *http.Request) error {
	v, err := m.tryView(r)
	if err != nil {
		return err
	}
	if v.Form, err = web.FormOf(r); err != nil {
		return err
	}
	d, err := m.docOf(v.Form, nil)
	if err == nil {
		var packs []string
		if p := v.Form.Get("pack"); p != "" {
			packs = []string{p}
		}
		var found []rule.Finding
		if found, err = m.a.ScanText(r.Context(), web.Actor(r), d, packs...); err == nil {
			v.Done, v.Pieces = true, pieces(d.Text, found)
			for _, f := range found {
				v.Found = append(v.Found, foundView{f, cites(f.Cite)})
			}
			return m.site.Render(w, r, "rules/try", v)
		}
	}
	v.Form = v.Form.Refuse(err)
	return web.Again("rules/try", v, err)
}

package casefile

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/web"
)

// PersonView is the panel of the person: the course of the emotion, what is
// suggested on each topic, and what helps.
type PersonView struct {
	Head   Head
	Empty  bool
	Care   *CareLine
	Line   Course
	Topics []TopicLine
	Codes  []TopicLine // suggested codes that nobody has decided; the others stand with the matter
	Unsure []TopicLine // topics on which nothing can be said
	Open   int         // suggestions that wait for a person
	Each   []TopicLine // emotion and abuse of each contact
	Help   []HelpLine
}

// CareLine asks for a person at once.
type CareLine struct {
	Danger       bool
	Text, Source string
}

// TopicLine is one question with its suggestions.
type TopicLine struct {
	Label  string // message id; "" when Name says it
	Name   string // data
	Chips  []web.Suggest
	Stages []StageMark // of the inner process only
}

// StageMark is one of the four steps of the inner process.
type StageMark struct {
	Name string
	Now  bool
}

// HelpLine is one strategy.
type HelpLine struct{ Name, Text, Source string }

// person answers with the panel: for the case page the part alone, else a page.
func (m *room) person(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if sheet(r) {
		page, err := m.app.Case(r.Context(), web.Actor(r), id)
		if err != nil {
			return err
		}
		return m.personPart(w, r, page)
	}
	page, err := m.app.Complaint(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v, err := m.personView(r, page)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "case/person", v)
}

func (m *room) personPart(w http.ResponseWriter, r *http.Request, page app.CasePage) error {
	v, err := m.personView(r, page)
	if err != nil {
		return err
	}
	return m.site.Fragment(w, r, "case/person", "person-panel", v)
}

func (m *room) personView(r *http.Request, page app.CasePage) (PersonView, error) {
	g, err := m.app.Guide(r.Context(), web.Actor(r), page.Case.ID)
	if err != nil {
		return PersonView{}, err
	}
	k := m.talk(r)
	v := PersonView{Head: m.head(r, page), Empty: len(g.Input.Parts) == 0, Line: k.course(g.Reading.Course)}
	if c := g.Reading.Care; c != nil {
		v.Care = &CareLine{Danger: c.Danger, Text: k.either(c.Text, c.TextEn), Source: c.Source}
	}
	b := chipper{talk: k, g: g, name: page.Org.Name}
	for _, t := range []struct {
		topic complaint.Topic
		label string
	}{{complaint.TopicCause, "cause"}, {complaint.TopicExplicit, "explicit"}, {complaint.TopicImplicit, "implicit"}, {complaint.TopicNeed, "need"}, {complaint.TopicTemper, "temper"}, {complaint.TopicStage, "stage"}} {
		line := TopicLine{Label: "person." + t.label, Chips: b.chips(t.topic, 0)}
		if t.topic == complaint.TopicStage {
			line.Stages = k.stages(line.Chips)
		}
		v.sort(&v.Topics, line)
	}
	for _, t := range []complaint.Topic{complaint.TopicProduct, complaint.TopicReason, complaint.TopicRight, complaint.TopicLifeCycle} {
		line := TopicLine{Label: "person." + string(t), Chips: b.chips(t, 0)}
		line.Chips = slices.DeleteFunc(line.Chips, func(c web.Suggest) bool { return c.State == "set" && !c.Dispute })
		if len(line.Chips) > 0 {
			v.sort(&v.Codes, line)
		}
	}
	v.Each = b.each()
	if len(v.Each) > 0 {
		v.count(v.Each[0])
	}
	for _, s := range g.Reading.Strategies {
		v.Help = append(v.Help, HelpLine{Name: k.either(s.Name, s.NameEn), Text: k.either(s.Text, s.TextEn), Source: s.Source})
	}
	return v, nil
}

// sort puts a topic where it is shown: those without an answer are kept apart.
func (v *PersonView) sort(to *[]TopicLine, line TopicLine) {
	if !slices.ContainsFunc(line.Chips, func(c web.Suggest) bool { return c.State != "unsure" }) {
		to = &v.Unsure
	}
	*to = append(*to, line)
	v.count(line)
}

func (v *PersonView) count(line TopicLine) {
	for _, c := range line.Chips {
		if c.State == "open" {
			v.Open++
		}
	}
}

// stages are the four steps, with the one that the first decided or suggested chip names.
func (k talk) stages(chips []web.Suggest) []StageMark {
	out := make([]StageMark, len(complaint.Stages))
	for i, s := range complaint.Stages {
		name := k.label("stage", s)
		out[i] = StageMark{Name: name, Now: slices.ContainsFunc(chips, func(c web.Suggest) bool { return c.Value == name && (c.State == "set" || c.State == "open") })}
	}
	return out
}

// chipper makes chips of a reading and of what people decided.
type chipper struct {
	talk
	g    app.GuidePage
	name func(string) string
}

// each is the emotion of every contact, newest first, and abuse where there is a sign of it.
func (b chipper) each() []TopicLine {
	var out []TopicLine
	for _, m := range slices.Backward(b.g.Reading.Course) {
		line := TopicLine{Name: b.t("case.judge.narrative"), Chips: b.chips(complaint.TopicEmotion, m.Subject)}
		if m.Subject > 0 {
			line.Name = m.At.In(zone).Format("01-02")
		}
		for _, c := range b.chips(complaint.TopicAbuse, m.Subject) {
			if c.State != "unsure" {
				line.Chips = append(line.Chips, c)
			}
		}
		out = append(out, line)
	}
	return out
}

// chips are what stands on a topic, then what is suggested besides.
func (b chipper) chips(t complaint.Topic, subject int) []web.Suggest {
	out := b.decided(t, subject)
	judged := slices.ContainsFunc(b.g.Case.Judgements, func(j complaint.Judgement) bool { return j.Topic == t && j.Subject == subject })
	for _, s := range b.g.Reading.Suggestions {
		if s.Topic != t || s.Subject != subject {
			continue
		}
		if at := slices.IndexFunc(out, func(c web.Suggest) bool { return c.Suggested == s.Value && s.Value != "" }); at >= 0 {
			b.explain(&out[at], s)
			continue
		}
		if _, done := b.g.Case.JudgedAs(t, subject, s.Value); done && s.Value != "" || judged && !t.Several() || s.Unsure && len(out) > 0 {
			continue
		}
		c := web.Suggest{State: "open", Value: t.Name(s.Value, string(b.lang)), Suggested: s.Value, Source: s.Source(), Confidence: s.Confidence}
		if s.Unsure {
			c = web.Suggest{State: "unsure"}
		}
		b.address(&c, t, subject)
		b.explain(&c, s)
		out = append(out, c)
	}
	return out
}

// decided are the values that stand: the codes of the case and what people said.
func (b chipper) decided(t complaint.Topic, subject int) []web.Suggest {
	var out []web.Suggest
	for _, v := range codesOf(b.g.Case.Codes, t) {
		c := web.Suggest{State: "set", Value: t.Name(v, string(b.lang)), Suggested: v, By: b.t("person.registered")}
		if j, ok := b.g.Case.JudgedAs(t, 0, v); ok && j.Value == v {
			c.By = b.by(j)
		}
		b.address(&c, t, subject)
		out = append(out, c)
	}
	for _, j := range b.g.Case.Judgements {
		if j.Topic != t || j.Subject != subject || t.Coded() && j.Value != "" {
			continue
		}
		c := web.Suggest{State: "set", Value: t.Name(j.Value, string(b.lang)), Suggested: j.Value, By: b.by(j)}
		if j.Value == "" {
			if t.Several() || len(out) > 0 {
				continue // what it is not need not be shown beside what it is
			}
			c = web.Suggest{State: "not", Value: t.Name(j.Suggested, string(b.lang)), By: b.by(j)}
		}
		b.address(&c, t, subject)
		out = append(out, c)
	}
	return out
}

func codesOf(k complaint.Codes, t complaint.Topic) []string {
	one := map[complaint.Topic]string{complaint.TopicProduct: k.Product, complaint.TopicReason: k.Reason, complaint.TopicLifeCycle: k.LifeCycle}[t]
	switch {
	case t == complaint.TopicRight:
		return k.Rights
	case one != "":
		return []string{one}
	}
	return nil
}

func (b chipper) by(j complaint.Judgement) string {
	return b.t("person.by", "Name", b.name(j.By), "Date", j.At.In(zone).Format("01-02"))
}

// address says where the chip is answered, when the reader may.
func (b chipper) address(c *web.Suggest, t complaint.Topic, subject int) {
	c.Topic, c.Subject = string(t), subject
	if !b.g.May.Allow || !b.g.Case.Open() {
		return
	}
	c.Post = path(b.g.Case.ID, "/judge")
	args := []any{"topic", string(t), "subject", subject}
	if c.Suggested != "" {
		args = append(args, "suggested", c.Suggested, "source", c.Source, "confidence", c.Confidence)
	}
	c.Edit = web.Link(path(b.g.Case.ID, "/do/judge"), args...)
}

// mostWhy bounds the lines that explain a chip.
const mostWhy = 5

// explain adds the words that weighed, and what a differing source says.
func (b chipper) explain(c *web.Suggest, s guide.Suggestion) {
	c.Words, c.Dispute = s.Words(3), s.Dispute
	if s.Unsure {
		c.Words = s.Words(2)
	}
	seen := map[string]bool{}
	for _, e := range s.Evidence {
		if len(c.Why) < mostWhy && !seen[e.Quote+e.Source] {
			seen[e.Quote+e.Source] = true
			c.Why = append(c.Why, web.Why{Words: e.Quote, Title: e.Title, Source: e.Source, Row: e.Row, Advice: adviceOnce(c.Why, e.Advice)})
		}
	}
	for _, o := range s.Opinions {
		c.Model = c.Model || o.Model
		if len(s.Opinions) > 1 {
			name := b.t("person.rules")
			if o.Model {
				name = b.t("suggest.model")
			}
			c.Others = append(c.Others, b.t("person.other_says", "Name", name, "Text", s.Topic.Name(o.Value, string(b.lang)), "Count", (o.Confidence+5)/10))
		}
	}
}

// adviceOnce leaves out advice that an earlier line gave.
func adviceOnce(before []web.Why, advice string) string {
	if slices.ContainsFunc(before, func(w web.Why) bool { return w.Advice == advice }) {
		return ""
	}
	return advice
}

// Course is the emotion over time as a small drawing with its text.
type Course struct {
	Text   string // the same in words
	Path   string // of the line
	Dots   []Dot
	Rows   []Level
	Width  int
	Height int
	Now    string // the latest, named
	NowID  string
	Face   string // icon
}

// Dot is one contact.
type Dot struct {
	X, Y      int
	Title     string
	Confirmed bool
	Bad       bool
}

// Level is one line of the drawing with its name.
type Level struct {
	Y    int
	Name string
}

// Measures of the drawing, in its own units.
const (
	courseWidth, courseHeight = 280, 96
	courseLeft, courseTop     = 62, 8
	courseStep                = 20
)

// course draws the moods that can be told, evenly spaced in order of time.
func (k talk) course(all []guide.Mood) Course {
	c := Course{Width: courseWidth, Height: courseHeight}
	known := slices.DeleteFunc(slices.Clone(all), func(m guide.Mood) bool { return !m.Known() })
	if len(known) == 0 {
		return c
	}
	top := len(complaint.Emotions) - 1
	for i, e := range complaint.Emotions {
		c.Rows = append(c.Rows, Level{Y: courseTop + courseStep*(top-i), Name: k.label("emotion", e)})
	}
	var points, words []string
	for i, m := range known {
		d := Dot{X: courseLeft + 12, Y: courseTop + courseStep*(top-m.Level), Confirmed: m.Confirmed, Bad: m.Level >= 2}
		if len(known) > 1 {
			d.X += i * (courseWidth - courseLeft - 24) / (len(known) - 1)
		}
		text := k.t("person.course.one", "Date", m.At.In(zone).Format("01-02"), "Name", k.label("emotion", m.Value))
		d.Title = text
		if len(m.Words) > 0 {
			d.Title += " · " + strings.Join(m.Words, k.t("case.comma"))
		}
		if m.Confirmed {
			d.Title += " · " + k.t("person.confirmed")
		}
		points, words = append(points, strconv.Itoa(d.X)+","+strconv.Itoa(d.Y)), append(words, text)
		c.Dots = append(c.Dots, d)
	}
	c.Path, c.Text = strings.Join(points, " "), k.t("person.course", "Text", strings.Join(words, k.t("case.comma")))
	last := known[len(known)-1]
	c.Now, c.NowID, c.Face = k.label("emotion", last.Value), last.Value, web.Faces[last.Value]
	return c
}

package overview

import (
	"net/http"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// accuracyView is how the suggestions fared: of those that a person answered.
type accuracyView struct {
	Unit     string
	Units    []web.Option
	Topics   []web.Option
	Form     *web.Form
	Period   string
	Periods  []period
	Span     span
	ByTopic  []verdictLine
	BySource []verdictLine
	ByUnit   []verdictLine
	Weeks    []verdictLine
	Confused []confusedLine
	Empty    web.Empty
}

// verdictLine is one row: names and the four counts with their links.
type verdictLine struct {
	Name, More string
	Cells      []line // accepted, corrected, refused, stated
	Suggested  line
	Right      string // share accepted, "" when nothing was suggested
}

type confusedLine struct {
	Topic, Suggested, Value string
	line
}

// accuracyQuery is what the page is about; it travels into every link.
type accuracyQuery struct {
	unit   party.UnitID
	topic  complaint.Topic
	period string
	span   calendar.Interval
}

func (m *room) accuracyQuery(r *http.Request) accuracyQuery {
	q := accuracyQuery{unit: party.UnitID(r.FormValue("unit")), topic: complaint.Topic(r.FormValue("topic")), period: periodOf(r)}
	q.span = app.PeriodSpan(q.period, m.app.Today())
	return q
}

// accuracy is the page.
func (m *room) accuracy(w http.ResponseWriter, r *http.Request) error {
	q := m.accuracyQuery(r)
	a, err := m.app.Accuracy(r.Context(), web.Actor(r), q.unit, q.topic, q.span)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	b := judge{q: q, a: a, lang: web.LangOf(r), texts: m.site.Texts()}
	v := accuracyView{Unit: a.Org.Tree.Name(web.Actor(r).Unit), Form: form, Period: q.period, Span: spanOf(q.span), Empty: web.Empty{Icon: "sparkles", Title: "accuracy.none", Text: "accuracy.none_text"}}
	for _, p := range app.OverviewPeriods {
		v.Periods = append(v.Periods, period{p, p == q.period})
	}
	v.Units, v.Topics = b.units(web.Actor(r)), b.topics()
	for _, l := range a.Topics {
		v.ByTopic = append(v.ByTopic, b.line(b.label("topic", string(l.Topic)), "", l, "topic", string(l.Topic)))
	}
	for _, l := range a.Sources {
		v.BySource = append(v.BySource, b.line(l.Source, b.label("topic", string(l.Topic)), l, "topic", string(l.Topic), "source", l.Source))
	}
	for _, l := range a.Units {
		v.ByUnit = append(v.ByUnit, b.line(a.Org.Tree.Name(l.Unit), "", l, "unit", string(l.Unit)))
	}
	v.Weeks = b.weeks()
	for _, c := range a.Confused {
		v.Confused = append(v.Confused, confusedLine{b.label("topic", string(c.Topic)), b.name(c.Topic, c.Suggested), b.name(c.Topic, c.Value),
			line{Link: b.link("topic", string(c.Topic), "suggested", c.Suggested, "value", c.Value, "verdict", string(complaint.Corrected)), N: c.N}})
	}
	return m.site.Render(w, r, "overview/accuracy", v)
}

// judge turns counts of answers into lines.
type judge struct {
	q     accuracyQuery
	a     app.Accuracy
	lang  web.Lang
	texts *web.Catalogue
}

func (b judge) label(group, id string) string { return complaint.Label(group, id, string(b.lang)) }

// name is a value in words; the words of a text stay sealed in the case.
func (b judge) name(t complaint.Topic, v string) string {
	if t.Text() {
		return b.texts.Text(b.lang, "accuracy.text")
	}
	return t.Name(v, string(b.lang))
}

// link leads to the answers behind a number.
func (b judge) link(args ...string) string {
	all := map[string]string{"unit": string(b.q.unit), "topic": string(b.q.topic), "from": b.q.span.From.String(), "to": b.q.span.To.String()}
	for i := 0; i+1 < len(args); i += 2 {
		all[args[i]] = args[i+1]
	}
	var list []any
	for _, k := range []string{"from", "to", "unit", "topic", "source", "verdict", "suggested", "value"} {
		if all[k] != "" {
			list = append(list, k, all[k])
		}
	}
	return web.Link("/suggestions/answers", list...)
}

func (b judge) line(name, more string, l app.AccuracyLine, args ...string) verdictLine {
	out := verdictLine{Name: name, More: more, Suggested: line{N: l.Suggested(), Link: b.link(args...)}}
	for _, c := range []struct {
		verdict complaint.Verdict
		n       int
	}{{complaint.Adopted, l.Accepted}, {complaint.Corrected, l.Corrected}, {complaint.Rejected, l.Refused}, {complaint.Stated, l.Stated}} {
		out.Cells = append(out.Cells, line{N: c.n, Link: b.link(append([]string{"verdict", string(c.verdict)}, args...)...)})
	}
	if share := l.Right(); share >= 0 {
		out.Right = strconv.Itoa((share+5)/10) + "%"
	}
	return out
}

// weeks adds the days up by week, Monday first, so that the chart stays readable.
func (b judge) weeks() []verdictLine {
	var out []verdictLine
	var sum app.AccuracyLine
	var from calendar.Date
	flush := func() {
		if !from.IsZero() {
			out = append(out, b.line(from.String()[5:], "", sum, "from", from.String(), "to", from.AddDays(6).String()))
		}
	}
	for _, d := range b.a.Days {
		monday := d.On.AddDays(-((int(d.On.Weekday()) + 6) % 7))
		if monday != from {
			flush()
			from, sum = monday, app.AccuracyLine{}
		}
		sum.Accepted, sum.Corrected, sum.Refused, sum.Stated = sum.Accepted+d.Accepted, sum.Corrected+d.Corrected, sum.Refused+d.Refused, sum.Stated+d.Stated
	}
	flush()
	return out
}

func (b judge) topics() []web.Option {
	out := []web.Option{{Text: b.texts.Text(b.lang, "accuracy.all_topics")}}
	for _, t := range complaint.Topics {
		out = append(out, web.Option{Value: string(t), Text: b.label("topic", string(t))})
	}
	return out
}

// units offers the unit of the reader and those below it.
func (b judge) units(who party.Actor) []web.Option {
	out := []web.Option{{Text: b.texts.Text(b.lang, "accuracy.all_units")}}
	for _, u := range b.a.Org.Tree.Units() {
		if !u.Closed && (len(who.Path) < 2 || b.a.Org.Tree.Within(u.ID, who.Unit)) {
			out = append(out, web.Option{Value: string(u.ID), Text: u.Name})
		}
	}
	return out
}

// answersView is the answers behind a number.
type answersView struct {
	Title string
	Span  span
	Rows  []answerRow
	Empty web.Empty
	Back  string
}

type answerRow struct {
	Link, Number, Unit, Topic, Suggested, Value, Verdict, Source, By, On string
}

// answers lists the answers, newest first.
func (m *room) answers(w http.ResponseWriter, r *http.Request) error {
	var f fault.Fields
	day := func(name string) calendar.Date {
		d, err := calendar.Parse(r.FormValue(name))
		f.Need(err == nil, name, "日期 %s 不对，例如 2026-05-01", r.FormValue(name))
		return d
	}
	filter := storage.JudgementFilter{Unit: party.UnitID(r.FormValue("unit")), Topic: complaint.Topic(r.FormValue("topic")), Source: r.FormValue("source"), Verdict: complaint.Verdict(r.FormValue("verdict")),
		Asked: r.FormValue("suggested"), Value: r.FormValue("value"), Span: calendar.Interval{From: day("from"), To: day("to")}}
	if err := f.Err(); err != nil {
		return err
	}
	rows, org, err := m.app.JudgedCases(r.Context(), web.Actor(r), filter)
	if err != nil {
		return err
	}
	b := judge{lang: web.LangOf(r), texts: m.site.Texts()}
	v := answersView{Title: "accuracy.answers", Span: spanOf(filter.Span), Back: "/suggestions", Empty: web.Empty{Icon: "sparkles", Title: "accuracy.none", Text: "accuracy.none_text"}}
	for _, row := range rows {
		j := row.Judgement
		v.Rows = append(v.Rows, answerRow{Link: web.Link("/complaints/"+row.Case.String()) + "#person", Number: row.Number, Unit: org.Tree.Name(row.Unit), Topic: b.label("topic", string(j.Topic)),
			Suggested: b.name(j.Topic, j.Suggested), Value: b.name(j.Topic, j.Value), Verdict: b.label("verdict", string(j.Verdict)), Source: j.Source, By: org.Name(j.By), On: calendar.FromTime(j.At).String()})
	}
	return m.site.Render(w, r, "overview/answers", v)
}

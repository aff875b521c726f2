package reviews

import (
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// spec is what the pages know of a command.
type spec struct {
	verb   string
	group  string // heading in the menu of what may be done
	at     string // where on the page its form stands, and where one comes back to
	fields func(*formOf)
	plain  bool // a button without a form
	danger bool
	ready  func(review.Review) error // beside what the command says: is there anything to do
}

func (s spec) command() review.Command {
	v, ok := review.VerbOf(s.verb)
	if !ok {
		panic("reviews: no verb " + s.verb) // the table is ours
	}
	return v.New()
}

var groups = []string{"submit", "work", "decide"}

// specs are all commands in the order of the menu.
var specs = []spec{
	{verb: "hand-in", group: "submit", at: "submit"},
	{verb: "edit", group: "submit", at: "facts", fields: editFields},
	{verb: "answer-question", group: "submit", at: "questions"},
	{verb: "answer-point", group: "submit", at: "points"},
	{verb: "take-back", group: "submit", at: "history", danger: true, fields: why},
	{verb: "take", group: "work", at: "focus", plain: true},
	{verb: "assign-reviewer", group: "work", at: "people", fields: assignFields},
	{verb: "judge-finding", group: "work", at: "focus", ready: hasFindings},
	{verb: "add-finding", group: "work", at: "focus", fields: addFields},
	{verb: "check-item", group: "work", at: "checklist"},
	{verb: "ask", group: "work", at: "questions", fields: func(f *formOf) { f.area("text", true) }},
	{verb: "send-back", group: "work", at: "history", fields: why},
	{verb: "give-opinion", group: "work", at: "opinion"},
	{verb: "check-point", group: "work", at: "points", ready: hasPoint(review.Answers...)},
	{verb: "raise-point", group: "work", at: "points", ready: hasPoint(review.NotAdopted, review.Otherwise)},
	{verb: "recuse", group: "work", at: "people", fields: recuseFields},
	{verb: "settle-point", group: "decide", at: "points", ready: hasPoint(review.PointEscalated)},
	{verb: "clear", group: "decide", at: "decide"},
	{verb: "veto", group: "decide", at: "decide", danger: true},
	{verb: "revoke", group: "decide", at: "clearance", danger: true, fields: why},
}

func specOf(verb string) (spec, bool) {
	i := slices.IndexFunc(specs, func(s spec) bool { return s.verb == verb })
	if i < 0 {
		return spec{}, false
	}
	return specs[i], true
}

func hasFindings(r review.Review) error {
	m, _ := r.Current()
	if !slices.ContainsFunc(r.Findings, func(f review.Finding) bool { return f.Material == m.N }) {
		return &fault.Error{Kind: fault.Conflict, Key: "reviews.none.findings", Text: "这一版材料没有需要判断的问题"}
	}
	return nil
}

func hasPoint(states ...review.PointState) func(review.Review) error {
	return func(r review.Review) error {
		if slices.ContainsFunc(r.Points, func(p review.Point) bool { return slices.Contains(states, p.State) }) {
			return nil
		}
		return &fault.Error{Kind: fault.Conflict, Key: "reviews.none.points", Text: "现在没有需要这样处理的意见"}
	}
}

// formOf gathers the fields of one command's own form.
type formOf struct {
	talk
	verb   string
	m      *room
	p      app.ReviewPage
	who    party.Actor
	people []party.Person // who could review it
	values *web.Form
	posted bool
	fields []Field
	ask    []Question // of the kind's form
	goods  []web.Option
}

// words finds the message of a field: of this command, or of all.
func (f *formOf) words(kind, name string) string {
	name = name[strings.LastIndex(name, ".")+1:]
	if key := "reviews." + kind + "." + f.verb + "." + name; f.has(key) {
		return key
	}
	return "reviews." + kind + "." + name
}

func (f *formOf) input(name, kind string, must bool) web.Input {
	in := web.Input{Form: f.values, Name: name, Label: f.words("f", name), Kind: kind, Must: must}
	if help := f.words("h", name); f.has(help) {
		in.HelpKey = help
	}
	return in
}

// start suggests a value while nothing was typed.
func (f *formOf) start(name, value string) {
	if !f.posted && value != "" && f.values.Get(name) == "" {
		f.values.Values.Set(name, value)
	}
}

func (f *formOf) add(as string, in web.Input) { f.fields = append(f.fields, Field{Input: in, As: as}) }

func (f *formOf) area(name string, must bool) {
	f.add("field", f.input(name, "textarea", must).With("low"))
}

func (f *formOf) pick(name string, must bool, options []web.Option) {
	f.add("field", f.input(name, "select", must).Of(append([]web.Option{{Text: "—"}}, options...)))
}

func why(f *formOf) { f.area("why", true) }

func assignFields(f *formOf) {
	var people []web.Option
	for _, p := range f.people {
		people = append(people, web.Option{Value: string(p.ID), Text: p.Name + " · " + f.p.Org.Tree.Name(p.Unit)})
	}
	f.start("person", string(f.p.Review.Reviewer))
	f.start("deputy", string(f.p.Review.Deputy))
	f.pick("person", true, people)
	f.pick("deputy", false, people)
	f.area("why", f.p.Review.Reviewer != "")
}

func recuseFields(f *formOf) {
	var people []web.Option
	for _, p := range f.p.Org.People() {
		if !p.Disabled && (p.ID == f.who.Person() || p.ID == f.p.Review.Reviewer || p.ID == f.p.Review.Deputy || slices.ContainsFunc(f.people, func(o party.Person) bool { return o.ID == p.ID })) {
			people = append(people, web.Option{Value: string(p.ID), Text: p.Name + " · " + f.p.Org.Tree.Name(p.Unit)})
		}
	}
	f.start("person", string(f.who.Person()))
	f.pick("person", true, people)
	f.area("why", true)
}

func addFields(f *formOf) {
	var weights []web.Option
	for _, s := range review.Severities {
		weights = append(weights, web.Option{Value: string(s), Text: f.label("severity", string(s))})
	}
	f.start("severity", string(review.Warn))
	f.passage()
	for _, name := range []string{"start", "end"} {
		f.add("hidden", f.input(name, "hidden", false))
	}
	f.add("field", f.input("quote", "textarea", false).With("low"))
	f.add("choices", f.input("severity", "radio", true).Of(weights))
	f.add("field", f.input("title", "text", true))
	f.add("field", f.input("advice", "textarea", true).With("low"))
	f.add("field", f.input("rewrite", "textarea", false).With("low"))
	f.add("field", f.input("cites[0].instrument", "text", false).From("instruments"))
	f.add("field", f.input("cites[0].article", "text", false))
}

// passage fills in the words that were marked in the document.
func (f *formOf) passage() {
	text := f.p.Document.Text
	start, end := number(f.values.Get("start")), number(f.values.Get("end"))
	if start < end && end <= len(text) {
		f.start("quote", text[start:end])
	}
}

func editFields(f *formOf) {
	kind, _ := review.KindOf(f.p.Review.Kind)
	if !f.posted {
		f.values = typed(f.p.Review)
	}
	f.add("field", f.input("title", "text", true))
	f.add("field", f.input("product", "text", false).From("goods"))
	f.ask = f.questions(kind, f.values)
}

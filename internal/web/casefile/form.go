package casefile

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// Field is one part of a form: an input drawn As "field", "choices", "boxes" or
// "check", a "hidden" value, a "note" that only says something, or "rows".
type Field struct {
	web.Input
	As   string
	Text string    // of a note: data
	Rows [][]Field // of rows: each a line of fields
}

// form gathers the fields of one command for one case. What the person typed
// stands; what was not typed yet gets the values that the case suggests.
type form struct {
	talk
	verb   string
	p      app.CasePage
	who    party.Actor
	values *web.Form
	posted bool
	n      int        // number of the thing that the command is about, 0 for none
	asked  url.Values // what the address says of it
	fields []Field
}

// newForm makes the form of a spec. typed is nil when the form is opened; then
// query may name the thing it is about.
func newForm(k talk, s spec, p app.CasePage, who party.Actor, query url.Values, typed *web.Form) *form {
	f := &form{talk: k, verb: s.name, p: p, who: who, values: typed, posted: typed != nil, asked: query}
	if !f.posted {
		f.values = &web.Form{Values: url.Values{}}
		f.n, _ = strconv.Atoi(query.Get("n"))
	} else {
		f.n, _ = strconv.Atoi(typed.Get("n"))
	}
	if s.fields != nil {
		s.fields(f)
	}
	return f
}

// words finds the message of a field: of this command, or of all.
func (f *form) words(kind, name string) string {
	if i := strings.LastIndexAny(name, ".]"); i >= 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	if key := "case." + kind + "." + f.verb + "." + name; f.has(key) {
		return key
	}
	return "case." + kind + "." + name
}

func (f *form) input(name, kind string) web.Input {
	in := web.Input{Form: f.values, Name: name, Label: f.words("f", name), Kind: kind}
	if help := f.words("h", name); f.has(help) {
		in.HelpKey = help
	}
	return in
}

func (f *form) add(as string, in web.Input) { f.fields = append(f.fields, Field{Input: in, As: as}) }

// start suggests a value while nothing was typed.
func (f *form) start(name string, values ...string) {
	if f.posted || len(values) == 0 || len(values) == 1 && values[0] == "" {
		return
	}
	f.values.Values[name] = values
}

func (f *form) hidden(name, value string) {
	f.start(name, value)
	f.add("hidden", f.input(name, "hidden"))
}

// note says something between the fields.
func (f *form) note(text string) {
	if text != "" {
		f.fields = append(f.fields, Field{As: "note", Text: text})
	}
}

func (f *form) line(name string) { f.add("field", f.input(name, "text")) }

func (f *form) mustLine(name string) { f.add("field", f.input(name, "text").Required()) }

func (f *form) area(name string) { f.add("field", f.input(name, "textarea").With("low")) }

func (f *form) mustArea(name, class string) {
	f.add("field", f.input(name, "textarea").Required().With(class))
}

// day asks for a date that must be given.
func (f *form) day(name string, suggest calendar.Date) {
	f.start(name, suggest.String())
	f.add("field", f.input(name, "date").Required())
}

func (f *form) mayDay(name string) { f.add("field", f.input(name, "date")) }

func (f *form) check(name string) { f.add("check", f.input(name, "checkbox")) }

func (f *form) radio(name string, options []web.Option) {
	if len(options) == 1 {
		f.start(name, options[0].Value)
	}
	f.add("choices", f.input(name, "radio").Required().Of(options))
}

func (f *form) boxes(name string, options []web.Option) {
	f.add("boxes", f.input(name, "checkbox").Of(options))
}

// pick is a list to choose from; the only choice of a needed field is made.
func (f *form) pick(name string, must bool, options []web.Option) {
	in := f.input(name, "select")
	in.Must = must
	if !must || len(options) != 1 {
		options = append([]web.Option{{Text: "—"}}, options...)
	}
	f.add("field", in.Of(options))
}

// rows is a repeated part with some lines to fill; empty ones are left out.
func (f *form) rows(name string, have int, line func(row string, add func(Field))) {
	all := Field{As: "rows", Input: f.input(name, "")}
	for i := range max(3, have+1, f.typedRows(name)) {
		var cells []Field
		line(name+"["+strconv.Itoa(i)+"].", func(c Field) { cells = append(cells, c) })
		all.Rows = append(all.Rows, cells)
	}
	f.fields = append(f.fields, all)
}

func (f *form) typedRows(name string) int {
	most := 0
	for key := range f.values.Values {
		if rest, ok := strings.CutPrefix(key, name+"["); ok {
			number, _, _ := strings.Cut(rest, "]")
			if n, err := strconv.Atoi(number); err == nil && n < 50 {
				most = max(most, n+1)
			}
		}
	}
	return most
}

// options names the values of an enumeration.
func options[T ~string](k talk, group string, ids []T) []web.Option {
	out := make([]web.Option, len(ids))
	for i, id := range ids {
		out[i] = web.Option{Value: string(id), Text: k.label(group, string(id))}
	}
	return out
}

func (f *form) codes(list []complaint.Code) []web.Option {
	out := make([]web.Option, len(list))
	for i, c := range list {
		out[i] = web.Option{Value: c.ID, Text: f.code(list, c.ID)}
	}
	return out
}

// units offers the open units, indented by their depth.
func (f *form) units() []web.Option {
	var out []web.Option
	for _, u := range f.p.Org.Tree.Units() {
		if !u.Closed {
			out = append(out, web.Option{Value: string(u.ID), Text: strings.Repeat("　", max(0, len(f.p.Org.Tree.Path(u.ID))-1)) + u.Name})
		}
	}
	return out
}

// people offers staff with their unit; handle keeps those who may handle complaints.
func (f *form) people(handle bool) []web.Option {
	var out []web.Option
	for _, p := range f.p.Org.People() {
		if !p.Disabled && (!handle || access.May(party.ActorOf(p, f.p.Org.Tree), access.HandleComplaint)) {
			out = append(out, web.Option{Value: string(p.ID), Text: p.Name + " · " + f.p.Org.Tree.Name(p.Unit)})
		}
	}
	return out
}

// channel names an intake channel.
func (k talk) channel(id party.ChannelID) string {
	if name := k.label("channel", string(id)); name != string(id) {
		return name
	}
	if key := "case.channel." + string(id); k.lang == web.English && k.has(key) {
		return k.t(key)
	}
	if ch, ok := party.ChannelOf(id); ok {
		return ch.Name
	}
	return string(id)
}

func (f *form) channels() []web.Option {
	var out []web.Option
	for _, c := range party.Channels() {
		out = append(out, web.Option{Value: string(c.ID), Text: f.channel(c.ID)})
	}
	return out
}

// env is what a decision on the page's case may depend on.
func (m *room) env(r *http.Request, p app.CasePage) complaint.Env {
	return complaint.Env{Coding: p.Schemes.Catalogue, By: web.Actor(r), At: m.app.Now(), Rules: p.Rules, Cal: p.Calendar, Tree: p.Org.Tree, People: p.Org.Person}
}

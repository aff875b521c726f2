package codes

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// shownOpen is how many situations one page shows.
const shownOpen = 60

type queueView struct {
	Tabs   []web.Tab
	States []web.Tab
	State  string
	Form   *web.Form
	Open   []openLine
	More   int
	Empty  web.Empty
	May    bool
	Manage bool
}

type openLine struct {
	N          int
	Rows       string // path of the cases
	Scheme     string
	Facet      string
	Entry      []string
	Why        string
	Line       string // path of the line that leaves it open
	LineN      int
	Candidates []candidate
	Needs      string
	Add        string // path of a new line for it
}

type candidate struct{ Value, Name, Key string }

// askOf reads the period, unit and basis of an address.
func askOf(r *http.Request) (app.CodingAsk, error) {
	ask := app.CodingAsk{Unit: party.UnitID(strings.TrimSpace(r.FormValue("unit"))), Basis: coding.AtRegistration}
	if b := coding.Basis(r.FormValue("basis")); slices.Contains(coding.Bases, b) {
		ask.Basis = b
	}
	var f fault.Fields
	for name, to := range map[string]*calendar.Date{"from": &ask.Received.From, "to": &ask.Received.To} {
		text := strings.TrimSpace(r.FormValue(name))
		if text == "" {
			continue
		}
		d, err := calendar.Parse(text)
		f.Need(err == nil, name, "日期“%s”无法识别，请按 2026-05-01 的样子填写", text)
		*to = d
	}
	f.Need(ask.Received.From.IsZero() || ask.Received.To.IsZero() || ask.Received.From <= ask.Received.To, "to", "结束日早于开始日，请对调")
	return ask, f.Err()
}

func (m *room) queue(w http.ResponseWriter, r *http.Request) error {
	v, err := m.queueView(r, web.NewForm())
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "codes/queue", v)
}

func (m *room) queueView(r *http.Request, form *web.Form) (queueView, error) {
	ask, err := askOf(r)
	if err != nil {
		return queueView{}, err
	}
	q, err := m.app.CodingQueue(r.Context(), web.Actor(r), ask)
	if err != nil {
		return queueView{}, err
	}
	k, state := m.talk(r), coding.State(r.FormValue("state"))
	open := []coding.State{coding.Ambiguous, coding.Unmapped, coding.Missing}
	if !slices.Contains(open, state) {
		state = coding.Ambiguous
	}
	v := queueView{Tabs: tabs("codes.queue"), State: string(state), Form: form, May: access.May(web.Actor(r), access.HandleComplaint), Manage: access.May(web.Actor(r), access.ManageCoding),
		Empty: web.Empty{Icon: "circle-check", Title: "codes.queue_empty", Text: "codes.queue_empty_text", Link: "/codes/reconcile", Do: "codes.reconcile"}}
	counts := map[coding.State]int{}
	for _, o := range q.Open {
		counts[o.State]++
		switch {
		case o.State != state:
		case len(v.Open) < shownOpen:
			v.Open = append(v.Open, k.open(q, ask, o))
		default:
			v.More++
		}
	}
	for _, s := range open {
		v.States = append(v.States, web.Tab{Label: "codes.state." + string(s), Link: web.Link("/codes/queue", "state", s, "from", ask.Received.From, "to", ask.Received.To, "unit", ask.Unit), N: counts[s], Here: s == state})
	}
	return v, nil
}

func (k talk) open(q app.CodingQueue, ask app.CodingAsk, o coding.Open) openLine {
	s, _ := q.Catalogue.Scheme(o.Scheme)
	f, _ := s.Facet(o.Facet)
	words := complaint.CodingVocabulary()
	l := openLine{N: o.N, Scheme: k.either(s.Short, s.ShortEn), Facet: k.either(f.Name, f.NameEn), Why: o.Why, LineN: o.Line}
	for _, field := range coding.Fields {
		if v := o.Entry.Value(field); v != "" {
			l.Entry = append(l.Entry, k.word(words, field, v))
		}
	}
	if len(l.Entry) == 0 {
		l.Entry = []string{k.t("codes.nothing")}
	}
	l.Rows = rowsLink(ask, coding.Cell{Scheme: o.Scheme, Facet: o.Facet, Value: "<" + string(o.State) + ">"}.String()) + "&situation=" + urlText(o.Key)
	if o.Line > 0 {
		l.Line = web.Link("/codes/"+o.Scheme, "line", o.Line) + "#line-" + strconv.Itoa(o.Line)
	}
	for i, id := range o.Candidates {
		c := candidate{Value: o.Scheme + "/" + o.Facet + "=" + id + "|" + o.Key, Name: k.value(f, id)}
		if i < 9 {
			c.Key = strconv.Itoa(i + 1)
		}
		l.Candidates = append(l.Candidates, c)
	}
	for i, need := range o.Needs {
		if i > 0 {
			l.Needs += k.t("codes.comma")
		}
		l.Needs += k.t("codes.field." + need)
	}
	l.Add = web.Link("/codes/"+o.Scheme+"/line", "facet", o.Facet, "product", words.Name("product", o.Entry.Product, "zh"), "reason", words.Name("reason", o.Entry.Reason, "zh"))
	return l
}

// choose codes all cases of one situation: pick is scheme/facet=code|situation.
func (m *room) choose(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	ask, err := askOf(r)
	if err != nil {
		return err
	}
	where, situation, _ := strings.Cut(form.Get("pick"), "|")
	place, code, _ := strings.Cut(where, "=")
	scheme, facet, _ := strings.Cut(place, "/")
	done, err := m.app.ChooseAlike(r.Context(), web.Actor(r), ask, app.ChooseAlike{Situation: situation, Scheme: scheme, Facet: facet, Code: code, Why: form.Get("why")})
	if err != nil {
		v, broken := m.queueView(r, form.Refuse(err))
		if broken != nil {
			return err
		}
		return web.Again("codes/queue", v, err)
	}
	refused := 0
	for _, n := range done.Refused {
		refused += n
	}
	if refused+done.Left > 0 {
		m.site.Flash(w, "warn", "codes.chosen_some", "Number", strconv.Itoa(done.Done), "Text", strconv.Itoa(refused+done.Left))
	} else {
		m.site.Flash(w, "good", "codes.chosen", "Number", strconv.Itoa(done.Done))
	}
	http.Redirect(w, r, web.Link("/codes/queue", "state", form.Get("state"), "from", ask.Received.From, "to", ask.Received.To, "unit", ask.Unit), http.StatusSeeOther)
	return nil
}

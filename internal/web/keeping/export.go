package keeping

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// dots are the colours of the states.
var dots = map[string]string{"drafted": "wait", "asked": "wait", "approved": "active", "taken": "good", "refused": "bad", "expired": "bad",
	"proposed": "wait", "done": "good", "at_work": "active", "good": "good", "bad": "bad"}

type exportsView struct {
	Form   *web.Form
	Kinds  []web.Option
	States []web.Option
	People []web.Option // nil for those who see only their own
	Rows   []exportRow
	Next   string
	Empty  web.Empty
	Wrong  string
}

type exportRow struct {
	N          int64
	Link       string
	At         time.Time
	Who, What  string // what: message id
	Filter     string
	Rows       int
	State, Dot string // message id
	By         string // who approved
	Sum        string
}

func (m *room) exports(w http.ResponseWriter, r *http.Request) error {
	q, who := r.URL.Query(), web.Actor(r)
	v := exportsView{Form: &web.Form{Values: q}, Kinds: append([]web.Option{{Label: "keeping.all"}}, options("keeping.what.", app.ExportedKinds)...),
		States: append([]web.Option{{Label: "keeping.all"}}, options("keeping.state.", keeping.ExportStates)...), Empty: web.Empty{Icon: "download", Title: "keeping.exports.none", Text: "keeping.exports.none_text"}}
	f := app.ExportFilter{Who: party.PersonID(q.Get("who")), What: q.Get("what"), State: keeping.ExportState(q.Get("state")), Sum: strings.TrimSpace(q.Get("sum")), Limit: pageRows + 1}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	f.From, f.To, v.Wrong = period(q.Get("from"), q.Get("to"))
	rows, org, err := m.a.Exports(r.Context(), who, f)
	if err != nil {
		return err
	}
	if access.ReachOf(who, access.ReadExports) != access.Own {
		v.People = []web.Option{{Label: "keeping.everybody"}}
		for _, p := range org.People() {
			v.People = append(v.People, web.Option{Value: string(p.ID), Text: p.Name + " · " + org.Tree.Name(p.Unit)})
		}
	}
	if len(rows) > pageRows {
		rows = rows[:pageRows]
		v.Next = web.Link("/exports", "who", q.Get("who"), "what", q.Get("what"), "state", q.Get("state"), web.WordsField, web.Words(r), "from", q.Get("from"), "to", q.Get("to"), "before", itoa(rows[pageRows-1].N))
	}
	for _, x := range rows {
		row := exportRow{N: x.N, Link: "/exports/" + itoa(x.N), At: x.At, Who: org.Name(x.Who), What: "keeping.what." + x.What, Filter: m.filterWords(r, org, x.What, x.Filter), Rows: x.Rows, State: "keeping.state." + string(x.State), Dot: dots[string(x.State)], Sum: x.Sum[:min(12, len(x.Sum))]}
		if !slices.Contains(app.ExportedKinds, x.What) {
			row.What = "keeping.what.other"
		}
		if x.DecidedBy != "" {
			row.By = org.Name(x.DecidedBy)
		}
		v.Rows = append(v.Rows, row)
	}
	return m.site.Render(w, r, "keeping/exports", v)
}

// period reads the days of a filter; wrong says what cannot be read.
func period(from, to string) (a, b time.Time, wrong string) {
	if from != "" {
		d, err := calendar.Parse(from)
		if err != nil {
			return a, b, from
		}
		a = d.Time()
	}
	if to != "" {
		d, err := calendar.Parse(to)
		if err != nil {
			return a, b, to
		}
		b = d.AddDays(1).Time()
	}
	return a, b, ""
}

type exportView struct {
	app.ExportPage
	Who, Decider string
	What         string
	StateKey     string
	Dot          string
	Limit        int64
	Open         bool // it may still be asked for, approved or fetched
	Waits        bool // for another person than the reader
	Late         bool // nobody fetched it in time
	Form         *web.Form
}

func (m *room) exportView(r *http.Request) (v exportView, err error) {
	n, err := number(r)
	if err != nil {
		return v, err
	}
	if v.ExportPage, err = m.a.Export(r.Context(), web.Actor(r), n); err != nil {
		return v, err
	}
	state := v.State
	if v.Held && state != keeping.Refused && v.Over(v.Now) {
		state = keeping.Expired
	}
	v.Open = v.Held && (state == keeping.Drafted || state == keeping.Asked || state == keeping.Approved)
	v.Waits, v.Late = state == keeping.Asked && !v.Decide, state == keeping.Expired
	v.Who, v.What, v.StateKey, v.Dot, v.Form = v.Org.Name(v.By), "keeping.what."+v.ExportPage.What, "keeping.state."+string(state), dots[string(state)], &web.Form{}
	v.Filter = m.filterWords(r, v.Org, v.ExportPage.What, v.Filter)
	if !slices.Contains(app.ExportedKinds, v.ExportPage.What) {
		v.What = "keeping.what.other"
	}
	if v.DecidedBy != "" {
		v.Decider = v.Org.Name(v.DecidedBy)
	}
	s, err := m.a.Rules(m.a.Today()).Setting("export.approval_rows")
	v.Limit = s.Int()
	return v, err
}

func (m *room) export(w http.ResponseWriter, r *http.Request) error {
	v, err := m.exportView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "keeping/export", v)
}

func (m *room) ask(w http.ResponseWriter, r *http.Request) error {
	return m.changeExport(w, r, "keeping.export.asked", func(n int64, f *web.Form) error {
		return m.a.AskExport(r.Context(), web.Actor(r), n, f.Get("reason"))
	})
}

func (m *room) decideExport(w http.ResponseWriter, r *http.Request) error {
	return m.changeExport(w, r, "keeping.export.decided", func(n int64, f *web.Form) error {
		return m.a.DecideExport(r.Context(), web.Actor(r), n, f.Get("verdict") == "approve", f.Get("why"))
	})
}

func (m *room) changeExport(w http.ResponseWriter, r *http.Request, done string, do func(int64, *web.Form) error) error {
	n, err := number(r)
	if err != nil {
		return err
	}
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := do(n, f); err != nil {
		v, broken := m.exportView(r)
		if broken != nil {
			return err
		}
		v.Form = f.Refuse(err)
		return web.Again("keeping/export", v, err)
	}
	return m.done(w, r, done, "/exports/"+itoa(n))
}

// file hands an approved export over.
func (m *room) file(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r)
	if err != nil {
		return err
	}
	f, err := m.a.TakeExport(r.Context(), web.Actor(r), n)
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", f.Content)
	w.Header().Set("Content-Disposition", web.Attachment(f.Name))
	w.Header().Set("Cache-Control", "no-store")
	_, err = io.Copy(w, f)
	return err
}

// Package precedents is the room of the case library: search by words and
// facets, one case to read, print and cite, the draft with what was masked and
// the check, and the second person's decision.
//
//	precedents.go  routes and the list    show.go  one precedent
//	edit.go        propose, write, decide words.go labels and marked texts
package precedents

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/precedent"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

type room struct {
	site *web.Site
	a    *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	read, propose, approve := access.ReadPrecedent, access.ProposePrecedent, access.ApprovePrecedent
	return []web.Route{
		{Method: "GET", Path: "/precedents", Need: read, Handler: m.list, Words: []string{"q"}},
		{Method: "GET", Path: "/complaints/{case}/precedents", Need: access.ReadComplaint, Handler: m.beside},
		{Method: "POST", Path: "/complaints/{case}/precedents", Need: propose, Handler: m.propose},
		{Method: "GET", Path: "/precedents/{id}", Need: read, Handler: m.show},
		{Method: "GET", Path: "/precedents/{id}/edit", Need: propose, Handler: m.edit},
		{Method: "POST", Path: "/precedents/{id}/edit", Need: propose, Handler: m.save},
		{Method: "POST", Path: "/precedents/{id}/hand-in", Need: propose, Handler: m.do("hand-in")},
		{Method: "POST", Path: "/precedents/{id}/withdraw", Need: propose, Handler: m.do("withdraw")},
		{Method: "POST", Path: "/precedents/{id}/drop", Need: propose, Handler: m.do("drop")},
		{Method: "POST", Path: "/precedents/{id}/approve", Need: approve, Handler: m.do("approve")},
		{Method: "POST", Path: "/precedents/{id}/return", Need: approve, Handler: m.do("return")},
		{Method: "POST", Path: "/precedents/{id}/cite", Need: read, Handler: m.do("cite")},
	}
}

type listView struct {
	Sealed  string // the words as addresses carry them
	Words   string
	Settled bool
	Work    bool
	Tabs    []web.Tab
	Facets  []facetView
	Chosen  []chosenView
	Cards   []cardView
	Total   int
	Next    string
	Clear   string
	Empty   web.Empty
}

type facetView struct {
	Label  string // message id
	Open   bool
	Values []valueView
}

type valueView struct {
	Text, Link string
	N          int
	Here       bool
}

type chosenView struct{ Text, Link string }

type cardView struct {
	Link, Number, Title, Line string
	Marks                     []string // product, reason, outcomes in words
	State                     string   // message id of the state in work, "" in the library
	Returned                  bool
	Days, Satisfaction, Cited int
	Settled                   bool
	On                        string
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := storage.PrecedentFilter{Words: strings.TrimSpace(q.Get("q")), Work: q.Get("show") == "work", Settled: q.Get("settled") != "", Tags: map[string][]string{}}
	for _, topic := range precedent.Filters {
		if v := q.Get(topic); v != "" {
			f.Tags[topic] = []string{v}
		}
	}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil {
		f.Before = precedent.ID(n)
	}
	if len([]rune(f.Words)) > 200 {
		return fault.New(fault.Invalid, "检索词最多 200 字，请缩短")
	}
	l, err := m.a.Precedents(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	k := m.say(r)
	v := listView{Words: f.Words, Sealed: web.Words(r), Settled: f.Settled, Work: f.Work, Total: l.Total, Clear: "/precedents",
		Tabs: []web.Tab{{Label: "precedents.library", Link: "/precedents", Here: !f.Work}, {Label: "precedents.work", Link: "/precedents?show=work", N: l.Work, Here: f.Work}}}
	for _, row := range l.Rows {
		v.Cards = append(v.Cards, k.card(row, f.Work))
	}
	if l.Next != 0 {
		v.Next = address(f, v.Sealed, "before", l.Next.String())
	}
	m.facets(k, f, l, &v)
	v.Empty = emptyOf(f, len(v.Chosen) > 0)
	return m.site.Render(w, r, "precedents/list", v)
}

// facets lists the values by which the library may be narrowed, and those chosen.
func (m *room) facets(k words, f storage.PrecedentFilter, l app.PrecedentList, v *listView) {
	for i, topic := range precedent.Filters {
		x := facetView{Label: "precedents.topic." + topic, Open: i < 3 || len(f.Tags[topic]) > 0}
		for _, val := range l.Facets[topic] {
			here := slices.Contains(f.Tags[topic], val.Value)
			link := address(f, v.Sealed, topic, val.Value)
			if here {
				link = address(f, v.Sealed, topic, "")
				v.Chosen = append(v.Chosen, chosenView{k.value(topic, val.Value), link})
			}
			x.Values = append(x.Values, valueView{Text: k.value(topic, val.Value), Link: link, N: val.N, Here: here})
		}
		if len(x.Values) > 0 {
			v.Facets = append(v.Facets, x)
		}
	}
}

// address is the list with one choice changed; "" takes it away. words are sealed.
func address(f storage.PrecedentFilter, words, name, value string) string {
	args := []any{web.WordsField, words}
	if f.Work {
		args = append(args, "show", "work")
	}
	if f.Settled {
		args = append(args, "settled", "1")
	}
	for _, topic := range precedent.Filters {
		if topic != name && len(f.Tags[topic]) > 0 {
			args = append(args, topic, f.Tags[topic][0])
		}
	}
	return web.Link("/precedents", append(args, name, value)...)
}

func emptyOf(f storage.PrecedentFilter, narrowed bool) web.Empty {
	switch {
	case f.Work:
		return web.Empty{Icon: "clipboard-check", Title: "precedents.no_work", Text: "precedents.no_work_text"}
	case f.Words != "" || f.Settled || narrowed || len(f.Tags) > 0:
		return web.Empty{Icon: "search", Title: "precedents.none_found", Text: "precedents.none_found_text", Link: "/precedents", Do: "precedents.all"}
	}
	return web.Empty{Icon: "notes", Title: "precedents.empty", Text: "precedents.empty_text"}
}

func (k words) card(row storage.PrecedentRow, work bool) cardView {
	c := cardView{Link: "/precedents/" + row.ID.String(), Number: row.Number, Title: row.Card.Title, Line: row.Card.Line, Days: row.Days, Satisfaction: row.Satisfaction, Cited: row.Cited,
		Settled: !row.Escalated, On: row.ApprovedOn.String()}
	for _, topic := range []string{"product", "reason", "outcome"} {
		for _, v := range row.Tags[topic] {
			c.Marks = append(c.Marks, k.value(topic, v))
		}
	}
	if work {
		c.State, c.Returned, c.On = "precedents.state."+string(row.Work), row.Returned, row.ChangedOn.String()
	}
	return c
}

type besideView struct {
	Case    complaint.ID
	Lines   []besideLine
	Own     string
	Propose bool
}

type besideLine struct {
	cardView
	Shared []string
	Kind   bool // same product and reason
}

// besideShown is how many precedents stand beside a case.
const besideShown = 3

// beside is the panel that a case page and the reply page fetch.
func (m *room) beside(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "case")
	if err != nil {
		return err
	}
	p, err := m.a.PrecedentsFor(r.Context(), web.Actor(r), complaint.ID(id), besideShown)
	if err != nil {
		return err
	}
	v := besideView{Case: complaint.ID(id), Propose: p.Propose}
	if p.Own != 0 {
		v.Own = "/precedents/" + p.Own.String()
	}
	k := m.say(r)
	for _, s := range p.Similar {
		v.Lines = append(v.Lines, besideLine{k.card(s.Row, false), s.Score.Shared, s.Kind})
	}
	if r.Header.Get("HX-Request") != "" {
		return m.site.Fragment(w, r, "precedents/beside", "precedents-beside", v)
	}
	return m.site.Render(w, r, "precedents/beside", v)
}

func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
	}
	return n, nil
}

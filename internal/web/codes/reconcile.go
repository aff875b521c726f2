package codes

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/web"
)

type reportView struct {
	Tabs     []web.Tab
	Form     *web.Form
	Units    []web.Option
	Bases    []web.Option
	Agrees   bool
	Received cell
	LeftOut  []leftLine
	Counted  cell
	Columns  []columnHead
	Measures []measure
	Families []familyView
	Facets   []countView
	Query    []hidden
}

// cell is one number with the rows behind it.
type cell struct {
	N    int
	Link string
}

type hidden struct{ Name, Value string }

type leftLine struct {
	Name, Source string
	cell
}

type columnHead struct{ Scheme, Facet string }

// measure is one line of the comparison, a cell for each column.
type measure struct {
	Label  string // message id
	Why    string // message id
	Strong bool
	Part   bool // a part of the line above
	Cells  []cell
}

type familyView struct {
	Label   string
	Columns []columnHead
	Lines   []crossLine
	More    int
}

type crossLine struct {
	Values []string
	cell
}

type countView struct {
	columnHead
	Lines    []countLine
	Total    int
	Numbered bool // some code has a number
}

type countLine struct {
	Name, Number string
	Level        int
	cell
}

// shownCross is how many lines of a comparison the page shows; the file has all.
const shownCross = 30

// rowsLink leads to the cases that lie in cells.
func rowsLink(ask app.CodingAsk, cells ...string) string {
	q := url.Values{"cell": cells}
	for name, v := range map[string]string{"from": ask.Received.From.String(), "to": ask.Received.To.String(), "unit": string(ask.Unit), "basis": string(ask.Basis)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/codes/rows?" + q.Encode()
}

func urlText(s string) string { return url.QueryEscape(s) }

func (m *room) reconcile(w http.ResponseWriter, r *http.Request) error {
	v, err := m.reportView(r, shownCross)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "codes/reconcile", v)
}

func (m *room) reportView(r *http.Request, most int) (reportView, error) {
	ask, err := askOf(r)
	if err != nil {
		return reportView{}, err
	}
	if r.FormValue("from")+r.FormValue("to") == "" {
		ask.Received = app.PeriodSpan("year", m.app.Today())
	}
	rec, err := m.app.Reconcile(r.Context(), web.Actor(r), ask)
	if err != nil {
		return reportView{}, err
	}
	b := reportBuilder{talk: m.talk(r), rec: rec, ask: ask, links: access.May(web.Actor(r), access.ReadComplaint), most: most}
	v := b.view()
	v.Form = web.NewForm("from", ask.Received.From.String(), "to", ask.Received.To.String(), "unit", string(ask.Unit), "basis", string(ask.Basis))
	for name, values := range v.Form.Values {
		v.Query = append(v.Query, hidden{name, values[0]})
	}
	v.Units = []web.Option{{Label: "codes.all_units"}}
	for _, u := range rec.Org.Tree.Units() {
		if rec.Org.Tree.Within(u.ID, web.Actor(r).Unit) {
			v.Units = append(v.Units, web.Option{Value: string(u.ID), Text: strings.Repeat("　", max(0, len(rec.Org.Tree.Path(u.ID))-1)) + u.Name})
		}
	}
	for _, basis := range coding.Bases {
		v.Bases = append(v.Bases, web.Option{Value: string(basis), Label: "codes.basis." + string(basis)})
	}
	return v, nil
}

type reportBuilder struct {
	talk
	rec   app.Reconciliation
	ask   app.CodingAsk
	links bool
	most  int
}

func (b reportBuilder) cell(n int, cells ...coding.Cell) cell {
	out := cell{N: n}
	if b.links && n > 0 {
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = c.String()
		}
		out.Link = rowsLink(b.ask, texts...)
	}
	return out
}

func (b reportBuilder) view() reportView {
	rep := b.rec.Report
	v := reportView{Tabs: tabs("codes.reconcile"), Agrees: rep.Agrees(), Received: b.cell(rep.Received, coding.Cell{All: true}), Counted: b.cell(rep.Counted, coding.Cell{})}
	for _, rule := range coding.LeaveOuts() {
		v.LeftOut = append(v.LeftOut, leftLine{b.either(rule.Name, rule.NameEn), rule.Source, b.cell(rep.LeftOut[rule.ID], coding.Cell{LeftOut: rule.ID})})
	}
	for _, c := range rep.Columns {
		v.Columns = append(v.Columns, b.head(c))
		v.Facets = append(v.Facets, b.counts(c))
	}
	v.Measures = b.measures()
	for _, f := range rep.Families {
		if len(f.Columns) > 1 {
			v.Families = append(v.Families, b.family(f))
		}
	}
	return v
}

func (b reportBuilder) head(c coding.Column) columnHead {
	return columnHead{b.either(c.Scheme.Short, c.Scheme.ShortEn), b.either(c.Facet.Name, c.Facet.NameEn)}
}

// measures explain each column from what is counted down to what has a code.
func (b reportBuilder) measures() []measure {
	rows := []struct {
		id, value    string
		strong, part bool
		n            func(coding.Column) int
	}{
		{"coded", "<has>", true, false, coding.Column.Coded},
		{"chosen", "<chosen>", false, true, func(c coding.Column) int { return c.States[coding.Chosen] }},
		{"older", "<older>", false, true, func(c coding.Column) int { return c.Older }},
		{"moved", "<moved>", false, true, func(c coding.Column) int { return c.Moved }},
		{"ambiguous", "<ambiguous>", false, false, func(c coding.Column) int { return c.States[coding.Ambiguous] }},
		{"unmapped", "<unmapped>", false, false, func(c coding.Column) int { return c.States[coding.Unmapped] }},
		{"missing", "<missing>", false, false, func(c coding.Column) int { return c.States[coding.Missing] }},
		{"total", "", true, false, coding.Column.Total},
	}
	var out []measure
	for _, row := range rows {
		m := measure{Label: "codes.m." + row.id, Why: "codes.w." + row.id, Strong: row.strong, Part: row.part}
		for _, c := range b.rec.Report.Columns {
			m.Cells = append(m.Cells, b.cell(row.n(c), coding.Cell{Scheme: c.Scheme.ID, Facet: c.Facet.ID, Value: row.value}))
		}
		out = append(out, m)
	}
	return out
}

func (b reportBuilder) family(f coding.Family) familyView {
	v := familyView{Label: "codes.family." + f.ID}
	columns := b.rec.Report.Columns
	for _, at := range f.Columns {
		v.Columns = append(v.Columns, b.head(columns[at]))
	}
	for i, l := range f.Lines {
		if i >= b.most {
			v.More = len(f.Lines) - b.most
			break
		}
		line := crossLine{}
		var cells []coding.Cell
		for j, value := range l.Values {
			c := columns[f.Columns[j]]
			line.Values = append(line.Values, b.value(c.Facet, value))
			cells = append(cells, coding.Cell{Scheme: c.Scheme.ID, Facet: c.Facet.ID, Value: value})
		}
		line.cell = b.cell(l.N, cells...)
		v.Lines = append(v.Lines, line)
	}
	return v
}

func (b reportBuilder) counts(c coding.Column) countView {
	v := countView{columnHead: b.head(c), Total: c.Coded(), Numbered: c.Scheme.Numbered() > 0}
	for _, code := range c.Facet.Codes {
		n := c.Sum(code.ID)
		if n == 0 {
			continue
		}
		v.Lines = append(v.Lines, countLine{b.either(code.Name, code.NameEn), code.Number, len(c.Facet.Path(code.ID)), b.cell(n, coding.Cell{Scheme: c.Scheme.ID, Facet: c.Facet.ID, Value: code.ID})})
	}
	return v
}

// exportReport gives the report as one sheet, every line of the comparison included.
func (m *room) exportReport(w http.ResponseWriter, r *http.Request) error {
	v, err := m.reportView(r, 1<<20)
	if err != nil {
		return err
	}
	k := m.talk(r)
	columns, lines := sheet(k, v)
	var b app.TakenFile
	if err := m.app.ExportCounts(r.Context(), web.Actor(r), app.Sheet{Name: k.t("codes.reconcile"), Filter: web.Filter(r), Columns: columns, Lines: slices.Values(lines)}, &b); err != nil {
		return err
	}
	return web.SendTable(w, document.XLSX, b.Name, &b)
}

// sheet writes the report as lines: part, scheme and facet, what, number.
func sheet(k talk, v reportView) ([]document.Column, [][]string) {
	columns := []document.Column{{Name: k.t("codes.part"), Width: 22}, {Name: k.t("codes.scheme"), Width: 40}, {Name: k.t("codes.item"), Width: 50}, {Name: k.t("codes.n"), Number: true}}
	n := strconv.Itoa
	lines := [][]string{{k.t("codes.period"), "", v.Form.Get("from") + " – " + v.Form.Get("to"), ""}, {k.t("codes.basis"), "", k.t("codes.basis." + v.Form.Get("basis")), ""},
		{k.t("codes.total"), "", k.t("codes.received"), n(v.Received.N)}}
	for _, l := range v.LeftOut {
		lines = append(lines, []string{k.t("codes.total"), l.Source, l.Name, n(l.N)})
	}
	lines = append(lines, []string{k.t("codes.total"), "", k.t("codes.counted"), n(v.Counted.N)})
	for _, m := range v.Measures {
		for i, c := range m.Cells {
			lines = append(lines, []string{k.t("codes.side_by_side"), v.Columns[i].Scheme + " · " + v.Columns[i].Facet, k.t(m.Label), n(c.N)})
		}
	}
	for _, f := range v.Facets {
		for _, l := range f.Lines {
			lines = append(lines, []string{k.t("codes.by_code"), f.Scheme + " · " + f.Facet, strings.TrimSpace(l.Number + " " + l.Name), n(l.N)})
		}
	}
	for _, f := range v.Families {
		var heads []string
		for _, h := range f.Columns {
			heads = append(heads, h.Scheme+" · "+h.Facet)
		}
		for _, l := range f.Lines {
			lines = append(lines, []string{k.t(f.Label), strings.Join(heads, " | "), strings.Join(l.Values, " | "), n(l.N)})
		}
	}
	return columns, lines
}

// shownRows is how many cases one page of rows shows.
const shownRows = 100

type rowsView struct {
	Back  string
	Cells []string
	Span  string
	Rows  []caseLine
	Next  string
	Empty web.Empty
	Query []hidden // of the export; empty when the reader may not
}

type caseLine struct {
	Link, Number, Name, About, Unit string
	Received, State                 string
}

// rows lists the cases behind a number.
func (m *room) rows(w http.ResponseWriter, r *http.Request) error {
	ask, err := askOf(r)
	if err != nil {
		return err
	}
	q, cells := r.URL.Query(), cellsOf(r)
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64) // 0 for the first page
	rows, org, err := m.app.CodingCases(r.Context(), web.Actor(r), ask, cells, complaint.ID(after), shownRows+1)
	if err != nil {
		return err
	}
	v := rowsView{Back: "/codes/reconcile", Span: span(ask.Received), Empty: web.Empty{Icon: "inbox", Title: "codes.no_rows", Text: "codes.no_rows_text", Link: "/codes/reconcile", Do: "codes.reconcile"}}
	if access.May(web.Actor(r), access.ExportComplaint) {
		for name, values := range q {
			for _, value := range values {
				v.Query = append(v.Query, hidden{name, value})
			}
		}
	}
	if v.Cells, err = m.cellNames(r, cells); err != nil {
		return err
	}
	if len(rows) > shownRows {
		rows = rows[:shownRows]
		q.Set("after", rows[shownRows-1].ID.String())
		v.Next = "/codes/rows?" + q.Encode()
	}
	for _, c := range rows {
		v.Rows = append(v.Rows, caseLine{Link: "/complaints/" + c.ID.String() + "#codings", Number: c.Number, Name: c.Card.Name, About: c.Card.Line, Unit: org.Tree.Name(c.Unit),
			Received: c.ReceivedOn.String(), State: complaint.Label("state", string(c.State), string(web.LangOf(r)))})
	}
	return m.site.Render(w, r, "codes/rows", v)
}

// cellsOf reads the cells of an address.
func cellsOf(r *http.Request) []coding.Cell {
	var cells []coding.Cell
	for _, text := range r.Form["cell"] {
		cell, _ := coding.ParseCell(text) // anything else is what counts
		cells = append(cells, cell)
	}
	if s := r.FormValue("situation"); s != "" {
		cells = append(cells, coding.Cell{Key: s})
	}
	return cells
}

// exportRows gives the cases behind a number with all their codings.
func (m *room) exportRows(w http.ResponseWriter, r *http.Request) error {
	ask, err := askOf(r)
	if err != nil {
		return err
	}
	k := m.talk(r)
	words := app.CodedColumns{Number: k.t("codes.case"), Received: k.t("codes.received_on"), Registered: k.t("codes.registered_on"), Unit: k.t("codes.unit"), LeftOut: k.t("codes.left_out"), Code: k.t("codes.number"), State: k.t("codes.state")}
	words.States, words.Rules = map[coding.State]string{}, map[string]string{}
	for _, s := range coding.States {
		words.States[s] = k.t("codes.state." + string(s))
	}
	for _, rule := range coding.LeaveOuts() {
		words.Rules[rule.ID] = k.either(rule.Name, rule.NameEn)
	}
	var b app.TakenFile
	if err := m.app.ExportCoded(r.Context(), web.Actor(r), ask, cellsOf(r), words, web.Filter(r), &b); err != nil {
		return err
	}
	return web.SendTable(w, document.XLSX, b.Name, &b)
}

func span(i calendar.Interval) string {
	if i.From.IsZero() && i.To.IsZero() {
		return ""
	}
	return i.From.String() + " – " + i.To.String()
}

// cellNames says in words what the rows are.
func (m *room) cellNames(r *http.Request, cells []coding.Cell) ([]string, error) {
	c, err := m.app.Codings(r.Context(), web.Actor(r))
	if err != nil {
		return nil, err
	}
	k := m.talk(r)
	var out []string
	for _, cell := range cells {
		switch {
		case cell.All:
			out = append(out, k.t("codes.received"))
		case cell.LeftOut != "":
			for _, rule := range coding.LeaveOuts() {
				if rule.ID == cell.LeftOut {
					out = append(out, k.either(rule.Name, rule.NameEn))
				}
			}
		case cell.Scheme != "":
			s, err := c.Catalogue.Scheme(cell.Scheme)
			if err != nil {
				return nil, err
			}
			f, _ := s.Facet(cell.Facet)
			name := k.either(f.Name, f.NameEn)
			if cell.Value != "" {
				name += "：" + k.value(f, cell.Value)
			}
			out = append(out, name)
		case cell.Key == "":
			out = append(out, k.t("codes.counted"))
		}
	}
	return out, nil
}

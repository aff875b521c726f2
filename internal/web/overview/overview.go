// Package overview is the counts for whoever answers for a unit. Every number
// opens the rows that it counts.
package overview

import (
	"net/http"
	"slices"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

type room struct {
	site *web.Site
	app  *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	return []web.Route{
		{Method: "GET", Path: "/overview", Need: access.ReadOverview, Handler: m.page},
		{Method: "GET", Path: "/overview/rows", Need: access.ReadComplaint, Handler: m.rows},
		{Method: "GET", Path: "/suggestions", Need: access.ReadOverview, Handler: m.accuracy},
		{Method: "GET", Path: "/suggestions/answers", Need: access.ReadComplaint, Handler: m.answers},
		{Method: "POST", Path: "/overview/export", Need: access.ReadOverview, Fresh: true, Handler: m.export},
	}
}

type pageView struct {
	Unit    string
	At      string
	Period  string
	Periods []period
	Tiles   []web.Tile
	Days    []day
	Tables  []table // open cases by age and by code
	Heat    heatView
	Compare []measure
	Now     span
	Before  span
	Links   bool // the reader may open rows
}

type period struct {
	ID   string
	Here bool
}

type span struct{ From, To string }

// day is one square of the calendar.
type day struct {
	On, Short, Week string // Week is a message id
	N               int
	Link            string
	Rest, Today     bool
}

// table is one count by a code, drawn as a chart too.
type table struct {
	ID, Title, Column string // message ids
	Lines             []line
}

type line struct {
	Name, Link string
	N          int
}

type heatView struct {
	Reasons []string
	Rows    []heatRow
}

type heatRow struct {
	Name, Link string
	Cells      []line
}

// measure is one number of the period beside the period before.
type measure struct {
	Label            string // message id
	Now, Before      string
	Link, BeforeLink string
	More             []line // parts of the number that have rows of their own
	Change           string // words, "" for none
	Better, Worse    bool
}

func (m *room) page(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "overview/page", v)
}

func periodOf(r *http.Request) string {
	if p := r.FormValue("period"); slices.Contains(app.OverviewPeriods, p) {
		return p
	}
	return app.OverviewPeriods[0]
}

func (m *room) view(r *http.Request) (pageView, error) {
	who, chosen := web.Actor(r), periodOf(r)
	o, err := m.app.Overview(r.Context(), who, chosen)
	if err != nil {
		return pageView{}, err
	}
	at, err := web.DateTime(m.app.Now())
	if err != nil {
		return pageView{}, err
	}
	b := builder{o: o, who: who, lang: web.LangOf(r), texts: m.site.Texts(), links: access.May(who, access.ReadComplaint)}
	v := pageView{Unit: o.Org.Tree.Name(who.Unit), At: at, Period: chosen, Tiles: b.tiles(), Days: b.days(), Tables: b.tables(), Heat: b.heat(), Compare: b.compare(),
		Now: spanOf(o.Period.Span), Before: spanOf(o.Before.Span), Links: b.links}
	for _, p := range app.OverviewPeriods {
		v.Periods = append(v.Periods, period{p, p == chosen})
	}
	return v, nil
}

func spanOf(i calendar.Interval) span { return span{i.From.String(), i.To.String()} }

// builder turns counts into lines with names and links.
type builder struct {
	o     app.Overview
	who   party.Actor
	lang  web.Lang
	texts *web.Catalogue
	links bool
}

func (b builder) t(key string, args ...any) string { return b.texts.Text(b.lang, key, args...) }

// open links to the open cases of a filter, given as names and values in turn.
func (b builder) open(args ...any) string {
	if !b.links {
		return ""
	}
	return web.Link("/complaints", args...)
}

// own links to the cases that the reader's unit handles itself.
func (b builder) own(args ...any) string {
	if !b.links {
		return ""
	}
	return web.Link("/desk", append([]any{"tab", "unit"}, args...)...)
}

func (b builder) tiles() []web.Tile {
	week := 0
	for _, d := range b.o.Days[:8] {
		week += d.N
	}
	return []web.Tile{
		{Label: "overview.open", Icon: "inbox", N: b.o.Open, Link: b.open()},
		{Label: "overview.overdue", Icon: "alert-circle", N: b.o.Overdue, Link: b.open("due", "over"), Kind: "over"},
		{Label: "overview.today", Icon: "clock-exclamation", N: b.o.DueToday, Link: b.open("due", "today"), Kind: "today"},
		{Label: "overview.week", Icon: "calendar-due", N: week, Link: b.open("due_from", b.o.Today, "due_to", b.o.Today.AddDays(7)), Kind: "soon"},
	}
}

func (b builder) days() []day {
	out := make([]day, len(b.o.Days))
	for i, d := range b.o.Days {
		out[i] = day{On: d.Day.String(), Short: d.Day.String()[5:], Week: "overview.weekday." + strconv.Itoa(int(d.Day.Weekday())), N: d.N, Rest: !d.Working, Today: i == 0,
			Link: b.open("due_from", d.Day, "due_to", d.Day)}
	}
	return out
}

func (b builder) tables() []table {
	ages := table{ID: "age", Title: "overview.by_age", Column: "overview.age"}
	for _, a := range b.o.Ages {
		name := b.t("overview.days_between", "From", strconv.Itoa(a.From), "Due", strconv.Itoa(a.To))
		if a.To < 0 {
			name = b.t("overview.days_over", "From", strconv.Itoa(a.From-1))
		}
		ages.Lines = append(ages.Lines, line{name, b.open("from", a.Received.From, "to", a.Received.To), a.N})
	}
	units := table{ID: "unit", Title: "overview.by_unit", Column: "overview.unit"}
	for _, u := range b.o.Units {
		units.Lines = append(units.Lines, line{b.o.Org.Tree.Name(party.UnitID(u.ID)), b.open("unit", u.ID), u.N})
	}
	if b.o.Own > 0 {
		units.Lines = append(units.Lines, line{b.ownName(), b.own(), b.o.Own})
	}
	return []table{ages, units,
		b.coded("channel", b.o.Channels, func(id string) string { return b.channel(party.ChannelID(id)) }),
		b.coded("product", b.o.Products, func(id string) string { return b.code(complaint.Book().Products, id) }),
		b.coded("reason", b.o.Reasons, func(id string) string { return b.code(complaint.Book().Reasons, id) })}
}

func (b builder) ownName() string {
	return b.t("overview.own", "Unit", b.o.Org.Tree.Name(b.who.Unit))
}

func (b builder) coded(field string, counts []app.OverviewCount, name func(string) string) table {
	out := table{ID: field, Title: "overview.by_" + field, Column: "overview." + field}
	for _, c := range counts {
		l := line{name(c.ID), b.open(field, c.ID), c.N}
		if c.ID == "" { // no filter names what has no code
			l.Name, l.Link = b.t("overview.uncoded"), ""
		}
		out.Lines = append(out.Lines, l)
	}
	return out
}

func (b builder) channel(id party.ChannelID) string {
	if key := "desk.channel." + string(id); b.lang == web.English && b.texts.Has(b.lang, key) {
		return b.t(key)
	}
	c, _ := party.ChannelOf(id)
	return c.Name
}

func (b builder) code(list []complaint.Code, id string) string {
	for _, c := range list {
		if c.ID == id && b.lang == web.English {
			return c.NameEn
		}
	}
	return complaint.CodeName(list, id)
}

func (b builder) heat() heatView {
	var v heatView
	for _, r := range b.o.Reasons {
		name := b.t("overview.uncoded")
		if r.ID != "" {
			name = b.code(complaint.Book().Reasons, r.ID)
		}
		v.Reasons = append(v.Reasons, name)
	}
	for _, h := range b.o.Heat {
		row := heatRow{Name: b.o.Org.Tree.Name(h.Unit), Link: b.open("unit", h.Unit)}
		if h.Own {
			row.Name, row.Link = b.ownName(), b.own()
		}
		for i, n := range h.N {
			cell := line{N: n}
			switch reason := b.o.Reasons[i].ID; {
			case n == 0 || reason == "":
			case h.Own:
				cell.Link = b.own("reason", reason)
			default:
				cell.Link = b.open("unit", h.Unit, "reason", reason)
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// export gives the tables of the page as one sheet.
func (m *room) export(w http.ResponseWriter, r *http.Request) error {
	v, err := m.view(r)
	if err != nil {
		return err
	}
	t := func(key string) string { return m.site.Texts().Text(web.LangOf(r), key) }
	columns, lines := sheet(v, t)
	var b app.TakenFile
	if err := m.app.ExportOverview(r.Context(), web.Actor(r), app.Sheet{Name: t("room.overview"), Filter: web.Filter(r), Columns: columns, Lines: slices.Values(lines)}, &b); err != nil {
		return err
	}
	return web.SendTable(w, document.XLSX, b.Name, &b)
}

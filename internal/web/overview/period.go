package overview

import (
	"net/http"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// told links to the cases told within a span.
func (b builder) told(p app.OverviewPeriod, args ...any) string {
	if !b.links {
		return ""
	}
	return web.Link("/overview/rows", append([]any{"from", p.Span.From, "to", p.Span.To}, args...)...)
}

// compare sets the period beside the one before.
func (b builder) compare() []measure {
	now, before := b.o.Period, b.o.Before
	received := measure{Label: "overview.received", Now: count(now.Received()), Before: count(before.Received())}
	received.More = []line{
		{b.t("overview.still_open"), b.open("from", now.Span.From, "to", now.Span.To), now.ReceivedOpen},
		{b.t("overview.finished"), b.open("from", now.Span.From, "to", now.Span.To, "closed", "1"), now.ReceivedClosed},
	}
	received.Change = b.change(now.Received(), before.Received())
	told := measure{Label: "overview.told", Now: count(now.Told), Before: count(before.Told), Link: b.told(now), BeforeLink: b.told(before), Change: b.change(now.Told, before.Told)}
	rate := measure{Label: "overview.on_time", Now: perMille(now.OnTime()), Before: perMille(before.OnTime()), Better: better(now.OnTime(), before.OnTime()), Worse: better(before.OnTime(), now.OnTime())}
	rate.More = []line{{b.t("overview.in_time"), b.told(now, "what", "in_time"), now.Told - now.Late}, {b.t("overview.late"), b.told(now, "what", "late"), now.Late}}
	days := measure{Label: "overview.median", Now: b.daysText(now.MedianDays), Before: b.daysText(before.MedianDays),
		Better: better(before.MedianDays, now.MedianDays), Worse: better(now.MedianDays, before.MedianDays)}
	happy := measure{Label: "overview.satisfaction", Now: hundredths(now.Average()), Before: hundredths(before.Average()),
		Better: better(now.Average(), before.Average()), Worse: better(before.Average(), now.Average())}
	for v := 5; v >= 1; v-- {
		happy.More = append(happy.More, line{b.t("portal.star." + strconv.Itoa(v)), b.told(now, "satisfaction", v), now.Satisfaction[v]})
	}
	return []measure{received, told, rate, days, happy}
}

func count(n int) string { return web.Number(n) }

func better(a, than int) bool { return a >= 0 && than >= 0 && a > than }

// change is how much more or less there is, in percent.
func (b builder) change(now, before int) string {
	switch {
	case before == 0 || now == before:
		return ""
	case now > before:
		return b.t("overview.more", "Number", strconv.Itoa((now-before)*100/before))
	}
	return b.t("overview.less", "Number", strconv.Itoa((before-now)*100/before))
}

func perMille(n int) string {
	if n < 0 {
		return "–"
	}
	return strconv.Itoa(n/10) + "." + strconv.Itoa(n%10) + "%"
}

func hundredths(n int) string {
	if n < 0 {
		return "–"
	}
	return strconv.Itoa(n/100) + "." + strconv.Itoa(n/10%10) + strconv.Itoa(n%10)
}

func (b builder) daysText(n int) string {
	if n < 0 {
		return "–"
	}
	return b.t("overview.days", "Count", n)
}

// sheet is the tables of the page as lines: which table, what, now, before.
func sheet(v pageView, t func(string) string) ([]document.Column, [][]string) {
	columns := []document.Column{{Name: t("overview.table"), Width: 24}, {Name: t("overview.item"), Width: 28}, {Name: t("overview.number"), Number: true}, {Name: t("overview.before")}}
	lines := [][]string{{t("overview.unit"), v.Unit, "", ""}, {t("overview.as_of"), v.At, "", ""}, {t("overview.period"), v.Now.From + " – " + v.Now.To, "", v.Before.From + " – " + v.Before.To}}
	for _, tile := range v.Tiles {
		lines = append(lines, []string{t("overview.now"), t(tile.Label), strconv.Itoa(tile.N), ""})
	}
	for _, d := range v.Days {
		lines = append(lines, []string{t("overview.calendar"), d.On, strconv.Itoa(d.N), ""})
	}
	for _, tab := range v.Tables {
		for _, l := range tab.Lines {
			lines = append(lines, []string{t(tab.Title), l.Name, strconv.Itoa(l.N), ""})
		}
	}
	for _, row := range v.Heat.Rows {
		for i, c := range row.Cells {
			lines = append(lines, []string{t("overview.heat"), row.Name + " × " + v.Heat.Reasons[i], strconv.Itoa(c.N), ""})
		}
	}
	for _, m := range v.Compare {
		lines = append(lines, []string{t("overview.period"), t(m.Label), m.Now, m.Before})
		for _, l := range m.More {
			lines = append(lines, []string{t("overview.period"), t(m.Label) + "：" + l.Name, strconv.Itoa(l.N), ""})
		}
	}
	return columns, lines
}

// shownRows is how many cases one page of rows shows.
const shownRows = 100

type rowsView struct {
	Title string // message id
	Span  span
	Rows  []caseLine
	Next  string
	Empty web.Empty
}

type caseLine struct {
	Link, Number, Name, About, Unit string
	Received, State                 string
}

// rows lists the cases behind a number of a period.
func (m *room) rows(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, err1 := calendar.Parse(q.Get("from"))
	to, err2 := calendar.Parse(q.Get("to"))
	if err1 != nil || err2 != nil {
		return fault.New(fault.Invalid, "地址里的日期不对，请从总览页重新打开")
	}
	f := storage.ToldFilter{Span: calendar.Interval{From: from, To: to}, Late: q.Get("what") == "late", InTime: q.Get("what") == "in_time"}
	f.Satisfaction, _ = strconv.Atoi(q.Get("satisfaction")) // 0 for any
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64)    // 0 for the first page
	rows, org, err := m.app.ToldCases(r.Context(), web.Actor(r), f, complaint.ID(after), shownRows+1)
	if err != nil {
		return err
	}
	v := rowsView{Title: "overview.told", Span: spanOf(f.Span), Empty: web.Empty{Icon: "inbox", Title: "overview.no_rows", Text: "overview.no_rows_text", Link: "/overview", Do: "overview.back"}}
	if f.Late {
		v.Title = "overview.late"
	} else if f.InTime {
		v.Title = "overview.in_time"
	} else if f.Satisfaction > 0 {
		v.Title = "portal.star." + strconv.Itoa(min(f.Satisfaction, 5))
	}
	if len(rows) > shownRows {
		rows = rows[:shownRows]
		v.Next = web.Link("/overview/rows", "from", from, "to", to, "what", q.Get("what"), "satisfaction", q.Get("satisfaction"), "after", rows[shownRows-1].ID)
	}
	for _, c := range rows {
		v.Rows = append(v.Rows, caseLine{Link: "/complaints/" + c.ID.String(), Number: c.Number, Name: c.Card.Name, About: c.Card.Line, Unit: org.Tree.Name(c.Unit),
			Received: c.ReceivedOn.String(), State: complaint.Label("state", string(c.State), string(web.LangOf(r)))})
	}
	return m.site.Render(w, r, "overview/rows", v)
}

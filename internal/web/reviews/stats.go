package reviews

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// statNames are the parameters by which the list of reviews opens a number of the
// statistics; see statOf.
var statNames = []string{"handed", "decided", "done", "outcome", "back", "late", "must", "answer", "rule", "verdict", "differ", "unit"}

// statOf reads them. Days are written as 2026-01-01..2026-03-31.
func statOf(q url.Values) storage.ReviewStat {
	days := func(name string) (v calendar.Interval) {
		from, to, _ := strings.Cut(q.Get(name), "..")
		v.From, _ = calendar.Parse(from) // what is no day asks for nothing
		v.To, _ = calendar.Parse(to)
		return v
	}
	return storage.ReviewStat{Handed: days("handed"), Decided: days("decided"), Done: days("done"), Outcome: review.State(q.Get("outcome")), Back: q.Get("back") == "yes", Late: q.Get("late") == "yes",
		Must: q.Get("must"), Answer: review.PointState(q.Get("answer")), Rule: q.Get("rule"), Verdict: review.Verdict(q.Get("verdict")), Differ: q.Get("differ") == "yes"}
}

// without clears parameters of an address.
func without(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, n, "")
	}
	return out
}

// statWords says which number the list was opened from, "" for none.
func (k talk) statWords(q query, org *app.Org) string {
	var out []string
	for _, basis := range []struct{ name, label string }{{"handed", "submitted"}, {"decided", "decided"}, {"done", "desk"}} {
		if days := q.get(basis.name); days != "" {
			out = append(out, k.t("reviews.stat."+basis.label)+" "+strings.Replace(days, "..", " – ", 1))
		}
	}
	for _, flag := range []string{"back", "late", "differ"} {
		if q.get(flag) == "yes" {
			out = append(out, k.t("reviews.stat."+flag))
		}
	}
	for _, v := range []struct{ name, group string }{{"outcome", "state"}, {"answer", "point"}, {"verdict", "verdict"}} {
		if id := q.get(v.name); id != "" {
			out = append(out, k.label(v.group, id))
		}
	}
	switch q.get("must") {
	case "yes":
		out = append(out, k.t("reviews.stat.must"))
	case "no":
		out = append(out, k.t("reviews.stat.advice"))
	}
	if v := q.get("rule"); v != "" {
		out = append(out, v)
	}
	if v := q.get("unit"); v != "" {
		out = append(out, org.Tree.Name(party.UnitID(v)))
	}
	return strings.Join(out, " · ")
}

// statsView is the page of statistics. Every number that counts reviews opens them.
type statsView struct {
	Unit     string
	Form     *web.Form
	Units    []web.Option
	Kinds    []web.Option
	Period   string
	Periods  []statPeriod
	From, To string
	All      groupRow
	Tiles    []web.Tile
	Must     answerRow
	Advice   answerRow
	Differ   cell
	Both     int
	Share    string
	Months   []monthRow
	ByUnit   []groupRow
	ByKind   []groupRow
	Rules    []ruleRow
	Empty    web.Empty
}

type statPeriod struct {
	ID, Link string
	Here     bool
}

// cell is a number with the list that it counts, "" for none.
type cell struct {
	N    int
	Link string
}

type groupRow struct {
	Name                                                         string
	Submitted, Decided, Cleared, Conditional, Vetoed, Back, Late cell
	OnTime, Took, Desk, Adopted                                  string
}

type answerRow struct {
	Adopted, Otherwise, NotAdopted, Open cell
	Rate                                 string
}

type monthRow struct {
	Month              string
	Submitted, Decided cell
}

type ruleRow struct {
	Rule, Title, Link                 string
	Hits, Accepted, Edited, Dismissed cell
	Doubt, Spread                     string
	Both, Differ                      int
}

// statQuery is what the page is about; it travels into every link.
type statQuery struct {
	q      app.ReviewStatQuery
	period string
}

func (m *room) statQuery(r *http.Request) statQuery {
	q := statQuery{q: app.ReviewStatQuery{Unit: party.UnitID(r.FormValue("unit")), Kind: r.FormValue("kind")}, period: r.FormValue("period")}
	if q.period == "" {
		q.period = "year"
	}
	q.q.Span = app.PeriodSpan(q.period, m.a.Today())
	from, err1 := calendar.Parse(r.FormValue("from"))
	to, err2 := calendar.Parse(r.FormValue("to"))
	if err1 == nil && err2 == nil {
		q.q.Span, q.period = calendar.Interval{From: from, To: to}, "free"
	}
	return q
}

// stats is the page.
func (m *room) stats(w http.ResponseWriter, r *http.Request) error {
	v, _, err := m.statsView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "reviews/stats", v)
}

func (m *room) statsView(r *http.Request) (statsView, talk, error) {
	q, k := m.statQuery(r), m.talk(r)
	s, err := m.a.ReviewStats(r.Context(), web.Actor(r), q.q)
	if err != nil {
		return statsView{}, k, err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return statsView{}, k, err
	}
	b := statBuilder{talk: k, s: s, q: q}
	v := statsView{Unit: s.Org.Tree.Name(web.Actor(r).Unit), Form: form, Units: b.units(web.Actor(r)), Kinds: k.kinds(), Period: q.period, From: q.q.Span.From.String(), To: q.q.Span.To.String(),
		All: b.group(k.t("reviews.stat.all"), s.All), Must: b.answers("yes", s.All.Points[1]), Advice: b.answers("no", s.All.Points[0]), Both: s.Both,
		Differ: b.cell(s.Differ, "handed", "differ", "yes"), Share: percent(ratio(s.Differ, s.Both)), Empty: web.Empty{Icon: "chart-bar", Title: "reviews.stat.none", Text: "reviews.stat.none_text"}}
	for _, p := range app.OverviewPeriods {
		v.Periods = append(v.Periods, statPeriod{p, web.Link("/reviews/stats", "period", p, "unit", q.q.Unit, "kind", q.q.Kind), p == q.period})
	}
	v.Tiles = b.tiles(v.All)
	b.tables(&v)
	return v, k, nil
}

// statBuilder turns numbers into rows with links.
type statBuilder struct {
	talk
	s app.ReviewStats
	q statQuery
}

// link opens the rows of a number: basis is handed, decided or done within the period.
func (b statBuilder) link(basis string, args ...any) string {
	days := b.q.q.Span.From.String() + ".." + b.q.q.Span.To.String()
	all := map[string]string{basis: days, "kind": b.q.q.Kind, "unit": string(b.q.q.Unit), "tab": "all"}
	for i := 0; i+1 < len(args); i += 2 {
		if s, ok := args[i+1].(string); ok {
			all[args[i].(string)] = s
		}
	}
	v := url.Values{}
	for name, s := range all {
		if s != "" {
			v.Set(name, s)
		}
	}
	return "/reviews?" + v.Encode()
}

func (b statBuilder) cell(n int, basis string, args ...any) cell {
	if n == 0 {
		return cell{}
	}
	return cell{n, b.link(basis, args...)}
}

func (b statBuilder) group(name string, g app.ReviewGroup, args ...any) groupRow {
	with := func(n int, basis string, more ...any) cell { return b.cell(n, basis, append(more, args...)...) }
	answers := app.ReviewAnswers{}
	for _, p := range g.Points {
		answers.Adopted, answers.Otherwise, answers.NotAdopted = answers.Adopted+p.Adopted, answers.Otherwise+p.Otherwise, answers.NotAdopted+p.NotAdopted
	}
	return groupRow{Name: name, Submitted: with(g.Submitted, "handed"), Decided: with(g.Decided, "decided"), Cleared: with(g.Cleared, "decided", "outcome", "approved"),
		Conditional: with(g.Conditional, "decided", "outcome", "conditional"), Vetoed: with(g.Vetoed, "decided", "outcome", "vetoed"), Back: with(g.Back, "done", "back", "yes"), Late: with(g.Late, "done", "late", "yes"),
		OnTime: percent(g.OnTime()), Took: spread(g.Took), Desk: spread(g.Desk), Adopted: percent(answers.Rate())}
}

func (b statBuilder) answers(must string, a app.ReviewAnswers) answerRow {
	return answerRow{Adopted: b.cell(a.Adopted, "handed", "must", must, "answer", "adopted"), Otherwise: b.cell(a.Otherwise, "handed", "must", must, "answer", "otherwise"),
		NotAdopted: b.cell(a.NotAdopted, "handed", "must", must, "answer", "not_adopted"), Open: cell{N: a.Open}, Rate: percent(a.Rate())}
}

func (b statBuilder) tiles(g groupRow) []web.Tile {
	var out []web.Tile
	for _, t := range []struct {
		id, icon, kind string
		c              cell
	}{{"submitted", "send", "", g.Submitted}, {"decided", "gavel", "", g.Decided}, {"cleared", "circle-check", "", g.Cleared}, {"conditional", "list-check", "", g.Conditional},
		{"vetoed", "ban", "", g.Vetoed}, {"back", "arrow-back-up", "", g.Back}, {"late", "alert-circle", "over", g.Late}} {
		if t.c.N == 0 {
			t.kind = ""
			t.c.Link = "/reviews/stats"
		}
		out = append(out, web.Tile{Label: "reviews.stat." + t.id, Icon: t.icon, N: t.c.N, Link: t.c.Link, Kind: t.kind})
	}
	return out
}

func (b statBuilder) tables(v *statsView) {
	for _, m := range b.s.Months {
		first, _ := calendar.Parse(m.Month + "-01")
		last := first.AddDays(31)
		for last.String()[:7] != m.Month {
			last = last.AddDays(-1)
		}
		days := max(first, b.q.q.Span.From).String() + ".." + min(last, b.q.q.Span.To).String()
		v.Months = append(v.Months, monthRow{m.Month, b.cell(m.Submitted, "handed", "handed", days), b.cell(m.Decided, "decided", "decided", days)})
	}
	for _, g := range b.s.Units {
		v.ByUnit = append(v.ByUnit, b.group(b.s.Org.Tree.Name(party.UnitID(g.ID)), g, "unit", g.ID))
	}
	for _, g := range b.s.Kinds {
		v.ByKind = append(v.ByKind, b.group(b.kind(g.ID), g, "kind", g.ID))
	}
	for _, x := range b.s.Rules {
		of := func(n int, verdict string) cell { return b.cell(n, "handed", "rule", x.Rule, "verdict", verdict) }
		row := ruleRow{Rule: x.Rule, Title: x.Title, Hits: of(x.Hits, ""), Accepted: of(x.Accepted, "accepted"), Edited: of(x.Edited, "edited"), Dismissed: of(x.Dismissed, "dismissed"),
			Doubt: percent(x.Doubt()), Both: x.Both, Differ: x.Differ}
		if x.Known {
			row.Link = "/rules/rule/" + x.Rule
		}
		if x.Gap() >= 0 {
			row.Spread = percent(x.Low) + " – " + percent(x.High)
		}
		v.Rules = append(v.Rules, row)
	}
}

// units are those of the reader's subtree that have something below or submit.
func (b statBuilder) units(who party.Actor) []web.Option {
	out := []web.Option{{Text: b.t("reviews.stat.any_unit")}}
	for _, u := range b.s.Org.Tree.Units() {
		if b.s.Org.Tree.Within(u.ID, who.Unit) && u.Level != party.SubBranch {
			out = append(out, web.Option{Value: string(u.ID), Text: u.Name})
		}
	}
	return out
}

func ratio(part, whole int) int {
	if whole == 0 {
		return -1
	}
	return part * 1000 / whole
}

func percent(permille int) string {
	if permille < 0 {
		return "–"
	}
	return strconv.Itoa((permille+5)/10) + "%"
}

// spread is median and the ninth decile of working days.
func spread(s app.ReviewSpread) string {
	if s.N == 0 {
		return "–"
	}
	return itoa(s.Median) + " / " + itoa(s.P90)
}

// statsExport gives the tables of the page as one sheet.
func (m *room) statsExport(w http.ResponseWriter, r *http.Request) error {
	v, k, err := m.statsView(r)
	if err != nil {
		return err
	}
	columns, lines := k.statSheet(v)
	var b app.TakenFile
	if err := m.a.ExportReviewStats(r.Context(), web.Actor(r), app.Sheet{Name: k.t("reviews.stat"), Filter: web.Filter(r), Columns: columns, Lines: slices.Values(lines)}, &b); err != nil {
		return err
	}
	return web.SendTable(w, document.XLSX, b.Name, &b)
}

// statColumns are the numbers of a group, in the order of the page.
var statColumns = []string{"submitted", "decided", "cleared", "conditional", "vetoed", "back", "late", "on_time", "took", "desk", "adoption"}

func (g groupRow) cells() []string {
	return []string{itoa(g.Submitted.N), itoa(g.Decided.N), itoa(g.Cleared.N), itoa(g.Conditional.N), itoa(g.Vetoed.N), itoa(g.Back.N), itoa(g.Late.N), g.OnTime, g.Took, g.Desk, g.Adopted}
}

func (k talk) statSheet(v statsView) ([]document.Column, [][]string) {
	columns := []document.Column{{Name: k.t("reviews.stat.table"), Width: 18}, {Name: k.t("reviews.stat.name"), Width: 32}}
	for _, c := range statColumns {
		columns = append(columns, document.Column{Name: k.t("reviews.stat." + c), Number: true})
	}
	line := func(table, name string, cells ...string) []string {
		return append([]string{k.t(table), name}, cells...)
	}
	lines := [][]string{line("reviews.stat.period", v.From+" – "+v.To), line("reviews.stat.all", v.Unit, v.All.cells()...)}
	for _, g := range v.ByUnit {
		lines = append(lines, line("reviews.stat.by_unit", g.Name, g.cells()...))
	}
	for _, g := range v.ByKind {
		lines = append(lines, line("reviews.stat.by_kind", g.Name, g.cells()...))
	}
	for _, m := range v.Months {
		lines = append(lines, line("reviews.stat.by_month", m.Month, itoa(m.Submitted.N), itoa(m.Decided.N)))
	}
	for _, a := range []struct {
		name string
		row  answerRow
	}{{"reviews.stat.must", v.Must}, {"reviews.stat.advice", v.Advice}} {
		lines = append(lines, line("reviews.stat.answers", k.t(a.name), k.label("point", "adopted")+" "+itoa(a.row.Adopted.N), k.label("point", "otherwise")+" "+itoa(a.row.Otherwise.N),
			k.label("point", "not_adopted")+" "+itoa(a.row.NotAdopted.N), k.label("point", "open")+" "+itoa(a.row.Open.N), a.row.Rate))
	}
	for _, x := range v.Rules {
		lines = append(lines, line("reviews.stat.rules", strings.TrimSpace(x.Rule+" "+x.Title), k.t("reviews.stat.hits")+" "+itoa(x.Hits.N), k.label("verdict", "accepted")+" "+itoa(x.Accepted.N+x.Edited.N),
			k.label("verdict", "dismissed")+" "+itoa(x.Dismissed.N), x.Doubt, x.Spread))
	}
	return columns, lines
}

package app

import (
	"cmp"
	"context"
	"io"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// Overview is the counts for whoever answers for a unit: of what is open now, and
// of what was told to consumers in a period beside the period before. Every count
// is that of a list which the reader may open: same cases, same permission filter.
type Overview struct {
	Today    calendar.Date
	Org      *Org
	Open     int
	Overdue  int             // due before today
	DueToday int             //
	Days     []OverviewDay   // today and the days after it
	Ages     []OverviewAge   // youngest first
	Units    []OverviewCount // the units below the reader's, each with all below it
	Own      int             // cases that the reader's unit handles itself
	Channels []OverviewCount
	Products []OverviewCount // "" is not coded yet
	Reasons  []OverviewCount
	Heat     []OverviewHeat // unit x reason, reasons in the order of Reasons
	Period   OverviewPeriod
	Before   OverviewPeriod // of the same length, just before
}

// OverviewCount counts the open cases of one unit or code.
type OverviewCount struct {
	ID string
	N  int
}

// OverviewDay counts the open cases whose next date is this day.
type OverviewDay struct {
	Day     calendar.Date
	Working bool
	N       int
}

// OverviewAge counts open cases by days since receipt; To is -1 for the oldest.
type OverviewAge struct {
	From, To int
	Received calendar.Interval // the same as days of receipt; From is zero for the oldest
	N        int
}

// OverviewHeat is one unit's open cases by reason.
type OverviewHeat struct {
	Unit party.UnitID
	Own  bool // the reader's unit itself, without those below
	N    []int
}

// OverviewPeriod is what happened within an interval.
type OverviewPeriod struct {
	Span           calendar.Interval
	ReceivedOpen   int // received then and still open
	ReceivedClosed int
	Told           int // decision told to the consumer then
	Late           int // of these, some limit was missed
	MedianDays     int // from receipt to telling, -1 when nobody was told
	Satisfaction   [6]int
}

// Received is how many were received.
func (p OverviewPeriod) Received() int { return p.ReceivedOpen + p.ReceivedClosed }

// OnTime is the share told in time, in per mille, -1 when nobody was told.
func (p OverviewPeriod) OnTime() int {
	if p.Told == 0 {
		return -1
	}
	return (p.Told - p.Late) * 1000 / p.Told
}

// Average is the mean satisfaction in hundredths, -1 when nobody gave one.
func (p OverviewPeriod) Average() int {
	sum, n := 0, 0
	for v := 1; v <= 5; v++ {
		sum, n = sum+v*p.Satisfaction[v], n+p.Satisfaction[v]
	}
	if n == 0 {
		return -1
	}
	return sum * 100 / n
}

// OverviewPeriods are the periods to choose from.
var OverviewPeriods = []string{"month", "days30", "quarter", "year"}

// overviewDays is how far the calendar of due dates looks.
const overviewDays = 14

// overviewAges are the first days of the ages: the statutory limits are 15, 30 and 60.
var overviewAges = []int{0, 8, 16, 31, 61}

// PeriodSpan returns a period's interval until today; an unknown one is the month.
func PeriodSpan(period string, today calendar.Date) calendar.Interval {
	t := today.Time()
	from := calendar.Of(t.Year(), t.Month(), 1)
	switch period {
	case "days30":
		from = today.AddDays(-29)
	case "quarter":
		from = calendar.Of(t.Year(), (t.Month()-1)/3*3+1, 1)
	case "year":
		from = calendar.Of(t.Year(), 1, 1)
	}
	return calendar.Interval{From: from, To: today}
}

// Overview returns the counts in the reader's reach.
func (a *App) Overview(ctx context.Context, who party.Actor, period string) (Overview, error) {
	if err := access.Can(who, access.ReadOverview, access.Target{}).Err(); err != nil {
		return Overview{}, err
	}
	if err := a.loadRules(ctx); err != nil {
		return Overview{}, err
	}
	o := Overview{Today: a.Today()}
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if o.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		within := subtreeOf(o.Org.Tree, who.Unit)
		cells, err := tx.OpenCells(who, within)
		if err != nil {
			return err
		}
		o.cells(who, cells)
		due, err := tx.OpenByDue(who)
		if err != nil {
			return err
		}
		o.due(due, a.Calendar())
		received, err := tx.OpenByReceipt(who, within)
		if err != nil {
			return err
		}
		o.ages(received)
		span := PeriodSpan(period, o.Today)
		days := span.To.Sub(span.From) + 1
		if o.Period, err = readPeriod(tx, who, within, span); err != nil {
			return err
		}
		o.Before, err = readPeriod(tx, who, within, calendar.Interval{From: span.From.AddDays(-days), To: span.From.AddDays(-1)})
		return err
	})
	return o, err
}

func subtreeOf(tree *party.Tree, unit party.UnitID) []party.UnitID {
	var out []party.UnitID
	for _, u := range tree.Units() {
		if tree.Within(u.ID, unit) {
			out = append(out, u.ID)
		}
	}
	return out
}

func readPeriod(tx *storage.Tx, who party.Actor, within []party.UnitID, span calendar.Interval) (OverviewPeriod, error) {
	p := OverviewPeriod{Span: span, MedianDays: -1}
	var err error
	if p.ReceivedOpen, p.ReceivedClosed, err = tx.ReceivedIn(who, within, span); err != nil {
		return p, err
	}
	cells, err := tx.ToldIn(who, within, span)
	took := map[int]int{}
	for _, c := range cells {
		p.Told += c.N
		if c.Late {
			p.Late += c.N
		}
		p.Satisfaction[min(max(c.Satisfaction, 0), 5)] += c.N
		took[max(0, c.ToldOn.Sub(c.ReceivedOn))] += c.N
	}
	if p.Told > 0 {
		p.MedianDays = quantile(took, p.Told, 500)
	}
	return p, err
}

// cells adds the open cases up by each of their codes.
func (o *Overview) cells(who party.Actor, cells []storage.OpenCell) {
	units, channels, products, reasons := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	heat := map[string]map[string]int{}
	for _, c := range cells {
		below := childOf(o.Org.Tree, who.Unit, c.Unit)
		o.Open += c.N
		units[below] += c.N
		channels[string(c.Channel)] += c.N
		products[c.Product] += c.N
		reasons[c.Reason] += c.N
		if heat[below] == nil {
			heat[below] = map[string]int{}
		}
		heat[below][c.Reason] += c.N
	}
	o.Own = units[""]
	delete(units, "")
	o.Units, o.Channels, o.Products, o.Reasons = ranked(units), ranked(channels), ranked(products), ranked(reasons)
	for _, u := range o.Units {
		o.heat(party.UnitID(u.ID), false, heat[u.ID])
	}
	if o.Own > 0 {
		o.heat(who.Unit, true, heat[""])
	}
}

func (o *Overview) heat(unit party.UnitID, own bool, n map[string]int) {
	row := OverviewHeat{Unit: unit, Own: own}
	for _, r := range o.Reasons {
		row.N = append(row.N, n[r.ID])
	}
	o.Heat = append(o.Heat, row)
}

// childOf returns the unit directly below root on the way to a unit, "" for root itself.
func childOf(tree *party.Tree, root, unit party.UnitID) string {
	path := tree.Path(unit)
	if i := slices.Index(path, root); i >= 0 && i+1 < len(path) {
		return string(path[i+1])
	}
	return ""
}

func ranked(counts map[string]int) []OverviewCount {
	out := make([]OverviewCount, 0, len(counts))
	for id, n := range counts {
		out = append(out, OverviewCount{id, n})
	}
	slices.SortFunc(out, func(a, b OverviewCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.ID, b.ID)) })
	return out
}

func (o *Overview) due(counts []storage.DayCount, cal *calendar.Calendar) {
	for i := range overviewDays {
		d := o.Today.AddDays(i)
		o.Days = append(o.Days, OverviewDay{Day: d, Working: cal.IsWorking(d)})
	}
	for _, c := range counts {
		if c.Day < o.Today {
			o.Overdue += c.N
		} else if i := c.Day.Sub(o.Today); i < overviewDays {
			o.Days[i].N += c.N
		}
	}
	o.DueToday = o.Days[0].N
}

func (o *Overview) ages(counts []storage.DayCount) {
	for i, from := range overviewAges {
		age := OverviewAge{From: from, To: -1, Received: calendar.Interval{To: o.Today.AddDays(-from)}}
		if i+1 < len(overviewAges) {
			age.To = overviewAges[i+1] - 1
			age.Received.From = o.Today.AddDays(-age.To)
		}
		for _, c := range counts {
			if c.Day <= age.Received.To && c.Day >= age.Received.From {
				age.N += c.N
			}
		}
		o.Ages = append(o.Ages, age)
	}
}

// ToldCases returns the cases behind a count of a period.
func (a *App) ToldCases(ctx context.Context, who party.Actor, f storage.ToldFilter, after complaint.ID, limit int) ([]storage.Row, *Org, error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	var rows []storage.Row
	var org *Org
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		rows, err = tx.ToldRows(who, f, after, limit)
		return err
	})
	return rows, org, err
}

// ExportOverview writes lines of the overview's tables as XLSX and records that
// they were taken away.
func (a *App) ExportOverview(ctx context.Context, who party.Actor, sheet Sheet, w io.Writer) error {
	if err := access.Can(who, access.ReadOverview, access.Target{}).Err(); err != nil {
		return err
	}
	return a.export(ctx, who, leaving{what: ExportedOverview, base: "overview", form: document.XLSX, sheet: sheet}, w)
}

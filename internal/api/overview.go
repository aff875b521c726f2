package api

import (
	"context"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const tagOverview = "Overview"

// OverviewView is the counts for whoever answers for a unit.
type OverviewView struct {
	Today    calendar.Date `json:"today"`
	Open     int           `json:"open"`
	Overdue  int           `json:"overdue" doc:"Due before today"`
	DueToday int           `json:"due_today"`
	Days     []DueDayView  `json:"days" doc:"Today and the days after it"`
	Ages     []AgeView     `json:"ages" doc:"Youngest first"`
	Own      int           `json:"own" doc:"Cases that the own unit handles itself"`
	Units    []UnitCount   `json:"units" doc:"Units directly below the own one, each with all below it"`
	Channels []CodeCount   `json:"channels"`
	Products []CodeCount   `json:"products"`
	Reasons  []CodeCount   `json:"reasons"`
	Heat     []HeatView    `json:"heat" doc:"Units by reasons, reasons in the order of reasons"`
	Period   PeriodView    `json:"period"`
	Before   PeriodView    `json:"before" doc:"Period of the same length just before"`
}

// DueDayView counts the open cases whose next date is this day.
type DueDayView struct {
	Day     calendar.Date `json:"day"`
	Working bool          `json:"working"`
	N       int           `json:"n"`
}

// AgeView counts open cases by days since receipt.
type AgeView struct {
	From int `json:"from"`
	To   int `json:"to" doc:"-1 for the oldest"`
	N    int `json:"n"`
}

// UnitCount counts the open cases of a unit.
type UnitCount struct {
	Unit UnitRef `json:"unit"`
	N    int     `json:"n"`
}

// CodeCount counts the open cases of a code.
type CodeCount struct {
	ID string `json:"id" doc:"Empty: not coded yet"`
	N  int    `json:"n"`
}

// HeatView is one unit's open cases by reason.
type HeatView struct {
	Unit party.UnitID `json:"unit"`
	Own  bool         `json:"own,omitempty" doc:"The own unit itself, without those below"`
	N    []int        `json:"n"`
}

// PeriodView is what happened within a period.
type PeriodView struct {
	From         calendar.Date `json:"from"`
	To           calendar.Date `json:"to"`
	Received     int           `json:"received"`
	ReceivedOpen int           `json:"received_open" doc:"Of these still open"`
	Told         int           `json:"told" doc:"Decision told to the consumer"`
	Late         int           `json:"late" doc:"Of these, some limit was missed"`
	OnTime       int           `json:"on_time_per_mille" doc:"-1 when nobody was told"`
	MedianDays   int           `json:"median_days" doc:"From receipt to telling; -1 when nobody was told"`
	Satisfaction [6]int        `json:"satisfaction" doc:"How many gave 0 (unknown), 1 to 5"`
	Average      int           `json:"satisfaction_hundredths" doc:"Mean in hundredths; -1 when nobody gave one"`
}

type overviewIn struct {
	Period string `query:"period" enum:"month,days30,quarter,year" default:"month"`
}

type toldIn struct {
	From   string `query:"from" required:"true" format:"date"`
	To     string `query:"to" required:"true" format:"date"`
	Late   bool   `query:"late" doc:"Only those of which some limit was missed"`
	InTime bool   `query:"in_time" doc:"Only those of which none was"`
	Score  int    `query:"satisfaction" minimum:"1" maximum:"5"`
	After  int64  `query:"cursor" minimum:"1" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *rest) overview() {
	answer(s, get("/overview", "get-overview", tagOverview, "Counts of what is open and of what was told (概览)", access.ReadOverview, "Overview").
		says("Every count is that of a list which the holder of the token may open: same cases, same permission filter."), s.counts)
	answer(s, get("/overview/told", "list-told", tagOverview, "The cases behind the counts of a period (概览明细)", access.ReadComplaint, "ToldCases"), s.told)
}

func (s *rest) counts(ctx context.Context, who party.Actor, in *overviewIn) (*out[OverviewView], error) {
	o, err := s.Overview(ctx, who, in.Period)
	if err != nil {
		return nil, err
	}
	codes := func(list []app.OverviewCount) []CodeCount {
		return each(list, func(c app.OverviewCount) CodeCount { return CodeCount(c) })
	}
	return body(OverviewView{Today: o.Today, Open: o.Open, Overdue: o.Overdue, DueToday: o.DueToday, Own: o.Own, Period: periodView(o.Period), Before: periodView(o.Before),
		Days: each(o.Days, func(d app.OverviewDay) DueDayView { return DueDayView(d) }), Ages: each(o.Ages, func(a app.OverviewAge) AgeView { return AgeView{a.From, a.To, a.N} }),
		Units:    each(o.Units, func(c app.OverviewCount) UnitCount { return UnitCount{unitRef(o.Org, party.UnitID(c.ID)), c.N} }),
		Channels: codes(o.Channels), Products: codes(o.Products), Reasons: codes(o.Reasons), Heat: each(o.Heat, func(h app.OverviewHeat) HeatView { return HeatView(h) })}), nil
}

func periodView(p app.OverviewPeriod) PeriodView {
	return PeriodView{From: p.Span.From, To: p.Span.To, Received: p.Received(), ReceivedOpen: p.ReceivedOpen, Told: p.Told, Late: p.Late, OnTime: p.OnTime(),
		MedianDays: p.MedianDays, Satisfaction: p.Satisfaction, Average: p.Average()}
}

func (s *rest) told(ctx context.Context, who party.Actor, in *toldIn) (*out[ListView], error) {
	var f fault.Fields
	filter := storage.ToldFilter{Span: calendar.Interval{From: day(&f, "from", in.From), To: day(&f, "to", in.To)}, Late: in.Late, InTime: in.InTime, Satisfaction: in.Score}
	f.Need(filter.Span.From <= filter.Span.To, "to", "结束日早于开始日")
	if err := f.Err(); err != nil {
		return nil, err
	}
	rows, org, err := s.ToldCases(ctx, who, filter, complaint.ID(in.After), in.Limit)
	if err != nil {
		return nil, err
	}
	v := ListView{Complaints: rowViews(rows, org), Today: s.Today().String()}
	if len(rows) == in.Limit {
		v.Next = rows[len(rows)-1].ID.String()
	}
	return body(v), nil
}

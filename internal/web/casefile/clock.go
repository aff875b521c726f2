package casefile

import (
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/regulation"
	"xiaobao/internal/web"
)

// Clock is one due date with what it rests on.
type Clock struct {
	Name  string
	Of    string // reference or sender it belongs to
	Step  string // step of the ladder that it has reached, as the rule names it
	Due   web.Due
	Cite  string
	Link  string // of the article in the law library, "" for a setting of the house
	Law   string // our summary of the article
	Grade string
	Notes []string
	Live  bool
}

// clocks returns every deadline, live ones first.
func (k talk) clocks(p app.CasePage, soon int) (live, past []Clock) {
	for i, d := range p.Deadlines {
		c := k.clock(p, i, soon)
		if d.Live() {
			live = append(live, c)
		} else {
			past = append(past, c)
		}
	}
	return live, past
}

func (k talk) clock(p app.CasePage, i, soon int) Clock {
	d := p.Deadlines[i]
	c := Clock{Name: k.label("deadline", string(d.Kind)), Due: k.due(p, i, soon), Cite: d.Clock.Cite.String(), Link: lawLink(d.Clock.Cite), Law: d.Clock.Cite.Text, Grade: d.Clock.Grade, Live: d.Live()}
	if d.Kind == complaint.DecideBy || d.Kind == complaint.ReplyBy {
		c.Step = d.Clock.Name
	}
	if r, ok := p.Case.Reference(d.Reference); ok && len(p.Case.LiveReferences()) > 1 || ok && d.Owed != "" {
		c.Of = strings.TrimSpace(k.channel(r.Channel) + " " + r.Number)
	}
	if d.Stopped {
		c.Notes = append(c.Notes, k.t("case.clock.stopped"))
	}
	if d.Provisional {
		c.Notes = append(c.Notes, k.t("case.clock.provisional"))
	}
	if !d.MetOn.IsZero() && d.Late(p.Today) {
		c.Notes = append(c.Notes, k.t("case.clock.late"))
	}
	if d.Announced && d.Rolled > d.Due {
		c.Notes = append(c.Notes, k.t("case.clock.rolled", "Date", d.Rolled.String()))
	}
	return c
}

// due turns a deadline into what the due part shows, with its count.
func (k talk) due(p app.CasePage, i, soon int) web.Due {
	d := p.Deadlines[i]
	out := web.Due{On: d.Due.String(), Unknown: d.Due.IsZero()}
	switch {
	case !d.MetOn.IsZero():
		out.Done, out.On, out.Unknown = true, d.MetOn.String(), false
	case d.Stopped:
		out.On, out.Unknown = "", false
	case !out.Unknown:
		out.Left = d.Due.Sub(p.Today)
		out.Soon = out.Left <= soon
	}
	out.Count = k.count(d, p.Trace(i))
	return out
}

// next is the due date of the head: the first live one.
func (k talk) next(p app.CasePage, soon int) (web.Due, bool) {
	for i, d := range p.Deadlines {
		if d.Live() {
			due := k.due(p, i, soon)
			due.Name = k.label("deadline", string(d.Kind))
			return due, true
		}
	}
	return web.Due{}, false
}

// count is the day-by-day trace; nil for a date that a person set.
func (k talk) count(d complaint.Deadline, days []regulation.DayCount) *web.Count {
	if len(days) == 0 {
		return nil
	}
	c := &web.Count{From: d.Start.String(), Due: d.Due.String(), Cite: d.Clock.Cite.String()}
	if d.Announced && d.Rolled > d.Due {
		c.Note = k.t("case.clock.rolled", "Date", d.Rolled.String())
	}
	for _, day := range days {
		c.Days = append(c.Days, web.CountDay{Date: day.Date.String(), N: day.N, Why: k.day(day)})
	}
	return c
}

// day says what a day did for the count.
func (k talk) day(d regulation.DayCount) string {
	if k.lang != web.English {
		return d.Why
	}
	return strings.TrimSpace(k.t("case.day."+string(d.Kind)) + " " + weekday(d.Date))
}

func weekday(d calendar.Date) string { return d.Time().Weekday().String()[:3] }

// lawLink is where the law library shows what a clock rests on.
func lawLink(c regulation.Citation) string {
	if c.Instrument == "house" {
		return ""
	}
	return web.LawLink(c.Instrument, c.Article)
}

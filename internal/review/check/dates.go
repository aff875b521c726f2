package check

import (
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text"
	"xiaobao/internal/text/dates"
)

// dates holds the dates of the text against the calendar, each other, the day of
// publication and the form.
func (c *run) dates() {
	list := dates.Find(c.Text)
	var ends []stretch
	for i, d := range list {
		c.exists(d)
		if i > 0 {
			c.ordered(list[i-1], d)
		}
		if s, ok := c.ends(list, i); ok {
			ends = append(ends, s)
		}
	}
	until, _ := calendar.Parse(c.Form["publish_until"])
	for _, s := range ends {
		switch {
		case !c.AsOf.IsZero() && s.end < c.AsOf:
			c.add("date-past", s.at, "end", s.end.String(), "on", c.AsOf.String())
		case !until.IsZero() && s.end < until:
			c.add("date-beyond", s.at, "end", s.end.String(), "until", until.String())
		}
	}
}

// stretch is the last day of a period that the text names.
type stretch struct {
	end calendar.Date
	at  text.Span
}

// exists says so when there is no such day, or another weekday.
func (c *run) exists(d dates.Date) {
	if d.Wrong {
		if plausible(d) {
			c.add("date-impossible", d.Span)
		}
		return
	}
	if right, wrong := d.WrongWeekday(); wrong {
		c.add("date-weekday", text.Span{Start: d.Start, End: d.At.End}, "date", d.On.Chinese(), "weekday", right, "written", d.Weekday)
	}
}

// plausible keeps out what only looks like a date: 12-45 and 3.99 need 年 or 月.
func plausible(d dates.Date) bool { return strings.ContainsAny(d.Quote, "年月") }

// ordered compares the ends of a range: 自……至…….
func (c *run) ordered(from, to dates.Date) {
	gap := strings.TrimSpace(c.Text[min(from.End, to.Start):to.Start])
	gap = strings.TrimRight(strings.TrimLeft(gap, "（( 日一二三四五六周星期天）)起，"), "（( ")
	switch gap {
	case "-", "~", "～", "—", "–", "至", "到", "－", "——", "--", "截至", "起至":
	default:
		return
	}
	start, end := from.On, to.On
	if start.IsZero() || to.Wrong {
		return
	}
	if end.IsZero() {
		var ok bool
		if end, ok = to.In(start.Year()); !ok {
			return
		}
	}
	if end < start {
		c.add("date-order", text.Span{Start: from.Start, End: to.End}, "start", start.String(), "end", end.String())
	}
}

// ends returns the last day of a period: the date, or the second of a range, in a
// sentence that speaks of one. A date without a year takes that of the date before it.
func (c *run) ends(list []dates.Date, i int) (stretch, bool) {
	d := list[i]
	s := c.sentence(d.Span)
	if i+1 < len(list) && list[i+1].Start < s.End || d.Wrong {
		return stretch{}, false // only the last date of the sentence
	}
	on := d.On
	if on.IsZero() && i > 0 && list[i-1].Start >= s.Start && !list[i-1].On.IsZero() {
		on, _ = d.In(list[i-1].On.Year())
	}
	head := c.Text[s.Start:d.Start]
	period, ok := c.first("period", s.Start)
	if on.IsZero() || !ok || period.End > d.Start || c.has(head, "no_period") || strings.HasSuffix(strings.TrimSpace(head), "自") {
		return stretch{}, false
	}
	if tail := strings.TrimSpace(c.Text[d.End:min(len(c.Text), d.End+12)]); strings.HasPrefix(tail, "起") {
		return stretch{}, false
	}
	return stretch{on, text.Span{Start: period.Start, End: d.End}}, true
}

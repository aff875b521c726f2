package calendar

import (
	"maps"
	"slices"
	"time"
)

// DayKind says what a day is for somebody who counts working days.
type DayKind uint8

// The kinds. The first and the last are working days.
const (
	Working DayKind = iota // an ordinary working day
	Weekend                // Saturday or Sunday
	Holiday                // a day off by an official notice, weekday or not
	MakeUp                 // a Saturday or Sunday on which the notice makes people work
)

var kindNames = [...]string{"working", "weekend", "holiday", "make_up"}

// String returns the kind's stable name for programs.
func (k DayKind) String() string { return kindNames[k] }

// IsWorking reports whether the kind is worked.
func (k DayKind) IsWorking() bool { return k == Working || k == MakeUp }

// Calendar knows the working days of the years whose notices it holds. It is
// immutable; share it freely.
//
// It keeps, for a stretch of whole years, the number of working days before
// each day and the list of working days, so that counting is indexing.
type Calendar struct {
	years  map[int]Year
	base   Date      // first day of days
	days   []DayKind // one a day
	names  []string  // name of the holiday that decided the day, or ""
	before []int32   // number of working days in days[:i]; one longer than days
	worked []Date    // the working days in order
	runs   []Interval
}

// build lays the years out. The notice of a later year wins where two speak of
// the same day: it came out later and may change the last days of December.
func build(years map[int]Year) *Calendar {
	c := &Calendar{years: years}
	order := slices.Sorted(maps.Keys(years))
	if len(order) == 0 {
		return c
	}
	c.base = Of(order[0]-1, time.January, 1)
	end := Of(order[len(order)-1]+1, time.January, 1)
	c.days = make([]DayKind, end-c.base)
	c.names = make([]string, end-c.base)
	for i := range c.days {
		c.days[i] = plainKind(c.base + Date(i))
	}
	for _, y := range order {
		c.lay(years[y])
	}
	c.count()
	c.runs = announcedRuns(order)
	return c
}

// lay writes one year's notice over the plain weeks.
func (c *Calendar) lay(y Year) {
	for _, h := range y.Holidays {
		for d := h.Off.From; d <= h.Off.To; d++ {
			c.days[d-c.base], c.names[d-c.base] = Holiday, h.Name
		}
		for _, d := range h.Work {
			c.days[d-c.base], c.names[d-c.base] = MakeUp, h.Name
		}
	}
}

// count fills the sums from which Add and Between answer.
func (c *Calendar) count() {
	c.before = make([]int32, len(c.days)+1)
	for i, k := range c.days {
		c.before[i+1] = c.before[i]
		if k.IsWorking() {
			c.before[i+1]++
			c.worked = append(c.worked, c.base+Date(i))
		}
	}
}

// announcedRuns joins neighbouring years: inside a run every day is known.
func announcedRuns(order []int) []Interval {
	var runs []Interval
	for _, y := range order {
		whole := Interval{Of(y, time.January, 1), Of(y, time.December, 31)}
		if n := len(runs); n > 0 && runs[n-1].To+1 == whole.From {
			runs[n-1].To = whole.To
			continue
		}
		runs = append(runs, whole)
	}
	return runs
}

func plainKind(d Date) DayKind {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return Weekend
	}
	return Working
}

// With returns a calendar that also holds the notice of a year, replacing what
// it held for that year (a notice may be amended). The receiver is unchanged.
// A notice that cannot be right gives a fault of kind Invalid: see Year.Check.
func (c *Calendar) With(y Year) (*Calendar, error) {
	if err := y.Check(); err != nil {
		return nil, err
	}
	years := maps.Clone(c.years)
	if years == nil {
		years = map[int]Year{}
	}
	years[y.Year] = y.clone()
	return build(years), nil
}

// Announced reports whether the calendar holds the notice of a year. The notice
// of the following year may still change the last days of its December.
func (c *Calendar) Announced(year int) bool {
	_, ok := c.years[year]
	return ok
}

// Years returns the announced years in order.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Year returns what the calendar holds for a year, as With takes it.
func (c *Calendar) Year(year int) (Year, bool) {
	y, ok := c.years[year]
	return y.clone(), ok
}

// Notice returns the notice on which a year rests. Of a year that was amended
// it is the first; Year has them all.
func (c *Calendar) Notice(year int) (Notice, bool) {
	y, ok := c.years[year]
	if !ok || len(y.Notices) == 0 {
		return Notice{}, false
	}
	return y.Notices[0], true
}

// Day returns the kind of a day. Outside the announced years it is the plain
// week, which is no answer about holidays: ask Announced first.
func (c *Calendar) Day(d Date) DayKind {
	if i := int(d - c.base); i >= 0 && i < len(c.days) {
		return c.days[i]
	}
	return plainKind(d)
}

// Name returns the name of the holiday that made d a day off or a make-up
// working day, and "" for an ordinary day.
func (c *Calendar) Name(d Date) string {
	if i := int(d - c.base); i >= 0 && i < len(c.names) {
		return c.names[i]
	}
	return ""
}

// IsWorking reports whether d is worked; see Day for unannounced years.
func (c *Calendar) IsWorking(d Date) bool { return c.Day(d).IsWorking() }

// run returns the announced run that holds d.
func (c *Calendar) run(d Date) (Interval, bool) {
	for i := len(c.runs) - 1; i >= 0; i-- {
		if c.runs[i].Contains(d) {
			return c.runs[i], true
		}
	}
	return Interval{}, false
}

// Known reports whether every day of the interval lies in an announced year.
func (c *Calendar) Known(v Interval) bool {
	r, ok := c.run(v.From)
	return ok && v.To <= r.To
}

// Roll returns the first working day on or after d (civil code art. 203: a
// period that would end on a rest day ends on the day after it). It is false
// when that day, or d, lies in a year without notice.
func (c *Calendar) Roll(d Date) (Date, bool) {
	return c.Add(d-1, 1)
}

// Add returns the n-th working day after d; d itself is not counted. n must be
// positive. It is false when the count would touch a year without notice.
func (c *Calendar) Add(d Date, n int) (Date, bool) {
	r, ok := c.run(d + 1)
	if !ok || n < 1 {
		return 0, false
	}
	i := int(c.before[d+1-c.base]) + n - 1
	if i >= len(c.worked) || c.worked[i] > r.To {
		return 0, false
	}
	return c.worked[i], true
}

// Between returns the number of working days in the interval. It is false when
// the interval touches a year without notice.
func (c *Calendar) Between(v Interval) (int, bool) {
	if v.Days() == 0 {
		return 0, true
	}
	if !c.Known(v) {
		return 0, false
	}
	return int(c.before[v.To+1-c.base] - c.before[v.From-c.base]), true
}

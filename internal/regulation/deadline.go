package regulation

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Deadline is a computed time limit.
type Deadline struct {
	Start     calendar.Date // the day of the trigger; it is not counted (civil code art. 201)
	Due       calendar.Date // the plain last day: alerts go by it; none when it cannot be told
	Rolled    calendar.Date // the last day moved off rest days (art. 203); none when it cannot be told
	Announced bool          // every year that the answer rests on has its holiday notice
	Excluded  int           // days that would have counted but lie in an excluded interval
}

// Compute returns the deadline of a clock that started on a day. Days inside
// the excluded intervals do not count; intervals may overlap and need no order.
// An interval without an end (To none, or before From) holds no day: close a
// running one with today.
//
// Natural days need no holiday notice for Due, only for Rolled. A working-day
// limit that would touch a year without notice has neither. It does not allocate.
func Compute(c Clock, start calendar.Date, excluded []calendar.Interval, cal *calendar.Calendar) Deadline {
	d := Deadline{Start: start}
	due, ok := c.last(start, excluded, cal, &d.Excluded)
	if !ok {
		d.Excluded = 0
		return d
	}
	d.Due = due
	d.Rolled, d.Announced = cal.Roll(due)
	return d
}

// last walks from excluded stretch to excluded stretch, counting the days
// between them at once.
func (c *Clock) last(start calendar.Date, excluded []calendar.Interval, cal *calendar.Calendar, out *int) (calendar.Date, bool) {
	pos, left := start, c.Days
	for left > 0 {
		next, found := nextStretch(pos, excluded)
		due, ok := c.advance(pos, left, cal)
		if !found || ok && due < next.From {
			return due, ok
		}
		free, known := c.between(calendar.Interval{From: pos + 1, To: next.From - 1}, cal)
		inside, knownInside := c.between(next, cal)
		if !known || !knownInside {
			return 0, false
		}
		left -= free
		*out += inside
		pos = next.To
	}
	return pos, true
}

// nextStretch returns the first excluded stretch after a day, cut to begin
// after it.
func nextStretch(pos calendar.Date, excluded []calendar.Interval) (calendar.Interval, bool) {
	var next calendar.Interval
	found := false
	for _, v := range excluded {
		if v.To <= pos || v.To < v.From {
			continue
		}
		v.From = max(v.From, pos+1)
		if !found || v.From < next.From {
			next, found = v, true
		}
	}
	return next, found
}

// advance returns the day on which n further days have been counted after pos.
func (c *Clock) advance(pos calendar.Date, n int, cal *calendar.Calendar) (calendar.Date, bool) {
	if c.Working {
		return cal.Add(pos, n)
	}
	return pos.AddDays(n), true
}

// between returns how many days of the interval the clock counts.
func (c *Clock) between(v calendar.Interval, cal *calendar.Calendar) (int, bool) {
	if c.Working {
		return cal.Between(v)
	}
	return v.Days(), true
}

// Strictest returns the clock that is due first, with its deadline. A deadline
// that cannot be told loses against one that can. It is false for no clock.
func Strictest(clocks []Clock, start calendar.Date, excluded []calendar.Interval, cal *calendar.Calendar) (Clock, Deadline, bool) {
	var best Clock
	var least Deadline
	for i, c := range clocks {
		d := Compute(c, start, excluded, cal)
		if i == 0 || earlier(c, d, best, least) {
			best, least = c, d
		}
	}
	return best, least, len(clocks) > 0
}

// earlier reports whether c is due before best. Of two that cannot be told the
// one with fewer days of the same kind is.
func earlier(c Clock, d Deadline, best Clock, least Deadline) bool {
	if d.Due.IsZero() {
		return least.Due.IsZero() && c.Working == best.Working && c.Days < best.Days
	}
	return least.Due.IsZero() || d.Due < least.Due
}

// longest bounds a limit typed in by a person, in days: beyond it the answer
// would leave every calendar.
const longest = 3660

// Plain returns a clock of n days for a limit that no rule knows, such as a
// date in a letter or a question at the command line. n must be 1 to 3660.
func Plain(n int, working bool) (Clock, error) {
	if n < 1 || n > longest {
		return Clock{}, fault.New(fault.Invalid, "天数 %d 不对：请填写 1 至 %d 之间的整数。", n, longest)
	}
	return Clock{ID: "plain", Name: "自定期限", Days: n, Working: working, Grade: GradeSetting}, nil
}

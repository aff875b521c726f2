package review

import (
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// Turn is one stretch in which a desk owed its opinion: from a submission, or
// from passing up, to the opinion or to sending it back. Turnaround and punctuality
// are counted by turns, since a review may have several.
type Turn struct {
	Stage   Stage
	Urgent  bool
	From    calendar.Date
	Pauses  []calendar.Interval // days on which a question was out
	Opinion calendar.Date       // day of the opinion, zero before it
	Back    calendar.Date       // day on which it was sent back instead
}

// End is the day on which the desk had done its part, zero before it.
func (t Turn) End() calendar.Date { return max(t.Opinion, t.Back) }

// turn opens a turn.
func (r *Review) turn(on calendar.Date) {
	r.Turns = add(r.Turns, Turn{Stage: r.Stage, Urgent: r.Urgent, From: on})
}

// endTurn ends the running turn; later opinions of the same turn change nothing.
func (r *Review) endTurn(at time.Time, end func(*Turn, calendar.Date)) {
	n := len(r.Turns)
	if n == 0 || !r.Turns[n-1].End().IsZero() {
		return
	}
	i := 0
	r.Turns = edit(r.Turns, func(Turn) bool { i++; return i == n }, func(t *Turn) {
		t.Pauses = r.Pauses
		end(t, calendar.FromTime(at))
	})
}

// DueOf returns the day by which the desk had to give its opinion in a turn, by
// the limit in force when the turn began, and false where no limit is known.
func (r Review) DueOf(t Turn, rules regulation.Set, cal *calendar.Calendar) (calendar.Date, bool) {
	clock, ok := r.clock(t.Urgent, rules)
	if !ok {
		return 0, false
	}
	due := regulation.Compute(clock, t.From, t.Pauses, cal).Due
	return due, !due.IsZero()
}

// clock is the limit of the desk.
func (r Review) clock(urgent bool, rules regulation.Set) (regulation.Clock, bool) {
	kind, _ := KindOf(r.Kind)
	id := kind.Clock
	if urgent {
		id = UrgentClock
	}
	clock, err := rules.Clock(id)
	return clock, err == nil
}

// WorkingDays counts the working days after from up to to, leaving out intervals.
// A year without an announced calendar counts by its weekdays.
func WorkingDays(from, to calendar.Date, without []calendar.Interval, cal *calendar.Calendar) int {
	n := 0
	for d := from.AddDays(1); d <= to; d = d.AddDays(1) {
		if cal.IsWorking(d) && !within(d, without) {
			n++
		}
	}
	return n
}

func within(d calendar.Date, list []calendar.Interval) bool {
	for _, v := range list {
		if d >= v.From && d <= v.To {
			return true
		}
	}
	return false
}

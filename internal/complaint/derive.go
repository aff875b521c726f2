package complaint

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// Told returns the day the consumer was told the decision, and whether any
// decision deadline was missed: told late, or the case ended without notice. It
// is zero while nobody was told.
func (c Case) Told(rules regulation.Set, cal *calendar.Calendar) (on calendar.Date, late bool) {
	for _, d := range c.Deadlines(rules, cal) {
		if d.Kind == DecideBy && !d.MetOn.IsZero() {
			on = max(on, d.MetOn)
			late = late || d.Late(d.MetOn)
		}
	}
	return on, late
}

// RedressTotal is the approved redress in fen; it outlives the erasing.
func (c Case) RedressTotal() int64 {
	if c.Erased != nil {
		return c.Erased.Redress
	}
	var sum int64
	for _, r := range c.Redress {
		sum += r.Amount
	}
	return sum
}

// Satisfaction is the last one given, 0 when none was.
func (c Case) Satisfaction() int {
	for i := len(c.FollowUps) - 1; i >= 0; i-- {
		if c.FollowUps[i].Satisfaction > 0 {
			return c.FollowUps[i].Satisfaction
		}
	}
	return 0
}

// WaitingApprovals counts the requests that wait for a second person.
func (c Case) WaitingApprovals() int {
	n := 0
	for _, a := range c.Approvals {
		if a.State == Asked {
			n++
		}
	}
	return n
}

// BeforeExtension returns the case as if the last step of its ladders had not
// been taken, to tell the consumer the due date before and after; nil when no
// ladder has moved.
func (c Case) BeforeExtension(rules regulation.Set) *Case {
	moved := false
	c.References = edit(c.References, func(r Reference) bool { return !r.Released }, func(r *Reference) {
		if ladder, at := c.step(rules, *r); at > 0 {
			r.Stage, moved = ladder[at-1].ID, true
		}
	})
	if !moved {
		return nil
	}
	return &c
}

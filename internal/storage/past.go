package storage

import (
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
)

// AppendPast appends the whole course of a new case at once, each event with the
// time and the person that it names, and derives its read tables once from the end
// of it: for bringing a history in, invented or moved from elsewhere. Sealing,
// chain, tree, search and duplicate keys are those of AppendComplaint. Events run
// forwards in time and none lies in the future. It returns the case at the end.
func (tx *Tx) AppendPast(course []Recorded) (complaint.Case, error) {
	var c complaint.Case
	now := tx.at
	defer func() { tx.at = now }()
	events := make([]complaint.Event, len(course))
	if len(course) == 0 {
		return c, fault.New(fault.Internal, "a course without events")
	}
	first, ok := course[0].Event.(*complaint.Registered)
	if !ok {
		return c, fault.New(fault.Internal, "a course begins with %s", course[0].Event.Kind())
	}
	last, stream := time.Time{}, first.ID.Stream()
	for i, r := range course {
		at := micros(r.At)
		if at.Before(last) || at.After(now) {
			return c, fault.New(fault.Internal, "%s: event %d stands at %s, after %s and at %s", stream, i+1, at, last, now)
		}
		last, tx.at, events[i] = at, at, r.Event
		if err := tx.Append(stream, c.Version+1, r.By, r.Event.Kind(), r.Event); err != nil {
			return c, err
		}
		c = c.Apply(r.Event, complaint.Meta{At: at, By: r.By})
	}
	err := tx.project(complaint.Case{}, c, events)
	tx.forget(stream) // a Tx may bring in thousands
	return c, err
}

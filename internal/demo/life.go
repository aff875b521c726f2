package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// phase is how far a life is told: what lies beyond its end is left undone.
type phase int

const (
	registered phase = iota + 1
	offered
	accepted
	contacted
	found
	asked
	decided
	noticed
	closed
)

// life is one complaint: who it comes from, who works on it, and what they do and
// when. It is planned whole and then run along the simulated calendar.
type life struct {
	telling
	rng   *rand.Rand
	cal   *calendar.Calendar
	staff staff

	register  complaint.Register
	arrives   time.Time
	end       phase
	pace      float64 // how slow everybody is; 1 is usual
	unit      party.UnitID
	registrar party.PersonID
	owner     party.PersonID

	at    time.Time // while planning: when the next step happens
	steps []step

	id    complaint.ID // while running
	kase  complaint.Case
	done  int
	fresh bool // has just arrived; its next step is for another batch
	over  bool
}

// step is one act of one person.
type step struct {
	at  time.Time
	who party.PersonID
	run func(context.Context, *teller, *life, party.Actor) error
}

// act plans an act of any kind.
func (l *life) act(who party.PersonID, run func(context.Context, *teller, *life, party.Actor) error) {
	l.steps = append(l.steps, step{l.at, who, run})
}

// do plans a command that does not depend on the case.
func (l *life) do(who party.PersonID, cmd complaint.Command) {
	l.doing(who, func(complaint.Case, calendar.Date) complaint.Command { return cmd })
}

// doing plans a command that is made when its time has come; nil leaves it out.
func (l *life) doing(who party.PersonID, make func(c complaint.Case, today calendar.Date) complaint.Command) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		cmd := make(l.kase, t.app.Today())
		if cmd == nil {
			return nil
		}
		c, err := t.app.Do(ctx, by, l.id, 0, cmd)
		if err == nil {
			l.kase = c
		}
		return err
	})
}

// letter plans a letter about the case as a whole.
func (l *life) letter(who party.PersonID, kind complaint.LetterKind) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		c, err := t.app.IssueLetter(ctx, by, l.id, 0, kind, 0)
		if err == nil {
			l.kase = c
		}
		return err
	})
}

// read plans that somebody opens the case.
func (l *life) read(who party.PersonID) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		_, err := t.app.Complaint(ctx, by, l.id)
		return err
	})
}

// reveal plans that somebody looks up how to reach the consumer.
func (l *life) reveal(who party.PersonID) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		_, err := t.app.Reveal(ctx, by, l.id, "contact", "")
		return err
	})
}

// Office hours of the invented institution, in hours of the day.
const (
	opens  = 9.0
	closes = 17.5
)

// office returns the first moment in office hours at or after t.
func office(cal *calendar.Calendar, t time.Time) time.Time {
	t = t.In(calendar.Zone)
	for {
		day := calendar.FromTime(t)
		start := day.Time().Add(hours(opens))
		switch {
		case !cal.IsWorking(day), !t.Before(day.Time().Add(hours(closes))):
			t = day.AddDays(1).Time().Add(hours(opens))
		case t.Before(start):
			return start.Add(t.Sub(day.Time()) / 24) // not everybody starts on the stroke
		default:
			return t
		}
	}
}

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }

// wait lets so many office hours pass, more or less.
func (l *life) wait(h float64) {
	left := hours(h * l.pace * (0.5 + l.rng.Float64()))
	t := office(l.cal, l.at)
	for {
		end := calendar.FromTime(t).Time().Add(hours(closes))
		if left < end.Sub(t) {
			l.at = t.Add(left)
			return
		}
		left -= end.Sub(t)
		t = office(l.cal, end)
	}
}

// sleep lets whole days pass; what follows happens in office hours.
func (l *life) sleep(days float64) {
	l.at = office(l.cal, l.at.Add(hours(24*days)))
}

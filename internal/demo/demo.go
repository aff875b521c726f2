// Package demo makes a living institution: some hundreds of invented complaints
// in every state, told by running the real use cases along a simulated calendar
// of the last months, by the right people with their own permissions. Nothing is
// put into a table; what the pages show was decided by the same rules as anything else.
//
// The telling is the same for the same seed and day; keys and passwords are not.
package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// Options says how the demo is told.
type Options struct {
	App   *app.App // over an empty store, with Clock.Now as its time and the store's
	Clock *Clock
	Seed  uint64
	Cases int // about how many complaints; 0 means 360
	Days  int // how far back the calendar begins; 0 means 120

	// Password chooses a person's password.
	Password func(login string) (string, error)
	Progress func(done, total int64) // steps; may be nil
}

// Person is somebody of the demo with the password given at its making.
type Person struct {
	Login    string       `json:"login"`
	Password string       `json:"password,omitempty"`
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Unit     string       `json:"unit"`
	Roles    []party.Role `json:"roles"`
}

// Refusal is a step that the rules did not allow as planned.
type Refusal struct {
	Case complaint.ID
	Step int
	Err  error
}

// Result is what was made.
type Result struct {
	People  []Person
	Cases   int // registered, those merged later included
	Steps   int
	Reviews int // drafted
	Refused []Refusal
}

// Make founds the institution and tells its complaints up to the real time.
func Make(ctx context.Context, o Options) (Result, error) {
	in, now := theInstitution(), o.Clock.Now()
	if o.Cases == 0 {
		o.Cases = 360
	}
	if o.Days == 0 {
		o.Days = 120
	}
	o.Clock.set(calendar.FromTime(now).AddDays(-o.Days - 1).Time().Add(10 * time.Hour))
	defer o.Clock.release()
	passwords, err := o.App.Bootstrap(ctx, in.Units, in.People, o.Password)
	if err != nil {
		return Result{}, err
	}
	s, err := newStaff(in)
	if err != nil {
		return Result{}, err
	}
	var out Result
	for _, p := range in.People {
		out.People = append(out.People, Person{p.Login, passwords[p.Login], p.Name, p.Title, s.tree.Name(p.Unit), p.Roles})
	}
	p := planner{rng: rand.New(rand.NewPCG(o.Seed, 20200301)), cal: o.App.Calendar(), staff: s, now: now, today: calendar.FromTime(now), cases: o.Cases, days: o.Days}
	p.plan()
	t := teller{app: o.App, clock: o.Clock, result: &out, show: o.Progress, actors: map[party.PersonID]party.Actor{}}
	if t.show == nil {
		t.show = func(int64, int64) {}
	}
	for _, person := range in.People {
		if t.actors[person.ID], err = o.App.Actor(ctx, person.ID); err != nil {
			return out, err
		}
	}
	if err := products(ctx, o.App, t.actors["p2"]); err != nil {
		return out, err
	}
	if err := ownCodes(ctx, o.App, t.actors["p2"], p.today.AddDays(-o.Days/2)); err != nil {
		return out, err
	}
	reviews := p.reviews(o.Seed)
	err = t.run(ctx, append(reviews, p.lives...), now)
	for _, l := range p.lives {
		if l.id != 0 {
			out.Cases++
		}
	}
	for _, l := range reviews {
		if l.done > 0 {
			out.Reviews++
		}
	}
	if err == nil { // what people learnt from the closed cases
		err = t.library(ctx, p.lives, s)
	}
	if err == nil { // what the closed cases teach, so that new ones get suggestions
		_, err = o.App.TrainModels(ctx, party.System, nil)
	}
	return out, err
}

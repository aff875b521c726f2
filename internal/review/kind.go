package review

import (
	"maps"
	"slices"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// Meta is what the ledger adds to an event.
type Meta struct {
	At time.Time
	By string
}

// kinds gives each event its name in the ledger and how to make an empty one.
var kinds = map[string]func() Event{
	"review.Drafted": func() Event { return &Drafted{} }, "review.Changed": func() Event { return &Changed{} },
	"review.MaterialAdded": func() Event { return &MaterialAdded{} }, "review.MaterialRead": func() Event { return &MaterialRead{} },
	"review.Scanned": func() Event { return &Scanned{} }, "review.HandedIn": func() Event { return &HandedIn{} },
	"review.Taken": func() Event { return &Taken{} }, "review.RecusalAdded": func() Event { return &RecusalAdded{} },
	"review.SentBack": func() Event { return &SentBack{} }, "review.QuestionAsked": func() Event { return &QuestionAsked{} },
	"review.QuestionAnswered": func() Event { return &QuestionAnswered{} }, "review.FindingAdded": func() Event { return &FindingAdded{} },
	"review.FindingJudged": func() Event { return &FindingJudged{} }, "review.ItemChecked": func() Event { return &ItemChecked{} },
	"review.OpinionGiven": func() Event { return &OpinionGiven{} }, "review.PointAnswered": func() Event { return &PointAnswered{} },
	"review.PointChecked": func() Event { return &PointChecked{} }, "review.PointRaised": func() Event { return &PointRaised{} },
	"review.PointSettled": func() Event { return &PointSettled{} }, "review.PassedUp": func() Event { return &PassedUp{} },
	"review.ClearanceGiven": func() Event { return &ClearanceGiven{} }, "review.VetoCast": func() Event { return &VetoCast{} },
	"review.TakenBack": func() Event { return &TakenBack{} }, "review.ClearanceEnded": func() Event { return &ClearanceEnded{} },
}

// Kind implements Event.
func (*Drafted) Kind() string { return "review.Drafted" }

// Kind implements Event.
func (*Changed) Kind() string { return "review.Changed" }

// Kind implements Event.
func (*MaterialAdded) Kind() string { return "review.MaterialAdded" }

// Kind implements Event.
func (*MaterialRead) Kind() string { return "review.MaterialRead" }

// Kind implements Event.
func (*Scanned) Kind() string { return "review.Scanned" }

// Kind implements Event.
func (*HandedIn) Kind() string { return "review.HandedIn" }

// Kind implements Event.
func (*Taken) Kind() string { return "review.Taken" }

// Kind implements Event.
func (*RecusalAdded) Kind() string { return "review.RecusalAdded" }

// Kind implements Event.
func (*SentBack) Kind() string { return "review.SentBack" }

// Kind implements Event.
func (*QuestionAsked) Kind() string { return "review.QuestionAsked" }

// Kind implements Event.
func (*QuestionAnswered) Kind() string { return "review.QuestionAnswered" }

// Kind implements Event.
func (*FindingAdded) Kind() string { return "review.FindingAdded" }

// Kind implements Event.
func (*FindingJudged) Kind() string { return "review.FindingJudged" }

// Kind implements Event.
func (*ItemChecked) Kind() string { return "review.ItemChecked" }

// Kind implements Event.
func (*OpinionGiven) Kind() string { return "review.OpinionGiven" }

// Kind implements Event.
func (*PointAnswered) Kind() string { return "review.PointAnswered" }

// Kind implements Event.
func (*PointChecked) Kind() string { return "review.PointChecked" }

// Kind implements Event.
func (*PointRaised) Kind() string { return "review.PointRaised" }

// Kind implements Event.
func (*PointSettled) Kind() string { return "review.PointSettled" }

// Kind implements Event.
func (*PassedUp) Kind() string { return "review.PassedUp" }

// Kind implements Event.
func (*ClearanceGiven) Kind() string { return "review.ClearanceGiven" }

// Kind implements Event.
func (*VetoCast) Kind() string { return "review.VetoCast" }

// Kind implements Event.
func (*TakenBack) Kind() string { return "review.TakenBack" }

// Kind implements Event.
func (*ClearanceEnded) Kind() string { return "review.ClearanceEnded" }

// Decode reads a ledger event whose private part has been opened; private is
// nil for events without one and for erased reviews.
func Decode(e ledger.Event, private []byte) (Event, error) {
	fresh, ok := kinds[e.Kind]
	if !ok {
		return nil, fault.New(fault.Internal, "unknown event kind %q in %s/%d", e.Kind, e.Stream, e.Version)
	}
	v := fresh()
	return v, ledger.Decode(e.Body, private, v)
}

// Kinds lists the kinds of events, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Apply returns the review after an event. It never fails: what may happen is
// decided before an event exists.
func (r Review) Apply(e Event, m Meta) Review {
	r.Version++
	e.apply(&r, m)
	return r
}

// ApplyAll folds events that share one Meta, as one command produces them.
func (r Review) ApplyAll(events []Event, m Meta) Review {
	f := Fold{r: r}
	for _, e := range events {
		f.Add(e, m)
	}
	return f.Review()
}

// Fold gathers the events of a review, from its first or from where one stands.
// Apply leaves the review before it whole and copies what it changes; a thousand
// judgements on a long contract would copy its findings a thousand times. Fold
// changes a list that is its own by then.
type Fold struct {
	r   Review
	own bool // no other Review shares the array of findings
}

// Add applies one more event.
func (f *Fold) Add(e Event, m Meta) {
	f.r.Version++
	switch e := e.(type) {
	case *FindingJudged:
		f.hold()
		if i := f.r.index(e.N); i >= 0 {
			e.on(&f.r.Findings[i], f.r.Stage, m)
		}
	case *FindingAdded:
		f.hold()
		f.r.Findings = append(f.r.Findings, e.finding(f.r.Stage, m))
	default:
		e.apply(&f.r, m)
	}
}

// hold makes the findings the fold's own.
func (f *Fold) hold() {
	if !f.own {
		f.r.Findings, f.own = slices.Clone(f.r.Findings), true
	}
}

// Review returns what the events make. A later Add leaves it as it is.
func (f *Fold) Review() Review {
	f.own = false
	f.r.Findings = slices.Clip(f.r.Findings)
	return f.r
}

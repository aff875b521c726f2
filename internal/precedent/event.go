package precedent

import (
	"maps"
	"slices"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
)

// Event is one thing that happened to a precedent. The interface is sealed. Texts
// stand under the precedent's own key: they are anonymous, and erasing the case
// leaves them.
type Event interface {
	Kind() string
	apply(p *Precedent, m Meta)
}

// Meta is what the ledger adds to an event.
type Meta struct {
	At time.Time
	By string
}

// Proposed opens a precedent with the draft composed from its case.
type Proposed struct {
	ID      ID             `json:"id"`
	Source  int64          `json:"source"`
	Path    []party.UnitID `json:"path"` // of the case's unit: who may approve
	Facts   Facts          `json:"facts"`
	Masked  int            `json:"masked"`
	Content Content        `json:"content" seal:"true"`
}

// Edited is the draft as its writer left it. On an approved precedent it begins
// the next edition.
type Edited struct {
	Hidden  []string    `json:"hidden"`
	Content Content     `json:"content" seal:"true"`
	Cleared []Clearance `json:"cleared" seal:"true"`
}

// HandedIn asks the second person.
type HandedIn struct{}

// SentBack returns the draft to its writer.
type SentBack struct {
	Why string `json:"why" seal:"true"`
}

// Accepted puts the draft into the library.
type Accepted struct {
	Number  string `json:"number"`
	Edition int    `json:"edition"`
}

// TakenOut ends a precedent, or a draft that nobody wants.
type TakenOut struct {
	Why string `json:"why" seal:"true"`
}

// Dropped ends the work on a further edition; the approved one stays.
type Dropped struct{}

// Cited is one use.
type Cited struct {
	What string `json:"what"`
	Note string `json:"note" seal:"true"`
}

// Clearance says why a finding of the check names nobody.
type Clearance struct {
	Key string `json:"key" maxLength:"200"`
	Why string `json:"why" maxLength:"200"`
}

var kinds = map[string]func() Event{
	"precedent.Proposed": func() Event { return &Proposed{} }, "precedent.Edited": func() Event { return &Edited{} },
	"precedent.HandedIn": func() Event { return &HandedIn{} }, "precedent.SentBack": func() Event { return &SentBack{} },
	"precedent.Accepted": func() Event { return &Accepted{} }, "precedent.TakenOut": func() Event { return &TakenOut{} },
	"precedent.Dropped": func() Event { return &Dropped{} }, "precedent.Cited": func() Event { return &Cited{} },
}

// Kind implements Event.
func (*Proposed) Kind() string { return "precedent.Proposed" }

// Kind implements Event.
func (*Edited) Kind() string { return "precedent.Edited" }

// Kind implements Event.
func (*HandedIn) Kind() string { return "precedent.HandedIn" }

// Kind implements Event.
func (*SentBack) Kind() string { return "precedent.SentBack" }

// Kind implements Event.
func (*Accepted) Kind() string { return "precedent.Accepted" }

// Kind implements Event.
func (*TakenOut) Kind() string { return "precedent.TakenOut" }

// Kind implements Event.
func (*Dropped) Kind() string { return "precedent.Dropped" }

// Kind implements Event.
func (*Cited) Kind() string { return "precedent.Cited" }

// Kinds lists the kinds of events, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Decode reads a ledger event whose private part has been opened.
func Decode(e ledger.Event, private []byte) (Event, error) {
	fresh, ok := kinds[e.Kind]
	if !ok {
		return nil, fault.New(fault.Internal, "unknown event kind %q in %s/%d", e.Kind, e.Stream, e.Version)
	}
	v := fresh()
	return v, ledger.Decode(e.Body, private, v)
}

// Apply returns the precedent after an event. It never fails.
func (p Precedent) Apply(e Event, m Meta) Precedent {
	p.Version++
	p.ChangedAt = m.At
	e.apply(&p, m)
	return p
}

func (e *Proposed) apply(p *Precedent, m Meta) {
	p.ID, p.Source, p.Path, p.Facts, p.Masked, p.Content = e.ID, e.Source, e.Path, e.Facts, e.Masked, e.Content
	p.Proposer, p.Editor, p.ProposedAt, p.State, p.Work = m.By, m.By, m.At, Draft, Draft
}

func (e *Edited) apply(p *Precedent, m Meta) {
	p.Content, p.Hidden, p.Editor, p.Work = e.Content, e.Hidden, m.By, Draft
	p.Cleared = make(map[string]string, len(e.Cleared))
	for _, c := range e.Cleared {
		p.Cleared[c.Key] = c.Why
	}
	if p.State == Waiting {
		p.State = Draft
	}
}

func (e *HandedIn) apply(p *Precedent, m Meta) {
	p.Work, p.HandedInAt, p.Returned, p.ReturnBy = Waiting, m.At, "", ""
	if p.State == Draft {
		p.State = Waiting
	}
}

func (e *SentBack) apply(p *Precedent, m Meta) {
	p.Work, p.Returned, p.ReturnBy = Draft, e.Why, m.By
	if p.State == Waiting {
		p.State = Draft
	}
}

func (e *Accepted) apply(p *Precedent, m Meta) {
	p.Number, p.State, p.Work = e.Number, Approved, ""
	p.Editions = append(slices.Clone(p.Editions), Edition{N: e.Edition, Content: p.Content, Facts: p.Shown(), Hidden: p.Hidden, Cleared: p.Cleared, At: m.At, By: m.By})
}

func (e *TakenOut) apply(p *Precedent, m Meta) {
	p.State, p.Work, p.Gone, p.GoneBy = Withdrawn, "", e.Why, m.By
}

func (*Dropped) apply(p *Precedent, _ Meta) {
	p.Work, p.Returned = "", ""
	last := p.Editions[len(p.Editions)-1]
	p.Content, p.Hidden, p.Cleared = last.Content, last.Hidden, last.Cleared
}

func (e *Cited) apply(p *Precedent, m Meta) {
	p.Citations = append(slices.Clone(p.Citations), Citation{N: len(p.Citations) + 1, What: e.What, Note: e.Note, By: m.By, At: m.At})
}

// Package change is the configuration under four eyes: what changes rules or
// rights is proposed by one person, with a reason, and takes effect when another
// confirms it. A change is the fold of its events; that two different people are
// needed is decided here, so that no caller can forget it.
package change

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Kind is what a change is about.
type Kind string

// The kinds.
const (
	Setting     Kind = "setting"     // the value of a setting, periods of keeping among them
	Notice      Kind = "notice"      // a year's holiday notice
	Rule        Kind = "rule"        // a pack released or withdrawn, a rule switched
	Law         Kind = "law"         // a text taken out of the library
	Unit        Kind = "unit"        // a unit opened, closed, or moved to another level or region
	Person      Kind = "person"      // somebody's roles, unit or sign-in name, hired, disabled or enabled
	Token       Kind = "token"       // a token that writes
	Examination Kind = "examination" // the account of an examiner
	Hook        Kind = "hook"        // where webhooks go and what they tell
)

// Kinds are all of them.
var Kinds = []Kind{Setting, Notice, Rule, Law, Unit, Person, Token, Examination, Hook}

// Mode says why a change did, or did not, wait for a second person.
type Mode string

// The modes.
const (
	Waits Mode = "waits" // a second person confirms
	Alone Mode = "alone" // nobody else could confirm
	Free  Mode = "free"  // the institution has set that this kind needs no second person
	Shell Mode = "shell" // typed at the machine, by who holds the data and the keys
)

// State is where a change stands.
type State string

// The states. Expired follows from the time and is no event.
const (
	Waiting   State = "waiting"
	InForce   State = "in_force"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// States are all of them.
var States = []State{Waiting, InForce, Declined, Withdrawn, Expired}

// Line is one thing that becomes another; Old is "" for what was not there, New
// for what goes. Field ends the message id of its name.
type Line struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Proposed is the first event of a change, and the only one of a change that
// waited for nobody.
type Proposed struct {
	N       int64            `json:"n"`
	About   Kind             `json:"about"`
	Subject string           `json:"subject"` // id of the setting, unit, person, pack ...
	Title   string           `json:"title"`   // its name; "" for a setting, which has one in each language
	Mode    Mode             `json:"mode"`
	Affects []party.PersonID `json:"affects"` // whose rights change: they do not confirm
	Until   time.Time        `json:"until"`   // the proposal lapses
	Lines   []Line           `json:"lines" seal:"true"`
	Before  string           `json:"before" seal:"true"` // the thing as the proposer saw it
	Body    string           `json:"body" seal:"true"`   // what takes effect
	Reason  string           `json:"reason" seal:"true"`
}

// Confirmed puts a change in force.
type Confirmed struct{}

// Refused is the second person's no.
type Refused struct {
	Why string `json:"why" seal:"true"`
}

// Recalled is the proposer's own.
type Recalled struct {
	Why string `json:"why" seal:"true"`
}

// Event is one of the events of a change's stream.
type Event interface {
	Kind() string
	apply(c *Change, at time.Time, by string)
}

// Change is a change as its events tell it.
type Change struct {
	Proposed
	Version   int64
	State     State
	By        string // actor who proposed it
	At        time.Time
	DecidedBy string
	DecidedAt time.Time
	Why       string // it was declined or withdrawn
}

// Stream is the stream of a change in the ledger.
func Stream(n int64) string { return "change/" + strconv.FormatInt(n, 10) }

// Kind implements Event.
func (*Proposed) Kind() string { return "change.Proposed" }

// Kind implements Event.
func (*Confirmed) Kind() string { return "change.Confirmed" }

// Kind implements Event.
func (*Refused) Kind() string { return "change.Declined" }

// Kind implements Event.
func (*Recalled) Kind() string { return "change.Withdrawn" }

// EventKinds gives each event how to make an empty one.
var EventKinds = map[string]func() Event{
	"change.Proposed":  func() Event { return &Proposed{} },
	"change.Confirmed": func() Event { return &Confirmed{} },
	"change.Declined":  func() Event { return &Refused{} },
	"change.Withdrawn": func() Event { return &Recalled{} },
}

func (e *Proposed) apply(c *Change, at time.Time, by string) {
	c.Proposed, c.By, c.At, c.State = *e, by, at, Waiting
	if e.Mode != Waits {
		c.State, c.DecidedBy, c.DecidedAt = InForce, by, at
	}
}

func (e *Confirmed) apply(c *Change, at time.Time, by string) { c.decided(InForce, at, by, "") }

func (e *Refused) apply(c *Change, at time.Time, by string) { c.decided(Declined, at, by, e.Why) }

func (e *Recalled) apply(c *Change, at time.Time, by string) { c.decided(Withdrawn, at, by, e.Why) }

func (c *Change) decided(s State, at time.Time, by, why string) {
	c.State, c.DecidedAt, c.DecidedBy, c.Why = s, at, by, why
}

// Apply returns the change after an event.
func (c Change) Apply(e Event, at time.Time, by string) Change {
	c.Version++
	e.apply(&c, at, by)
	return c
}

// StateAt is where the change stands at a time: a proposal whose days are over
// has expired.
func (c Change) StateAt(at time.Time) State {
	if c.State == Waiting && at.After(c.Until) {
		return Expired
	}
	return c.State
}

// Propose checks a proposal. One that waits for a second person needs its reason.
func Propose(p Proposed) (*Proposed, error) {
	p.Reason = strings.TrimSpace(p.Reason)
	if err := words("reason", "更改的理由，供第二人复核", p.Reason, p.Mode == Waits); err != nil {
		return nil, err
	}
	return &p, nil
}

// Confirm puts the change in force. Neither whoever proposed it nor anybody whose
// rights it changes may.
func (c Change) Confirm(who party.Actor, at time.Time) (*Confirmed, error) {
	if err := c.waits(at); err != nil {
		return nil, err
	}
	if err := c.second(who); err != nil {
		return nil, err
	}
	return &Confirmed{}, nil
}

// Decline refuses the change, with a reason.
func (c Change) Decline(who party.Actor, why string, at time.Time) (*Refused, error) {
	if err := c.waits(at); err != nil {
		return nil, err
	}
	if c.By == who.ID {
		return nil, fault.New(fault.Forbidden, "这是您自己提出的更改：不再需要时请撤回")
	}
	why = strings.TrimSpace(why)
	return &Refused{Why: why}, words("why", "不同意的理由", why, true)
}

// Withdraw takes one's own proposal back; why may be empty.
func (c Change) Withdraw(who party.Actor, why string, at time.Time) (*Recalled, error) {
	if err := c.waits(at); err != nil {
		return nil, err
	}
	if c.By != who.ID {
		return nil, fault.New(fault.Forbidden, "只有提出人本人可以撤回")
	}
	why = strings.TrimSpace(why)
	return &Recalled{Why: why}, words("why", "撤回的理由", why, false)
}

// waits refuses a change that is decided already, or lapsed.
func (c Change) waits(at time.Time) error {
	switch c.StateAt(at) {
	case Waiting:
		return nil
	case Expired:
		return fault.New(fault.Conflict, "这项更改已过复核期限，没有生效。仍需要的请重新提出")
	}
	return fault.New(fault.Conflict, "这项更改已有结果，请刷新后查看")
}

// second refuses who is not a second person.
func (c Change) second(who party.Actor) error {
	switch {
	case who.Person() == "":
		return fault.New(fault.Forbidden, "更改须由另一名人员复核")
	case c.By == who.ID:
		return fault.New(fault.Forbidden, "更改须由另一人复核，您是提出人")
	case slices.Contains(c.Affects, who.Person()):
		return fault.New(fault.Forbidden, "这项更改涉及您本人的账号或权限，须由另一人复核")
	}
	return nil
}

// maxWords bounds a reason, in characters.
const maxWords = 500

func words(field, name, text string, needed bool) error {
	var f fault.Fields
	f.Need(!needed || text != "", field, "请写明%s", name)
	f.Need(utf8.RuneCountInString(text) <= maxWords, field, "%s超过 %d 字，请写得短些", name, maxWords)
	return f.Err()
}

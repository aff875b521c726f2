// Package hook is the targets of outgoing webhooks: which address is told of what,
// whether it is told at the moment, and the secret that messages are signed with. A
// target is the fold of its events; how messages travel is not decided here.
package hook

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Prefix begins the stream of a target, and its name in the outbox.
const Prefix = "hook/"

// Stream is the stream of a target in the ledger.
func Stream(id int64) string { return Prefix + strconv.FormatInt(id, 10) }

// Parse reads what Stream wrote; 0 for what is none.
func Parse(stream string) int64 {
	id, err := strconv.ParseInt(strings.TrimPrefix(stream, Prefix), 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

// Config is what a person decides of a target.
type Config struct {
	Name    string       `json:"name" maxLength:"80" doc:"What it is for"`
	Address string       `json:"address" maxLength:"1000" doc:"Where messages are posted to" seal:"true"` // may hold a token of the receiver
	Kinds   []string     `json:"kinds" doc:"Ids of kinds"`
	Unit    party.UnitID `json:"unit,omitempty" doc:"Only cases and reviews that this unit may read; empty for all"`
}

// Equal reports whether two are the same.
func (c Config) Equal(d Config) bool {
	return c.Name == d.Name && c.Address == d.Address && c.Unit == d.Unit && slices.Equal(c.Kinds, d.Kinds)
}

// Shown is the address as pages and records show it: without its query, which is
// where tokens stand.
func (c Config) Shown() string {
	if before, _, ok := strings.Cut(c.Address, "?"); ok {
		return before + "?…"
	}
	return c.Address
}

const maxName = 80

// Check trims the configuration and refuses one that says nothing or too much. Of the
// address it only asks that there is one: who may be reached is decided where it is dialled.
func (c Config) Check(tree *party.Tree) (Config, error) {
	c.Name, c.Address = strings.TrimSpace(c.Name), strings.TrimSpace(c.Address)
	c.Kinds = slices.Compact(slices.Sorted(slices.Values(c.Kinds)))
	var f fault.Fields
	f.Need(c.Name != "" && len([]rune(c.Name)) <= maxName, "name", "请写明用途，不超过 %d 个字", maxName)
	f.Need(c.Address != "", "address", "请填写接收地址")
	f.Need(len(c.Kinds) > 0, "kinds", "请至少选择一种事件")
	for _, k := range c.Kinds {
		f.Need(known(k), "kinds", "没有“%s”这种事件", k)
	}
	_, ok := tree.Unit(c.Unit)
	f.Need(ok || c.Unit == "", "unit", "没有编号为 %s 的机构", c.Unit)
	return c, f.Err()
}

// Tells reports whether the configuration asks for a kind of event. Which unit may know
// of one is decided where rights are known.
func (c Config) Tells(kind string) bool { return slices.Contains(c.Kinds, kind) }

// Created is the first event of a target, which is off until somebody turns it on.
type Created struct {
	ID int64 `json:"id"`
	Config
	Secret string `json:"secret" seal:"true"`
}

// Changed is another configuration.
type Changed struct{ Config }

// Switched turns a target on or off.
type Switched struct {
	On  bool   `json:"on"`
	Why string `json:"why" seal:"true"` // words of ours or of an administrator
}

// Rotated is another secret; the old one signs beside it until a time.
type Rotated struct {
	Secret string    `json:"secret" seal:"true"`
	Until  time.Time `json:"until"`
}

// Deleted is the end; the key of the stream goes with it.
type Deleted struct{}

// Event is one of the events of a target's stream.
type Event interface {
	Kind() string
	apply(t *Target, at time.Time, by string)
}

// KindSwitched is the kind of the event Switched.
const KindSwitched = "hook.Switched"

// Kind implements Event.
func (*Created) Kind() string { return "hook.Created" }

// Kind implements Event.
func (*Changed) Kind() string { return "hook.Changed" }

// Kind implements Event.
func (*Switched) Kind() string { return KindSwitched }

// Kind implements Event.
func (*Rotated) Kind() string { return "hook.Rotated" }

// Kind implements Event.
func (*Deleted) Kind() string { return "hook.Deleted" }

// EventKinds gives each event how to make an empty one.
var EventKinds = map[string]func() Event{
	"hook.Created": func() Event { return &Created{} },
	"hook.Changed": func() Event { return &Changed{} },
	KindSwitched:   func() Event { return &Switched{} },
	"hook.Rotated": func() Event { return &Rotated{} },
	"hook.Deleted": func() Event { return &Deleted{} },
}

// Target is a target as its events tell it.
type Target struct {
	ID int64
	Config
	Version   int64
	On        bool
	Agreed    bool      // was on with this configuration before: whoever had to confirm it has
	Why       string    // it was turned off
	Since     time.Time // on or off
	OffBy     string    // actor who turned it off, "" while it is on or was never on
	Created   time.Time
	By        string // actor who made it
	Secret    string
	Old       string // secret before, "" for none
	OldUntil  time.Time
	IsDeleted bool
}

func (e *Created) apply(t *Target, at time.Time, by string) {
	t.ID, t.Config, t.Secret, t.Created, t.Since, t.By = e.ID, e.Config, e.Secret, at, at, by
}

func (e *Changed) apply(t *Target, _ time.Time, _ string) { t.Config, t.Agreed = e.Config, t.On }

func (e *Switched) apply(t *Target, at time.Time, by string) {
	t.On, t.Why, t.Since, t.Agreed, t.OffBy = e.On, e.Why, at, t.Agreed || e.On, ""
	if !e.On {
		t.OffBy = by
	}
}

// Failed reports whether the program turned the target off, because it took nothing.
func (t Target) Failed() bool { return t.OffBy == party.System.ID }

func (e *Rotated) apply(t *Target, _ time.Time, _ string) {
	t.Old, t.OldUntil, t.Secret = t.Secret, e.Until, e.Secret
}

func (*Deleted) apply(t *Target, _ time.Time, _ string) { t.On, t.IsDeleted = false, true }

// Apply returns the target after an event.
func (t Target) Apply(e Event, at time.Time, by string) Target {
	t.Version++
	e.apply(&t, at, by)
	return t
}

// Secrets are those that sign a message at a time, the newest first.
func (t Target) Secrets(at time.Time) []string {
	if t.Old != "" && at.Before(t.OldUntil) {
		return []string{t.Secret, t.Old}
	}
	return []string{t.Secret}
}

package keeping

import (
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// HoldPlaced keeps a case from being erased, whatever its period says: a lawsuit,
// an investigation, a request of an authority.
type HoldPlaced struct {
	N      int64         `json:"n"`
	Case   int64         `json:"case"`
	Number string        `json:"number"`
	Until  calendar.Date `json:"until"` // the last day, zero until it is lifted
	Reason string        `json:"reason" seal:"true"`
}

// HoldLifted ends it.
type HoldLifted struct {
	Why string `json:"why" seal:"true"`
}

// HoldEvent is one of the events of a hold's stream.
type HoldEvent interface {
	Kind() string
	applyHold(h *Hold, at time.Time, by string)
}

// Hold is a legal hold as its events tell it.
type Hold struct {
	HoldPlaced
	Version  int64
	By       string
	At       time.Time
	LiftedBy string
	LiftedAt time.Time
	Why      string // it was lifted
}

// HoldStream is the stream of a hold in the ledger.
func HoldStream(n int64) string { return "hold/" + strconv.FormatInt(n, 10) }

// Kind implements HoldEvent.
func (*HoldPlaced) Kind() string { return "hold.Placed" }

// Kind implements HoldEvent.
func (*HoldLifted) Kind() string { return "hold.Lifted" }

// HoldKinds gives each event how to make an empty one.
var HoldKinds = map[string]func() HoldEvent{
	"hold.Placed": func() HoldEvent { return &HoldPlaced{} },
	"hold.Lifted": func() HoldEvent { return &HoldLifted{} },
}

func (e *HoldPlaced) applyHold(h *Hold, at time.Time, by string) {
	h.HoldPlaced, h.At, h.By = *e, at, by
}

func (e *HoldLifted) applyHold(h *Hold, at time.Time, by string) {
	h.LiftedAt, h.LiftedBy, h.Why = at, by, e.Why
}

// Apply returns the hold after an event.
func (h Hold) Apply(e HoldEvent, at time.Time, by string) Hold {
	h.Version++
	e.applyHold(&h, at, by)
	return h
}

// Holds reports whether it stands on a day.
func (h Hold) Holds(on calendar.Date) bool {
	return h.LiftedAt.IsZero() && (h.Until.IsZero() || on <= h.Until)
}

// Place decides a hold.
func Place(n, id int64, number string, until, today calendar.Date, reason string) (*HoldPlaced, error) {
	var f fault.Fields
	f.Need(until.IsZero() || until >= today, "until", "截止日早于今天，请改正或留空")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := need("reason", "保全的理由", reason); err != nil {
		return nil, err
	}
	return &HoldPlaced{N: n, Case: id, Number: number, Until: until, Reason: strings.TrimSpace(reason)}, nil
}

// Lift ends a hold with a reason.
func (h Hold) Lift(why string) (*HoldLifted, error) {
	if !h.LiftedAt.IsZero() {
		return nil, fault.New(fault.Conflict, "这项保全已经解除，请刷新后查看")
	}
	if err := need("why", "解除的理由", why); err != nil {
		return nil, err
	}
	return &HoldLifted{Why: strings.TrimSpace(why)}, nil
}

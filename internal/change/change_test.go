package change_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
)

var noon = time.Date(2026, 5, 4, 4, 0, 0, 0, time.UTC)

func actor(id string) party.Actor { return party.Actor{ID: "person/" + id} }

// through sends an event through the ledger's bytes and back into an empty one.
func through(t interface{ Fatal(...any) }, e change.Event) change.Event {
	public, private, err := ledger.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	back := change.EventKinds[e.Kind()]()
	if err := ledger.Decode(public, private, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func proposed(t *testing.T) change.Change {
	t.Helper()
	e, err := change.Propose(change.Proposed{N: 7, About: change.Person, Subject: "c", Mode: change.Waits, Affects: []party.PersonID{"c"}, Until: noon.AddDate(0, 0, 7),
		Lines: []change.Line{{Field: "roles", Old: "handler", New: "office"}}, Before: "1", Body: "2", Reason: " 调岗 "})
	if err != nil {
		t.Fatal(err)
	}
	return change.Change{}.Apply(through(t, e), noon, "person/a")
}

func TestConfirmNeedsASecondPerson(t *testing.T) {
	c := proposed(t)
	if c.Reason != "调岗" || c.State != change.Waiting || len(c.Lines) != 1 || c.Lines[0].New != "office" {
		t.Fatalf("proposed: %+v", c)
	}
	for name, want := range map[string]fault.Kind{"a": fault.Forbidden, "c": fault.Forbidden} {
		if _, err := c.Confirm(actor(name), noon); !fault.Is(err, want) {
			t.Errorf("confirmed by %s: %v", name, err)
		}
	}
	for _, machine := range []party.Actor{party.System, party.Shell, party.Consumer, {}} {
		if _, err := c.Confirm(machine, noon); !fault.Is(err, fault.Forbidden) {
			t.Errorf("confirmed by %q: %v", machine.ID, err)
		}
	}
	if _, err := c.Confirm(actor("b"), noon.AddDate(0, 0, 7)); err != nil {
		t.Errorf("confirmed at the last moment: %v", err)
	}
	if _, err := c.Confirm(actor("b"), noon.AddDate(0, 0, 8)); !fault.Is(err, fault.Conflict) || c.StateAt(noon.AddDate(0, 0, 8)) != change.Expired {
		t.Errorf("confirmed after its days: %v", err)
	}
	e, err := c.Confirm(actor("b"), noon)
	if err != nil {
		t.Fatal(err)
	}
	if c = c.Apply(through(t, e), noon, "person/b"); c.State != change.InForce || c.DecidedBy != "person/b" || c.Version != 2 {
		t.Errorf("confirmed: %+v", c)
	}
	if _, err := c.Confirm(actor("d"), noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed twice: %v", err)
	}
}

func TestDeclineAndWithdraw(t *testing.T) {
	c := proposed(t)
	_, own := c.Decline(actor("a"), "不要了", noon)
	_, silent := c.Decline(actor("b"), " ", noon)
	_, long := c.Decline(actor("b"), strings.Repeat("长", 501), noon)
	_, other := c.Withdraw(actor("b"), "", noon)
	for name, got := range map[string]struct {
		err  error
		want fault.Kind
	}{"one's own declined": {own, fault.Forbidden}, "declined without a reason": {silent, fault.Invalid}, "declined at length": {long, fault.Invalid}, "withdrawn by another": {other, fault.Forbidden}} {
		if !fault.Is(got.err, got.want) {
			t.Errorf("%s: %v", name, got.err)
		}
	}
	no, err := c.Decline(actor("b"), "没有依据", noon)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Apply(through(t, no), noon, "person/b"); d.State != change.Declined || d.Why != "没有依据" {
		t.Errorf("declined: %+v", d)
	}
	back, err := c.Withdraw(actor("a"), "", noon)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Apply(through(t, back), noon, "person/a"); d.State != change.Withdrawn {
		t.Errorf("withdrawn: %+v", d)
	}
}

func TestReasonIsNeededToWait(t *testing.T) {
	for mode, want := range map[change.Mode]bool{change.Waits: false, change.Alone: true, change.Free: true, change.Shell: true} {
		if _, err := change.Propose(change.Proposed{Mode: mode}); (err == nil) != want {
			t.Errorf("%s without a reason: %v", mode, err)
		}
	}
}

// Whatever people try in whatever order: a change that waited is in force only when
// one proposed it and another, whose rights it does not change, confirmed it in time.
func TestNoEffectWithoutTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d"}
		affects := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "affects")
		p := change.Proposed{N: 1, Mode: change.Waits, Until: noon.AddDate(0, 0, 3), Reason: "x"}
		for _, n := range affects {
			p.Affects = append(p.Affects, party.PersonID(n))
		}
		c := change.Change{}.Apply(through(t, &p), noon, "person/a")
		at := noon
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 48).Draw(t, "hours")) * time.Hour)
			who := actor(rapid.SampledFrom(names).Draw(t, "who"))
			var e change.Event
			var err error
			switch rapid.IntRange(0, 2).Draw(t, "act") {
			case 0:
				e, err = c.Confirm(who, at)
			case 1:
				e, err = c.Decline(who, "nein", at)
			default:
				e, err = c.Withdraw(who, "", at)
			}
			if err == nil {
				c = c.Apply(through(t, e), at, who.ID)
			}
		}
		if c.State != change.InForce {
			return
		}
		if c.DecidedBy == c.By || slices.Contains(affects, strings.TrimPrefix(c.DecidedBy, "person/")) || c.DecidedAt.After(p.Until) {
			t.Fatalf("in force by %s at %s: %+v", c.DecidedBy, c.DecidedAt, c)
		}
	})
}

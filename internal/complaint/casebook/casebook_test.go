package casebook_test

import (
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

var tree, _ = party.NewTree([]party.Unit{
	{ID: "01", Name: "总部", Level: party.HeadOffice}, {ID: "0101", Name: "北京分公司", Parent: "01", Level: party.Branch, Region: "北京"},
	{ID: "010101", Name: "朝阳支公司", Parent: "0101", Level: party.SubBranch, Region: "北京"},
})

var cast = map[party.Role]party.Person{
	party.Handler: {ID: "handler", Name: "张敏", Unit: "010101", Roles: []party.Role{party.Handler}}, party.BranchLead: {ID: "lead", Name: "李强", Unit: "0101", Roles: []party.Role{party.BranchLead}},
	party.Office: {ID: "office", Name: "周婷", Unit: "01", Roles: []party.Role{party.Office}}, party.Executive: {ID: "boss", Name: "郑总", Unit: "01", Roles: []party.Role{party.Executive}},
}

const received = "2026-03-02"

func env(by party.Role, on calendar.Date) complaint.Env {
	day, _ := calendar.Parse(received)
	return complaint.Env{By: party.ActorOf(cast[by], tree), At: on.Time().Add(9 * time.Hour).UTC(), Rules: regulation.Embedded().At(day), Cal: calendar.Official(), Tree: tree}
}

// played runs a story from receipt to closing through the commands.
func played(t *testing.T, s casebook.Story) complaint.Case {
	t.Helper()
	c, _ := playedTwice(t, s)
	return c
}

// playedTwice returns the case as it stands, and as it is read once its key was
// destroyed: folded from the public parts alone.
func playedTwice(t *testing.T, s casebook.Story) (whole, erased complaint.Case) {
	t.Helper()
	day, _ := calendar.Parse(received)
	first, err := s.Register(day).NewCase(1, "TS1", env(party.Handler, day))
	if err != nil {
		t.Fatalf("register: %v", err)
	}
	m := complaint.Meta{At: env(party.Handler, day).At, By: "person/handler"}
	c := complaint.Case{}.Apply(first, m)
	erased = complaint.Case{}.Apply(public(t, first), m)
	for i, act := range s.Acts() {
		e := env(act.By, day.AddDays(act.Day))
		cmd := act.Do(c, e.Today())
		if err := access.Can(e.By, cmd.Action(), c.Target()).Err(); err != nil {
			t.Fatalf("act %d, %T by %s: %v", i, cmd, act.By, err)
		}
		events, err := cmd.Decide(c, e)
		if err != nil {
			t.Fatalf("act %d, %T by %s: %v", i, cmd, act.By, err)
		}
		m := complaint.Meta{At: e.At.Add(time.Duration(i) * time.Second), By: e.By.ID}
		c = c.ApplyAll(events, m)
		for _, x := range events {
			erased = erased.Apply(public(t, x), m)
		}
	}
	return c, erased
}

// public is an event of which only the public part is left.
func public(t *testing.T, e complaint.Event) complaint.Event {
	t.Helper()
	body, _, err := ledger.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	out, err := complaint.Decode(ledger.Event{Kind: e.Kind(), Body: body}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// An erased case is read like any other: what happened and when stays.
func TestStoriesOutliveTheirKey(t *testing.T) {
	for _, s := range casebook.All() {
		t.Run(s.ID, func(t *testing.T) {
			whole, erased := playedTwice(t, s)
			if erased.State != whole.State || erased.Ending != whole.Ending || erased.ClosedOn != whole.ClosedOn || erased.Version != whole.Version {
				t.Errorf("%s %s %s at version %d, want %s %s %s at %d", erased.State, erased.Ending, erased.ClosedOn, erased.Version, whole.State, whole.Ending, whole.ClosedOn, whole.Version)
			}
			if erased.Narrative != "" || erased.Complainant.Name != "" {
				t.Error("something personal is left")
			}
			erased.Masked()
		})
	}
}

// Every story is played end to end through the commands, in time.
func TestStoriesPlay(t *testing.T) {
	for _, s := range casebook.All() {
		t.Run(s.ID, func(t *testing.T) {
			c := played(t, s)
			if c.State != complaint.Closed {
				t.Fatalf("ends in state %s: %+v", c.State, complaint.Failing(c.Checks()))
			}
			for _, d := range c.Deadlines(env(party.Handler, c.ClosedOn).Rules, calendar.Official()) {
				if d.Live() || d.Late(c.ClosedOn) {
					t.Errorf("%s due %s met %s: live or late", d.Kind, d.Due, d.MetOn)
				}
			}
			if want := s.Withdrawn == ""; want != (c.Decision != nil) {
				t.Errorf("decision %v, withdrawn %q", c.Decision, s.Withdrawn)
			}
		})
	}
}

// The cases that the training material names (S0.9, S4.7, S4.11, S4.13).
func TestNamedStories(t *testing.T) {
	for _, test := range []struct {
		id      string
		title   string // cell of the matrix for regulators' transfers
		answers int
		money   int64
	}{
		{"account-limit", "有证据、团队与公司均有责", 0, 0}, {"wealth-misunderstood", "有证据、团队与公司均有责", 0, 560000}, {"new-part", "有证据、团队有责", 0, 256000},
		{"old-headlamp", "无证据、公司有责", 0, 0}, {"late-survey", "有证据、团队与公司均有责", 0, 20000}, {"three-car", "无证据、公司有责", 0, 0},
		{"courtesy-car", "有证据、团队与公司均有责", 0, 66000}, {"deceased-in-car", "有证据、团队与公司均有责", 1, 10000000}, {"rescue-service", "有证据、团队与公司均有责", 0, 10000},
	} {
		s, ok := casebook.ByID(test.id)
		if !ok {
			t.Errorf("no story %s", test.id)
			continue
		}
		c := played(t, s)
		answered := len(slices.DeleteFunc(c.LiveReferences(), func(r complaint.Reference) bool { return r.AnsweredOn.IsZero() }))
		if got := complaint.HandlingFor(c.Faults).Title; got != test.title || answered != test.answers || c.RedressTotal() != test.money {
			t.Errorf("%s: %s, %d answers, %d fen, want %+v", test.id, got, answered, c.RedressTotal(), test)
		}
	}
	s, _ := casebook.ByID("deceased-in-car")
	c := played(t, s)
	if !c.Regulator() || c.Representative.Kind != complaint.Heir || c.Decision.HeadOffice {
		t.Errorf("regulator %v, representative %+v", c.Regulator(), c.Representative)
	}
	if _, ok := casebook.ByID("nobody"); ok {
		t.Error("found a story that is not there")
	}
}

// A story is complete: it can be handled without inventing anything.
func TestStoriesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	products, channels := map[string]bool{}, map[party.ChannelID]bool{}
	for _, s := range casebook.All() {
		switch n := utf8.RuneCountInString(s.Narrative); {
		case seen[s.ID] || seen[s.Narrative] || seen[s.Name]:
			t.Errorf("%s: id, name or narrative twice", s.ID)
		case s.Kind != "bank" && s.Kind != "insurer":
			t.Errorf("%s: kind %q", s.ID, s.Kind)
		case n < 60 || n > 600:
			t.Errorf("%s: narrative of %d characters", s.ID, n)
		case s.Title == "" || s.Demand == "" || s.Call == "" || len(s.Points) < 2 || len(s.Points) > 3:
			t.Errorf("%s: something is missing", s.ID)
		case s.Withdrawn == "" && (s.Decision == "" || s.Comment == "" || s.Fault.Company+s.Fault.Team+s.Fault.Partner != 100):
			t.Errorf("%s: decision, follow-up or fault is missing", s.ID)
		}
		seen[s.ID], seen[s.Narrative], seen[s.Name] = true, true, true
		products[s.Product], channels[s.Channel] = true, true
	}
	if len(casebook.All()) < 30 || len(products) < 14 || len(channels) < 9 {
		t.Errorf("%d stories, %d products, %d channels", len(casebook.All()), len(products), len(channels))
	}
}

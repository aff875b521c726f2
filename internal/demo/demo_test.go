package demo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/demo"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// world is a demo made as of a moment.
type world struct {
	app    *app.App
	store  *storage.Store
	result demo.Result
}

var ctx = context.Background()

func makeDemo(t testing.TB, now time.Time, o demo.Options) world {
	t.Helper()
	so := storagetest.SQLite(t)
	o.Clock = demo.NewClock(func() time.Time { return now })
	so.Now = o.Clock.Now
	w := world{store: storagetest.Open(t, so)}
	var err error
	w.app, err = app.New(ctx, app.Options{Hasher: identity.NewWeakHasher(1), Store: w.store, Blobs: blob.New(t.TempDir(), rand.Reader), Now: o.Clock.Now, Rand: rand.Reader, Institution: demo.Institution()})
	if err != nil {
		t.Fatal(err)
	}
	o.App, o.Seed = w.app, 1
	o.Password = func(login string) (string, error) { return "not a password of " + login[:1], nil }
	if w.result, err = demo.Make(ctx, o); err != nil {
		t.Fatal(err)
	}
	return w
}

func at(y int, m time.Month, d int, hour float64) time.Time {
	return calendar.Of(y, m, d).Time().Add(time.Duration(hour * float64(time.Hour)))
}

// all folds every case.
func (w world) all(t *testing.T) []complaint.Case {
	t.Helper()
	var out []complaint.Case
	err := w.store.View(ctx, func(tx *storage.Tx) error {
		for stream, err := range tx.Streams("complaint/") {
			if err != nil {
				return err
			}
			id, err := strconv.ParseInt(strings.TrimPrefix(stream, "complaint/"), 10, 64)
			if err != nil {
				return err
			}
			c, err := tx.Complaint(complaint.ID(id))
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What a reader must find in a demo made today: every state, channel, approval,
// letter, notice, kind of review and judgement, on rules that refused nothing.
func TestDemoShowsEverything(t *testing.T) {
	now := at(2026, 11, 22, 10.5)
	w := makeDemo(t, now, demo.Options{})
	for _, r := range w.result.Refused {
		t.Errorf("case %d, step %d: %v", r.Case, r.Step, r.Err)
	}
	if n := w.result.Cases; n < 350 {
		t.Errorf("only %d cases", n)
	}
	t.Run("reviews", w.showsReviews)
	t.Run("judgements", w.showsJudgements)
	cases := w.all(t)
	seen := census(cases)
	need(t, seen, "state", complaint.States)
	need(t, seen, "nature", complaint.Natures)
	need(t, seen, "ending", complaint.Endings)
	need(t, seen, "approval", complaint.ApprovalKinds)
	need(t, seen, "waiting", complaint.ApprovalKinds)
	need(t, seen, "approval state", []complaint.ApprovalState{complaint.Asked, complaint.Granted, complaint.SentBack})
	need(t, seen, "letter", complaint.LetterKinds)
	need(t, seen, "mode", complaint.NoticeModes)
	need(t, seen, "exclusion", complaint.ExclusionKinds)
	need(t, seen, "outcome", complaint.Outcomes)
	need(t, seen, "bearer", complaint.Bearers)
	need(t, seen, "representative", complaint.RepresentativeKinds)
	need(t, seen, "reminder", []string{"remind", "supervise"})
	need(t, seen, "other", []string{"joint", "major", "elderly", "offer", "reopened", "reexamined", "restarted", "agreed", "split", "recused", "enforceable", "untold", "attachment"})
	var channels []party.ChannelID
	for _, c := range party.Channels() {
		channels = append(channels, c.ID)
	}
	need(t, seen, "channel", channels)
	w.today(t, cases, calendar.FromTime(now))
	w.shelf(t, cases)
	w.whole(t)
	mix(t, seen["product"])
	t.Logf("%d steps; %v", w.result.Steps, seen["state"])
}

// shelf: precedents of closed cases, approved and waiting, that name nobody.
func (w world) shelf(t *testing.T, cases []complaint.Case) {
	t.Helper()
	office, err := w.app.Actor(ctx, "p1")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := w.app.Precedents(ctx, office, storage.PrecedentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := w.app.Precedents(ctx, office, storage.PrecedentFilter{Work: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(shown.Rows); n < 6 || len(waiting.Rows) != 1 {
		t.Errorf("%d precedents, %d waiting", n, len(waiting.Rows))
	}
	for _, row := range append(shown.Rows, waiting.Rows...) {
		page, err := w.app.Precedent(ctx, office, row.ID)
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprint(page.Precedent.Content)
		for _, c := range cases {
			if c.ID == page.Source && (strings.Contains(all, c.Complainant.Name) || c.Complainant.Phone != "" && strings.Contains(all, c.Complainant.Phone)) {
				t.Errorf("%s %s names its complainant: %s", row.Number, row.Card.Title, all)
			}
		}
	}
}

// mix: what is complained about follows what large banks publish.
func mix(t *testing.T, count map[string]int) {
	t.Helper()
	for product, want := range map[string][2]int{"debit_card": {80, 150}, "credit_card": {70, 130}, "collection": {4, 25}, "payment": {4, 30}, "agency_insurance": {3, 25}} {
		if n := count[product]; n < want[0] || n > want[1] {
			t.Errorf("%d about %s, want %v", n, product, want)
		}
	}
}

// whole checks the ledger, and that the read tables are nothing but its events.
func (w world) whole(t *testing.T) {
	t.Helper()
	r, err := w.store.Verify(ctx, storage.VerifyOptions{})
	if err != nil || !r.OK() {
		t.Errorf("verify: %v %v", err, r.Damages)
	}
	rebuilt, err := w.store.RebuildReadTables(ctx, storage.RebuildOptions{})
	if err != nil || rebuilt.Differing() != nil || rebuilt.Written != 0 {
		t.Errorf("a rebuild writes %d cases anew and makes others of %v: %v", rebuilt.Written, rebuilt.Differing(), err)
	}
}

// The demo may be made on any day and at any hour: after a long holiday, at
// night, at the turn to a year without holiday notice. Its rules refuse nothing
// and nothing of it lies ahead of the clock.
func TestDemoOnAnyDay(t *testing.T) {
	if testing.Short() {
		t.Skip("each makes half a demo")
	}
	for _, now := range []time.Time{at(2026, 10, 8, 0.2), at(2027, 3, 1, 16)} {
		w := makeDemo(t, now, demo.Options{Cases: 300})
		for _, r := range w.result.Refused {
			t.Errorf("%s: case %d, step %d: %v", now.Format(time.DateTime), r.Case, r.Step, r.Err)
		}
		for _, c := range w.all(t) {
			if c.ReceivedOn > calendar.FromTime(now) || c.RegisteredAt.After(now) {
				t.Errorf("%s was received on %s, registered %s", c.Number, c.ReceivedOn, c.RegisteredAt)
			}
		}
	}
}

// The same seed and day tell the same: who complains of what, and who handles it.
func TestDemoIsTheSameAgain(t *testing.T) {
	told := func() string {
		w := makeDemo(t, at(2026, 5, 20, 15), demo.Options{Cases: 60})
		var b strings.Builder
		for _, c := range w.all(t) {
			b.WriteString(c.Number + " " + c.Complainant.Name + " " + string(c.State) + " " + string(c.Owner) + " " + c.Narrative + "\n")
		}
		return b.String()
	}
	if one, two := told(), told(); one != two {
		t.Errorf("told differently:\n%s\n%s", one, two)
	}
}

func census(cases []complaint.Case) map[string]map[string]int {
	seen := map[string]map[string]int{}
	add := func(group, what string, when bool) {
		if seen[group] == nil {
			seen[group] = map[string]int{}
		}
		if when {
			seen[group][what]++
		}
	}
	for _, c := range cases {
		add("state", string(c.State), true)
		add("nature", string(c.Nature), true)
		add("ending", string(c.Ending), true)
		add("product", c.Codes.Product, true)
		for _, a := range c.Approvals {
			add("approval", string(a.Kind), true)
			add("approval state", string(a.State), true)
			add("waiting", string(a.Kind), a.State == complaint.Asked)
		}
		for _, l := range c.Letters {
			add("letter", string(l.What), true)
		}
		for _, n := range c.Notices {
			add("mode", string(n.Mode), true)
		}
		for _, x := range c.Exclusions {
			add("exclusion", string(x.What), true)
		}
		for _, p := range c.Points {
			if p.Finding != nil {
				add("outcome", string(p.Finding.Outcome), true)
			}
		}
		for _, s := range c.Faults.Shares {
			add("bearer", string(s.Bearer), true)
		}
		for _, r := range c.References {
			add("channel", string(r.Channel), true)
		}
		for _, r := range c.Reminders {
			add("reminder", r.Kind, true)
		}
		for _, l := range c.Ladder {
			add("other", "enforceable", l.Enforceable)
		}
		for _, v := range c.Vulnerable {
			add("other", v, true)
		}
		if c.Representative != nil {
			add("representative", string(c.Representative.Kind), true)
		}
		add("other", "joint", c.Joint != nil)
		add("other", "major", c.Major != nil)
		add("other", "offer", c.Offer != nil)
		add("other", "reopened", c.Reopened > 0)
		add("other", "reexamined", len(c.Reexams) > 0)
		add("other", "restarted", !c.RestartOn.IsZero() && c.Reopened == 0)
		add("other", "agreed", !c.AgreedDue.IsZero())
		add("other", "split", c.SplitFrom != 0)
		add("other", "recused", len(c.Recusals) > 0)
		add("other", "attachment", len(c.Files) > 0)
		add("other", "untold", len(c.Untold) > 0)
		add("merged arrivals", "four or more", len(c.LiveReferences()) >= 4)
	}
	return seen
}

func need[T ~string](t *testing.T, seen map[string]map[string]int, group string, want []T) {
	t.Helper()
	for _, v := range want {
		if seen[group][string(v)] == 0 {
			t.Errorf("no %s %s in the demo: %v", group, v, seen[group])
		}
	}
}

// today checks what the worklist of the day lives by: every open case has a next
// date, and some are late, due today, due soon, or came in today and yesterday.
func (w world) today(t *testing.T, cases []complaint.Case, today calendar.Date) {
	t.Helper()
	var late, due, soon, fresh int
	for _, c := range cases {
		if c.ReceivedOn >= today.AddDays(-1) {
			fresh++
		}
		if !c.Open() {
			continue
		}
		next, ok := c.Next(w.app.Rules(c.ReceivedOn), w.app.Calendar())
		switch {
		case !ok:
			t.Errorf("case %s is open and has no next date", c.Number)
		case next.Due < today:
			late++
		case next.Due == today:
			due++
		case next.Due <= today.AddDays(3):
			soon++
		}
	}
	for what, n := range map[string]int{"late": late, "due today": due, "due soon": soon, "fresh": fresh} {
		if n < 3 || n > 60 {
			t.Errorf("%d cases are %s", n, what)
		}
	}
}

package app_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// A receiver that asks to wait is left alone so long, whatever waits or comes for it,
// but no longer than the data say; a shorter wish shortens nothing, and a person who
// tries it is not held up.
func TestHookWaitsAsAsked(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		r := w.receiver()
		id, _ := w.target(r.URL, "", "complaint.registered")
		for _, test := range []struct {
			after string
			code  int
			want  time.Duration // from the first try to the next
		}{
			{"3600", 429, time.Hour}, {"3600", 503, time.Hour}, {w.now.Add(2 * time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), 503, 2 * time.Hour},
			{"1", 429, 5 * time.Second}, {"31536000", 503, 24 * time.Hour}, {"3600", 500, 5 * time.Second}, {"soon", 429, 5 * time.Second},
		} {
			if strings.HasSuffix(test.after, "GMT") {
				test.after = w.now.Add(test.want).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
			}
			r.ask(test.after, test.code)
			w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "李四光", Phone: "13900001234"}})
			w.sendHooks()
			r.ask("", 204)
			held := w.hookState(id).Held
			if wants := test.want > 5*time.Second; wants && !held.Equal(w.now.Add(test.want)) || !wants && held.Sub(*w.now) > test.want {
				w.Errorf("%d after %s: held until %s, want %s", test.code, test.after, held, test.want)
			}
			log, err := w.app.HookLog(ctx, w.who("admin"), id, storage.OutWaiting, "", 10)
			if err != nil || len(log) != 1 || log[0].Code != test.code || !log[0].Due.Equal(w.now.Add(test.want)) || strings.Contains(log[0].Answer, "Retry-After") != (test.code != 500 && test.after != "soon") {
				w.Fatalf("%d after %s: %+v, %v", test.code, test.after, log, err)
			}
			w.register("sh", complaint.Register{}) // while it is held
			*w.now = w.now.Add(test.want - time.Microsecond)
			if n := w.sendHooks(); n > 0 && test.want > 5*time.Second {
				w.Errorf("%d after %s: %d tries too early", test.code, test.after, n)
			}
			*w.now = w.now.Add(time.Microsecond)
			w.sendHooks()
			if s := w.hookState(id); s.Waiting != 0 || !s.Held.IsZero() {
				w.Errorf("%d after %s: %+v", test.code, test.after, s)
			}
			r.taken()
		}
		w.asksToBeLeftAlone(r, id)
		w.alike()
	})
}

// asksToBeLeftAlone: what a person does ends the wait, and so does the end of the target.
func (w world) asksToBeLeftAlone(r *receiver, id int64) {
	w.Helper()
	admin := w.who("admin")
	for name, do := range map[string]func(message string) error{
		"a test":         func(string) error { return w.app.TestHook(ctx, admin, id) },
		"one once more":  func(message string) error { return w.app.HookAgain(ctx, admin, id, message) },
		"all once more":  func(string) error { return w.app.HookAgain(ctx, admin, id, "") },
		"on a new start": func(string) error { return w.again(id) },
	} {
		r.ask("3600", 429)
		w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "赵六", Phone: "13700001234"}})
		w.sendHooks()
		r.ask("", 204)
		log, err := w.app.HookLog(ctx, admin, id, storage.OutWaiting, "", 1)
		w.ok(err)
		if w.hookState(id).Held.IsZero() || w.sendHooks() != 0 {
			w.Errorf("%s: not held", name)
		}
		w.ok(do(log[0].ID))
		if s := w.hookState(id); !s.Held.IsZero() {
			w.Errorf("%s: held until %s", name, s.Held)
		}
		*w.now = w.now.Add(2 * time.Hour)
		w.sendHooks()
		if s := w.hookState(id); s.Waiting != 0 {
			w.Errorf("%s: %d wait", name, s.Waiting)
		}
	}
}

// again turns a target off and on.
func (w world) again(id int64) error {
	w.ok(w.app.StopHook(ctx, w.who("admin"), id, ""))
	return w.app.SetHook(ctx, w.who("admin"), id, w.hookState(id).Config, true, "")
}

// One answer 410 ends it at once, whatever it answers to: reason and line say so, what
// waits is given up, and nothing more is kept.
func TestHookIsGone(t *testing.T) {
	each(t, func(w world) {
		admin := w.admin()
		for _, byTest := range []bool{false, true} {
			r := w.receiver()
			id, _ := w.target(r.URL, "", "complaint.registered")
			r.behave(503)
			w.register("bj", complaint.Register{})
			w.sendHooks()
			r.behave(410)
			if byTest {
				w.ok(w.app.TestHook(ctx, admin, id))
			}
			*w.now = w.now.Add(5 * time.Second)
			w.sendHooks()
			s := w.hookState(id)
			if s.On || !strings.Contains(s.Why, "410") || !s.Failed() || !s.Since.Equal(*w.now) {
				w.Errorf("by a test %v: %+v", byTest, s)
			}
			w.register("sh", complaint.Register{})
			*w.now = w.now.Add(25 * time.Hour)
			w.sendHooks()
			log, err := w.app.HookLog(ctx, admin, id, storage.OutGivenUp, "", 10)
			if err != nil || !slices.ContainsFunc(log, app.HookLine.Gone) || log[0].Name != "数据平台" || w.hookState(id).Waiting != 0 {
				w.Errorf("by a test %v: %+v, %v", byTest, log, err)
			}
			if tries := len(r.taken()); tries > 3 {
				w.Errorf("by a test %v: %d deliveries", byTest, tries)
			}
		}
	})
}

// A case that moves: the unit that it leaves hears that it has left, the one that it
// is offered to that it is offered, as its people see it; nobody else hears anything.
func TestHooksTellOfATransfer(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		told := map[party.UnitID]*receiver{}
		for _, unit := range []party.UnitID{"", "0101", "010101", "0102"} {
			told[unit] = w.receiver()
			w.target(told[unit].URL, unit, everyKind()...)
		}
		id := w.register("bj", complaint.Register{}).ID
		hear := func(what string, want map[party.UnitID]string) {
			w.Helper()
			w.sendHooks()
			for unit, r := range told {
				if got := strings.Join(steps(r.taken()), " "); got != want[unit] {
					w.Errorf("%s: %q hears %q, want %q", what, unit, got, want[unit])
				}
			}
		}
		hear("registered", map[party.UnitID]string{"": "Registered", "0101": "Registered"})
		w.do("bj", id, complaint.Assign{Unit: "0102", Why: "由上海分行办理"})
		hear("offered", map[party.UnitID]string{"": "Offered", "0101": "Offered", "0102": "Offered"})
		w.do("sh", id, complaint.Decline{Why: "不是本行业务"})
		hear("declined", map[party.UnitID]string{"": "Declined", "0101": "Declined", "0102": "Declined"})
		w.do("bj", id, complaint.Assign{Person: "sh"}) // only that person sees it
		hear("offered to one", map[party.UnitID]string{"": "Offered", "0101": "Offered"})
		w.do("sh", id, complaint.Accept{})
		hear("accepted", map[party.UnitID]string{"": "Accepted", "0101": "Accepted", "0102": "Accepted"})
		w.do("office", id, complaint.Remind{How: "remind", Text: "请尽快联系客户"})
		hear("afterwards", map[party.UnitID]string{"": "Reminded", "0102": "Reminded"})
	})
}

// A target that another copy of the program has made, turned on, or off, counts for this
// one from the next append on: nothing is kept in a process.
func TestHooksOfAnotherCopy(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		r := w.receiver()
		other := w
		other.s = storagetest.Open(w, w.o)
		var err error
		other.app, err = app.New(ctx, app.Options{Store: other.s, Blobs: blob.New(w.TempDir(), rand.Reader), Now: w.o.Now, Rand: rand.Reader})
		w.ok(err)
		other.app.SetPost(hookPost)
		tell := func(when string, want int) {
			w.Helper()
			w.register("bj", complaint.Register{})
			w.sendHooks()
			if got := len(r.taken()); got != want {
				w.Errorf("%s: %d deliveries, want %d", when, got, want)
			}
		}
		tell("before", 0)
		id, _ := other.target(r.URL, "0101", "complaint.registered")
		tell("on", 1)
		w.ok(other.app.StopHook(ctx, other.who("admin"), id, ""))
		tell("off", 0)
		w.ok(other.app.SetHook(ctx, other.who("admin"), id, other.hookState(id).Config, true, ""))
		more, _ := other.target(r.URL, "0102", "complaint.registered", "complaint.closed")
		tell("another for elsewhere", 1)
		w.ok(other.app.RemoveHook(ctx, other.who("admin"), id))
		tell("deleted", 0)
		w.ok(other.app.SetHook(ctx, other.who("admin"), more, other.everywhere(more), true, ""))
		tell("for all units", 1)
	})
}

// everywhere is the configuration of a target without its unit.
func (w world) everywhere(id int64) hook.Config {
	c := w.hookState(id).Config
	c.Unit = ""
	return c
}

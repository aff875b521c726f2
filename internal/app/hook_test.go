package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/change"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	chain "xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// receiver is a server that takes webhooks, in the moods of a script: one answer a
// delivery, the last for all that follow.
type receiver struct {
	URL    string
	mu     sync.Mutex
	script []int
	after  string // header Retry-After of every answer but 2xx
	took   []delivery
}

type delivery struct {
	id, signature string
	at            time.Time
	body          []byte
	msg           hook.Message
}

// hookPost lets webhooks go to this machine.
var hookPost = app.PostConfig{Base: "https://xb.example", Hooks: post.HookPolicy{Hosts: []string{"*"}, Plain: []string{"127.0.0.1"}, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 5 * time.Second}}

func (w world) receiver(script ...int) *receiver {
	w.Helper()
	r := &receiver{script: append(script, 204)}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		unix, _ := strconv.ParseInt(q.Header.Get("webhook-timestamp"), 10, 64)
		d := delivery{id: q.Header.Get("webhook-id"), signature: q.Header.Get("webhook-signature"), at: time.Unix(unix, 0), body: body}
		if err := json.Unmarshal(body, &d.msg); err != nil {
			w.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		code := r.script[0]
		r.script = r.script[min(1, len(r.script)-1):]
		r.took = append(r.took, d)
		if r.after != "" && code > 299 {
			rw.Header().Set("Retry-After", r.after)
		}
		rw.WriteHeader(code)
	}))
	w.Cleanup(s.Close)
	r.URL = s.URL
	w.app.SetPost(hookPost)
	return r
}

// behave gives another script.
func (r *receiver) behave(script ...int) { r.ask("", script...) }

// ask is behave with a header Retry-After.
func (r *receiver) ask(after string, script ...int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script, r.after = script, after
}

// steps returns what the deliveries tell of, in any order.
func steps(all []delivery) (out []string) {
	for _, d := range all {
		out = append(out, strings.TrimPrefix(d.msg.Data.Step, "complaint."))
	}
	slices.Sort(out)
	return out
}

// taken returns what has come since it was last asked.
func (r *receiver) taken() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.took
	r.took = nil
	return out
}

func everyKind() (out []string) {
	for _, k := range hook.Kinds() {
		out = append(out, k.ID)
	}
	return out
}

// target makes one that is on, as the only administrator.
func (w world) target(address string, unit party.UnitID, kinds ...string) (int64, post.Secret) {
	w.Helper()
	c := hook.Config{Name: "数据平台", Address: address, Kinds: kinds, Unit: unit}
	t, secret, err := w.app.AddHook(ctx, w.who("admin"), c)
	w.ok(err)
	w.ok(w.app.SetHook(ctx, w.who("admin"), t.ID, t.Config, true, ""))
	return t.ID, post.Secret(secret)
}

func (w world) sendHooks() int64 {
	w.Helper()
	n, err := w.app.SendHooks(ctx)
	w.ok(err)
	return n
}

func (w world) hookState(id int64) app.HookStatus { w.Helper(); return w.hookSeenBy("admin", id) }

// hookSeenBy is the target as somebody sees it, who never sees a secret.
func (w world) hookSeenBy(who party.PersonID, id int64) app.HookStatus {
	w.Helper()
	s, err := w.app.Hook(ctx, w.who(who), id)
	w.ok(err)
	if s.Secret+s.Old != "" {
		w.Error("a secret is shown")
	}
	return s
}

// What happens is told to whom it concerns, signed, once, and only when it is stored.
func TestHooksTell(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		r := w.receiver()
		_, secret := w.target(r.URL+"/all", "", everyKind()...)
		w.target(r.URL+"/sh", "0102", everyKind()...)
		a := w.register("cy", complaint.Register{})
		if _, err := w.app.Do(ctx, w.who("cy"), a.ID, 0, complaint.Remind{How: "supervise"}); err == nil {
			w.Error("an order without words was taken")
		}
		w.sendHooks()
		got := r.taken()
		if len(got) != 1 {
			w.Fatalf("%d deliveries: %+v", len(got), got)
		}
		d := got[0]
		want := hook.Message{Type: "complaint.registered", Timestamp: w.now.UTC(), Data: hook.Data{Object: "complaint", ID: a.ID.String(), Number: a.Number, Step: "complaint.Registered", URL: "https://xb.example/complaints/" + a.ID.String()}}
		if d.msg != want || !strings.HasPrefix(d.id, "msg_") {
			w.Errorf("got %+v, want %+v", d, want)
		}
		if s, err := post.Sign([]post.Secret{secret}, d.id, d.at, d.body); err != nil || s != d.signature || !d.at.Equal(*w.now) {
			w.Errorf("signature %s, want %s, %v", d.signature, s, err)
		}
		w.register("sh", complaint.Register{})
		if w.sendHooks() != 2 || len(r.taken()) != 2 || w.sendHooks() != 0 {
			w.Error("a case of Shanghai is for both")
		}
		w.settle(w.register("bj", complaint.Register{}).ID)
		w.sendHooks()
		seen := map[string]bool{}
		for _, d := range r.taken() {
			if seen[d.id] {
				w.Errorf("%s came twice", d.id)
			}
			seen[d.id], seen[d.msg.Data.Step] = true, true
		}
		for _, step := range []string{"complaint.Registered", "complaint.Accepted", "complaint.Requested", "complaint.Approved"} {
			if !seen[step] {
				w.Errorf("%s was not told", step)
			}
		}
		w.alike()
	})
}

// personal fills every text of an event with what must never leave.
func personal(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		personal(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				personal(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			personal(v.Index(0))
		}
	case reflect.String:
		v.SetString("张三丰 13800001234 110105194912310021 年费没有告知")
	}
}

// Whatever is told, of whatever kind, holds nothing of the people and no words of theirs.
func TestHooksTellNothingPersonal(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		w.reviewers()
		r := w.receiver()
		id := w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "张三丰", Phone: "13800001234", IDNumber: "11010519491231002X"}, Narrative: "年费没有告知，要求退还三百元并给个说法。"}).ID
		rev := w.draft("sub", "稳健增利，保本保息")
		w.review("sub", rev.ID, review.HandIn{})
		w.target(r.URL, "", everyKind()...)
		told, version := map[string]bool{}, int64(1000)
		tell := func(kind string, fn func() error) {
			if w.ok(fn()); w.sendHooks() != 1 {
				w.Errorf("%s was not told", kind)
			}
			for _, d := range r.taken() {
				told[d.msg.Type] = true
				for _, secret := range []string{"张三丰", "张", "1380000", "1101051949", "年费", "三百", "保本", "稳享", "李雯"} {
					if strings.Contains(string(d.body), secret) {
						w.Errorf("%s tells %s: %s", kind, secret, d.body)
					}
				}
				var fields struct{ Data map[string]any }
				w.ok(json.Unmarshal(d.body, &fields))
				for name := range fields.Data {
					if !slices.Contains([]string{"object", "id", "number", "step", "url"}, name) {
						w.Errorf("%s tells %s", kind, name)
					}
				}
			}
		}
		for _, k := range hook.Kinds() {
			for _, e := range k.Events {
				version++
				bare := chain.Event{Kind: e, Body: []byte("{}")}
				if x, err := complaint.Decode(bare, nil); err == nil {
					personal(reflect.ValueOf(x))
					tell(e, func() error { return w.app.TellOf(ctx, id, version, x) })
					continue
				}
				x, err := review.Decode(bare, nil)
				w.ok(err)
				personal(reflect.ValueOf(x))
				tell(e, func() error { return w.app.TellOfReview(ctx, rev.ID, version, x) })
			}
			if !told[k.ID] {
				w.Errorf("%s was never told", k.ID)
			}
		}
	})
}

// A receiver that is down is asked once a wait, however much waits for it; when it
// is back it gets everything. One that never comes back is turned off, with a reason.
func TestHooksAreTriedAgain(t *testing.T) {
	each(t, func(w world) {
		admin := w.admin()
		r := w.receiver()
		id, _ := w.target(r.URL, "", "complaint.registered")
		r.behave(503)
		w.register("bj", complaint.Register{})
		w.sendHooks()
		for range 6 {
			w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "李四光", Phone: "13900001234"}})
		}
		r.taken()
		for i, wait := range []time.Duration{5 * time.Second, 5 * time.Minute} {
			*w.now = w.now.Add(wait)
			if n := w.sendHooks(); n > 4 || n == 0 { // as many as are tried side by side
				w.Errorf("%d: %d tries at a receiver that is down", i, n)
			}
		}
		first := r.taken()
		r.behave(200)
		*w.now = w.now.Add(30 * time.Minute)
		w.sendHooks()
		ids := map[string]bool{}
		for _, d := range r.taken() {
			ids[d.id] = true
		}
		if len(ids) != 7 || !ids[first[0].id] || w.hookState(id).Waiting != 0 || !w.hookState(id).On {
			w.Errorf("%d of 7 came: %+v", len(ids), w.hookState(id))
		}
		r.behave(500)
		w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "赵六", Phone: "13700001234"}})
		tries := int64(0)
		for range 200 {
			tries += w.sendHooks()
			*w.now = w.now.Add(time.Hour)
		}
		s := w.hookState(id)
		if tries != 10 || s.On || !strings.Contains(s.Why, "没有送达") || s.GivenUp != 1 {
			w.Errorf("%d tries, %+v", tries, s)
		}
		w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "孙七", Phone: "13600001234"}})
		if w.hookState(id).Waiting != 0 {
			w.Error("something is kept for a target that is off")
		}
		w.denied("again while it is off", w.app.HookAgain(ctx, admin, id, ""), fault.Conflict)
		w.ok(w.app.SetHook(ctx, admin, id, s.Config, true, ""))
		w.ok(w.app.HookAgain(ctx, admin, id, ""))
		r.behave(200)
		r.taken()
		if w.sendHooks() != 1 || len(r.taken()) != 1 || w.hookState(id).GivenUp != 0 {
			w.Errorf("sent again: %+v", w.hookState(id))
		}
		w.alike()
	})
}

// One message that a receiver refuses does not stop the others.
func TestHookRefusesOne(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		r := w.receiver()
		id, _ := w.target(r.URL, "", "complaint.registered")
		r.behave(400)
		w.register("bj", complaint.Register{})
		w.sendHooks()
		r.behave(200)
		w.register("sh", complaint.Register{})
		*w.now = w.now.Add(time.Second)
		w.sendHooks()
		r.behave(400)
		for range 200 {
			*w.now = w.now.Add(time.Hour)
			w.sendHooks()
			r.behave(200)
			if w.hookState(id).Waiting > 0 {
				r.behave(400)
			}
		}
		if s := w.hookState(id); !s.On || s.GivenUp+s.Waiting > 1 {
			w.Errorf("%+v", s)
		}
	})
}

// Killed between sending and noting: the message comes again, with the same id.
func TestHookSurvivesACrash(t *testing.T) {
	each(t, func(w world) {
		w.admin()
		r := w.receiver()
		w.target(r.URL, "", "complaint.registered")
		w.register("bj", complaint.Register{})
		var claimed []storage.Outgoing
		w.ok(w.s.Write(ctx, func(wr *storage.Writer) (err error) { // a copy that claims, sends and dies
			claimed, err = wr.ClaimOutgoing(storage.ByHook, 4, 5*time.Minute)
			return err
		}))
		if len(claimed) != 1 || w.sendHooks() != 0 {
			w.Fatal("somebody else's message was sent")
		}
		*w.now = w.now.Add(5 * time.Minute)
		w.sendHooks()
		if got := r.taken(); len(got) != 1 || got[0].id != claimed[0].ID || string(got[0].body) != string(claimed[0].Doc) {
			w.Errorf("%+v, want %s", got, claimed[0].ID)
		}
	})
}

// Where things go, and what, needs a second administrator; turning off, another
// secret and the end do not.
func TestHookUnderFourEyes(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b")
		a, b := w.who("a"), w.who("b")
		r := w.receiver()
		x, secret, err := w.app.AddHook(ctx, a, hook.Config{Name: "数据平台", Address: r.URL + "/in?token=t1", Kinds: []string{"complaint.registered"}})
		w.ok(err)
		if x.On || x.Secret != "" || !strings.HasPrefix(secret, "whsec_") {
			w.Errorf("new %+v", x)
		}
		c := x.Config
		c.Kinds = []string{"complaint.registered", "complaint.closed"}
		w.ok(w.app.SetHook(ctx, a, x.ID, c, false, "")) // nothing goes there yet
		w.denied("no reason", w.app.SetHook(ctx, a, x.ID, c, true, ""), fault.Invalid)
		n := w.waits(w.app.SetHook(ctx, a, x.ID, c, true, "报表取数"))
		p, err := w.app.ConfigChange(ctx, b, n)
		w.ok(err)
		if p.About != change.Hook || !p.Confirm || len(p.Lines) < 3 || strings.Contains(lineText(p.Lines), "t1") {
			w.Errorf("what is confirmed: %+v", p)
		}
		w.register("bj", complaint.Register{})
		if w.sendHooks() != 0 {
			w.Error("it was told before the second yes")
		}
		w.denied("alone", w.app.ConfirmChange(ctx, a, n), fault.Forbidden)
		w.ok(w.app.ConfirmChange(ctx, b, n))
		w.register("sh", complaint.Register{})
		if w.sendHooks() != 1 {
			w.Error("it is not told after the second yes")
		}
		other := c
		other.Address = r.URL + "/in?token=t2"
		n = w.waits(w.app.SetHook(ctx, a, x.ID, other, true, "换令牌"))
		w.ok(w.app.StopHook(ctx, b, x.ID, "对方维护"))
		w.denied("it has moved", w.app.ConfirmChange(ctx, b, n), fault.Conflict)
		w.ok(w.app.WithdrawChange(ctx, a, n, ""))
		if s := w.hookSeenBy("b", x.ID); s.On || s.Why != "对方维护" || s.Address != c.Address {
			w.Errorf("off %+v", s)
		}
		w.ok(w.app.SetHook(ctx, a, x.ID, c, true, "")) // as it was confirmed before
		fresh, until, err := w.app.RotateHook(ctx, b, x.ID)
		w.ok(err)
		r.taken()
		w.ok(w.app.TestHook(ctx, a, x.ID))
		w.sendHooks()
		*w.now = until
		w.ok(w.app.TestHook(ctx, a, x.ID))
		w.sendHooks()
		got := r.taken()
		if len(got) != 2 || got[0].msg.Type != hook.Test {
			w.Fatalf("%+v", got)
		}
		for i, secrets := range [][]post.Secret{{post.Secret(fresh), post.Secret(secret)}, {post.Secret(fresh)}} {
			if want, _ := post.Sign(secrets, got[i].id, got[i].at, got[i].body); got[i].signature != want {
				w.Errorf("%d: signature %s, want %s", i, got[i].signature, want)
			}
		}
		w.ok(w.app.RemoveHook(ctx, a, x.ID))
		if _, err := w.app.Hook(ctx, a, x.ID); !fault.Is(err, fault.NotFound) {
			w.Errorf("it is still there: %v", err)
		}
		w.alike()
	})
}

func lineText(lines []change.Line) (out string) {
	for _, l := range lines {
		out += l.Old + l.New
	}
	return out
}

// Only who manages settings makes targets; who reads them sees no token in the address.
func TestHookRights(t *testing.T) {
	each(t, func(w world) {
		admin := w.admin()
		w.denied("not switched on", func() error { _, _, err := w.app.AddHook(ctx, admin, hook.Config{}); return err }(), fault.Conflict)
		r := w.receiver()
		good := hook.Config{Name: "n", Address: r.URL + "/?token=geheim", Kinds: []string{"complaint.closed"}}
		for _, id := range []party.PersonID{"office", "bj", "exec"} {
			_, _, err := w.app.AddHook(ctx, w.who(id), good)
			w.denied(string(id), err, fault.Forbidden)
		}
		id, _ := w.target(good.Address, "", good.Kinds...)
		if s := w.hookSeenBy("office", id); strings.Contains(s.Address, "geheim") {
			w.Errorf("the office reads %s", s.Address)
		}
		office := w.who("office")
		for what, err := range map[string]error{"stop": w.app.StopHook(ctx, office, id, ""), "test": w.app.TestHook(ctx, office, id), "remove": w.app.RemoveHook(ctx, office, id), "again": w.app.HookAgain(ctx, office, id, ""),
			"set": w.app.SetHook(ctx, office, id, good, false, "")} {
			w.denied(what, err, fault.Forbidden)
		}
		_, err := w.app.Hooks(ctx, w.who("bj"))
		w.denied("a handler", err, fault.Forbidden)
		for _, bad := range []string{"ftp://x.example", "https://10.0.0.1/", "https://127.0.0.2:1/#x", "http://hooks.bank.example/"} {
			c := good
			c.Address = bad
			_, _, err := w.app.AddHook(ctx, admin, c)
			w.denied(bad, err, fault.Invalid)
		}
		for range 60 {
			if _, _, err = w.app.AddHook(ctx, admin, good); err != nil {
				break
			}
		}
		w.denied("too many", err, fault.Conflict)
	})
}

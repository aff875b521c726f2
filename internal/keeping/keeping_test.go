package keeping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/ledger"
)

var noon = calendar.Of(2026, 5, 4).Time().Add(12 * time.Hour)

const day = 24 * time.Hour

// through sends an event through the ledger's bytes and back into an empty one.
func through[E interface{ Kind() string }](t testing.TB, e E, kinds map[string]func() E) E {
	t.Helper()
	public, private, err := ledger.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	make, ok := kinds[e.Kind()]
	if !ok {
		t.Fatalf("%s is no kind", e.Kind())
	}
	back := make()
	if err := ledger.Decode(public, private, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func exported(t testing.TB, held bool) keeping.Export {
	e := &keeping.Exported{N: 3, What: "overview", Rows: 5000, Held: held, Until: noon.Add(7 * day), Name: "总览.xlsx"}
	return keeping.Export{}.Apply(through[keeping.ExportEvent](t, e, keeping.ExportKinds), noon, "person/a")
}

// A large export goes from the reason over the second person to the download.
func TestExportNeedsASecondPerson(t *testing.T) {
	x := exported(t, true)
	if x.State != keeping.Drafted {
		t.Fatalf("state %s", x.State)
	}
	step := func(e keeping.ExportEvent, err error, by string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		x = x.Apply(through(t, e, keeping.ExportKinds), noon, by)
	}
	refuse := func(name string, err error, want fault.Kind) {
		t.Helper()
		if !fault.Is(err, want) {
			t.Errorf("%s: %v, want kind %v", name, err, want)
		}
	}
	_, err := x.Take("person/a", noon)
	refuse("taken before the approval", err, fault.Conflict)
	_, err = x.Ask("person/b", "用途", noon, day)
	refuse("asked by another", err, fault.Forbidden)
	_, err = x.Ask("person/a", "  ", noon, day)
	refuse("asked without a reason", err, fault.Invalid)
	_, err = x.Decide("person/b", true, "", noon, day)
	refuse("decided before it was asked", err, fault.Conflict)
	ask, err := x.Ask("person/a", "季度报送", noon, day)
	step(ask, err, "person/a")
	_, err = x.Decide("person/a", true, "", noon, day)
	refuse("decided by oneself", err, fault.Forbidden)
	_, err = x.Decide("person/b", false, "", noon, day)
	refuse("refused without a reason", err, fault.Invalid)
	_, err = x.Decide("person/b", true, "", noon.Add(2*day), day)
	refuse("decided too late", err, fault.Conflict)
	decide, err := x.Decide("person/b", true, "", noon, day)
	step(decide, err, "person/b")
	_, err = x.Take("person/b", noon)
	refuse("taken by another", err, fault.Forbidden)
	_, err = x.Take("person/a", noon.Add(2*day))
	refuse("taken too late", err, fault.Conflict)
	take, err := x.Take("person/a", noon)
	step(take, err, "person/a")
	if x.State != keeping.Taken || x.DecidedBy != "person/b" || x.Reason != "季度报送" || !x.TakenAt.Equal(noon) {
		t.Errorf("%+v", x)
	}
	if x = x.Apply(through[keeping.ExportEvent](t, &keeping.ExportExpired{}, keeping.ExportKinds), noon, "system"); !x.Over(noon) {
		t.Error("an expired export is not over")
	}
	if x := exported(t, false); x.State != keeping.Taken || x.Over(noon.Add(900*day)) {
		t.Errorf("a small export: %+v", x)
	}
}

// Whatever is tried in whatever order, a large export never leaves without another
// person's approval.
func TestExportNeverLeavesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := keeping.Export{}.Apply(&keeping.Exported{N: 1, Held: true, Until: noon.Add(day)}, noon, "a")
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			who := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")
			at := noon.Add(time.Duration(rapid.IntRange(0, 72).Draw(t, "hours")) * time.Hour)
			var e keeping.ExportEvent
			var err error
			switch rapid.IntRange(0, 2).Draw(t, "do") {
			case 0:
				e, err = x.Ask(who, "用途", at, day)
			case 1:
				e, err = x.Decide(who, rapid.Bool().Draw(t, "ok"), "理由", at, day)
			default:
				e, err = x.Take(who, at)
			}
			if err == nil {
				x = x.Apply(e, at, who)
			}
		}
		if x.State == keeping.Taken && (x.DecidedBy == "" || x.DecidedBy == x.By) {
			t.Fatalf("left with the approval of %q, asked by %q", x.DecidedBy, x.By)
		}
	})
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		ground keeping.Ground
		cases  []int64
		reason string
		want   string // "" for accepted
	}{
		{keeping.GroundPeriod, []int64{1, 2}, "", ""},
		{keeping.GroundPeriod, nil, "", "没有可以删除"},
		{keeping.GroundConsent, []int64{1}, "本人来函", ""},
		{keeping.GroundConsent, []int64{1}, "", "请写明请求人和理由"},
		{keeping.GroundConsent, []int64{1}, strings.Repeat("长", 501), "超过 500 字"},
		{"whim", []int64{1}, "x", "请选择删除的依据"},
	} {
		_, err := keeping.Open(1, test.ground, 0, test.cases, test.reason, "")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(fmt.Sprintf("%+v", fields(err)), test.want) {
			t.Errorf("%s %v %q: %v", test.ground, test.cases, test.reason, err)
		}
	}
	r := keeping.Run{}
	apply := func(e keeping.RunEvent, by string) { r = r.Apply(through(t, e, keeping.RunKinds), noon, by) }
	apply(must[*keeping.RunOpened](t)(keeping.Open(4, keeping.GroundPeriod, calendar.FromTime(noon), []int64{11, 12, 13}, "", "")), "person/a")
	if _, err := r.Decide("person/a", true, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("decided by the proposer: %v", err)
	}
	if _, err := r.Decide("person/b", false, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("sent back without a reason: %v", err)
	}
	if len(r.Left()) != 0 {
		t.Error("something is to be done before the approval")
	}
	apply(must[*keeping.RunDecided](t)(r.Decide("person/b", true, "")), "person/b")
	apply(&keeping.CaseErased{Case: 12, Number: "TS12", Sealed: 9, Files: 2}, "system")
	apply(&keeping.CaseSkipped{Case: 11, Number: "TS11", Why: "保全"}, "system")
	if left := r.Left(); !slices.Equal(left, []int64{13}) {
		t.Errorf("left %v", left)
	}
	sum := r.Digest()
	apply(&keeping.RunEnded{Sum: sum}, "system")
	if r.State != keeping.RunDone || r.Sum != r.Digest() || len(r.Lines()) != 3 {
		t.Errorf("%+v", r)
	}
	r.Erased[0].Sealed++
	if r.Digest() == sum {
		t.Error("the digest does not cover the lines")
	}
}

func fields(err error) []string {
	var out []string
	if e, ok := err.(*fault.Error); ok {
		for _, v := range e.Violations {
			out = append(out, v.Text)
		}
		out = append(out, e.Text)
	}
	return out
}

func TestHold(t *testing.T) {
	today := calendar.FromTime(noon)
	if _, err := keeping.Place(1, 2, "TS2", today.AddDays(-1), today, "诉讼"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a hold that is over: %v", err)
	}
	if _, err := keeping.Place(1, 2, "TS2", 0, today, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a hold without a reason: %v", err)
	}
	place := func(until calendar.Date) keeping.Hold {
		e := must[*keeping.HoldPlaced](t)(keeping.Place(1, 2, "TS2", until, today, "诉讼"))
		return keeping.Hold{}.Apply(through[keeping.HoldEvent](t, e, keeping.HoldKinds), noon, "person/a")
	}
	for _, test := range []struct {
		h    keeping.Hold
		on   calendar.Date
		want bool
	}{{place(0), today.AddDays(9000), true}, {place(today), today, true}, {place(today), today.AddDays(1), false}} {
		if got := test.h.Holds(test.on); got != test.want {
			t.Errorf("until %s on %s: %v", test.h.Until, test.on, got)
		}
	}
	h := place(0)
	if _, err := h.Lift(""); !fault.Is(err, fault.Invalid) {
		t.Errorf("lifted without a reason: %v", err)
	}
	h = h.Apply(through[keeping.HoldEvent](t, must[*keeping.HoldLifted](t)(h.Lift("撤诉")), keeping.HoldKinds), noon, "person/b")
	if h.Holds(today) || h.LiftedBy != "person/b" || h.Why != "撤诉" {
		t.Errorf("%+v", h)
	}
	if _, err := h.Lift("再次"); !fault.Is(err, fault.Conflict) {
		t.Errorf("lifted twice: %v", err)
	}
}

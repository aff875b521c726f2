package hook_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// Every kind is told in both languages and stands for events that there are; no
// event is told twice.
func TestKinds(t *testing.T) {
	all := slices.Concat(complaint.Kinds(), review.Kinds())
	seen := map[string]bool{}
	for _, k := range hook.Kinds() {
		if k.ID == "" || k.Name == "" || k.NameEn == "" || len(k.Events) == 0 || seen[k.ID] || k.ID == hook.Test {
			t.Errorf("kind %+v", k)
		}
		seen[k.ID] = true
		for _, e := range k.Events {
			object, _, _ := strings.Cut(e, ".")
			if !slices.Contains(all, e) || !strings.HasPrefix(k.ID, object+".") || hook.KindOf(e) != k.ID || seen[e] {
				t.Errorf("%s: event %s", k.ID, e)
			}
			seen[e] = true
		}
	}
	for _, e := range all { // what only some may know
		if low := strings.ToLower(e); hook.KindOf(e) != "" && (strings.Contains(low, "agent") || strings.Contains(low, "recus") || strings.Contains(low, "noted")) {
			t.Errorf("%s is told", e)
		}
	}
}

func tree(t *testing.T) *party.Tree {
	t.Helper()
	out, err := party.NewTree([]party.Unit{{ID: "01", Name: "总行", Level: party.HeadOffice}, {ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch}, {ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestConfigCheck(t *testing.T) {
	good := hook.Config{Name: " 数据平台 ", Address: " https://hooks.bank.example/x ", Kinds: []string{"complaint.closed", "complaint.assigned", "complaint.closed"}, Unit: "0101"}
	got, err := good.Check(tree(t))
	if err != nil || got.Name != "数据平台" || got.Address != "https://hooks.bank.example/x" || len(got.Kinds) != 2 || got.Kinds[0] != "complaint.assigned" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, change := range map[string]func(*hook.Config){
		"no name": func(c *hook.Config) { c.Name = " " }, "long name": func(c *hook.Config) { c.Name = strings.Repeat("长", 81) }, "no address": func(c *hook.Config) { c.Address = "" },
		"no kinds": func(c *hook.Config) { c.Kinds = nil }, "unknown kind": func(c *hook.Config) { c.Kinds = []string{hook.Test} }, "unknown unit": func(c *hook.Config) { c.Unit = "09" },
	} {
		c := good
		change(&c)
		if _, err := c.Check(tree(t)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind, want := range map[string]bool{"complaint.closed": true, "complaint.major": false, "": false} {
		if good.Tells(kind) != want {
			t.Errorf("%q: told %v", kind, !want)
		}
	}
	if got := (hook.Config{Address: "https://x.example/p?token=s"}).Shown(); got != "https://x.example/p?…" {
		t.Errorf("shown %s", got)
	}
}

// A target through its life: off at first, on, another address asks for a yes
// again, two secrets for a time, gone.
func TestTarget(t *testing.T) {
	at := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	var x hook.Target
	apply := func(e hook.Event) { x = x.Apply(e, at, "person/a") }
	apply(&hook.Created{ID: 7, Config: hook.Config{Name: "n"}, Secret: "s1"})
	if x.On || x.Agreed || x.ID != 7 || x.By != "person/a" || hook.Parse(hook.Stream(x.ID)) != 7 {
		t.Errorf("created %+v", x)
	}
	apply(&hook.Switched{On: true})
	apply(&hook.Switched{Why: "坏了"})
	if x.On || !x.Agreed || x.Why != "坏了" || x.Failed() || x.OffBy != "person/a" || x.Since != at {
		t.Errorf("off %+v", x)
	}
	apply(&hook.Changed{Config: hook.Config{Name: "m"}})
	if x.Agreed || x.Name != "m" {
		t.Errorf("changed while off %+v", x)
	}
	apply(&hook.Switched{On: true})
	if apply(&hook.Changed{Config: hook.Config{Name: "o"}}); !x.Agreed || !x.On {
		t.Errorf("changed while on %+v", x)
	}
	apply(&hook.Rotated{Secret: "s2", Until: at.Add(time.Hour)})
	for after, want := range map[time.Duration]string{0: "s2 s1", time.Hour - 1: "s2 s1", time.Hour: "s2"} {
		if got := strings.Join(x.Secrets(at.Add(after)), " "); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
	if x = x.Apply(&hook.Switched{}, at, party.System.ID); !x.Failed() {
		t.Error("the program turned it off")
	}
	if apply(&hook.Deleted{}); x.On || !x.IsDeleted || x.Version != 9 {
		t.Errorf("deleted %+v", x)
	}
	for _, bad := range []string{"", "hook/", "hook/x", "hook/-1", "person/a"} {
		if hook.Parse(bad) != 0 {
			t.Errorf("%q is a target", bad)
		}
	}
}

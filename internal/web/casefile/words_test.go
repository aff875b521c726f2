package casefile

import (
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/ledger"
	"xiaobao/internal/web"
)

func talks(t testing.TB) []talk {
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return []talk{{web.Chinese, site.Texts()}, {web.English, site.Texts()}}
}

// Every kind of event has a sentence of its own and an icon, in both languages.
func TestEveryEventHasASentence(t *testing.T) {
	same := func(id string) string { return id }
	for _, k := range talks(t) {
		for _, kind := range complaint.Kinds() {
			e, err := complaint.Decode(ledger.Event{Kind: kind, Body: []byte("{}")}, nil)
			if err != nil {
				t.Fatal(kind, err)
			}
			if r, ok := e.(*complaint.Reminded); ok {
				r.How = "remind"
			}
			got := k.tell(e, complaint.Case{}, same, same)
			if got.key == "case.e.other" || !k.has(got.key) || got.icon == "" || !k.has("case.show."+got.of) {
				t.Errorf("%s %s is told as %+v", k.lang, kind, got)
			}
		}
	}
}

// Every check, reminder, approver and reason that the domain names has words.
func TestWordsOfTheDomain(t *testing.T) {
	var keys []string
	for _, c := range []complaint.Case{{Nature: complaint.Complaint}, {Nature: complaint.Report}, {Ending: complaint.ByRefusal}} {
		for _, check := range c.Checks() {
			keys = append(keys, "case.check."+check.ID)
		}
	}
	for _, s := range specs {
		keys = append(keys, "case.group."+s.group)
		if s.number != nil {
			keys = append(keys, "case.none."+s.name)
		}
	}
	for _, how := range complaint.ReminderKinds {
		keys = append(keys, "case.e."+how)
	}
	for _, r := range web.Reasons {
		keys = append(keys, r.Label)
	}
	for _, k := range talks(t) {
		for _, key := range keys {
			if !k.has(key) {
				t.Errorf("%s has no %s", k.lang, key)
			}
		}
	}
}

// Every verb of the domain has a form, and no form is for a verb that is gone.
func TestSpecsAreTheVerbs(t *testing.T) {
	for _, v := range complaint.Verbs() {
		if _, ok := specOf(v.Name); !ok {
			t.Errorf("%s has no form", v.Name)
		}
	}
	for _, s := range specs {
		if s.need() == "" || s.command() == nil && s.need0 == "" {
			t.Errorf("%s is no verb and names no permission", s.name)
		}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{"": "", "一二三": "一二三", "一二三四五": "一二三四…", " 一\n二 ": "一 二"} {
		if got := clip(in, 4); got != want {
			t.Errorf("clip(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KB", 3 << 19: "1.5 MB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

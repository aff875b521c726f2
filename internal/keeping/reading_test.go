package keeping_test

import (
	"fmt"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
)

// reads makes n readings, minutes apart.
func reads(n int, from time.Time, minutes int, of keeping.Reading) (out []keeping.Reading) {
	for i := range n {
		of.ID, of.At, of.Case = int64(i+1), from.Add(time.Duration(i*minutes)*time.Minute), int64(100+i)
		out = append(out, of)
	}
	return out
}

// Each rule finds what it is for, at its threshold and not below.
func TestUnusual(t *testing.T) {
	monday := calendar.Of(2026, 5, 4).Time()
	reveal := keeping.Reading{Who: "person/a", Kind: "access.Revealed"}
	with := func(r keeping.Reading, change func(*keeping.Reading)) keeping.Reading { change(&r); return r }
	foreign := with(reveal, func(r *keeping.Reading) { r.Foreign = true })
	wang := with(reveal, func(r *keeping.Reading) { r.Surname = "王" })
	search := keeping.Reading{Who: "person/a", Kind: "access.Searched", Query: "13800001234"}
	open := keeping.Reading{Who: "person/a", Kind: "access.Opened"}
	for _, test := range []struct {
		name     string
		readings []keeping.Reading
		usual    float64
		want     string // rule and count
	}{
		{"ten reveals in an hour", reads(10, monday.Add(9*time.Hour), 5, reveal), 2, "many_reveals 10"},
		{"nine", reads(9, monday.Add(9*time.Hour), 5, reveal), 2, ""},
		{"ten over two hours", reads(10, monday.Add(9*time.Hour), 11, reveal), 2, ""},
		{"ten are usual for a call centre", reads(10, monday.Add(9*time.Hour), 5, reveal), 4, ""},
		{"the first day of a person", reads(10, monday.Add(9*time.Hour), 5, reveal), 0, "many_reveals 10"},
		{"a hundred cases opened", reads(100, monday.Add(8*time.Hour), 6, open), 20, "many_readings 100"},
		{"ninety-nine", reads(99, monday.Add(8*time.Hour), 6, open), 20, ""},
		{"three at night, over midnight", reads(3, monday.Add(23*time.Hour+30*time.Minute), 20, reveal), 0, "night 3"},
		{"two at night", reads(2, monday.Add(23*time.Hour), 20, reveal), 0, ""},
		{"three early in the morning", reads(3, monday.Add(6*time.Hour), 20, reveal), 0, ""},
		{"five foreign cases", reads(5, monday.Add(9*time.Hour), 60, foreign), 0, "foreign 5"},
		{"one foreign case five times", sameCase(reads(5, monday.Add(9*time.Hour), 60, foreign)), 0, ""},
		{"five named Wang", reads(5, monday.Add(9*time.Hour), 60, wang), 0, "surname 5"},
		{"eight equal searches", reads(8, monday.Add(9*time.Hour), 60, search), 0, "same_search 8"},
		{"seven", reads(7, monday.Add(9*time.Hour), 60, search), 0, ""},
	} {
		usual := func(who, counts, window string, before time.Time) (float64, error) { return test.usual, nil }
		flags, err := keeping.Unusual(keeping.ReadingRules(), test.readings, usual)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range flags {
			got += fmt.Sprintf("%s %d", f.Rule, f.Count)
			if len(f.Rows) != len(test.readings) || f.Who != "person/a" {
				t.Errorf("%s: rows %v of %s", test.name, f.Rows, f.Who)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func sameCase(in []keeping.Reading) []keeping.Reading {
	for i := range in {
		in[i].Case = 7
	}
	return in
}

// Two people together are not one.
func TestUnusualCountsEachPerson(t *testing.T) {
	at := calendar.Of(2026, 5, 4).Time().Add(9 * time.Hour)
	a, b := reads(6, at, 5, keeping.Reading{Who: "person/a", Kind: "access.Revealed"}), reads(6, at, 5, keeping.Reading{Who: "person/b", Kind: "access.Revealed"})
	flags, err := keeping.Unusual(keeping.ReadingRules(), append(a, b...), func(string, string, string, time.Time) (float64, error) { return 0, nil })
	if err != nil || len(flags) != 0 {
		t.Errorf("%+v %v", flags, err)
	}
}

func TestReadingRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range keeping.ReadingRules() {
		if seen[r.ID] || r.Name == "" || r.NameEn == "" || r.Why == "" || r.WhyEn == "" || r.Least < 2 {
			t.Errorf("%+v is incomplete or twice", r)
		}
		seen[r.ID] = true
		known := map[string]bool{"reveals": true, "readings": true, "searches": true, "hour": true, "day": true, "": true, "night": true, "foreign": true, "surname": true, "same": true}
		if !known[r.Counts] || !known[r.Window] || !known[r.Only] {
			t.Errorf("%s: counts %q window %q only %q", r.ID, r.Counts, r.Window, r.Only)
		}
		if got, ok := keeping.ReadingRuleOf(r.ID); !ok || got.ID != r.ID {
			t.Errorf("%s is not found", r.ID)
		}
	}
}

func TestFlag(t *testing.T) {
	raised := keeping.FlagRaised{Rule: "night", Who: "person/a", Start: noon.UTC(), Count: 3, Rows: []int64{1, 2, 3}}
	f := keeping.Flag{}.Apply(through[keeping.FlagEvent](t, &raised, keeping.FlagKinds), noon, "system")
	if f.Count != 3 || len(f.Rows) != 3 || !f.Start.Equal(noon) || keeping.FlagStream(f.FlagRaised) != keeping.FlagStream(raised) {
		t.Errorf("%+v", f)
	}
	for _, test := range []struct {
		who     string
		verdict keeping.Verdict
		note    string
		want    fault.Kind
	}{{"person/a", keeping.Explained, "x", fault.Forbidden}, {"person/b", "maybe", "x", fault.Invalid}, {"person/b", keeping.Explained, " ", fault.Invalid}} {
		if _, err := f.Close(test.who, test.verdict, test.note); !fault.Is(err, test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
	e, err := f.Close("person/b", keeping.Followed, "已谈话")
	if err != nil {
		t.Fatal(err)
	}
	f = f.Apply(through[keeping.FlagEvent](t, e, keeping.FlagKinds), noon, "person/b")
	if _, err := f.Close("person/c", keeping.Explained, "再看"); !fault.Is(err, fault.Conflict) || f.Verdict != keeping.Followed {
		t.Errorf("closed twice: %v", err)
	}
}

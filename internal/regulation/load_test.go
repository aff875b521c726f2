package regulation_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"xiaobao/internal/regulation"
)

// small is a correct data file; the cases below break it in one place each.
const small = `
id = "a"
title = "甲办法"
short = "甲"
issuer = "某机关"
kind = "rule"
in_force = "2020-01-01"
grade = "A"

[[article]]
number = "1"
text = "第一条"

[[article]]
number = "2"
text = "第二条"
grade = "C"

[[clock]]
id = "a.first"
name = "甲"
regime = "a"
days = 10
kind = "natural"
from = "receipt"
cite = "1"

[[clock]]
id = "a.second"
name = "乙"
regime = "a"
extra = 5
kind = "natural"
from = "receipt"
extends = "a.first"
cite = "1.2"

[[obligation]]
id = "X-1"
trigger = "收到"
cites = ["1"]
clock = "a.first"
`

func TestLoadSmall(t *testing.T) {
	lib, err := regulation.Load(fstest.MapFS{"a.toml": {Data: []byte(small)}})
	if err != nil {
		t.Fatal(err)
	}
	ladder := lib.At(day(t, "2026-01-01")).Ladder("a")
	if len(ladder) != 2 || ladder[1].Days != 15 || ladder[1].Cite.Paragraph != 2 {
		t.Errorf("ladder %+v", ladder)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"syntax", `kind = "rule"`, `kind = `, "a.toml"},
		{"unknown field", `kind = "rule"`, "kind = \"rule\"\ncolour = 1", "unknown field colour"},
		{"no title", `title = "甲办法"`, ``, "title"},
		{"kind", `kind = "rule"`, `kind = "wish"`, `kind "wish"`},
		{"no date", `in_force = "2020-01-01"`, ``, "no first day"},
		{"ends before it begins", `in_force = "2020-01-01"`, "in_force = \"2020-01-01\"\nuntil = \"2019-01-01\"", "until"},
		{"replaced without end", `grade = "A"`, "grade = \"A\"\nreplaced_by = \"a\"", "no last day"},
		{"successor", `in_force = "2020-01-01"`, "in_force = \"2020-01-01\"\nuntil = \"2021-01-01\"\nreplaced_by = \"b\"", "unknown instrument b"},
		{"grade", `grade = "A"`, `grade = "Z"`, `grade "Z"`},
		{"article twice", `number = "2"`, `number = "1"`, "article 1 is there twice"},
		{"no summary", `text = "第一条"`, `text = ""`, "needs a number and a summary"},
		{"clock twice", `id = "a.second"`, `id = "a.first"`, "clock a.first is there twice"},
		{"dangling citation", `cite = "1"`, `cite = "3"`, `"3" does not resolve`},
		{"other instrument", `cites = ["1"]`, `cites = ["b#1"]`, `"b#1" does not resolve`},
		{"grade C counts days", `cite = "1"`, `cite = "2"`, "counts no days"},
		{"days twice", `days = 10`, "days = 10\nextra = 3", "exactly one of"},
		{"no days", `days = 10`, ``, "exactly one of"},
		{"kind of day", `kind = "natural"`, `kind = "bank"`, `kind "bank"`},
		{"trigger", `from = "receipt"`, `from = "whim"`, `trigger "whim"`},
		{"extends nothing", `extends = "a.first"`, `extends = "a.zero"`, "extends the unknown"},
		{"extends itself", `extends = "a.first"`, `extends = "a.second"`, "does not lengthen"},
		{"working extends natural", "extra = 5\nkind = \"natural\"", "extra = 5\nkind = \"working\"", "does not lengthen"},
		{"overlay without region", `days = 10`, "days = 10\noverlays = \"a.second\"", "no region"},
		{"setting", `days = 10`, `days_setting = "x.days"`, "no setting x.days"},
		{"approver", `days = 10`, "days = 10\napprover = \"nobody\"", `approver "nobody"`},
		{"unknown clock", `clock = "a.first"`, `clock = "a.third"`, "no clock a.third"},
		{"no citation", `cites = ["1"]`, `cites = []`, "needs a trigger and a citation"},
		{"obligation twice", `[[obligation]]`, "[[obligation]]\nid = \"X-1\"\ntrigger = \"x\"\ncites = [\"1\"]\n[[obligation]]", `"X-1" is empty or there twice`},
	} {
		t.Run(test.name, func(t *testing.T) {
			broken := strings.Replace(small, test.old, test.new, 1)
			if broken == small {
				t.Fatal("the case changes nothing")
			}
			_, err := regulation.Load(fstest.MapFS{"a.toml": {Data: []byte(broken)}})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "a.toml") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestLoadVersions: a revised rule keeps the clock ids; the day of receipt
// decides, and two versions in force on one day are refused.
func TestLoadVersions(t *testing.T) {
	old := strings.Replace(small, `grade = "A"`, "grade = \"A\"\nuntil = \"2026-12-31\"\nreplaced_by = \"b\"", 1)
	revised := strings.NewReplacer(`id = "a"`, `id = "b"`, `"2020-01-01"`, `"2027-01-01"`, `days = 10`, `days = 12`).Replace(small)
	lib, err := regulation.Load(fstest.MapFS{"a.toml": {Data: []byte(old)}, "b.toml": {Data: []byte(revised)}})
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]int{"2026-12-31": 15, "2027-01-01": 17} {
		c, err := lib.At(day(t, on)).Clock("a.second")
		if err != nil || c.Days != want {
			t.Errorf("on %s: %d days (%v), want %d", on, c.Days, err, want)
		}
	}
	if len(lib.At(day(t, "2027-01-01")).Obligations()) != 1 {
		t.Error("the revised duty does not replace the old one")
	}
	both := fstest.MapFS{"a.toml": {Data: []byte(small)}, "b.toml": {Data: []byte(revised)}}
	if _, err := regulation.Load(both); err == nil || !strings.Contains(err.Error(), "twice on the same day") {
		t.Errorf("two versions at once: %v", err)
	}
}

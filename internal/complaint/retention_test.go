package complaint_test

import (
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// The longest of the classes that apply decides; an open case and a dispute that
// goes on have no end.
func TestKeeping(t *testing.T) {
	rules := regulation.Embedded().At(day("2026-03-02"))
	closed := complaint.Case{Number: "TS1", State: complaint.Closed, ClosedOn: day("2026-02-28"), References: []complaint.Reference{{N: 1, Channel: "phone"}}}
	with := func(change func(*complaint.Case)) complaint.Case {
		c := closed
		c.References = []complaint.Reference{{N: 1, Channel: "phone"}}
		change(&c)
		return c
	}
	for _, test := range []struct {
		name    string
		c       complaint.Case
		want    string
		classes int
	}{
		{"plain", closed, "2031-02-28", 1},
		{"leap day", with(func(c *complaint.Case) { c.ClosedOn = day("2028-02-29") }), "2033-03-01", 1},
		{"open", with(func(c *complaint.Case) { c.State = complaint.Handling; c.ClosedOn = 0 }), "", 1},
		{"passed on by the PBC", with(func(c *complaint.Case) { c.References[0].Channel = "pbc" }), "2031-02-28", 2},
		{"recording", with(func(c *complaint.Case) { c.Files = []complaint.File{{Type: "pdf"}, {Type: "mp3"}} }), "2036-02-28", 2},
		{"dispute ended", with(func(c *complaint.Case) { c.Ladder = []complaint.LadderEntry{{EndedOn: day("2030-06-01")}} }), "2032-06-01", 2},
		{"dispute ended before closing", with(func(c *complaint.Case) { c.Ladder = []complaint.LadderEntry{{EndedOn: day("2026-01-01")}} }), "2031-02-28", 2},
		{"dispute goes on", with(func(c *complaint.Case) { c.Ladder = []complaint.LadderEntry{{EndedOn: day("2027-01-01")}, {}} }), "", 2},
	} {
		kept, until, err := test.c.Keeping(rules)
		if err != nil {
			t.Fatal(err)
		}
		if until.String() != test.want || len(kept) != test.classes {
			t.Errorf("%s: kept until %q by %d classes, want %q by %d", test.name, until, len(kept), test.want, test.classes)
		}
	}
}

// Every class cites articles that exist, and a setting that exists.
func TestRetentionClassesRestOnSomething(t *testing.T) {
	rules := regulation.Embedded().At(day("2026-03-02"))
	grades := map[string]bool{"A": true, "B": true, "setting": true}
	for _, c := range complaint.RetentionClasses() {
		years, err := c.In(rules)
		if err != nil || years < 1 {
			t.Errorf("%s: %d years, %v", c.ID, years, err)
		}
		if (c.Years == 0) == (c.YearsSetting == "") || !grades[c.Grade] || c.Name == "" || c.NameEn == "" || c.Note == "" || c.NoteEn == "" || len(c.Cite) == 0 {
			t.Errorf("%s is incomplete: %+v", c.ID, c)
		}
		for _, s := range c.Cite {
			if _, ok := rules.Article(s.Instrument, s.Article); !ok {
				t.Errorf("%s cites %s art. %s, which is not there", c.ID, s.Instrument, s.Article)
			}
		}
	}
}

// What is counted outlives the key; the case itself is closed for good.
func TestErase(t *testing.T) {
	d := started(t, "2026-03-02")
	if _, err := d.c.Erase(1, "period", nil, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("an open case: %v", err)
	}
	c := d.c
	c.State, c.ClosedOn = complaint.Closed, day("2026-03-09")
	c.Vulnerable, c.Redress = []string{"elderly"}, []complaint.Redress{{Amount: 12300}}
	c.Files = []complaint.File{{Digest: "b"}, {Digest: "a"}, {Digest: "b"}}
	c.Letters = []complaint.Letter{{Docx: "c", PDF: ""}}
	e, err := c.Erase(7, "period", []complaint.CitedArticle{{Instrument: "civil-code", Article: "203"}}, 5)
	if err != nil {
		t.Fatal(err)
	}
	back := through(t, e)
	blank := complaint.Case{Number: "TS1", State: complaint.Closed}.Apply(back, complaint.Meta{At: calendar.Of(2031, 3, 10).Time(), By: party.System.ID})
	if !blank.IsVulnerable() || blank.RedressTotal() != 12300 || blank.Erased.Run != 7 || blank.Erased.Files != 3 || blank.Erased.Sealed != 5 || len(blank.Erased.Cited) != 1 {
		t.Errorf("after erasing: %+v", blank.Erased)
	}
	if _, err := blank.Erase(8, "period", nil, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("erased twice: %v", err)
	}
}

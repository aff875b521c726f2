package regulation_test

import (
	"fmt"
	"slices"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

func TestRegisterIsComplete(t *testing.T) {
	rules := regulation.Embedded().At(day(t, "2026-11-21"))
	got := rules.Obligations()
	if len(got) != 52 {
		t.Fatalf("%d obligations, want 52", len(got))
	}
	for i, o := range got {
		if want := fmt.Sprintf("CP-%02d", i+1); o.ID != want {
			t.Errorf("obligation %d is %s, want %s", i, o.ID, want)
		}
		if len(o.Cites) == 0 || o.Cites[0].String() == "" || o.Evidence == "" {
			t.Errorf("%s lacks a citation or evidence: %+v", o.ID, o)
		}
	}
	if _, err := rules.Obligation("CP-53"); !fault.Is(err, fault.NotFound) {
		t.Errorf("CP-53: %v", err)
	}
}

func TestRule2020IsComplete(t *testing.T) {
	in, ok := regulation.Embedded().Instrument("nfra-2020-3")
	if !ok || len(in.Articles) != 45 {
		t.Fatalf("found %v with %d articles, want 45", ok, len(in.Articles))
	}
	for i, a := range in.Articles {
		if a.Number != fmt.Sprint(i+1) || a.Grade != regulation.GradeA {
			t.Errorf("article %d: %+v", i+1, a)
		}
	}
}

// TestClocksAreWhatTheFactsSay pins days, kind, approver and article of every
// clock that a rule gives; a slip in a data file must not pass.
func TestClocksAreWhatTheFactsSay(t *testing.T) {
	rules := regulation.Embedded().At(day(t, "2026-11-21"))
	type row struct {
		id       string
		days     int
		working  bool
		approver string
		tell     bool
		reason   bool
		cite     string
		grade    string
	}
	want := []row{
		{"beijing.first_contact", 1, true, "", false, false, "beijing-2021-254#首次联系", "B"},
		{"insurance.agent_left", 30, false, "", true, false, "nfra-2023-2#36", "A"},
		{"nfra.complex", 30, false, "branch_lead", false, true, "nfra-2020-3#18", "A"},
		{"nfra.reexam.apply", 30, false, "", false, false, "nfra-2020-3#20", "A"},
		{"nfra.reexam.decide", 30, false, "", true, false, "nfra-2020-3#20", "A"},
		{"nfra.simple", 15, false, "", false, false, "nfra-2020-3#18", "A"},
		{"nfra.special", 60, false, "superior_or_executive", true, true, "nfra-2020-3#18", "A"},
		{"nfra.transfer", 7, true, "", true, false, "nfra-2020-3#33", "A"},
		{"pbc.simple", 15, false, "", true, false, "pbc-2020-5#处理期限", "B"},
		{"pbc.special", 60, false, "complaint_head", true, true, "pbc-2020-5#处理期限", "B"},
		{"recording.repair", 15, true, "", false, false, "cbirc-2017-54#10", "A"},
		{"samr.accept", 7, true, "", true, false, "sc-778#46", "A"},
		{"samr.answer", 7, true, "", true, false, "consumer-law#46", "A"},
		{"samr.mediate", 60, false, "", false, false, "sc-778#46", "A"},
	}
	var got []row
	for _, c := range rules.Clocks() {
		if c.Grade != regulation.GradeSetting {
			got = append(got, row{c.ID, c.Days, c.Working, c.Approver, c.NotifyConsumer, c.Reason, c.Cite.Instrument + "#" + c.Cite.Article, c.Grade})
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLadders(t *testing.T) {
	rules := regulation.Embedded().At(day(t, "2026-11-21"))
	for _, test := range []struct {
		regime string
		want   []string
		days   []int
	}{
		{"nfra", []string{"nfra.simple", "nfra.complex", "nfra.special"}, []int{15, 30, 60}},
		{"pbc", []string{"pbc.simple", "pbc.special"}, []int{15, 60}},
		{"house", []string{"house.simple", "house.complex"}, []int{15, 30}},
		{"unknown", nil, nil},
	} {
		var ids []string
		var days []int
		for _, c := range rules.Ladder(test.regime) {
			ids, days = append(ids, c.ID), append(days, c.Days)
		}
		if !slices.Equal(ids, test.want) || !slices.Equal(days, test.days) {
			t.Errorf("%s: %v %v, want %v %v", test.regime, ids, days, test.want, test.days)
		}
	}
}

func TestAtPinsTheVersion(t *testing.T) {
	lib := regulation.Embedded()
	for _, test := range []struct {
		on, clock string
		want      bool
	}{
		{"2020-02-29", "nfra.simple", false},
		{"2020-03-01", "nfra.simple", true},
		{"2020-10-31", "pbc.simple", false},
		{"2020-11-01", "pbc.simple", true},
		{"2019-01-01", "house.simple", true},
		{"2026-11-21", "no.such.clock", false},
	} {
		_, err := lib.At(day(t, test.on)).Clock(test.clock)
		if (err == nil) != test.want || err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s on %s: %v, want found=%v", test.clock, test.on, err, test.want)
		}
	}
	before := lib.At(day(t, "2020-02-29"))
	if len(before.Ladder("nfra")) != 0 {
		t.Error("a ladder before its rule was in force")
	}
	if _, ok := before.Article("nfra-2020-3", "18"); ok {
		t.Error("an article before its rule was in force")
	}
	if a, ok := lib.At(day(t, "2020-03-01")).Article("nfra-2020-3", "18.3"); !ok || a.Number != "18" {
		t.Errorf("article 18 paragraph 3: %+v %v", a, ok)
	}
	if _, err := before.Local("nfra.simple", "北京市"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Local before the rule: %v", err)
	}
}

func TestCitationReadsLikeALetter(t *testing.T) {
	rules := regulation.Embedded().At(day(t, "2026-11-21"))
	for id, want := range map[string]string{
		"nfra.simple":        "《银行业保险业消费投诉处理管理办法》第十八条第一款",
		"nfra.reexam.decide": "《银行业保险业消费投诉处理管理办法》第二十条",
		"samr.answer":        "《中华人民共和国消费者权益保护法》第四十六条",
		"pbc.simple":         "《中国人民银行金融消费者权益保护实施办法》（处理期限）",
	} {
		c, err := rules.Clock(id)
		if err != nil || c.Cite.String() != want {
			t.Errorf("%s: %q (%v), want %q", id, c.Cite, err, want)
		}
	}
	for n, want := range map[string]string{"201": "第二百零一条", "110": "第一百一十条", "10": "第十条", "1024": "第一千零二十四条", "1001": "第一千零一条"} {
		if got := (regulation.Citation{Title: "法", Article: n}).String(); got != "《法》"+want {
			t.Errorf("%s: %s, want %s", n, got, want)
		}
	}
	if got := (regulation.Citation{}).String(); got != "" {
		t.Errorf("no citation prints %q", got)
	}
}

func TestInstrumentsAreCopies(t *testing.T) {
	lib := regulation.Embedded()
	lib.Instruments()[0].Title = "changed"
	if lib.Instruments()[0].Title == "changed" {
		t.Error("the library shares its list with its callers")
	}
	old := len(lib.At(calendar.Of(2010, 1, 1)).Instruments())
	if now := len(lib.At(calendar.Of(2026, 11, 21)).Instruments()); old != 1 || now != len(lib.Instruments()) {
		t.Errorf("in force 2010: %d (want the house alone), 2026: %d of %d", old, now, len(lib.Instruments()))
	}
}

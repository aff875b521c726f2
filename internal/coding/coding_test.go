package coding_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
)

var words = coding.Vocabulary{"product": {{"card", "卡", "Card"}, {"loan", "贷款", "Loan"}, {"fund", "基金", "Fund"}}, "reason": {{"fee", "收费", "Fee"}, {"theft", "盗用", "Theft"}},
	"life_cycle": {{"sale", "销售", "Sale"}}, "business_channel": {{"app", "手机", "App"}}, "channel": {{"phone", "电话", "Phone"}}}

func scheme() coding.Scheme {
	return coding.Scheme{ID: "s", Version: 1, Title: "体系", Facets: []coding.Facet{{ID: "B", Name: "业务", Family: "business", Codes: []coding.Code{
		{ID: "1", Name: "卡"}, {ID: "11", Parent: "1", Name: "盗刷"}, {ID: "12", Parent: "1", Name: "使用"}, {ID: "2", Name: "贷款"}, {ID: "9", Name: "其他"}}}}}
}

func table() coding.Mapping {
	return coding.Mapping{Scheme: "s", Version: 1, Lines: []coding.Line{
		{Facet: "B", Product: "card", Reason: "theft", Codes: []string{"11"}, Why: "盗用即盗刷"},
		{Facet: "B", Product: "card", Reason: "*", Codes: []string{"11", "12"}, Why: "看流水"},
		{Facet: "B", Product: "loan", Codes: []string{"2"}},
	}}
}

func TestFirstLineDecides(t *testing.T) {
	tab := coding.Table{Scheme: scheme(), Mapping: table()}
	for _, test := range []struct {
		name  string
		key   coding.Key
		want  string
		line  int
		exact bool
		needs string
	}{
		{"rule", coding.Key{Entry: coding.Entry{Product: "card", Reason: "theft"}}, "11", 1, false, ""},
		{"ambiguous", coding.Key{Entry: coding.Entry{Product: "card", Reason: "fee"}}, "<ambiguous>", 2, false, ""},
		{"reason missing", coding.Key{Entry: coding.Entry{Product: "card"}}, "<missing>", 0, false, "reason"},
		{"exact", coding.Key{Entry: coding.Entry{Product: "loan", Reason: "fee"}}, "2", 3, true, ""},
		{"unmapped", coding.Key{Entry: coding.Entry{Product: "fund", Reason: "fee"}}, "<unmapped>", 0, false, ""},
		{"nothing", coding.Key{}, "<missing>", 0, false, "product,reason"},
		{"picked", coding.Key{Entry: coding.Entry{Product: "card", Reason: "fee"}, Choices: []coding.Choice{{"s", "B", "12"}}}, "12", 0, false, ""},
		{"picked what is gone", coding.Key{Entry: coding.Entry{Product: "loan"}, Choices: []coding.Choice{{"s", "B", "77"}}}, "2", 3, true, ""},
		{"picked for another scheme", coding.Key{Entry: coding.Entry{Product: "loan"}, Choices: []coding.Choice{{"z", "B", "12"}}}, "2", 3, true, ""},
	} {
		got := tab.Code(test.key, tab.Scheme.Facets[0])
		if got.Value() != test.want || got.Line != test.line || got.Exact != test.exact || strings.Join(got.Needs, ",") != test.needs {
			t.Errorf("%s: %+v, want %s by line %d", test.name, got, test.want, test.line)
		}
	}
}

// A key comes back from its text, whatever its parts.
func TestKeyComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z_0-9.-]{0,12}`)
		k := coding.Key{Entry: coding.Entry{Product: id.Draw(t, "p"), Reason: id.Draw(t, "r"), LifeCycle: id.Draw(t, "l"), Business: id.Draw(t, "b"), Channel: id.Draw(t, "c")}}
		for i := range rapid.IntRange(0, 3).Draw(t, "n") {
			k.Choices = append(k.Choices, coding.Choice{Scheme: fmt.Sprint("s", i), Facet: "F", Code: rapid.StringMatching(`[a-z.0-9]{1,8}`).Draw(t, "code")})
		}
		if got := coding.ParseKey(k.String()); got.Entry != k.Entry || !slices.Equal(got.Choices, k.Choices) {
			t.Fatalf("%v came back as %v", k, got)
		}
	})
}

func groups(t *rapid.T) []coding.Group {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) coding.Group {
		k := coding.Key{Entry: coding.Entry{Product: rapid.SampledFrom([]string{"", "card", "loan", "fund"}).Draw(t, "p"), Reason: rapid.SampledFrom([]string{"", "fee", "theft"}).Draw(t, "r")}}
		if rapid.Bool().Draw(t, "chosen") {
			k.Choices = []coding.Choice{{"s", "B", rapid.SampledFrom([]string{"11", "9", "77"}).Draw(t, "code")}}
		}
		return coding.Group{Key: k.String(), LeftOut: rapid.SampledFrom([]string{"", "", "merged", "not_complaint"}).Draw(t, "out"),
			Since: rapid.SampledFrom([]calendar.Date{0, calendar.Of(2026, 5, 1)}).Draw(t, "since"), N: rapid.IntRange(1, 50).Draw(t, "n")}
	}), 0, 30).Draw(t, "groups")
}

// released is a catalogue with a second version of table from 1 May 2026.
func released(t *testing.T) *coding.Catalogue {
	t.Helper()
	c := coding.Embedded().With(scheme(), table())
	next := table()
	next.Lines = append([]coding.Line{{Facet: "B", Product: "card", Codes: []string{"12"}}}, next.Lines[2])
	next.Lines = append(next.Lines, coding.Line{Facet: "B", Product: "*", Codes: []string{"9"}})
	c = c.Apply("s", &coding.Proposed{Mapping: &next})
	e, err := c.Release("s", coding.WhatMapping, calendar.Of(2026, 5, 1), "试", words)
	if err != nil {
		t.Fatal(err)
	}
	return c.Apply("s", &e)
}

// Field pain 3: whatever the cases and whichever the version, every column adds up to
// what is counted, each number is that of its groups, and codes add up over the tree.
func TestReportsAgree(t *testing.T) {
	c := released(t)
	rapid.Check(t, func(t *rapid.T) {
		all := groups(t)
		basis := rapid.SampledFrom(coding.Bases).Draw(t, "basis")
		r := c.Reconcile("bank", basis, all)
		if !r.Agrees() {
			t.Fatalf("%+v", r)
		}
		size := func(cells ...coding.Cell) (n int) {
			for _, g := range c.Match("bank", basis, all, cells...) {
				n += g.N
			}
			return n
		}
		for _, col := range r.Columns {
			at := func(v string) coding.Cell { return coding.Cell{Scheme: col.Scheme.ID, Facet: col.Facet.ID, Value: v} }
			for _, state := range coding.States {
				if got := size(at("<" + string(state) + ">")); got != col.States[state] {
					t.Fatalf("%s %s: %d %s, rows %d", col.Scheme.ID, col.Facet.ID, col.States[state], state, got)
				}
			}
			for _, code := range col.Facet.Codes {
				if got := size(at(code.ID)); got != col.Sum(code.ID) {
					t.Fatalf("code %s: %d, rows %d", code.ID, col.Sum(code.ID), got)
				}
			}
			if size(at("<older>")) != col.Older || size(at("<moved>")) != col.Moved || col.Moved > col.Older {
				t.Fatalf("older %d moved %d", col.Older, col.Moved)
			}
		}
		for _, f := range r.Families {
			sum := 0
			for _, l := range f.Lines {
				sum += l.N
			}
			if sum != r.Counted {
				t.Fatalf("family %s adds up to %d of %d", f.ID, sum, r.Counted)
			}
		}
		for i, col := range r.Columns { // each group by itself says the same
			states := map[coding.State]int{}
			for _, g := range all {
				if g.LeftOut == "" {
					states[c.Code("bank", basis, coding.ParseKey(g.Key), g.Since)[i].State] += g.N
				}
			}
			if !maps.Equal(states, col.States) {
				t.Fatalf("%s %s: %v, one by one %v", col.Scheme.ID, col.Facet.ID, col.States, states)
			}
		}
		waiting := 0
		for _, o := range c.Queue("bank", all) {
			waiting += o.N
		}
		now, open := c.Reconcile("bank", coding.AtRegistration, all), 0
		for _, col := range now.Columns {
			open += col.Total() - col.Coded()
		}
		if waiting != open {
			t.Fatalf("the queue has %d, the report %d", waiting, open)
		}
	})
}

// A case is coded by the version in force on the day of its registration.
func TestVersions(t *testing.T) {
	c := released(t)
	key := coding.Key{Entry: coding.Entry{Product: "fund", Reason: "fee"}}
	for _, test := range []struct {
		basis coding.Basis
		on    calendar.Date
		want  string
	}{
		{coding.AtRegistration, calendar.Of(2026, 4, 30), "<unmapped>"}, {coding.AtRegistration, calendar.Of(2026, 5, 1), "9"},
		{coding.Newest, calendar.Of(2020, 1, 1), "9"}, {coding.Before, calendar.Of(2026, 6, 1), "<unmapped>"},
	} {
		tab := c.Table("s", test.basis, test.on)
		if got := tab.Code(key, tab.Scheme.Facets[0]).Value(); got != test.want {
			t.Errorf("%s on %s: %s, want %s", test.basis, test.on, got, test.want)
		}
	}
	all := []coding.Group{{Key: "card|fee|||", N: 3}, {Key: "card|fee|||", Since: calendar.Of(2026, 7, 1), N: 2}, {Key: "card|fee|||", LeftOut: "merged", N: 9}}
	draft := coding.Mapping{Scheme: "s", Lines: []coding.Line{{Facet: "B", Product: "card", Codes: []string{"11"}}}}
	moves := c.Apply("s", &coding.Proposed{Mapping: &draft}).Change("s", calendar.Of(2026, 7, 1), all)
	if want := (coding.Move{Scheme: "s", Facet: "B", From: "12", To: "11", N: 5, Official: 2}); len(moves) != 1 || moves[0] != want {
		t.Errorf("moves %+v, want %+v", moves, want)
	}
	if _, err := c.Release("s", coding.WhatMapping, calendar.Of(2026, 8, 1), "x", words); err == nil {
		t.Error("released without a proposal")
	}
	if _, err := c.Apply("s", &coding.Proposed{Mapping: &draft}).Release("s", coding.WhatMapping, calendar.Of(2026, 5, 1), "x", words); err == nil || !strings.Contains(err.Error(), "晚于") {
		t.Errorf("released for the same day: %v", err)
	}
}

// What is exported is read again, and numbers keep their codes.
func TestTablesComeBack(t *testing.T) {
	rows := func(columns []string, lines [][]string) (out []coding.Row) {
		for i, l := range lines {
			r := coding.Row{Place: fmt.Sprintf("第 %d 行", i+2), Cells: map[string]string{}}
			for j, c := range columns {
				r.Cells[c] = l[j]
			}
			out = append(out, r)
		}
		return out
	}
	s := scheme()
	lines := s.Rows()
	lines[1][3] = "0101"
	got, wrong := coding.ReadScheme(s, rows(coding.SchemeColumns, lines), "copy.csv")
	if len(wrong) > 0 || got.Facets[0].Codes[1].ID != "11" || got.Facets[0].Codes[1].Number != "0101" || got.Numbered() != 1 || got.Same(s) {
		t.Errorf("%+v %v", got, wrong)
	}
	m, wrong := coding.ReadMapping(got, rows(coding.MappingColumns, table().Rows()), words)
	if len(wrong) > 0 || fmt.Sprint(m.Lines) != fmt.Sprint(table().Lines) {
		t.Errorf("%+v %v", m, wrong)
	}
	byName := [][]string{{"业务", "卡|贷款", "*", "", "", "", "0101、使用", "两可"}}
	m, wrong = coding.ReadMapping(got, rows(coding.MappingColumns, byName), words)
	if want := "[{B card|loan *    [11 12] 两可}]"; len(wrong) > 0 || fmt.Sprint(m.Lines) != want {
		t.Errorf("%v %v, want %s", m.Lines, wrong, want)
	}
}

func FuzzReadScheme(f *testing.F) {
	f.Add("B,1,,甲\nB,2,1,乙")
	f.Add("B,1,2,甲\nB,2,1,乙\nB,1,,丙")
	own := coding.Scheme{ID: coding.Own, Title: "本机构"}
	f.Fuzz(func(t *testing.T, text string) {
		var rows []coding.Row
		for line := range strings.SplitSeq(text, "\n") {
			c := strings.Split(line+",,,", ",")
			rows = append(rows, coding.Row{Place: "行", Cells: map[string]string{"分面": c[0], "编码": c[1], "上级": c[2], "名称": c[3]}})
		}
		s, wrong := coding.ReadScheme(own, rows, "f")
		if len(wrong) > 0 {
			return
		}
		for _, facet := range s.Facets {
			for _, c := range facet.Codes {
				if n := len(facet.Path(c.ID)); n < 1 || n > coding.MaxDepth {
					t.Fatalf("%+v stands at level %d", c, n)
				}
			}
		}
	})
}

func TestLeftOut(t *testing.T) {
	for _, test := range []struct{ state, nature, want string }{{"merged", "complaint", "merged"}, {"closed", "complaint", ""}, {"new", "report", "not_complaint"}, {"merged", "report", "merged"}} {
		if got := coding.LeftOut(test.state, test.nature); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.state, test.nature, got, test.want)
		}
	}
}

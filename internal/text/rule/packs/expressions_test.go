package packs

import (
	"cmp"
	"encoding/csv"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/text/rule"
)

type expressions struct {
	Section []struct {
		Parent string `toml:"parent"`
		Reason string `toml:"reason"`
	} `toml:"section"`
	Row []struct {
		Code  string   `toml:"code"`
		Rules []string `toml:"rules"`
		Out   string   `toml:"out_of_scope"`
	} `toml:"row"`
	Class []struct {
		Name  string   `toml:"name"`
		Kind  string   `toml:"kind"`
		Line  string   `toml:"line"`
		Rules []string `toml:"rules"`
		Texts []string `toml:"texts"`
	} `toml:"class"`
}

func readExpressions(t *testing.T) expressions {
	t.Helper()
	var e expressions
	meta, err := toml.DecodeFile("testdata/expressions.toml", &e)
	if err != nil {
		t.Fatal(err)
	}
	if left := meta.Undecoded(); len(left) > 0 {
		t.Errorf("unknown keys: %v", left)
	}
	return e
}

// Every row of the mapping names rules that exist, or says why there is none.
func TestExpressions(t *testing.T) {
	b, _ := reviewBook(t)
	seen := map[string]bool{}
	covered := 0
	e := readExpressions(t)
	for _, r := range e.Row {
		if seen[r.Code] {
			t.Errorf("%s stands there twice", r.Code)
		}
		seen[r.Code] = true
		if (len(r.Rules) > 0) == (r.Out != "") {
			t.Errorf("%s: want rules or a reason, and not both", r.Code)
		}
		for _, id := range r.Rules {
			if _, _, ok := b.Rule(id); !ok {
				t.Errorf("%s: there is no rule %s", r.Code, id)
			}
		}
		if len(r.Rules) > 0 {
			covered++
		}
	}
	if covered < 30 {
		t.Errorf("%d rows are covered, want 30 or more", covered)
	}
}

// No row of the national table is forgotten: it is mapped by its code, or its
// whole section concerns other goods.
func TestExpressionsTable(t *testing.T) {
	r := csv.NewReader(open(t, "marketing", "ad_illegal_expressions.csv"))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	e := readExpressions(t)
	mapped, sections, known := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range e.Row {
		mapped[row.Code] = true
	}
	for _, s := range e.Section {
		sections[s.Parent] = true
	}
	for _, row := range rows[1:] {
		code, parent := row[0], row[1]
		known[code] = true
		if parent != "" && !mapped[code] && !sections[parent] {
			t.Errorf("row %s of section %s is neither mapped nor out of scope", code, parent)
		}
	}
	for code := range mapped {
		if !known[code] {
			t.Errorf("the table has no row %s", code)
		}
	}
}

// Every class of forbidden contents is found, in sentences of the plainest kind.
func TestClasses(t *testing.T) {
	b, _ := reviewBook(t)
	e := readExpressions(t)
	if len(e.Class) < 12 {
		t.Errorf("%d classes, want 12 or more", len(e.Class))
	}
	for _, c := range e.Class {
		for _, id := range c.Rules {
			if _, _, ok := b.Rule(id); !ok {
				t.Errorf("%s: there is no rule %s", c.Name, id)
			}
		}
		for _, s := range c.Texts {
			found := b.Scan(rule.Doc{Text: s, Kind: cmp.Or(c.Kind, "marketing.poster"), Product: c.Line, On: evalDay})
			if !slices.ContainsFunc(found, func(f rule.Finding) bool { return slices.Contains(c.Rules, f.Rule) }) {
				t.Errorf("%s: %s: none of %v", c.Name, s, c.Rules)
			}
		}
	}
}

// The duties that words can break (rows of the list of duties) each stand behind a rule.
func TestDuties(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range load(t) {
		for _, r := range p.Rules {
			seen[r.Source] = true
		}
	}
	for _, row := range []string{"CP-33", "CP-34", "CP-35", "CP-41", "CP-42", "CP-43", "CP-44", "CP-45", "CP-48"} {
		if !seen[row] {
			t.Errorf("no rule rests on %s", row)
		}
	}
}

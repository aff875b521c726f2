package coding

import (
	"slices"
	"strings"

	"xiaobao/internal/calendar"
)

// Mapping is one version of the table that leads from entries to a scheme.
type Mapping struct {
	Scheme  string        `json:"scheme"`
	Version int           `json:"version"`
	From    calendar.Date `json:"from,omitzero"` // in force for registrations from this day; zero: always
	Why     string        `json:"why,omitempty"`
	Lines   []Line        `json:"lines"`
}

// MaxLines bounds a mapping table.
const MaxLines = 5000

// Line is one line of a table. A condition is "" (not looked at), "*" (any value,
// but there must be one), or values separated by |. One code decides; of several
// a person picks one. The first line of a facet that fits decides.
type Line struct {
	Facet     string   `json:"facet"`
	Product   string   `json:"product,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	LifeCycle string   `json:"life_cycle,omitempty"`
	Business  string   `json:"business_channel,omitempty"`
	Channel   string   `json:"channel,omitempty"`
	Codes     []string `json:"codes"`
	Why       string   `json:"why,omitempty"`
}

// conditions returns the line's conditions in the order of Fields.
func (l Line) conditions() [5]string {
	return [5]string{l.Product, l.Reason, l.LifeCycle, l.Business, l.Channel}
}

// Condition returns a condition by the name of its field.
func (l Line) Condition(field string) string {
	if i := slices.Index(Fields, field); i >= 0 {
		return l.conditions()[i]
	}
	return ""
}

// Fits reports whether the entry meets every condition of the line.
func (l Line) Fits(e Entry) bool {
	have := e.values()
	for i, want := range l.conditions() {
		if !meets(want, have[i]) {
			return false
		}
	}
	return true
}

func meets(want, have string) bool {
	switch want {
	case "", have:
		return true
	case "*":
		return have != ""
	}
	if have == "" {
		return false
	}
	for one := range strings.SplitSeq(want, "|") {
		if one == have {
			return true
		}
	}
	return false
}

// Exact reports whether the line is a plain correspondence: one value, one code.
func (l Line) Exact() bool {
	n := 0
	for _, c := range l.conditions() {
		if c == "*" || strings.Contains(c, "|") {
			return false
		}
		if c != "" {
			n++
		}
	}
	return n == 1 && len(l.Codes) == 1
}

// State says how a case came to a code, or why it has none.
type State string

// The states. Coded and Chosen have a code; of the others each says what is to do:
// pick one, mend the table, or complete the entry.
const (
	Coded     State = "coded"
	Chosen    State = "chosen"
	Ambiguous State = "ambiguous"
	Unmapped  State = "unmapped"
	Missing   State = "missing"
)

// States lists the states.
var States = []State{Coded, Chosen, Ambiguous, Unmapped, Missing}

// Coding is the answer for one facet of one scheme, with what decided it.
type Coding struct {
	Scheme        string   `json:"scheme"`
	SchemeVersion int      `json:"scheme_version"`
	Facet         string   `json:"facet"`
	State         State    `json:"state"`
	Code          string   `json:"code,omitempty"`
	Number        string   `json:"number,omitempty"` // the authority's, once imported
	Name          string   `json:"name,omitempty"`
	NameEn        string   `json:"name_en,omitempty"`
	Candidates    []string `json:"candidates,omitempty"`
	Version       int      `json:"mapping_version"`
	Line          int      `json:"line,omitempty"` // from 1; 0 when no line fits or a person picked
	Exact         bool     `json:"exact,omitempty"`
	Why           string   `json:"why,omitempty"`
	Needs         []string `json:"needs,omitempty"` // fields of the entry that are empty
}

// Has reports whether there is a code.
func (c Coding) Has() bool { return c.State == Coded || c.State == Chosen }

// Value is the code, or the state in angle brackets: what a count is made by.
func (c Coding) Value() string {
	if c.Has() {
		return c.Code
	}
	return "<" + string(c.State) + ">"
}

// Table is a scheme with the mapping that leads to it.
type Table struct {
	Scheme  Scheme
	Mapping Mapping
}

// Code codes a key in one facet. A picked code that the scheme no longer has is
// as if nobody had picked; so is a line's.
func (t Table) Code(k Key, f Facet) Coding {
	out := Coding{Scheme: t.Scheme.ID, SchemeVersion: t.Scheme.Version, Facet: f.ID, Version: t.Mapping.Version}
	if id := k.Chosen(t.Scheme.ID, f.ID); id != "" && f.Leaf(id) {
		out.State = Chosen
		return out.named(f, id)
	}
	for i, l := range t.Mapping.Lines {
		if l.Facet != f.ID || !l.Fits(k.Entry) {
			continue
		}
		out.Line, out.Why, out.Exact = i+1, l.Why, l.Exact()
		return out.from(f, l)
	}
	out.State, out.Needs = Unmapped, t.needs(k.Entry, f.ID)
	if len(out.Needs) > 0 {
		out.State = Missing
	}
	return out
}

func (c Coding) from(f Facet, l Line) Coding {
	for _, id := range l.Codes {
		if f.Leaf(id) {
			c.Candidates = append(c.Candidates, id)
		}
	}
	switch len(c.Candidates) {
	case 0:
		c.State = Unmapped // the scheme has changed under the line
	case 1:
		c.State = Coded
		return c.named(f, c.Candidates[0])
	default:
		c.State = Ambiguous
	}
	return c
}

func (c Coding) named(f Facet, id string) Coding {
	code, _ := f.Code(id)
	c.Code, c.Number, c.Name, c.NameEn, c.Candidates = id, code.Number, code.Name, code.NameEn, nil
	return c
}

// Leading returns the values that lead to a code, by the name of the field: those
// of all lines of the facet that name the code. A field that one of these lines
// does not bind to values is left out: anything may stand there.
func (t Table) Leading(facet, code string) map[string][]string {
	out, free := map[string][]string{}, map[string]bool{}
	for _, l := range t.Mapping.Lines {
		if l.Facet != facet || !slices.Contains(l.Codes, code) {
			continue
		}
		for i, want := range l.conditions() {
			if want == "" || want == "*" {
				free[Fields[i]] = true
				continue
			}
			for v := range strings.SplitSeq(want, "|") {
				if !slices.Contains(out[Fields[i]], v) {
					out[Fields[i]] = append(out[Fields[i]], v)
				}
			}
		}
	}
	for name := range free {
		delete(out, name)
	}
	return out
}

// needs returns the empty fields that lines of the facet ask for, the rest of
// the line fitting: with them a line would decide.
func (t Table) needs(e Entry, facet string) []string {
	have := e.values()
	asked := [5]bool{}
	for _, l := range t.Mapping.Lines {
		if l.Facet != facet {
			continue
		}
		var empty []int
		fits := true
		for i, want := range l.conditions() {
			switch {
			case want == "" || meets(want, have[i]):
			case have[i] == "":
				empty = append(empty, i)
			default:
				fits = false
			}
		}
		for _, i := range empty {
			asked[i] = asked[i] || fits
		}
	}
	var out []string
	for i, yes := range asked {
		if yes {
			out = append(out, Fields[i])
		}
	}
	return out
}

// Vocabulary is the values that the fields of an entry may have, by field.
type Vocabulary map[string][]Term

// Term is one value with its names.
type Term struct{ ID, Name, NameEn string }

// Find returns a term by id or by its Chinese name.
func (v Vocabulary) Find(field, text string) (Term, bool) {
	for _, t := range v[field] {
		if t.ID == text || t.Name == text {
			return t, true
		}
	}
	return Term{}, false
}

// Name returns the name of a value in a language, or the value itself.
func (v Vocabulary) Name(field, id, lang string) string {
	t, ok := v.Find(field, id)
	switch {
	case !ok:
		return id
	case lang == "en" && t.NameEn != "":
		return t.NameEn
	}
	return t.Name
}

// fieldNames are the Chinese names of the fields, as columns and sentences have them.
var fieldNames = map[string]string{"product": "产品", "reason": "原因", "life_cycle": "服务环节", "business_channel": "业务渠道", "channel": "来源渠道"}

// Check says what is wrong with a table that leads to a scheme. place gives the
// row of a line (from 0) in its file.
func (m Mapping) Check(s Scheme, words Vocabulary, place func(line int) string) Problems {
	k := lineChecker{scheme: s, words: words, place: place}
	if len(m.Lines) == 0 {
		k.say(-1, "对照表没有任何一行。")
	}
	if len(m.Lines) > MaxLines {
		k.say(-1, "对照表有 %d 行，超过上限 %d 行。", len(m.Lines), MaxLines)
		return k.out
	}
	for i, l := range m.Lines {
		k.line(i, l)
	}
	k.shadowed(m.Lines)
	return k.out
}

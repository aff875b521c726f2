package coding

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
)

//go:embed data/counting.toml
var countingTOML string

// LeaveOut is a rule by which what was received is not counted.
type LeaveOut struct {
	ID     string   `toml:"id" json:"id"`
	Name   string   `toml:"name" json:"name"`
	NameEn string   `toml:"name_en" json:"name_en"`
	State  []string `toml:"state" json:"state,omitempty"`
	Nature []string `toml:"nature" json:"nature,omitempty"`
	Source string   `toml:"source" json:"source"`
	Grade  string   `toml:"grade" json:"grade"`
}

// LeaveOuts returns the rules in their order.
var LeaveOuts = sync.OnceValue(func() []LeaveOut {
	var file struct {
		LeaveOut []LeaveOut `toml:"leave_out"`
	}
	if _, err := toml.Decode(countingTOML, &file); err != nil {
		panic("counting.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.LeaveOut
})

// LeftOut returns the id of the first rule that leaves a case out, "" when it is counted.
func LeftOut(state, nature string) string {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	for _, r := range LeaveOuts() {
		if in(r.State, state) && in(r.Nature, nature) {
			return r.ID
		}
	}
	return ""
}

// Group is a number of cases that are coded alike.
type Group struct {
	Key     string        // as Key.String writes it
	LeftOut string        // rule that leaves them out, "" when they count
	Since   calendar.Date // boundary at or before their registration
	N       int
}

// Column counts the cases of one facet of one scheme.
type Column struct {
	Scheme Scheme // newest
	Facet  Facet  // newest; codes of older versions that it lacks are added
	Codes  map[string]int
	States map[State]int
	Exact  int // coded by a plain correspondence
	Older  int // registered under an older version of scheme or table
	Moved  int // of these, those that the newest version codes otherwise
}

// Coded is how many have a code.
func (c Column) Coded() int { return c.States[Coded] + c.States[Chosen] }

// Total is what the column adds up to.
func (c Column) Total() (n int) {
	for _, v := range c.States {
		n += v
	}
	return n
}

// Sum returns the count of a code with all below it.
func (c Column) Sum(id string) int {
	n := c.Codes[id]
	for _, code := range c.Facet.Codes {
		if code.Parent == id {
			n += c.Sum(code.ID)
		}
	}
	return n
}

// Cross is one line of the comparison: cases that have these values in the
// facets of a family, in the order of the family's columns.
type Cross struct {
	Values []string // codes, or states in angle brackets
	N      int
}

// Family is the facets of several schemes that answer the same question.
type Family struct {
	ID      string
	Columns []int // places in Report.Columns
	Lines   []Cross
}

// Report sets the counts by every coding side by side.
type Report struct {
	Received int
	LeftOut  map[string]int // by rule
	Counted  int
	Columns  []Column
	Families []Family
}

// Agrees reports whether every column adds up to what is counted, and this with
// what is left out to what was received.
func (r Report) Agrees() bool {
	sum := r.Counted
	for _, n := range r.LeftOut {
		sum += n
	}
	for _, c := range r.Columns {
		codes := 0
		for _, n := range c.Codes {
			codes += n
		}
		if c.Total() != r.Counted || codes != c.Coded() {
			return false
		}
	}
	return sum == r.Received
}

// Reconcile counts groups by every coding of a kind of institution.
func (c *Catalogue) Reconcile(kind Institution, basis Basis, groups []Group) Report {
	b := newBuilder(c, kind, basis)
	for _, g := range groups {
		b.add(g)
	}
	return b.done()
}

type builder struct {
	coder  *coder
	report Report
	cross  []map[string]int
}

func newBuilder(c *Catalogue, kind Institution, basis Basis) *builder {
	b := &builder{coder: newCoder(c, kind, basis), report: Report{LeftOut: map[string]int{}}}
	at := map[string]int{}
	for _, s := range c.Schemes(kind) {
		for _, f := range s.Facets {
			i, known := at[f.Family]
			if f.Family != "" && !known {
				i, at[f.Family] = len(b.report.Families), len(b.report.Families)
				b.report.Families = append(b.report.Families, Family{ID: f.Family})
			}
			if f.Family != "" {
				b.report.Families[i].Columns = append(b.report.Families[i].Columns, len(b.report.Columns))
			}
			f.Codes = slices.Clone(f.Codes)
			b.report.Columns = append(b.report.Columns, Column{Scheme: s, Facet: f, Codes: map[string]int{}, States: map[State]int{}})
		}
	}
	b.cross = make([]map[string]int, len(b.report.Families))
	for i := range b.cross {
		b.cross[i] = map[string]int{}
	}
	return b
}

func (b *builder) add(g Group) {
	b.report.Received += g.N
	if g.LeftOut != "" {
		b.report.LeftOut[g.LeftOut] += g.N
		return
	}
	b.report.Counted += g.N
	key := ParseKey(g.Key)
	values := make([]string, len(b.report.Columns))
	for i := range b.report.Columns {
		col := &b.report.Columns[i]
		one := b.coder.code(key, g.Since, col.Scheme.ID, col.Facet.ID)
		values[i] = one.Value()
		col.count(one, g.N)
		if older, moved := b.coder.older(key, g.Since, one); older {
			col.Older += g.N
			if moved {
				col.Moved += g.N
			}
		}
	}
	for i, f := range b.report.Families {
		var line []string
		for _, at := range f.Columns {
			line = append(line, values[at])
		}
		b.cross[i][strings.Join(line, "\n")] += g.N
	}
}

func (c *Column) count(one Coding, n int) {
	c.States[one.State] += n
	if !one.Has() {
		return
	}
	c.Codes[one.Code] += n
	if one.Exact {
		c.Exact += n
	}
	if _, known := c.Facet.Code(one.Code); !known {
		c.Facet.Codes = append(c.Facet.Codes, Code{ID: one.Code, Number: one.Number, Name: one.Name, NameEn: one.NameEn})
	}
}

func (b *builder) done() Report {
	for i := range b.report.Families {
		f := &b.report.Families[i]
		for line, n := range b.cross[i] {
			f.Lines = append(f.Lines, Cross{strings.Split(line, "\n"), n})
		}
		slices.SortFunc(f.Lines, func(x, y Cross) int {
			return cmp.Or(cmp.Compare(y.N, x.N), slices.Compare(x.Values, y.Values))
		})
	}
	return b.report
}

// coder codes keys and remembers the tables of each day, and what they said: the
// lines of a facet look at few fields, so thousands of keys have tens of answers.
type coder struct {
	c      *Catalogue
	kind   Institution
	basis  Basis
	tables map[tableAt]Table
	known  map[facetAt]*facetCoder
}

type tableAt struct {
	scheme string
	basis  Basis
	on     calendar.Date
}

type facetAt struct {
	tableAt
	facet string
}

// facetCoder answers for one facet of one table.
type facetCoder struct {
	table   Table
	facet   Facet
	exists  bool
	looks   [5]bool // fields that some line of the facet looks at
	answers map[answerAt]Coding
}

// answerAt is all that an answer depends on.
type answerAt struct {
	values [5]string
	chosen string
}

func newCoder(c *Catalogue, kind Institution, basis Basis) *coder {
	return &coder{c: c, kind: kind, basis: basis, tables: map[tableAt]Table{}, known: map[facetAt]*facetCoder{}}
}

func (k *coder) table(scheme string, basis Basis, on calendar.Date) Table {
	at := tableAt{scheme, basis, on}
	t, ok := k.tables[at]
	if !ok {
		t = k.c.Table(scheme, basis, on)
		k.tables[at] = t
	}
	return t
}

func (k *coder) facetCoder(scheme string, basis Basis, on calendar.Date, facet string) *facetCoder {
	at := facetAt{tableAt{scheme, basis, on}, facet}
	f := k.known[at]
	if f == nil {
		f = &facetCoder{table: k.table(scheme, basis, on), answers: map[answerAt]Coding{}}
		f.facet, f.exists = f.table.Scheme.Facet(facet)
		for _, l := range f.table.Mapping.Lines {
			for i, want := range l.conditions() {
				f.looks[i] = f.looks[i] || l.Facet == facet && want != ""
			}
		}
		k.known[at] = f
	}
	return f
}

// code answers for a key; a facet that the version lacks has no line.
func (f *facetCoder) code(key Key, facet string) Coding {
	s := f.table.Scheme
	if !f.exists {
		return Coding{Scheme: s.ID, SchemeVersion: s.Version, Facet: facet, State: Unmapped, Version: f.table.Mapping.Version}
	}
	at := answerAt{values: key.values(), chosen: key.Chosen(s.ID, facet)}
	for i, looked := range f.looks {
		if !looked {
			at.values[i] = ""
		}
	}
	one, ok := f.answers[at]
	if !ok {
		one = f.table.Code(key, f.facet)
		f.answers[at] = one
	}
	return one
}

// code answers for a facet under the coder's basis.
func (k *coder) code(key Key, on calendar.Date, scheme, facet string) Coding {
	return k.facetCoder(scheme, k.basis, on, facet).code(key, facet)
}

// older reports whether a coding rests on an older version, and whether the
// newest would say otherwise.
func (k *coder) older(key Key, on calendar.Date, one Coding) (older, moved bool) {
	newest := k.facetCoder(one.Scheme, Newest, on, one.Facet)
	if one.Version >= newest.table.Mapping.Version && one.SchemeVersion >= newest.table.Scheme.Version {
		return false, false
	}
	return true, !newest.exists || newest.code(key, one.Facet).Value() != one.Value()
}

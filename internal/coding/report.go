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

// coder codes keys and remembers the tables of each day.
type coder struct {
	c      *Catalogue
	kind   Institution
	basis  Basis
	tables map[string]Table
}

func newCoder(c *Catalogue, kind Institution, basis Basis) *coder {
	return &coder{c: c, kind: kind, basis: basis, tables: map[string]Table{}}
}

func (k *coder) table(scheme string, basis Basis, on calendar.Date) Table {
	at := scheme + string(basis) + on.String()
	t, ok := k.tables[at]
	if !ok {
		t = k.c.Table(scheme, basis, on)
		k.tables[at] = t
	}
	return t
}

// code answers for a facet; one that the version of the day lacks has no line.
func (k *coder) code(key Key, on calendar.Date, scheme, facet string) Coding {
	t := k.table(scheme, k.basis, on)
	f, ok := t.Scheme.Facet(facet)
	if !ok {
		return Coding{Scheme: scheme, SchemeVersion: t.Scheme.Version, Facet: facet, State: Unmapped, Version: t.Mapping.Version}
	}
	return t.Code(key, f)
}

// older reports whether a coding rests on an older version, and whether the
// newest would say otherwise.
func (k *coder) older(key Key, on calendar.Date, one Coding) (older, moved bool) {
	newest := k.table(one.Scheme, Newest, on)
	if one.Version >= newest.Mapping.Version && one.SchemeVersion >= newest.Scheme.Version {
		return false, false
	}
	f, ok := newest.Scheme.Facet(one.Facet)
	return true, !ok || newest.Code(key, f).Value() != one.Value()
}

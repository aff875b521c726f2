// Package coding says the same complaint in the words of every authority: one
// entry, three codings. Schemes, mapping tables and counting rules are data with
// versions; a mapping line decides, and every answer names it.
//
//	coding.go     schemes: facets and codes          mapping.go  lines that decide
//	catalogue.go  versions, proposals, releases      key.go      what is coded: the entry
//	read.go       tables in and out                  report.go   counts that agree
//	match.go      the rows behind a count, the queue, what a proposal moves
//
// The package is pure.
package coding

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Institution is the kind of institution; it decides which schemes apply.
type Institution string

// The kinds.
const (
	Bank     Institution = "bank"
	Property Institution = "property"
	Life     Institution = "life"
)

// Institutions lists the kinds.
var Institutions = []Institution{Bank, Property, Life}

// Own is the id of the institution's own scheme.
const Own = "own"

// Bounds of a scheme.
const (
	MaxDepth = 4
	MaxCodes = 5000
	MaxName  = 120 // characters
)

// Scheme is one version of a classification.
type Scheme struct {
	ID      string        `json:"id"`
	Version int           `json:"version"`
	From    calendar.Date `json:"from,omitzero"` // in force for registrations from this day; zero: always
	Title   string        `json:"title"`
	TitleEn string        `json:"title_en,omitempty"`
	Short   string        `json:"short,omitempty"` // for the heads of columns
	ShortEn string        `json:"short_en,omitempty"`
	For     []Institution `json:"for,omitempty"` // empty: every kind
	Grade   string        `json:"grade,omitempty"`
	Source  string        `json:"source,omitempty"` // where names and numbers come from
	Facets  []Facet       `json:"facets"`
}

// Facet is one question of a scheme: a case has one leaf of each.
type Facet struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	NameEn string `json:"name_en,omitempty"`
	Family string `json:"family,omitempty"` // facets of one family answer the same question
	Codes  []Code `json:"codes"`
}

// Code is one category. ID is our stable key; Number is what the authority
// prints, empty until it is imported.
type Code struct {
	ID     string `json:"id"`
	Parent string `json:"parent,omitempty"`
	Number string `json:"number,omitempty"`
	Name   string `json:"name"`
	NameEn string `json:"name_en,omitempty"`
	Grade  string `json:"grade,omitempty"` // "" is the scheme's
}

// Applies reports whether an institution of a kind uses the scheme.
func (s Scheme) Applies(k Institution) bool { return len(s.For) == 0 || slices.Contains(s.For, k) }

// Facet returns a facet by id.
func (s Scheme) Facet(id string) (Facet, bool) {
	i := slices.IndexFunc(s.Facets, func(f Facet) bool { return f.ID == id })
	if i < 0 {
		return Facet{}, false
	}
	return s.Facets[i], true
}

// Size returns how many codes the scheme has.
func (s Scheme) Size() (n int) {
	for _, f := range s.Facets {
		n += len(f.Codes)
	}
	return n
}

// Numbered returns how many codes have a number.
func (s Scheme) Numbered() (n int) {
	for _, f := range s.Facets {
		for _, c := range f.Codes {
			if c.Number != "" {
				n++
			}
		}
	}
	return n
}

// Code returns a code by id.
func (f Facet) Code(id string) (Code, bool) {
	i := slices.IndexFunc(f.Codes, func(c Code) bool { return c.ID == id })
	if i < 0 {
		return Code{}, false
	}
	return f.Codes[i], true
}

// Leaf reports whether a code exists and has none below it.
func (f Facet) Leaf(id string) bool {
	_, ok := f.Code(id)
	return ok && !slices.ContainsFunc(f.Codes, func(c Code) bool { return c.Parent == id })
}

// Leaves returns the codes that a case may have.
func (f Facet) Leaves() []Code {
	inner := map[string]bool{}
	for _, c := range f.Codes {
		inner[c.Parent] = true
	}
	var out []Code
	for _, c := range f.Codes {
		if !inner[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// Path returns the names from the top down to a code.
func (f Facet) Path(id string) []Code {
	var out []Code
	for range MaxDepth {
		c, ok := f.Code(id)
		if !ok {
			break
		}
		out = append(out, c)
		id = c.Parent
	}
	slices.Reverse(out)
	return out
}

// Label names a code with those above it and its number, as lists for typing ahead
// offer it; english chooses the names.
func (f Facet) Label(id string, english bool) string {
	var names []string
	number := ""
	for _, c := range f.Path(id) {
		name := c.Name
		if english && c.NameEn != "" {
			name = c.NameEn
		}
		names, number = append(names, name), c.Number
	}
	out := strings.Join(names, " › ")
	if number != "" {
		out += "（" + number + "）"
	}
	return out
}

// Find returns the leaf that a text names: its id, its number, what Label wrote in
// either language, or a name that only one leaf has.
func (f Facet) Find(text string) (Code, bool) {
	text = strings.TrimSpace(text)
	var named []Code
	for _, c := range f.Leaves() {
		switch text {
		case c.ID, c.Number, f.Label(c.ID, false), f.Label(c.ID, true):
			if text != "" {
				return c, true
			}
		case c.Name, c.NameEn:
			named = append(named, c)
		}
	}
	if len(named) != 1 || text == "" {
		return Code{}, false
	}
	return named[0], true
}

// Problem is one thing wrong with a row of a file, or with the whole when Place is empty.
type Problem struct {
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
}

// Problems are what a reading found; Err is nil while there are none.
type Problems []Problem

// Err returns a fault that names how many rows are wrong, with each of them.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	var f fault.Fields
	for _, one := range p {
		text := one.Text
		if one.Place != "" {
			text = one.Place + "：" + text
		}
		f.Add("file", "%s", text)
	}
	return f.Err()
}

// Check says what is wrong with a scheme: codes twice, parents unknown or in a
// circle, more than four levels, names missing. places gives the row of a code,
// nil when it came from no file.
func (s Scheme) Check(places func(facet, id string) string) Problems {
	k := checker{places: places}
	if len(s.Facets) == 0 {
		k.say("", "", "没有任何编码。请检查文件的表头是否有“分面、编码、上级、名称”。")
	}
	if n := s.Size(); n > MaxCodes {
		k.say("", "", "共有 %d 个编码，超过上限 %d 个。请检查是否选错了文件。", n, MaxCodes)
		return k.out
	}
	seen := map[string]bool{}
	for _, f := range s.Facets {
		if seen[f.ID] {
			k.say(f.ID, "", "分面 %s 出现两次。", f.ID)
		}
		seen[f.ID] = true
		k.facet(f)
	}
	return k.out
}

type checker struct {
	places func(facet, id string) string
	out    Problems
}

func (k *checker) say(facet, id, format string, args ...any) {
	place := ""
	if k.places != nil && id != "" {
		place = k.places(facet, id)
	}
	k.out = append(k.out, Problem{Place: place, Text: fault.New(fault.Invalid, format, args...).Text})
}

func (k *checker) facet(f Facet) {
	parent := map[string]string{}
	for _, c := range f.Codes {
		if _, twice := parent[c.ID]; twice {
			k.say(f.ID, c.ID, "编码 %s 在分面“%s”里出现两次。请删去一行或改用不同的编码。", c.ID, f.Name)
			continue
		}
		parent[c.ID] = c.Parent
		if c.ID == "" || c.Name == "" {
			k.say(f.ID, c.ID, "编码和名称都要填写（编码“%s”，名称“%s”）。", c.ID, c.Name)
		}
		if n := len([]rune(c.Name)); n > MaxName {
			k.say(f.ID, c.ID, "名称有 %d 个字，超过 %d 个字的上限。", n, MaxName)
		}
	}
	for _, c := range f.Codes {
		k.chain(f, c, parent)
	}
}

// chain follows a code to the top.
func (k *checker) chain(f Facet, c Code, parent map[string]string) {
	level := 1
	for at := c.Parent; at != ""; level++ {
		up, ok := parent[at]
		switch {
		case !ok && at == c.Parent:
			k.say(f.ID, c.ID, "编码 %s 的上级 %s 不存在。请先列出上级，或改正上级编码。", c.ID, at)
			return
		case !ok:
			return // said at the code that names it
		case up == c.ID || at == c.ID:
			k.say(f.ID, c.ID, "编码 %s 的上级绕了一圈又回到自己。请改正上级编码。", c.ID)
			return
		case level >= len(parent)+1:
			return // a circle above, said at its members
		}
		at = up
	}
	if level == MaxDepth+1 {
		k.say(f.ID, c.ID, "编码 %s 在第 %d 层；最多 %d 层。", c.ID, level, MaxDepth)
	}
}

// Same reports whether two schemes say the same, apart from version and day.
func (s Scheme) Same(o Scheme) bool {
	return slices.EqualFunc(s.Facets, o.Facets, func(a, b Facet) bool {
		return a.ID == b.ID && a.Name == b.Name && slices.Equal(a.Codes, b.Codes)
	})
}

// byFrom orders versions.
func byFrom(a, b calendar.Date) int { return cmp.Compare(a, b) }

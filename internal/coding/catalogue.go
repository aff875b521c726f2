package coding

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Catalogue is every version of every scheme and table, with what is proposed.
// It is the fold of the coding streams and is not changed once it is handed out.
type Catalogue struct {
	order    []string
	schemes  map[string][]Scheme  // by version
	mappings map[string][]Mapping // by version
	drafts   map[string]Drafts
}

// Drafts are what is proposed for a scheme and not in force.
type Drafts struct {
	Scheme  *Scheme
	Mapping *Mapping
	Source  string // name of the file, "" for changes made on the page
}

// What can be proposed, released and dropped.
const (
	WhatScheme  = "scheme"
	WhatMapping = "mapping"
)

// Proposed is the event of a new version that is not in force yet.
type Proposed struct {
	Scheme  *Scheme  `json:"scheme,omitempty"`
	Mapping *Mapping `json:"mapping,omitempty"`
	Source  string   `json:"source"`
}

// Released is the event of a proposal put in force for registrations from a day.
type Released struct {
	What    string        `json:"what"`
	Version int           `json:"version"`
	From    calendar.Date `json:"from"`
	Why     string        `json:"why"`
}

// Dropped is the event of a proposal given up.
type Dropped struct {
	What string `json:"what"`
}

// Event kinds of the coding streams.
const (
	KindProposed = "coding.Proposed"
	KindReleased = "coding.Released"
	KindDropped  = "coding.Dropped"
)

// Stream returns the ledger stream of a scheme.
func Stream(scheme string) string { return "coding/" + scheme }

//go:embed data/schemes.toml
var schemesTOML string

//go:embed data/mappings.toml
var mappingsTOML string

// Embedded returns the schemes of the authorities with the first tables. The
// institution's own scheme is added by With.
var Embedded = sync.OnceValue(func() *Catalogue {
	c := &Catalogue{schemes: map[string][]Scheme{}, mappings: map[string][]Mapping{}, drafts: map[string]Drafts{}}
	for _, s := range readSchemes() {
		c.add(s)
	}
	for _, m := range readMappings() {
		c.mappings[m.Scheme] = append(c.mappings[m.Scheme], m)
	}
	return c
})

func readSchemes() (out []Scheme) {
	var file struct {
		Scheme []struct {
			ID, Title, Grade, Source string
			TitleEn                  string `toml:"title_en"`
			Short                    string
			ShortEn                  string `toml:"short_en"`
			For                      []Institution
			Facet                    []struct {
				ID, Name, Family string
				NameEn           string `toml:"name_en"`
				Codes            [][]string
			}
		}
	}
	if _, err := toml.Decode(schemesTOML, &file); err != nil {
		panic("schemes.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	for _, s := range file.Scheme {
		scheme := Scheme{ID: s.ID, Version: 1, Title: s.Title, TitleEn: s.TitleEn, Short: s.Short, ShortEn: s.ShortEn, For: s.For, Grade: s.Grade, Source: s.Source}
		for _, f := range s.Facet {
			facet := Facet{ID: f.ID, Name: f.Name, NameEn: f.NameEn, Family: f.Family}
			for _, c := range f.Codes {
				code := Code{ID: c[0], Parent: c[1], Name: c[2], NameEn: c[3]}
				if len(c) > 4 {
					code.Grade = c[4]
				}
				facet.Codes = append(facet.Codes, code)
			}
			scheme.Facets = append(scheme.Facets, facet)
		}
		out = append(out, scheme)
	}
	return out
}

func readMappings() (out []Mapping) {
	var file struct {
		Mapping []struct {
			Scheme, Why string
			Lines       [][]string
		}
	}
	if _, err := toml.Decode(mappingsTOML, &file); err != nil {
		panic("mappings.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	for _, m := range file.Mapping {
		mapping := Mapping{Scheme: m.Scheme, Version: 1, Why: m.Why}
		for _, l := range m.Lines {
			mapping.Lines = append(mapping.Lines, Line{Facet: l[0], Product: l[1], Reason: l[2], LifeCycle: l[3], Business: l[4], Channel: l[5], Codes: strings.Split(l[6], "|"), Why: l[7]})
		}
		out = append(out, mapping)
	}
	return out
}

func (c *Catalogue) add(s Scheme) {
	if !slices.Contains(c.order, s.ID) {
		c.order = append(c.order, s.ID)
	}
	c.schemes[s.ID] = append(c.schemes[s.ID], s)
}

// clone copies what an event may change.
func (c *Catalogue) clone() *Catalogue {
	out := &Catalogue{order: slices.Clone(c.order), schemes: map[string][]Scheme{}, mappings: map[string][]Mapping{}, drafts: map[string]Drafts{}}
	for id, list := range c.schemes {
		out.schemes[id] = slices.Clip(list)
	}
	for id, list := range c.mappings {
		out.mappings[id] = slices.Clip(list)
	}
	for id, d := range c.drafts {
		out.drafts[id] = d
	}
	return out
}

// With returns the catalogue with one more scheme and its first table.
func (c *Catalogue) With(s Scheme, m Mapping) *Catalogue {
	out := c.clone()
	out.add(s)
	out.mappings[s.ID] = append(out.mappings[s.ID], m)
	return out
}

// Apply returns the catalogue after an event of a scheme's stream: *Proposed,
// *Released or *Dropped.
func (c *Catalogue) Apply(scheme string, event any) *Catalogue {
	out := c.clone()
	d := out.drafts[scheme]
	switch e := event.(type) {
	case *Proposed:
		d.Source = e.Source
		if e.Scheme != nil {
			d.Scheme = e.Scheme
		}
		if e.Mapping != nil {
			d.Mapping = e.Mapping
		}
	case *Dropped:
		d = d.without(e.What)
	case *Released:
		if e.What == WhatScheme && d.Scheme != nil {
			s := *d.Scheme
			s.Version, s.From = e.Version, e.From
			out.add(s)
		}
		if e.What == WhatMapping && d.Mapping != nil {
			m := *d.Mapping
			m.Version, m.From, m.Why = e.Version, e.From, e.Why
			out.mappings[scheme] = append(out.mappings[scheme], m)
		}
		d = d.without(e.What)
	}
	out.drafts[scheme] = d
	return out
}

func (d Drafts) without(what string) Drafts {
	if what == WhatScheme {
		d.Scheme = nil
	} else {
		d.Mapping = nil
	}
	return d
}

// Schemes returns the newest version of each scheme that applies to a kind of
// institution, "" for all.
func (c *Catalogue) Schemes(k Institution) []Scheme {
	var out []Scheme
	for _, id := range c.order {
		s := c.schemes[id][len(c.schemes[id])-1]
		if k == "" || s.Applies(k) {
			out = append(out, s)
		}
	}
	return out
}

// Scheme returns the newest version of a scheme; fault.NotFound when there is none.
func (c *Catalogue) Scheme(id string) (Scheme, error) {
	list := c.schemes[id]
	if len(list) == 0 {
		return Scheme{}, fault.New(fault.NotFound, "没有编号为“%s”的编码体系。可用：%s。", id, strings.Join(c.order, "、"))
	}
	return list[len(list)-1], nil
}

// Versions returns all versions of a scheme and of its table, oldest first.
func (c *Catalogue) Versions(id string) ([]Scheme, []Mapping) { return c.schemes[id], c.mappings[id] }

// Draft returns what is proposed for a scheme.
func (c *Catalogue) Draft(id string) Drafts { return c.drafts[id] }

// Basis says under which versions a case is coded.
type Basis string

// The bases: the versions in force on the day of registration; the newest; those
// before the newest; and the newest with what is proposed.
const (
	AtRegistration Basis = "registered"
	Newest         Basis = "newest"
	Before         Basis = "before"
	WithDraft      Basis = "draft"
)

// Bases lists the bases that a report may be asked for.
var Bases = []Basis{AtRegistration, Newest, Before}

// Table returns the scheme and table that code a case registered on a day.
func (c *Catalogue) Table(id string, basis Basis, registered calendar.Date) Table {
	schemes, mappings, d := c.schemes[id], c.mappings[id], c.drafts[id]
	t := Table{Scheme: pick(schemes, basis, registered, func(s Scheme) calendar.Date { return s.From }),
		Mapping: pick(mappings, basis, registered, func(m Mapping) calendar.Date { return m.From })}
	if basis == WithDraft && d.Scheme != nil {
		t.Scheme = *d.Scheme
	}
	if basis == WithDraft && d.Mapping != nil {
		t.Mapping = *d.Mapping
	}
	return t
}

// pick chooses a version. With none in force on the day yet, the first counts:
// every case has a coding.
func pick[T any](list []T, basis Basis, on calendar.Date, from func(T) calendar.Date) T {
	var zero T
	switch n := len(list); {
	case n == 0:
		return zero
	case basis == Before:
		return list[max(0, n-2)]
	case basis == Newest || basis == WithDraft:
		return list[n-1]
	}
	best := list[0]
	for _, v := range list[1:] {
		if from(v) <= on {
			best = v
		}
	}
	return best
}

// Boundaries returns the days from which another version is in force in any of
// the schemes, and more days, sorted: between two of them all cases are coded alike.
func (c *Catalogue) Boundaries(k Institution, more ...calendar.Date) []calendar.Date {
	out := slices.Clone(more)
	for _, s := range c.Schemes(k) {
		for _, v := range c.schemes[s.ID] {
			out = append(out, v.From)
		}
		for _, m := range c.mappings[s.ID] {
			out = append(out, m.From)
		}
	}
	out = append(out, 0)
	slices.SortFunc(out, byFrom)
	return slices.Compact(out)
}

// Code codes a key registered on a day in every facet of the schemes that apply.
func (c *Catalogue) Code(k Institution, basis Basis, key Key, registered calendar.Date) []Coding {
	var out []Coding
	for _, s := range c.Schemes(k) {
		t := c.Table(s.ID, basis, registered)
		for _, f := range t.Scheme.Facets {
			out = append(out, t.Code(key, f))
		}
	}
	return out
}

// Release returns the event that puts a proposal in force from a day.
func (c *Catalogue) Release(id, what string, from calendar.Date, why string, words Vocabulary) (Released, error) {
	schemes, mappings, d := c.schemes[id], c.mappings[id], c.drafts[id]
	var f fault.Fields
	f.Need(!from.IsZero(), "from", "请填写从哪一天起登记的投诉按新版编码")
	f.Need(strings.TrimSpace(why) != "", "why", "请写明为什么发布新版")
	f.Need(len([]rune(why)) <= 500, "why", "发布原因最多 500 个字")
	out := Released{What: what, From: from, Why: why}
	var last calendar.Date
	switch {
	case what == WhatScheme && d.Scheme != nil:
		last, out.Version = schemes[len(schemes)-1].From, len(schemes)+1
	case what == WhatMapping && d.Mapping != nil:
		if len(mappings) > 0 {
			last = mappings[len(mappings)-1].From
		}
		out.Version = len(mappings) + 1
		s, err := c.Scheme(id)
		if err != nil {
			return out, err
		}
		if err := d.Mapping.Check(s, words, nil).Err(); err != nil {
			return out, err
		}
	default:
		return out, fault.New(fault.Conflict, "没有待发布的版本，可能已由他人发布或放弃。请刷新后再看。")
	}
	f.Need(from > last, "from", "生效日 %s 须晚于现行版本的生效日（%s）", from, last)
	return out, f.Err()
}

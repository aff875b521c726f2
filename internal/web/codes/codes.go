// Package codes is the room of the three codings: schemes and mapping tables with
// their versions, what waits for a person, and the reconciliation of the counts.
//
//	codes.go   schemes in force, one scheme     edit.go       files, lines, release
//	queue.go   situations without a code        reconcile.go  counts side by side, their rows
package codes

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

type room struct {
	site *web.Site
	app  *app.App
}

// maxUpload is a table file and the rest of its form, in bytes.
const maxUpload = app.MaxCodingFile + 1<<20

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	read, manage := access.ReadCoding, access.ManageCoding
	return []web.Route{
		{Method: "GET", Path: "/codes", Need: read, Handler: m.home},
		{Method: "GET", Path: "/codes/queue", Need: read, Handler: m.queue},
		{Method: "POST", Path: "/codes/queue", Need: access.HandleComplaint, Handler: m.choose},
		{Method: "GET", Path: "/codes/reconcile", Need: read, Handler: m.reconcile},
		{Method: "POST", Path: "/codes/reconcile", Need: read, Handler: m.exportReport},
		{Method: "GET", Path: "/codes/rows", Need: access.ReadComplaint, Handler: m.rows},
		{Method: "POST", Path: "/codes/rows", Need: access.ExportComplaint, Fresh: true, Handler: m.exportRows},
		{Method: "GET", Path: "/codes/{scheme}", Need: read, Handler: m.scheme},
		{Method: "GET", Path: "/codes/{scheme}/line", Need: manage, Handler: m.lineForm},
		{Method: "POST", Path: "/codes/{scheme}/line", Need: manage, Handler: m.line},
		{Method: "GET", Path: "/codes/{scheme}/{file}", Need: read, Handler: m.export},
		{Method: "POST", Path: "/codes/{scheme}/propose", Need: manage, Handler: m.propose, MaxBody: maxUpload},
		{Method: "POST", Path: "/codes/{scheme}/release", Need: manage, Handler: m.release},
		{Method: "POST", Path: "/codes/{scheme}/drop", Need: manage, Handler: m.drop},
	}
}

// talk gives texts in the reader's language.
type talk struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) talk(r *http.Request) talk { return talk{web.LangOf(r), m.site.Texts()} }

func (k talk) t(key string, args ...any) string { return k.texts.Text(k.lang, key, args...) }

// either chooses between two wordings that the data brings.
func (k talk) either(zh, en string) string {
	if k.lang == web.English && en != "" {
		return en
	}
	return zh
}

// value names a code with those above it, or a state.
func (k talk) value(f coding.Facet, v string) string {
	if strings.HasPrefix(v, "<") {
		return k.t("codes.state." + strings.Trim(v, "<>"))
	}
	out := ""
	for i, c := range f.Path(v) {
		if i > 0 {
			out += " › "
		}
		out += k.either(c.Name, c.NameEn)
	}
	if out == "" {
		return v
	}
	return out
}

// tabs are the three views of the room.
func tabs(here string) []web.Tab {
	out := []web.Tab{{Label: "codes.schemes", Link: "/codes"}, {Label: "codes.queue", Link: "/codes/queue"}, {Label: "codes.reconcile", Link: "/codes/reconcile"}}
	for i := range out {
		out[i].Here = out[i].Label == here
	}
	return out
}

type homeView struct {
	Tabs    []web.Tab
	Kind    string // message id
	Schemes []schemeLine
	Rules   []ruleLine
}

type schemeLine struct {
	ID, Title, Source, Grade string
	Version, Table           int
	From, TableFrom          string
	Facets                   string
	Codes, Numbered, Lines   int
	Draft                    bool
}

type ruleLine struct{ Name, Source, Grade string }

func (m *room) home(w http.ResponseWriter, r *http.Request) error {
	c, err := m.app.Codings(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	k := m.talk(r)
	v := homeView{Tabs: tabs("codes.schemes"), Kind: "codes.kind." + string(c.Kind)}
	for _, s := range c.Catalogue.Schemes(c.Kind) {
		t, d := c.Catalogue.Table(s.ID, coding.AtRegistration, c.Today), c.Catalogue.Draft(s.ID)
		line := schemeLine{ID: s.ID, Title: k.either(s.Title, s.TitleEn), Source: s.Source, Grade: s.Grade, Version: t.Scheme.Version, From: t.Scheme.From.String(),
			Table: t.Mapping.Version, TableFrom: t.Mapping.From.String(), Codes: t.Scheme.Size(), Numbered: t.Scheme.Numbered(), Lines: len(t.Mapping.Lines), Draft: d.Scheme != nil || d.Mapping != nil}
		var facets []string
		for _, f := range t.Scheme.Facets {
			facets = append(facets, k.either(f.Name, f.NameEn))
		}
		line.Facets = strings.Join(facets, k.t("codes.comma"))
		v.Schemes = append(v.Schemes, line)
	}
	for _, rule := range coding.LeaveOuts() {
		v.Rules = append(v.Rules, ruleLine{k.either(rule.Name, rule.NameEn), rule.Source, rule.Grade})
	}
	return m.site.Render(w, r, "codes/home", v)
}

type schemeView struct {
	Tabs     []web.Tab
	ID       string
	Title    string
	Source   string
	Grade    string
	Version  int
	Numbered bool
	Facets   []facetView
	Table    tableView
	Versions []versionLine
	Manage   bool
	Form     *web.Form
	Whats    []web.Option
	Drafts   []draftView
}

type facetView struct {
	ID, Name string
	Codes    []codeLine
}

type codeLine struct {
	coding.Code
	Title string
	Level int
}

type tableView struct {
	Version int
	Draft   bool
	Lines   []mappingLine
}

type mappingLine struct {
	N      int
	Facet  string
	Conds  []string // of Fields, with names
	Codes  []string
	Open   bool // several codes
	Exact  bool
	Why    string
	Marked bool
}

type versionLine struct {
	What    string // message id
	Version int
	From    string
	Why     string
	N       int
}

func (m *room) scheme(w http.ResponseWriter, r *http.Request) error {
	v, err := m.schemeView(r, web.NewForm("from", m.app.Today().AddDays(1).String(), "what", coding.WhatMapping))
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "codes/scheme", v)
}

func (m *room) schemeView(r *http.Request, form *web.Form) (schemeView, error) {
	who := web.Actor(r)
	c, err := m.app.Codings(r.Context(), who)
	if err != nil {
		return schemeView{}, err
	}
	s, err := c.Catalogue.Scheme(r.PathValue("scheme"))
	if err != nil {
		return schemeView{}, err
	}
	k := m.talk(r)
	v := schemeView{Tabs: tabs("codes.schemes"), ID: s.ID, Title: k.either(s.Title, s.TitleEn), Source: s.Source, Grade: s.Grade, Version: s.Version, Numbered: s.Numbered() > 0,
		Manage: access.May(who, access.ManageCoding), Form: form, Whats: []web.Option{{Value: coding.WhatMapping, Label: "codes.what.mapping"}, {Value: coding.WhatScheme, Label: "codes.what.scheme"}}}
	for _, f := range s.Facets {
		fv := facetView{ID: f.ID, Name: k.either(f.Name, f.NameEn)}
		for _, code := range f.Codes {
			fv.Codes = append(fv.Codes, codeLine{code, k.either(code.Name, code.NameEn), len(f.Path(code.ID))})
		}
		v.Facets = append(v.Facets, fv)
	}
	marked, _ := strconv.Atoi(r.URL.Query().Get("line"))
	v.Table = k.table(c.Catalogue.Table(s.ID, coding.WithDraft, 0), marked)
	v.Table.Draft = c.Catalogue.Draft(s.ID).Mapping != nil
	v.Versions = k.versions(c.Catalogue, s.ID)
	if v.Manage {
		v.Drafts, err = m.drafts(r, k, c, s, form)
	}
	return v, err
}

// table writes the lines of a mapping with names.
func (k talk) table(t coding.Table, marked int) tableView {
	words := complaint.CodingVocabulary()
	v := tableView{Version: t.Mapping.Version}
	for i, l := range t.Mapping.Lines {
		f, _ := t.Scheme.Facet(l.Facet)
		line := mappingLine{N: i + 1, Facet: k.either(f.Name, f.NameEn), Open: len(l.Codes) > 1, Exact: l.Exact(), Why: l.Why, Marked: i+1 == marked}
		for _, field := range coding.Fields {
			line.Conds = append(line.Conds, k.condition(words, field, l.Condition(field)))
		}
		for _, id := range l.Codes {
			line.Codes = append(line.Codes, k.value(f, id))
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

func (k talk) condition(words coding.Vocabulary, field, cond string) string {
	if cond == "*" {
		return k.t("codes.any")
	}
	var names []string
	for _, one := range strings.FieldsFunc(cond, func(r rune) bool { return r == '|' }) {
		names = append(names, k.word(words, field, one))
	}
	return strings.Join(names, k.t("codes.or"))
}

// word names a value of the entry.
func (k talk) word(words coding.Vocabulary, field, id string) string {
	if key := "desk.channel." + id; field == "channel" && k.lang == web.English && k.texts.Has(k.lang, key) {
		return k.t(key)
	}
	return words.Name(field, id, string(k.lang))
}

func (k talk) versions(c *coding.Catalogue, id string) []versionLine {
	var out []versionLine
	schemes, tables := c.Versions(id)
	for _, s := range slices.Backward(schemes) {
		out = append(out, versionLine{"codes.what.scheme", s.Version, day(s.From), s.Source, s.Size()})
	}
	for _, t := range slices.Backward(tables) {
		out = append(out, versionLine{"codes.what.mapping", t.Version, day(t.From), t.Why, len(t.Lines)})
	}
	return out
}

// day writes a day of coming into force; the first version is always in force.
func day(d calendar.Date) string {
	if d.IsZero() {
		return "–"
	}
	return d.String()
}

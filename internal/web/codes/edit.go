package codes

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// draftView is a proposal with what it would change.
type draftView struct {
	What, Source string // What is scheme or mapping
	Label        string // message id
	N            int    // codes or lines
	Moves        []moveLine
	Cases        int // that move
	Official     int
	Facets       []facetView // of a proposed scheme
}

type moveLine struct {
	Facet, From, To string
	N, Official     int
}

// shownMoves is how many kinds of moves the page lists.
const shownMoves = 40

func (m *room) drafts(r *http.Request, k talk, c app.Codings, s coding.Scheme, form *web.Form) ([]draftView, error) {
	d := c.Catalogue.Draft(s.ID)
	if d.Scheme == nil && d.Mapping == nil {
		return nil, nil
	}
	from, err := calendar.Parse(form.Get("from"))
	if err != nil {
		from = c.Today.AddDays(1)
	}
	moves, err := m.app.CodingChange(r.Context(), web.Actor(r), s.ID, from)
	if err != nil {
		return nil, err
	}
	all := draftView{Source: d.Source}
	for _, mv := range moves {
		all.Cases, all.Official = all.Cases+mv.N, all.Official+mv.Official
		if len(all.Moves) < shownMoves {
			f, _ := s.Facet(mv.Facet)
			to := f
			if d.Scheme != nil {
				to, _ = d.Scheme.Facet(mv.Facet)
			}
			all.Moves = append(all.Moves, moveLine{k.either(f.Name, f.NameEn), k.value(f, mv.From), k.value(to, mv.To), mv.N, mv.Official})
		}
	}
	var out []draftView
	if d.Scheme != nil {
		v := all
		v.What, v.Label, v.N = coding.WhatScheme, "codes.what.scheme", d.Scheme.Size()
		for _, f := range d.Scheme.Facets {
			fv := facetView{ID: f.ID, Name: k.either(f.Name, f.NameEn)}
			for _, code := range f.Codes {
				fv.Codes = append(fv.Codes, codeLine{code, k.either(code.Name, code.NameEn), len(f.Path(code.ID))})
			}
			v.Facets = append(v.Facets, fv)
		}
		out = append(out, v)
	}
	if d.Mapping != nil {
		v := all
		v.What, v.Label, v.N = coding.WhatMapping, "codes.what.mapping", len(d.Mapping.Lines)
		out = append(out, v)
	}
	return out, nil
}

// act runs what a form asks of a scheme; a refused form comes back with the page.
func (m *room) act(w http.ResponseWriter, r *http.Request, flash string, fn func(form *web.Form, scheme string) error) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	scheme := r.PathValue("scheme")
	if err := fn(form, scheme); err != nil {
		v, broken := m.schemeView(r, form.Refuse(err))
		if broken != nil {
			return err
		}
		return web.Again("codes/scheme", v, err)
	}
	m.site.Flash(w, "good", flash)
	http.Redirect(w, r, "/codes/"+scheme, http.StatusSeeOther)
	return nil
}

// propose takes a file as a proposal.
func (m *room) propose(w http.ResponseWriter, r *http.Request) error {
	return m.act(w, r, "codes.proposed", func(form *web.Form, scheme string) error {
		files := web.Files(r, "file")
		if len(files) == 0 {
			return wrong("file", "请选择要导入的文件（.xlsx 或 .csv）")
		}
		return m.app.ProposeCoding(r.Context(), web.Actor(r), scheme, form.Get("what"), filepath.Base(files[0].Filename), files[0].Open(), files[0].Size)
	})
}

func wrong(field, text string) error {
	var f fault.Fields
	f.Add(field, "%s", text)
	return f.Err()
}

func (m *room) release(w http.ResponseWriter, r *http.Request) error {
	return m.act(w, r, "codes.released", func(form *web.Form, scheme string) error {
		from, err := calendar.Parse(form.Get("from"))
		if err != nil {
			return wrong("from", "请填写生效日，例如 "+m.app.Today().AddDays(1).String())
		}
		return m.app.ReleaseCoding(r.Context(), web.Actor(r), scheme, form.Get("what"), from, form.Get("why"))
	})
}

func (m *room) drop(w http.ResponseWriter, r *http.Request) error {
	return m.act(w, r, "codes.dropped", func(form *web.Form, scheme string) error {
		return m.app.DropCoding(r.Context(), web.Actor(r), scheme, form.Get("what"))
	})
}

type lineView struct {
	ID, Title string
	N         int
	Form      *web.Form
	Facets    []web.Option
	Words     []wordList
	Codes     []wordList
}

// wordList is the choices of a field, offered while typing.
type wordList struct {
	ID    string
	Words []string
}

// fields of the form of a line, as the columns of a file.
var fields = []string{"facet", "product", "reason", "life_cycle", "business_channel", "channel", "codes", "why"}

// lineForm shows one line of the table, or an empty one.
func (m *room) lineForm(w http.ResponseWriter, r *http.Request) error {
	v, t, err := m.lineView(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v.Form = web.NewForm()
	for _, name := range fields {
		v.Form.Values.Set(name, q.Get(name))
	}
	if v.N > 0 && v.N <= len(t.Mapping.Lines) {
		words := complaint.CodingVocabulary()
		l := t.Mapping.Lines[v.N-1]
		v.Form.Values.Set("facet", l.Facet)
		v.Form.Values.Set("codes", strings.Join(l.Codes, "|"))
		v.Form.Values.Set("why", l.Why)
		for _, field := range coding.Fields {
			v.Form.Values.Set(field, named(words, field, l.Condition(field)))
		}
	}
	return m.site.Render(w, r, "codes/line", v)
}

// named writes a condition with the Chinese names, as people type it.
func named(words coding.Vocabulary, field, cond string) string {
	parts := strings.Split(cond, "|")
	for i, p := range parts {
		parts[i] = words.Name(field, p, "zh")
	}
	return strings.Join(parts, "|")
}

func (m *room) lineView(r *http.Request) (lineView, coding.Table, error) {
	c, err := m.app.Codings(r.Context(), web.Actor(r))
	if err != nil {
		return lineView{}, coding.Table{}, err
	}
	s, err := c.Catalogue.Scheme(r.PathValue("scheme"))
	if err != nil {
		return lineView{}, coding.Table{}, err
	}
	k := m.talk(r)
	v := lineView{ID: s.ID, Title: k.either(s.Title, s.TitleEn)}
	v.N, _ = strconv.Atoi(r.FormValue("n"))
	for _, f := range s.Facets {
		v.Facets = append(v.Facets, web.Option{Value: f.ID, Text: k.either(f.Name, f.NameEn)})
		list := wordList{ID: f.ID}
		for _, leaf := range f.Leaves() {
			list.Words = append(list.Words, leaf.ID+" "+k.value(f, leaf.ID))
		}
		v.Codes = append(v.Codes, list)
	}
	words := complaint.CodingVocabulary()
	for _, field := range coding.Fields {
		list := wordList{ID: field}
		for _, t := range words[field] {
			list.Words = append(list.Words, t.Name)
		}
		v.Words = append(v.Words, list)
	}
	return v, c.Catalogue.Table(s.ID, coding.WithDraft, 0), nil
}

// line takes one line of the table.
func (m *room) line(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	scheme := r.PathValue("scheme")
	if err := m.takeLine(r, scheme, form); err != nil {
		v, _, broken := m.lineView(r)
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("codes/line", v, err)
	}
	m.site.Flash(w, "good", "codes.line_saved")
	http.Redirect(w, r, "/codes/"+scheme+"#table", http.StatusSeeOther)
	return nil
}

func (m *room) takeLine(r *http.Request, scheme string, form *web.Form) error {
	c, err := m.app.Codings(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	s, err := c.Catalogue.Scheme(scheme)
	if err != nil {
		return err
	}
	d := app.EditMapping{Remove: form.Get("do") == "remove"}
	d.N, _ = strconv.Atoi(form.Get("n"))           // 0 adds
	d.Before, _ = strconv.Atoi(form.Get("before")) // 0 is the end
	if !d.Remove {
		row := coding.Row{Cells: map[string]string{}}
		for i, name := range fields {
			row.Cells[coding.MappingColumns[i]] = form.Get(name)
		}
		read, problems := coding.ReadMapping(s, []coding.Row{row}, complaint.CodingVocabulary())
		if err := problems.Err(); err != nil {
			return err
		}
		d.Line = read.Lines[0]
	}
	return m.app.EditMapping(r.Context(), web.Actor(r), scheme, d)
}

// export gives a scheme or a table as a file: scheme.xlsx, mapping.csv, draft.csv.
func (m *room) export(w http.ResponseWriter, r *http.Request) error {
	name, ext, _ := strings.Cut(r.PathValue("file"), ".")
	form, err := web.TableFormat(ext)
	if err != nil || name != coding.WhatScheme && name != coding.WhatMapping && name != "draft" {
		return fault.New(fault.NotFound, "只能下载 scheme 或 mapping 的 xlsx、csv")
	}
	what := name
	if name == "draft" {
		what = coding.WhatMapping
	}
	var b bytes.Buffer
	if err := m.app.ExportCoding(r.Context(), web.Actor(r), r.PathValue("scheme"), what, name == "draft", form, &b); err != nil {
		return err
	}
	return web.SendTable(w, form, r.PathValue("scheme")+"-"+name+"."+ext, &b)
}

package casefile

import (
	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// CodingLine is the case in one facet of one scheme.
type CodingLine struct {
	coding.Coding
	First   bool // of its scheme
	Title   string
	FacetOf string
	Value   string
	Above   string // names of the codes above, "" for none
	Picked  string // who picked, and why
	Table   string // the mapping table at the line that decided
	Do      string // form that picks; "" when the reader may not
	Needs   string // names of what is missing
}

// codings are the three codings of the case.
func (k talk) codings(p app.CasePage) []CodingLine {
	var out []CodingLine
	last := ""
	for _, c := range p.Codings {
		s, err := p.Schemes.Catalogue.Scheme(c.Scheme)
		if err != nil {
			continue
		}
		f, _ := s.Facet(c.Facet)
		l := CodingLine{Coding: c, First: c.Scheme != last, Title: k.either(s.Title, s.TitleEn), FacetOf: k.either(f.Name, f.NameEn), Value: k.either(c.Name, c.NameEn)}
		if path := f.Path(c.Code); len(path) > 1 {
			for _, up := range path[:len(path)-1] {
				l.Above += k.either(up.Name, up.NameEn) + " › "
			}
		}
		if c.Line > 0 {
			l.Table = web.Link("/codes/"+c.Scheme, "line", c.Line) + "#line-" + itoa(c.Line)
		}
		for i, need := range c.Needs {
			if i > 0 {
				l.Needs += k.t("case.comma")
			}
			l.Needs += k.t("case.f." + need)
		}
		l.Picked = k.picked(p, c)
		if may(p, access.HandleComplaint) && p.Case.State != complaint.Merged {
			l.Do = web.Link(path(p.Case.ID, "/do/choose-code"), "scheme", c.Scheme, "facet", c.Facet)
		}
		last = c.Scheme
		out = append(out, l)
	}
	return out
}

func (k talk) picked(p app.CasePage, c coding.Coding) string {
	for _, ch := range p.Case.Choices {
		if ch.Scheme == c.Scheme && ch.Facet == c.Facet && c.State == coding.Chosen {
			return p.Org.Name(ch.By) + k.t("case.coding.because") + ch.Why
		}
	}
	return ""
}

// chooseFields asks for a code: of the candidates when a line names some, else of
// all of the facet.
func chooseFields(f *form) {
	scheme, facet := f.ask("scheme", ""), f.ask("facet", "")
	if scheme == "" && len(f.p.Codings) > 0 {
		scheme, facet = f.p.Codings[0].Scheme, f.p.Codings[0].Facet
		for _, c := range f.p.Codings {
			if !c.Has() {
				scheme, facet = c.Scheme, c.Facet
				break
			}
		}
	}
	f.hidden("scheme", scheme)
	f.hidden("facet", facet)
	s, err := f.p.Schemes.Catalogue.Scheme(scheme)
	if err != nil {
		return
	}
	of, _ := s.Facet(facet)
	f.note(f.either(s.Title, s.TitleEn) + " · " + f.either(of.Name, of.NameEn))
	var few, all []web.Option
	for _, c := range of.Leaves() {
		all = append(all, web.Option{Value: c.ID, Text: f.codePath(of, c.ID)})
	}
	for _, c := range f.p.Codings {
		if c.Scheme != scheme || c.Facet != facet {
			continue
		}
		if c.Why != "" {
			f.note(c.Why)
		}
		for _, id := range c.Candidates {
			few = append(few, web.Option{Value: id, Text: f.codePath(of, id)})
		}
	}
	if len(few) > 0 {
		f.radio("code", few)
	} else {
		f.pick("code", false, all)
	}
	f.mustLine("why")
}

// ownTree asks for the codes of the institution's own tree, where it has one.
func (f *form) ownTree() {
	s, has := complaint.OwnTree(f.p.Schemes.Catalogue, calendar.FromTime(f.p.Case.RegisteredAt))
	if !has {
		return
	}
	english := f.lang == web.English
	f.note(f.t("case.own", "Name", f.either(s.Title, s.TitleEn)))
	for i, facet := range s.Facets {
		at := "own[" + itoa(i) + "]"
		f.hidden(at+".facet", facet.ID)
		for _, c := range f.p.Codings {
			if c.Scheme == coding.Own && c.Facet == facet.ID && c.Has() {
				f.start(at+".code", facet.Label(c.Code, english))
			}
		}
		in := f.input(at+".code", "text").From("own-" + facet.ID)
		in.Title = f.either(facet.Name, facet.NameEn) + " · " + f.either(s.Short, s.ShortEn)
		for _, c := range facet.Leaves() {
			in.Choices = append(in.Choices, web.Option{Text: facet.Label(c.ID, english)})
		}
		f.add("field", in)
	}
}

// codePath names a code with those above it.
func (k talk) codePath(f coding.Facet, id string) string {
	out := ""
	for i, c := range f.Path(id) {
		if i > 0 {
			out += " › "
		}
		out += k.either(c.Name, c.NameEn)
		if c.Number != "" && c.ID == id {
			out += "（" + c.Number + "）"
		}
	}
	return out
}

// tellChosen puts a picked code into words.
func (k talk) tellChosen(e *complaint.CodeChosen) told {
	if e.Choice.Code == "" {
		return told{"matter", "edit", "case.e.code_unchosen", []any{"Name", e.Choice.Scheme + " " + e.Choice.Facet}, e.Why, false}
	}
	return told{"matter", "edit", "case.e.code_chosen", []any{"Name", e.Choice.Scheme + " " + e.Choice.Facet + " " + e.Choice.Code}, e.Why, false}
}

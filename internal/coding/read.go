package coding

import (
	"slices"
	"strings"
)

// Row is one row of a table file: where it stands, and its cells by column.
type Row struct {
	Place string
	Cells map[string]string
}

func (r Row) get(names ...string) string {
	for _, n := range names {
		if v := strings.TrimSpace(r.Cells[n]); v != "" {
			return v
		}
	}
	return ""
}

// Columns of the two kinds of files, as they are written and read.
var (
	SchemeColumns  = []string{"分面", "分面名称", "内部标识", "编码", "上级", "名称", "英文名称"}
	MappingColumns = []string{"分面", "产品", "原因", "服务环节", "业务渠道", "来源渠道", "目标编码", "理由"}
)

// ReadScheme makes a new version of a scheme of a table. A row is known again by
// its 内部标识, else by its number or its name, so that tables go on to lead to it;
// 编码 is the authority's number. Rows of facets that the file leaves out stay as they are.
func ReadScheme(old Scheme, rows []Row, source string) (Scheme, Problems) {
	r := schemeReader{old: old, out: old, place: map[string]string{}}
	r.out.Facets, r.out.Source, r.out.Version, r.out.From = nil, source, old.Version+1, 0
	for _, row := range rows {
		r.row(row)
	}
	for _, f := range old.Facets {
		if _, there := r.out.Facet(f.ID); !there && len(rows) > 0 {
			r.out.Facets = append(r.out.Facets, f)
		}
	}
	r.parents()
	if len(r.wrong) > 0 {
		return r.out, r.wrong
	}
	return r.out, r.out.Check(func(facet, id string) string { return r.place[facet+"/"+id] })
}

type schemeReader struct {
	old, out Scheme
	wrong    Problems
	place    map[string]string
}

func (r *schemeReader) row(row Row) {
	if len(r.wrong) >= maxProblems {
		return
	}
	facet := r.facet(row)
	if facet == nil {
		return
	}
	c := Code{Number: row.get("编码"), Parent: row.get("上级"), Name: row.get("名称"), NameEn: row.get("英文名称")}
	if c.Name == "" {
		r.wrong = append(r.wrong, Problem{row.Place, "名称没有填写。"})
		return
	}
	known, _ := r.old.Facet(facet.ID)
	c.ID = row.get("内部标识")
	if c.ID == "" {
		c.ID = again(known, c)
	}
	if c.ID == "" {
		c.ID = c.Number
	}
	if before, ok := known.Code(c.ID); ok && c.NameEn == "" {
		c.NameEn = before.NameEn
	}
	if !PlainID(c.ID) {
		r.wrong = append(r.wrong, Problem{row.Place, "编码“" + c.ID + "”不能用：不能为空或超过 64 个字符，不能含空格和 | / = ; 、 * ! 等符号。"})
		return
	}
	key := facet.ID + "/" + c.ID
	if at, twice := r.place[key]; twice {
		r.wrong = append(r.wrong, Problem{row.Place, "编码 " + c.ID + " 与" + at + "重复。请删去一行或改用不同的编码。"})
		return
	}
	r.place[key] = row.Place
	facet.Codes = append(facet.Codes, c)
}

// maxProblems bounds how many wrong rows are listed: a wrong file has them all.
const maxProblems = 100

// again finds a code of the version before by its number or its name.
func again(known Facet, c Code) string {
	for _, k := range known.Codes {
		if c.Number != "" && (k.Number == c.Number || k.ID == c.Number) || k.Name == c.Name {
			return k.ID
		}
	}
	return ""
}

func (r *schemeReader) facet(row Row) *Facet {
	id := row.get("分面")
	i := slices.IndexFunc(r.out.Facets, func(f Facet) bool { return f.ID == id || f.Name == id })
	if i >= 0 {
		return &r.out.Facets[i]
	}
	f := Facet{ID: id, Name: row.get("分面名称")}
	j := slices.IndexFunc(r.old.Facets, func(f Facet) bool { return f.ID == id || f.Name == id })
	switch {
	case j >= 0:
		f = r.old.Facets[j]
		f.Codes = nil
		if name := row.get("分面名称"); name != "" {
			f.Name = name
		}
	case !PlainID(id):
		r.wrong = append(r.wrong, Problem{row.Place, "分面“" + id + "”不能用：请填写短的标识，例如 A。"})
		return nil
	case r.old.ID != Own:
		r.wrong = append(r.wrong, Problem{row.Place, "分面“" + id + "”不在" + r.old.Title + "里；可用：" + strings.Join(facetNames(r.old), "、") + "。"})
		return nil
	case f.Name == "":
		f.Name = id
	}
	r.out.Facets = append(r.out.Facets, f)
	return &r.out.Facets[len(r.out.Facets)-1]
}

// parents lets a parent be named by its number too.
func (r *schemeReader) parents() {
	for fi := range r.out.Facets {
		f := &r.out.Facets[fi]
		for i, c := range f.Codes {
			if _, known := f.Code(c.Parent); c.Parent == "" || known {
				continue
			}
			if j := slices.IndexFunc(f.Codes, func(o Code) bool { return o.Number == c.Parent }); j >= 0 {
				f.Codes[i].Parent = f.Codes[j].ID
			}
		}
	}
}

// Rows writes a scheme as ReadScheme reads it, in the order of SchemeColumns.
func (s Scheme) Rows() [][]string {
	var out [][]string
	for _, f := range s.Facets {
		for _, c := range f.Codes {
			out = append(out, []string{f.ID, f.Name, c.ID, c.Number, c.Parent, c.Name, c.NameEn})
		}
	}
	return out
}

// ReadMapping makes a table that leads to a scheme of a file. Values may be given
// by id or by name, several with |; codes by id or by number.
func ReadMapping(s Scheme, rows []Row, words Vocabulary) (Mapping, Problems) {
	m := Mapping{Scheme: s.ID}
	for _, row := range rows {
		l := Line{Facet: row.get("分面"), Why: row.get("理由")}
		for _, f := range s.Facets {
			if f.Name == l.Facet {
				l.Facet = f.ID
			}
		}
		set := [5]string{}
		for i, field := range Fields {
			set[i] = condition(row.get(fieldNames[field], field), field, words)
		}
		l.Product, l.Reason, l.LifeCycle, l.Business, l.Channel = set[0], set[1], set[2], set[3], set[4]
		f, _ := s.Facet(l.Facet)
		for _, one := range split(row.get("目标编码")) {
			l.Codes = append(l.Codes, codeOf(f, one))
		}
		m.Lines = append(m.Lines, l)
	}
	wrong := m.Check(s, words, func(line int) string { return rows[line].Place })
	return m, wrong[:min(len(wrong), maxProblems)]
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("|｜、；;", r) || r == ' ' })
}

// condition reads one cell: ids in place of names.
func condition(cell, field string, words Vocabulary) string {
	if cell == "" || cell == "*" || cell == "＊" {
		return strings.ReplaceAll(cell, "＊", "*")
	}
	if t, ok := words.Find(field, cell); ok { // names may hold separators
		return t.ID
	}
	parts := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("|｜", r) })
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if t, ok := words.Find(field, p); ok {
			p = t.ID
		}
		parts[i] = p
	}
	return strings.Join(parts, "|")
}

func codeOf(f Facet, text string) string {
	if _, ok := f.Code(text); ok {
		return text
	}
	for _, c := range f.Codes {
		if c.Number == text || c.Name == text {
			return c.ID
		}
	}
	return text
}

// Rows writes a table as ReadMapping reads it, in the order of MappingColumns.
func (m Mapping) Rows() [][]string {
	var out [][]string
	for _, l := range m.Lines {
		out = append(out, []string{l.Facet, l.Product, l.Reason, l.LifeCycle, l.Business, l.Channel, strings.Join(l.Codes, "|"), l.Why})
	}
	return out
}

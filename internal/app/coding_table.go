package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// MaxCodingFile bounds a scheme or mapping file, in bytes.
const MaxCodingFile = 4 << 20

// ProposeCoding reads a scheme or a mapping table and keeps it as a proposal. A file
// with a wrong row changes nothing: the fault names each of them.
func (a *App) ProposeCoding(ctx context.Context, who party.Actor, scheme, what, name string, file io.ReaderAt, size int64) error {
	rows, err := codingRows(name, file, size, what)
	if err != nil {
		return err
	}
	return a.changeCoding(ctx, who, scheme, func(c *coding.Catalogue, s coding.Scheme) (string, any, error) {
		p := coding.Proposed{Source: name}
		var wrong coding.Problems
		if what == coding.WhatScheme {
			var fresh coding.Scheme
			fresh, wrong = coding.ReadScheme(s, rows, name)
			p.Scheme = &fresh
			if len(wrong) == 0 && fresh.Same(s) {
				return "", nil, fault.New(fault.Conflict, "文件与现行版本完全相同，没有要更改的内容。")
			}
		} else {
			var m coding.Mapping
			m, wrong = coding.ReadMapping(s, rows, complaint.CodingVocabulary())
			p.Mapping = &m
		}
		return coding.KindProposed, p, wrong.Err()
	})
}

// codingRows reads the rows of a table file.
func codingRows(name string, file io.ReaderAt, size int64, what string) ([]coding.Row, error) {
	hints := coding.MappingColumns
	if what == coding.WhatScheme {
		hints = coding.SchemeColumns
	}
	if what != coding.WhatScheme && what != coding.WhatMapping {
		return nil, fault.New(fault.Invalid, "只能导入编码表（scheme）或对照表（mapping）")
	}
	t, err := document.ReadTable(file, size, name, document.TableOptions{MaxBytes: MaxCodingFile, MaxRows: coding.MaxCodes, HeaderHints: hints})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if at := slices.IndexFunc(hints, func(h string) bool { return h == "名称" || h == "目标编码" }); !slices.Contains(t.Header(), hints[at]) || !slices.Contains(t.Header(), "分面") {
		return nil, fault.New(fault.Invalid, "文件“%s”的表头须有“分面”和“%s”。可以先导出现行的表，照它的样子填写。", name, hints[at])
	}
	var out []coding.Row
	for row, err := range t.Rows() {
		if err == nil {
			err = row.Err
		}
		if err != nil {
			return nil, err
		}
		if n := slices.IndexFunc(row.Notes, func(n document.Note) bool { return n.Code == document.NoteUndecodable }); n >= 0 {
			return nil, fault.New(fault.Invalid, "%s文字无法识别。请把文件另存为 UTF-8 编码的 CSV 或 XLSX 再导入。", row.Place())
		}
		r := coding.Row{Place: row.Place(), Cells: map[string]string{}}
		for _, h := range row.Header {
			r.Cells[h] = row.Get(h)
		}
		out = append(out, r)
	}
	return out, nil
}

// changeCoding appends an event to a scheme's stream.
func (a *App) changeCoding(ctx context.Context, who party.Actor, scheme string, fn func(*coding.Catalogue, coding.Scheme) (kind string, event any, err error)) error {
	if err := access.Can(who, access.ManageCoding, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := a.codingsIn(tx)
		if err != nil {
			return err
		}
		s, err := c.Scheme(scheme)
		if err != nil {
			return err
		}
		kind, event, err := fn(c, s)
		if err != nil {
			return err
		}
		_, err = tx.AppendNext(coding.Stream(scheme), who.ID, kind, event)
		return err
	})
}

// EditMapping is one line of a table set, added or taken out.
type EditMapping struct {
	N      int         `json:"n" doc:"Line to change, from 1; 0 adds one" minimum:"0"`
	Before int         `json:"before,omitempty" doc:"A new line stands before this one; 0: at the end" minimum:"0"`
	Remove bool        `json:"remove,omitempty"`
	Line   coding.Line `json:"line,omitzero"`
}

// EditMapping changes one line of the proposal, or of the table in force, which
// begins a proposal.
func (a *App) EditMapping(ctx context.Context, who party.Actor, scheme string, d EditMapping) error {
	return a.changeCoding(ctx, who, scheme, func(c *coding.Catalogue, s coding.Scheme) (string, any, error) {
		m := c.Table(scheme, coding.WithDraft, 0).Mapping
		m.Lines = slices.Clone(m.Lines)
		switch {
		case d.N > len(m.Lines) || d.Before > len(m.Lines):
			return "", nil, fault.New(fault.Stale, "对照表刚才有变化，没有第 %d 行。请刷新后再改。", max(d.N, d.Before))
		case d.Remove && d.N > 0:
			m.Lines = slices.Delete(m.Lines, d.N-1, d.N)
		case d.N > 0:
			m.Lines[d.N-1] = d.Line
		case d.Before > 0:
			m.Lines = slices.Insert(m.Lines, d.Before-1, d.Line)
		default:
			m.Lines = append(m.Lines, d.Line)
		}
		if err := m.Check(s, complaint.CodingVocabulary(), func(i int) string { return fmt.Sprintf("第 %d 行", i+1) }).Err(); err != nil {
			return "", nil, err
		}
		return coding.KindProposed, coding.Proposed{Mapping: &m, Source: c.Draft(scheme).Source}, nil
	})
}

// DropCoding gives a proposal up.
func (a *App) DropCoding(ctx context.Context, who party.Actor, scheme, what string) error {
	return a.changeCoding(ctx, who, scheme, func(c *coding.Catalogue, _ coding.Scheme) (string, any, error) {
		d := c.Draft(scheme)
		if what == coding.WhatScheme && d.Scheme == nil || what == coding.WhatMapping && d.Mapping == nil {
			return "", nil, fault.New(fault.Conflict, "没有待发布的版本，可能已由他人发布或放弃。请刷新后再看。")
		}
		return coding.KindDropped, coding.Dropped{What: what}, nil
	})
}

// ReleaseCoding puts a proposal in force for cases registered from a day on.
func (a *App) ReleaseCoding(ctx context.Context, who party.Actor, scheme, what string, from calendar.Date, why string) error {
	return a.changeCoding(ctx, who, scheme, func(c *coding.Catalogue, _ coding.Scheme) (string, any, error) {
		e, err := c.Release(scheme, what, from, why, complaint.CodingVocabulary())
		return coding.KindReleased, e, err
	})
}

// CodingChange returns what the proposal for a scheme moves among the cases in the
// reader's reach, if it were in force from a day.
func (a *App) CodingChange(ctx context.Context, who party.Actor, scheme string, from calendar.Date) ([]coding.Move, error) {
	var out []coding.Move
	err := a.codedSince(ctx, who, CodingAsk{}, []calendar.Date{from}, func(_ *storage.Tx, k counted) error {
		if _, err := k.Catalogue.Scheme(scheme); err != nil {
			return err
		}
		out = k.Catalogue.Change(scheme, from, k.groups)
		return nil
	})
	return out, err
}

// ExportCoding writes a scheme or table in force (or proposed) as ProposeCoding reads it.
func (a *App) ExportCoding(ctx context.Context, who party.Actor, scheme, what string, draft bool, form document.Format, w io.Writer) error {
	c, err := a.Codings(ctx, who)
	if err != nil {
		return err
	}
	s, err := c.Catalogue.Scheme(scheme)
	if err != nil {
		return err
	}
	basis := coding.Newest
	if draft {
		basis = coding.WithDraft
	}
	t, names, lines := c.Catalogue.Table(scheme, basis, 0), coding.MappingColumns, [][]string(nil)
	if what == coding.WhatScheme {
		names, lines = coding.SchemeColumns, t.Scheme.Rows()
	} else {
		lines = t.Mapping.Rows()
	}
	columns := make([]document.Column, len(names))
	for i, n := range names {
		columns[i] = document.Column{Name: n, Width: 20}
	}
	_, err = document.WriteTable(w, form, s.ID, columns, slices.Values(lines))
	return err
}

// ExportCounts writes lines of the report as XLSX and records that they
// were taken away.
func (a *App) ExportCounts(ctx context.Context, who party.Actor, sheet Sheet, w io.Writer) error {
	if err := access.Can(who, access.ReadCoding, access.Target{}).Err(); err != nil {
		return err
	}
	return a.export(ctx, who, leaving{what: ExportedCounts, base: "codes", form: document.XLSX, sheet: sheet}, w)
}

// maxCoded bounds how many cases one file takes.
const maxCoded = 100_000

// CodedColumns are the words of a file of cases: the names of its columns, of the
// states, and of the rules by which a case is not counted.
type CodedColumns struct {
	Number, Received, Registered, Unit, LeftOut, Code, State string

	States map[coding.State]string
	Rules  map[string]string
}

// ExportCoded writes the cases behind a count with all their codings as XLSX, and
// records that they were taken away. Name and number are the authority's; where they
// are not imported yet the internal key stands.
func (a *App) ExportCoded(ctx context.Context, who party.Actor, ask CodingAsk, cells []coding.Cell, words CodedColumns, filter string, w io.Writer) error {
	if err := access.Can(who, access.ExportComplaint, access.Target{}).Err(); err != nil {
		return err
	}
	sheet := Sheet{Name: "codes", Filter: filter}
	var lines [][]string
	err := a.coded(ctx, who, ask, func(tx *storage.Tx, k counted) error {
		ids, err := tx.CodingIDs(who, k.within, k.filter, k.since, k.Catalogue.Match(k.Kind, ask.Basis, k.groups, cells...), 0, maxCoded+1)
		if err != nil {
			return err
		}
		if len(ids) > maxCoded {
			return fault.New(fault.TooLarge, "超过 %d 件，请缩小期间或机构范围后分几次导出", maxCoded)
		}
		sheet.Columns = words.columns(k)
		return codedLines(tx, who, k, ask.Basis, ids, words, func(line []string) bool {
			lines = append(lines, line)
			return true
		})
	})
	if err != nil {
		return err
	}
	sheet.Lines = slices.Values(lines)
	return a.export(ctx, who, leaving{what: ExportedCoded, base: "coded", form: document.XLSX, sheet: sheet}, w)
}

func (words CodedColumns) columns(k counted) []document.Column {
	columns := []document.Column{{Name: words.Number, Width: 22}, {Name: words.Received}, {Name: words.Registered}, {Name: words.Unit, Width: 24}, {Name: words.LeftOut}}
	for _, s := range k.Catalogue.Schemes(k.Kind) {
		for _, f := range s.Facets {
			columns = append(columns, document.Column{Name: s.Short + " " + f.Name + " " + words.Code, Width: 18}, document.Column{Name: s.Short + " " + f.Name, Width: 24}, document.Column{Name: s.Short + " " + f.Name + " " + words.State})
		}
	}
	return columns
}

// codedLines gives the lines of a file of cases, a page at a time.
func codedLines(tx *storage.Tx, who party.Actor, k counted, basis coding.Basis, ids []complaint.ID, words CodedColumns, yield func([]string) bool) error {
	for page := range slices.Chunk(ids, 500) {
		rows, err := tx.RowsByID(who, page)
		if err != nil {
			return err
		}
		keys, err := tx.CodingKeys(page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			g := keys[r.ID]
			line := []string{r.Number, r.ReceivedOn.String(), g.Since.String(), k.org.Tree.Name(r.Unit), words.Rules[g.LeftOut]}
			for _, c := range k.Catalogue.Code(k.Kind, basis, coding.ParseKey(g.Key), g.Since) {
				line = append(line, cmp.Or(c.Number, c.Code), c.Name, words.States[c.State])
			}
			if !yield(line) {
				return nil
			}
		}
	}
	return nil
}

package reviews

import (
	"net/http"
	"regexp"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// The document is cut into sheets: its own pages, or so many blocks where the
// format knows no pages. Sheets are drawn in ranges, the first at once, the
// others when they come into sight.
const (
	sheetBlocks = 60
	rangePages  = 10
	rangeSheets = 2
)

// docView is one version of the material as people will see it.
type docView struct {
	Base   string // address of the review
	V      int
	Ranges []sheetRange
	Paged  bool
	Sheets int
	Here   int // sheet of the finding in focus, 0 for none
	Blank  bool
	Wait   *waitView // it is being recognised; nil when it is not
}

// sheetRange is a run of sheets; without Sheets it is fetched when it is needed.
type sheetRange struct {
	From, To int
	Sheets   []sheet
	Get      string // path of the fragment
	Open     string // the same as a page
}

type sheet struct {
	N     int
	Paged bool
	Runs  []run
}

// run is a table or one block.
type run struct {
	Rows  [][]block
	Block *block
}

// block is one piece of the document with its marks.
type block struct {
	Start  int
	Kind   string
	Class  string
	Tag    string // message id of what it is, where that does not show
	Place  string
	Pieces []piece
}

// sheets says which blocks stand on which sheet.
func sheets(d extract.Document) (starts []int, paged bool) {
	paged = slices.ContainsFunc(d.Blocks, func(b extract.Block) bool { return b.Page > 0 })
	at := 0
	for i, b := range d.Blocks {
		if page := max(b.Page, 1); paged && page > at || !paged && i%sheetBlocks == 0 {
			for at++; paged && at < page; at++ {
				starts = append(starts, i) // a page without text
			}
			starts = append(starts, i)
		}
	}
	return starts, paged
}

// sheetOf returns the sheet, from 1, that holds a byte of the text.
func sheetOf(d extract.Document, starts []int, offset int) int {
	i, found := slices.BinarySearchFunc(d.Blocks, offset, func(b extract.Block, at int) int {
		switch {
		case b.End < at:
			return -1
		case b.Start > at:
			return 1
		}
		return 0
	})
	if !found {
		return 0
	}
	n, exact := slices.BinarySearch(starts, i)
	for exact && n+1 < len(starts) && starts[n+1] == i {
		n++
	}
	if exact {
		n++
	}
	return n
}

// artist draws one document with its findings.
type artist struct {
	d      extract.Document
	marks  marks // of what is drawn
	found  []*review.Finding
	row    func(*review.Finding) findingRow
	here   int
	starts []int
	paged  bool
	small  float64 // type below this size in points is small, 0 when sizes are not known
	base   string
	v      int
}

func newArtist(d extract.Document, found []*review.Finding, row func(*review.Finding) findingRow, base string, v, here int) *artist {
	a := &artist{d: d, found: found, row: row, here: here, base: base, v: v, small: smallType(d)}
	a.starts, a.paged = sheets(d)
	return a
}

// smallType is the size below which type is called small: three quarters of
// what most characters have.
func smallType(d extract.Document) float64 {
	weight := map[float64]int{}
	for _, b := range d.Blocks {
		if b.Size > 0 {
			weight[b.Size] += b.End - b.Start
		}
	}
	best, usual := 0, 0.0
	for size, n := range weight {
		if n > best || n == best && size > usual {
			best, usual = n, size
		}
	}
	return usual * 3 / 4
}

// view draws the first range and the one that holds at, and names the others.
func (a *artist) view(at int) docView {
	v := docView{Base: a.base, V: a.v, Paged: a.paged, Sheets: len(a.starts), Here: at, Blank: len(a.starts) == 0}
	step := a.step()
	for from := 1; from <= len(a.starts); from += step {
		to := min(from+step-1, len(a.starts))
		g := sheetRange{From: from, To: to}
		if from == 1 || at >= from && at <= to {
			g.Sheets = a.draw(from, to)
		} else {
			g.Get = web.Link(a.base+"/pages", "v", a.v, "from", from)
			g.Open = web.Link(a.base, "v", a.v, "at", from) + "#s" + itoa(from)
		}
		v.Ranges = append(v.Ranges, g)
	}
	return v
}

func (a *artist) step() int {
	if a.paged {
		return rangePages
	}
	return rangeSheets
}

// draw returns sheets from to to, both included.
func (a *artist) draw(from, to int) []sheet {
	var out []sheet
	a.marks = a.within(from, to)
	for n := from; n <= to && n <= len(a.starts); n++ {
		end := len(a.d.Blocks)
		if n < len(a.starts) {
			end = a.starts[n]
		}
		out = append(out, sheet{N: n, Paged: a.paged, Runs: a.runs(a.d.Blocks[a.starts[n-1]:end])})
	}
	return out
}

// within are the marks of what stands on sheets from to to.
func (a *artist) within(from, to int) marks {
	if from > len(a.starts) {
		return marks{}
	}
	start, end := a.d.Blocks[a.starts[from-1]].Start, len(a.d.Text)
	if to < len(a.starts) {
		end = a.d.Blocks[a.starts[to]].Start
	}
	var rows []findingRow
	for _, f := range a.found {
		if f.End > f.Start && f.Start < end && f.End > start {
			rows = append(rows, a.row(f))
		}
	}
	return newMarks(rows, a.here)
}

// redrawn draws the blocks again in which any of the findings stands.
func redrawn(a *artist, changed []review.Finding) []block {
	var out []block
	a.marks = a.within(1, len(a.starts))
	for _, b := range a.d.Blocks {
		if slices.ContainsFunc(changed, func(f review.Finding) bool { return f.Start < b.End && f.End > b.Start }) {
			out = append(out, a.block(b))
		}
	}
	return out
}

var tableRow = regexp.MustCompile(`表 ?([0-9]+) ?第 ?([0-9]+) ?行`)

// runs puts cells of one table into rows, where their places say the row.
func (a *artist) runs(list []extract.Block) []run {
	var out []run
	table, last := "", ""
	for _, b := range list {
		one := a.block(b)
		if b.Kind != extract.Cell {
			table = ""
			if len(one.Pieces) > 0 {
				out = append(out, run{Block: &one})
			}
			continue
		}
		t, row := "cells", b.Place
		if m := tableRow.FindStringSubmatch(b.Place); m != nil {
			t, row = m[1], m[2]
		}
		if t != table {
			out = append(out, run{})
			table, last = t, "\x00"
		}
		r := &out[len(out)-1]
		if row != last {
			r.Rows = append(r.Rows, nil)
			last = row
		}
		r.Rows[len(r.Rows)-1] = append(r.Rows[len(r.Rows)-1], one)
	}
	return out
}

// tagged are the kinds of blocks that say what they are.
var tagged = []extract.Kind{extract.Header, extract.Footer, extract.Footnote, extract.TextBox, extract.Comment, extract.Attribute}

func (a *artist) block(b extract.Block) block {
	out := block{Start: b.Start, Kind: string(b.Kind), Place: b.Place, Class: "b-" + string(b.Kind), Pieces: a.marks.cut(a.d.Text, b.Start, b.End)}
	if b.Bold {
		out.Class += " b-bold"
	}
	if b.Faint {
		out.Class += " b-faint"
	}
	if b.Size > 0 && b.Size < a.small {
		out.Class += " b-tiny"
	}
	if slices.Contains(tagged, b.Kind) {
		out.Tag = "reviews.block." + string(b.Kind)
	}
	return out
}

// version reads which version of the material is asked for: the newest when none is.
func version(r *http.Request, on review.Review) int {
	n := number(r.URL.Query().Get("v"))
	if n < 1 || n > len(on.Materials) {
		n = len(on.Materials)
	}
	return n
}

// document returns a version as it was read.
func (m *room) document(r *http.Request, p app.ReviewPage, v int) (extract.Document, error) {
	if v == len(p.Review.Materials) || v < 1 {
		return p.Document, nil
	}
	return m.a.Material(r.Context(), web.Actor(r), p.Review.ID, v)
}

// drawn makes rows of findings for a document.
func (k talk) drawn(p app.ReviewPage, show string) func(*review.Finding) findingRow {
	return func(f *review.Finding) findingRow { return k.row(p, f, show) }
}

// pages answers a range of sheets.
func (m *room) pages(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	v := version(r, p.Review)
	from := max(1, number(r.URL.Query().Get("from")))
	if !partial(r) {
		return back(w, r, web.Link(path(p.Review.ID, ""), "v", v, "at", from)+"#s"+itoa(from))
	}
	d, err := m.document(r, p, v)
	if err != nil {
		return err
	}
	a := newArtist(d, found(p.Review, v), m.talk(r).drawn(p, ""), path(p.Review.ID, ""), v, 0)
	return m.site.Fragment(w, r, "reviews/show", "rv-sheets", a.draw(from, from+a.step()-1))
}

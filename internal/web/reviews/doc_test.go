package reviews

import (
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/review"

	"pgregory.net/rapid"
)

// contract is a document of so many pages with twenty lines each.
func contract(pages int) extract.Document {
	var d extract.Document
	var text strings.Builder
	for p := 1; p <= pages; p++ {
		for line := range 20 {
			start := text.Len()
			fmt.Fprintf(&text, "第 %d 页第 %d 条 乙方应当按照约定支付费用，逾期未支付的按日计收违约金，最终解释权归甲方所有。", p, line+1)
			d.Blocks = append(d.Blocks, extract.Block{Start: start, End: text.Len(), Kind: extract.Line, Page: p, Place: fmt.Sprintf("第 %d 页", p), Size: 10.5})
			text.WriteByte('\n')
		}
	}
	d.Text, d.Pages = text.String(), pages
	return d
}

// findingsIn are findings on each n-th block.
func findingsIn(d extract.Document, n int) []*review.Finding {
	var out []*review.Finding
	for i := 0; i < len(d.Blocks); i += n {
		out = append(out, &review.Finding{N: len(out) + 1, Start: d.Blocks[i].Start + 6, End: d.Blocks[i].Start + 18, Severity: review.Error})
	}
	return out
}

func plainRow(f *review.Finding) findingRow {
	return findingRow{N: f.N, Start: f.Start, End: f.End, Severity: string(f.Severity), Link: "#"}
}

// A long document comes in ranges; the one with the finding in focus is there at once.
func TestRanges(t *testing.T) {
	d := contract(300)
	a := newArtist(d, findingsIn(d, 12), plainRow, "/reviews/1", 2, 0)
	v := a.view(205)
	if len(a.starts) != 300 || !v.Paged || len(v.Ranges) != 30 {
		t.Fatalf("%d sheets in %d ranges", len(a.starts), len(v.Ranges))
	}
	for i, g := range v.Ranges {
		drawn := i == 0 || i == 20
		if (len(g.Sheets) == 10) != drawn || (g.Get == "") != drawn {
			t.Errorf("range %d to %d: %d sheets, get %q", g.From, g.To, len(g.Sheets), g.Get)
		}
		marks := 0
		for _, s := range g.Sheets {
			for _, r := range s.Runs {
				marks += len(r.Block.Pieces) / 2 // each block begins outside its finding
			}
		}
		if want := len(g.Sheets) * 20 / 12; drawn && (marks < want || marks > want+1) {
			t.Errorf("range %d to %d: %d marks, want %d", g.From, g.To, marks, want)
		}
	}
	if v.Ranges[1].Get != "/reviews/1/pages?from=11&v=2" {
		t.Errorf("next range: %s", v.Ranges[1].Get)
	}
	for _, page := range []int{1, 10, 11, 299, 300} {
		at := d.Blocks[(page-1)*20+3].Start
		if got := sheetOf(d, a.starts, at); got != page {
			t.Errorf("byte %d stands on sheet %d, want %d", at, got, page)
		}
	}
	if got := sheetOf(d, a.starts, len(d.Text)+9); got != 0 {
		t.Errorf("beyond the end: sheet %d", got)
	}
}

// A page without text does not shift the pages after it.
func TestBlankPage(t *testing.T) {
	d := extract.Document{Text: "甲\n乙", Blocks: []extract.Block{{Start: 0, End: 3, Kind: extract.Line, Page: 1}, {Start: 4, End: 7, Kind: extract.Line, Page: 4}}}
	a := newArtist(d, nil, plainRow, "", 1, 0)
	sheets := a.draw(1, 9)
	if len(sheets) != 4 || len(sheets[0].Runs) != 1 || len(sheets[1].Runs) != 0 || len(sheets[3].Runs) != 1 || sheetOf(d, a.starts, 5) != 4 {
		t.Errorf("%d sheets %+v, 乙 on %d", len(sheets), sheets, sheetOf(d, a.starts, 5))
	}
}

// Cells stand in the rows that their places name.
func TestTables(t *testing.T) {
	var d extract.Document
	var text strings.Builder
	for _, c := range []struct{ place, text string }{{"表 1 第 1 行", "费用"}, {"表 1 第 1 行", "标准"}, {"表 1 第 2 行", "管理费"}, {"表 1 第 2 行", "0.5%"}, {"第 3 段", "正文"}, {"表 2 第 1 行", "另一张"}} {
		kind := extract.Cell
		if !strings.HasPrefix(c.place, "表") {
			kind = extract.Paragraph
		}
		d.Blocks = append(d.Blocks, extract.Block{Start: text.Len(), End: text.Len() + len(c.text), Kind: kind, Place: c.place})
		text.WriteString(c.text + "\n")
	}
	d.Text = text.String()
	runs := newArtist(d, nil, plainRow, "", 1, 0).draw(1, 1)[0].Runs
	if len(runs) != 3 || len(runs[0].Rows) != 2 || len(runs[0].Rows[1]) != 2 || runs[1].Block == nil || len(runs[2].Rows) != 1 {
		t.Fatalf("runs %+v", runs)
	}
}

// Type far below the usual size and letters hardly told from the ground are shown so.
func TestSmallAndFaint(t *testing.T) {
	d := extract.Document{Text: "大字的正文占了绝大多数\n小字提示", Blocks: []extract.Block{{End: 33, Kind: extract.Line, Size: 12, Bold: true}, {Start: 34, End: 46, Kind: extract.Footnote, Size: 6, Faint: true}}}
	runs := newArtist(d, nil, plainRow, "", 1, 0).draw(1, 1)[0].Runs
	if got := runs[0].Block.Class; got != "b-line b-bold" {
		t.Errorf("the body is %q", got)
	}
	if got := runs[1].Block; got.Class != "b-footnote b-faint b-tiny" || got.Tag != "reviews.block.footnote" {
		t.Errorf("the note is %q, %q", got.Class, got.Tag)
	}
}

// Whatever the findings are, the pieces are the text: nothing is lost or said twice.
func TestCutKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Repeat("保本保收益，稳赚不赔。", 3)
		var found []findingRow
		for n := range rapid.IntRange(0, 8).Draw(t, "n") {
			start := 3 * rapid.IntRange(0, len(s)/3-1).Draw(t, "start")
			end := min(len(s), start+3*rapid.IntRange(0, 9).Draw(t, "length"))
			found = append(found, findingRow{N: n + 1, Start: start, End: end, Severity: string(rapid.SampledFrom(review.Severities).Draw(t, "severity"))})
		}
		from := 3 * rapid.IntRange(0, len(s)/6).Draw(t, "from")
		to := from + 3*rapid.IntRange(1, len(s)/6).Draw(t, "to")
		var got strings.Builder
		numbers := 0
		for _, p := range newMarks(found, 0).cut(s, from, to) {
			for _, part := range p.Parts {
				got.WriteString(part.Text)
				numbers += len(part.Nums)
			}
		}
		want := 0
		for _, f := range found {
			if f.End > f.Start && f.Start >= from && f.Start < to {
				want++
			}
		}
		if got.String() != s[from:to] || numbers != want {
			t.Fatalf("%q, want %q; %d numbers, want %d", got.String(), s[from:to], numbers, want)
		}
	})
}

// Findings on the same words make one point.
func TestTogether(t *testing.T) {
	f := func(n, start, end int) review.Finding { return review.Finding{N: n, Start: start, End: end} }
	got := together([]review.Finding{f(1, 0, 0), f(2, 0, 0), f(3, 10, 20), f(4, 15, 25), f(5, 24, 30), f(6, 30, 33)})
	var sizes []int
	for _, g := range got {
		sizes = append(sizes, len(g))
	}
	if fmt.Sprint(sizes) != "[1 1 3 1]" {
		t.Errorf("groups of %v", sizes)
	}
}

func BenchmarkDrawFirstPagesOf300(b *testing.B) {
	d := contract(300)
	found := findingsIn(d, 12)
	for b.Loop() {
		if v := newArtist(d, found, plainRow, "/reviews/1", 1, 0).view(150); len(v.Ranges) != 30 {
			b.Fatal(len(v.Ranges))
		}
	}
}

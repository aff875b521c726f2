package document

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// square gives Chinese characters width 1 and Latin ones a half.
func square(r rune) float64 {
	if r < 0x2000 {
		return 0.5
	}
	return 1
}

func TestBreakLines(t *testing.T) {
	for _, test := range []struct {
		name, text      string
		measure, indent float64
		want            []string
	}{
		{"plain", "一二三四五六七", 4, 0, []string{"一二三四", "五六七"}},
		{"indent", "一二三四五六七", 4, 2, []string{"一二", "三四五六", "七"}},
		{"comma hangs", "一二三四，五六", 4, 0, []string{"一二三", "四，五六"}},
		{"no bracket at the end", "一二三（四五）六", 4, 0, []string{"一二三", "（四五）", "六"}},
		{"no bracket at the start", "一二三四）五", 4, 0, []string{"一二三", "四）五"}},
		{"date stays whole", "于2026-05-01前", 4, 0, []string{"于", "2026-05-", "01前"}},
		{"word moves", "一二三ABCD五", 4, 0, []string{"一二三", "ABCD五"}},
		{"space vanishes at the break", "AB CD EF GH", 2.5, 0, []string{"AB CD", "EF GH"}},
		{"nothing but marks", "！！！！！！", 4, 0, []string{"！！！！", "！！"}},
		{"address", "https://www.example.com/a/b", 10, 0, []string{"https://www.example.", "com/a/b"}},
	} {
		var got []string
		for _, l := range breakLines(test.text, test.measure, test.indent, square) {
			got = append(got, l.text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// Breaking loses no character but spaces, and no line begins or ends wrongly
// while the text has ordinary characters.
func TestBreakLinesKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([甲乙丙丁]{2}[，。（）《》“”；A-Z0-9 .]?){0,40}`).Draw(t, "text")
		measure := rapid.Float64Range(8, 30).Draw(t, "measure")
		var all strings.Builder
		for _, l := range breakLines(text, measure, 2, square) {
			all.WriteString(l.text)
			if l.width > measure+1 {
				t.Fatalf("line %q is %.1f wide, measure %.1f", l.text, l.width, measure)
			}
			if first, _ := utf8.DecodeRuneInString(l.text); all.Len() > len(l.text) && strings.ContainsRune(notAtStart, first) {
				t.Fatalf("line %q begins wrongly in %q", l.text, text)
			}
			if last, _ := utf8.DecodeLastRuneInString(l.text); !l.last && strings.ContainsRune(notAtEnd, last) {
				t.Fatalf("line %q ends wrongly in %q", l.text, text)
			}
		}
		if got, want := strings.ReplaceAll(all.String(), " ", ""), strings.ReplaceAll(text, " ", ""); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func lineBox(h float64, keep bool) box {
	return box{height: h, keepNext: keep, runs: []run{{text: "x"}}}
}

func TestPaginate(t *testing.T) {
	const full = bodyBottom - marginTop
	header := lineBox(20, true)
	row := box{height: 100, header: &header, runs: []run{{text: "row"}}}
	for _, test := range []struct {
		name  string
		boxes []box
		want  []int // boxes on each page
	}{
		{"fits", []box{lineBox(full/2, false), lineBox(full/2-1, false)}, []int{2}},
		{"breaks", []box{lineBox(full/2, false), lineBox(full/2+1, false)}, []int{1, 1}},
		{"heading goes along", []box{lineBox(full-40, false), lineBox(30, true), lineBox(30, false)}, []int{1, 2}},
		{"chain taller than a page still prints", []box{lineBox(full/2-1, true), lineBox(full/2-1, true), lineBox(full/2, false)}, []int{2, 1}},
		{"gap vanishes at the top", []box{lineBox(full-5, false), {height: 10, gap: true}, lineBox(10, false)}, []int{1, 1}},
		{"header repeats", slices.Concat([]box{header}, slices.Repeat([]box{row}, 7)), []int{7, 2}},
	} {
		var got []int
		for _, page := range paginate(test.boxes) {
			got = append(got, len(page))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// Whatever is set, nothing is lost and nothing stands below the type area.
func TestPaginateKeepsBoxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heights := rapid.SliceOfN(rapid.Float64Range(5, 400), 1, 60).Draw(t, "heights")
		var boxes []box
		for _, h := range heights {
			boxes = append(boxes, lineBox(h, rapid.Bool().Draw(t, "keep")))
		}
		n := 0
		for _, page := range paginate(boxes) {
			for _, b := range page {
				if n++; b.y+b.height > bodyBottom+0.01 {
					t.Fatalf("box %d ends at %.1f", n, b.y+b.height)
				}
			}
		}
		if n != len(boxes) {
			t.Fatalf("%d boxes printed of %d", n, len(boxes))
		}
	})
}

// A character that the face lacks is printed as a mark and told, never lost.
func TestMissingGlyphIsTold(t *testing.T) {
	var b strings.Builder
	missing, err := WritePDF(&b, Letter{Title: "标题", Blocks: []Block{{Kind: Paragraph, Text: "\U0001f600笑\U0001f600"}}})
	if err != nil || string(missing) != "\U0001f600" {
		t.Errorf("missing %q, error %v", string(missing), err)
	}
	for _, r := range "龘喆堃燊鄢㛃□■№℃〔〕〇“”‘’—…·￥①０" {
		if w := faceWidth(faceText, r); w <= 0 {
			t.Errorf("%q has width %v", r, w)
		}
	}
	missing, err = WritePDF(&b, Letter{Title: "龘喆堃燊鄢㛃", Blocks: []Block{{Kind: Paragraph, Text: "№℃〔〕〇“”‘’—…·￥①０"}}})
	if err != nil || len(missing) > 0 {
		t.Errorf("missing %q, error %v", string(missing), err)
	}
}

func TestTallTableRowIsSplit(t *testing.T) {
	s := setter{width: func(face, rune) float64 { return 1 }}
	boxes := s.letter(Letter{Blocks: []Block{{Kind: Grid, Rows: [][]string{{"甲", "乙"}, {"x", strings.Repeat("很长的内容", 600)}}}}})
	text := ""
	for _, page := range paginate(boxes) {
		for _, b := range page {
			for _, r := range b.runs {
				if b.y+r.y > bodyBottom {
					t.Fatalf("text below the type area at %.1f", b.y+r.y)
				}
				text += r.text
			}
		}
	}
	if n := strings.Count(text, "很"); n != 600 {
		t.Errorf("%d of 600 characters printed", n)
	}
}

func BenchmarkWritePDF(b *testing.B) {
	l := Letter{Issuer: "安和银行", Title: "消费投诉处理决定书", To: "尊敬的王女士"}
	for range 12 {
		l.Blocks = append(l.Blocks, Block{Kind: Paragraph, Text: strings.Repeat("我行将持续改进服务，切实保护您的合法权益。", 3)})
	}
	b.ReportAllocs()
	for b.Loop() {
		var out strings.Builder
		if _, err := WritePDF(&out, l); err != nil {
			b.Fatal(err)
		}
	}
}

// Shares add up to the width, and a short name stays on one line.
func TestColumnShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "columns")
		rows := make([][]string, 3)
		for i := range rows {
			for range n {
				rows[i] = append(rows[i], strings.Repeat("字", rapid.IntRange(0, 60).Draw(t, "length")))
			}
		}
		rows[0][0] = "序号"
		sum := 0.0
		shares := columnShares(rows)
		for _, s := range shares {
			sum += s
		}
		if sum < 0.999 || sum > 1.001 {
			t.Fatalf("shares %v add up to %v", shares, sum)
		}
		if n <= 4 && shares[0]*measure-2*cellPad < 2*cellSize {
			t.Fatalf("the first column has %.1f points", shares[0]*measure)
		}
	})
}

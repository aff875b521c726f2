package rule

import (
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
)

func bookOf(t testing.TB, src string) *Book {
	t.Helper()
	p, err := Parse("t.toml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBook(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func quotes(list []Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Quote)
	}
	return strings.Join(out, "|")
}

func TestScanWhereAndWhen(t *testing.T) {
	b := bookOf(t, one(`kinds = ["marketing"]`, `products = ["wealth"]`, `sections = ["title"]`, `from = "2026-09-30"`, `to = "2027-12-31"`, `find = ["保本", "保本保息", "保证…收益"]`))
	title := []Segment{{End: 6, Section: "title"}}
	for _, tt := range []struct {
		name string
		doc  Doc
		want string
	}{
		{"as written", Doc{Text: "保本", Kind: "marketing.sms", Segments: title}, "保本"},
		{"longest of overlapping", Doc{Text: "保本保息", Segments: []Segment{{End: 12, Section: "title"}}}, "保本保息"},
		{"another kind", Doc{Text: "保本", Kind: "contract", Segments: title}, ""},
		{"prefix is no parent", Doc{Text: "保本", Kind: "marketingx", Segments: title}, ""},
		{"another product", Doc{Text: "保本", Product: "loan", Segments: title}, ""},
		{"product below", Doc{Text: "保本", Product: "wealth.fixed", Segments: title}, "保本"},
		{"outside the section", Doc{Text: "正文。保本", Segments: title}, ""},
		{"no sections known", Doc{Text: "保本"}, ""},
		{"before it was in force", Doc{Text: "保本", On: calendar.Of(2026, 9, 29), Segments: title}, ""},
		{"first day", Doc{Text: "保本", On: calendar.Of(2026, 9, 30), Segments: title}, "保本"},
		{"last day", Doc{Text: "保本", On: calendar.Of(2027, 12, 31), Segments: title}, "保本"},
		{"after it", Doc{Text: "保本", On: calendar.Of(2028, 1, 1), Segments: title}, ""},
		{"empty", Doc{}, ""},
	} {
		if got := quotes(b.Scan(tt.doc)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What must not be missing is asked for only where a word that calls for it stands
// as its conditions say.
func TestMissingWhere(t *testing.T) {
	b := bookOf(t, strings.Replace(one(`missing = ["谨慎"]`, `when = ["理财", "基金"]`, `hits = ["理财，快买"]`, `passes = ["怎么买理财"]`,
		"[[rule.need]]\nany = [\"买\"]\nwithin = \"document\"\n[[rule.absent]]\nany = [\"怎么\"]"), `find = ["保本"]`, "", 1))
	for _, tt := range []struct {
		text string
		want int
	}{
		{"理财。快买", 1}, {"理财", 0}, {"怎么买理财", 0}, {"怎么买理财？快买基金", 1}, {"理财，快买，谨慎", 0}, {"快买", 0},
	} {
		if got := b.Scan(Doc{Text: tt.text}); len(got) != tt.want {
			t.Errorf("%s: %d findings, want %d", tt.text, len(got), tt.want)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		cond, text string
		want       bool
	}{
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = \"clause\"", "保本，收益高", false},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = \"sentence\"", "保本，收益高", true},
		{"[[rule.need]]\nany = [\"收益\"]", "保本。收益高", false},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = \"paragraph\"", "保本。收益高", true},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = \"paragraph\"", "保本。\n收益高", false},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = \"document\"", "保本。\n\n收益高", true},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = 3", "保本的高的收益", false},
		{"[[rule.need]]\nany = [\"收益\"]\nwithin = 5", "保本的高的收益", true},
		{"[[rule.need]]\nany = [\"收益\"]\norder = \"before\"", "保本有收益", false},
		{"[[rule.need]]\nany = [\"收益\"]\norder = \"after\"", "保本有收益", true},
		{"[[rule.need]]\nall = [\"收益\", \"高\"]", "保本有收益", false},
		{"[[rule.need]]\nall = [\"收益\", \"高\"]", "保本有高收益", true},
		{"[[rule.need]]\nany = [\"收益\"]\nat_least = 2", "保本收益", false},
		{"[[rule.need]]\nany = [\"收益\"]\nat_least = 2", "保本收益和收益", true},
		{"[[rule.need]]\nany = [\"收益\"]\nunless = [\"收益权\"]", "保本收益权", false},
		{"[[rule.absent]]\nany = [\"风险\"]\nwithin = \"document\"", "保本。投资有风险", false},
		{"[[rule.absent]]\nany = [\"风险\"]\nwithin = \"sentence\"", "保本。投资有风险", true},
		{"[[rule.need]]\nnumber = \"> 24 %\"", "保本，年化百分之三十", true},
		{"[[rule.need]]\nnumber = \"> 24 %\"", "保本，年化24%", false},
		{"[[rule.need]]\nnumber = \">= 24 %/年\"", "保本，手续费24%", false},
		{"[[rule.need]]\nnumber = \">= 24 %/年\"", "保本，年化24%", true},
		{"[[rule.need]]\nnumber = \"30000..40000 元\"", "保本，3万5千元", true},
		{"[[rule.need]]\nnumber = \"< 10\"\nnear = [\"期限\"]", "保本，期限5年", true},
		{"[[rule.need]]\nnumber = \"< 10\"\nnear = [\"期限\"]", "保本，期限不限，金额在全国各地都可以达到5万", false},
		{"[[rule.need]]\nregex = '\\d+天'", "保本，３天到账", true},
		{"[[rule.need]]\nregex = '\\d+天'", "保本。3天到账", false},
	} {
		src := one(tt.cond, `hits = ["x"]`, `passes = ["y"]`)
		p, err := Read("t.toml", []byte(src))
		if err != nil {
			t.Fatal(tt.cond, err)
		}
		b, err := NewBook(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(b.Scan(Doc{Text: tt.text})) > 0; got != tt.want {
			x, _ := b.Explain(Doc{Text: tt.text}, "t.one")
			t.Errorf("%s on %q: %v, want %v: %v", tt.cond, tt.text, got, tt.want, x.Steps)
		}
	}
}

// Wherever a word stands, however it is disguised and whatever surrounds it, the
// finding lies inside the text, quotes it, and Explain agrees.
func TestFindingsLieInTheText(t *testing.T) {
	b := bookOf(t, one(`find = ["保本", "稳赚…收益"]`))
	pieces := []string{"保本", "保 本", "ⓑ", "保(bao)本", "稳赚", "收益", "不", "，", "。", "\n", "《", "》", "（一）", "不得", "a", "𠀀", "\xff", "投资", "：", "下列"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "pieces"), "")
		found := b.Scan(Doc{Text: s})
		last := 0
		for _, f := range found {
			if f.Start < last || f.End > len(s) || s[f.Start:f.End] != f.Quote || f.Quote == "" {
				t.Fatalf("%q: finding %+v", s, f)
			}
			last = f.End
		}
		x, err := b.Explain(Doc{Text: s}, "t.one")
		if err != nil || quotes(x.Findings) != quotes(found) {
			t.Fatalf("%q: explained %q, found %q", s, quotes(x.Findings), quotes(found))
		}
	})
}

func TestScanIsConcurrent(t *testing.T) {
	b := bookOf(t, one())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := strings.Repeat("字", i) + "保本" + strings.Repeat("。真保本", i)
			for range 200 {
				if n := len(b.Scan(Doc{Text: text})); n != i+1 {
					t.Errorf("%d findings, want %d", n, i+1)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A long text without any punctuation, all of it hits, is scanned to its end.
func TestOneEndlessSentence(t *testing.T) {
	b := bookOf(t, one("[[rule.need]]\nany = [\"保\"]", `hits = ["保本保"]`))
	const n = 20000
	if got := len(b.Scan(Doc{Text: strings.Repeat("保本好", n)})); got != n {
		t.Errorf("%d findings, want %d", got, n)
	}
}

func TestSwitchesOfABook(t *testing.T) {
	b := bookOf(t, one())
	d := Doc{Text: "真保本"}
	for _, tt := range []struct {
		to            Switch
		shown, shadow int
	}{{On, 1, 0}, {Off, 0, 0}, {Shadow, 0, 1}} {
		s := b.With(map[string]Switch{"t.one": tt.to})
		if got, hidden := len(s.Scan(d)), s.ScanShadow(d); got != tt.shown || len(hidden) != tt.shadow || tt.shadow == 1 && !hidden[0].Shadow {
			t.Errorf("%s: %d shown, %d in the shadow", tt.to, got, len(hidden))
		}
	}
	if len(b.Scan(d)) != 1 {
		t.Error("With changed the book itself")
	}
}

func TestBacktest(t *testing.T) {
	old, fresh := bookOf(t, one(`find = ["保本", "旧词"]`)), bookOf(t, one(`find = ["保本", "新词"]`))
	bt := NewBacktest(1)
	for _, s := range []string{"旧词", "新词", "新词二", "保本"} {
		bt.Add(old, fresh, Doc{Text: s})
	}
	if bt.Docs != 4 || bt.Before != 2 || bt.After != 3 || bt.Gained["t.one"] != 2 || bt.Lost["t.one"] != 1 || len(bt.New) != 1 || bt.New[0].Excerpt != "【新词】" || bt.Missed[0].Doc != 0 {
		t.Errorf("%+v", bt)
	}
}

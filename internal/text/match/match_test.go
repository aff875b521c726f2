package match

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/fault"
)

// pieces are what random texts and patterns are made of.
var (
	letters = []string{"a", "b", "A", "保", "本", "夲", "丁", "一", "1", "险", "險", "é", "𠮷", "ⓑ", "𝐀", ",", "％"}
	noises  = []string{" ", "-", "(", ")", "(bao)", "（bǎo）", "(a)", "[b3]", "\u200b", "。", ".", ". ", "\n", "😀", "·", "\u00a0"}
	broken  = []string{"\xe4", "\xe4\xbf", "\xff", "\xc1\xa1", "\xe0\x81\xa1", "\xed\xa0\x80", "\xf0\x9f", "\xbf"}
)

func words(t *rapid.T, from []string, most int, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(from), 0, most).Draw(t, label), "")
}

func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := naive{folded: rapid.Bool().Draw(t, "folded"), noise: rapid.IntRange(0, 3).Draw(t, "noise")}
		few := letters[:rapid.IntRange(2, len(letters)).Draw(t, "alphabet")]
		n.text = words(t, slices.Concat(few, few, few, noises, broken), 60, "text")
		var patterns []string
		for range rapid.IntRange(1, 12).Draw(t, "patterns") {
			if p := words(t, slices.Concat(few, few, few, []string{"-", "(", "."}), 5, "pattern"); p != "" {
				patterns = append(patterns, p)
			}
		}
		opts := []Option{Noise(n.noise)}
		if n.folded {
			opts = append(opts, Folded())
		}
		m := build(t, patterns, opts...)
		got, want := m.All(n.text), n.all(patterns)
		if !slices.Equal(got, want) {
			t.Fatalf("folded %v noise %d\npatterns %q\ntext %q\ngot  %v\nwant %v", n.folded, n.noise, patterns, n.text, got, want)
		}
	})
}

type failer interface {
	Helper()
	Fatal(...any)
}

func build(t failer, patterns []string, opts ...Option) *Matcher {
	t.Helper()
	m, err := New(patterns, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// found prints what was found as the text has it, with the pattern.
func found(m *Matcher, patterns []string, text string) string {
	var out []string
	for _, x := range m.All(text) {
		out = append(out, text[x.Start:x.End]+"="+patterns[x.Pattern])
	}
	return strings.Join(out, " | ")
}

func TestExact(t *testing.T) {
	patterns := []string{"保本", "本", "他妈", "他妈妈", "SM", "a", "𠮷野家", "7×24", "保本"}
	m := build(t, patterns)
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"永不", ""},
		{"保本", "保本=保本 | 保本=保本 | 本=本"},
		{"他妈妈说", "他妈=他妈 | 他妈妈=他妈妈"},
		{"Smoking SM", "SM=SM"},
		{"去𠮷野家吃", "𠮷野家=𠮷野家"},
		{"7×24小时", "7×24=7×24"},
		{"\xc1\xa1", ""},     // an overlong a
		{"\xe0\x81\xa1", ""}, // and a longer one
		{"保\xff本", "本=本"},
		{"\xe4\xbf\x9d\xe6\x9c", ""},
		{"\xe4\xbf保本", "保本=保本 | 保本=保本 | 本=本"},
		{"保 本", "本=本"},
	} {
		if got := found(m, patterns, test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// Where a word begins is found going back from its end; bytes before it that look
// like the beginning of a character are none.
func TestBrokenBefore(t *testing.T) {
	patterns := []string{"é", "a", "本", "éa", "𠮷"}
	for name, m := range map[string]*Matcher{"folded": build(t, patterns, Folded()), "noise": build(t, patterns, Noise(1))} {
		for _, test := range []struct{ text, want string }{
			{"\xe4é", "é=é"},
			{"\xe4\xbfa", "a=a"},
			{"\xe4éa", "é=é | éa=éa | a=a"},
			{"\xe4\xbf本", "本=本"},
			{"\xe4\xbf𠮷", "𠮷=𠮷"},
			{"a\xbfa", "a=a | a=a"},
		} {
			if got := found(m, patterns, test.text); got != test.want {
				t.Errorf("%s %q: got %q, want %q", name, test.text, got, test.want)
			}
		}
	}
}

func TestFoldedAndNoise(t *testing.T) {
	patterns := []string{"保本", "理财产品", "年化5%", "100%保障", "app", "vip", "e-mail", "95588"}
	m := build(t, patterns, Folded(), Noise(3))
	for _, test := range []struct{ text, want string }{
		{"保(bao)本", "保(bao)本=保本"},
		{"保（bǎo）本（běn）", "保（bǎo）本=保本"},
		{"保 本", "保 本=保本"},
		{"保-本", "保-本=保本"},
		{"保\u200b本", "保\u200b本=保本"},
		{"保\u0336本\u0336", "保\u0336本=保本"},
		{"保夲", "保夲=保本"},
		{"保😀本", "保😀本=保本"},
		{"保.本", "保.本=保本"},
		{"【保】【本】", "保】【本=保本"},
		{"不能保。本金", ""},
		{"不能保，本金", ""},
		{"不能保. 本金", ""},
		{"不能保\n本金", ""},
		{"保、本", ""},
		{"保    本", ""}, // four pieces
		{"保值，本金", ""},
		{"理(li)財(cai)產(chan)品", "理(li)財(cai)產(chan)品=理财产品"},
		{"理(APP)财产品", "理(APP)财产品=理财产品 | APP=app"},
		{"理(一种)财产品", ""},
		{"年化五％", "年化五％=年化5%"},
		{"年化⑤%", "年化⑤%=年化5%"},
		{"1００％ 保 障", "1００％ 保 障=100%保障"},
		{"ＶＩＰ ⓥⓘⓟ", "ＶＩＰ=vip | ⓥⓘⓟ=vip"},
		{"a ppt, v.i.p", ""}, // no noise between Latin letters
		{"E-MAIL e mail email", "E-MAIL=e-mail"},
		{"九五五 八八, 955-88", "九五五 八八=95588 | 955-88=95588"},
	} {
		if got := found(m, patterns, test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestRefusesWords(t *testing.T) {
	for _, test := range []struct {
		patterns []string
		want     string
	}{
		{[]string{"a", ""}, "第 2 个词是空的，请删去或填写"},
		{[]string{"\xff"}, `第 1 个词 "\xff" 不是 UTF-8 文字，请另存为 UTF-8 后重试`},
		{[]string{strings.Repeat("保", 256)}, "第 1 个词超过 255 个字，请缩短"},
	} {
		_, err := New(test.patterns)
		if !fault.Is(err, fault.Invalid) || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	var many []string
	for r := rune(0x10000); r < 0x20000; r++ {
		many = append(many, string(r))
	}
	if _, err := New(many); !fault.Is(err, fault.Invalid) {
		t.Errorf("65536 characters: %v", err)
	}
	m := build(t, nil)
	if got := m.All("保本"); got != nil {
		t.Errorf("no patterns found %v", got)
	}
}

func TestStopsWhenTold(t *testing.T) {
	m := build(t, []string{"保本", "理-财"}, Noise(2))
	for _, text := range []string{"保本保本", "保(bao)本保本", "理-财理-财"} {
		n := 0
		m.Each(text, func(Match) bool { n++; return false })
		if n != 1 {
			t.Errorf("%s: %d after the first", text, n-1)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	m := build(t, []string{"保本", "本", "e-mail"}, Folded(), Noise(3))
	text := strings.Repeat("保(bao)本，保夲 e-mail 保本", 50)
	n := 0
	if got := testing.AllocsPerRun(10, func() { m.Each(text, func(Match) bool { n++; return true }) }); got != 0 || n == 0 {
		t.Errorf("%v allocations, %d hits", got, n)
	}
}

func FuzzEach(f *testing.F) {
	f.Add("保(bao)本 e-mail \xff", "保本,e-mail", uint8(3))
	f.Fuzz(func(t *testing.T, text, list string, mode uint8) {
		if len(text) > 300 || len(list) > 60 {
			return
		}
		n := naive{text: text, folded: mode&4 != 0, noise: int(mode & 3)}
		opts := []Option{Noise(n.noise)}
		if n.folded {
			opts = append(opts, Folded())
		}
		patterns := strings.Split(list, ",")
		m, err := New(patterns, opts...)
		if err != nil {
			return
		}
		if got, want := m.All(text), n.all(patterns); !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

// Words that are suffixes and middles of each other, over three characters: here
// nearly every step fails to a state that knows more, or as much, as its own.
func TestAgainstNaiveOnFewCharacters(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune([]rune("一二三")[rng.IntN(3)])
		}
		return b.String()
	}
	for round := range 200 {
		var words []string
		for range 3 + rng.IntN(60) {
			if w := draw(1 + rng.IntN(7)); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		text := draw(300)
		m, err := New(words)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.All(text), (naive{text: text}).all(words); !slices.Equal(got, want) {
			t.Fatalf("round %d, words %q, text %q: %d occurrences, want %d", round, words, text, len(got), len(want))
		}
	}
}

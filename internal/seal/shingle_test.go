package seal

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// petitions returns the texts of real petitions, which are not in the
// repository.
func petitions(t testing.TB) []string {
	f, err := os.Open("../../../shared/data/complaints/petitions_4326.csv")
	if err != nil {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("no real petitions here: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, row := range rows[1:] {
		texts = append(texts, row[3])
	}
	return texts
}

// The numbers beside DefaultBands, with some room below.
func TestShinglesOnRealPetitions(t *testing.T) {
	k := testKeys(t, 1)
	texts := petitions(t)
	random := rand.New(rand.NewPCG(1, 2))
	var scattered, passage int
	index := map[Token][]int32{}
	for i, text := range texts {
		tokens := k.Shingles(nil, text, DefaultBands)
		if shares(tokens, k.Shingles(nil, edited(random, text), DefaultBands)) {
			scattered++
		}
		if shares(tokens, k.Shingles(nil, passageEdited(random, text), DefaultBands)) {
			passage++
		}
		for _, token := range tokens {
			index[token] = append(index[token], int32(i))
		}
	}
	wrong, pairs := wrongPairs(texts, index)
	n := float64(len(texts))
	t.Logf("scattered %.1f %%, passage %.1f %%, wrong %d of %d pairs found", 100*float64(scattered)/n, 100*float64(passage)/n, wrong, pairs)
	if float64(scattered) < 0.94*n || float64(passage) < 0.99*n || float64(wrong) > 0.02*n {
		t.Error("worse than what DefaultBands says")
	}
}

// wrongPairs counts the pairs of texts that share a token, and those of them
// that share less than a fifth of their pieces.
func wrongPairs(texts []string, index map[Token][]int32) (wrong, found int) {
	pairs := map[[2]int32]bool{}
	for _, ids := range index {
		for i := range ids {
			for j := range i {
				pairs[[2]int32{ids[j], ids[i]}] = true
			}
		}
	}
	for p := range pairs {
		if jaccard(pieces(texts[p[0]]), pieces(texts[p[1]])) < 0.2 {
			wrong++
		}
	}
	return wrong, len(pairs)
}

func TestShingles(t *testing.T) {
	k := testKeys(t, 1)
	text := "本人于2026年5月1日在贵行购买理财产品，客户经理承诺保本，现亏损两万元，要求赔偿。"
	same := func(a, b []Token) bool { return slices.Equal(a, b) }
	base := k.Shingles(nil, text, DefaultBands)
	if len(base) != DefaultBands || !same(base, k.Shingles(nil, text, DefaultBands)) {
		t.Fatalf("got %v", base)
	}
	for _, test := range []struct {
		name  string
		other []Token
		want  bool
	}{
		{"punctuation and width do not count", k.Shingles(nil, "本人于２０２６年5月1日 在贵行购买理财产品 客户经理承诺保本 现亏损两万元 要求赔偿", DefaultBands), true},
		{"another key", testKeys(t, 2).Shingles(nil, text, DefaultBands), false},
		{"another text", k.Shingles(nil, "信用卡年费收取标准未告知，已多次致电客服。", DefaultBands), false},
	} {
		if got := same(base, test.other); got != test.want {
			t.Errorf("%s: same = %v", test.name, got)
		}
	}
	for text, want := range map[string]int{"": 0, "！？ ": 0, "投": 4, "投诉": 4, "投诉人": 4, "\xff\xfe": 0} {
		if got := k.Shingles(nil, text, 4); len(got) != want {
			t.Errorf("%q: got %d tokens, want %d", text, len(got), want)
		}
	}
	if got := k.Shingles(base[:1:1], text, 99); len(got) != 1+MaxBands || got[0] != base[0] {
		t.Errorf("got %d tokens, want the one given and %d", len(got), MaxBands)
	}
}

func BenchmarkShingles(b *testing.B) {
	k := testKeys(b, 1)
	b.SetBytes(int64(len(narrative)))
	b.ReportAllocs()
	var dst []Token
	for b.Loop() {
		dst = k.Shingles(dst[:0], narrative, DefaultBands)
	}
}

func pieces(s string) map[string]bool {
	var rs []rune
	for _, r := range s {
		if r = fold(r); classOf(r) != classBreak {
			rs = append(rs, r)
		}
	}
	out := map[string]bool{}
	for i := 0; i+3 <= len(rs); i++ {
		out[string(rs[i:i+3])] = true
	}
	return out
}

func jaccard(a, b map[string]bool) float64 {
	n := 0
	for x := range a {
		if b[x] {
			n++
		}
	}
	return float64(n) / float64(len(a)+len(b)-n)
}

func shares(a, b []Token) bool {
	for i := range a {
		if a[i] == b[i] {
			return true
		}
	}
	return false
}

// edited replaces, drops or doubles one character in ten, each anywhere.
func edited(rnd *rand.Rand, s string) string {
	var out []rune
	for _, r := range s {
		switch n := rnd.IntN(30); n {
		case 0:
		case 1:
			out = append(out, r, r)
		case 2:
			out = append(out, rune(0x4e00+rnd.IntN(2000)))
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

// passageEdited replaces one passage of a tenth of the text.
func passageEdited(rnd *rand.Rand, s string) string {
	runes := []rune(s)
	n := len(runes) / 10
	at := rnd.IntN(len(runes) - n + 1)
	for i := at; i < at+n; i++ {
		runes[i] = rune(0x4e00 + rnd.IntN(2000))
	}
	return string(runes)
}

// A material is found again after it was shortened or a sentence was changed,
// whatever the installation's key is: bands of short texts missed it now and then.
func TestSamples(t *testing.T) {
	const base = "稳享一号理财产品说明 业绩比较基准2.80%，不代表未来表现，不构成收益承诺 发行机构：示例理财有限责任公司 "
	const warning = "理财非存款、产品有风险、投资须谨慎"
	count := func(a, b []Token) (n int) {
		for _, x := range a {
			if slices.Contains(b, x) {
				n++
			}
		}
		return n
	}
	for seed := range 200 {
		k := testKeys(t, byte(seed))
		is := k.Samples(nil, base+warning, 64)
		if len(is) < 40 || len(is) > 64 {
			t.Fatalf("%d tokens", len(is))
		}
		for _, tt := range []struct {
			name, text string
			least      int
			most       int
		}{
			{"the same", base + warning, len(is), len(is)},
			{"another last sentence", base + "本产品保本保息，稳赚不赔，限时抢购", len(is) / 3, len(is) - 1},
			{"shortened by half", base[:len(base)/2], len(is) / 4, len(is) - 1},
			{"width and punctuation", strings.ReplaceAll(base+warning, "，", " "), len(is), len(is)},
			{"another text", "信用卡年费收取标准未告知，已多次致电客服。", 0, 0},
		} {
			if n := count(is, k.Samples(nil, tt.text, 64)); n < tt.least || n > tt.most {
				t.Errorf("key %d, %s: %d shared, want %d to %d", seed, tt.name, n, tt.least, tt.most)
			}
		}
	}
	if got := testKeys(t, 1).Samples(nil, "，。！", 64); len(got) != 0 {
		t.Errorf("%d tokens of no characters", len(got))
	}
	long := strings.Repeat(base+warning, 500)
	k := testKeys(t, 1)
	if n := count(k.Samples(nil, long, 64), k.Samples(nil, long+"附件", 64)); n < 60 {
		t.Errorf("a long text shares %d", n)
	}
}

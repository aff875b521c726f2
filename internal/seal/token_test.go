package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const narrative = `本人于2026年3月12日在贵行A市分行营业部购买“稳盈180天”理财产品，金额人民币200000元，` +
	`客户经理当时口头承诺保本保收益，年化4.5%以上，并未出示产品说明书，也没有做风险测评的录音录像。` +
	`到期后账户6225880212345678只收回187,320.55元，亏损一万多元。多次拨打客服电话95588与支行电话010-66668888，` +
	`均答复“市场波动，自负盈亏”。本人认为贵行销售人员存在误导销售行为，要求全额赔偿本金及按承诺计算的收益，` +
	`并在十五日内书面答复，否则将向国家金融监督管理总局投诉。联系电话13912345678，邮箱Zhang.San@example.com。`

// wordsOf tells which tokens a text has by their words: a plain, slow second
// way to what Tokens does.
func (k *Keys) wordsOf(words ...string) []Token {
	var out []Token
	for _, w := range words {
		out = append(out, (&scratch{}).token(k.search, []byte(w)))
	}
	slices.Sort(out)
	return out
}

func TestTokens(t *testing.T) {
	k := testKeys(t, 1)
	for _, test := range []struct {
		name, text  string
		want, query []string
	}{
		{"nothing", "", nil, nil},
		{"only separators", " ，。！\t-", nil, nil},
		{"one character", "投", []string{"投"}, []string{"投"}},
		{"pair", "投诉", []string{"投", "诉", "投诉"}, []string{"投诉"}},
		{"run", "投诉人", []string{"投", "诉", "人", "投诉", "诉人"}, []string{"投诉", "诉人"}},
		{"repeated", "诉诉诉", []string{"诉", "诉诉"}, []string{"诉诉"}},
		{"broken", "投，诉", []string{"投", "诉"}, []string{"投", "诉"}},
		{"word breaks a run", "投A诉", []string{"投", "诉", "a"}, []string{"投", "诉", "a"}},
		{"folding", "ＡＢＣ　abc ABC １２", []string{"abc", "12"}, []string{"abc", "12"}},
		{"six digits", "954321", []string{"954321"}, []string{"954321"}},
		{"seven digits", "8654321", []string{"8654321", "4321"}, []string{"8654321"}},
		{"phone", "13912345678", []string{"13912345678", "5678"}, []string{"13912345678"}},
		{"digits within a word", "vip6225880212345678x", []string{"vip6225880212345678x", "6225880212345678", "5678"}, []string{"vip6225880212345678x"}},
		{"short digits within a word", "a3区", []string{"a3", "3", "区"}, []string{"a3", "区"}},
		{"two runs of digits", "12b34", []string{"12b34", "12", "34"}, []string{"12b34"}},
		{"rare Han", "㐂𠀀々", []string{"㐂", "𠀀", "々", "㐂𠀀", "𠀀々"}, []string{"㐂𠀀", "𠀀々"}},
		{"other letters", "Москва é", []string{"москва", "é"}, []string{"москва", "é"}},
		{"not UTF-8", "投\xff诉", []string{"投", "诉"}, []string{"投", "诉"}},
	} {
		got, query := k.Tokens(nil, test.text), k.QueryTokens(nil, test.text)
		slices.Sort(got)
		slices.Sort(query)
		if !slices.Equal(got, k.wordsOf(test.want...)) {
			t.Errorf("%s: tokens of %q are not those of %q", test.name, test.text, test.want)
		}
		if !slices.Equal(query, k.wordsOf(test.query...)) {
			t.Errorf("%s: query tokens of %q are not those of %q", test.name, test.text, test.query)
		}
	}
}

func TestTokensKeepWhatIsThere(t *testing.T) {
	k := testKeys(t, 1)
	got := k.Tokens(k.Tokens(nil, "投诉"), "投")
	if len(got) != 4 || got[3] != got[0] {
		t.Errorf("got %v, want the tokens of both texts", got)
	}
}

// No two different words share a token, whatever their length and their zero
// bytes.
func TestTokenOfEveryWordDiffers(t *testing.T) {
	k := testKeys(t, 1)
	seen := map[Token]string{}
	for n := range 70 {
		for _, fill := range []string{"\x00", "a", "b"} {
			w := strings.Repeat(fill, n)
			token := (&scratch{}).token(k.search, []byte(w))
			if was, twice := seen[token]; twice && was != w {
				t.Errorf("%q and %q share a token", was, w)
			}
			seen[token] = w
		}
	}
}

func folded(s string) string { return strings.Map(fold, s) }

func isHanRun(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return classOf(r) != classHan })
}

// A text that contains the query has all its tokens.
func TestQueryTokensMissNothing(t *testing.T) {
	k := testKeys(t, 1)
	han := rapid.SampledFrom([]rune("投诉理财保本险㐂𠀀"))
	any := rapid.SampledFrom([]rune("投诉理财保本险㐂𠀀 ，aB1２Ｃ-"))
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.StringOfN(han, 1, 6, -1).Draw(t, "query")
		doc := rapid.StringOfN(any, 0, 20, -1).Draw(t, "before")
		if rapid.Bool().Draw(t, "with") {
			doc += query
		}
		doc += rapid.StringOfN(any, 0, 20, -1).Draw(t, "after")
		tokens := k.Tokens(nil, doc)
		missing := slices.ContainsFunc(k.QueryTokens(nil, query), func(q Token) bool { return !slices.Contains(tokens, q) })
		contains := strings.Contains(folded(doc), folded(query))
		if contains && missing {
			t.Fatalf("%q is in %q but was not found", query, doc)
		}
		if !contains && !missing && utf8.RuneCountInString(query) <= 2 {
			t.Fatalf("%q of at most two characters is not in %q but was found", query, doc)
		}
	})
}

// The same for every sentence of a real text.
func TestQueryTokensOnNarrative(t *testing.T) {
	k := testKeys(t, 1)
	tokens := k.Tokens(nil, narrative)
	for query := range strings.FieldsFuncSeq(narrative, func(r rune) bool { return classOf(fold(r)) != classHan }) {
		for _, q := range k.QueryTokens(nil, query) {
			if !isHanRun(query) || !slices.Contains(tokens, q) {
				t.Errorf("%q not found", query)
			}
		}
	}
	for _, query := range []string{"95588", "6225880212345678", "5678", "zhang", "EXAMPLE", "１３９１２３４５６７８"} {
		for _, q := range k.QueryTokens(nil, query) {
			if !slices.Contains(tokens, q) {
				t.Errorf("%q not found", query)
			}
		}
	}
}

func TestTokensGrowAndShrink(t *testing.T) {
	k := testKeys(t, 1)
	var huge strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&huge, "%d ", i)
	}
	if got := len(k.Tokens(nil, huge.String())); got != 40_000 {
		t.Errorf("got %d tokens, want 40000", got)
	}
	if got := len(k.Tokens(nil, narrative+narrative)); got != len(k.Tokens(nil, narrative)) {
		t.Errorf("a text said twice has %d tokens", got)
	}
	s := set{}
	s.reset()
	if !s.add(0) || s.add(0) || !s.add(5) || s.add(5) {
		t.Error("the set forgets")
	}
}

func TestTokensAtOnce(t *testing.T) {
	k := testKeys(t, 1)
	want := k.Tokens(nil, narrative)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if !slices.Equal(k.Tokens(nil, narrative), want) {
					t.Error("tokens differ")
				}
			}
		})
	}
	wg.Wait()
}

func TestTokensDoNotAllocate(t *testing.T) {
	k := testKeys(t, 1)
	dst := k.Tokens(nil, narrative)
	if got := testing.AllocsPerRun(100, func() { dst = k.Tokens(dst[:0], narrative) }); got >= 1 {
		t.Errorf("got %v allocations a text", got)
	}
}

func TestBlind(t *testing.T) {
	k := testKeys(t, 1)
	base := k.Blind("phone", "13912345678")
	for name, other := range map[string]Token{
		"another value":        k.Blind("phone", "13912345679"),
		"another kind":         k.Blind("id_number", "13912345678"),
		"another key":          testKeys(t, 2).Blind("phone", "13912345678"),
		"the border moved":     k.Blind("phone1", "3912345678"),
		"the search token":     k.Tokens(nil, "13912345678")[0],
		"an empty value":       k.Blind("phone", ""),
		"a long value":         k.Blind("phone", strings.Repeat("13912345678", 9)),
		"its search with kind": (&scratch{}).token(k.search, []byte("phone\x0013912345678")),
	} {
		if other == base {
			t.Errorf("%s has the same token", name)
		}
	}
	if k.Blind("phone", "13912345678") != base {
		t.Error("not the same twice")
	}
}

func TestTokenText(t *testing.T) {
	for token, want := range map[Token]string{0: "aaaaaaaaaaaaa", ^Token(0): "7777777777776", 1: "aaaaaaaaaaaac"} {
		if got := string(token.AppendText([]byte("x"))); got != "x"+want {
			t.Errorf("%d: got %s, want x%s", token, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add(narrative, "保本")
	f.Add("\xff\xfe", "")
	k := testKeys(f, 1)
	f.Fuzz(func(t *testing.T, text, query string) {
		tokens := k.Tokens(nil, text)
		sorted := slices.Clone(tokens)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(tokens) {
			t.Fatal("a token twice")
		}
		if !isHanRun(query) || !strings.Contains(folded(text), query) {
			return
		}
		for _, q := range k.QueryTokens(nil, query) {
			if !slices.Contains(tokens, q) {
				t.Fatalf("%q is in %q but was not found", query, text)
			}
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	k := testKeys(b, 1)
	b.Run("blocks", func(b *testing.B) {
		b.SetBytes(int64(len(narrative)))
		b.ReportAllocs()
		var dst []Token
		for b.Loop() {
			dst = k.Tokens(dst[:0], narrative)
		}
		b.ReportMetric(float64(len(dst)), "tokens/op")
	})
	b.Run("hmac-sha256", func(b *testing.B) {
		b.SetBytes(int64(len(narrative)))
		b.ReportAllocs()
		words := len(k.Tokens(nil, narrative))
		mac := hmac.New(sha256.New, make([]byte, 32))
		var sum [32]byte
		var token uint64
		for b.Loop() {
			for i := range words {
				mac.Reset()
				mac.Write([]byte(narrative[i : i+6]))
				token ^= binary.BigEndian.Uint64(mac.Sum(sum[:0]))
			}
		}
		_ = token
	})
}

func BenchmarkSeal(b *testing.B) {
	c, random := CaseKey{}, &counter{}
	b.SetBytes(int64(len(narrative)))
	for b.Loop() {
		if _, err := c.Seal(random, []byte(narrative), "complaint/body/12"); err != nil {
			b.Fatal(err)
		}
	}
}

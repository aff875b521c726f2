package text_test

import (
	"testing"
	"unicode/utf8"

	"xiaobao/internal/text"
)

func TestFold(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"保本", "保本"},
		{"ＡＢＣ１２３％", "abc123%"},
		{"保證夲金", "保证本金"},
		{"ⓑ⒜🅐①㈠⑴⒈", "baa1111"},
		{"三万五千", "3万5千"},
		{"叁佰伍拾", "3百5拾"},
		{"貳零二六年", "2026年"},
		{"銀行業務員", "银行业务员"},
		{"円の価格", "圆の价格"},
		{"Ｅ－ＭＡＩＬ：Ａ＠Ｂ．ｃｎ", "e-mail:a@b.cn"},
		{"раураl", "paypal"}, // Cyrillic
		{"𝐀𝓑", "ab"},
		{"永葆本色", "永葆本色"},
		{"咖啡", "咖啡"},
		{"坏\xff字", "坏\ufffd字"},
	} {
		if got := text.Fold(test.in); got != test.want {
			t.Errorf("Fold(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestFoldIsIdempotent(t *testing.T) {
	n := 0
	text.EachFold(func(from, to rune) {
		n++
		if again := text.FoldRune(to); again != to {
			t.Errorf("%c folds to %c, and that to %c", from, to, again)
		}
		if text.FoldRune(from) != to || !utf8.ValidRune(to) || from == to {
			t.Errorf("%c: %c, %c", from, to, text.FoldRune(from))
		}
	})
	if n < 7000 {
		t.Errorf("only %d characters fold", n)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("保證夲金 ① 🅐 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Fold(s)
		if utf8.RuneCountInString(got) != utf8.RuneCountInString(s) || text.Fold(got) != got {
			t.Errorf("%q became %q", s, got)
		}
	})
}

func BenchmarkFoldTable(b *testing.B) {
	s := "保證夲金永不损失，ＡＢＣ三万五千元"
	text.Fold(s)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Fold(s)
	}
}

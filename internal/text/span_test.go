package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/fault"
	"xiaobao/internal/text"
)

func pieces(s string, spans []text.Span) string {
	var out []string
	for _, p := range spans {
		out = append(out, p.In(s))
	}
	return strings.Join(out, "|")
}

func TestSentences(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{" \n　\r\n", ""},
		{"您好。我要投诉！为什么？？没人管", "您好。|我要投诉！|为什么？？|没人管"},
		{"他说：“保本。不亏。”我信了。", "他说：“保本。|不亏。”|我信了。"},
		{"年化3.5%，最高4.2%。到期还本", "年化3.5%，最高4.2%。|到期还本"},
		{"1. 保本\n2. 保息", "1. 保本|2. 保息"},
		{"Mr. Smith paid. The bank did not.", "Mr. Smith paid.|The bank did not."},
		{"I paid 35. They refused.", "I paid 35.|They refused."},
		{"不能保. 本金", "不能保.|本金"},
		{"我想……算了", "我想……算了"},
		{"“我想……”他走了", "“我想……”|他走了"},
		{"第一行\n\n  第二行 ", "第一行|第二行"},
		{"真的吗？！（我不信。）好", "真的吗？！|（我不信。）|好"},
	} {
		if got := pieces(test.in, text.Sentences(test.in)); got != test.want {
			t.Errorf("%q: got %s, want %s", test.in, got, test.want)
		}
	}
}

func TestClauses(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"本产品不保本，不保息；请谨慎：有风险。", "本产品不保本，|不保息；|请谨慎：|有风险。"},
		{"共1,000元，9:30到12:30", "共1,000元，|9:30到12:30"},
		{"股票、基金、债券，都有风险", "股票、基金、债券，|都有风险"},
		{"我想……算了,真的", "我想……|算了,|真的"},
		{"他说：“好，行。”走了", "他说：|“好，|行。”|走了"},
	} {
		if got := pieces(test.in, text.Clauses(test.in)); got != test.want {
			t.Errorf("%q: got %s, want %s", test.in, got, test.want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	s := "  标题\r\n\r\n　　第一段。还有。\n第二段\u2029第三段"
	if got, want := pieces(s, text.Paragraphs(s)), "标题|第一段。还有。|第二段|第三段"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValid(t *testing.T) {
	if err := text.Valid([]byte("好𠮷\n")); err != nil {
		t.Error(err)
	}
	err := text.Valid([]byte("一行\n二\xff行"))
	if want := "文字不是 UTF-8：第 2 行第 2 个字（第 11 字节）处是 0xFF。请另存为 UTF-8 后重试。"; !fault.Is(err, fault.Invalid) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzSpans(f *testing.F) {
	f.Add("他说：“保本。” 3.5%，1. 是\n……\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for name, cut := range map[string]func(string) []text.Span{"paragraphs": text.Paragraphs, "sentences": text.Sentences, "clauses": text.Clauses} {
			kept, last := 0, 0
			for _, p := range cut(s) {
				if p.Start < last || p.End <= p.Start || p.End > len(s) || utf8.ValidString(s) && !utf8.ValidString(p.In(s)) {
					t.Fatalf("%s of %q: %v", name, s, p)
				}
				last, kept = p.End, kept+len(strings.Join(strings.FieldsFunc(p.In(s), unicode.IsSpace), ""))
			}
			if all := len(strings.Join(strings.FieldsFunc(s, unicode.IsSpace), "")); kept != all {
				t.Errorf("%s of %q keep %d of %d bytes", name, s, kept, all)
			}
		}
		sentences := text.Sentences(s)
		for _, c := range text.Clauses(s) {
			if !slices.ContainsFunc(sentences, func(p text.Span) bool { return p.Has(c) }) {
				t.Errorf("%q: clause %q lies in no sentence", s, c.In(s))
			}
		}
	})
}

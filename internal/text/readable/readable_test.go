package readable

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOf(t *testing.T) {
	long := "鉴于上述事项均系项下约定且尚未予以处理" + strings.Repeat("该等条款之规定亦应予遵照执行", 6) + "。"
	for _, tt := range []struct {
		name, text string
		low, high  int
	}{
		{"empty", "", 100, 100},
		{"marks only", "——！！", 100, 100},
		{"plain", "您好。钱已经退给您了，三天内到账。", 95, 100},
		{"jargon", "净值型产品的业绩比较基准、现金价值、犹豫期、等待期见条款。", 60, 90},
		{"bookish and long", long, 0, 30},
	} {
		if r := Of(tt.text); r.Score < tt.low || r.Score > tt.high {
			t.Errorf("%s: %+v, want a score of %d to %d", tt.name, r, tt.low, tt.high)
		}
	}
	if r := Of("净值型产品，净值型理财。"); r.Jargon != 2 || r.Chars != 10 || r.Sentence != 10 || r.Clause != 5 || r.Long != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSplit(t *testing.T) {
	s := "一；二，三。\n \n四"
	var got []string
	for _, p := range Sentences(s) {
		got = append(got, p.In(s))
	}
	if strings.Join(got, "|") != "一；|二，三。|四" {
		t.Errorf("%q", got)
	}
	if n := len(Clauses(s)); n != 4 {
		t.Errorf("%d clauses, want 4", n)
	}
}

func TestWordsAreACopy(t *testing.T) {
	list := Words()
	if len(list) < 20 || list[0].Word == "" || list[0].Say == "" {
		t.Fatalf("%d words", len(list))
	}
	list[0].Word = "改"
	if Words()[0].Word == "改" || LongSentence() != 60 {
		t.Error("the lexicon is shared, or its long sentence changed")
	}
}

func TestFaultyData(t *testing.T) {
	for _, src := range []string{"bookish = 3", "odd = 1", "[weights]\nsentence = 1.0"} {
		if _, err := parse(src); err == nil {
			t.Errorf("%q was taken", src)
		}
	}
}

// A plain short sentence never makes a text harder.
func TestPlainSentenceHelps(t *testing.T) {
	piece := rapid.SampledFrom([]string{"净值型", "鉴于", "钱", "按照合同约定办理", "，", "。", "；", "您可以选择", "\n", "现金价值之"})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "text"), "")
		before, after := Of(s), Of(s+"。钱会退。")
		if after.Score < before.Score || before.Score < 0 || before.Score > 100 {
			t.Fatalf("%d became %d", before.Score, after.Score)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	s := strings.Repeat("借款人应当按照合同约定的还款日和还款方式归还贷款本息，逾期的按日计收罚息。", 8000)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Of(s)
	}
}

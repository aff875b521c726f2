package rule

import (
	"testing"

	"xiaobao/internal/text"
)

func TestDenied(t *testing.T) {
	for _, tt := range []struct {
		prefix string
		want   bool
	}{
		{"", false}, {"本产品", false}, {"不", true}, {"本产品不", true}, {"不承诺", true}, {"我行从不承诺", true}, {"并非", true}, {"这不是", true}, {"非", true}, {"未", true},
		{"不但", false}, {"不仅", false}, {"无不", false}, {"不得不", false}, {"舍不得", false}, {"机会不得错过", false}, {"不用担心", false}, {"非常", false}, {"未来", false}, {"特别", false},
		{"并非不", false}, {"不是不", false}, {"不能保证", true}, {"不会再", true}, {"不 承 诺 ", true}, {"並非", true}, {"禁止宣传", true}, {"谨防所谓的", false},
		{"不错的选择", false}, {"不满意而是", false}, {"没有任何人承诺", true}, {"不限金额", false},
	} {
		if why, got := chinese().denied(tt.prefix); got != tt.want {
			t.Errorf("%q: denied %v by %q, want %v", tt.prefix, got, why, tt.want)
		}
	}
}

func TestForbidden(t *testing.T) {
	b := bookOf(t, one())
	for _, tt := range []struct{ before, want string }{
		{"广告不得含有", "不得"}, {"机会不得错过，", ""}, {"严禁承诺", "严禁"}, {"不得夸大，但本产品", ""}, {"我们不得不", ""}, {"普通话", ""}, {"不得含有，舍不得", "不得"},
	} {
		v := b.read(Doc{Text: tt.before + "保本"})
		if got := v.forbidden(text.Span{End: len(tt.before)}); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.before, got, tt.want)
		}
		v.close()
	}
}

func TestItems(t *testing.T) {
	for _, tt := range []struct {
		line string
		want bool
	}{{"（一）承诺", true}, {"(2) 承诺", true}, {"1.承诺", true}, {"十、承诺", true}, {"① 承诺", true}, {"- 承诺", true}, {"承诺一", false}, {"2026年", false}, {"", false}} {
		if got := isItem(tt.line); got != tt.want {
			t.Errorf("%q: %v", tt.line, got)
		}
	}
}

func TestDialogue(t *testing.T) {
	got := Dialogue("开场白\n客户：你好\n我要投诉\n坐席1: 您好\n")
	if len(got) != 2 || got[0].Speaker != "consumer" || got[1].Speaker != "staff" || got[0].End != got[1].Start {
		t.Errorf("%+v", got)
	}
	if Dialogue("时间：上午\n没有人说话") != nil {
		t.Error("a line that is no turn was taken for one")
	}
}

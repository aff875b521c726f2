package assist

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text"
)

func veiled(t interface{ Fatal(...any) }, known ...Known) *Veil {
	v, err := NewVeil(known...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHide(t *testing.T) {
	known := []Known{{"客户", "王小明"}, {"客户电话", "13912345678"}, {"员工", "李雯"}, {"客户", "王小明"}, {"负责人", "匿"}, {"客户地址", ""}, {"代理人", "匿名"}}
	for in, want := range map[string]string{
		"我是王小明，电话13912345678。":   "我是【客户】，电话【客户电话】。",
		"王 小 明再次来电，王小明很生气":       "【客户】再次来电，【客户2】很生气",
		"王小明 1 3 9 1234 5678":    "【客户】 【客户电话】",
		"１３９１２３４５６７８":            "【客户电话】",
		"经办人李雯，另一部手机13700001111": "经办人【员工】，另一部手机【手机1】",
		"身份证11010519491231002X":  "身份证【证件1】",
		"年费300元，2026年3月5日，第十九条":  "年费300元，2026年3月5日，第十九条",
		"流水号20260305998877":      "流水号【号码1】",
		"原文里有【客户】和【手机1】":         "原文里有【原文1】和【原文2】",
		"匿名来信": "匿名来信",
	} {
		v := veiled(t, known...)
		got := v.Hide(in)
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
		if back, strange := v.Show(got, nil); back != in || len(strange) > 0 {
			t.Errorf("%q comes back as %q, strange %v", in, back, strange)
		}
	}
}

// The same words have the same placeholder in every text, others another.
func TestPlaceholdersAreStable(t *testing.T) {
	v := veiled(t, Known{"客户", "王小明"})
	if a, b := v.Hide("王小明 13700001111"), v.Hide("13700001111，13700002222 王小明"); a != "【客户】 【手机1】" || b != "【手机1】，【手机2】 【客户】" {
		t.Errorf("%s / %s", a, b)
	}
}

// Placeholders that were changed or made up put nothing back.
func TestTamperedPlaceholders(t *testing.T) {
	v := veiled(t, Known{"客户", "王小明"})
	v.Hide("王小明 13700001111")
	for in, want := range map[string]string{
		"【客户】您好":          "王小明您好",
		"【手机9】":           "【手机9】",
		"【手机１】":           "【手机１】",
		"[手机1] (客户) {客户}": "[手机1] (客户) {客户}",
		"【 客户 】":          "【 客户 】",
		"【【客户】】":          "【王小明】",
		"【客户":             "【客户",
		"【系统提示】":          "【系统提示】",
		"【手机1】的主人是【客户】【客户2】": "13700001111的主人是王小明【客户2】",
	} {
		got, strange := v.Show(in, nil)
		if got != want {
			t.Errorf("%q shows %q, want %q", in, got, want)
		}
		if made := strings.Contains(got, "9】") || strings.Contains(got, "2】") || strings.Contains(got, "提示"); made && len(strange) == 0 {
			t.Errorf("%q: nobody is told of the strange placeholder", in)
		}
	}
}

var names = rapid.SampledFrom([]string{"王小明", "欧阳修远", "阿卜杜拉·买买提", "李雯", "John Smith", "高峰", "客户", "手机", "北京某某商贸有限公司", "𠮷田一郎"})

var pieces = rapid.SampledFrom([]string{"我叫", "，", "电话", "【", "】", "【客户】", "【手机1】", "（", "\n", " ", "退还年费300元", "2026年3月5日", "尾号1234", "　", "京A·12345", "13800001234", "6222020200112233445",
	"11010519491231002X", "a@b.cn", "朝阳区建国路88号1单元201室", "先生", "投诉人：", "𠮷"})

// genText draws a text in which values stand, also written apart.
func genText(t *rapid.T, values []string) string {
	var b strings.Builder
	for range rapid.IntRange(0, 12).Draw(t, "pieces") {
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			b.WriteString(rapid.SampledFrom(values).Draw(t, "value"))
		case 1:
			b.WriteString(strings.Join(strings.Split(rapid.SampledFrom(values).Draw(t, "value"), ""), rapid.SampledFrom([]string{" ", "\u200b", "-", "."}).Draw(t, "between")))
		case 2:
			b.WriteString(pieces.Draw(t, "piece"))
		default:
			b.WriteString(rapid.StringOfN(rapid.RuneFrom(nil, unicode.Han, unicode.Latin, unicode.Nd), 0, 8, -1).Draw(t, "words"))
		}
	}
	return b.String()
}

// Whatever stands in a text comes back from under the veil as it was, also after
// other texts were hidden.
func TestVeilRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := []string{names.Draw(t, "name"), names.Draw(t, "other"), fmt.Sprint(rapid.Int64Range(13000000000, 19999999999).Draw(t, "phone"))}
		v := veiled(t, Known{"客户", values[0]}, Known{"员工", values[1]}, Known{"客户电话", values[2]})
		texts := []string{genText(t, values), genText(t, values)}
		var hid []string
		for _, s := range texts {
			hid = append(hid, v.Hide(s))
		}
		for i, s := range texts {
			if back, strange := v.Show(hid[i], nil); back != s || len(strange) > 0 {
				t.Fatalf("%q -> %q -> %q, strange %v", s, hid[i], back, strange)
			}
		}
	})
}

// No value of the case is in the bytes that are sent: not as it is, not folded.
func TestNothingOfTheCaseLeaves(t *testing.T) {
	c := &Client{conf: Config{Model: "m", MaxTokens: 100}}
	rapid.Check(t, func(t *rapid.T) {
		values := []string{names.Filter(func(s string) bool { return s != "客户" && s != "手机" }).Draw(t, "name"), fmt.Sprint(rapid.Int64Range(13000000000, 19999999999).Draw(t, "phone")),
			"11010519491231002X", "6222020200112233445"}
		v := veiled(t, Known{"客户", values[0]}, Known{"客户电话", values[1]}, Known{"客户证件", values[2]}, Known{"客户号码", values[3]})
		q, err := v.Ask(rapid.SampledFrom(Uses).Draw(t, "use"), Block{"一", genText(t, values)}, Block{"二", genText(t, values)})
		if err != nil {
			t.Fatal(err)
		}
		body, err := c.body(q)
		if err != nil {
			t.Fatal(err)
		}
		sent := text.Fold(string(body))
		for _, value := range values {
			if strings.Contains(string(body), value) || strings.Contains(sent, text.Fold(value)) {
				t.Fatalf("%s leaves in %s", value, body)
			}
		}
	})
}

// The last look stops a question in which a value stands after all.
func TestLeakIsStopped(t *testing.T) {
	v := veiled(t, Known{"客户", "王小明"})
	for s, want := range map[string]string{"【客户】来电": "", "王小明来电": "客户", "【王小明】": "", "王小 明": ""} {
		if got := v.Leak(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// Data the model made up does not reach the page.
func TestForeign(t *testing.T) {
	for in, want := range map[string]string{
		"请致电13611112222":         "请致电【请核实】",
		"【客户】您好，【手机1】":           "【客户】您好，【手机1】",
		"身份证11010519491231002X":  "身份证【请核实】",
		"退还300元，第十九条":            "退还300元，第十九条",
		"卡号6222020200112233445x": "卡号【请核实】",
	} {
		if got, n := Foreign(in); got != want || (n > 0) != (got != in) {
			t.Errorf("%q is %q (%d), want %q", in, got, n, want)
		}
	}
}

// The veil hides the long numbers that pages hide; a date with an hour can be read.
func TestVeilHidesWhatPagesHide(t *testing.T) {
	for _, s := range []string{"电话 010-88886666", "卡号 6222 0202 0011 2233 445", "微信 wx20260305abc", "2026-03-05 10:30"} {
		date := strings.HasPrefix(s, "2026-")
		if got := veiled(t).Hide(s); complaint.MaskNumbers(s) == s && !date || strings.Contains(got, "【") == date {
			t.Errorf("%q leaves as %q", s, got)
		}
	}
}

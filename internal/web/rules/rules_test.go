package rules_test

import (
	"strings"
	"testing"

	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

const pack = `
id = "house-words"
version = "3"
title = "本行用语"
owner = "消保办"
[[rule]]
id = "house-words.slogan"
title = "不再使用的口号"
severity = "warn"
source = "T-1"
grade = "B"
advice = "改用新口号。"
find = ["财富管家"]
hits = ["您的财富管家"]
passes = ["您的客户经理"]
`

func TestListAndRule(t *testing.T) {
	w := servertest.New(t, nil)
	handler := w.As("handler")
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/rules", 200, "投诉处理四禁忌"},
		{"/rules?q=怂恿", 200, "引导投诉"},
		{"/rules?q=没有这样的词", 200, "没有找到规则"},
		{"/rules?state=shadow", 200, "没有找到规则"},
		{"/rules/rule/taboos.lead", 200, "有本事你就去银保监会告。"},
		{"/rules/rule/none", 404, "没有编号为"},
		{"/rules/try", 200, "全部检查类规则包"},
		{"/rules/import", 403, ""},
	} {
		a := handler.Get(tt.path)
		if a.Status != tt.status || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%s: %d, want %d with %q", tt.path, a.Status, tt.status, tt.want)
		}
	}
	if a := handler.Get("/rules/rule/taboos.lead"); strings.Contains(a.Body, "/switch") {
		t.Error("a handler is offered the switch")
	}
	if a := handler.Post("/rules/rule/taboos.lead/switch", "state", "off", "why", "x"); a.Status != 403 {
		t.Errorf("a handler switched a rule: %d", a.Status)
	}
}

func TestTry(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("handler")
	for _, tt := range []struct {
		path   string
		fields []string
		status int
		want   []string
	}{
		{"/rules/try", []string{"text", "您好。那您就投诉吧。", "pack", "taboos", "kind", "reply"}, 200, []string{"1 处命中", "那您就投诉", "接住问题"}},
		{"/rules/try", []string{"text", "客户：那我就投诉，投诉才有用\n客服：请您稍等。", "pack", "taboos", "kind", "call"}, 200, []string{"0 处命中"}},
		{"/rules/try", []string{"text", ""}, 422, []string{"请填写文字"}},
		{"/rules/try", []string{"text", "字", "on", "2026-02-30"}, 422, []string{"实际存在的日子"}},
		{"/rules/rule/taboos.lead/try", []string{"text", "尽管投诉", "speaker", "consumer"}, 200, []string{"没有命中", "这句话是消费者说的"}},
		{"/rules/rule/taboos.lead/try", []string{"text", "尽管投诉"}, 200, []string{"命中 1 处", "各项条件都满足"}},
	} {
		a := b.Post(tt.path, tt.fields...)
		if a.Status != tt.status {
			t.Errorf("%s %v: %d, want %d", tt.path, tt.fields, a.Status, tt.status)
		}
		for _, want := range tt.want {
			if !strings.Contains(a.Text(), want) {
				t.Errorf("%s %v: no %q", tt.path, tt.fields, want)
			}
		}
	}
}

func TestSwitchAndShadow(t *testing.T) {
	w := servertest.New(t, nil)
	office := w.As("office")
	if a := office.Post("/rules/rule/taboos.lead/switch", "state", "shadow", "why", ""); a.Status != 422 || !strings.Contains(a.Text(), "请写明为什么") {
		t.Errorf("without a reason: %d", a.Status)
	}
	if a := office.Post("/rules/rule/taboos.lead/switch", "state", "shadow", "why", "先看误伤"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := w.As("handler").Post("/rules/try", "text", "那您就投诉吧。", "pack", "taboos"); !strings.Contains(a.Text(), "0 处命中") {
		t.Error("a shadow finding is shown")
	}
	if a := office.Get("/rules?state=shadow"); !strings.Contains(a.Text(), "近 90 天 1 处") {
		t.Error("the shadow finding was not counted")
	}
	if a := office.Post("/rules/rule/taboos.lead/shadow"); a.Status != 200 || !strings.Contains(a.Text(), "没有命中") {
		t.Errorf("shadow run: %d", a.Status)
	}
}

func TestImportBacktestRelease(t *testing.T) {
	w := servertest.New(t, nil)
	office := w.As("office")
	a := office.Upload("/rules/import", "file", "坏.toml", []byte(strings.Replace(pack, "您的客户经理", "财富管家好", 1)))
	if a.Status != 422 || !strings.Contains(a.Text(), "不应命中而命中了“财富管家”") {
		t.Errorf("failing example: %d %s", a.Status, a.Text())
	}
	a = office.Upload("/rules/import", "file", "本行.toml", []byte(pack))
	if a.Status != 303 || !strings.HasPrefix(a.Location(), "/rules/import/") {
		t.Fatal(a.Status, a.Text())
	}
	at := a.Location()
	if a := office.Get(at); !strings.Contains(a.Text(), "全部相符") || !strings.Contains(a.Text(), "新的规则包") {
		t.Error("the draft does not show its examples")
	}
	a = office.Upload(at+"/backtest", "table", "文.csv", []byte("内容\n您的财富管家\n没有\n"), "column", "内容")
	if a.Status != 200 || !strings.Contains(a.Text(), "【财富管家】") {
		t.Errorf("back-test: %d", a.Status)
	}
	if a := office.Upload(at+"/backtest", "table", "文.csv", []byte("内容\n您的财富管家\n"), "column", "别的"); a.Status != 422 || !strings.Contains(a.Text(), "有的列：内容") {
		t.Errorf("unknown column: %d", a.Status)
	}
	if a := office.Post(at + "/release"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := office.Get("/rules?q=财富管家"); !strings.Contains(a.Text(), "本机构导入") {
		t.Error("the released pack is not in the list")
	}
	if a := office.Post(at + "/discard"); a.Status != 404 {
		t.Errorf("discarding a released pack: %d", a.Status)
	}
	if a := office.Post("/rules/pack/house-words/withdraw"); a.Status != 303 {
		t.Error(a.Status)
	}
}

// Every page in both languages: balanced, with English where it should be.
func TestPagesInBothLanguages(t *testing.T) {
	w := servertest.New(t, nil)
	office := w.As("office")
	at := office.Upload("/rules/import", "file", "a.toml", []byte(pack)).Location()
	office.Post("/rules/rule/taboos.lead/switch", "state", "shadow", "why", "先看误伤")
	for _, lang := range []string{"zh", "en"} {
		office.Lang = lang
		for _, path := range []string{"/rules", "/rules/try", "/rules/import", "/rules/rule/taboos.lead", at} {
			a := office.Get(path)
			if a.Status != 200 {
				t.Fatalf("%s %s: %d", lang, path, a.Status)
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s %s: %s", lang, path, wrong)
			}
		}
	}
}

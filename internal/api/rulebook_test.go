package api_test

import (
	"strings"
	"testing"

	"xiaobao/internal/party"
)

const rulePack = `id = "house-words"
version = "1"
title = "本行用语"
owner = "消保办"
[[rule]]
id = "house-words.slogan"
title = "口号"
severity = "warn"
source = "T-1"
grade = "B"
advice = "改。"
find = ["财富管家"]
hits = ["财富管家"]
passes = ["客户经理"]
`

func TestRulesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	source := strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(rulePack)
	for _, tt := range []struct {
		who                party.PersonID
		method, path, body string
		status             int
		want               string
	}{
		{"bj", "GET", "/rules", "", 200, `"taboos.lead"`},
		{"bj", "GET", "/rules/taboos.lead", "", 200, `"examples"`},
		{"bj", "GET", "/rules/none", "", 404, "没有编号"},
		{"bj", "POST", "/rules/scan", `{"text":"那您就投诉吧","kind":"reply","packs":["taboos"]}`, 200, `"taboos.lead"`},
		{"bj", "POST", "/rules/scan", `{"text":"那我就投诉，投诉才有用","kind":"call","speaker":"consumer","packs":["taboos"]}`, 200, `"findings":[]`},
		{"bj", "POST", "/rules/scan", `{"text":""}`, 422, "没有文字可查"},
		{"bj", "POST", "/rules/taboos.lead/explain", `{"text":"尽管投诉"}`, 200, `"hit":true`},
		{"bj", "PUT", "/rules/taboos.lead/state", `{"state":"off","why":"x"}`, 403, ""},
		{"office", "POST", "/rule-imports", `{"file":"a.toml","source":"` + source + `"}`, 201, `"import":1`},
		{"office", "POST", "/rule-imports/1/backtest", `{"texts":["您的财富管家"]}`, 200, "【财富管家】"},
		{"office", "POST", "/rule-imports/1/release", "", 204, ""},
		{"office", "POST", "/rule-imports/1/discard", "", 404, ""},
		{"office", "PUT", "/rules/house-words.slogan/state", `{"state":"shadow","why":"观察"}`, 204, ""},
		{"office", "POST", "/rules/house-words.slogan/shadow", "", 200, `"findings":[]`},
		{"office", "POST", "/rule-packs/house-words/withdraw", "", 204, ""},
	} {
		a := w.call(tt.who, tt.method, tt.path, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s as %s: %d %.300s, want %d with %q", tt.method, tt.path, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
}

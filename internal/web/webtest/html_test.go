package webtest

import (
	"slices"
	"strings"
	"testing"
)

func TestMarkup(t *testing.T) {
	tests := []struct {
		name, page string
		want       string // part of the only complaint; empty: none
	}{
		{"sound", `<html lang="en"><p>a<br>b</p><label for="x">l</label><input id="x"></html>`, ""},
		{"open", `<div><p>a</p>`, "<div> is never closed"},
		{"crossed", `<b><i></i></b></u>`, "</u> closes nothing"},
		{"twice", `<a id="x"></a><a id="x"></a>`, `"x" stands twice`},
		{"label of nothing", `<label for="y"></label>`, `no element has the id "y"`},
		{"style", `<p style="color:red"></p>`, "inline style"},
		{"handler", `<p onclick="x()"></p>`, "inline onclick"},
		{"script", `<script>1</script>`, "inline <script>"},
		{"outer script", `<script src="/a.js"></script>`, ""},
		{"missing message", `<p>⟦a.b⟧</p>`, "message without text: ⟦a.b⟧"},
		{"Chinese in English", `<html lang="en"><p>投诉</p></html>`, `Chinese "投诉"`},
		{"Chinese marked", `<html lang="en"><p lang="zh-CN">投诉 <b>二</b></p></html>`, ""},
		{"Chinese after marked", `<html lang="en"><p lang="zh">一</p><p>二</p></html>`, `Chinese "二"`},
		{"Chinese title", `<html lang="en"><p title="投诉"></p></html>`, "Chinese in title"},
		{"Chinese page", `<html lang="zh-CN"><p title="投诉">投诉</p></html>`, ""},
	}
	for _, tt := range tests {
		got := Markup(tt.page)
		if tt.want == "" && len(got) > 0 {
			t.Errorf("%s: %q", tt.name, got)
		}
		if tt.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

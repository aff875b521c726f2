package api_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
)

// Bad input is answered with a sentence, never with what is inside.
func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	path := w.registered("bj", plainComplaint)
	deep := strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		field, says              string
	}{
		{"empty body", "POST", "/complaints", "", 400, "", "没有正文"},
		{"no JSON", "POST", "/complaints", "channel=phone", 422, "", "不是正确的 JSON"},
		{"half a body", "POST", "/complaints", `{"channel":"pho`, 422, "", "JSON 不完整"},
		{"two bodies", "POST", "/complaints", plainComplaint + plainComplaint, 422, "", "还有内容"},
		{"a list", "POST", "/complaints", `[]`, 422, "", "应为JSON 对象"},
		{"unknown field", "POST", "/complaints", `{"chanel":"phone"}`, 422, "chanel", "不认识的字段 chanel"},
		{"wrong type", "POST", "/complaints", `{"channel":7}`, 422, "channel", "应为字符串"},
		{"wrong type within", "POST", "/complaints", `{"complainant":{"name":true}}`, 422, "complainant.name", "收到的是true 或 false"},
		{"float for fen", "POST", "/complaints", `{"amount":1.5}`, 422, "amount", "整数"},
		{"huge number", "POST", "/complaints", `{"amount":99999999999999999999}`, 422, "amount", "整数"},
		{"no such day", "POST", "/complaints", `{"received_on":"2026-02-30"}`, 422, "", "2026-02-30"},
		{"tomorrow", "POST", "/complaints", strings.Replace(plainComplaint, "{", `{"received_on":"2026-04-01",`, 1), 422, "received_on", "晚于今天"},
		{"nothing filled in", "POST", "/complaints", `{}`, 422, "complainant.name", "需要更正"},
		{"deep nesting", "POST", "/complaints", deep, 422, "", "JSON"},
		{"too large", "POST", "/complaints", `{"narrative":"` + strings.Repeat("长", 4<<20) + `"}`, 413, "", "太大"},
		{"too long", "POST", "/complaints", `{"channel":"phone","complainant":{"name":"张三"},"narrative":"` + strings.Repeat("长", 20001) + `"}`, 422, "narrative", "20001"},
		{"control characters", "POST", "/complaints", `{"channel":"phone","complainant":{"name":"张三"},"narrative":"退\u0000费"}`, 422, "narrative", "控制字符"},
		{"own split", "POST", "/complaints", strings.Replace(plainComplaint, "{", `{"split_from":1,`, 1), 422, "split_from", "split"},
		{"unknown unit", "POST", "/complaints", strings.Replace(plainComplaint, "{", `{"unit":"9999",`, 1), 422, "unit", "9999"},
		{"no such case", "GET", "/complaints/999", "", 404, "", "没有找到"},
		{"id zero", "GET", "/complaints/0", "", 422, "path.id", "参数"},
		{"id a word", "GET", "/complaints/abc", "", 422, "path.id", "参数"},
		{"unknown parameter", "GET", "/complaints?colour=red", "", 422, "query.colour", "参数"},
		{"limit too high", "GET", "/complaints?limit=1000", "", 422, "query.limit", "参数"},
		{"unknown tab", "GET", "/complaints?tab=yours", "", 422, "query.tab", "参数"},
		{"broken cursor", "GET", "/complaints?cursor=xyz", "", 422, "cursor", "游标"},
		{"broken day", "GET", "/complaints?due_from=soon", "", 422, "query.due_from", "date"},
		{"no such address", "GET", "/nowhere", "", 404, "", "没有这个接口地址"},
		{"no such verb", "POST", path + "/explode", "{}", 404, "", "没有这个接口地址"},
		{"wrong method", "DELETE", path, "", 405, "", "只接受"},
		{"empty command", "POST", path + "/find", `{}`, 404, "", "争议点"},
		{"version a word", "POST", path + "/accept", "", 422, "If-Match", "版本号"},
		{"merge with itself", "POST", path + "/merge", `{"into":1,"why":"同一事项"}`, 422, "into", "它自己"},
		{"search nothing", "POST", "/complaints/search", `{"query":""}`, 422, "query", "请填写"},
		{"bulk of nothing", "POST", "/complaints/bulk-assign", `{"ids":[],"unit":"0101"}`, 422, "ids", "至少"},
		{"reveal for nothing", "POST", path + "/reveal", `{"reason":"because"}`, 422, "", "原因"},
		{"letter too early", "POST", path + "/letters", `{"what":"decision"}`, 409, "", "还没有批准"},
		{"no file", "GET", path + "/files/7", "", 404, "", "第 7 个附件"},
		{"deadline of nothing", "GET", "/deadlines?received=2026-04-16", "", 422, "regime", "regime"},
		{"no such stage", "GET", "/deadlines?received=2026-04-16&regime=nfra&stage=huge", "", 422, "stage", "simple"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var header []string
			if test.field == "If-Match" {
				header = []string{"If-Match", "newest"}
			}
			a := w.call("bj", test.method, test.path, test.body, header...)
			if a.status != test.status || a.header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%d %s %s, want %d", a.status, a.header.Get("Content-Type"), a.body, test.status)
			}
			if detail, _ := a.at("detail").(string); test.says != "" && !strings.Contains(a.body, test.says) || detail == "" {
				t.Errorf("says %s, want %q", a.body, test.says)
			}
			if test.field != "" && !strings.Contains(a.body, `"field":"`+test.field+`"`) {
				t.Errorf("no violation of %s in %s", test.field, a.body)
			}
			if a.at("kind") == "internal" || strings.Contains(a.body, "json:") || strings.Contains(a.body, "huma") {
				t.Errorf("the inside leaks: %s", a.body)
			}
		})
	}
	if w.log.Len() > 0 {
		t.Errorf("bad input was logged as our failure:\n%s", w.log)
	}
	if n := len(w.must("bj", "GET", "/complaints", "").at("complaints").([]any)); n != 1 {
		t.Errorf("%d cases after refused requests, want 1", n)
	}
}

// Who has no good token gets nothing, and is told how to mend it.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", plainComplaint)
	w.token["reader"] = w.newToken("bj", app.ScopeRead)
	w.token["writer"] = w.newToken("bj", app.ScopeWrite)
	_, short, err := w.app.CreateToken(ctx, party.System, "bj", "short", []string{app.ScopeRead}, w.now.Add(time.Hour), "")
	w.ok(err)
	w.token["short"] = short
	w.token["broken"] = "xb_nonsense"
	w.token["false"] = w.token["bj"][:len(w.token["bj"])-1] + "7"
	gone, text, err := w.app.CreateToken(ctx, party.System, "bj", "gone", []string{app.ScopeRead}, time.Time{}, "")
	w.ok(err)
	w.token["gone"] = text
	w.must("bj", "DELETE", "/tokens/"+gone.ID, "")
	for _, test := range []struct {
		token        party.PersonID
		method, path string
		status       int
	}{
		{"bj", "GET", "/complaints", 200}, {"nobody", "GET", "/complaints", 401}, {"broken", "GET", "/complaints", 401}, {"false", "GET", "/complaints", 401},
		{"gone", "GET", "/complaints", 401}, {"short", "GET", "/complaints", 200}, {"reader", "GET", "/complaints", 200}, {"reader", "POST", "/complaints", 403},
		{"reader", "POST", "/complaints/preview", 200}, {"writer", "GET", "/complaints", 403}, {"writer", "POST", "/complaints", 201},
	} {
		body := ""
		if test.method == "POST" {
			body = plainComplaint
		}
		a := w.call(test.token, test.method, test.path, body)
		if a.status != test.status {
			t.Errorf("%s %s with %s: %d %s, want %d", test.method, test.path, test.token, a.status, a.body, test.status)
		}
		if a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", test.token)
		}
	}
	*w.now = w.now.Add(2 * time.Hour)
	if a := w.call("short", "GET", "/complaints", ""); a.status != 401 {
		t.Errorf("expired token: %d", a.status)
	}
	w.ok(w.app.SetPerson(ctx, party.System, party.Person{ID: "bj2", Login: "bj2", Name: "赵佳", Unit: "0101", Roles: []party.Role{party.Handler}, Disabled: true}, ""))
	if a := w.call("bj2", "GET", "/complaints", ""); a.status != 401 {
		t.Errorf("token of a disabled person: %d", a.status)
	}
}

func TestWrongContentType(t *testing.T) {
	w := newWorld(t)
	for contentType, want := range map[string]int{"application/json": 201, "application/json; charset=utf-8": 201, "application/merge-patch+json": 201,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "nonsense/": 415} {
		r := httptest.NewRequest("POST", api.Prefix+"/complaints", strings.NewReader(plainComplaint))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", "Bearer "+w.token["bj"])
		if a := w.serve(r); a.status != want {
			t.Errorf("%s: %d %s, want %d", contentType, a.status, a.body, want)
		}
	}
}

// FuzzRegister sends any body at all: the answer is a receipt or a sentence.
func FuzzRegister(f *testing.F) {
	for _, seed := range []string{plainComplaint, `{}`, `null`, `{"joint":{"count":3,"representatives":["甲"]}}`, `{"respondents":[{"unit":"0101"}]}`, `{"own_due":"2026-13-01"}`} {
		f.Add([]byte(seed))
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := httptest.NewRequest("POST", api.Prefix+"/complaints", bytes.NewReader(data))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+w.token["bj"])
		a := w.serve(r)
		if a.status >= 500 || a.status >= 300 && a.at("detail") == nil {
			t.Errorf("%q: %d %s", data, a.status, a.body)
		}
	})
}

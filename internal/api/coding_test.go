package api_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// sendFile posts a file with other fields as a form.
func (w world) sendFile(who party.PersonID, path, name, content string, fields ...string) answer {
	w.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		w.ok(m.WriteField(fields[i], fields[i+1]))
	}
	part, err := m.CreateFormFile("file", name)
	w.ok(err)
	_, err = part.Write([]byte(content))
	w.ok(err)
	w.ok(m.Close())
	r := httptest.NewRequest(http.MethodPost, "/api/v1"+path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+w.token[who])
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// coded is a case in a unit of its own, with codes.
func (w world) coded(who party.PersonID, product, reason string) {
	w.Helper()
	p, err := w.app.Org(ctx)
	w.ok(err)
	person, _ := p.Person(who)
	_, err = w.app.Register(ctx, party.ActorOf(person, p.Tree), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王芳"}, Narrative: "年费多扣", ReceivedOn: calendar.Of(2026, 3, 30),
		Codes: complaint.Codes{Product: product, Reason: reason, LifeCycle: "service", Business: "premises"}})
	w.ok(err)
}

const ownTree = "分面,编码,上级,名称\nproduct,K,,卡\nproduct,K1,K,信用卡\nproduct,X,,其他\n"

// Codes over the API: who may, what is wrong, pages, and a scheme from file to release.
func TestCodingsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.coded("bj", "credit_card", "pricing")
	}
	w.coded("sh", "debit_card", "funds_safety")
	for _, tt := range []struct {
		who                party.PersonID
		method, path, body string
		status             int
		want               string
	}{
		{"office", "GET", "/codings", "", 200, `"jrt0169"`},
		{"office", "GET", "/codings/report", "", 200, `"agrees":true`},
		{"office", "GET", "/codings/report", "", 200, `"received":4`},
		{"bjlead", "GET", "/codings/report", "", 200, `"received":3`}, // of the own branch
		{"office", "GET", "/codings/report?unit=0102", "", 200, `"received":1`},
		{"office", "GET", "/codings/report?unit=mars", "", 404, "没有编号为“mars”的机构"},
		{"office", "GET", "/codings/report?from=2026-04-01&to=2026-03-01", "", 422, "结束日早于开始日"},
		{"office", "GET", "/codings/report?from=yesterday", "", 422, ""},
		{"office", "GET", "/codings/report?basis=never", "", 422, ""},
		{"office", "GET", "/codings/report?to=2026-03-29", "", 200, `"received":0`},
		{"office", "GET", "/codings/cases?cell=in/own/product/credit_card&limit=2", "", 200, `"next":"2"`},
		{"office", "GET", "/codings/cases?cell=in/own/product/credit_card&limit=2&cursor=2", "", 200, `{"complaints":[{"id":3,`},
		{"sh", "GET", "/codings/cases?cell=in/own/product/credit_card", "", 200, `"complaints":[]`},
		{"office", "GET", "/codings/cases?cell=colour", "", 422, "无法识别"},
		{"office", "GET", "/codings/cases?limit=900", "", 422, ""},
		{"office", "GET", "/codings/queue", "", 200, `"state":"ambiguous"`},
		{"admin", "GET", "/codings/report", "", 403, ""},
		{"bj", "POST", "/codings/own/release", `{"what":"scheme","from":"2026-04-01","why":"x"}`, 403, ""},
		{"office", "POST", "/codings/own/release", `{"what":"scheme","from":"2026-04-01","why":"x"}`, 409, "没有待发布的版本"},
		{"office", "POST", "/codings/none/drop", `{"what":"scheme"}`, 404, "没有编号为“none”"},
		{"office", "POST", "/codings/own/line", `{"n":9000,"line":{"facet":"product","product":"credit_card","codes":["credit_card"]}}`, 409, "没有第 9000 行"},
		{"office", "POST", "/codings/own/line", `{"n":1,"line":{"facet":"product","product":"mars","codes":["credit_card"]}}`, 422, "mars"},
		{"office", "GET", "/codings/own/file?what=scheme", "", 200, "信用卡"},
		{"office", "GET", "/codings/none/file", "", 404, "没有编号为“none”"},
		{"office", "POST", "/codings/queue", `{"situation":"none","scheme":"jrt0169","facet":"B","code":"B.other","why":"x"}`, 409, "已经没有待定"},
	} {
		a := w.call(tt.who, tt.method, tt.path, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s as %s: %d %.300s, want %d with %q", tt.method, tt.path, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
	for _, tt := range []struct {
		who                 party.PersonID
		path, content, what string
		status              int
		want                string
	}{
		{"bj", "/codings/own/proposal", ownTree, "scheme", 403, ""},
		{"office", "/codings/own/proposal", strings.Replace(ownTree, "K1,K", "K1,9", 1), "scheme", 422, "上级 9 不存在"},
		{"office", "/codings/own/proposal", "\xff\xfe\x00nonsense", "scheme", 422, ""},
		{"office", "/codings/own/proposal", ownTree, "colour", 422, "scheme"},
		{"office", "/codings/own/proposal", ownTree, "scheme", 204, ""},
	} {
		if a := w.sendFile(tt.who, tt.path, "tree.csv", tt.content, "what", tt.what); a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s by %s: %d %.300s, want %d with %q", tt.path, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
	if a := w.call("office", "POST", "/codings/own/release", `{"what":"scheme","from":"2026-03-31","why":"启用"}`); a.status != 204 {
		t.Fatalf("release: %d %s", a.status, a.body)
	}
	a := w.call("bj", "POST", "/complaints", `{"channel":"phone","complainant":{"name":"王芳"},"narrative":"年费多扣","own":[{"facet":"product","code":"信用卡"}],"judgements":[{"topic":"reason","suggested":"pricing","source":"codes@1","confidence":700}],"codes":{"reason":"pricing"}}`)
	if a.status != 201 {
		t.Fatalf("register: %d %s", a.status, a.body)
	}
	if a := w.call("bj", "GET", "/complaints/5/person", ""); !strings.Contains(a.body, `"verdict":"accepted"`) {
		t.Errorf("what was taken up is not kept: %.300s", a.body)
	}
	if a := w.call("bj", "POST", "/complaints", `{"channel":"phone","complainant":{"name":"王芳"},"narrative":"年费多扣","own":[{"facet":"product","code":"火星卡"}]}`); a.status != 422 || !strings.Contains(a.body, "own[0].code") {
		t.Errorf("an unknown own code: %d %.300s", a.status, a.body)
	}
}

const lawText = "安和银行投诉答复试行办法\n第一条 为了规范投诉答复，制定本办法。\n第二条 收到投诉后，应当在十日内答复消费者。\n第三条 本办法自2026年1月1日起施行。\n"

// The law library over the API.
func TestLawsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		who                 party.PersonID
		path, name, content string
		status              int
		want                string
	}{
		{"bj", "/laws", "new.txt", lawText, 403, ""},
		{"office", "/laws?dry_run=true", "new.txt", lawText, 200, `"effect":"new"`},
		{"office", "/laws?instrument=test-rule", "new.txt", lawText, 200, `"effect":"new"`},
		{"office", "/laws?instrument=test-rule", "new.txt", lawText, 200, `"effect":"unchanged"`},
		{"office", "/laws", "empty.txt", "", 422, ""},
		{"office", "/laws", "bytes.txt", "\xff\xfe\xfa", 422, "没有找到条文"},
		{"office", "/laws", "fake.docx", "not a zip", 422, ""},
		{"office", "/laws?from=31.12.2026", "new.txt", lawText, 422, ""},
	} {
		if a := w.sendFile(tt.who, tt.path, tt.name, tt.content); a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s by %s: %d %.300s, want %d with %q", tt.path, tt.name, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
	for _, tt := range []struct {
		who                party.PersonID
		method, path, body string
		status             int
		want               string
	}{
		{"bj", "GET", "/laws", "", 200, `"test-rule"`},
		{"bj", "GET", "/laws/test-rule", "", 200, "十日内答复"},
		{"bj", "GET", "/laws/none", "", 404, "没有编号为“none”"},
		{"bj", "GET", "/laws/test-rule/articles/2", "", 200, "第二条"},
		{"bj", "GET", "/laws/test-rule/articles/9", "", 404, ""},
		{"bj", "GET", "/laws/test-rule/articles/2?on=soon", "", 422, ""},
		{"bj", "POST", "/laws/search", `{"query":"十日内答复","limit":1}`, 200, `"test-rule"`},
		{"bj", "POST", "/laws/search", "{}", 422, ""},
		{"bj", "POST", "/laws/search", `{"query":"答复","limit":500}`, 422, ""},
		{"bj", "POST", "/laws/resolve", `{"text":"依据《安和银行投诉答复试行办法》第二条"}`, 200, `"status":"resolved"`},
		{"bj", "POST", "/laws/resolve", `{"text":"依据《安和银行投诉答复试行办法》第二条","on":"2025-01-01"}`, 200, `"status":"not_yet"`},
		{"bj", "POST", "/laws/resolve", `{"text":"依据《天外管理办法》第三条"}`, 200, `"status":"unknown_source"`},
		{"bj", "POST", "/laws/test-rule/versions/1/withdraw", `{"reason":"x"}`, 403, ""},
		{"office", "POST", "/laws/test-rule/versions/9/withdraw", `{"reason":"导错"}`, 404, ""},
		{"office", "POST", "/laws/test-rule/versions/1/withdraw", `{"reason":"导错了文件"}`, 204, ""},
		{"bj", "GET", "/laws/test-rule/articles/2", "", 404, ""},
	} {
		a := w.call(tt.who, tt.method, tt.path, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s as %s: %d %.300s, want %d with %q", tt.method, tt.path, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
}

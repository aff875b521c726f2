package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// step is one request of a scenario with what its answer must hold: pairs of a
// path in the JSON and its value as text.
type step struct {
	by           party.PersonID
	method, path string // ~ stands for the case
	body         string
	status       int
	want         []string
}

func (w world) run(t *testing.T, path string, steps []step) {
	for _, s := range steps {
		a := w.call(s.by, s.method, strings.Replace(s.path, "~", path, 1), s.body)
		if a.status != s.status {
			t.Fatalf("%s %s by %s: %d %s, want %d", s.method, s.path, s.by, a.status, a.body, s.status)
		}
		for i := 0; i+1 < len(s.want); i += 2 {
			if got := fmt.Sprint(a.at(s.want[i])); got != s.want[i+1] {
				t.Errorf("%s %s: %s is %s, want %s", s.method, s.path, s.want[i], got, s.want[i+1])
			}
		}
	}
}

// S0.3 S0.7 CP-07 CP-14 CP-17: from receipt to closing by requests alone.
func TestFromReceiptToClosing(t *testing.T) {
	w := newWorld(t)
	a := w.must("bj", "POST", "/complaints", plainComplaint)
	if a.header.Get("Location") != "/api/v1/complaints/1" || a.header.Get("ETag") != `"1"` || a.at("deadlines.0.due") != "2026-04-15" || a.at("deadlines.0.citation.article") != "18" {
		t.Errorf("receipt %v %s", a.header, a.body)
	}
	steps := []step{
		{"bj", "GET", "/complaints?tab=mine", "", 200, []string{"complaints.0.number", "TS20260331-000001", "complaints.0.complainant", "张**", "complaints.0.next_due", "2026-04-15", "today", "2026-03-31"}},
		{"bj", "GET", "~", "", 200, []string{"next.verb", "accept", "complainant.phone", "138****1234", "owner.name", "李雯", "deadlines.0.live", "true", "deadlines.0.trace", "<nil>"}},
		{"bj", "GET", "~?trace=true", "", 200, []string{"deadlines.0.trace.1.n", "1", "deadlines.0.trace.1.date", "2026-04-01"}},
		{"bj", "POST", "~/accept", "", 200, []string{"state", "handling", "version", "2"}},
		{"bj", "POST", "~/find", `{"n":1,"finding":{"outcome":"upheld","evidence":"扣费流水","basis":"《领用合约》第六条","explanation":"办卡时未提示年费"}}`, 200, []string{"points.0.finding.outcome", "upheld"}},
		{"bj", "POST", "~/find-fault", `{"finding":{"evidence":true,"team":true,"company":false,"shares":[{"bearer":"team","unit":"0101","percent":100}]}}`, 200, []string{"fault.shares.0.percent", "100"}},
		{"bj", "POST", "~/amend", `{"codes":{"product":"credit_card","reason":"pricing"},"why":"确认分类"}`, 200, []string{"codes.product", "credit_card"}},
		{"bj", "POST", "~/propose-decision", `{"text":"退还年费三百元，并由网点当面致歉"}`, 200, []string{"state", "deciding", "approvals.0.state", "asked"}},
		{"bj", "POST", "~/approve", `{"n":1}`, 403, nil},
		{"bjlead", "GET", "/approvals", "", 200, []string{"requests.0.case.id", "1", "requests.0.may_grant", "true", "requests.0.request.kind", "decision"}},
		{"bjlead", "POST", "~/approve", `{"n":1,"note":"同意"}`, 200, []string{"state", "decided", "decision.text", "退还年费三百元，并由网点当面致歉", "remedies.0.kind", "reexamination", "remedies.0.unit", "总行"}},
		{"bj", "POST", "~/close", "", 409, []string{"kind", "conflict", "violations.0.field", "notice"}},
		{"bj", "GET", "~/letters/preview?what=decision", "", 200, []string{"title", "消费投诉处理决定书"}},
		{"bj", "POST", "~/letters", `{"what":"decision"}`, 200, []string{"letters.0.n", "1", "letters.0.what", "decision"}},
		{"bj", "POST", "~/give-notice", `{"letter":1,"mode":"posted","on":"2026-03-31","proof":"EMS 1234567890123"}`, 200, []string{"state", "noticed", "deadlines.0.kind", "follow_up"}},
	}
	for i, g := range complaint.Guides() {
		var lines []string
		for _, l := range g.Checks {
			lines = append(lines, `"`+l.ID+`"`)
		}
		steps = append(steps, step{"bj", "POST", "~/finish-step", fmt.Sprintf(`{"step":%d,"checked":[%s]}`, i, strings.Join(lines, ",")), 200, nil})
	}
	steps = append(steps,
		step{"bj", "POST", "~/record-follow-up", `{"on":"2026-03-31","reached":true,"satisfaction":5}`, 200, []string{"follow_ups.0.satisfaction", "5", "next.verb", "close"}},
		step{"bj", "POST", "~/close", "", 200, []string{"state", "closed", "closed_on", "2026-03-31", "next", "<nil>"}},
		step{"bj", "GET", "/complaints?closed=true", "", 200, []string{"complaints.0.state", "closed"}},
		step{"bj", "GET", "/complaints", "", 200, []string{"complaints.0", "<nil>"}},
		step{"audit", "GET", "~/history", "", 200, []string{"events.0.kind", "complaint.Registered", "events.0.name", "李雯", "events.0.data.number", "TS20260331-000001"}})
	w.run(t, "/complaints/1", steps)
	w.historyHidesPeople(t, "/complaints/1")
	w.downloads(t, "/complaints/1")
}

// historyHidesPeople: no event shows what the ledger seals.
func (w world) historyHidesPeople(t *testing.T, path string) {
	text := w.must("audit", "GET", path+"/history", "").body
	for _, secret := range []string{"张三丰", "13800001234", "被扣了三百元", "扣费流水", "EMS 1234"} {
		if strings.Contains(text, secret) {
			t.Errorf("the history shows %s", secret)
		}
	}
}

func (w world) downloads(t *testing.T, path string) {
	for format, magic := range map[string]string{"pdf": "%PDF-", "docx": "PK\x03\x04"} {
		a := w.must("bjlead", "GET", path+"/letters/1?format="+format, "")
		if !strings.HasPrefix(a.body, magic) || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v %.20q", format, a.header, a.body)
		}
	}
}

// Two people save at once: the second is told both versions and nothing of his is kept.
func TestVersions(t *testing.T) {
	w := newWorld(t)
	path := w.registered("bj", plainComplaint)
	w.must("bj", "POST", path+"/add-note", `{"text":"甲"}`, "If-Match", `"1"`)
	a := w.call("bjlead", "POST", path+"/add-note", `{"text":"乙"}`, "If-Match", `W/"1"`)
	if a.status != 412 || a.at("kind") != "stale" || fmt.Sprint(a.at("versions.current"), a.at("versions.yours")) != "2 1" {
		t.Fatalf("stale request: %d %s", a.status, a.body)
	}
	a = w.must("bjlead", "POST", path+"/add-note", `{"text":"丙"}`, "If-Match", "*")
	if fmt.Sprint(a.at("version")) != "3" || a.header.Get("ETag") != `"3"` || len(a.at("notes").([]any)) != 2 {
		t.Errorf("after it: %s", a.body)
	}
	if a := w.call("bj", "POST", path+"/split", `{"nature":"consultation","text":"顺便问一下年费标准","why":"咨询"}`, "If-Match", "1"); a.status != 412 {
		t.Errorf("stale split: %d", a.status)
	}
}

// The same key gives the same answer and one case, also when both requests run at once.
func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	first := w.must("bj", "POST", "/complaints", plainComplaint, "Idempotency-Key", "k1")
	again := w.must("bj", "POST", "/complaints", plainComplaint, "Idempotency-Key", "k1")
	if again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("first %s\nagain %v %s", first.body, again.header, again.body)
	}
	other := w.call("bj", "POST", "/complaints", strings.Replace(plainComplaint, "张三丰", "李四", 1), "Idempotency-Key", "k1")
	if other.status != 422 || other.at("violations.0.field") != "Idempotency-Key" {
		t.Errorf("same key, other body: %d %s", other.status, other.body)
	}
	if a := w.must("sh", "POST", "/complaints", plainComplaint, "Idempotency-Key", "k1"); a.body == first.body {
		t.Error("a key of one person answered another")
	}
	if a := w.call("bj", "POST", "/complaints", `{}`, "Idempotency-Key", "k2"); a.status != 422 {
		t.Errorf("refused: %d", a.status)
	}
	w.must("bj", "POST", "/complaints", plainComplaint, "Idempotency-Key", "k2") // a refusal is not kept
	var wait sync.WaitGroup
	answers := make([]answer, 8)
	for i := range answers {
		wait.Go(func() { answers[i] = w.call("bj", "POST", "/complaints", plainComplaint, "Idempotency-Key", "k3") })
	}
	wait.Wait()
	for _, a := range answers {
		if a.status != 201 || a.body != answers[0].body {
			t.Errorf("at once: %d %s", a.status, a.body)
		}
	}
	if n := len(w.must("office", "GET", "/complaints", "").at("complaints").([]any)); n != 4 {
		t.Errorf("%d cases, want 4", n)
	}
	for _, test := range []struct {
		after time.Duration
		want  int64
	}{{6 * 24 * time.Hour, 0}, {2 * 24 * time.Hour, 4}} { // keys are kept for seven days
		*w.now = w.now.Add(test.after)
		n, err := w.app.DropAnswers(ctx)
		w.ok(err)
		if n != test.want {
			t.Errorf("%d answers were dropped, want %d", n, test.want)
		}
	}
}

func TestPreviewAndDuplicates(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", plainComplaint)
	a := w.must("bj", "POST", "/complaints/preview", `{"channel":"pbc","complainant":{"name":"","phone":"138 0000 1234"},"narrative":""}`)
	if a.at("deadlines.1.clock") != "pbc.simple" || a.at("duplicates.0.reasons.0") != "phone" || fmt.Sprint(a.at("duplicates.0.case.id")) != "1" || a.at("unit.name") != "北京分行" {
		t.Errorf("preview %s", a.body)
	}
}

// S4.1: merge keeps numbers and clocks and is undone; a split keeps both.
func TestMergeSplitAssign(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", plainComplaint)
	w.registered("bj", `{"channel":"nfra","sender_number":"京金消转88号","own_due":"2026-04-10","complainant":{"name":"张三丰"},"narrative":"年费问题。"}`)
	w.run(t, "/complaints/2", []step{
		{"bj", "GET", "/complaints/lookup?number=TS20260331-000002", "", 200, []string{"id", "2"}},
		{"sh", "GET", "/complaints/lookup?number=TS20260331-000002", "", 403, nil},
		{"bjlead", "POST", "~/merge", `{"into":1,"why":"同一事项"}`, 200, []string{"id", "1", "references.1.number", "京金消转88号"}},
		{"bjlead", "GET", "~", "", 200, []string{"state", "merged", "merged_into", "1"}},
		{"bjlead", "POST", "~/unmerge", `{"into":1,"why":"并错了"}`, 200, []string{"id", "2", "state", "new"}},
		{"bj", "POST", "~/split", `{"nature":"consultation","text":"另问贷款利率","why":"不是投诉"}`, 201, []string{"id", "3", "deadlines.0.kind", "reply"}},
		{"bjlead", "POST", "/complaints/bulk-assign", `{"ids":[1,2,9],"person":"bj2","dry_run":true}`, 200, []string{"results.0.ok", "true", "results.2.kind", "not_found"}},
		{"bj", "GET", "~", "", 200, []string{"owner.id", "bj"}},
		{"bjlead", "POST", "/complaints/bulk-assign", `{"ids":[1,2,9],"person":"bj2"}`, 200, []string{"results.1.ok", "true", "results.2.ok", "false"}},
		{"bj", "GET", "~", "", 200, []string{"owner.id", "bj2"}},
		{"bj", "POST", "/complaints/search", `{"query":"年费"}`, 200, []string{"complaints.0.id", "2", "complaints.0.found_by.0", "text"}},
		{"sh", "POST", "/complaints/search", `{"query":"年费"}`, 200, []string{"complaints.0", "<nil>"}},
	})
}

// S1.6: personal data in clear needs a reason and leaves a record.
func TestReveal(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", plainComplaint)
	w.run(t, "/complaints/1", []step{
		{"bj", "POST", "~/reveal", `{"reason":"contact"}`, 200, []string{"complainant.phone", "13800001234"}},
		{"audit", "GET", "~/access-log", "", 200, []string{"entries.0.what", "personal:contact", "entries.0.name", "李雯"}},
		{"audit", "GET", "/access-log?limit=1&kind=access.Revealed&from=2026-03-31&to=2026-03-31", "", 200, []string{"entries.0.what", "personal:contact", "entries.0.number", "TS20260331-000001"}},
		{"audit", "GET", "/access-log?person=sh", "", 200, []string{"entries.0", "<nil>"}},
		{"audit", "GET", "/access-log?cursor=1774922400000000.1", "", 200, []string{"next", "<nil>"}},
		{"audit", "GET", "/access-log?cursor=newest", "", 422, nil},
		{"bj", "GET", "/access-log", "", 403, nil},
		{"bj", "GET", "~/access-log", "", 403, nil},
		{"audit", "GET", "/sign-log", "", 200, []string{"entries.0.kind", "sign.TokenCreated"}},
		{"bj", "GET", "/sign-log", "", 403, nil},
		{"bj", "GET", "/sign-log?person=bj", "", 200, []string{"entries.0.person", "bj"}},
	})
}

// Who has just been kept away from a case gets no more than its head.
func TestAnswerAfterRecusal(t *testing.T) {
	w := newWorld(t)
	path := w.registered("bj", plainComplaint)
	w.must("bjlead", "POST", path+"/assign", `{"person":"bj2"}`)
	a := w.must("bjlead", "POST", path+"/recuse", `{"person":"bjlead","why":"与投诉人是亲属"}`)
	if a.at("number") != "TS20260331-000001" || strings.Contains(a.body, "年费") || strings.Contains(a.body, "张") {
		t.Errorf("after the recusal: %s", a.body)
	}
	if b := w.call("bjlead", "GET", path, ""); b.status != 403 || b.at("kind") != "recused" {
		t.Errorf("reading it: %d %s", b.status, b.body)
	}
}

func upload(t *testing.T, fields map[string]string, files ...string) (contentType string, body *bytes.Buffer) {
	body = new(bytes.Buffer)
	m := multipart.NewWriter(body)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i+1 < len(files); i += 2 {
		p, err := m.CreateFormFile("file", files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), body
}

func (w world) upload(t *testing.T, by party.PersonID, path string, fields map[string]string, files ...string) answer {
	contentType, body := upload(t, fields, files...)
	r := httptest.NewRequest("POST", api.Prefix+path, body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+w.token[by])
	if v := fields["If-Match"]; v != "" {
		r.Header.Set("If-Match", v)
	}
	return w.serve(r)
}

const smallPDF = "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

func TestAttachments(t *testing.T) {
	w := newWorld(t)
	path := w.registered("bj", plainComplaint)
	a := w.upload(t, "bj", path+"/files", nil, "回单.pdf", smallPDF, "说明.txt", "客户补充的说明。\n")
	if a.status != 200 || a.at("files.0.name") != "回单.pdf" || a.at("files.1.type") != "txt" {
		t.Fatalf("upload: %d %s", a.status, a.body)
	}
	b := w.must("bjlead", "GET", path+"/files/1", "")
	if b.body != smallPDF || b.header.Get("Content-Type") != "application/pdf" || !strings.Contains(b.header.Get("Content-Disposition"), "filename*=utf-8''") {
		t.Errorf("download: %v %q", b.header, b.body)
	}
	for name, a := range map[string]answer{
		"forged":  w.upload(t, "bj", path+"/files", nil, "照片.png", "MZ\x90\x00program"),
		"no file": w.upload(t, "bj", path+"/files", map[string]string{"name": "x"}),
		"no form": w.call("bj", "POST", path+"/files", `{}`),
	} {
		if a.status < 400 || a.status >= 500 || a.at("detail") == nil {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.upload(t, "sh", path+"/files", nil, "回单.pdf", smallPDF); a.status != 403 {
		t.Errorf("other branch: %d", a.status)
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	table := "投诉人,联系电话,投诉内容,收到日期\n张三,13800005678,手机银行转账失败钱扣了对方没收到,2026-03-30\n李四,,,\n"
	a := w.upload(t, "office", "/imports", map[string]string{"channel": "phone"}, "三月.csv", table)
	if a.status != 201 {
		t.Fatalf("upload: %d %s", a.status, a.body)
	}
	path := strings.TrimPrefix(a.header.Get("Location"), api.Prefix)
	w.app.WaitJobs(false)
	w.run(t, path, []step{
		{"office", "GET", "~", "", 200, []string{"state", "checked", "counts.new", "1", "counts.rejected", "1", "may_run", "true"}},
		{"bj", "GET", "~", "", 403, nil},
		{"office", "POST", "~/run", "", 200, nil},
	})
	w.app.WaitJobs(false)
	w.run(t, path, []step{
		{"office", "GET", "~", "", 200, []string{"state", "done", "counts.new", "1"}},
		{"office", "GET", "/imports", "", 200, []string{"imports.0.name", "三月.csv"}},
		{"office", "POST", "~/stop", "", 200, []string{"state", "done"}},
		{"office", "POST", "~/run", "", 409, nil},
		{"office", "GET", "/imports/nothing/rejected", "", 404, []string{"kind", "not_found"}},
		{"office", "GET", "/complaints", "", 200, []string{"complaints.0.complainant", "张*"}},
	})
	if a := w.must("office", "GET", path+"/rejected?format=csv", ""); !strings.Contains(a.body, "李四") || !strings.Contains(a.header.Get("Content-Disposition"), "rejected-E") {
		t.Errorf("rejected rows: %v %s", a.header, a.body)
	}
}

// Units, people, tokens, settings and holiday notices are managed by the
// administrator and read by the others.
func TestHouse(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", plainComplaint)
	w.run(t, "", []step{
		{"bj", "GET", "/me", "", 200, []string{"name", "李雯", "unit.name", "北京分行", "roles.0", "handler", "institution", "示例银行股份有限公司"}},
		{"bj", "GET", "/units", "", 200, []string{"units.1.name", "北京分行"}},
		{"bj", "PUT", "/units/0103", `{"name":"天津分行","parent":"01","level":"branch"}`, 403, nil},
		{"admin", "PUT", "/units/0103", `{"name":"天津分行","parent":"01","level":"branch","region":"天津"}`, 204, nil},
		{"admin", "PUT", "/units/0103", `{"id":"0104","name":"天津分行","parent":"01","level":"branch"}`, 422, []string{"violations.0.field", "id"}},
		{"admin", "PUT", "/units/0101", `{"name":"北京分行","parent":"01","level":"branch","region":"北京","closed":true}`, 409, nil},
		{"admin", "POST", "/people", `{"login":"tj","name":"钱津","unit":"0103","roles":["handler"]}`, 201, []string{"person.id", "p1", "person.name", "钱津"}},
		{"admin", "POST", "/people", `{"id":"p9","login":"tj2","name":"钱津","unit":"0103","roles":["handler"]}`, 422, []string{"violations.0.field", "id"}},
		{"admin", "PUT", "/people/p1", `{"login":"tj","name":"钱津","title":"主管","unit":"0103","roles":["handler","branch_lead"]}`, 204, nil},
		{"bj", "GET", "/people?unit=0103", "", 200, []string{"people.0.title", "主管", "people.1", "<nil>"}},
		{"bj", "GET", "/people?handlers=true&unit=0101", "", 200, []string{"people.0.id", "bj"}},
		{"admin", "PUT", "/people/bj", `{"login":"bj","name":"李雯","unit":"0101","roles":["handler"],"disabled":true}`, 409, nil},
		{"admin", "POST", "/people/p1/reset-password", "", 200, nil},
		{"admin", "POST", "/people/nobody/reset-password", "", 404, nil},
		{"admin", "POST", "/people/p1/reset-authenticator", "", 204, nil},
		{"admin", "POST", "/tokens", `{"person":"p1","name":"报表","scopes":["read"],"expires":"2027-01-01T00:00:00Z"}`, 201, []string{"name", "报表", "scopes.0", "read", "expires", "2027-01-01T00:00:00Z"}},
		{"admin", "POST", "/tokens", `{"person":"p1","name":"","scopes":["all"]}`, 422, []string{"violations.0.field", "name"}},
		{"bj", "GET", "/tokens", "", 200, []string{"tokens.0.person", "bj", "tokens.1", "<nil>"}},
		{"bj", "GET", "/settings", "", 403, nil},
		{"admin", "GET", "/settings", "", 200, []string{"settings.0.grade", "setting"}},
		{"admin", "PUT", "/settings/house.simple.days", `{"value":"many"}`, 422, nil},
		{"admin", "PUT", "/settings/house.simple.days", `{"value":"5"}`, 204, nil},
		{"bj", "GET", "/deadlines?regime=house&stage=simple&received=2026-03-31", "", 200, []string{"due", "2026-04-05"}},
		{"bj", "GET", "/holiday-years", "", 200, []string{"years.0.year", "2007"}},
		{"admin", "POST", "/holiday-years", `{"year":2027}`, 422, []string{"violations.0.field", "notice"}},
		{"bj", "POST", "/holiday-years", `{"year":2027}`, 403, nil},
		{"bj", "GET", "/me/sessions", "", 200, []string{"sessions.0", "<nil>"}},
		{"bj", "DELETE", "/me/sessions/0123456789abcdef", "", 404, nil},
		{"bj", "DELETE", "/me/sessions/others", "", 204, nil},
		{"bj", "GET", "/vocabulary", "", 200, []string{"channels.0.id", "counter", "steps.6.name", "回馈跟踪", "labels.state.0.id", "closed", "codes.products.0.id", "debit_card"}},
	})
}

// A setting that one copy of the program changes is in force in the other with
// the next request.
func TestTwoCopies(t *testing.T) {
	w := newWorld(t)
	store := storagetest.Open(t, w.storage)
	a, err := app.New(ctx, app.Options{Store: store, Blobs: blob.New(t.TempDir(), rand.Reader), Now: w.storage.Now, Institution: "示例银行股份有限公司"})
	w.ok(err)
	other := w
	other.handler = api.New(api.Options{App: a})
	read := func() any {
		return other.must("bj", "GET", "/deadlines?regime=house&stage=simple&received=2026-03-31", "").at("due")
	}
	before := read()
	w.must("admin", "PUT", "/settings/house.simple.days", `{"value":"5"}`)
	if after := read(); after != "2026-04-05" || after == before {
		t.Errorf("due %v before and %v after", before, after)
	}
}

func TestImportedNotice(t *testing.T) {
	w := newWorld(t)
	notice := `{"year":2027,"notice":[{"title":"国务院办公厅关于2027年部分节假日安排的通知"}],"holiday":[{"name":"元旦","off":"2027-01-01..2027-01-03"},{"name":"劳动节","off":"2027-05-01..2027-05-05"},{"name":"国庆节","off":"2027-10-01..2027-10-07"}]}`
	before := w.must("bj", "GET", "/deadlines?working_days=7&received=2026-12-25", "")
	a := w.call("admin", "POST", "/holiday-years", notice)
	if a.status != 201 || fmt.Sprint(a.at("year")) != "2027" {
		t.Fatalf("import: %d %s", a.status, a.body)
	}
	after := w.must("bj", "GET", "/deadlines?working_days=7&received=2026-12-25", "")
	if before.at("announced") != false || after.at("announced") != true || after.at("due") != "2027-01-06" {
		t.Errorf("before %s\nafter %s", before.body, after.body)
	}
}

// Lists are paged by cursor: every case once, in order.
func TestPaging(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.registered("bj", strings.Replace(plainComplaint, "{", fmt.Sprintf(`{"received_on":"2026-03-%02d",`, 20+i), 1))
	}
	var seen []string
	cursor := ""
	for range 10 {
		a := w.must("bj", "GET", "/complaints?limit=3&cursor="+cursor, "")
		for _, row := range a.at("complaints").([]any) {
			seen = append(seen, row.(map[string]any)["next_due"].(string))
		}
		next, more := a.at("next").(string)
		if !more {
			break
		}
		cursor = next
	}
	if len(seen) != 7 || !slices.IsSorted(seen) {
		t.Errorf("pages gave %v", seen)
	}
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", strings.Replace(plainComplaint, "{", `{"vulnerable":["elderly"],"codes":{"product":"credit_card"},`, 1))
	w.registered("bj", `{"channel":"nfra","sender":"金融监管总局北京监管局","complainant":{"name":"王五"},"narrative":"理财亏损。","received_on":"2026-03-20"}`)
	w.registered("sh", plainComplaint)
	for query, want := range map[string]int{"": 3, "unit=0101": 2, "owner=sh": 1, "channel=nfra": 1, "regulator=true": 1, "vulnerable=true": 1, "product=credit_card": 1, "state=new,handling": 3, "state=closed": 0,
		"waiting=true": 0, "received_to=2026-03-25": 1, "received_from=2026-03-25": 2, "due_to=2026-04-10": 1, "tab=mine": 0, "tab=unit": 0, "closed=true": 0} {
		if n := len(w.must("office", "GET", "/complaints?"+query, "").at("complaints").([]any)); n != want {
			t.Errorf("%s: %d cases, want %d", query, n, want)
		}
	}
}

// The counts are those of the lists that the reader may open.
func TestOverview(t *testing.T) {
	w := newWorld(t)
	w.registered("bj", strings.Replace(plainComplaint, "{", `{"codes":{"product":"credit_card","reason":"pricing"},`, 1))
	w.registered("sh", strings.Replace(plainComplaint, "{", `{"received_on":"2026-03-10",`, 1))
	w.run(t, "", []step{
		{"office", "GET", "/overview", "", 200, []string{"open", "2", "overdue", "1", "units.1.n", "1", "own", "0", "period.received", "2", "period.median_days", "-1", "before.received", "0", "heat.0.n.0", "0"}},
		{"bj", "GET", "/overview?period=year", "", 200, []string{"open", "1", "own", "1", "products.0.id", "credit_card", "period.from", "2026-01-01"}},
		{"admin", "GET", "/overview", "", 403, nil},
		{"bj", "GET", "/overview?period=decade", "", 422, nil},
		{"bj", "GET", "/overview/told?from=2026-03-01&to=2026-03-31", "", 200, []string{"complaints.0", "<nil>"}},
		{"bj", "GET", "/overview/told?from=2026-03-31&to=2026-03-01", "", 422, []string{"violations.0.field", "to"}},
	})
}

// What goes wrong inside is logged and not shown.
func TestInternalErrorsStayInside(t *testing.T) {
	w := newWorld(t)
	w.handler = api.New(api.Options{App: w.app, Log: slog.New(slog.NewTextHandler(w.log, nil)), Authenticate: func(_ context.Context, token string) (party.Actor, []string, error) {
		if token == "panic" {
			panic("secret inside")
		}
		return party.Actor{}, nil, errors.New("secret inside")
	}})
	for _, token := range []string{"fails", "panic"} {
		w.token["x"] = token
		a := w.call("x", "GET", "/complaints", "")
		if a.status != 500 || a.at("kind") != "internal" || strings.Contains(a.body, "secret") {
			t.Errorf("%s: %d %s", token, a.status, a.body)
		}
	}
	if n := strings.Count(w.log.String(), "secret inside"); n != 2 {
		t.Errorf("logged %d times: %s", n, w.log)
	}
}

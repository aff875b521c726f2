package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/api"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// poster is a material with what words show and what they do not.
const poster = "稳盈理财，保本保息，业绩比较基准3.2%。\n业绩比较基准3.5%，扫码认购。"

func wordFile(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := document.WriteDOCX(&b, document.Letter{Issuer: "示例银行", Title: "海报", Blocks: []document.Block{{Kind: document.Paragraph, Text: text}}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestKindsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	a := w.must("bj", "GET", "/review-kinds?on=2026-10-01", "")
	var v struct {
		Kinds []struct {
			ID        string
			Limit     *struct{ Days int }
			Form      []struct{ ID string }
			Checklist []struct{ ID string }
			Checks    []struct{ ID string }
			Packs     []struct {
				ID    string
				Rules []struct{ ID, State string }
			}
		}
	}
	w.ok(json.Unmarshal([]byte(a.body), &v))
	if len(v.Kinds) != len(review.MaterialKinds()) {
		t.Fatalf("%d kinds, want %d", len(v.Kinds), len(review.MaterialKinds()))
	}
	for _, k := range v.Kinds {
		if len(k.Form) == 0 || len(k.Checklist) == 0 || len(k.Packs) == 0 || len(k.Checks) == 0 || k.Limit == nil || k.Limit.Days < 1 {
			t.Errorf("%s says too little: %+v", k.ID, k)
		}
	}
	// The measures of 2026 are in force since 2026-09-30: before, their own rules are not there.
	rules := func(body string) int { return strings.Count(body, `"id":"marketing-finance.`) }
	if before := w.must("bj", "GET", "/review-kinds?on=2012-01-01", ""); rules(before.body) >= rules(a.body) {
		t.Errorf("%d rules in 2012, %d in 2026", rules(before.body), rules(a.body))
	}
	for by, want := range map[party.PersonID]int{"office": 200, "bjlead": 200, "audit": 200, "admin": 403, "": 401} {
		if a := w.call(by, "GET", "/review-kinds", ""); a.status != want {
			t.Errorf("kinds for %q: %d, want %d", by, a.status, want)
		}
	}
	if a := w.call("bj", "GET", "/review-kinds?on=2026-02-30", ""); a.status != 422 {
		t.Errorf("a day that is none: %d %s", a.status, a.body)
	}
}

func TestCheckOverTheAPI(t *testing.T) {
	w := newWorld(t)
	ask, _ := json.Marshal(map[string]any{"text": poster, "kind": "marketing.poster", "on": "2026-10-01", "form": map[string]string{"line": "wealth", "issuer": "安和理财有限责任公司"}})
	a := w.must("bj", "POST", "/check", string(ask))
	for _, want := range []string{`"rule":"check.numbers-differ"`, `"also":[{`, `"rule":"wealth.guarantee"`, "安和理财有限责任公司"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	if a.at("error").(float64) < 2 {
		t.Errorf("errors: %v", a.at("error"))
	}
	for _, tt := range []struct {
		by     party.PersonID
		body   string
		status int
		want   string
	}{
		{"bj", `{"text":"保本","kind":"nothing"}`, 422, "没有“nothing”这类材料"},
		{"bj", `{"text":"保本","kind":"marketing.sms","form":{"x":"1"}}`, 422, "没有“x”这一项"},
		{"bj", `{"text":" ","kind":"marketing.sms"}`, 422, "没有读到文字"},
		{"audit", `{"text":"保本","kind":"marketing.sms"}`, 200, `"findings":[{`},
		{"", `{"text":"保本","kind":"marketing.sms"}`, 401, ""},
		{"admin", `{"text":"保本","kind":"marketing.sms"}`, 403, ""},
	} {
		if a := w.call(tt.by, "POST", "/check", tt.body); a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s asks %s: %d %s, want %d with %q", tt.by, tt.body, a.status, a.body, tt.status, tt.want)
		}
	}
}

func TestCheckFilesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	files := []string{"a.docx", wordFile(t, poster), "b.pdf", "%PDF-1.4\nnothing", "c.txt", "欢迎光临示例银行。"}
	a := w.upload(t, "bj", "/check/files?kind=marketing.poster&on=2026-10-01&form=line%3Dwealth", nil, files...)
	if a.status != 200 || a.at("files.0.file") != "a.docx" || a.at("files.1.file") != "c.txt" || a.at("unread.0.file") != "b.pdf" || a.at("files.0.error").(float64) < 2 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.upload(t, "bj", "/check/files?kind=nothing", nil, files...); a.status != 422 {
		t.Errorf("an unknown kind: %d %s", a.status, a.body)
	}
	if a := w.upload(t, "admin", "/check/files?kind=marketing.poster", nil, files...); a.status != 403 {
		t.Errorf("an administrator: %d %s", a.status, a.body)
	}
	if a := w.call("bj", "POST", "/check/files?kind=marketing.poster", `{}`); a.status != 415 {
		t.Errorf("no files: %d %s", a.status, a.body)
	}
}

func TestRecheckFilesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	a := w.upload(t, "bj", "/recheck/files", nil, "a.docx", wordFile(t, poster), "b.pdf", "%PDF-1.4\nnothing")
	if a.status != 200 || a.at("files.0.file") != "a.docx" || a.at("files.0.standing") != "unknown" || a.at("unread.0.file") != "b.pdf" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.upload(t, "admin", "/recheck/files", nil, "a.txt", poster); a.status != 403 {
		t.Errorf("an administrator: %d %s", a.status, a.body)
	}
}

// One scan says the same thing of one place once.
func TestScanMergesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	a := w.must("bj", "POST", "/rules/scan", `{"text":"稳盈理财，保本保息。","kind":"marketing.poster","product":"wealth","on":"2026-10-01","packs":["wealth","marketing-finance"]}`)
	if !strings.Contains(a.body, `"also":[{`) || strings.Count(a.body, `"quote":"保本`) != 1 {
		t.Errorf("%s", a.body)
	}
}

// A scan of several pages is recognised after the answer, which says so and where to
// ask; there it is said how far it is until the version is read.
func TestUploadOfAScanSaysWhereToAsk(t *testing.T) {
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nwhile [ ! -e %q ]; do sleep 0.02; done\nprintf '1\\t1\\t0\\t0\\t0\\t0\\t0\\t0\\t800\\t600\\t-1\\t\\n4\\t1\\t1\\t1\\t1\\t0\\t10\\t10\\t700\\t40\\t-1\\t\\n5\\t1\\t1\\t1\\t1\\t1\\t10\\t10\\t700\\t40\\t95\\t保本保息\\n'\n", filepath.Join(dir, "go"))
	if err := os.WriteFile(filepath.Join(dir, "tesseract"), []byte(script), 0o700); err != nil { // #nosec G306: a program
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	w := newWorld(t)
	w.hire(party.Person{ID: "submitter", Login: "submitter", Name: "许宁", Unit: "01", Roles: []party.Role{party.Submitter}})
	made := w.must("submitter", "POST", "/reviews", `{"kind":"marketing.poster","title":"海报","form":{"line":"wealth","issuer":"财富管理部","channels":"branch","publish_on":"2026-04-20","publish_until":"2026-12-31"}}`)
	path := strings.TrimPrefix(made.header.Get("Location"), api.Prefix)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 60, 60))); err != nil {
		t.Fatal(err)
	}
	a := w.upload(t, "submitter", path+"/files", map[string]string{"If-Match": made.header.Get("ETag")}, "一.png", picture.String(), "二.png", picture.String())
	if a.status != 200 {
		t.Fatalf("upload: %d %s", a.status, a.body)
	}
	for key, want := range map[string]any{"reading.state": "running", "reading.all": 2.0, "reading.ask": api.Prefix + path, "materials.0.read": false} {
		if a.at(key) != want {
			t.Errorf("%s is %v, want %v", key, a.at(key), want)
		}
	}
	if a = w.must("submitter", "GET", path, ""); a.at("reading.state") != "running" {
		t.Errorf("asked again: %s", a.body)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.app.WaitJobs(false)
	if a = w.must("submitter", "GET", path, ""); a.at("reading") != nil || a.at("materials.0.read") != true {
		t.Errorf("at the end: %s", a.body)
	}
}

package keeping_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var ctx = context.Background()

// fine opens a page in both languages and looks at its markup.
func fine(t *testing.T, b *servertest.Browser, path string, want ...string) {
	t.Helper()
	for _, lang := range []string{"zh", "en"} {
		b.Lang = lang
		a := b.Get(path)
		if a.Status != http.StatusOK || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s %s: %d %s", lang, path, a.Status, a.Text())
		}
		for _, wrong := range webtest.Markup(a.Body) {
			t.Errorf("%s %s: %s", lang, path, wrong)
		}
		for _, text := range want {
			if !strings.Contains(a.Text(), text) {
				t.Errorf("%s %s lacks %s: %s", lang, path, text, a.Text())
			}
		}
	}
	b.Lang = ""
}

// A large export leads to its page, waits for its purpose and a second person, and
// is then fetched; holds, requests to erase and flags have their pages; who may not
// is kept away.
func TestRooms(t *testing.T) {
	w := servertest.New(t, nil)
	office, lead, audit := w.As("office"), w.As("executive"), w.As("auditor")
	lines := make([][]string, 1001)
	for i := range lines {
		lines[i] = []string{fmt.Sprint(i)}
	}
	var b app.TakenFile
	err := w.App.ExportOverview(ctx, w.Actor("office"), app.Sheet{Name: "总览", Filter: "odd=3 period=month unit=01 who=office", Columns: []document.Column{{Name: "编号"}}, Lines: slices.Values(lines)}, &b)
	held, ok := err.(*app.HeldExport)
	if !ok {
		t.Fatal(err)
	}
	path := held.Continue()
	org, err := w.App.Org(ctx)
	if err != nil {
		t.Fatal(err)
	}
	house, head := org.Tree.Name("01"), org.Name("person/office")
	for lang, want := range map[string]string{"zh": "odd=3 · 期间 本月 · 机构 " + house + " · 人员 " + head, "en": "odd=3 · Period This month · Unit " + house + " · Person " + head} {
		for _, page := range []string{path, "/exports"} { // in words, also what nobody foresaw
			office.Lang = lang
			if a := office.Get(page); !strings.Contains(a.Text(), want) {
				t.Errorf("%s %s lacks %s: %s", lang, page, want, a.Text())
			}
		}
	}
	office.Lang = ""
	fine(t, office, path, "1,001")
	if a := office.Post(path+"/ask", "reason", ""); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "请写明导出的用途") {
		t.Errorf("asked without a purpose: %d %s", a.Status, a.Text())
	}
	if a := office.Post(path+"/ask", "reason", "季度报送"); a.Status != http.StatusSeeOther {
		t.Errorf("asked: %d %s", a.Status, a.Text())
	}
	if a := office.Post(path+"/decide", "verdict", "approve"); a.Status != http.StatusForbidden {
		t.Errorf("approved by oneself: %d", a.Status)
	}
	if page := office.Get(path); !strings.Contains(page.Text(), "另一人批准；") || !strings.Contains(page.Text(), "有效至") {
		t.Errorf("who asked is not told what it waits for: %s", page.Text())
	}
	if strings.Contains(lead.Get(path).Text(), "等待本机构") {
		t.Error("who may decide is told to wait")
	}
	fine(t, lead, path, "季度报送")
	if a := lead.Post(path+"/decide", "verdict", "approve"); a.Status != http.StatusSeeOther {
		t.Errorf("approved: %d %s", a.Status, a.Text())
	}
	if a := office.Post(path + "/file"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") || !strings.Contains(a.Header.Get("Content-Disposition"), "overview-E") {
		t.Errorf("the file: %d %s", a.Status, a.Header.Get("Content-Disposition"))
	}
	if strings.Contains(office.Get(path).Text(), "另一人批准；") {
		t.Error("it is approved and still said to wait")
	}
	fine(t, audit, "/exports", "1,001")
	b = app.TakenFile{}
	if err := w.App.ExportOverview(ctx, w.Actor("office"), app.Sheet{Name: "总览", Columns: []document.Column{{Name: "编号"}}, Lines: slices.Values(lines)}, &b); !errors.As(err, &held) {
		t.Fatal(err)
	}
	fine(t, office, held.Continue())
	w.Pass(60 * 24 * time.Hour)
	if page := w.As("office").Get(held.Continue()); !strings.Contains(page.Text(), "重新导出") || strings.Contains(page.Body, "/file") {
		t.Errorf("nobody says what to do about an expired one: %s", page.Text())
	}
	office, audit = w.As("office"), w.As("auditor")
	fine(t, audit, "/exports?state=expired&from=2026-01-01&to=x")
	retention(t, w, office, audit)
	flags(t, w, office, audit)
}

func retention(t *testing.T, w *servertest.World, office, audit *servertest.Browser) {
	t.Helper()
	r, err := w.App.Register(ctx, w.Actor("office"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "张三丰", Phone: "13800001234"}, Narrative: "年费没有告知"})
	if err != nil {
		t.Fatal(err)
	}
	fine(t, office, "/retention/erase?number="+r.Number)
	if a := office.Post("/retention/erase", "number", r.Number, "ground", "mistaken", "reason", "登记成了别人", "despite", "不应保存"); a.Status != http.StatusConflict || !strings.Contains(a.Text(), "还没有办结") || !strings.Contains(a.Body, "登记成了别人") {
		t.Errorf("an open case: %d %s", a.Status, a.Text())
	}
	if a := office.Post("/retention/holds", "number", r.Number, "reason", "", "until", "x"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a hold without a reason: %d", a.Status)
	}
	if a := office.Post("/retention/holds", "number", r.Number, "reason", "法院要求保全"); a.Status != http.StatusSeeOther {
		t.Errorf("a hold: %d %s", a.Status, a.Text())
	}
	fine(t, audit, "/retention/holds", r.Number, "法院要求保全")
	if a := audit.Post("/retention/holds/1", "why", "x"); a.Status != http.StatusForbidden {
		t.Errorf("lifted by the auditor: %d", a.Status)
	}
	if a := office.Post("/retention/holds/1", "why", "已撤诉"); a.Status != http.StatusSeeOther {
		t.Errorf("lifted: %d %s", a.Status, a.Text())
	}
	fine(t, office, "/retention")
	if a := office.Post("/retention/propose"); a.Status != http.StatusNotFound {
		t.Errorf("proposed although nothing is due: %d", a.Status)
	}
	if a := audit.Get("/retention/runs/1"); a.Status != http.StatusNotFound {
		t.Errorf("a protocol that is not there: %d", a.Status)
	}
}

func flags(t *testing.T, w *servertest.World, office, audit *servertest.Browser) {
	t.Helper()
	for range 8 {
		if _, err := w.App.Search(ctx, w.Actor("office"), "13800001234", 0, 10); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.App.FlagReadings(ctx); err != nil || n != 1 {
		t.Fatalf("%d flags, %v", n, err)
	}
	flags, err := w.App.Flags(ctx, w.Actor("auditor"), true, "", 5)
	if err != nil {
		t.Fatal(err)
	}
	path := "/audit/flags" + strings.TrimPrefix(flags[0].Stream, "reading")
	fine(t, audit, "/audit/flags")
	fine(t, audit, path)
	if a := office.Get(path); a.Status != http.StatusForbidden {
		t.Errorf("the office sees the flag: %d", a.Status)
	}
	if a := audit.Post(path, "verdict", "explained", "note", ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("closed without a note: %d", a.Status)
	}
	if a := audit.Post(path, "verdict", "explained", "note", "回访同一客户"); a.Status != http.StatusSeeOther {
		t.Errorf("closed: %d %s", a.Status, a.Text())
	}
	fine(t, audit, "/audit/flags?all=1")
	fine(t, audit, path, "回访同一客户")
	fine(t, audit, "/audit?subject=13800001234")
	if a := audit.Post("/audit/export", "subject", "13800001234"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") {
		t.Errorf("the export of the report: %d %s", a.Status, a.Text())
	}
}

package house_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// The page says how the backups stand; a failure is said on the pages of those
// who answer for the data, and nowhere else.
func TestBackupsPage(t *testing.T) {
	w := servertest.New(t, nil)
	if page := w.As("office").Get("/settings/backups"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有设置自动备份") || strings.Contains(page.Text(), "立即备份") {
		t.Errorf("off: %d %s", page.Status, page.Text())
	}
	if page := w.As("handler").Get("/settings/backups"); page.Status != http.StatusForbidden {
		t.Errorf("a handler: %d", page.Status)
	}
	dir := filepath.Join(t.TempDir(), "bk")
	w.App.SetBackups(app.BackupConfig{Dir: dir, Hour: 2, Keep: 3})
	admin := w.As("admin")
	if a := admin.Post("/settings/backups"); a.Status != http.StatusSeeOther {
		t.Fatalf("start: %d %s", a.Status, a.Text())
	}
	w.App.WaitJobs(false)
	page := admin.Get("/settings/backups")
	for _, want := range []string{"正常", "未加密", "已恢复并核对", "合格", "xiaobao-20260331-", "主密钥"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page lacks %s: %s", want, page.Text())
		}
	}
	for _, wrong := range webtest.Markup(page.Body) {
		t.Error(wrong)
	}
	if a := w.As("office").Post("/settings/backups"); a.Status != http.StatusForbidden {
		t.Errorf("the office starts one: %d", a.Status)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Pass(time.Minute)
	if a := admin.Post("/settings/backups"); a.Status != http.StatusSeeOther {
		t.Fatalf("start: %d", a.Status)
	}
	w.App.WaitJobs(false)
	for _, at := range []struct {
		login, path string
		want        bool
	}{{"admin", "/people", true}, {"admin", "/settings", true}, {"admin", "/settings/backups", true}, {"office", "/overview", true}, {"executive", "/overview", true},
		{"handler", "/overview", false}, {"office", "/complaints", false}} {
		page := w.As(at.login).Get(at.path)
		if got := strings.Contains(page.Text(), "最近一次数据备份失败"); got != at.want || page.Status != http.StatusOK {
			t.Errorf("%s on %s: alarm %v, want %v (%d)", at.login, at.path, got, at.want, page.Status)
		}
	}
	if page := admin.Get("/settings/backups"); !strings.Contains(page.Text(), "失败原因  备份目录 "+dir+" 不能使用") {
		t.Errorf("no reason: %s", page.Text())
	}
}

// The page in a browser, in both widths: no barriers, nothing sticks out.
func TestBackupsInBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	w.App.SetBackups(app.BackupConfig{Dir: t.TempDir(), Hour: 2, Keep: 3})
	p := webtest.Start(t, w.URL)
	p.Open("/settings")
	p.Fill("name", "admin")
	p.Fill("password", servertest.Password)
	p.ClickOn("main form button")
	p.Open("/settings/backups")
	p.Axe()
	p.Click("立即备份")
	p.Want("已开始备份")
	w.App.WaitJobs(false)
	for _, width := range []int64{1440, 390} {
		p.Size(width, 900)
		p.Open("/settings/backups")
		p.Want("已恢复并核对")
		p.Axe()
		p.Fits()
		p.Keep("backups", width)
	}
}

package imports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/imports"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route { return imports.Routes(site, a) }
	})
}

const ledger = `编号,投诉人,联系电话,投诉时间,投诉渠道,投诉内容,产品,承办机构,经办备忘
GZ-001,赵一,13900000001,2026-03-02,客服热线,转账两万元没有到账，打了三次客服都没有人回电话，要求查清并退回。,借记卡,北京分行,甲
GZ-002,钱二,139****0002,2026/3/3,12378,办理信用卡时没有告诉我有年费，三月账单多出三百六十元，要求免除。,信用卡,北京分行,乙
GZ-003,孙三,13900000003,2027-01-01,电话,日期写错的一行,信用卡,北京分行,丙
`

// upload sends the ledger and waits for the check.
func upload(t *testing.T, w *servertest.World, b *servertest.Browser, text string) string {
	t.Helper()
	a := b.Upload("/imports", "file", "台账.csv", []byte(text))
	if a.Status != 303 {
		t.Fatalf("upload: %d\n%s", a.Status, a.Text())
	}
	w.App.WaitJobs(false)
	return a.Location()
}

func TestImportOverHTTP(t *testing.T) {
	w := world(t)
	b := w.As("office")
	at := upload(t, w, b, ledger)
	for _, lang := range []string{"zh", "en"} {
		b.Lang = lang
		for _, path := range []string{"/imports", at} {
			a := b.Get(path)
			if a.Status != 200 {
				t.Errorf("%s in %s: %d", path, lang, a.Status)
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s in %s: %s", path, lang, wrong)
			}
		}
	}
	b.Lang = "zh"
	checked := b.Get(at)
	for _, want := range []string{"将新登记 2 件", "第 4 行", "晚于今天", "电话已脱敏", "经办备忘", "开始导入"} {
		if !strings.Contains(checked.Text(), want) {
			t.Errorf("the check does not say %q:\n%s", want, checked.Text())
		}
	}
	if a := b.Post(at + "/run"); a.Status != 303 {
		t.Fatalf("run: %d", a.Status)
	}
	w.App.WaitJobs(false)
	if a := b.Get(at); !strings.Contains(a.Text(), "已完成") || strings.Contains(a.Text(), "开始导入") {
		t.Errorf("after the run:\n%s", a.Text())
	}
	if a := b.Get(at + "/rejected/csv"); a.Status != 200 || !strings.Contains(a.Body, "GZ-003") || strings.Contains(a.Body, "GZ-001") {
		t.Errorf("rejected: %d %s", a.Status, a.Body)
	}
}

func TestImportScenarios(t *testing.T) {
	w := world(t)
	office, handler := w.As("office"), w.As("handler")
	at := upload(t, w, office, ledger)
	broken := upload(t, w, office, "编号,投诉内容\n1,x\n")
	for _, test := range []struct {
		name   string
		do     func() servertest.Answer
		status int
		want   string
	}{
		{"no file", func() servertest.Answer { return office.Post("/imports", "channel", "") }, 422, "请选择要导入的文件"},
		{"old xls", func() servertest.Answer { return office.Upload("/imports", "file", "a.xls", []byte("x")) }, 422, "另存为 .xlsx"},
		{"bad channel", func() servertest.Answer {
			return office.Upload("/imports", "file", "a.csv", []byte(ledger), "channel", "pigeon")
		}, 422, "没有渠道"},
		{"unknown job", func() servertest.Answer { return office.Get("/imports/abc") }, 404, "没有这项任务"},
		{"unknown form", func() servertest.Answer { return office.Get(at + "/rejected/pdf") }, 404, ""},
		{"unreadable table", func() servertest.Answer { return office.Get(broken) }, 200, "没有找到收到日期"},
		{"run unreadable", func() servertest.Answer { return office.Post(broken + "/run") }, 409, "现在不能开始"},
		{"handler list", func() servertest.Answer { return handler.Get("/imports") }, 403, ""},
		{"handler job", func() servertest.Answer { return handler.Get(at) }, 403, ""},
		{"handler run", func() servertest.Answer { return handler.Post(at + "/run") }, 403, ""},
		{"handler rejected", func() servertest.Answer { return handler.Get(at + "/rejected/csv") }, 403, ""},
		{"nobody", func() servertest.Answer { return w.Browser().Get("/imports") }, 303, ""},
		{"progress part", func() servertest.Answer { return office.Get(at + "/progress") }, 200, "已检查"},
	} {
		if a := test.do(); a.Status != test.status || !strings.Contains(a.Text(), test.want) {
			t.Errorf("%s: %d, want %d with %q\n%s", test.name, a.Status, test.status, test.want, a.Text())
		}
	}
}

func TestImportInTheBrowser(t *testing.T) {
	w := world(t)
	p := webtest.Start(t, w.URL)
	file := filepath.Join(t.TempDir(), "2026年一季度投诉登记台账.csv")
	if err := os.WriteFile(file, []byte(ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Open("/imports")
	p.Fill("name", "office")
	p.Fill("password", servertest.Password)
	p.Click("登录")
	look(p, "imports-empty")
	p.Upload("file", file)
	p.Click("上传并检查")
	p.WaitFor("将新登记 2 件")
	p.Axe()
	look(p, "imports-checked")
	p.Click("开始导入")
	p.WaitFor("已完成")
	look(p, "imports-done")
	p.Open("/imports")
	look(p, "imports-list")
}

// look takes a picture where PICTURES names a folder.
func look(p *webtest.Page, name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

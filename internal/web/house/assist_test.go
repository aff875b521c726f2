package house_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/web/webtest"
)

// The page of the settings says that nothing is attached, or what is, with no
// secret on it; only the administrator tries the connection.
func TestAssistPage(t *testing.T) {
	off := servertest.New(t, nil).As("office").Get("/settings/assist")
	if off.Status != http.StatusOK || !strings.Contains(off.Text(), "没有接入大模型") || strings.Contains(off.Text(), "检查连接") {
		t.Errorf("off: %d %s", off.Status, off.Text())
	}
	there := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !there {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"qwen3-32b"}]}`))
	}))
	t.Cleanup(s.Close)
	w := servertest.New(t, func(o *server.Options) {
		conf := app.AssistDefaults()
		conf.URL, conf.Model, conf.Key, conf.DailyBudget = s.URL+"/v1", "qwen3-32b", "sk-secret", 20_000_000
		a, err := app.New(ctx, app.Options{Store: o.App.Store(), Blobs: blob.New(t.TempDir(), nil), Now: o.App.Now, Assist: conf})
		if err != nil {
			t.Fatal(err)
		}
		o.App = a
	})
	page := w.As("admin").Get("/settings/assist")
	for _, want := range []string{"qwen3-32b", "机构内", "调用次数", "上限 500", "上限 20.0000", "检查连接"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page lacks %s: %s", want, page.Text())
		}
	}
	if strings.Contains(page.Body, "sk-secret") {
		t.Error("the key stands on the page")
	}
	for _, wrong := range webtest.Markup(page.Body) {
		t.Error(wrong)
	}
	if strings.Contains(w.As("office").Get("/settings/assist").Text(), "检查连接") {
		t.Error("the office may try the connection")
	}
	if a := w.As("admin").Post("/settings/assist/probe"); a.Status != http.StatusSeeOther {
		t.Errorf("probe: %d", a.Status)
	}
	there = false
	if a := w.As("admin").Post("/settings/assist/probe"); a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Text(), "拒绝了密钥") {
		t.Errorf("probe: %d %s", a.Status, a.Text())
	}
	if a := w.As("office").Post("/settings/assist/probe"); a.Status != http.StatusForbidden {
		t.Errorf("the office tries the connection: %d", a.Status)
	}
}

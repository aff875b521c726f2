package house_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/post"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// receiving switches webhooks on, with a receiver on this machine that answers with the code that
// its path begins with.
func receiving(w *servertest.World) (address string) {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(strings.Split(r.URL.Path, "/")[1])
		if code == http.StatusServiceUnavailable {
			rw.Header().Set("Retry-After", "600")
		}
		rw.WriteHeader(code)
	}))
	w.T.Cleanup(s.Close)
	w.App.SetPost(app.PostConfig{Base: "https://xb.example", Hooks: post.HookPolicy{Hosts: []string{"127.0.0.1", ".bank.example"}, Plain: []string{"127.0.0.1"}, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 2 * time.Second}})
	return s.URL
}

func sendHooks(w *servertest.World) {
	w.T.Helper()
	if _, err := w.App.SendHooks(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}

// The administrator makes a target, sees its secret once, tries it, turns it on, and
// sees what came of it; who may not manage settings only reads.
func TestHookPages(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	if page := admin.Get("/settings/hooks"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有启用事件推送") || strings.Contains(page.Body, `name="address"`) {
		t.Errorf("off: %d %s", page.Status, page.Text())
	}
	address := receiving(w)
	if a := admin.Post("/settings/hooks", "name", "数据平台", "address", "https://evil.example/", "kinds", "complaint.closed"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "webhook-hosts") || !strings.Contains(a.Body, "https://evil.example/") {
		t.Errorf("a wrong address: %d %s", a.Status, a.Text())
	}
	made := admin.Post("/settings/hooks", "name", "数据平台", "address", address+"/500/in?token=geheim", "kinds", "complaint.registered")
	if made.Status != http.StatusOK || !strings.Contains(made.Body, "whsec_") {
		t.Fatalf("made: %d %s", made.Status, made.Text())
	}
	page := admin.Get("/settings/hooks/1")
	if strings.Contains(page.Body, "whsec_") || !strings.Contains(page.Text(), "未启用") {
		t.Errorf("a second look: %s", page.Text())
	}
	if a := admin.Post("/settings/hooks/1/test"); a.Location() != "/settings/hooks/1" {
		t.Errorf("test: %d %s", a.Status, a.Text())
	}
	sendHooks(w)
	if page := admin.Get("/settings/hooks/1?state=given_up"); !strings.Contains(page.Text(), "500") || !strings.Contains(page.Body, "/settings/hooks/1/again") {
		t.Errorf("the test in the log: %s", page.Text())
	}
	if a := admin.Post("/settings/hooks/1", "name", "数据平台", "address", address+"/500/in?token=geheim", "kinds", "complaint.registered", "on", "yes", "reason", "报表"); a.Location() != "/settings/hooks/1" {
		t.Errorf("turned on: %d %s", a.Status, a.Text())
	}
	if a := admin.Post("/settings/hooks/1/rotate"); a.Status != http.StatusOK || !strings.Contains(a.Body, "whsec_") || !strings.Contains(a.Text(), "旧密钥仍有效至") {
		t.Errorf("rotated: %d %s", a.Status, a.Text())
	}
	office := w.As("office")
	for _, path := range []string{"/settings/hooks", "/settings/hooks/1"} {
		page := office.Get(path)
		if page.Status != http.StatusOK || strings.Contains(page.Body, "geheim") || strings.Contains(page.Body, "rotate") || !strings.Contains(page.Text(), "推送中") {
			t.Errorf("the office at %s: %d %s", path, page.Status, page.Text())
		}
		for _, wrong := range webtest.Markup(page.Body) {
			t.Error(wrong)
		}
	}
	if a := office.Post("/settings/hooks/1/stop"); a.Status != http.StatusForbidden {
		t.Errorf("the office stops it: %d", a.Status)
	}
	if a := admin.Post("/settings/hooks/1/stop", "why", "对方维护"); a.Location() != "/settings/hooks/1" || !strings.Contains(admin.Get("/settings/hooks/1").Text(), "对方维护") {
		t.Errorf("stopped: %d %s", a.Status, a.Text())
	}
	for code, want := range map[string][]string{"503": {"对方要求暂缓至", "Retry-After: 10m0s"}, "410": {"对方不再需要，接收方停用", "对方答复 410"}} {
		admin.Post("/settings/hooks/1", "name", "数据平台", "address", address+"/"+code, "kinds", "complaint.registered", "on", "yes", "reason", "x")
		admin.Post("/settings/hooks/1/test")
		sendHooks(w)
		for _, part := range want {
			if page := admin.Get("/settings/hooks/1"); !strings.Contains(page.Text(), part) {
				t.Errorf("%s: the page lacks %s: %s", code, part, page.Text())
			}
		}
	}
	if a := admin.Post("/settings/hooks/1/remove"); a.Location() != "/settings/hooks" || admin.Get("/settings/hooks/1").Status != http.StatusNotFound {
		t.Errorf("removed: %d %s", a.Status, a.Text())
	}
}

// What waits for a second administrator is said on the target's own page.
func TestHookWaitsForASecond(t *testing.T) {
	w := servertest.New(t, nil)
	first, other := w.As("admin"), second(t, w)
	address := receiving(w)
	first.Post("/settings/hooks", "name", "数据平台", "address", address+"/204", "kinds", "complaint.registered")
	if strings.Contains(first.Get("/settings/hooks/1").Body, "/changes/") {
		t.Error("a change is named although there is none")
	}
	change := first.Post("/settings/hooks/1", "name", "数据平台", "address", address+"/204", "kinds", "complaint.registered", "on", "yes", "reason", "已联调").Location()
	if !strings.HasPrefix(change, "/changes/") {
		t.Fatalf("turned on, and led to %q", change)
	}
	clean(t, first, "/settings/hooks/1", strings.TrimPrefix(change, "/changes/"))
	if page := first.Get("/settings/hooks/1"); !strings.Contains(page.Body, `href="`+change+`"`) || !strings.Contains(page.Text(), "等待另一人复核") {
		t.Errorf("it does not say that a change waits: %s", page.Text())
	}
	clean(t, other, change)
	if a := other.Post(change + "/confirm"); a.Location() != change {
		t.Fatalf("confirmed: %d %s", a.Status, a.Text())
	}
	if page := first.Get("/settings/hooks/1"); strings.Contains(page.Body, change) || !strings.Contains(page.Text(), "推送中") {
		t.Errorf("after it was confirmed: %s", page.Text())
	}
}

// hooksToSee makes a target in each state: on, new, off by the program.
func hooksToSee(w *servertest.World) {
	w.T.Helper()
	admin, address := w.As("admin"), receiving(w)
	for i, name := range []string{"数据平台取数", "客服系统弹屏", "监管报送平台"} {
		to := address + "/503/xiaobao?token=1"
		if i == 2 {
			to = address + "/410"
		}
		admin.Post("/settings/hooks", "name", name, "address", to, "kinds", "complaint.registered", "kinds", "complaint.closed")
		if i != 1 {
			admin.Post("/settings/hooks/"+strconv.Itoa(i+1), "name", name, "address", to, "kinds", "complaint.registered", "kinds", "complaint.closed", "on", "yes", "reason", "x")
		}
	}
	if _, err := w.App.Register(w.T.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"}, Narrative: "没有被告知年费。"}); err != nil {
		w.T.Fatal(err)
	}
	sendHooks(w)
}

// The pages in a browser, in both widths and languages.
func TestHooksInBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	hooksToSee(w)
	p := webtest.Start(t, w.URL)
	p.SignIn("/settings", "admin", servertest.Password)
	p.Look("/settings/hooks", "/settings/hooks/3", "/settings/hooks/1")
}

package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	ways "xiaobao/internal/post"
)

// hooked is a receiver of webhooks: what came, and what it answers.
type hooked struct {
	http.Header
	body   string
	answer int
}

func (h *hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	h.Header, h.body = r.Header, string(b)
	w.WriteHeader(h.answer)
}

// signedBy reports whether what came bears the signatures of these secrets and no other.
func (h *hooked) signedBy(secrets ...string) bool {
	unix, _ := strconv.ParseInt(h.Get("Webhook-Timestamp"), 10, 64)
	var keys []ways.Secret
	for _, s := range secrets {
		keys = append(keys, ways.Secret(s))
	}
	want, err := ways.Sign(keys, h.Get("Webhook-Id"), time.Unix(unix, 0), []byte(h.body))
	return err == nil && want == h.Get("Webhook-Signature")
}

// A target from its making to its end over HTTP: two administrators, an event, the
// delivery with the right signature, another secret, the log, the end.
func TestHooksOverTheAPI(t *testing.T) {
	w := newWorld(t)
	w.hire(party.Person{ID: "admin2", Login: "admin2", Name: "卫管", Unit: "01", Roles: []party.Role{party.Administrator}})
	r := &hooked{answer: 204}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	config := fmt.Sprintf(`"name":"数据平台","address":"%s/in?token=geheim","kinds":["complaint.registered"],"unit":"0101"`, s.URL)
	w.wants("admin", "POST", "/hooks", "{"+config+"}", 409, "webhook-hosts")
	w.app.SetPost(app.PostConfig{Base: "https://xb.example", Hooks: ways.HookPolicy{Hosts: []string{"127.0.0.1"}, Plain: []string{"127.0.0.1"}, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 5 * time.Second}})

	w.wants("bj", "POST", "/hooks", "{"+config+"}", 403, "")
	w.wants("admin", "POST", "/hooks", strings.Replace("{"+config+"}", "127.0.0.1", "evil.example", 1), 422, "webhook-hosts")
	made := w.wants("admin", "POST", "/hooks", "{"+config+"}", 201, `"n":1`)
	secret, _ := made.at("secret").(string)
	if !strings.HasPrefix(secret, "whsec_") || strings.Contains(w.must("admin", "GET", "/hooks/1", "").body, "whsec_") {
		t.Fatalf("the secret is shown once: %s", made.body)
	}
	w.wants("admin", "PUT", "/hooks/1", `{`+config+`,"on":true}`, 422, "请写明更改的理由")
	waits := w.wants("admin", "PUT", "/hooks/1", `{`+config+`,"on":true,"reason":"报表取数"}`, 202, `"change":`)
	change := fmt.Sprint("/config-changes/", waits.at("change"), "/confirm")
	w.delivers(r, 0, "before the second yes", secret)
	w.wants("admin", "POST", change, "", 403, "您是提出人")
	w.wants("admin2", "POST", change, "", 204, "")
	w.wants("audit", "GET", "/hooks/1", "", 200, `"on":true`)

	d := w.delivers(r, 1, "after it", secret)
	number := w.must("bj", "GET", "/complaints/"+d.Data.ID, "").body // what it says is enough to ask
	if d.Type != "complaint.registered" || d.Data.Object != "complaint" || !strings.Contains(number, d.Data.Number) || d.Data.URL != "https://xb.example/complaints/"+d.Data.ID || strings.Contains(r.body, "张三丰") {
		t.Errorf("told %s", r.body)
	}
	rotated := w.wants("admin2", "POST", "/hooks/1/rotate", "", 200, `"old_secret_until"`)
	fresh, _ := rotated.at("secret").(string)
	w.delivers(r, 1, "with two secrets", fresh, secret)
	*w.now = w.now.Add(25 * time.Hour)
	w.delivers(r, 1, "when the old one is over", fresh)
	r.answer = 400
	w.delivers(r, 1, "refused", fresh)
	w.wants("audit", "GET", "/hook-log?target=1", "", 200, `"code":400`)
	log := w.wants("audit", "GET", "/hook-log?target=1&state=sent", "", 200, `"code":204`)
	if n := strings.Count(log.body, `"state":"sent"`); n != 3 || strings.Contains(log.body, "geheim") || strings.Contains(w.must("audit", "GET", "/hooks", "").body, "geheim") {
		t.Errorf("%d lines, or the token of the address is shown: %s", n, log.body)
	}
	w.wants("bj", "GET", "/hook-log", "", 403, "")
	w.wants("admin", "POST", "/hooks/1/stop", `{"why":"对方维护"}`, 204, "")
	w.delivers(r, 0, "while it is off")
	w.wants("audit", "GET", "/hooks/1", "", 200, `"why":"对方维护"`)
	w.wants("admin", "DELETE", "/hooks/1", "", 204, "")
	w.wants("admin", "GET", "/hooks/1", "", 404, "没有第 1 号接收方")
}

// wants is call for a request whose answer is known.
func (w world) wants(by party.PersonID, method, path, body string, status int, part string) answer {
	w.Helper()
	a := w.call(by, method, path, body)
	if a.status != status || !strings.Contains(a.body, part) {
		w.Errorf("%s %s as %s: %d %.300s, want %d with %q", method, path, by, a.status, a.body, status, part)
	}
	return a
}

// delivers registers a complaint over the API and hands over what waits: n deliveries,
// signed with the secrets.
func (w world) delivers(r *hooked, n int64, when string, secrets ...string) (m hook.Message) {
	w.Helper()
	w.registered("bj", strings.Replace(plainComplaint, "13800001234", "1390000"+fmt.Sprintf("%04d", w.now.Unix()%10000), 1))
	got, err := w.app.SendHooks(ctx)
	if err != nil || got != n || n > 0 && !r.signedBy(secrets...) {
		w.Errorf("%s: %d deliveries, want %d, signed %v, %v", when, got, n, r.Header["Webhook-Signature"], err)
	}
	if n > 0 {
		w.ok(json.Unmarshal([]byte(r.body), &m))
	}
	return m
}

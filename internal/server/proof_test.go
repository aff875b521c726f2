package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
)

func (h proofWorld) reveal() servertest.Answer {
	r, err := http.NewRequest(http.MethodPost, h.w.URL+"/complaints/1/reveal", strings.NewReader("reason=contact"))
	if err != nil {
		h.w.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", h.w.URL+"/complaints/1")
	return h.b.Do(r)
}

type proofWorld struct {
	w *servertest.World
	b *servertest.Browser
}

func proving(t *testing.T) proofWorld {
	t.Helper()
	w := servertest.New(t, nil)
	_, err := w.App.Register(ctx, w.Actor("handler"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"}, Narrative: "三月份被扣了三百元年费，要求退还。"})
	if err != nil {
		t.Fatal(err)
	}
	return proofWorld{w, w.As("handler")}
}

// Right after signing in nothing more is asked; later a reveal leads to the proof
// and from there back, a wrong password opens nothing, and the old token is dead.
func TestStepUp(t *testing.T) {
	h := proving(t)
	if a := h.reveal(); a.Status != 200 || !strings.Contains(a.Body, "13800001234") {
		t.Fatalf("after signing in: %d", a.Status)
	}
	h.w.Pass(16 * time.Minute)
	a := h.reveal()
	if a.Status != 303 || a.Location() != "/account/proof?back=%2Fcomplaints%2F1" || strings.Contains(a.Body, "13800001234") {
		t.Fatalf("later: %d %s", a.Status, a.Location())
	}
	if a := h.b.Get("/complaints/1"); a.Status != 200 {
		t.Errorf("the masked case asks for a proof: %d", a.Status)
	}
	if a := h.b.Post("/account/proof", "password", "wrong-password-1", "back", "/complaints/1"); a.Status != 422 {
		t.Errorf("a wrong password: %d", a.Status)
	}
	if a := h.reveal(); a.Status != 303 {
		t.Errorf("revealed after a wrong password: %d", a.Status)
	}
	old := h.b.Token()
	if a := h.b.Post("/account/proof", "password", servertest.Password, "back", "/complaints/1"); a.Status != 303 || a.Location() != "/complaints/1" {
		t.Fatalf("proof: %d %s", a.Status, a.Location())
	}
	if a := h.reveal(); a.Status != 200 || !strings.Contains(a.Body, "13800001234") {
		t.Errorf("after the proof: %d", a.Status)
	}
	if _, err := h.w.App.SessionActor(ctx, old); err == nil {
		t.Error("the token from before the proof is still good")
	}
	if a := h.b.Post("/account/proof", "password", servertest.Password, "back", "https://evil.example/"); a.Location() != "/" {
		t.Errorf("leads to %s", a.Location())
	}
}

// The code of the authenticator is a proof as well, once; without an authenticator
// a code is none. Guessing is under the lock of signing in.
func TestProofByCode(t *testing.T) {
	h := proving(t)
	if a := h.b.Post("/account/proof", "code", "123456"); a.Status != 422 {
		t.Errorf("a code without an authenticator: %d", a.Status)
	}
	secret := enrolled(t, h.w, h.b)
	h.w.Pass(20 * time.Minute)
	code, err := totp.GenerateCode(secret, h.w.Now())
	if err != nil {
		t.Fatal(err)
	}
	if a := h.b.Post("/account/proof", "code", code, "back", "/me"); a.Status != 303 {
		t.Fatalf("a right code: %d %s", a.Status, a.Text())
	}
	if a := h.reveal(); a.Status != 200 {
		t.Errorf("after the code: %d", a.Status)
	}
	if a := h.b.Post("/account/proof", "code", code); a.Status == 303 {
		t.Error("the same code twice")
	}
	last := 0
	for range 12 {
		last = h.b.Post("/account/proof", "password", "wrong-password-1").Status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("twelve guesses: %d", last)
	}
}

// enrolled puts an authenticator in force for who sits at the browser.
func enrolled(t *testing.T, w *servertest.World, b *servertest.Browser) string {
	t.Helper()
	who, err := w.App.SessionActor(ctx, b.Token())
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := w.App.EnrolTOTP(ctx, who.Actor)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(fresh.Secret, w.Now())
	if err != nil {
		t.Fatal(err)
	}
	if a := b.Post("/account/authenticator", "code", code, "back", "/me"); a.Status != 200 {
		t.Fatalf("enrol: %d %s", a.Status, a.Text())
	}
	return fresh.Secret
}

// With the setting at 0 nothing more is asked than the session.
func TestProofSwitchedOff(t *testing.T) {
	h := proving(t)
	if err := h.w.App.SetSetting(ctx, h.w.Actor("admin"), "stepup.minutes", "0", ""); err != nil {
		t.Fatal(err)
	}
	h.w.Pass(25 * time.Minute)
	if a := h.reveal(); a.Status != 200 {
		t.Errorf("%d", a.Status)
	}
}

// Whatever shows data in clear or takes it away asks for the proof: a new route
// with such a name fails here until it does, or says why not.
func TestRoutesThatAskForAProof(t *testing.T) {
	w := servertest.New(t, nil)
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	asking := 0
	for _, r := range server.Table(server.Rooms(site, w.App)) {
		takes := strings.Contains(r.Path, "/reveal") || strings.HasSuffix(r.Path, "/export") || r.Path == "/exports/{n}/file" || strings.Contains(r.Path, "/rejected") || strings.Contains(r.Path, "/result/") || r.Method == "POST" && (strings.HasPrefix(r.Path, "/me/keys") || r.Path == "/codes/rows" || strings.HasSuffix(r.Path, "/case-file"))
		if takes != r.Fresh {
			t.Errorf("%s %s: asks for a proof %v, want %v", r.Method, r.Path, r.Fresh, takes)
		}
		if r.Fresh {
			asking++
		}
	}
	if asking < 6 {
		t.Errorf("only %d routes ask", asking)
	}
}

// The administrator reads the history of one person and of nobody at all; a
// handler only his own.
func TestHistoryOfAPerson(t *testing.T) {
	w := servertest.New(t, nil)
	w.Browser().Post("/sign-in", "name", "lead", "password", "wrong-password-1")
	admin := w.As("admin")
	if a := admin.Get("/people/person/lead/signs"); a.Status != 200 || !strings.Contains(a.Text(), "登录失败") {
		t.Errorf("administrator: %d", a.Status)
	}
	if a := admin.Get("/people/person/nobody/signs"); a.Status != 404 {
		t.Errorf("of nobody: %d", a.Status)
	}
	if a := w.As("handler").Get("/people/person/lead/signs"); a.Status != 403 {
		t.Errorf("handler: %d", a.Status)
	}
	if a := admin.Get("/audit/signs"); a.Status != 403 {
		t.Errorf("the administrator reads everybody's: %d", a.Status)
	}
}

package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xiaobao/internal/app"
	"xiaobao/internal/identity/identitytest"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
)

const keyPages = "https://xiaobao.bank.example"

// keyWorld is a server that people reach by an address of its own, and a handler's
// browser with a key.
type keyWorld struct {
	*servertest.World
	b *servertest.Browser
	k *identitytest.Key
}

func withKeys(t *testing.T) keyWorld {
	t.Helper()
	w := servertest.New(t, nil)
	w.App.SetPasskeys(keyPages)
	return keyWorld{w, w.As("handler"), identitytest.NewKey(t, keyPages)}
}

func (w keyWorld) register(name string) servertest.Answer {
	w.T.Helper()
	ask := w.b.Post("/me/keys/options")
	if ask.Status != http.StatusOK || ask.Header.Get("Cache-Control") != "no-store" {
		w.T.Fatalf("options: %d %s", ask.Status, ask.Text())
	}
	return w.b.Post("/me/keys", "name", name, "answer", string(w.k.Create([]byte(ask.Body))))
}

// pending is a browser in which the password was given and the key is still to come.
func (w keyWorld) pending() *servertest.Browser {
	w.T.Helper()
	b := w.Browser()
	if a := b.Post("/sign-in", "name", "handler", "password", servertest.Password); a.Location() != "/sign-in/code?back=%2F" && !strings.HasPrefix(a.Location(), "/sign-in/code") {
		w.T.Fatalf("the password alone leads to %d %s", a.Status, a.Location())
	}
	return b
}

func (w keyWorld) answer(b *servertest.Browser, path string) servertest.Answer {
	w.T.Helper()
	ask := b.Post(path + "/options")
	if ask.Status != http.StatusOK {
		w.T.Fatalf("options: %d %s", ask.Status, ask.Text())
	}
	return b.Post(path, "back", "/me", "answer", string(w.k.Get([]byte(ask.Body))))
}

// A key registered on one's own page is asked for at the next sign-in; it opens, is
// listed with its name and use, and can be taken away.
func TestSignInWithAKey(t *testing.T) {
	w := withKeys(t)
	other := w.As("handler")
	if a := w.register("办公桌上的"); a.Status != http.StatusSeeOther {
		t.Fatalf("registered: %d %s", a.Status, a.Text())
	}
	if page := w.b.Get("/me"); !strings.Contains(page.Text(), "办公桌上的") || !strings.Contains(page.Text(), "还没有用过") || !strings.Contains(page.Text(), "登记安全密钥") {
		t.Errorf("the page:\n%s", page.Text())
	}
	if a := other.Get("/me"); a.Status == http.StatusOK {
		t.Error("a session without the key goes on")
	}
	b := w.pending()
	if page := b.Get("/sign-in/code"); !strings.Contains(page.Body, `data-options="/sign-in/key/options"`) || strings.Contains(page.Body, `name="code"`) {
		t.Errorf("the page of the second factor:\n%s", page.Text())
	}
	if a := b.Get("/me"); a.Status == http.StatusOK {
		t.Error("in without the key")
	}
	if a := w.answer(b, "/sign-in/key"); a.Location() != "/me" {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if page := b.Get("/me"); page.Status != http.StatusOK || strings.Contains(page.Text(), "还没有用过") {
		t.Errorf("after the key: %d", page.Status)
	}
	st, err := w.App.Passkeys(ctx, w.Actor("handler"))
	if err != nil || len(st.Keys) != 1 {
		t.Fatal(err)
	}
	if a := w.As("office").Post("/me/keys/remove", "id", st.Keys[0].ID); a.Status != http.StatusNotFound {
		t.Errorf("another's key taken away: %d", a.Status)
	}
	if a := b.Post("/me/keys/remove", "id", st.Keys[0].ID); a.Status != http.StatusSeeOther {
		t.Errorf("taken away: %d %s", a.Status, a.Text())
	}
	if page := w.As("handler").Get("/me"); page.Status != http.StatusOK || strings.Contains(page.Text(), "办公桌上的") {
		t.Errorf("without keys the password is enough again: %d", page.Status)
	}
}

// What does not come from the right key, at the right moment, for the right session
// does not open.
func TestKeyRefusals(t *testing.T) {
	w := withKeys(t)
	w.register("甲")
	b := w.pending()
	ask := []byte(b.Post("/sign-in/key/options").Body)
	right := string(w.k.Get(ask))
	if a := b.Post("/sign-in/key", "answer", `{}`); a.Status != http.StatusUnauthorized {
		t.Errorf("nonsense: %d", a.Status)
	}
	if a := b.Post("/sign-in/key", "answer", right); a.Status != http.StatusUnauthorized { // the nonsense used the question up
		t.Errorf("a question answered twice: %d", a.Status)
	}
	ask = []byte(b.Post("/sign-in/key/options").Body)
	right = string(w.k.Get(ask))
	if a := w.pending().Post("/sign-in/key", "answer", right); a.Status != http.StatusUnauthorized {
		t.Errorf("from another session: %d", a.Status)
	}
	w.Pass(6 * time.Minute)
	if a := b.Post("/sign-in/key", "answer", right); a.Status != http.StatusUnauthorized {
		t.Errorf("too late: %d", a.Status)
	}
	w.Pass(20 * time.Minute) // the lock of the failures above is over
	b = w.pending()
	w.k.Origin = "https://xiaobao.bank.example.evil.example"
	if a := w.answer(b, "/sign-in/key"); a.Status != http.StatusUnauthorized {
		t.Errorf("from a fake site: %d", a.Status)
	}
	w.k.Origin = keyPages
	w.Pass(20 * time.Minute)
	b = w.pending()
	ask = []byte(b.Post("/sign-in/key/options").Body)
	person, _ := w.App.Org(ctx)
	p, _ := person.Person("handler")
	p.Disabled = true
	if err := w.App.SetPerson(ctx, party.System, p, ""); err != nil {
		t.Fatal(err)
	}
	if a := b.Post("/sign-in/key", "answer", string(w.k.Get(ask))); a.Status != http.StatusUnauthorized {
		t.Errorf("disabled meanwhile: %d", a.Status)
	}
	if a := w.Browser().Post("/sign-in/key/options"); a.Status == http.StatusOK {
		t.Errorf("asked for nobody's key: %d", a.Status)
	}
}

// Failures with a key count like wrong codes.
func TestKeyFailuresLock(t *testing.T) {
	w := withKeys(t)
	w.register("甲")
	b, locked := w.pending(), 0
	for range 8 {
		b.Post("/sign-in/key/options")
		if a := b.Post("/sign-in/key", "answer", "{}"); strings.Contains(a.Text(), "次数") || a.Status == http.StatusTooManyRequests {
			locked++
		}
	}
	if locked == 0 {
		t.Error("eight failures and no lock")
	}
}

// Later a key proves in place of the password, beside an authenticator too.
func TestProofWithAKey(t *testing.T) {
	h := proving(t)
	h.w.App.SetPasskeys(keyPages)
	w := keyWorld{h.w, h.b, identitytest.NewKey(t, keyPages)}
	w.register("甲")
	who := w.Actor("handler")
	secret, err := w.App.EnrolTOTP(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret.Secret, w.Now())
	if err != nil {
		t.Fatal(err)
	}
	if a := w.b.Post("/account/authenticator", "code", code); a.Status != http.StatusOK {
		t.Fatalf("authenticator: %d %s", a.Status, a.Text())
	}
	w.Pass(16 * time.Minute)
	if a := h.reveal(); !strings.HasPrefix(a.Location(), "/account/proof") {
		t.Fatalf("no proof asked: %d", a.Status)
	}
	if page := w.b.Get("/account/proof"); !strings.Contains(page.Body, `data-options="/account/proof/key/options"`) || !strings.Contains(page.Body, `name="code"`) {
		t.Errorf("the page of the proof:\n%s", page.Text())
	}
	if a := w.b.Post("/me/keys/options"); !strings.HasPrefix(a.Location(), "/account/proof") {
		t.Errorf("a key without a proof: %d", a.Status)
	}
	before := w.b.Token()
	if a := w.answer(w.b, "/account/proof/key"); a.Location() != "/me" || w.b.Token() == before {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if a := h.reveal(); a.Status != http.StatusOK {
		t.Errorf("after the proof: %d", a.Status)
	}
}

// Where a second factor is required, the last one stays; one key may go when there is
// another, or an authenticator.
func TestLastSecondFactorStays(t *testing.T) {
	w := withKeys(t)
	if err := w.App.SetSetting(ctx, party.System, "totp.policy", "required", ""); err != nil {
		t.Fatal(err)
	}
	// With the policy in force the page of keys is behind the authenticator: here the key came first.
	if err := w.App.SetSetting(ctx, party.System, "totp.policy", "optional", ""); err != nil {
		t.Fatal(err)
	}
	w.register("甲")
	if err := w.App.SetSetting(ctx, party.System, "totp.policy", "required", ""); err != nil {
		t.Fatal(err)
	}
	st, err := w.App.Passkeys(ctx, w.Actor("handler"))
	if err != nil || len(st.Keys) != 1 {
		t.Fatal(err)
	}
	if page := w.b.Get("/me"); page.Status != http.StatusOK {
		t.Errorf("a key is a second factor: %d %s", page.Status, page.Location())
	}
	if a := w.b.Post("/me/keys/remove", "id", st.Keys[0].ID); a.Status != http.StatusConflict || !strings.Contains(a.Text(), "最后一把") {
		t.Errorf("the last one taken away: %d", a.Status)
	}
	if err := w.App.ResetTOTP(ctx, w.Actor("admin"), "handler"); err != nil { // lost
		t.Fatal(err)
	}
	if st, err := w.App.Passkeys(ctx, w.Actor("handler")); err != nil || len(st.Keys) != 0 {
		t.Errorf("after the reset: %+v, %v", st, err)
	}
}

// Without a public address no key can be used, and the pages say what is missing.
func TestKeysNeedAnAddress(t *testing.T) {
	w := withKeys(t)
	w.register("甲")
	w.App.SetPasskeys("")
	if page := w.b.Get("/me"); !strings.Contains(page.Text(), "base-url") || strings.Contains(page.Body, `data-passkey="create"`) {
		t.Errorf("own page:\n%s", page.Text())
	}
	if a := w.b.Post("/me/keys/options"); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
		t.Errorf("options: %d", a.Status)
	}
	if page := w.pending().Get("/sign-in/code"); !strings.Contains(page.Text(), "base-url") {
		t.Errorf("second factor:\n%s", page.Text())
	}
}

// The stored form of a key tells no secret, and signing in is on record.
func TestKeysOnRecord(t *testing.T) {
	w := withKeys(t)
	w.register("甲")
	w.answer(w.pending(), "/sign-in/key")
	lines, err := w.App.SignLog(ctx, w.Actor("handler"), app.SignFilter{Person: "handler", Limit: 10})
	if err != nil || len(lines) < 2 {
		t.Fatalf("%v %v", lines, err)
	}
	var kinds []string
	for _, l := range lines {
		kinds = append(kinds, l.Kind)
	}
	if got := strings.Join(kinds, " "); !strings.HasPrefix(got, app.SignIn+" "+app.PasskeyOn) {
		t.Errorf("on record: %s", got)
	}
}

package server_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) {
	if to := os.Getenv(crowdVar); to != "" {
		beCrowd(to)
		return
	}
	webtest.Main(m)
}

var ctx = context.Background()

func TestSignIn(t *testing.T) {
	w := servertest.New(t, nil)
	for _, tt := range []struct {
		name, login, password string
		status                int
		want                  string // where to, or a text of the page
	}{
		{"right", "handler", servertest.Password, 303, "/me"},
		{"name in other case, spaces", " Handler ", servertest.Password, 303, "/me"},
		{"wrong password", "lead", "wrong-password-1", 401, "登录名或密码不对"},
		{"unknown", "nobody", "wrong-password-1", 401, "登录名或密码不对"},
		{"no password", "office", "", 401, "登录名或密码不对"},
		{"very long password", "office", strings.Repeat("x", 100_000), 401, "登录名或密码不对"},
		{"no name", "", "", 401, "登录名或密码不对"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := w.Browser()
			a := b.Post("/sign-in", "name", tt.login, "password", tt.password, "back", "/me")
			if a.Status != tt.status {
				t.Fatalf("status %d, want %d\n%s", a.Status, tt.status, a.Text())
			}
			if tt.status == 303 && a.Location() != tt.want || tt.status != 303 && !strings.Contains(a.Text(), tt.want) {
				t.Errorf("got %q %s, want %q", a.Location(), a.Text(), tt.want)
			}
			if tt.status != 303 {
				if b.Token() != "" {
					t.Error("a refused sign-in left a session")
				}
				if tt.password != "" && strings.Contains(a.Body, tt.password) {
					t.Error("the password came back")
				}
				if login := strings.TrimSpace(tt.login); login != "" && !strings.Contains(a.Body, `value="`+login+`"`) {
					t.Error("the login name is lost")
				}
			}
		})
	}
}

// Nobody can tell from the answer, its status or the lock whether a name exists.
func TestUnknownNameIsTreatedLikeAKnownOne(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.Browser()
	for try := range 8 {
		known := b.Post("/sign-in", "name", "shanghai", "password", "wrong-password-1")
		unknown := b.Post("/sign-in", "name", "shenzhen", "password", "wrong-password-1")
		if known.Status != unknown.Status || strings.ReplaceAll(known.Body, "shanghai", "shenzhen") != unknown.Body {
			t.Fatalf("try %d: known %d, unknown %d\n%s", try, known.Status, unknown.Status, unknown.Text())
		}
	}
}

func TestLockOut(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.Browser()
	try := func(password string) int {
		return b.Post("/sign-in", "name", "lead", "password", password).Status
	}
	for i := range 5 {
		if got := try("wrong-password-1"); got != 401 {
			t.Fatalf("failure %d: %d", i+1, got)
		}
	}
	steps := []struct {
		wait     time.Duration
		password string
		want     int
	}{
		{0, servertest.Password, 429}, // locked, even for the right one
		{59 * time.Second, servertest.Password, 429},
		{time.Second, "wrong-password-1", 401},  // over; wrong again doubles it
		{time.Minute, servertest.Password, 429}, // still
		{time.Minute, servertest.Password, 303}, // two minutes
		{0, "wrong-password-1", 401},            // all forgotten
		{0, servertest.Password, 303},
	}
	for i, s := range steps {
		w.Pass(s.wait)
		if got := try(s.password); got != s.want {
			t.Fatalf("step %d: %d, want %d", i, got, s.want)
		}
	}
}

// Guesses sent at once are counted before any is checked.
func TestParallelGuesses(t *testing.T) {
	w := servertest.New(t, nil)
	got := make(chan int, 20)
	for range cap(got) {
		go func() { got <- w.Browser().Post("/sign-in", "name", "lead", "password", "wrong-password-1").Status }()
	}
	checked := 0
	for range cap(got) {
		if <-got == 401 {
			checked++
		}
	}
	if checked != 5 {
		t.Errorf("%d guesses were checked, want the 5 of the setting", checked)
	}
}

func TestSessionEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *servertest.World)
		want int
	}{
		{"nothing", func(*servertest.World) {}, 303},
		{"used again and again", func(w *servertest.World) { w.Pass(29 * time.Minute) }, 303},
		{"idle", func(w *servertest.World) { w.Pass(30 * time.Minute) }, 401},
		{"disabled", func(w *servertest.World) {
			p := servertest.People[5]
			p.Disabled = true
			if err := w.App.SetPerson(ctx, w.Actor("admin"), p, ""); err != nil {
				w.T.Fatal(err)
			}
		}, 401},
		{"password reset", func(w *servertest.World) {
			if _, err := w.App.ResetPassword(ctx, w.Actor("admin"), "handler"); err != nil {
				w.T.Fatal(err)
			}
		}, 401},
		{"setting shortened", func(w *servertest.World) {
			if err := w.App.SetSetting(ctx, w.Actor("admin"), "session.idle_minutes", "5", ""); err != nil {
				w.T.Fatal(err)
			}
			w.Pass(6 * time.Minute)
		}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := servertest.New(t, nil)
			b := w.As("handler")
			tt.do(w)
			a := b.Get("/")
			if got := a.Status; got != 303 || strings.HasPrefix(a.Location(), "/sign-in") != (tt.want == 401) {
				t.Errorf("GET / gave %d to %s", got, a.Location())
			}
		})
	}
}

func TestSessionHasALongestTime(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("handler")
	hours := 0
	for ; b.Get("/").Location() != "/sign-in?back=%2F"; hours++ {
		if hours > 50 {
			t.Fatal("the session never ends while it is used")
		}
		for range 3 {
			w.Pass(20 * time.Minute)
			b.Get("/")
		}
	}
	if hours != 12 {
		t.Errorf("ended after %d hours, want 12", hours)
	}
}

func TestMustChangePassword(t *testing.T) {
	w := servertest.New(t, nil)
	password, err := w.App.ResetPassword(ctx, w.Actor("admin"), "handler")
	if err != nil {
		t.Fatal(err)
	}
	b := w.Browser()
	if a := b.Post("/sign-in", "name", "handler", "password", password); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := b.Get("/"); a.Location() != "/account/password?back=%2F" {
		t.Fatalf("led to %s", a.Location())
	}
	if a := b.Get("/account/password?back=%2Fme"); a.Status != 200 || !strings.Contains(a.Text(), "请设置自己的密码") {
		t.Fatal(a.Status, a.Text())
	}
	for _, tt := range []struct{ old, fresh, again, want string }{
		{"not-it-at-all", "harbour-Lime-92", "harbour-Lime-92", "现在的密码不对"},
		{password, "short", "short", "至少 10 个字符"},
		{password, password, password, "与现在的相同"},
		{password, "harbour-Lime-92", "harbour-Lime-93", "两次输入的新密码不一样"},
		{password, "password1234", "password1234", "太常见"},
	} {
		a := b.Post("/account/password", "old", tt.old, "new", tt.fresh, "again", tt.again)
		if a.Status != 422 || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%q: %d %s", tt.want, a.Status, a.Text())
		}
	}
	before := b.Token()
	if a := b.Post("/account/password", "old", password, "new", "harbour-Lime-92", "again", "harbour-Lime-92", "back", "/me"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if b.Token() == before {
		t.Error("the session kept its token")
	}
	if a := b.Get("/"); a.Location() == "" || strings.HasPrefix(a.Location(), "/account") {
		t.Errorf("after the change: %d %s", a.Status, a.Location())
	}
}

// enrol switches an authenticator on and returns its secret and recovery codes.
func enrol(t *testing.T, w *servertest.World, b *servertest.Browser, id party.PersonID) (secret string, codes []string) {
	t.Helper()
	waiting, err := w.App.EnrolTOTP(ctx, w.Actor(id))
	if err != nil {
		t.Fatal(err)
	}
	if a := b.Get("/account/authenticator"); a.Status != 200 || !strings.Contains(a.Body, "data:image/png;base64,") {
		t.Fatal(a.Status, a.Text())
	}
	if a := b.Post("/account/authenticator", "code", "000000"); a.Status != 422 {
		t.Fatalf("a wrong code: %d", a.Status)
	}
	a := b.Post("/account/authenticator", "code", codeAt(t, waiting.Secret, w.Now()))
	if a.Status != 200 {
		t.Fatal(a.Status, a.Text())
	}
	for _, f := range strings.Fields(a.Text()) {
		if strings.Count(f, "-") == 3 && len(f) == 19 {
			codes = append(codes, f)
		}
	}
	return waiting.Secret, codes
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSecondFactor(t *testing.T) {
	w := servertest.New(t, nil)
	elsewhere := w.As("office")
	first := w.As("office")
	secret, codes := enrol(t, w, first, "office")
	if len(codes) != 8 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	if !strings.HasPrefix(elsewhere.Get("/").Location(), "/sign-in") {
		t.Error("a session without the second factor goes on")
	}
	if strings.HasPrefix(first.Get("/").Location(), "/sign-in") {
		t.Error("the session that enrolled ended")
	}
	w.Pass(time.Minute)
	b := w.Browser()
	if a := b.Post("/sign-in", "name", "office", "password", servertest.Password, "back", "/me"); a.Location() != "/sign-in/code?back=%2Fme" {
		t.Fatalf("%d %s", a.Status, a.Location())
	}
	if !strings.HasPrefix(b.Get("/").Location(), "/sign-in") {
		t.Fatal("the password alone opened the door")
	}
	good := codeAt(t, secret, w.Now())
	for _, tt := range []struct {
		field, code string
		want        int
	}{
		{"code", "123", 401}, {"code", codeAt(t, secret, w.Now().Add(-10*time.Minute)), 401}, {"recovery", "aaaa-bbbb-cccc-dddd", 401}, {"code", good, 303},
	} {
		if a := b.Post("/sign-in/code", tt.field, tt.code, "back", "/me"); a.Status != tt.want {
			t.Fatalf("%s %s: %d %s", tt.field, tt.code, a.Status, a.Text())
		}
	}
	if strings.HasPrefix(b.Get("/").Location(), "/sign-in") {
		t.Fatal("both factors do not open the door")
	}
	again := w.Browser()
	again.Post("/sign-in", "name", "office", "password", servertest.Password)
	if a := again.Post("/sign-in/code", "code", good); a.Status != 401 || !strings.Contains(a.Text(), "已经用过") {
		t.Errorf("the same code again: %d %s", a.Status, a.Text())
	}
	if a := again.Post("/sign-in/code", "recovery", strings.ToUpper(codes[0])); a.Status != 303 {
		t.Errorf("a recovery code: %d %s", a.Status, a.Text())
	}
	third := w.Browser()
	third.Post("/sign-in", "name", "office", "password", servertest.Password)
	if a := third.Post("/sign-in/code", "recovery", codes[0]); a.Status != 401 {
		t.Errorf("a used recovery code: %d", a.Status)
	}
}

// Of two requests with one code one loses.
func TestOneCodeAtOnce(t *testing.T) {
	w := servertest.New(t, nil)
	secret, _ := enrol(t, w, w.As("office"), "office")
	w.Pass(time.Minute)
	code := codeAt(t, secret, w.Now())
	got := make(chan int, 4)
	for range cap(got) {
		b := w.Browser()
		b.Post("/sign-in", "name", "office", "password", servertest.Password)
		go func() { got <- b.Post("/sign-in/code", "code", code).Status }()
	}
	in := 0
	for range cap(got) {
		if <-got == http.StatusSeeOther {
			in++
		}
	}
	if in != 1 {
		t.Errorf("one code let %d in", in)
	}
}

func TestPolicyAsksForAnAuthenticator(t *testing.T) {
	w := servertest.New(t, nil)
	if err := w.App.SetSetting(ctx, w.Actor("admin"), "totp.policy", "required_for_office", ""); err != nil {
		t.Fatal(err)
	}
	if a := w.As("office").Get("/"); a.Location() != "/account/authenticator?back=%2F" {
		t.Errorf("office is led to %q", a.Location())
	}
	if a := w.As("handler").Get("/"); strings.HasPrefix(a.Location(), "/account") {
		t.Errorf("handler is led to %q", a.Location())
	}
}

func TestSignOut(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("handler")
	kept := b.Token()
	if a := b.Post("/sign-out"); a.Status != 303 || b.Token() != "" {
		t.Fatalf("%d, token %q", a.Status, b.Token())
	}
	if _, err := w.App.SessionActor(ctx, kept); err == nil {
		t.Error("the session outlives the sign-out")
	}
}

func TestBackLeadsOnlyHere(t *testing.T) {
	w := servertest.New(t, nil)
	for back, want := range map[string]string{"/me?x=1": "/me?x=1", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/"} {
		if a := w.Browser().Post("/sign-in", "name", "handler", "password", servertest.Password, "back", back); a.Location() != want {
			t.Errorf("back=%q leads to %q, want %q", back, a.Location(), want)
		}
	}
}

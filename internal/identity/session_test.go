package identity_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp/totp"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
)

const password = "kite-lamp-river"

func account(t *testing.T, h *identity.Hasher) identity.Account {
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return identity.Account{Person: "p1", Hash: hash, Epoch: 3, Attempts: identity.Attempts{Failures: 2, Last: noon}}
}

func TestSignIn(t *testing.T) {
	h := identity.NewHasher(2)
	base := account(t, h)
	with := func(change func(*identity.Account)) identity.Account {
		a := base
		change(&a)
		return a
	}
	cheap, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		account  identity.Account
		password string
		want     fault.Kind
		text     string
		failures int
	}{
		{"right", base, password, 0, "", 0},
		{"wrong", base, "x", fault.Unauthed, "登录名或密码不对", 2},
		{"unknown", identity.Account{Attempts: base.Attempts}, password, fault.Unauthed, "登录名或密码不对", 2},
		{"disabled, right", with(func(a *identity.Account) { a.Disabled = true }), password, fault.Forbidden, "停用", 2},
		{"disabled, wrong", with(func(a *identity.Account) { a.Disabled = true }), "x", fault.Unauthed, "登录名或密码不对", 2},
		{"code to come", with(func(a *identity.Account) { a.TOTP = "X" }), password, 0, "", 1},
		{"cheap hash", with(func(a *identity.Account) { a.Hash = cheap }), password, 0, "", 0},
	} {
		got, err := h.SignIn(t.Context(), test.account, test.password)
		if test.text == "" && err != nil || test.text != "" && (!fault.Is(err, test.want) || !strings.Contains(fault.Message(err), test.text)) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if got.Attempts.Failures != test.failures {
			t.Errorf("%s: %d failures stay, want %d", test.name, got.Attempts.Failures, test.failures)
		}
		if test.name == "cheap hash" && (got.Hash == cheap || !strings.Contains(got.Hash, "m=19456")) {
			t.Errorf("the hash was not made anew: %s", got.Hash)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	key, _ := identity.NewTOTP(rand.Reader, "消保", "zhangsan")
	codes, hashes, _ := identity.NewRecoveryCodes(rand.Reader, 2)
	a := identity.Account{Person: "p1", TOTP: key.Secret, Recovery: hashes, Attempts: identity.Attempts{Failures: 3, Last: noon}}
	code, _ := totp.GenerateCode(key.Secret, noon)
	got, err := identity.SecondFactor(a, code, noon)
	if err != nil || got.LastStep != noon.Unix()/30 || got.Attempts.Failures != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if again, err := identity.SecondFactor(got, code, noon); !fault.Is(err, fault.Unauthed) || again.LastStep != got.LastStep {
		t.Errorf("the same code again: %v", err)
	}
	if got, err := identity.SecondFactor(a, "000", noon); !fault.Is(err, fault.Unauthed) || got.Attempts.Failures != 3 {
		t.Errorf("wrong code: %+v, %v", got, err)
	}
	got, err = identity.SecondFactor(a, codes[0], noon)
	if err != nil || len(got.Recovery) != 1 || got.LastStep != 0 || got.Attempts.Failures != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := identity.SecondFactor(got, codes[0], noon); !fault.Is(err, fault.Unauthed) {
		t.Errorf("the same recovery code again: %v", err)
	}
	if len(a.Recovery) != 2 {
		t.Error("the account given was changed")
	}
}

func TestSession(t *testing.T) {
	a := identity.Account{Person: "p1", Epoch: 3}
	p := identity.DefaultSessions
	base, token, err := identity.NewSession(rand.Reader, a, noon, "10.0.0.7", strings.Repeat("火狐", 100), true)
	if err != nil || len(token) != 43 || base.Hash != identity.SessionHash(token) || base.Hash == token || len(base.Agent) != 198 {
		t.Fatalf("got %+v, %q, %v", base, token, err)
	}
	other, second, _ := identity.NewSession(rand.Reader, a, noon, "", "", false)
	if second == token || other.Hash == base.Hash {
		t.Error("two sessions share a token")
	}
	busy := base
	busy.LastSeen = noon.Add(11*time.Hour + 50*time.Minute)
	epoch, disabled, foreign, strict := a, a, a, a
	epoch.Epoch, disabled.Disabled, foreign.Person, strict.TOTP = 4, true, "p2", "X"
	for _, test := range []struct {
		name    string
		session identity.Session
		account identity.Account
		after   time.Duration
		want    string
	}{
		{"fresh", base, a, 0, ""},
		{"almost idle", base, a, 30*time.Minute - 1, ""},
		{"idle", base, a, 30 * time.Minute, "没有操作"},
		{"busy all day", busy, a, 12*time.Hour - 1, ""},
		{"too long", busy, a, 12 * time.Hour, "上限"},
		{"clocks of two copies", base, a, -10 * time.Minute, ""},
		{"begun by a clock that ran ahead", base, a, -10*time.Minute - 1, "时间调整过"},
		{"seen by a clock that ran ahead", busy, a, time.Hour, "时间调整过"},
		{"epoch raised", base, epoch, 0, "终止"},
		{"disabled", base, disabled, 0, "终止"},
		{"somebody else", base, foreign, 0, "请先登录"},
		{"none", identity.Session{}, identity.Account{}, 0, "请先登录"},
		{"second factor given", base, strict, 0, ""},
		{"second factor to come", other, strict, 0, "动态验证码"},
	} {
		err := p.Check(test.session, test.account, noon.Add(test.after))
		if test.want == "" && err != nil || test.want != "" && (!fault.Is(err, fault.Unauthed) || !strings.Contains(fault.Message(err), test.want)) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	if got := p.Expiry(base); got != noon.Add(30*time.Minute) {
		t.Errorf("expiry %v", got)
	}
	if got := p.Expiry(busy); got != noon.Add(12*time.Hour) {
		t.Errorf("expiry of the busy one %v", got)
	}
	if p.NeedsTouch(base, noon.Add(59*time.Second)) || !p.NeedsTouch(base, noon.Add(time.Minute)) {
		t.Error("touch")
	}
	if _, _, err := identity.NewSession(broken{}, a, noon, "", "", false); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestAPIToken(t *testing.T) {
	base, text, err := identity.NewAPIToken(rand.Reader)
	if err != nil || !strings.HasPrefix(text, "xb_"+base.ID+"_") || strings.Contains(text, base.Hash) {
		t.Fatalf("got %+v, %q, %v", base, text, err)
	}
	id, hash, err := identity.ParseAPIToken(" " + text + "\n")
	if err != nil || id != base.ID || hash != base.Hash {
		t.Fatalf("got %s, %s, %v", id, hash, err)
	}
	base.Scopes, base.Expires = []string{"complaint:read"}, noon
	revoked, forever, empty := base, base, base
	revoked.Revoked, forever.Expires, empty.Hash = true, time.Time{}, ""
	before := noon.Add(-time.Second)
	for _, test := range []struct {
		name        string
		token       identity.APIToken
		hash, scope string
		at          time.Time
		want        fault.Kind
	}{
		{"good", base, hash, "complaint:read", before, 0},
		{"no scope asked", base, hash, "", before, 0},
		{"never expires", forever, hash, "", noon.AddDate(50, 0, 0), 0},
		{"other secret", base, hash[1:] + "x", "", before, fault.Unauthed},
		{"no hash stored", empty, "", "", before, fault.Unauthed},
		{"revoked", revoked, hash, "", before, fault.Unauthed},
		{"expired", base, hash, "", noon, fault.Unauthed},
		{"scope missing", base, hash, "complaint:write", before, fault.Forbidden},
	} {
		err := test.token.Check(test.hash, test.scope, test.at)
		if (err != nil) != (test.want != 0) || err != nil && fault.KindOf(err) != test.want {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	for _, bad := range []string{"", "xb_", "xb__", text[:len(text)-1], text + "_x", "yb" + text[2:], strings.Replace(text, "_", "", 1)} {
		if _, _, err := identity.ParseAPIToken(bad); !fault.Is(err, fault.Unauthed) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	if _, _, err := identity.NewAPIToken(broken{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseAPIToken(f *testing.F) {
	f.Add("xb_abcdefgh_" + strings.Repeat("a", 52))
	f.Add("xb__")
	f.Fuzz(func(t *testing.T, text string) {
		id, hash, err := identity.ParseAPIToken(text)
		if err == nil && (len(id) != 8 || len(hash) != 43 || strings.Contains(hash, id)) {
			t.Fatalf("%q: %q, %q", text, id, hash)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	h := identity.NewHasher(1)
	hash, _ := h.Hash(b.Context(), password)
	for name, stored := range map[string]string{"known": hash, "unknown": ""} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := h.Check(b.Context(), "wrong", stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

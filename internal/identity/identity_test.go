package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image/png"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
)

var noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC)

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestHasher(t *testing.T) {
	h, ctx := identity.NewHasher(1), t.Context()
	hash, err := h.Hash(ctx, "枣树-and-rain-77")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("got %s, %v", hash, err)
	}
	if again, _ := h.Hash(ctx, "枣树-and-rain-77"); again == hash {
		t.Error("no salt")
	}
	long := strings.Repeat("x", 129)
	longHash, err := h.Hash(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	weaker := "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$O6i3FXS7FZ8crGYg6r5ZLQ6OxBRjJkjL3c4RrdD4Bq8"
	for _, test := range []struct {
		name, password, hash string
		ok, outdated, fails  bool
	}{
		{"right", "枣树-and-rain-77", hash, true, false, false},
		{"wrong", "枣树-and-rain-78", hash, false, false, false},
		{"empty", "", hash, false, false, false},
		{"too long", long, longHash, false, false, false},
		{"unknown person", "枣树-and-rain-77", "", false, false, false},
		{"unknown person, empty", "", "", false, false, false},
		{"other cost, wrong", "x", weaker, false, false, false},
		{"not a hash", "x", "plain", false, false, true},
	} {
		ok, outdated, err := h.Check(ctx, test.password, test.hash)
		if ok != test.ok || outdated != test.outdated || (err != nil) != test.fails {
			t.Errorf("%s: got %v, %v, %v", test.name, ok, outdated, err)
		}
	}
}

// A weak hash is right for who made it, and renewed where it gets into a real database.
func TestWeakHasher(t *testing.T) {
	weak, strong := identity.NewWeakHasher(1), identity.NewHasher(1)
	hash, err := weak.Hash(t.Context(), "枣树-and-rain-77")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		by             *identity.Hasher
		password, hash string
		ok, outdated   bool
	}{
		{weak, "枣树-and-rain-77", hash, true, false}, {weak, "枣树-and-rain-78", hash, false, false}, {weak, "枣树-and-rain-77", "", false, false},
		{strong, "枣树-and-rain-77", hash, true, true}, {strong, "枣树-and-rain-78", hash, false, false},
	} {
		if ok, outdated, err := test.by.Check(t.Context(), test.password, test.hash); ok != test.ok || outdated != test.outdated || err != nil {
			t.Errorf("%q: %v, %v, %v", test.password, ok, outdated, err)
		}
	}
}

func TestHasherBoundsHowManyAtOnce(t *testing.T) {
	h := identity.NewHasher(1)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := h.Hash(t.Context(), "abc"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	release := identity.Occupy(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "abc"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v while the only slot was taken", err)
	}
	if _, _, err := h.Check(ctx, "abc", ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v while the only slot was taken", err)
	}
	release()
	if _, err := h.Hash(t.Context(), "abc"); err != nil {
		t.Errorf("the slot was not given back: %v", err)
	}
}

func TestCheckPolicy(t *testing.T) {
	for _, test := range []struct{ password, login, want string }{
		{"kite-lamp-river", "zhangsan", ""},
		{"枣树两棵在门口看见雨", "zhangsan", ""},
		{"Tr0ub4dor&3x", "zhangsan", ""},
		{"abcd", "zhangsan", "至少 10 个字符，现在只有 4 个"},
		{"枣树两棵在门口看雨", "zhangsan", "现在只有 9 个"},
		{strings.Repeat("k9-", 43), "zhangsan", "最多 128"},
		{"kite-ZhangSan-river", "zhangsan", "登录名"},
		{"kite-li-lamp-river", "li", ""},
		{"\xffkite-lamp-river", "zhangsan", "无法识别"},
		{"password123!", "zhangsan", "太常见"},
		{"Admin@123456", "zhangsan", "太常见"},
		{"P@ssw0rd2026", "zhangsan", "太常见"},
		{"1qaz2wsx3edc", "zhangsan", "太常见"},
		{"qwertyuiop", "zhangsan", "太常见"},
		{"aaaaaaaaaaaa", "zhangsan", "太常见"},
		{"abcdefghijkl", "zhangsan", "太常见"},
		{"9876543210", "zhangsan", "太常见"},
		{"woaini1314520", "zhangsan", "太常见"},
		{"xiaobao2026", "zhangsan", "太常见"},
		{"13131313131313", "zhangsan", "太常见"},
	} {
		err := identity.CheckPolicy(test.password, test.login)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: got %v", test.password, err)
			}
			continue
		}
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Kind != fault.Invalid || e.Violations[0].Field != "password" || !strings.Contains(e.Text, test.want) || strings.Contains(e.Text, test.password) {
			t.Errorf("%s: got %v, want %s", test.password, err, test.want)
		}
	}
}

func TestNewPassword(t *testing.T) {
	seen := map[string]bool{}
	var letters [256]int
	for range 2000 {
		p, err := identity.NewPassword(rand.Reader, "zhangsan")
		if err != nil || len(p) != 14 || p[4] != '-' || p[9] != '-' || seen[p] || identity.CheckPolicy(p, "zhangsan") != nil {
			t.Fatalf("got %q, %v", p, err)
		}
		seen[p] = true
		for _, c := range []byte(p) {
			letters[c]++
		}
	}
	for _, c := range []byte("01ilo") {
		if letters[c] > 0 {
			t.Errorf("%c is easily mistaken", c)
		}
	}
	for _, c := range []byte("abcdefghjkmnpqrstuvwxyz23456789") { // 24000 over 31: 774, deviation 27
		if letters[c] < 600 || letters[c] > 950 {
			t.Errorf("%c came %d times of about 774", c, letters[c])
		}
	}
	if _, err := identity.NewPassword(broken{}, ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestTOTP(t *testing.T) {
	key, err := identity.NewTOTP(rand.Reader, "消保", "zhangsan")
	if err != nil || !strings.HasPrefix(key.URL, "otpauth://totp/") || !strings.Contains(key.URL, "secret="+key.Secret) {
		t.Fatalf("got %+v, %v", key, err)
	}
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(key.Secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	step := noon.Unix() / 30
	c := code(noon)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, c)
	for _, test := range []struct {
		name, code string
		last, want int64
		text       string
	}{
		{"now", c, 0, step, ""},
		{"one step late", code(noon.Add(-30 * time.Second)), 0, step - 1, ""},
		{"one step early", code(noon.Add(30 * time.Second)), 0, step + 1, ""},
		{"after an older one", c, step - 1, step, ""},
		{"with a space", c[:3] + " " + c[3:], 0, step, ""},
		{"full width", wide, 0, step, ""},
		{"two steps late", code(noon.Add(-60 * time.Second)), 0, 0, "不对"},
		{"two steps early", code(noon.Add(60 * time.Second)), 0, 0, "不对"},
		{"used", c, step, 0, "已经用过"},
		{"older than the one used", code(noon.Add(-30 * time.Second)), step, 0, "已经用过"},
		{"empty", "", 0, 0, "不对"},
		{"longer", c + "0", 0, 0, "不对"},
	} {
		got, err := identity.CheckTOTP(key.Secret, test.code, noon, test.last)
		if got != test.want || (test.text == "") != (err == nil) || err != nil && (!fault.Is(err, fault.Unauthed) || !strings.Contains(fault.Message(err), test.text)) {
			t.Errorf("%s: got %d, %v", test.name, got, err)
		}
	}
	if _, err := identity.CheckTOTP("not base32!", c, noon, 0); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("bad secret: got %v", err)
	}
	if _, err := identity.NewTOTP(broken{}, "消保", "zhangsan"); err == nil {
		t.Error("a secret without random")
	}
}

func TestQR(t *testing.T) {
	key, _ := identity.NewTOTP(rand.Reader, "消保", "zhangsan")
	b, err := key.QR(200)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds().Dx() != 200 {
		t.Errorf("got %v, %v", img, err)
	}
	if _, err := (identity.TOTP{URL: "\x00"}).QR(200); err == nil {
		t.Error("drew nonsense")
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes, hashes, err := identity.NewRecoveryCodes(rand.Reader, 3)
	if err != nil || len(codes) != 3 || len(hashes) != 3 || slices.Contains(hashes, codes[0]) {
		t.Fatalf("got %v, %v, %v", codes, hashes, err)
	}
	typed := strings.ToUpper(strings.ReplaceAll(codes[1], "-", " "))
	left, err := identity.UseRecoveryCode(typed, hashes)
	if err != nil || !slices.Equal(left, []string{hashes[0], hashes[2]}) || len(hashes) != 3 {
		t.Fatalf("got %v, %v", left, err)
	}
	for name, code := range map[string]string{"used": codes[1], "empty": "", "the hash": hashes[0]} {
		if again, err := identity.UseRecoveryCode(code, left); !fault.Is(err, fault.Unauthed) || len(again) != 2 {
			t.Errorf("%s: got %v, %v", name, again, err)
		}
	}
	if _, _, err := identity.NewRecoveryCodes(broken{}, 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestLock(t *testing.T) {
	p := identity.DefaultLock
	for failures, want := range map[int]time.Duration{0: 0, 1: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute,
		11: 32 * time.Minute, 12: time.Hour, 13: time.Hour, 1 << 40: time.Hour} {
		if got := p.Until(identity.Attempts{Failures: failures, Last: noon}).Sub(noon); got != want {
			t.Errorf("after %d failures: got %v, want %v", failures, got, want)
		}
	}
	a := identity.Attempts{Failures: 5, Last: noon}
	for _, test := range []struct {
		after time.Duration
		want  string
	}{{0, "30 秒"}, {29*time.Second + 1, "1 秒"}, {30 * time.Second, ""}} {
		got, err := p.Begin(a, noon.Add(test.after))
		if test.want == "" {
			if err != nil || got.Failures != 6 || got.Last != noon.Add(test.after) {
				t.Errorf("after %v: got %+v, %v", test.after, got, err)
			}
		} else if !fault.Is(err, fault.TooMany) || !strings.Contains(fault.Message(err), test.want) || got != a {
			t.Errorf("after %v: got %+v, %v", test.after, got, err)
		}
	}
	if _, err := p.Begin(identity.Attempts{Failures: 7, Last: noon}, noon.Add(time.Second)); !strings.Contains(fault.Message(err), "2 分钟") {
		t.Errorf("got %v", err)
	}
	if got, err := p.Begin(identity.Attempts{Failures: 50, Last: noon}, noon.Add(24*time.Hour)); err != nil || got.Failures != 1 {
		t.Errorf("a day later: got %+v, %v", got, err)
	}
}

// What another copy noted a moment ahead locks as it should, and a few failures never
// lock; what a clock a year ahead left locks nobody once the clock is mended.
func TestLockAndClock(t *testing.T) {
	p := identity.DefaultLock
	for _, test := range []struct {
		failures int
		ahead    time.Duration
		want     time.Duration
	}{{2, 3 * time.Second, 0}, {2, time.Hour, 0}, {6, 3 * time.Second, time.Minute + 3*time.Second}, {40, p.Longest, 2 * p.Longest}, {40, p.Longest + 1, 0}, {6, 365 * 24 * time.Hour, 0}} {
		a := identity.Attempts{Failures: test.failures, Last: noon.Add(test.ahead)}
		if got := p.Left(a, noon); got != test.want {
			t.Errorf("%d failures, noted %v ahead: locked %v, want %v", test.failures, test.ahead, got, test.want)
		}
		if next, err := p.Begin(a, noon); test.want == 0 && (err != nil || next.Failures != test.failures+1 || next.Last != noon) {
			t.Errorf("%d failures, noted %v ahead: %+v, %v", test.failures, test.ahead, next, err)
		}
	}
}

// Whoever guesses as fast as he is let gets no more than this many a day, and
// waiting never makes a lock longer.
func TestLockHoldsGuessersBack(t *testing.T) {
	p := identity.DefaultLock
	var a identity.Attempts
	guesses := 0
	for now := noon; now.Before(noon.Add(24 * time.Hour)); now = now.Add(time.Second) {
		if next, err := p.Begin(a, now); err == nil {
			a, guesses = next, guesses+1
		}
	}
	if guesses > 36 {
		t.Errorf("%d guesses a day", guesses)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100).Draw(t, "failures")
		less, more := p.Until(identity.Attempts{Failures: n, Last: noon}), p.Until(identity.Attempts{Failures: n + 1, Last: noon})
		if more.Before(less) || more.Sub(noon) > p.Longest {
			t.Fatalf("%d: %v, then %v", n, less, more)
		}
	})
}

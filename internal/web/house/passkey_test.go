package house_test

import (
	"net/url"
	"testing"
	"time"

	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// A real browser with a key: registered on one's own page, asked for at the next
// sign-in and for a proof; without a public address the page says what is missing.
func TestSecurityKeyInBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://localhost:" + u.Port() // keys know names, not numbers
	p := webtest.Start(t, base)
	p.Open("/sign-in")
	in := func() {
		p.Fill("name", "handler")
		p.Fill("password", servertest.Password)
		p.ClickOn("main form button")
	}
	in()
	p.Open("/me")
	p.Want("base-url")
	p.Axe()

	w.App.SetPasskeys(base)
	p.SecurityKey()
	for _, width := range []int64{1440, 390} {
		p.Size(width, 1000)
		p.Open("/me")
		p.Axe()
		p.Fits()
	}
	p.Fill("name", "办公桌上的")
	p.Click("登记一把密钥")
	p.Want("安全密钥已登记")
	p.Want("办公桌上的")
	p.Keep("keys-me", 390)
	p.Size(1440, 1000)
	p.Open("/me")
	p.Axe()
	p.Keep("keys-me", 1440)

	w.Pass(16 * time.Minute)
	p.Open("/account/proof?back=/me")
	p.Want("使用安全密钥")
	p.Axe()
	p.Keep("keys-proof", 1440)
	p.Click("使用安全密钥")
	p.NextPage("/account/proof")
	p.Want("办公桌上的")

	w.Pass(40 * time.Minute) // the session is over
	p.Open("/me")
	in()
	p.Want("请插入或触碰您登记的安全密钥")
	p.Axe()
	p.Keep("keys-code", 1440)
	p.Click("使用安全密钥")
	p.NextPage("/sign-in/code")
	p.Open("/me")
	p.Want("办公桌上的")
}

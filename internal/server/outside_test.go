package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"xiaobao/internal/identity"
	"xiaobao/internal/identity/identitytest"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
)

const mapping = `
[[roles]]
group = "xiaobao-handlers"
roles = ["handler"]
[[roles]]
group = "xiaobao-leads"
roles = ["branch_lead"]
[[units]]
value = "北京"
unit = "0101"
[[units]]
value = "上海"
unit = "0102"
`

// sources lets people of the sections come in; first says what a first sign-in may do.
func sources(t *testing.T, w *servertest.World, first, sections string) {
	t.Helper()
	s, err := identity.ReadSources(identitytest.File(t, "first_signin = \""+first+"\"\n"+mapping+sections), w.Now)
	if err != nil {
		t.Fatal(err)
	}
	w.App.UseSources(s)
}

func single(t *testing.T, first string) (*servertest.World, *identitytest.Issuer) {
	t.Helper()
	w := servertest.New(t, nil)
	i := identitytest.NewIssuer(t, w.Now)
	i.Claims = map[string]any{"preferred_username": "zhao", "name": "赵单点", "groups": []string{"xiaobao-handlers"}, "department": "北京"}
	sources(t, w, first, i.Section(w.URL+"/sign-in/oidc/callback"))
	return w, i
}

// goes sends a browser to the issuer and returns the address that it comes back to.
func goes(t *testing.T, b *servertest.Browser) string {
	t.Helper()
	a := b.Get("/sign-in/oidc?back=/desk")
	if a.Status != 303 {
		t.Fatalf("leaves with %d %s", a.Status, a.Text())
	}
	r, err := b.Client.Get(a.Location())
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	at, err := url.Parse(r.Header.Get("Location"))
	if err != nil || r.StatusCode != http.StatusFound {
		t.Fatalf("the issuer answers %d, %v", r.StatusCode, err)
	}
	return at.RequestURI()
}

// From the button to the desk: the person is hired at the first sign-in with the
// mapped unit and role, follows the source at the next, and is out when it gives
// no role any more.
func TestSingleSignOn(t *testing.T) {
	w, i := single(t, identity.FirstCreate)
	b := w.Browser()
	if a := b.Get("/sign-in"); !strings.Contains(a.Body, `href="/sign-in/oidc?back=`) {
		t.Error("no button of the single sign-on")
	}
	back := goes(t, b)
	if a := b.Get(back); a.Status != 303 || a.Location() != "/desk" {
		t.Fatalf("comes in with %d %s %s", a.Status, a.Location(), a.Text())
	}
	if a := b.Get("/me"); a.Status != 200 || !strings.Contains(a.Text(), "赵单点") || !strings.Contains(a.Text(), "北京分行") {
		t.Errorf("who he is: %d %s", a.Status, a.Text())
	}
	if a := b.Get(back); a.Status == 303 {
		t.Error("the same way back a second time")
	}
	if a := w.Browser().Get(goes(t, w.Browser())); a.Status != 401 {
		t.Errorf("another browser comes back with the code: %d", a.Status)
	}
	info, err := w.App.SessionActor(ctx, b.Token())
	if err != nil {
		t.Fatal(err)
	}
	if a := w.As("admin").Post("/people/person/" + string(info.Actor.Person()) + "/password"); a.Status != 409 {
		t.Errorf("a password of ours for somebody from outside: %d", a.Status)
	}
	i.Claims["groups"], i.Claims["department"] = []string{"xiaobao-leads"}, "上海"
	b2 := w.Browser()
	if a := b2.Get(goes(t, b2)); a.Status != 303 {
		t.Fatalf("second sign-in: %d", a.Status)
	}
	now, err := w.App.SessionActor(ctx, b2.Token())
	if err != nil || now.Actor.Person() != info.Actor.Person() || !now.Actor.Has(party.BranchLead) || now.Actor.Has(party.Handler) || now.Actor.Unit != "0102" {
		t.Errorf("does not follow the source: %+v %v", now.Actor, err)
	}
	i.Claims["groups"] = []string{"somewhere-else"}
	b3 := w.Browser()
	if a := b3.Get(goes(t, b3)); a.Status != 403 || b3.Token() != "" {
		t.Errorf("without a role: %d", a.Status)
	}
	if _, err := w.App.SessionActor(ctx, b2.Token()); err == nil {
		t.Error("the earlier session goes on without a role")
	}
}

// An issuer that misbehaves lets nobody in.
func TestOIDC(t *testing.T) {
	w, i := single(t, identity.FirstCreate)
	claims := func(name string, value any) func() { return func() { i.Claims[name] = value } }
	for _, tt := range []struct {
		name string
		bad  func()
	}{
		{"wrong nonce", claims("nonce", "another")}, {"no nonce", claims("nonce", nil)}, {"wrong audience", claims("aud", "another-client")}, {"expired", claims("exp", w.Now().Unix()-60)},
		{"another issuer", claims("iss", "https://evil.example")}, {"no subject", claims("sub", "")}, {"unsigned", func() { i.Alg = "none" }}, {"signed by somebody else", func() { i.Alg = "other" }},
		{"shared secret", func() { i.Alg = "HS256" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kept, alg := map[string]any{}, i.Alg
			for k, v := range i.Claims {
				kept[k] = v
			}
			tt.bad()
			b := w.Browser()
			if a := b.Get(goes(t, b)); a.Status != 401 || b.Token() != "" || !strings.Contains(a.Text(), "单点登录没有成功") {
				t.Errorf("%d %s", a.Status, a.Text())
			}
			i.Claims, i.Alg = kept, alg
		})
	}
	b := w.Browser()
	back := goes(t, b)
	if a := b.Get(strings.Replace(back, "state=", "state=x", 1)); a.Status != 401 {
		t.Errorf("another state: %d", a.Status)
	}
	i.Stop()
	if a := b.Get("/sign-in/oidc/callback?state=x&code=y"); a.Status != 401 {
		t.Errorf("nobody asked: %d", a.Status)
	}
	if a := w.Browser().Post("/sign-in", "name", "admin", "password", servertest.Password); a.Status != 303 {
		t.Errorf("a local account while the issuer is away: %d", a.Status)
	}
}

// Nobody new comes in unless the file says so, nobody takes an administrator's
// place by having his name, and a name that is tied is not tied again.
func TestFirstSignIn(t *testing.T) {
	for _, tt := range []struct {
		first, login string
		status       int
	}{
		{identity.FirstRefuse, "handler", 403}, {identity.FirstRefuse, "zhao", 403}, {identity.FirstLink, "zhao", 403}, {identity.FirstLink, "handler", 303},
		{identity.FirstLink, "admin", 403}, {identity.FirstCreate, "zhao", 303}, {identity.FirstCreate, "ADMIN", 403}, {identity.FirstCreate, "", 403},
	} {
		w, i := single(t, tt.first)
		i.Claims["preferred_username"] = tt.login
		b := w.Browser()
		if a := b.Get(goes(t, b)); a.Status != tt.status {
			t.Errorf("%s %q: %d %s, want %d", tt.first, tt.login, a.Status, a.Text(), tt.status)
		}
		if tt.first != identity.FirstLink || tt.login != "handler" {
			continue
		}
		if a := w.Browser().Post("/sign-in", "name", "handler", "password", servertest.Password); a.Status != 401 {
			t.Errorf("the local password of somebody who is tied: %d", a.Status)
		}
		i.Claims["sub"] = "s-2"
		other := w.Browser()
		if a := other.Get(goes(t, other)); a.Status != 403 {
			t.Errorf("somebody else under the same name: %d", a.Status)
		}
	}
	w := servertest.New(t, nil)
	if a := w.Browser().Get("/sign-in/oidc"); a.Status != 404 {
		t.Errorf("without an issuer: %d", a.Status)
	}
	if a := w.Browser().Get("/sign-in"); strings.Contains(a.Body, "/sign-in/oidc") {
		t.Error("a button without an issuer")
	}
}

func wang(dn, password string, more map[string][]string) identitytest.Entry {
	e := identitytest.Entry{DN: dn, Password: password, Attributes: map[string][]string{"sAMAccountName": {"wang"}, "displayName": {"王目录"}, "objectGUID": {"\x01\x02\xff" + dn},
		"memberOf": {"CN=xiaobao-handlers,OU=groups,DC=example"}, "department": {"北京"}, "userAccountControl": {"512"}}}
	for name, values := range more {
		e.Attributes[name] = values
	}
	return e
}

// A directory: who it knows comes in with the same form, and who it refuses, has
// switched off or no longer knows does not. The proof asks the directory too.
func TestLDAP(t *testing.T) {
	w := servertest.New(t, nil)
	d := identitytest.NewDirectory(t)
	sources(t, w, identity.FirstCreate, d.Section(t))
	const dn, password = "cn=wang,dc=example", "directory-secret-1"
	d.Set(wang(dn, password, nil))
	signIn := func(name, password string) (*servertest.Browser, servertest.Answer) {
		b := w.Browser()
		return b, b.Post("/sign-in", "name", name, "password", password, "back", "/me")
	}
	b, a := signIn("Wang", password)
	if a.Status != 303 {
		t.Fatalf("comes in with %d %s", a.Status, a.Text())
	}
	if a := b.Get("/me"); !strings.Contains(a.Text(), "王目录") || !strings.Contains(a.Text(), "北京分行") {
		t.Errorf("who he is: %s", a.Text())
	}
	if a := b.Post("/account/proof", "password", "wrong"); a.Status != 422 {
		t.Errorf("a proof with a wrong password: %d", a.Status)
	}
	if a := b.Post("/account/proof", "password", password); a.Status != 303 {
		t.Errorf("a proof with the directory's password: %d %s", a.Status, a.Text())
	}
	if a := b.Post("/account/password", "old", password, "new", "lake-Ox7-mirror-2", "again", "lake-Ox7-mirror-2"); a.Status != 409 {
		t.Errorf("a password of ours beside the directory's: %d", a.Status)
	}
	for _, tt := range []struct{ name, login, password string }{
		{"wrong password", "wang", "wrong"}, {"empty password", "wang", ""}, {"unknown", "nobody", password}, {"every name", "*", password}, {"a filter", "wang)(objectClass=*", password}, {"a closed filter", "*))(|(cn=*", password}, {"zero byte", "wang\x00", password},
	} {
		if _, a := signIn(tt.login, tt.password); a.Status != 401 || !strings.Contains(a.Text(), "登录名或密码不对") {
			t.Errorf("%s: %d %s", tt.name, a.Status, a.Text())
		}
	}
	for _, f := range d.Filters() {
		if strings.Count(f, "(") != 3 || strings.Contains(f, "=*)") {
			t.Errorf("the name got out of its place: %s", f)
		}
	}
	for _, tt := range []struct {
		name    string
		entries []identitytest.Entry
		status  int
	}{
		{"switched off", []identitytest.Entry{wang(dn, password, map[string][]string{"userAccountControl": {"514"}})}, 403},
		{"no group", []identitytest.Entry{wang(dn, password, map[string][]string{"memberOf": {"CN=others,DC=example"}})}, 403},
		{"gone", nil, 401},
		{"twice", []identitytest.Entry{wang(dn, password, nil), wang("cn=wang,ou=2,dc=example", password, nil)}, 401},
		{"back again", []identitytest.Entry{wang(dn, password, nil)}, 303},
	} {
		w.Pass(25 * 3600e9) // what failed before is forgotten
		d.Set(tt.entries...)
		if _, a := signIn("wang", password); a.Status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, a.Status, a.Text(), tt.status)
		}
	}
}

// While the directory hangs or is away, its people are told so and not locked, and
// people with a password of ours come in.
func TestDirectoryAway(t *testing.T) {
	w := servertest.New(t, nil)
	d := identitytest.NewDirectory(t)
	sources(t, w, identity.FirstCreate, d.Section(t))
	d.Set(wang("cn=wang,dc=example", "directory-secret-1", nil))
	d.Hang = true
	for range 2 {
		if a := w.Browser().Post("/sign-in", "name", "wang", "password", "directory-secret-1"); a.Status != 503 || !strings.Contains(a.Text(), "连不上") {
			t.Errorf("while it hangs: %d %s", a.Status, a.Text())
		}
	}
	d.Stop()
	for range 8 {
		if a := w.Browser().Post("/sign-in", "name", "wang", "password", "directory-secret-1"); a.Status != 503 {
			t.Errorf("while it is away: %d %s", a.Status, a.Text())
		}
	}
	if a := w.Browser().Post("/sign-in", "name", "admin", "password", servertest.Password); a.Status != 303 {
		t.Errorf("the local administrator: %d", a.Status)
	}
}

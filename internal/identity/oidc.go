package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"xiaobao/internal/fault"
)

type oidcFile struct {
	Issuer      string   `toml:"issuer"`
	ClientID    string   `toml:"client_id"`
	SecretFile  string   `toml:"client_secret_file"`
	RedirectURL string   `toml:"redirect_url"`
	Scopes      []string `toml:"scopes"`
	Login       string   `toml:"login_claim"`
	Name        string   `toml:"name_claim"`
	Groups      string   `toml:"groups_claim"`
	Unit        string   `toml:"unit_claim"`
	Label       string   `toml:"label"`
	Timeout     string   `toml:"timeout"`
}

// OIDC is an issuer of OpenID Connect: authorization code with PKCE, state and
// nonce. It is asked for its addresses when somebody first comes by it.
type OIDC struct {
	Label  string // on the button
	file   oidcFile
	secret string
	now    func() time.Time
	client *http.Client
	mu     sync.Mutex
	source *oidc.Provider
}

// oidcAlgorithms are the signatures that are taken; "none" and shared secrets never.
var oidcAlgorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

func (f oidcFile) open(near func(string) string, now func() time.Time) (*OIDC, error) {
	secret, err := secretOf(near(f.SecretFile))
	if err != nil {
		return nil, err
	}
	if f.Issuer == "" || f.ClientID == "" || f.RedirectURL == "" {
		return nil, fault.New(fault.Invalid, "须写 issuer、client_id 和 redirect_url（本系统地址加 /sign-in/oidc/callback）")
	}
	wait, err := timeoutOf(f.Timeout)
	if err != nil {
		return nil, err
	}
	for value, otherwise := range map[*string]string{&f.Login: "preferred_username", &f.Name: "name", &f.Groups: "groups", &f.Unit: "department", &f.Label: "单点登录"} {
		if *value == "" {
			*value = otherwise
		}
	}
	return &OIDC{Label: f.Label, file: f, secret: secret, now: now, client: &http.Client{Timeout: wait}}, nil
}

func timeoutOf(text string) (time.Duration, error) {
	if text == "" {
		return 5 * time.Second, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fault.New(fault.Invalid, "timeout 写成 5s、800ms 这样的时长，不能是 %s", text)
	}
	return d, nil
}

// provider asks the issuer for its addresses and keeps them; a failure is asked again.
func (o *OIDC) provider(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.source != nil {
		return o.source, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.file.Issuer)
	if err != nil {
		return nil, away(ctx, err, "单点登录服务")
	}
	o.source = p
	return p, nil
}

func (o *OIDC) config(p *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: o.file.ClientID, ClientSecret: o.secret, RedirectURL: o.file.RedirectURL, Endpoint: p.Endpoint(),
		Scopes: append([]string{oidc.ScopeOpenID, "profile"}, o.file.Scopes...)}
}

// Errand is what a browser keeps between leaving for the issuer and coming back.
type Errand struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Back     string `json:"b"` // where to go afterwards
}

// Text writes the errand for a cookie.
func (e Errand) Text() string {
	b, err := json.Marshal(e)
	if err != nil {
		return "" // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseErrand reads what Text wrote; anything else is the zero Errand, which no
// answer fits.
func ParseErrand(text string) (e Errand) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &e) != nil {
		return Errand{}
	}
	return e
}

// Begin returns the address of the issuer to send a browser to, and what the
// browser is to bring back. again asks the issuer to have the person prove anew
// who he is.
func (o *OIDC) Begin(ctx context.Context, back string, again bool) (string, Errand, error) {
	p, err := o.provider(ctx)
	if err != nil {
		return "", Errand{}, err
	}
	e := Errand{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Back: back}
	options := []oauth2.AuthCodeOption{oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	c := o.config(p)
	return c.AuthCodeURL(e.State, options...), e, nil
}

func refusedOutside() error {
	return fault.New(fault.Unauthed, "单点登录没有成功，请回到登录页重新开始；多次出现请联系系统管理员。")
}

// Finish takes what the issuer sent the browser back with and returns who came.
// Whatever is not as it must be (state, code, signature, issuer, audience, time,
// nonce) is one and the same refusal; the reason is wrapped for the log.
func (o *OIDC) Finish(ctx context.Context, e Errand, state, code string) (Outside, error) {
	if e.State == "" || subtle.ConstantTimeCompare([]byte(e.State), []byte(state)) != 1 || code == "" {
		return Outside{}, refusedOutside()
	}
	p, err := o.provider(ctx)
	if err != nil {
		return Outside{}, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	c := o.config(p)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return Outside{}, fault.Wrap(fault.Unauthed, err, "%s", refusedOutside().Error())
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.file.ClientID, SupportedSigningAlgs: oidcAlgorithms, Now: o.now}).Verify(ctx, raw)
	if err != nil {
		return Outside{}, fault.Wrap(fault.Unauthed, err, "%s", refusedOutside().Error())
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(e.Nonce)) != 1 || id.Subject == "" {
		return Outside{}, refusedOutside()
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return Outside{}, fault.Wrap(fault.Unauthed, err, "%s", refusedOutside().Error())
	}
	return Outside{Source: "oidc:" + id.Issuer, Subject: id.Subject, Login: strings.TrimSpace(first(claims[o.file.Login])), Name: first(claims[o.file.Name]),
		Groups: textsOf(claims[o.file.Groups]), Unit: first(claims[o.file.Unit])}, nil
}

// textsOf reads a claim that may be one text or a list of them.
func textsOf(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

func first(v any) string {
	if all := textsOf(v); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Package identitytest has stand-ins for what people sign in by outside: an issuer
// of OpenID Connect and a directory, which also behave as they should not.
package identitytest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Issuer is an issuer that gives one person a code at once, without a page.
type Issuer struct {
	URL string
	// Claims are put over the claims of the next tokens: a nil value takes one away.
	Claims map[string]any
	// Alg is the algorithm that the tokens name; "none" leaves them unsigned, and
	// "other" signs with a key that nobody knows.
	Alg    string
	Now    func() time.Time
	mu     sync.Mutex
	codes  map[string]url.Values // of the request that got them
	key    *rsa.PrivateKey
	server *httptest.Server
}

// ClientID is how the issuer knows us.
const ClientID = "xiaobao"

// NewIssuer starts one.
func NewIssuer(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Alg: "RS256", Now: now, codes: map[string]url.Values{}, key: key, Claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": text(key.N.Bytes()), "e": text(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("/authorize", i.authorize)
	mux.HandleFunc("/token", i.token)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	return i
}

// Stop makes the issuer answer nobody.
func (i *Issuer) Stop() { i.server.Close() }

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client is gone when this fails
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// authorize sends the browser back with a code.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" || q.Get("response_type") != "code" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

// token gives a token for a code, once, and only to who knows the verifier.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	asked, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || text(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": i.URL, "aud": ClientID, "sub": "s-1", "nonce": asked.Get("nonce"), "iat": i.Now().Unix(), "exp": i.Now().Add(5 * time.Minute).Unix()}
	for name, value := range i.Claims {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	answer(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *Issuer) sign(claims map[string]any) string {
	key, alg := i.key, i.Alg
	if alg == "other" {
		alg = "RS256"
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	head, _ := json.Marshal(map[string]any{"alg": alg, "kid": "1", "typ": "JWT"})
	body, _ := json.Marshal(claims)
	signed := text(head) + "." + text(body)
	if alg == "none" {
		return signed + "."
	}
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return ""
	}
	return signed + "." + text(sig)
}

// Section is the part of the file of sources that describes the issuer.
func (i *Issuer) Section(redirect string) string {
	return "[oidc]\nissuer = \"" + i.URL + "\"\nclient_id = \"" + ClientID + "\"\nredirect_url = \"" + redirect + "\"\ntimeout = \"2s\"\n"
}

// File writes a file of sources and returns its path.
func File(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "identity.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"xiaobao/internal/fault"
)

// secretPrefix begins the secret of a webhook (Standard Webhooks 1.0).
const secretPrefix = "whsec_"

// HookSecret writes the secret of a webhook for its receiver.
func HookSecret(key []byte) Secret {
	return Secret(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// Sign returns the header webhook-signature of a message: for each secret "v1," and
// HMAC-SHA256 over id, time and body, with a space between. There are two while a
// secret is being replaced.
func Sign(secrets []Secret, id string, at time.Time, body []byte) (string, error) {
	var out []string
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(s), secretPrefix))
		if err != nil || len(key) == 0 {
			return "", errBadSecret
		}
		m := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(m, "%s.%d.", id, at.Unix()) // a hash takes everything
		_, _ = m.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	if len(out) == 0 {
		return "", errBadSecret
	}
	return strings.Join(out, " "), nil
}

var errBadSecret = errors.New("post: the secret of the webhook is not right")

// anyHost in the list of hosts lets webhooks go to every public one.
const anyHost = "*"

// HookPolicy says whom webhooks may reach. The zero value reaches nobody.
type HookPolicy struct {
	Hosts    []string       // that may be reached: names, ".bank.example" for all below it, "*" for any
	Plain    []string       // of these, hosts that may be reached without TLS
	Inside   []netip.Prefix // networks of the house that may be reached
	Timeout  time.Duration  // of one delivery, answer included
	Roots    *x509.CertPool
	Resolver *net.Resolver // nil: that of the machine
}

// On reports whether webhooks may go anywhere.
func (p HookPolicy) On() bool { return len(p.Hosts) > 0 }

// listed reports whether a host is among those that may be reached.
func (p HookPolicy) listed(host string) bool {
	return slices.ContainsFunc(p.Hosts, func(h string) bool {
		return h == anyHost || strings.EqualFold(h, host) || strings.HasPrefix(h, ".") && strings.HasSuffix(strings.ToLower(host), strings.ToLower(h))
	})
}

// maxHookAddress bounds the address of a receiver, in bytes.
const maxHookAddress = 1000

// Check refuses an address that a webhook cannot have.
func (p HookPolicy) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case len(address) > maxHookAddress || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fault.New(fault.Invalid, "接收地址不能有空格，也不能超过 %d 个字符", maxHookAddress)
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return fault.New(fault.Invalid, "接收地址不是网址，应像 https://hooks.bank.example/xiaobao 这样")
	case u.User != nil || u.Fragment != "":
		return fault.New(fault.Invalid, "接收地址里不能写用户名、密码或 #")
	case !p.listed(u.Hostname()):
		return fault.New(fault.Invalid, "接收地址的主机 %s 不在配置 webhook-hosts 里，请由运维加上", u.Hostname())
	case u.Scheme == "http" && !slices.Contains(p.Plain, u.Hostname()):
		return fault.New(fault.Invalid, "接收地址须为 https；%s 不在配置 webhook-http-hosts 里", u.Hostname())
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !p.allowed(ip) {
		return refusedAddress(ip)
	}
	return nil
}

func refusedAddress(ip netip.Addr) error {
	return fault.New(fault.Invalid, "%s 是机构内部或本机的地址，不能作为接收地址；确需时由运维在配置 webhook-networks 里写明网段", ip)
}

// special are networks beyond those that netip knows as private: addresses of
// carriers, of tests and books, of translation and of v4 within v6.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "5f00::/16", "fec0::/10")

func prefixes(text ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(text))
	for i, t := range text {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// allowed reports whether an address may be connected to.
func (p HookPolicy) allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	in := func(n netip.Prefix) bool { return n.Contains(ip) }
	if slices.ContainsFunc(p.Inside, in) {
		return true
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special, in)
}

// maxAnswer bounds how much of an answer is read, in bytes.
const maxAnswer = 16 << 10

// errInside says that a name led to an address that is not allowed.
var errInside = errors.New("主机名指向机构内部或本机的地址，配置 webhook-networks 里没有它")

// client connects to what the policy allows, judged at each connection, after the
// name was resolved: what a name meant before is of no account.
func (p HookPolicy) client() *http.Client {
	d := &net.Dialer{Timeout: p.Timeout, Resolver: p.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !p.allowed(at.Addr()) {
			return errInside
		}
		return nil
	}}
	return &http.Client{Timeout: p.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: nil, DialContext: d.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots}}}
}

// HookMessage is what a webhook says.
type HookMessage struct {
	ID   string    // the same at every try
	At   time.Time // of this try: it is signed, so that nobody can say it again later
	Body []byte    // JSON
}

// Deliver posts a message to the address of a webhook, signed with its secrets.
// Only an answer of 2xx takes it; 410 says that nobody wants any more.
func (p HookPolicy) Deliver(ctx context.Context, address string, secrets []Secret, m HookMessage) Outcome {
	if err := p.Check(address); err != nil {
		return Outcome{Text: words(fault.Message(err)), Err: err}
	}
	signature, err := Sign(secrets, m.ID, m.At, m.Body)
	if err != nil {
		return Outcome{Text: words(err.Error()), Final: true, Err: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(m.Body))
	if err != nil {
		return Outcome{Text: "bad address", Final: true, Err: err}
	}
	r.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"},
		"User-Agent": {"xiaobao"}, "Webhook-Id": {m.ID}, "Webhook-Timestamp": {strconv.FormatInt(m.At.Unix(), 10)}, "Webhook-Signature": {signature}}
	a, err := p.client().Do(r)
	if err != nil {
		return Outcome{Text: words(reason(err)), Err: err}
	}
	defer a.Body.Close()
	_, _ = io.CopyN(io.Discard, a.Body, maxAnswer) // nothing in it matters
	return answered(a, m.At)
}

// answered is what an answer means. One that asks to wait says so in its text.
func answered(a *http.Response, at time.Time) Outcome {
	out := Outcome{Code: a.StatusCode, Text: http.StatusText(a.StatusCode), Final: a.StatusCode == http.StatusGone}
	if a.StatusCode >= 200 && a.StatusCode <= 299 {
		return out
	}
	out.Err = errors.New(a.Status)
	if a.StatusCode == http.StatusTooManyRequests || a.StatusCode == http.StatusServiceUnavailable {
		if out.After = retryAfter(a.Header.Get("Retry-After"), at); out.After > 0 {
			out.Text += ", Retry-After: " + out.After.String()
		}
	}
	return out
}

// longestAfter bounds what is believed of the header Retry-After, so that no number
// overflows. What is waited is bounded above, by data.
const longestAfter = 10 * 365 * 24 * time.Hour

// retryAfter reads the header Retry-After, seconds or a date (RFC 9110, 10.2.3), as the
// time from at on; 0 for one that says nothing, or a time that is over.
func retryAfter(text string, at time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if digits := strings.TrimLeft(text, "0"); text != "" && strings.Trim(text, "0123456789") == "" {
		if len(digits) > len("999999999") {
			return longestAfter
		}
		seconds, _ := strconv.Atoi(digits) // no digits left: none
		return min(time.Duration(seconds)*time.Second, longestAfter)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(at).Truncate(time.Second), 0), longestAfter)
}

// reason is what went wrong, without the address, which may hold a token.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return "timeout"
		}
		err = u.Err
	}
	return because(err)
}

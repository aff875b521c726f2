package post_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
)

// trust is a server's certificate and what the program trusts, and the sentence
// that refuses it; "" where it is good.
type trust struct {
	name  string
	cert  tls.Certificate
	roots *x509.CertPool
	want  string
}

func trusts(t *testing.T) []trust {
	ours, theirs := posttest.NewCA(t), posttest.NewCA(t)
	soon := time.Now().Add(time.Hour)
	good := ours.Certificate(soon, "127.0.0.1")
	byFile := func(use func([]*x509.Certificate) *x509.CertPool, ca *posttest.CA) *x509.CertPool {
		certs, err := post.ReadAuthorities(ca.File(), "smtp-ca-file")
		if err != nil {
			t.Fatal(err)
		}
		return use(certs)
	}
	return []trust{
		{"good", good, ours.Roots, ""},
		{"authority of a file", good, byFile(post.Only, ours), ""},
		{"authority of a file beside", good, byFile(post.Beside, ours), ""},
		{"authority of another file", good, byFile(post.Only, theirs), "不是由本机信任的机构签发"},
		{"no file", good, post.Only(nil), "不是由本机信任的机构签发"},
		{"wrong name", ours.Certificate(soon, "other.example"), ours.Roots, "不是 127.0.0.1 的"},
		{"unknown authority", good, theirs.Roots, "不是由本机信任的机构签发"},
		{"over", ours.Certificate(time.Now().Add(-time.Hour), "127.0.0.1"), ours.Roots, "过期"},
	}
}

const password = "geheim-4711"

// secretIn reports whether the password came over the wire in any form in which it
// could be read.
func secretIn(wire string) bool {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00xiaobao\x00" + password))
	return strings.Contains(wire, password) || strings.Contains(wire, plain) || strings.Contains(wire, base64.StdEncoding.EncodeToString([]byte(password))) || strings.Contains(wire, "TS2026")
}

// eachTrust runs fn for every way to protect a connection with every certificate.
func eachTrust(t *testing.T, fn func(t *testing.T, mode posttest.Mode, way post.TLS, test trust)) {
	for mode, way := range map[posttest.Mode]post.TLS{posttest.Implicit: post.Implicit, posttest.StartTLS: post.StartTLS, posttest.Stripped: post.StartTLS} {
		for _, test := range trusts(t) {
			if mode == posttest.Stripped {
				test.want = "不提供 STARTTLS"
			}
			t.Run(string(mode)+" "+test.name, func(t *testing.T) { fn(t, mode, way, test) })
		}
	}
}

// probed asks that a probe went as the certificate deserves.
func (test trust) probed(t *testing.T, err error) {
	t.Helper()
	if (err == nil) != (test.want == "") || err != nil && (!fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), test.want)) {
		t.Errorf("probe: %v, want %q", err, test.want)
	}
}

// A mail and the password leave only to the server that is meant, protected; what is
// refused is refused with a sentence, before anything was said.
func TestSMTPOverTLS(t *testing.T) {
	eachTrust(t, func(t *testing.T, mode posttest.Mode, way post.TLS, test trust) {
		s := posttest.StartSecureSMTP(t, mode, test.cert)
		c := local(s)
		c.TLS, c.Roots, c.User, c.Password, c.Timeout = way, test.roots, "xiaobao", password, 5*time.Second
		got := c.Send(ctx, letter)
		if (got.Err == nil) != (test.want == "") || !strings.Contains(got.Text, test.want) || (len(s.Taken()) == 1) != (test.want == "") {
			t.Errorf("sent: %+v, want %q; the server has %d", got, test.want, len(s.Taken()))
		}
		test.probed(t, c.Probe(ctx))
		if secretIn(s.Clear()) {
			t.Errorf("in clear: %s", s.Clear())
		}
	})
}

// The same for the mailbox.
func TestIMAPOverTLS(t *testing.T) {
	eachTrust(t, func(t *testing.T, mode posttest.Mode, way post.TLS, test trust) {
		s := posttest.StartSecureIMAP(t, mode, test.cert)
		c := box(s)
		c.TLS, c.Roots = way, test.roots
		test.probed(t, c.Probe(ctx))
		if wire := s.Came(); wire == "" && test.want == "" || strings.Contains(strings.ToUpper(wire), "LOGIN") {
			t.Errorf("in clear: %q", wire)
		}
	})
}

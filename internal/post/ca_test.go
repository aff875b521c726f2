package post_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
)

// A file of authorities that is none is refused with a sentence that names the file and
// the setting; one that holds a key is, before anybody copies it further.
func TestReadAuthorities(t *testing.T) {
	pem, err := os.ReadFile(posttest.NewCA(t).File())
	if err != nil {
		t.Fatal(err)
	}
	good, dir := string(pem), t.TempDir()
	for name, test := range map[string]struct {
		text string
		n    int
		want string
	}{
		"one":             {good, 1, ""},
		"two, and words":  {"# 根证书\n" + good + "\n" + good, 2, ""},
		"empty":           {"", 0, "没有 PEM 格式的证书"},
		"no PEM":          {"\x30\x82\x01", 0, "没有 PEM 格式的证书"},
		"a key":           {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + good, 0, "不要放私钥"},
		"a broken one":    {good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0, "第 2 张证书读不懂"},
		"half of one":     {good[:len(good)/2], 0, "没有 PEM 格式的证书"},
		"one line is bad": {strings.Replace(good, "M", "!", 1), 0, "没有 PEM 格式的证书"},
	} {
		path := filepath.Join(dir, "ca.pem")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := post.ReadAuthorities(path, "smtp-ca-file")
		if len(got) != test.n || (err == nil) != (test.want == "") {
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), test.want) || !strings.Contains(fault.Message(err), path) || !strings.Contains(fault.Message(err), "smtp-ca-file")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := post.ReadAuthorities(filepath.Join(dir, "none"), "imap-ca-file"); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "imap-ca-file") {
		t.Errorf("no file: %v", err)
	}
	if got, err := post.ReadAuthorities("", "x"); got != nil || err != nil || post.Only(got) != nil || post.Beside(got) != nil {
		t.Errorf("no setting: %v, %v", got, err)
	}
}

// What stands beside the system's authorities leaves those as they are; what stands
// alone leaves none of them.
func TestBeside(t *testing.T) {
	ca := posttest.NewCA(t)
	certs, err := post.ReadAuthorities(ca.File(), "x")
	if err != nil {
		t.Fatal(err)
	}
	system, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	system.AddCert(certs[0])
	if !post.Beside(certs).Equal(system) || !post.Only(certs).Equal(ca.Roots) {
		t.Error("the pools are not as they should be")
	}
	early := *certs[0]
	early.NotAfter = early.NotAfter.Add(-time.Minute)
	if got := post.FirstEnd(append(certs, &early)); !got.Equal(early.NotAfter) || !post.FirstEnd(nil).IsZero() {
		t.Errorf("first end %s", got)
	}
}

// A receiver whose certificate an authority of the house has issued is reached when the
// configuration names that one, and never on trust.
func TestDeliverOverTLS(t *testing.T) {
	for _, test := range trusts(t) {
		asked := 0
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{test.cert}, MinVersion: tls.VersionTLS12}
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are refused
		s.StartTLS()
		p := inside()
		p.Roots, p.Timeout = test.roots, 5*time.Second
		got := p.Deliver(ctx, s.URL, []post.Secret{secret}, say("m", "{}"))
		if (got.Err == nil) != (test.want == "") || test.want != "" && !strings.Contains(got.Text, test.want) || (asked == 1) != (test.want == "") {
			t.Errorf("%s: %+v, asked %d times, want %q", test.name, got, asked, test.want)
		}
		s.Close()
	}
}

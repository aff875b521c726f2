// Package post is the way out of the house and in: e-mail by SMTP and IMAP, webhooks
// by HTTPS. It dials only the hosts that its configuration names, knows nothing of cases or people, and
// keeps nothing: what is sent when, and how often it is tried, is decided above it.
package post

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// Outcome is what came of one try to hand something over.
type Outcome struct {
	Code  int    // of the other side: an SMTP reply or an HTTP status, 0 without one
	Text  string // its words, short, without addresses
	Final bool   // trying again is of no use
	Err   error  // nil: it was taken

	After time.Duration // the other side asks not to be tried again before so long; 0: it says nothing
}

// Secret is text that never prints as it is.
type Secret string

// String hides the secret.
func (s Secret) String() string { return strings.Repeat("•", min(len(s), 6)) }

// maxSecret bounds a password file, in bytes.
const maxSecret = 4096

// ReadSecret reads the file of a password: one line. what names the setting in the
// sentence that says what is wrong.
func ReadSecret(path, what string) (Secret, error) {
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path) // #nosec G304: named by the operator
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "读不了密码文件 %s（%s）", path, what)
	}
	s := strings.TrimSpace(string(raw))
	if s == "" || len(s) > maxSecret || strings.ContainsAny(s, "\r\n") {
		return "", fault.New(fault.Invalid, "密码文件 %s（%s）不对：应只有一行密码", path, what)
	}
	return Secret(s), nil
}

// Mask hides an address as lists show it: the first letter and the domain.
func Mask(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok || name == "" {
		return strings.Repeat("*", min(len(address), 3))
	}
	first := []rune(name)[:1]
	return string(first) + "***@" + domain
}

// maxText bounds what is kept of the other side's words, in characters.
const maxText = 200

// words cuts the text of the other side to one short line without control
// characters and without what must not be kept.
func words(text string, hide ...string) string {
	for _, h := range hide {
		if h != "" {
			text = strings.ReplaceAll(text, h, Mask(h))
		}
	}
	clean := []rune(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))), " "))
	return string(clean[:min(len(clean), maxText)])
}

// because says what went wrong: in a sentence for what an operator can mend, else in
// the words of the innermost error.
func because(err error) string {
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "服务器的证书不是 " + name.Host + " 的，没有登录也没有发送任何内容"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "服务器的证书不是由本机信任的机构签发的，没有登录也没有发送任何内容；内部签发的，请在配置里用 smtp-ca-file、imap-ca-file 或 webhook-ca-file 写明根证书"
	}
	if bad, ok := errors.AsType[x509.CertificateInvalidError](err); ok && bad.Reason == x509.Expired {
		return "服务器的证书已过期或尚未生效，没有登录也没有发送任何内容"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "找不到主机 " + dns.Name
	}
	if text := root(err); !errors.Is(err, errNoStartTLS) && !strings.Contains(text, "STARTTLS") { // go-mail has no error of its own for it
		return text
	}
	return "服务器不提供 STARTTLS，没有登录也没有发送任何内容；请核对端口，或改用 tls"
}

// root is the innermost error, whose words say what happened without the layers.
func root(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return fmt.Sprint(err)
		}
		err = next
	}
}

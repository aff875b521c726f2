package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"xiaobao/internal/fault"
)

// TLS is how a connection to a mail server is protected.
type TLS string

// The ways: TLS from the first byte, TLS after STARTTLS or no connection, none
// (for a relay on the machine itself).
const (
	Implicit TLS = "tls"
	StartTLS TLS = "starttls"
	Plain    TLS = "none"
)

// SMTP is the server that mail leaves through. The zero value is none.
type SMTP struct {
	Host     string
	Port     int
	TLS      TLS
	User     string // "" signs in nowhere
	Password Secret
	From     string        // address that mail comes from, also where bounces go
	Name     string        // name beside it
	Timeout  time.Duration // to connect and sign in, and again to send
	Roots    *x509.CertPool
}

// Address is host and port of the server.
func (c SMTP) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// On reports whether there is a server.
func (c SMTP) On() bool { return c.Host != "" }

// Check refuses a configuration that cannot work or would send a password in clear.
func (c SMTP) Check() error {
	if !c.On() {
		return nil
	}
	if err := checkServer("smtp", c.Host, c.Port, c.TLS, c.User, c.Password); err != nil {
		return err
	}
	if _, err := mail.ParseAddress(c.From); err != nil || strings.ContainsAny(c.From, "<>\r\n") {
		return fault.New(fault.Invalid, "smtp-from 的值 %s 不是邮箱地址，例如 xiaobao@bank.example", c.From)
	}
	return nil
}

func checkServer(what, host string, port int, t TLS, user string, password Secret) error {
	if t != Implicit && t != StartTLS && t != Plain {
		return fault.New(fault.Invalid, "%s-tls 只能是 tls、starttls 或 none", what)
	}
	if port < 1 || port > 65535 {
		return fault.New(fault.Invalid, "%s-port 的值 %d 不是端口", what, port)
	}
	if strings.ContainsAny(host, " /:@") && net.ParseIP(host) == nil {
		return fault.New(fault.Invalid, "%s-host 的值 %s 不是主机名", what, host)
	}
	if user != "" && password == "" {
		return fault.New(fault.Invalid, "写了 %s-user 还须写 %s-password-file", what, what)
	}
	ip := net.ParseIP(host)
	if local := host == "localhost" || ip != nil && ip.IsLoopback(); t == Plain && user != "" && !local {
		return fault.New(fault.Invalid, "%s-tls 为 none 时不能登录其他主机：密码会以明文经过网络。请改为 tls 或 starttls", what)
	}
	return nil
}

// Attached is a file beside the text of a mail.
type Attached struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// Mail is one message to one address.
type Mail struct {
	To      string // address
	ID      string // stands in Message-ID and is the same at every try
	Subject string
	Text    string
	Files   []Attached
	Date    time.Time // when it was written, the same at every try
}

// MessageID is the Message-ID of a mail with this id.
func (c SMTP) MessageID(id string) string {
	_, domain, _ := strings.Cut(c.From, "@")
	return id + "@" + domain
}

// Send hands one mail to the server. A mail that was refused for good has a
// Final outcome; everything else, a lost connection included, is worth another
// try: when the connection breaks after the text was sent, the server may have it
// already, and the reader's program knows the second one by its Message-ID.
func (c SMTP) Send(ctx context.Context, m Mail) Outcome {
	msg, err := c.message(m)
	if err != nil {
		return Outcome{Text: words(err.Error(), m.To), Final: true, Err: err}
	}
	client, err := c.client()
	if err != nil {
		return Outcome{Text: words(err.Error()), Err: err}
	}
	err = c.within(ctx, client, msg)
	if msg.IsDelivered() { // what goes wrong at parting does not matter any more
		return Outcome{Code: 250, Text: words(msg.ServerResponse(), m.To)}
	}
	out := Outcome{Err: err, Text: words(because(err), m.To)}
	if se, ok := errors.AsType[*gomail.SendError](err); ok {
		out.Code, out.Final = se.ErrorCode(), se.ErrorCode() >= 500
		text, _, _ := strings.Cut(se.Error(), ", affected ") // what follows repeats the mail
		out.Text = words(text, m.To)
	}
	return out
}

// within sends over one connection. The library sets a deadline of Timeout when
// it connects and another when it sends, so that a server that dawdles ends both.
func (c SMTP) within(ctx context.Context, client *gomail.Client, msg *gomail.Msg) error {
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.CloseWithSMTPClient(conn) }() // what was sent is sent
	return client.SendWithSMTPClient(conn, msg)
}

// Probe connects and signs in, and sends nothing.
func (c SMTP) Probe(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "连不上发信服务器 %s:%d：%s", c.Host, c.Port, words(because(err)))
	}
	return client.CloseWithSMTPClient(conn)
}

func (c SMTP) client() (*gomail.Client, error) {
	o := []gomail.Option{gomail.WithPort(c.Port), gomail.WithTimeout(c.Timeout), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.Host, RootCAs: c.Roots})}
	switch c.TLS {
	case Implicit:
		o = append(o, gomail.WithSSL())
	case StartTLS:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Plain:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.User != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(string(c.Password)))
	}
	return gomail.NewClient(c.Host, o...)
}

func (c SMTP) message(m Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(c.Name, c.From); err != nil {
		return nil, err
	}
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(c.MessageID(m.ID))
	msg.SetDateWithValue(m.Date)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // other programs do not answer it
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Content)); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"

	"xiaobao/internal/fault"
)

// IMAP is the mailbox that mail is fetched from. The zero value is none. The
// folder is opened for reading only: nothing in it is changed, moved or marked.
type IMAP struct {
	Host     string
	Port     int
	TLS      TLS
	User     string
	Password Secret
	Folder   string
	Timeout  time.Duration // of one answer of the server
	Roots    *x509.CertPool
}

// On reports whether there is a mailbox.
func (c IMAP) On() bool { return c.Host != "" }

// Box names the mailbox, so that another one is told from it.
func (c IMAP) Box() string { return c.User + "@" + c.Host + "/" + c.Folder }

// Address is host and port of the server.
func (c IMAP) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// Check refuses a configuration that cannot work or would send a password in clear.
func (c IMAP) Check() error {
	if !c.On() {
		return nil
	}
	if c.User == "" || c.Folder == "" {
		return fault.New(fault.Invalid, "写了 imap-host 还须写 imap-user、imap-password-file 和 imap-folder")
	}
	return checkServer("imap", c.Host, c.Port, c.TLS, c.User, c.Password)
}

// Received is a message as the mailbox has it.
type Received struct {
	Validity uint32    // of the folder: with UID it names the message for ever
	UID      uint32    // grows with each message that arrives
	At       time.Time // when the server took it in
	Size     int64     // bytes
	Raw      []byte    // all of it; of one over the limit the head only
}

// Wanted says which messages of a folder are wanted: all after a UID and some
// before it.
type Wanted func(validity uint32) (after uint32, also []uint32, err error)

// Fetch gives the wanted messages to take, in the order in which they arrived, until
// there are none or take returns an error. Of a message of more than most bytes
// only the head is fetched.
func (c IMAP) Fetch(ctx context.Context, most int64, want Wanted, take func(Received) error) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Terminate() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Terminate() })()
	folder, err := conn.Select(c.Folder, true)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "打不开收信邮箱的文件夹 %s：%s", c.Folder, words(err.Error()))
	}
	after, uids, err := want(folder.UidValidity)
	if err != nil {
		return err
	}
	set := new(imap.SeqSet)
	set.AddRange(after+1, 0)
	found, err := conn.UidSearch(&imap.SearchCriteria{Uid: set})
	if err != nil {
		return unavailable(err)
	}
	for _, uid := range found {
		if uid > after { // "n:*" always names the last message
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	for _, uid := range slices.Compact(uids) {
		m, ok, err := c.fetch(conn, uid, most)
		if err != nil {
			return unavailable(err)
		}
		if !ok {
			continue // taken out of the mailbox by somebody
		}
		m.Validity = folder.UidValidity
		if err := take(m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (c IMAP) fetch(conn *client.Client, uid uint32, most int64) (m Received, ok bool, err error) {
	head, _, err := one(conn, uid, imap.FetchUid, imap.FetchInternalDate, imap.FetchRFC822Size)
	if err != nil || head == nil {
		return m, false, err
	}
	m = Received{UID: uid, At: head.InternalDate.UTC(), Size: int64(head.Size)}
	section := &imap.BodySectionName{Peek: true}
	if m.Size > most {
		section.Specifier = imap.HeaderSpecifier
	}
	_, m.Raw, err = one(conn, uid, imap.FetchUid, section.FetchItem())
	if int64(len(m.Raw)) > most { // the head itself, or a server that lied about the size
		m.Raw, m.Size = m.Raw[:most], max(m.Size, most+1)
	}
	return m, err == nil && m.Raw != nil, err
}

// one fetches items of one message; nil when it is not there any more.
func one(conn *client.Client, uid uint32, items ...imap.FetchItem) (found *imap.Message, body []byte, err error) {
	set := new(imap.SeqSet)
	set.AddNum(uid)
	out, done := make(chan *imap.Message, 4), make(chan error, 1)
	go func() { done <- conn.UidFetch(set, items, out) }()
	for m := range out {
		if m.Uid != uid {
			continue // news of other messages
		}
		found = m
		for _, literal := range m.Body {
			if body, err = io.ReadAll(literal); err != nil {
				body = nil
			}
		}
	}
	return found, body, <-done
}

// Probe connects, signs in and opens the folder.
func (c IMAP) Probe(ctx context.Context) error {
	return c.Fetch(ctx, 0, func(uint32) (uint32, []uint32, error) { return 1<<32 - 2, nil, nil }, func(Received) error { return nil })
}

func (c IMAP) dial(ctx context.Context) (*client.Client, error) {
	d := net.Dialer{Timeout: c.Timeout}
	raw, err := d.DialContext(ctx, "tcp", c.Address())
	if err != nil {
		return nil, unavailable(err)
	}
	_ = raw.SetDeadline(time.Now().Add(c.Timeout)) // the greeting; each command sets its own
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.Host, RootCAs: c.Roots}
	if c.TLS == Implicit {
		raw = tls.Client(raw, conf)
	}
	conn, err := client.New(raw)
	if err != nil {
		_ = raw.Close()
		return nil, unavailable(err)
	}
	conn.Timeout, conn.ErrorLog = c.Timeout, log.New(io.Discard, "", 0) // what goes wrong is returned
	if c.TLS == StartTLS {
		err = upgrade(conn, conf)
	}
	if err == nil {
		err = conn.Login(c.User, string(c.Password))
	}
	if err != nil {
		_ = conn.Terminate()
		return nil, unavailable(err)
	}
	return conn, nil
}

// errNoStartTLS says that a server does not offer what the configuration asks for,
// or that somebody on the way has taken the offer out.
var errNoStartTLS = errors.New("no STARTTLS")

// upgrade protects the connection, or ends in an error before anything was said.
func upgrade(conn *client.Client, conf *tls.Config) error {
	ok, err := conn.SupportStartTLS()
	if err == nil && !ok {
		err = errNoStartTLS
	}
	if err != nil {
		return err
	}
	return conn.StartTLS(conf)
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "收信邮箱没有应答或不让登录：%s", words(because(err)))
}

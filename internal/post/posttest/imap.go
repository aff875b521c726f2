package posttest

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/backend/memory"
	"github.com/emersion/go-imap/server"
)

// IMAP is a mailbox on a real server of this machine: user "username", password
// "password", folder INBOX, empty.
type IMAP struct {
	Port  int
	t     testing.TB
	box   *memory.Mailbox
	next  uint32
	mu    sync.Mutex
	clear strings.Builder
}

// StartIMAP starts one that ends with the test.
func StartIMAP(t testing.TB) *IMAP {
	t.Helper()
	return StartSecureIMAP(t, Open, tls.Certificate{})
}

// StartSecureIMAP starts one that has a certificate.
func StartSecureIMAP(t testing.TB, mode Mode, cert tls.Certificate) *IMAP {
	t.Helper()
	be := memory.New()
	user, err := be.Login(nil, "username", "password")
	if err != nil {
		t.Fatal(err)
	}
	box, err := user.GetMailbox("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	m := &IMAP{t: t, box: box.(*memory.Mailbox), next: 10}
	m.box.Messages = nil
	s := server.New(be)
	s.AllowInsecureAuth, s.ErrorLog = true, log.New(io.Discard, "", 0)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if mode == StartTLS {
		s.TLSConfig = conf
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	m.Port, _ = strconv.Atoi(port)
	l = noting{l, m}
	if mode == Implicit {
		l = tls.NewListener(l, conf)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

// Deliver puts a message into the folder, as a mail server does. It must not be
// called while somebody fetches.
func (m *IMAP) Deliver(at time.Time, raw string) {
	m.next += 2 // numbers have gaps
	m.box.Messages = append(m.box.Messages, &memory.Message{Uid: m.next, Date: at, Size: uint32(len(raw)), Flags: []string{}, Body: []byte(raw)})
}

// Flags returns the flags of every message.
func (m *IMAP) Flags() (out []string) {
	for _, msg := range m.box.Messages {
		out = append(out, msg.Flags...)
	}
	return out
}

// Came returns the bytes as they came over the wire.
func (m *IMAP) Came() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clear.String()
}

// noting notes what comes over the connections of a listener.
type noting struct {
	net.Listener
	m *IMAP
}

func (l noting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return notingConn{c, l.m}, err
}

type notingConn struct {
	net.Conn
	m *IMAP
}

func (c notingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.clear.Write(b[:n])
	return n, err
}

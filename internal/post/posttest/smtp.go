// Package posttest has mail servers for tests: real ones on a port of this
// machine, which misbehave when they are told to.
package posttest

import (
	"bufio"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// SMTP is a server that keeps what it took. Script says how it behaves at each
// connection, one word a connection, the last for all that follow: "" is well, "450" and "550" refuse the
// recipient so, "421" the greeting, "drop" breaks the connection after the text has come and was taken,
// "lost" before it was, "slow" says nothing at all.
type SMTP struct {
	Port   int
	tls    *tls.Config // nil: none
	mode   Mode
	mu     sync.Mutex
	script []string
	taken  []Taken
	clear  strings.Builder
}

// Mode is how a server for tests protects its connections.
type Mode string

// The modes: not at all, from the first byte, by STARTTLS, by a STARTTLS that
// somebody on the way has taken out of the greeting.
const (
	Open     Mode = ""
	Implicit Mode = "tls"
	StartTLS Mode = "starttls"
	Stripped Mode = "stripped"
)

// Taken is a mail as it came.
type Taken struct{ From, To, Text string }

// StartSMTP starts a server that ends with the test.
func StartSMTP(t testing.TB, script ...string) *SMTP {
	t.Helper()
	return StartSecureSMTP(t, Open, tls.Certificate{}, script...)
}

// StartSecureSMTP starts one that has a certificate and lets people sign in.
func StartSecureSMTP(t testing.TB, mode Mode, cert tls.Certificate, script ...string) *SMTP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &SMTP{script: script, mode: mode}
	if mode != Open {
		s.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.Port, _ = strconv.Atoi(port)
	done := make(chan struct{})
	t.Cleanup(func() { close(done); _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c, done)
		}
	}()
	return s
}

// Taken returns the mails so far.
func (s *SMTP) Taken() []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Taken(nil), s.taken...)
}

// Behave gives the server another script.
func (s *SMTP) Behave(script ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

func (s *SMTP) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return ""
	}
	word := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	return word
}

func (s *SMTP) take(m Taken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, m)
}

// Clear returns every line that came without protection.
func (s *SMTP) Clear() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clear.String()
}

func (s *SMTP) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear.WriteString(line)
}

func (s *SMTP) serve(c net.Conn, done chan struct{}) {
	defer func() { _ = c.Close() }()
	how, secure := s.next(), false
	if s.mode == Implicit {
		c, secure = tls.Server(c, s.tls), true
	}
	say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
	switch how {
	case "slow":
		select {
		case <-done:
		case <-time.After(time.Minute):
		}
		return
	case "421":
		say("421 too busy")
		return
	}
	say("220 mx.test ESMTP")
	in := bufio.NewReader(c)
	var m Taken
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if !secure {
			s.note(line)
		}
		word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch word {
		case "EHLO":
			say("250-mx.test")
			if s.mode == StartTLS && !secure {
				say("250-STARTTLS")
			}
			if s.mode != Open {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			if s.mode != StartTLS {
				say("502 no")
				continue
			}
			say("220 go on")
			c, secure = tls.Server(c, s.tls), true
			in = bufio.NewReader(c)
		case "AUTH":
			say("235 2.7.0 welcome")
		case "MAIL":
			m.From = line
			say("250 ok")
		case "RCPT":
			m.To = line
			if how == "450" || how == "550" {
				say(how + " " + strings.TrimSpace(strings.TrimPrefix(line, "RCPT TO:")) + " not now")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			if m.Text, err = text(in); err != nil || how == "lost" {
				return
			}
			s.take(m)
			if how == "drop" {
				return
			}
			say("250 2.0.0 kept as 4711")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func text(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String(), err
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

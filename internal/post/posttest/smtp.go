// Package posttest has mail servers for tests: real ones on a port of this
// machine, which misbehave when they are told to.
package posttest

import (
	"bufio"
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
	mu     sync.Mutex
	script []string
	taken  []Taken
}

// Taken is a mail as it came.
type Taken struct{ From, To, Text string }

// StartSMTP starts a server that ends with the test.
func StartSMTP(t testing.TB, script ...string) *SMTP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &SMTP{script: script}
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

func (s *SMTP) serve(c net.Conn, done chan struct{}) {
	defer c.Close()
	how := s.next()
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
		word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch word {
		case "EHLO":
			say("250-mx.test")
			say("250 8BITMIME")
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

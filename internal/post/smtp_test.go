package post_test

import (
	"context"
	"encoding/base64"
	"errors"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
)

var ctx = context.Background()

func local(s *posttest.SMTP) post.SMTP {
	return post.SMTP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, From: "xiaobao@bank.example", Name: "小保", Timeout: 400 * time.Millisecond}
}

var letter = post.Mail{To: "li.wen@bank.example", ID: "d1-ab", Subject: "今日待办 3 件", Text: "1. TS20260331-000001 期限 2026-04-15\n.点开头的一行\n",
	Files: []post.Attached{{Name: "检查点.txt", Content: []byte("note")}}, Date: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)}

// A server in every mood: what is final, what is worth another try, and that the
// address of the receiver does not stand in what is kept.
func TestSend(t *testing.T) {
	for _, test := range []struct {
		how        string
		sent, kept bool // as we know it; as the server knows it
		final      bool
		code       int
	}{
		{"", true, true, false, 250},
		{"450", false, false, false, 450},
		{"550", false, false, true, 550},
		{"421", false, false, false, 0},
		{"lost", false, false, false, 0},
		{"drop", false, true, false, 0},
		{"slow", false, false, false, 0},
	} {
		t.Run(test.how, func(t *testing.T) {
			s := posttest.StartSMTP(t, test.how)
			got := local(s).Send(ctx, letter)
			if (got.Err == nil) != test.sent || got.Final != test.final || got.Code != test.code || (len(s.Taken()) == 1) != test.kept {
				t.Errorf("got %+v, server %v", got, s.Taken())
			}
			if got.Text == "" || strings.Contains(got.Text, "li.wen@") {
				t.Errorf("the words of the server: %q", got.Text)
			}
		})
	}
}

// The mail says what it should, and a second try is known by the same Message-ID.
func TestMessage(t *testing.T) {
	s := posttest.StartSMTP(t, "drop", "")
	c := local(s)
	if got := c.Send(ctx, letter); got.Err == nil {
		t.Errorf("got %+v", got)
	}
	if got := c.Send(ctx, letter); got.Err != nil {
		t.Errorf("got %+v", got)
	}
	both := s.Taken()
	if len(both) != 2 {
		t.Fatalf("%d mails", len(both))
	}
	for _, m := range both {
		for _, want := range []string{"Message-ID: <d1-ab@bank.example>", "Auto-Submitted: auto-generated", "Date: Tue, 31 Mar 2026", "To: <li.wen@bank.example>"} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("no %q in %s", want, m.Text)
			}
		}
		if !strings.Contains(m.Text, base64.StdEncoding.EncodeToString([]byte("note"))) {
			t.Error("the file is missing")
		}
		if strings.Contains(m.Text, "User-Agent") {
			t.Error("the program tells what it is made of")
		}
	}
	if subject := mime.QEncoding.Encode("UTF-8", letter.Subject); !strings.Contains(strings.ReplaceAll(both[0].Text, "\r\n ", " "), subject[:20]) {
		t.Errorf("subject %q in %s", subject, both[0].Text)
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	s := posttest.StartSMTP(t)
	m := letter
	m.Subject = "一\r\nBcc: eve@evil.example"
	if got := local(s).Send(ctx, m); got.Err != nil {
		t.Fatal(got)
	}
	for line := range strings.SplitSeq(s.Taken()[0].Text, "\r\n") {
		if strings.HasPrefix(line, "Bcc:") {
			t.Errorf("%s", line)
		}
	}
	m.To = "a@b.example>\r\nRCPT TO:<eve@evil.example"
	if got := local(s).Send(ctx, m); got.Err == nil || !got.Final {
		t.Errorf("got %+v", got)
	}
}

func TestSMTPCheck(t *testing.T) {
	good := post.SMTP{Host: "mail.bank.example", Port: 465, TLS: post.Implicit, User: "u", Password: "p", From: "a@bank.example"}
	for _, test := range []struct {
		change func(*post.SMTP)
		want   string
	}{
		{func(*post.SMTP) {}, ""},
		{func(c *post.SMTP) { c.Host = "" }, ""},
		{func(c *post.SMTP) { c.TLS = "ssl" }, "smtp-tls"},
		{func(c *post.SMTP) { c.TLS = post.Plain }, "明文"},
		{func(c *post.SMTP) { c.TLS, c.Host = post.Plain, "127.0.0.1" }, ""},
		{func(c *post.SMTP) { c.Port = 0 }, "smtp-port"},
		{func(c *post.SMTP) { c.Host = "mail:25" }, "smtp-host"},
		{func(c *post.SMTP) { c.Password = "" }, "smtp-password-file"},
		{func(c *post.SMTP) { c.From = "小保" }, "smtp-from"},
	} {
		c := good
		test.change(&c)
		if err := c.Check(); test.want == "" && err != nil || test.want != "" && !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%+v: %v, want %q", c, err, test.want)
		}
	}
	if text := good.Password.String(); text != "•" {
		t.Errorf("the password prints as %q", text)
	}
}

func TestProbe(t *testing.T) {
	s := posttest.StartSMTP(t, "", "421")
	if err := local(s).Probe(ctx); err != nil {
		t.Error(err)
	}
	if err := local(s).Probe(ctx); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "127.0.0.1") {
		t.Errorf("got %v", err)
	}
	if len(s.Taken()) != 0 {
		t.Error("the probe sent something")
	}
}

func TestReadSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	for content, want := range map[string]string{" geheim \n": "geheim", "": "", "a\nb": "", strings.Repeat("x", 5000): ""} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := post.ReadSecret(file, "smtp-password-file")
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: %v, %v", content, got, err)
		}
	}
	if _, err := post.ReadSecret(file+"x", "smtp-password-file"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{"li.wen@bank.example": "l***@bank.example", "王@例.中国": "王***@例.中国", "nobody": "***", "": "", "@x": "**"} {
		if got := post.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

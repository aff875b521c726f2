package post_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"xiaobao/internal/fault"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
)

var programs = []string{".exe", ".js"}

func in(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Mail as Chinese programs write it: encoded words, bare bytes, HTML only,
// forwards within forwards, attachments, and what nobody wrote.
func TestReadLetter(t *testing.T) {
	gbk, big5 := simplifiedchinese.GBK, traditionalchinese.Big5
	for name, test := range map[string]struct {
		raw  string
		want post.Letter
	}{
		"plain": {"From: =?utf-8?B?" + b64("王秀兰") + "?= <wang@mail.example>\r\nSubject: =?utf-8?B?" + b64("投诉年费") + "?=\r\nMessage-ID: <1@m>\r\n\r\n年费没有告知。\r\n",
			post.Letter{From: "wang@mail.example", Name: "王秀兰", Subject: "投诉年费", MessageID: "1@m", Text: "年费没有告知。"}},
		"gbk": {"From: =?gb2312?B?" + b64(in(t, gbk, "王秀兰")) + "?= <wang@mail.example>\r\nSubject: =?GBK?Q?=C4=EA=B7=D1?=\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(in(t, gbk, "镕先生的年费")) + "\r\n",
			post.Letter{From: "wang@mail.example", Name: "王秀兰", Subject: "年费", Text: "镕先生的年费"}},
		"gb18030": {"Subject: x\r\nContent-Type: text/plain; charset=GB18030\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + in(t, simplifiedchinese.GB18030, "㐂年费") + "\r\n", post.Letter{Subject: "x", Text: "㐂年费"}},
		"big5":    {"Subject: =?big5?B?" + b64(in(t, big5, "年費")) + "?=\r\nContent-Type: text/plain; charset=big5\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + in(t, big5, "沒有告知") + "\r\n", post.Letter{Subject: "年費", Text: "沒有告知"}},
		"bare bytes": {"From: a@b.example\r\nSubject: " + in(t, gbk, "投诉年费") + "\r\n\r\n" + in(t, gbk, "没有告知") + "\r\n",
			post.Letter{From: "a@b.example", Subject: "投诉年费", Text: "没有告知"}},
		"unknown charset": {"Subject: x\r\nContent-Type: text/plain; charset=martian\r\n\r\n" + in(t, gbk, "没有告知") + "\r\n", post.Letter{Subject: "x", Text: "没有告知"}},
		"html only": {"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>t</title><style>p{}</style></head><body><p>没有<b>告知</b></p><script>alert(1)</script><img src=\"http://evil.example/x\">年费&amp;利息</body></html>",
			post.Letter{Subject: "x", Text: "没有告知\n年费&利息"}},
		"alternatives": {"Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b--\r\n", post.Letter{Subject: "x", Text: "plain"}},
		"forwarded": {"Subject: fw\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n请处理\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: li@x.example\r\nSubject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n原文\r\n--c\r\nContent-Type: message/rfc822\r\n\r\nSubject: deep\r\n\r\n最早的\r\n--c--\r\n--b--\r\n",
			post.Letter{Subject: "fw", Text: "请处理\n--- li@x.example · inner ---\n原文\n---  · deep ---\n最早的"}},
		"files": {"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n见附件\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"=?utf-8?B?" + b64("回单.pdf") + "?=\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64("%PDF-") + "\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\r\nMZ\x90\r\n--b\r\nContent-Disposition: attachment; filename=\"..\\\\x.EXE\"\r\n\r\nx\r\n--b--\r\n",
			post.Letter{Subject: "x", Text: "见附件", Files: []post.LetterFile{{Name: "回单.pdf", Size: 5}, {Name: "a.png", Size: 3, Risky: true}, {Name: "x.EXE", Size: 1, Risky: true}}}},
		"automatic answer": {"From: a@b.example\r\nSubject: x\r\nAuto-Submitted: auto-replied\r\n\r\nx\r\n", post.Letter{From: "a@b.example", Subject: "x", Text: "x", Auto: true}},
		"a person":         {"From: a@b.example\r\nSubject: x\r\nAuto-Submitted: no\r\n\r\nx\r\n", post.Letter{From: "a@b.example", Subject: "x", Text: "x"}},
		"bounce":           {"From: MAILER-DAEMON@b.example\r\nReturn-Path: <>\r\nSubject: x\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno such user\r\n--b--\r\n", post.Letter{From: "MAILER-DAEMON@b.example", Subject: "x", Text: "no such user", Bounce: true}},
		"cut off":          {"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n半封", post.Letter{Subject: "x", Text: "半封"}},
		"head only":        {"Subject: x\r\nFrom: 小 王\r\n\r\n", post.Letter{Subject: "x", Name: "小 王"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := post.Read([]byte(test.raw), programs)
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", test.want) {
				t.Errorf("got  %+v %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

// What a stranger sends is bounded in depth, parts and words, and never a panic.
func FuzzReadLetter(f *testing.F) {
	nested := "x"
	for range 40 {
		nested = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + nested + "\r\n--b--\r\n"
	}
	for _, seed := range []string{"", "Subject: =?gbk?B?xOo=?=\r\n\r\nx", nested, "Content-Type: text/html\r\n\r\n<p" + strings.Repeat("<", 3000), "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 500)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := post.Read(raw, programs)
		if err == nil && (len(l.Text) > 200<<10+4 || len([]rune(l.Subject)) > 300 || len(l.Files) > 200 || strings.ContainsAny(l.Subject+l.Name, "\r\n")) {
			t.Errorf("out of bounds: %d %d %d", len(l.Text), len(l.Subject), len(l.Files))
		}
	})
}

func box(s *posttest.IMAP) post.IMAP {
	return post.IMAP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, User: "username", Password: "password", Folder: "INBOX", Timeout: 3 * time.Second}
}

// Messages come in the order of arrival, after the last one taken, whole or as
// their head; the folder stays as it was.
func TestFetch(t *testing.T) {
	s := posttest.StartIMAP(t)
	at := time.Date(2026, 3, 31, 1, 2, 3, 0, time.UTC)
	for i, size := range []int{10, 3000, 20} {
		s.Deliver(at.Add(time.Duration(i)*time.Hour), "Subject: m"+fmt.Sprint(i)+"\r\n\r\n"+strings.Repeat("x", size))
	}
	fetch := func(after uint32, also []uint32, stop int) (got []post.Received, err error) {
		err = box(s).Fetch(ctx, 1000, func(v uint32) (uint32, []uint32, error) { return after, also, nil }, func(r post.Received) error {
			if got = append(got, r); len(got) == stop {
				return errors.New("enough")
			}
			return nil
		})
		return got, err
	}
	got, err := fetch(0, nil, 0)
	if err != nil || len(got) != 3 || got[0].UID != 12 || got[2].UID != 16 || !got[1].At.Equal(at.Add(time.Hour)) || got[0].Validity == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[1].Size < 3000 || len(got[1].Raw) > 100 || !strings.Contains(string(got[1].Raw), "Subject: m1") {
		t.Errorf("the large one: %d bytes, %q", got[1].Size, got[1].Raw)
	}
	for _, test := range []struct {
		after uint32
		also  []uint32
		want  string
	}{{12, nil, "14 16"}, {16, nil, ""}, {16, []uint32{12, 13}, "12"}} {
		got, err := fetch(test.after, test.also, 0)
		var uids []string
		for _, r := range got {
			uids = append(uids, fmt.Sprint(r.UID))
		}
		if strings.Join(uids, " ") != test.want || err != nil {
			t.Errorf("after %d and %v: %v, %v", test.after, test.also, uids, err)
		}
	}
	if got, err := fetch(0, nil, 2); len(got) != 2 || err == nil {
		t.Errorf("stopped: %d, %v", len(got), err)
	}
	if flags := s.Flags(); len(flags) != 0 {
		t.Errorf("the folder was changed: %v", flags)
	}
	wrong := box(s)
	wrong.Password = "x"
	if err := wrong.Probe(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := box(s).Probe(ctx); err != nil {
		t.Error(err)
	}
}

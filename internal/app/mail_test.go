package app_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	chain "xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
	"xiaobao/internal/storage"
)

// mailing gives the world a mail server with a script.
func (w world) mailing(script ...string) *posttest.SMTP {
	w.Helper()
	s := posttest.StartSMTP(w.T, script...)
	w.app.SetPost(app.PostConfig{Base: "https://xb.example", Checkpoints: []string{"audit@bank.example"},
		SMTP: post.SMTP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, From: "xiaobao@bank.example", Name: "小保", Timeout: 2 * time.Second}})
	return s
}

func (w world) wish(ids ...party.PersonID) {
	w.Helper()
	for _, id := range ids {
		m, err := w.app.MailWish(ctx, w.who(id))
		w.ok(err)
		m.Address = string(id) + "@bank.example"
		w.ok(w.app.SetMailWish(ctx, w.who(id), m))
	}
}

func (w world) send() int64 {
	w.Helper()
	n, err := w.app.SendMail(ctx)
	w.ok(err)
	return n
}

// read returns subject, text and the names of the files of a mail.
func (w world) read(m posttest.Taken) (subject, text string, files []string) {
	w.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(m.Text))
	w.ok(err)
	subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	w.ok(err)
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	w.ok(err)
	if kind == "text/plain" {
		b, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
		w.ok(err)
		return subject, string(b), nil
	}
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			return subject, text, files
		}
		w.ok(err)
		b, err := io.ReadAll(p) // undoes quoted-printable
		w.ok(err)
		if p.FileName() != "" {
			files = append(files, p.FileName())
		} else {
			text = string(b)
		}
	}
}

func (w world) state() storage.OutboxState {
	w.Helper()
	s, err := w.app.PostStates(ctx)
	w.ok(err)
	return s[storage.ByMail]
}

// Everybody gets one digest a working day of what he may see, with numbers, dates
// and addresses and nothing of the people.
func TestDigests(t *testing.T) {
	each(t, func(w world) {
		s := w.mailing()
		w.wish("bj", "bjlead", "sh", "exec", "audit")
		r := w.register("bj", complaint.Register{})
		other := w.register("sh", complaint.Register{Complainant: complaint.Complainant{Name: "钱多多", Phone: "13900005678"}})
		named := w.register("bj", complaint.Register{Unit: "01", Respondents: []complaint.Respondent{{Person: "bjlead", Unit: "0101"}}})
		*w.now = calendar.Of(2026, 4, 25).Time().Add(9 * time.Hour) // a Saturday, all are overdue
		w.ok(w.app.KeepMail(ctx))
		*w.now = calendar.Of(2026, 4, 27).Time().Add(7*time.Hour + 59*time.Minute)
		w.ok(w.app.KeepMail(ctx))
		if w.state().Waiting != 0 {
			w.Error("a digest on a day of rest, or before the hour")
		}
		*w.now = w.now.Add(time.Minute)
		w.ok(w.app.KeepMail(ctx))
		w.ok(w.app.KeepMail(ctx))
		w.send()
		got := map[string]string{}
		for _, m := range s.Taken() {
			subject, text, _ := w.read(m)
			to := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(m.To), "RCPT TO:<"), "@bank.example>")
			if got[to] != "" {
				w.Errorf("%s got two", to)
			}
			got[to] = subject + "\n" + text
			for _, secret := range []string{"张三丰", "钱多多", "1380000", "年费", "张*"} {
				if strings.Contains(m.Text+text+subject, secret) {
					w.Errorf("%s reads %s: %s", to, secret, text)
				}
			}
		}
		for _, test := range []struct {
			to, has, hasNot string
		}{
			{"bj", r.Number, other.Number}, {"bj", "本人已超期", "本机构"}, {"bj", "https://xb.example/complaints/" + r.ID.String(), ""},
			{"bjlead", "本机构已超期", other.Number}, {"bjlead", r.Number, named.Number}, {"sh", other.Number, r.Number}, {"exec", named.Number, "本人"}, {"exec", other.Number, ""},
		} {
			if !strings.Contains(got[test.to], test.has) || test.hasNot != "" && strings.Contains(got[test.to], test.hasNot) {
				w.Errorf("%s: want %s and no %s in %s", test.to, test.has, test.hasNot, got[test.to])
			}
		}
		if len(got) != 4 {
			w.Errorf("receivers %v", got)
		}
		*w.now = w.now.Add(24 * time.Hour)
		m, err := w.app.MailWish(ctx, w.who("bj"))
		w.ok(err)
		m.Digest = false
		w.ok(w.app.SetMailWish(ctx, w.who("bj"), m))
		w.ok(w.app.KeepMail(ctx))
		if w.send() != 3 {
			w.Error("bj wants none any more, the three others do")
		}
	})
}

// A server that refuses for now is tried again when its time comes; one that
// refuses for good, or too often, is given up, and somebody may say: again.
func TestMailIsTriedAgain(t *testing.T) {
	each(t, func(w world) {
		admin := w.admin()
		s := w.mailing("450", "421", "")
		w.ok(w.app.TestMail(ctx, admin, "li@bank.example"))
		for i, test := range []struct {
			wait  time.Duration
			tries int64
			taken int
		}{{0, 1, 0}, {59 * time.Second, 0, 0}, {time.Second, 1, 0}, {4 * time.Minute, 0, 0}, {time.Minute, 1, 1}, {time.Hour, 0, 1}} {
			*w.now = w.now.Add(test.wait)
			if n := w.send(); n != test.tries || len(s.Taken()) != test.taken {
				w.Errorf("%d: %d tries, %d taken; want %d, %d", i, n, len(s.Taken()), test.tries, test.taken)
			}
		}
		s.Behave("550")
		w.ok(w.app.TestMail(ctx, admin, "wang@bank.example"))
		w.send()
		log, err := w.app.MailLog(ctx, admin, storage.OutGivenUp, "", 10)
		w.ok(err)
		if len(log) != 1 || log[0].Code != 550 || log[0].To != "w***@bank.example" || strings.Contains(log[0].Answer, "wang@") {
			w.Errorf("log %+v", log)
		}
		s.Behave("450")
		w.ok(w.app.MailAgain(ctx, admin, log[0].ID))
		tries := 0
		for range 60 {
			tries += int(w.send())
			*w.now = w.now.Add(time.Hour)
		}
		if st := w.state(); tries != 8 || st.GivenUp != 1 || st.Waiting != 0 {
			w.Errorf("%d tries, %+v", tries, st)
		}
		if err := w.app.MailAgain(ctx, w.who("office"), log[0].ID); !fault.Is(err, fault.Forbidden) {
			w.Errorf("the office: %v", err)
		}
		*w.now = w.now.AddDate(0, 0, 200)
		if n, err := w.app.DropPost(ctx); n != 2 || err != nil {
			w.Errorf("dropped %d, %v", n, err)
		}
	})
}

// When the connection or the program dies after the text was sent, the mail comes
// twice and says so by its Message-ID; it is never lost.
func TestMailSurvivesACrash(t *testing.T) {
	each(t, func(w world) {
		s := w.mailing("drop", "")
		w.ok(w.app.TestMail(ctx, w.admin(), "li@bank.example"))
		w.send()
		*w.now = w.now.Add(time.Minute)
		w.send()
		w.ok(w.app.TestMail(ctx, w.admin(), "li@bank.example"))
		w.ok(w.s.Write(ctx, func(wr *storage.Writer) error { // a copy that claims and dies
			_, err := wr.ClaimOutgoing(storage.ByMail, 4, 5*time.Minute)
			return err
		}))
		if w.send() != 0 {
			w.Error("somebody else's mail was sent")
		}
		*w.now = w.now.Add(5 * time.Minute)
		w.send()
		ids := map[string]int{}
		for _, m := range s.Taken() {
			msg, err := mail.ReadMessage(strings.NewReader(m.Text))
			w.ok(err)
			ids[msg.Header.Get("Message-ID")]++
		}
		if len(ids) != 2 || len(s.Taken()) != 3 || w.state().Waiting != 0 {
			w.Errorf("mails %v, %+v", ids, w.state())
		}
	})
}

// Several copies of the program send each mail once.
func TestMailByManyCopies(t *testing.T) {
	each(t, func(w world) {
		s := w.mailing()
		admin := w.admin()
		for i := range 24 {
			w.ok(w.app.TestMail(ctx, admin, fmt.Sprintf("p%d@bank.example", i)))
		}
		var copies sync.WaitGroup
		for range 4 {
			copies.Go(func() {
				if _, err := w.app.SendMail(ctx); err != nil {
					w.Error(err)
				}
			})
		}
		copies.Wait()
		seen := map[string]bool{}
		for _, m := range s.Taken() {
			seen[m.To] = true
		}
		if len(s.Taken()) != 24 || len(seen) != 24 {
			w.Errorf("%d mails to %d", len(s.Taken()), len(seen))
		}
	})
}

// A supervision order goes to the owner, an escalation to those who lead above,
// in the transaction that says so; what is refused sends nothing.
func TestUrgentMail(t *testing.T) {
	each(t, func(w world) {
		s := w.mailing()
		w.wish("bj", "bjlead", "office", "exec", "sh")
		r := w.register("bj", complaint.Register{})
		if _, err := w.app.Do(ctx, w.who("bjlead"), r.ID, 0, complaint.Remind{How: "supervise"}); err == nil {
			w.Error("an order without words was taken")
		}
		if w.send() != 0 {
			w.Error("an order that was refused was mailed")
		}
		for _, test := range []struct{ how, by, want string }{{"supervise", "bjlead", "bj"}, {"remind", "bj", ""}, {"escalate", "bj", "exec office"}} {
			before := len(s.Taken())
			w.do(party.PersonID(test.by), r.ID, complaint.Remind{How: test.how, Due: w.today().AddDays(3), Text: "张三丰又来电话，请尽快答复"})
			w.send()
			var to []string
			for _, m := range s.Taken()[before:] {
				_, text, _ := w.read(m)
				if strings.Contains(m.Text+text, "张三丰") || !strings.Contains(text, r.Number) {
					w.Errorf("text %s", text)
				}
				name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(m.To), "RCPT TO:<"), "@")
				to = append(to, name)
			}
			if len(to) == 2 && to[0] > to[1] {
				to[0], to[1] = to[1], to[0]
			}
			if got := strings.Join(to, " "); got != test.want {
				w.Errorf("%s goes to %q, want %q", test.how, got, test.want)
			}
		}
		before := len(s.Taken())
		w.do("bjlead", r.ID, complaint.Remind{How: "remind", Text: "请尽快"})
		w.ok(w.app.SetMailWish(ctx, w.who("bj"), app.MailWish{Urgent: true}))
		if w.send(); len(s.Taken()) != before || w.state().GivenUp != 1 {
			w.Errorf("the address was taken out: %d mails, %+v", len(s.Taken())-before, w.state())
		}
	})
}

// Checkpoints go to the addresses that the configuration names, with the proof of
// growth, though there is no folder; what arrives verifies.
func TestCheckpointsByMail(t *testing.T) {
	each(t, func(w world) {
		s := w.mailing()
		w.ok(w.app.KeepCheckpoints(ctx))
		w.register("bj", complaint.Register{})
		*w.now = w.now.Add(24 * time.Hour)
		w.ok(w.app.KeepCheckpoints(ctx))
		w.ok(w.app.KeepCheckpoints(ctx))
		if w.send() != 2 {
			w.Fatalf("%d mails", len(s.Taken()))
		}
		_, text, files := w.read(s.Taken()[1])
		if len(files) == 1 { // both were sent at once
			_, text, files = w.read(s.Taken()[0])
		}
		if len(files) != 2 || !strings.HasPrefix(files[0], "checkpoint-") || !strings.HasPrefix(files[1], "growth-") {
			w.Errorf("files %v", files)
		}
		_, note, _ := strings.Cut(text, "check 目录\r\n\r\n")
		if _, err := chain.VerifyCheckpoint([]byte(strings.ReplaceAll(note, "\r\n", "\n")), w.s.PublicKey()); err != nil {
			w.Errorf("what was mailed does not verify: %v\n%s", err, note)
		}
		st, err := w.app.Checkpoints(ctx, w.admin())
		w.ok(err)
		if len(st.Mail) != 1 || st.Mail[0] != "a***@bank.example" || len(st.Exports) != 2 {
			w.Errorf("%+v", st)
		}
	})
}

func TestMailWishIsChecked(t *testing.T) {
	each(t, func(w world) {
		for _, bad := range []string{"x", "小保 <a@b.example>", "a@b.example\r\nBcc: c@d.example", strings.Repeat("a", 250) + "@b.example"} {
			if err := w.app.SetMailWish(ctx, w.who("bj"), app.MailWish{Address: bad}); !fault.Is(err, fault.Invalid) {
				w.Errorf("%q: %v", bad, err)
			}
		}
		w.wish("bj")
		got, err := w.app.MailWish(ctx, w.who("bj"))
		w.ok(err)
		if got.Address != "bj@bank.example" || !got.Digest || got.Leads || got.On {
			w.Errorf("%+v", got)
		}
		if err := w.app.TestMail(ctx, w.admin(), "a@b.example"); !fault.Is(err, fault.Conflict) {
			w.Errorf("no server: %v", err)
		}
	})
}

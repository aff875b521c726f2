package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
	"xiaobao/internal/storage"
)

// boxed gives the world a mailbox.
func (w world) boxed() *posttest.IMAP {
	w.Helper()
	s := posttest.StartIMAP(w.T)
	w.app.SetPost(app.PostConfig{IMAP: post.IMAP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, User: "username", Password: "password", Folder: "INBOX", Timeout: 5 * time.Second}})
	return s
}

func (w world) fetch() int64 {
	w.Helper()
	n, err := w.app.FetchMail(ctx)
	w.ok(err)
	return n
}

func mailOf(id, subject, text string, headers ...string) string {
	return "From: =?utf-8?B?546L56eA5YWw?= <wang@mail.example>\r\nMessage-ID: <" + id + "@mail.example>\r\nSubject: " + subject + "\r\n" + strings.Join(headers, "") + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
}

func (w world) counts() map[storage.InboxState]int64 {
	w.Helper()
	s, err := w.app.BoxState(ctx)
	w.ok(err)
	return s.Counts
}

// Every message ends in one state: what waits, what belongs to a case, what came
// before, what nobody wrote, and what is refused with a reason.
func TestInboxSorts(t *testing.T) {
	each(t, func(w world) {
		s := w.boxed()
		open := w.register("bj", complaint.Register{})
		closed := w.register("bj", complaint.Register{})
		w.settle(closed.ID)
		w.finish(closed.ID)
		at := w.now.Add(-26 * time.Hour)
		for i, raw := range []string{
			mailOf("1", "complaint", "年费没有告知"),
			mailOf("2", "Re: "+open.Number, "补充说明"),
			mailOf("3", "about "+closed.Number, "还是不满意"),
			mailOf("1", "complaint", "年费没有告知"),
			mailOf("1", "another wording", "同一封信经过别的路又来"),
			mailOf("4", "out of office", "x", "Auto-Submitted: auto-replied\r\n"),
			"From: MAILER-DAEMON@x.example\r\nReturn-Path: <>\r\nMessage-ID: <5@x>\r\nSubject: failure\r\n\r\nno such user\r\n",
			"From: a@b.example\r\nMessage-ID: <6@x>\r\nSubject: x\r\nContent-Type: application/octet-stream; name=a.exe\r\n\r\nMZ\r\n",
			mailOf("7", "big", strings.Repeat("x", 32<<20)),
			mailOf("8", "no such case TS20200101-000001", "y"),
		} {
			s.Deliver(at.Add(time.Duration(i)*time.Minute), raw)
		}
		if n := w.fetch(); n != 10 {
			w.Fatalf("%d fetched", n)
		}
		if n := w.fetch(); n != 0 {
			w.Errorf("%d fetched again", n)
		}
		want := map[storage.InboxState]int64{storage.InboxNew: 3, storage.InboxMatched: 1, storage.InboxDuplicate: 2, storage.InboxAutomatic: 2, storage.InboxRefused: 2}
		if got := w.counts(); fmt.Sprint(got) != fmt.Sprint(want) {
			w.Errorf("got %v, want %v", got, want)
		}
		list, next, err := w.app.Inbox(ctx, w.who("office"), storage.InboxNew, 0, 2)
		w.ok(err)
		if len(list) != 2 || next == 0 || list[0].Card.Name != "王秀兰" || list[0].Days != 1 || !strings.Contains(list[1].Why, "已办结") {
			w.Errorf("%+v", list)
		}
		if rest, next, err := w.app.Inbox(ctx, w.who("office"), storage.InboxNew, next, 2); err != nil || len(rest) != 1 || next != 0 {
			w.Errorf("%+v %v", rest, err)
		}
		for who, want := range map[party.PersonID]int{"bj": 1, "bjlead": 1, "sh": 0, "office": 1} {
			if got, _, err := w.app.Inbox(ctx, w.who(who), storage.InboxMatched, 0, 10); err != nil || len(got) != want {
				w.Errorf("%s sees %d of a case of another branch, %v", who, len(got), err)
			}
		}
		for _, who := range []party.PersonID{"audit", "exec"} {
			if _, _, err := w.app.Inbox(ctx, w.who(who), "", 0, 10); !fault.Is(err, fault.Forbidden) {
				w.Errorf("%s: %v", who, err)
			}
		}
		if s, err := w.app.BoxState(ctx); err != nil || s.Good.Found != 10 || s.Last.Failure != "" {
			w.Errorf("%+v %v", s, err)
		}
		w.inboxWhole()
	})
}

func (w world) inboxWhole() {
	w.Helper()
	w.alike()
	report, err := w.s.Verify(ctx, storage.VerifyOptions{})
	w.ok(err)
	if !report.OK() {
		w.Errorf("%+v", report.Damages)
	}
}

// diesAt is a context that is over after a number of questions about it: as if
// the program had been killed at that point.
type diesAt struct {
	context.Context
	left *int
	mu   *sync.Mutex
	done chan struct{}
}

func (d diesAt) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if *d.left--; *d.left == 0 {
		close(d.done)
	}
	if *d.left <= 0 {
		return context.Canceled
	}
	return nil
}

func (d diesAt) Done() <-chan struct{} { return d.done }

// Whatever dies wherever, and however many copies fetch at once: each message is
// in one state, none is lost, none is there twice.
func TestInboxConserves(t *testing.T) {
	each(t, func(w world) {
		s := w.boxed()
		const n = 25
		for i := range n {
			s.Deliver(w.now.Add(time.Duration(i-n)*time.Minute), mailOf(fmt.Sprint(i), "m", fmt.Sprintf("第 %d 封", i)))
		}
		deaths, die := 0, rand.New(rand.NewPCG(7, 7))
		for range 400 {
			left := 1 + die.IntN(60)
			dying := diesAt{ctx, &left, new(sync.Mutex), make(chan struct{})}
			if _, err := w.app.FetchMail(dying); err != nil {
				deaths++
				continue
			}
			break
		}
		var copies sync.WaitGroup
		for range 3 {
			copies.Go(func() {
				if _, err := w.app.FetchMail(ctx); err != nil {
					w.Error(err)
				}
			})
		}
		copies.Wait()
		w.fetch()
		if got := w.counts(); got[storage.InboxNew] != n || len(got) != 1 {
			w.Errorf("after %d deaths: %v, want %d new", deaths, got, n)
		}
		if deaths == 0 {
			w.Error("nothing died")
		}
		list, _, err := w.app.Inbox(ctx, w.who("office"), storage.InboxNew, 0, 100)
		w.ok(err)
		texts := map[string]bool{}
		for _, item := range list {
			m, err := w.app.Mailed(ctx, w.who("office"), item.ID)
			w.ok(err)
			texts[m.Letter.Text] = true
		}
		if len(texts) != n {
			w.Errorf("%d different texts of %d", len(texts), n)
		}
		w.inboxWhole()
	})
}

// Copies that fetch the same mailbox from the beginning take each message once.
func TestInboxByManyCopies(t *testing.T) {
	each(t, func(w world) {
		s := w.boxed()
		for i := range 12 {
			s.Deliver(*w.now, mailOf(fmt.Sprint(i/2), "m", fmt.Sprintf("第 %d 封", i/2))) // each twice
		}
		var copies sync.WaitGroup
		for range 4 {
			copies.Go(func() {
				if _, err := w.app.FetchMail(ctx); err != nil {
					w.Error(err)
				}
			})
		}
		copies.Wait()
		w.fetch()
		if got := w.counts(); got[storage.InboxNew] != 6 || got[storage.InboxDuplicate] != 6 || len(got) != 2 {
			w.Errorf("%v", got)
		}
	})
}

// A message becomes a case once, with its text kept with it and the limits running
// from the day of receipt; or a contact of one; or nothing, with a reason.
func TestInboxSettles(t *testing.T) {
	each(t, func(w world) {
		s := w.boxed()
		known := w.register("bj", complaint.Register{})
		*w.now = w.now.Add(48 * time.Hour)
		s.Deliver(w.now.Add(-30*time.Hour), mailOf("1", "complaint", "年费没有告知"))
		s.Deliver(w.now.Add(-time.Hour), mailOf("2", known.Number, "补充：三月五日扣的"))
		s.Deliver(w.now.Add(-time.Hour), mailOf("3", "spam", "代开发票"))
		w.fetch()
		if _, err := w.app.Mailed(ctx, w.who("sh"), 1); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a branch reads what belongs to no case: %v", err)
		}
		w.ok(w.app.SetPerson(ctx, party.System, party.Person{ID: "ho", Login: "ho", Name: "何总", Unit: "01", Roles: []party.Role{party.Handler}}, ""))
		m, err := w.app.Mailed(ctx, w.who("ho"), 1)
		w.ok(err)
		if m.Letter.Text != "年费没有告知" || m.ReceivedOn() != w.today().AddDays(-1) || m.Days != 1 {
			w.Errorf("%+v", m)
		}
		d := complaint.Register{Channel: "email", ReceivedOn: m.ReceivedOn(), Complainant: complaint.Complainant{Name: m.Card.Name, Email: m.Card.From}, Narrative: m.Letter.Text}
		ids := make(chan complaint.ID, 4)
		var clicks sync.WaitGroup
		for _, who := range []party.PersonID{"ho", "ho", "office", "office"} {
			clicks.Go(func() {
				id, err := w.app.RegisterMail(ctx, w.who(who), 1, d)
				if err != nil && !fault.Is(err, fault.Stale) {
					w.Errorf("%s: %v", who, err)
				}
				ids <- id
			})
		}
		clicks.Wait()
		close(ids)
		var id complaint.ID
		for got := range ids {
			if got != 0 && id != 0 && got != id {
				w.Errorf("two cases: %d and %d", id, got)
			}
			id = max(id, got)
		}
		page, err := w.app.Case(ctx, party.System, id)
		w.ok(err)
		if c := page.Case; len(c.Files) != 1 || c.Files[0].Type != "eml" || c.ReceivedOn != w.today().AddDays(-1) || c.References[0].Channel != "email" {
			w.Errorf("%+v", c.Files)
		}
		if page, err := w.app.Case(ctx, w.who("bj"), known.ID); err != nil || len(page.Mails) != 1 || page.Mails[0].ID != 2 {
			w.Errorf("the message waits on the page of its case: %+v, %v", page.Mails, err)
		}
		if err := w.app.FileMail(ctx, w.who("sh"), 2, known.ID); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler of another branch: %v", err)
		}
		w.ok(w.app.FileMail(ctx, w.who("bj"), 2, known.ID))
		if err := w.app.FileMail(ctx, w.who("bj"), 2, known.ID); !fault.Is(err, fault.Conflict) {
			w.Errorf("filed twice: %v", err)
		}
		page, err = w.app.Case(ctx, w.who("bj"), known.ID)
		w.ok(err)
		if len(page.Mails) != 0 {
			w.Error("what was confirmed waits still")
		}
		if c := page.Case; len(c.Files) != 1 || len(c.Contacts) != 2 || !strings.Contains(c.Contacts[1].Summary, "三月五日") || c.Contacts[1].Channel != "email" {
			w.Errorf("%+v", c.Contacts)
		}
		if err := w.app.DismissMail(ctx, w.who("office"), 3, " "); !fault.Is(err, fault.Invalid) {
			w.Errorf("no reason: %v", err)
		}
		w.ok(w.app.DismissMail(ctx, w.who("office"), 3, "广告"))
		if _, err := w.app.RegisterMail(ctx, w.who("office"), 3, d); !fault.Is(err, fault.Conflict) {
			w.Errorf("registered what was dismissed: %v", err)
		}
		w.inboxWhole()
		*w.now = w.now.AddDate(0, 0, 181)
		if n, err := w.app.DropInbox(ctx); n != 3 || err != nil {
			w.Fatalf("dropped %d, %v", n, err)
		}
		if n, err := w.app.DropInbox(ctx); n != 0 || err != nil {
			w.Errorf("dropped again %d, %v", n, err)
		}
		m, err = w.app.Mailed(ctx, w.who("office"), 3)
		w.ok(err)
		if m.Card.From != "" || m.Letter.Text != "" || m.State != storage.InboxDismissed {
			w.Errorf("what was erased is there: %+v", m)
		}
		w.inboxWhole()
	})
}

// A mailbox that does not answer is said, and nothing is lost by it.
func TestInboxUnreachable(t *testing.T) {
	each(t, func(w world) {
		w.app.SetPost(app.PostConfig{IMAP: post.IMAP{Host: "127.0.0.1", Port: 1, TLS: post.Plain, User: "u", Password: "p", Folder: "INBOX", Timeout: time.Second}})
		if _, err := w.app.FetchMail(ctx); !fault.Is(err, fault.Unavailable) {
			w.Errorf("got %v", err)
		}
		if s, err := w.app.BoxState(ctx); err != nil || s.Last.Failure == "" || !s.Good.At.IsZero() {
			w.Errorf("%+v %v", s, err)
		}
		if _, err := w.app.FetchMail(diesAt{ctx, new(int), new(sync.Mutex), make(chan struct{})}); !errors.Is(err, context.Canceled) && !fault.Is(err, fault.Unavailable) {
			w.Errorf("stopped: %v", err)
		}
	})
}

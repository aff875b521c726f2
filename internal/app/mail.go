package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
)

// Kinds of mail.
const (
	MailDigest     = "digest"
	MailUrgent     = "urgent"
	MailCheckpoint = "checkpoint"
	MailTest       = "test"
)

// toAddress begins the target of a mail to an address that the configuration or
// the administrator named; others go to people.
const toAddress = "to/"

// mailDoc is a mail in the outbox.
type mailDoc struct {
	Subject string          `json:"subject"`
	Text    string          `json:"text"`
	Files   []post.Attached `json:"files,omitempty"`
}

// outgoing is a mail for the outbox. what names what it says: the same to the same
// receiver is sent once.
func (a *App) outgoing(kind, target, what string, d mailDoc) (storage.Outgoing, error) {
	doc, err := json.Marshal(d)
	return storage.Outgoing{ID: a.postID(kind, target, what), Way: storage.ByMail, Target: target, Kind: kind, Doc: doc}, err
}

// SendMail hands over the mails whose time has come.
func (a *App) SendMail(ctx context.Context) (int64, error) {
	if !a.post.SMTP.On() {
		return 0, nil
	}
	return a.deliver(ctx, wayOut{name: storage.ByMail, waits: func(storage.Outgoing) []time.Duration { return postRules().Mail.Waits }, send: a.sendMail})
}

func (a *App) sendMail(ctx context.Context, o storage.Outgoing) post.Outcome {
	to, err := a.mailAddress(ctx, o.Target)
	if err != nil {
		return post.Outcome{Text: "database", Err: err}
	}
	if to == "" {
		return post.Outcome{Text: "no address", Final: true, Err: errors.New("no address")}
	}
	var d mailDoc
	if err := json.Unmarshal(o.Doc, &d); err != nil {
		return post.Outcome{Text: "unreadable", Final: true, Err: err}
	}
	return a.post.SMTP.Send(ctx, post.Mail{To: to, ID: o.ID, Subject: d.Subject, Text: d.Text, Files: d.Files, Date: o.Created})
}

// mailAddress is where a mail to a target goes now; "" for somebody who left or
// has taken the address out.
func (a *App) mailAddress(ctx context.Context, target string) (to string, err error) {
	if to, ok := strings.CutPrefix(target, toAddress); ok {
		return to, nil
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		id := strings.TrimPrefix(target, "person/")
		if p, ok := org.Person(party.PersonID(id)); !ok || p.Disabled {
			return nil
		}
		wishes, err := tx.MailWishes(id)
		if err == nil && len(wishes) == 1 {
			to = wishes[0].Address
		}
		return err
	})
	return to, err
}

// MailWish is what a person wants by e-mail.
type MailWish struct {
	On      bool   `json:"on" readOnly:"true" doc:"The institution sends e-mail"`
	Address string `json:"address" maxLength:"254" doc:"Empty: nothing is sent"`
	Digest  bool   `json:"digest" doc:"What is due and overdue in the own list, once a working day"`
	Overdue bool   `json:"overdue" doc:"What is overdue in the unit; for those who lead"`
	Urgent  bool   `json:"urgent" doc:"Reminders and supervision orders, at once"`
	Leads   bool   `json:"leads" readOnly:"true" doc:"Overdue is for this person"`
}

// MailWish returns what the person wants, the defaults until he has chosen.
func (a *App) MailWish(ctx context.Context, who party.Actor) (MailWish, error) {
	d := postRules().Mail
	out := MailWish{On: a.post.SMTP.On(), Digest: d.Digest, Overdue: d.Overdue, Urgent: d.Urgent, Leads: access.May(who, access.SuperviseComplaint)}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		got, err := tx.MailWishes(string(who.Person()))
		if err == nil && len(got) == 1 {
			out.Address, out.Digest, out.Overdue, out.Urgent = got[0].Address, got[0].Digest, got[0].Overdue, got[0].Urgent
		}
		return err
	})
	return out, err
}

// SetMailWish keeps what the person wants.
func (a *App) SetMailWish(ctx context.Context, who party.Actor, m MailWish) error {
	if who.Person() == "" {
		return fault.New(fault.Forbidden, "只有人员可以设置自己的邮件提醒")
	}
	m.Address = strings.TrimSpace(m.Address)
	if err := checkAddress(m.Address, "address"); m.Address != "" && err != nil {
		return err
	}
	return a.store.Write(ctx, func(w *storage.Writer) error {
		return w.PutMailWish(storage.MailWish{Person: string(who.Person()), Address: m.Address, Digest: m.Digest, Overdue: m.Overdue, Urgent: m.Urgent})
	})
}

// maxAddress is how long an address may be (RFC 5321).
const maxAddress = 254

func checkAddress(s, field string) error {
	p, err := mail.ParseAddress(s)
	var f fault.Fields
	f.Need(err == nil && p.Address == s && len(s) <= maxAddress, field, "邮箱地址不对，应像 li.wen@bank.example 这样")
	return f.Err()
}

// MailStatus is how sending mail stands.
type MailStatus struct {
	On     bool
	Server string // host and port
	TLS    post.TLS
	From   string
	Base   string
	Hour   int // of the digests
	storage.OutboxState
}

// MailLine is one line of the log of mails.
type MailLine struct {
	storage.Outgoing
	To string // masked
}

// Mail returns how sending mail stands.
func (a *App) Mail(ctx context.Context, who party.Actor) (MailStatus, error) {
	c := a.post.SMTP
	s := MailStatus{On: c.On(), From: c.From, TLS: c.TLS, Base: a.post.Base, Hour: int(a.number("mail.digest_hour", 8))}
	if c.On() {
		s.Server = c.Address()
	}
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return MailStatus{}, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		s.OutboxState, err = tx.OutboxState(storage.ByMail, "")
		return err
	})
	return s, err
}

// MailLog returns lines of the log, newest first; state is "" for all, before the
// cursor of the line before.
func (a *App) MailLog(ctx context.Context, who party.Actor, state, before string, limit int) (out []MailLine, err error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		lines, err := tx.Outbox(storage.OutboxFilter{Way: storage.ByMail, State: state, Before: before, Limit: limit})
		if err != nil {
			return err
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		for _, l := range lines {
			to, ok := strings.CutPrefix(l.Target, toAddress)
			if to = post.Mask(to); !ok {
				to = org.Name(l.Target)
			}
			out = append(out, MailLine{l, to})
		}
		return nil
	})
	return out, err
}

// MailAgain lets a mail that was given up or waits be tried at once.
func (a *App) MailAgain(ctx context.Context, who party.Actor, id string) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	return a.again(ctx, storage.ByMail, id)
}

// TestMail puts a mail to an address into the outbox; the log shows what came of it.
func (a *App) TestMail(ctx context.Context, who party.Actor, to string) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	if !a.post.SMTP.On() {
		return fault.New(fault.Conflict, "没有设置发信服务器。请在配置文件里写明 smtp-host 等各项。")
	}
	to = strings.TrimSpace(to)
	if err := checkAddress(to, "to"); err != nil {
		return err
	}
	o, err := a.outgoing(MailTest, toAddress+to, a.now().Format(time.RFC3339Nano), mailDoc{Subject: "小保：测试邮件", Text: "这是小保的测试邮件。收到它说明发信服务器设置正确。\n" + a.post.page("/settings/mail") + "\n"})
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Post(o)
		return nil
	})
}

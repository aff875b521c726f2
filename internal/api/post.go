package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

const tagPost = "Mail and webhooks"

// SentView is one line of a log of what leaves the house.
type SentView struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	To      string    `json:"to" doc:"Masked"`
	State   string    `json:"state" enum:"waiting,sent,given_up"`
	Created time.Time `json:"created"`
	Tries   int       `json:"tries"`
	Tried   time.Time `json:"tried,omitzero" doc:"Last try"`
	Next    time.Time `json:"next,omitzero" doc:"Next try, while it waits"`
	Code    int       `json:"code,omitempty" doc:"What the other side answered"`
	Answer  string    `json:"answer,omitempty"`
	Cursor  string    `json:"cursor" doc:"before= of the next page"`
}

func sentView(l app.MailLine) SentView {
	v := SentView{ID: l.ID, Kind: l.Kind, To: l.To, State: l.State, Created: l.Created, Tries: l.Tries, Tried: l.Tried, Code: l.Code, Answer: l.Answer, Cursor: l.Cursor()}
	if l.State == "waiting" {
		v.Next = l.Due
	}
	return v
}

// MailView is how sending mail stands.
type MailView struct {
	On      bool       `json:"on"`
	Server  string     `json:"server,omitempty"`
	Waiting int64      `json:"waiting"`
	Oldest  time.Time  `json:"oldest,omitzero" doc:"When the oldest that waits was written"`
	GivenUp int64      `json:"given_up"`
	Last    time.Time  `json:"last_sent,omitzero"`
	Log     []SentView `json:"log" doc:"Newest first"`
}

// LogPage asks for a page of the log of a way out. Parameters of an embedded struct are
// read only where its name is exported.
type LogPage struct {
	State  string `query:"state" enum:"waiting,sent,given_up"`
	Before string `query:"before" maxLength:"200" doc:"Cursor of the last line of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type testMailBody struct {
	To string `json:"to" maxLength:"254"`
}

type againBody struct {
	ID string `json:"id" maxLength:"64"`
}

func (s *rest) mail() {
	answer(s, get("/mail", "list-mail", tagPost, "How sending mail stands, and its log (邮件)", access.ReadSettings, "Mail", "MailLog"),
		func(ctx context.Context, who party.Actor, in *LogPage) (*out[MailView], error) {
			m, err := s.Mail(ctx, who)
			if err != nil {
				return nil, err
			}
			log, err := s.MailLog(ctx, who, in.State, in.Before, in.Limit)
			return body(MailView{On: m.On, Server: m.Server, Waiting: m.Waiting, Oldest: m.Oldest, GivenUp: m.GivenUp, Last: m.LastSent, Log: each(log, sentView)}), err
		})
	take(s, post("/mail/test", "test-mail", tagPost, "Send a test mail (测试邮件)", access.ManageSettings, "TestMail").answers(http.StatusAccepted),
		func(ctx context.Context, who party.Actor, _ *Raw, b testMailBody) (*done, error) {
			return &done{}, s.TestMail(ctx, who, b.To)
		})
	take(s, post("/mail/again", "send-mail-again", tagPost, "Try a mail that was given up once more (再发一次)", access.ManageSettings, "MailAgain").answers(http.StatusAccepted),
		func(ctx context.Context, who party.Actor, _ *Raw, b againBody) (*done, error) {
			return &done{}, s.MailAgain(ctx, who, b.ID)
		})
	answer(s, get("/me/mail", "get-mail-wish", tagPost, "What one wants by e-mail (邮件提醒)", "", "MailWish"),
		func(ctx context.Context, who party.Actor, _ *none) (*out[app.MailWish], error) {
			m, err := s.MailWish(ctx, who)
			return body(m), err
		})
	take(s, put("/me/mail", "set-mail-wish", tagPost, "Choose what one wants by e-mail (设置邮件提醒)", "", "SetMailWish").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, _ *Raw, m app.MailWish) (*done, error) {
			return &done{}, s.SetMailWish(ctx, who, m)
		})
}

// InboxView is a message that came by mail.
type InboxView struct {
	N        int64        `json:"n"`
	State    string       `json:"state" enum:"new,matched,registered,filed,dismissed,duplicate,automatic,refused,arriving"`
	Received time.Time    `json:"received" doc:"When the mail server took it in; the limits run from that day"`
	From     string       `json:"from,omitempty" doc:"Name, masked"`
	Subject  string       `json:"subject,omitempty" doc:"Long numbers hidden"`
	Case     complaint.ID `json:"case,omitempty"`
	Number   string       `json:"number,omitempty" doc:"Of the case"`
	Why      string       `json:"why,omitempty"`
	Text     string       `json:"text,omitempty" doc:"Of one message; long numbers hidden"`
	Files    []string     `json:"files,omitempty" doc:"Names of attachments"`
}

// InboxList is a page of messages.
type InboxList struct {
	Messages []InboxView `json:"messages"`
	Next     int64       `json:"next,omitempty" doc:"after= of the next page"`
}

type inboxIn struct {
	State string `query:"state" enum:"new,matched,registered,filed,dismissed,duplicate,automatic,refused,arriving"`
	After int64  `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type mailIn struct {
	N int64 `query:"n" minimum:"1" required:"true"`
}

type fileMailBody struct {
	N    int64        `json:"n"`
	Case complaint.ID `json:"case"`
}

type dismissBody struct {
	N   int64  `json:"n"`
	Why string `json:"why" maxLength:"500"`
}

type registerMailBody struct {
	N         int64              `json:"n"`
	Complaint complaint.Register `json:"complaint"`
}

// MailCaseView is the case that a message became.
type MailCaseView struct {
	ID complaint.ID `json:"id"`
}

func (s *rest) inbox() {
	answer(s, get("/inbox", "list-inbox", tagPost, "What came by mail (来信)", access.ReadInbox, "Inbox"),
		func(ctx context.Context, who party.Actor, in *inboxIn) (*out[InboxList], error) {
			list, next, err := s.Inbox(ctx, who, storage.InboxState(in.State), in.After, in.Limit)
			return body(InboxList{each(list, func(m app.MailItem) InboxView {
				return InboxView{N: m.ID, State: string(m.State), Received: m.At, From: web.MaskName(m.Card.Name), Subject: complaint.MaskNumbers(m.Card.Subject), Case: m.Case, Number: m.Number, Why: m.Why}
			}), next}), err
		})
	answer(s, get("/inbox/mail", "get-mail", tagPost, "One message as plain text; reading is on record", access.ReadInbox, "Mailed"),
		func(ctx context.Context, who party.Actor, in *mailIn) (*out[InboxView], error) {
			m, err := s.Mailed(ctx, who, in.N)
			v := InboxView{N: m.ID, State: string(m.State), Received: m.At, From: web.MaskName(m.Card.Name), Subject: complaint.MaskNumbers(m.Card.Subject), Case: m.Case, Number: m.Number, Why: m.Why, Text: complaint.MaskNumbers(m.Letter.Text)}
			for _, f := range m.Letter.Files {
				v.Files = append(v.Files, f.Name)
			}
			return body(v), err
		})
	take(s, post("/inbox/register", "register-mail", tagPost, "Register a message as a complaint; the original is kept with it (登记为投诉)", access.RegisterComplaint, "RegisterMail").answers(http.StatusCreated),
		func(ctx context.Context, who party.Actor, _ *Raw, b registerMailBody) (*out[MailCaseView], error) {
			id, err := s.RegisterMail(ctx, who, b.N, b.Complaint)
			return body(MailCaseView{id}), err
		})
	take(s, post("/inbox/file", "file-mail", tagPost, "File a message as a contact of a case (归入案件)", access.ReadInbox, "FileMail").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, _ *Raw, b fileMailBody) (*done, error) {
			return &done{}, s.FileMail(ctx, who, b.N, b.Case)
		})
	take(s, post("/inbox/dismiss", "dismiss-mail", tagPost, "Say that a message is no complaint (不是投诉)", access.ReadInbox, "DismissMail").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, _ *Raw, b dismissBody) (*done, error) {
			return &done{}, s.DismissMail(ctx, who, b.N, b.Why)
		})
}

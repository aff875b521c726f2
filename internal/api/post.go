package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
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

type logIn struct {
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
		func(ctx context.Context, who party.Actor, in *logIn) (*out[MailView], error) {
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

package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const tagPersonal = "Personal data and records of reading"

type pageIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// RequestView is one request for approval that waits, with what a person must see
// to decide.
type RequestView struct {
	Case     RowView        `json:"case"`
	Request  ApprovalView   `json:"request"`
	Before   []DeadlineView `json:"before" doc:"Dates of the case as they are"`
	After    []DeadlineView `json:"after" doc:"And as they would be when it is granted"`
	MayGrant bool           `json:"may_grant"`
	Refused  string         `json:"refused,omitempty" doc:"Why the holder of the token may not grant it"`
}

// RequestsView is the list of what waits for approval, oldest first.
type RequestsView struct {
	Requests []RequestView `json:"requests"`
}

func (s *rest) approvals() {
	answer(s, get("/approvals", "list-approvals", tagCase, "What waits for a second person (待审批)", access.ApproveComplaint, "Approvals").
		says("Grant with POST /complaints/{id}/approve, send back with POST /complaints/{id}/return. That the cases were read is recorded."),
		func(ctx context.Context, who party.Actor, in *pageIn) (*out[RequestsView], error) {
			cards, org, err := s.Approvals(ctx, who, in.Limit)
			if err != nil {
				return nil, err
			}
			return body(RequestsView{each(cards, func(c app.ApprovalCard) RequestView { return requestView(c, org, s) })}), nil
		})
}

func requestView(c app.ApprovalCard, org *app.Org, s *rest) RequestView {
	v := RequestView{Case: rowView(c.Row, org), Request: ApprovalView(c.Request), Before: deadlineViews(c.Before, s.Today()), After: deadlineViews(c.After, s.Today()), MayGrant: c.Refused == nil}
	if c.Refused != nil {
		v.Refused = fault.Message(c.Refused)
	}
	return v
}

type revealBody struct {
	Reason string `json:"reason" enum:"contact,verify_identity,payment,letter,audit,other"`
	Why    string `json:"why,omitempty" maxLength:"500" doc:"Needed with other"`
}

type revealIn struct {
	CaseID
	Raw
}

// AccessView is one line of the record of reading.
type AccessView struct {
	At     time.Time    `json:"at"`
	Who    string       `json:"who" doc:"Actor"`
	Name   string       `json:"name"`
	Kind   string       `json:"kind" doc:"access.Opened, access.Revealed, access.FileRead, access.Printed, access.Exported, access.Searched"`
	Case   complaint.ID `json:"case,omitempty"`
	Number string       `json:"number,omitempty" doc:"Of the case; only in the report over all cases"`
	What   string       `json:"what"`
}

// AccessLogView is a page of the record, newest first.
type AccessLogView struct {
	Entries []AccessView `json:"entries"`
	Next    string       `json:"next,omitempty" doc:"Value of before (one case) or cursor (all cases) for the next page"`
}

type reportIn struct {
	Person string `query:"person" doc:"Who read"`
	Kind   string `query:"kind" doc:"access.Opened, access.Revealed, access.FileRead, access.Printed, access.Exported, access.Searched"`
	Case   int64  `query:"case" minimum:"1"`
	From   string `query:"from" format:"date"`
	To     string `query:"to" format:"date"`
	Cursor string `query:"cursor" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *rest) accessReport(ctx context.Context, who party.Actor, in *reportIn) (*out[AccessLogView], error) {
	var f fault.Fields
	filter := app.AccessFilter{Who: party.PersonID(in.Person), Kind: in.Kind, Case: complaint.ID(in.Case), From: day(&f, "from", in.From), To: day(&f, "to", in.To), Limit: in.Limit}
	if n, err := fmt.Sscanf(in.Cursor, "%d.%d", &filter.Before.At, &filter.Before.ID); in.Cursor != "" && (n != 2 || err != nil) {
		f.Add("cursor", "游标不对：请原样使用上一页的 next")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	lines, err := s.AccessReport(ctx, who, filter)
	if err != nil {
		return nil, err
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	v := AccessLogView{Entries: each(lines, func(l app.AccessLine) AccessView {
		return AccessView{At: l.At, Who: l.Who, Name: org.Name(l.Who), Kind: l.Kind, Case: l.Case, Number: l.Number, What: l.What}
	})}
	if len(lines) == in.Limit {
		last := lines[len(lines)-1].Cursor
		v.Next = fmt.Sprintf("%d.%d", last.At, last.ID)
	}
	return body(v), nil
}

// LogIn pages a record of reading.
type LogIn struct {
	Before time.Time `query:"before" doc:"Lines before this moment (RFC 3339)"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type caseLogIn struct {
	CaseID
	LogIn
}

func (s *rest) personal() {
	take(s, post("/complaints/{id}/reveal", "reveal", tagPersonal, "Show personal data in clear (查看个人信息)", access.RevealComplaint, "Reveal").
		says("With a reason, and a record before the answer. Needs the scope write, because it leaves that record."),
		func(ctx context.Context, who party.Actor, in *revealIn, b revealBody) (*out[app.Revealed], error) {
			r, err := s.Reveal(ctx, who, complaint.ID(in.ID), b.Reason, b.Why)
			if err != nil {
				return nil, err
			}
			return body(r), nil
		})
	answer(s, get("/complaints/{id}/access-log", "get-access-log", tagPersonal, "Who read the case (查阅记录)", access.TraceComplaint, "AccessLog"),
		func(ctx context.Context, who party.Actor, in *caseLogIn) (*out[AccessLogView], error) {
			return s.accessLog(ctx, who, complaint.ID(in.ID), in.LogIn)
		})
	answer(s, get("/access-log", "list-access-log", tagPersonal, "Who read what (查阅记录)", access.ReadAudit, "AccessReport"),
		s.accessReport)
	answer(s, get("/sign-log", "list-sign-log", tagPersonal, "History of signing in (登录记录)", "", "SignLog").
		says("Of everybody for the auditor, else with person=one's own id."), s.signLog)
}

func (s *rest) accessLog(ctx context.Context, who party.Actor, id complaint.ID, in LogIn) (*out[AccessLogView], error) {
	if in.Before.IsZero() {
		in.Before = s.Now().Add(time.Second)
	}
	list, err := s.AccessLog(ctx, who, id, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	v := AccessLogView{Entries: each(list, func(e app.AccessEntry) AccessView {
		return AccessView{At: e.At, Who: e.Who, Name: org.Name(e.Who), Kind: e.Kind, Case: e.Case, What: e.What}
	})}
	if len(list) == in.Limit {
		v.Next = list[len(list)-1].At.Format(time.RFC3339Nano)
	}
	return body(v), nil
}

type signIn struct {
	Person string `query:"person"`
	Kind   string `query:"kind" doc:"sign.In, sign.Failed, sign.Locked, sign.Out, sign.Ended, sign.PasswordChanged, sign.PasswordReset, sign.TOTPOn, sign.TOTPOff, sign.PasskeyOn, sign.PasskeyOff, sign.CodesRenewed, sign.TokenCreated, sign.TokenRevoked"`
	Before int64  `query:"before" minimum:"1" doc:"seq of the last line of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// SignView is one line of the history of signing in.
type SignView struct {
	Seq    int64          `json:"seq"`
	At     time.Time      `json:"at"`
	Person party.PersonID `json:"person"`
	Kind   string         `json:"kind"`
	By     string         `json:"by"`
	IP     string         `json:"ip,omitempty"`
	Agent  string         `json:"agent,omitempty"`
	What   string         `json:"what,omitempty"`
}

// SignLogView is a page of it, newest first.
type SignLogView struct {
	Entries []SignView `json:"entries"`
}

func (s *rest) signLog(ctx context.Context, who party.Actor, in *signIn) (*out[SignLogView], error) {
	list, err := s.SignLog(ctx, who, app.SignFilter{Person: party.PersonID(in.Person), Kind: in.Kind, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return body(SignLogView{each(list, func(e app.SignEntry) SignView { return SignView(e) })}), nil
}

func hexOf(h [32]byte) string { return hex.EncodeToString(h[:]) }

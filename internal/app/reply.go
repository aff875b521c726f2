package app

import (
	"context"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// replyPacks are the packs of rules that speak of replies.
var replyPacks = []string{"reply-language", "taboos"}

// recentLetters bounds how many other letters a reply is compared with.
const recentLetters = 12

// replyDesk is what a check of replies needs besides the case.
type replyDesk struct {
	app     *App
	org     *Org
	checker *reply.Checker
}

func (a *App) replyDesk(ctx context.Context) (*replyDesk, error) {
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, err
	}
	laws, err := a.Laws(ctx)
	if err != nil {
		return nil, err
	}
	org, err := a.Org(ctx)
	if err != nil {
		return nil, err
	}
	return &replyDesk{a, org, &reply.Checker{Rules: book, Packs: replyPacks, Laws: laws}}, nil
}

// facts gathers what the case says, as a decision made now would have it.
func (d *replyDesk) facts(c complaint.Case, env complaint.Env, kind complaint.ReplyKind) reply.Facts {
	f := reply.Facts{Kind: kind, Case: c, Today: env.Today(), Institution: d.app.institution, We: we(d.app.institution)}
	f.Addressee, _ = addressee(c)
	if c.Representative == nil {
		f.Salutation = c.Complainant.Salutation
	}
	if due := decideDeadline(c, env); due != nil {
		f.Due = due.Due
	}
	would := c
	if would.Decision == nil {
		would.Decision = &complaint.Decision{Unit: c.Unit, HeadOffice: complaint.IsHead(c.Unit, env.Tree)}
	}
	f.Branch = !would.Decision.HeadOffice
	var lines []string
	for _, r := range would.Remedies(env) {
		lines = append(lines, remedyWords[r.Kind])
		if r.Kind == "reexamination" {
			f.ReexamDays = r.Days
		}
	}
	f.Remedies = strings.Join(lines, "。")
	for _, u := range env.Tree.Units() {
		if u.Phone != "" {
			f.Phones = append(f.Phones, u.Phone)
		}
	}
	return f
}

// remedyWords name the remedies as every letter does.
var remedyWords = map[string]string{"reexamination": "核查", "mediation": "调解", "arbitration": "仲裁", "litigation": "诉讼"}

// stopLevel is the severity that stops a reply.
func stopLevel(env complaint.Env) string {
	s, err := env.Rules.Setting("reply.stop")
	if err != nil {
		return "error"
	}
	return s.Text()
}

// stops refuses a reply with findings that nobody let stand, naming each.
func (d *replyDesk) stops(c complaint.Case, env complaint.Env, r complaint.Reply, kind complaint.ReplyKind, composed bool) ([]complaint.Overridden, error) {
	f := d.facts(c, env, kind)
	f.PrintsRedress = !composed
	found, err := d.checker.Check(r, f)
	if err != nil {
		return nil, err
	}
	stop, let := reply.Stopping(found, stopLevel(env), c)
	if len(stop) == 0 {
		return let, nil
	}
	var wrong fault.Fields
	for _, x := range stop {
		wrong.Add("reply:"+x.ID, "%s", x.Says())
	}
	return nil, fault.Wrap(fault.Invalid, wrong.Err(), "答复还有 %d 处错误，没有提交：%s。请在“起草答复”里改正，或由有审批权限的人具名放行（按本机构设置，可能须为撰写人和提交人以外的人）。", len(stop), stop[0].Says())
}

// wording is the reply that a proposal would send.
func wording(c complaint.Case, d complaint.ProposeDecision) complaint.Reply {
	if draft, ok := c.DraftVersion(complaint.DecisionReply, d.Draft); ok && d.Draft > 0 {
		return draft.Reply
	}
	return reply.FromFindings(c, d.Text)
}

// mayIssue checks the letter again on the day it is issued: its dates, articles
// and amounts may no longer be right.
func (d *replyDesk) mayIssue(c complaint.Case, env complaint.Env, kind complaint.LetterKind) error {
	if draft, ok := regulatorDraft(c); ok && kind == complaint.RegulatorResponse {
		if len(draft.Machine) > 0 {
			return fault.New(fault.Invalid, "给监管的答复里还有模型起草、没有人确认的段落。请在“起草答复”里改写或确认后再出具。")
		}
		_, err := d.stops(c, env, draft.Reply, complaint.RegulatorReply, true)
		return err
	}
	if kind != complaint.DecisionLetter || c.Decision == nil {
		return nil
	}
	r := reply.FromFindings(c, c.Decision.Text)
	if c.Decision.Reply != nil {
		r = *c.Decision.Reply
	}
	for _, o := range c.Decision.Overridden { // let stand when it was proposed
		c.Overrides = append(slices.Clip(c.Overrides), complaint.Override{Findings: []string{o.Finding}, Why: o.Why, By: o.By})
	}
	_, err := d.stops(c, env, r, complaint.DecisionReply, c.Decision.Reply != nil)
	return err
}

// regulatorDraft is the answer to the regulator as somebody wrote it.
func regulatorDraft(c complaint.Case) (complaint.Draft, bool) {
	draft, ok := c.Draft(complaint.RegulatorReply)
	return draft, ok && strings.TrimSpace(draft.Reply.Decision) != ""
}

// checked puts the check of the reply before the commands that send one.
func (a *App) checked(ctx context.Context, cmd complaint.Command) (decide, error) {
	switch d := cmd.(type) {
	case *complaint.ProposeDecision:
		return a.checked(ctx, *d)
	case *complaint.OverrideReply:
		return a.checked(ctx, *d)
	case complaint.ProposeDecision:
		desk, err := a.replyDesk(ctx)
		return func(c complaint.Case, env complaint.Env) ([]complaint.Event, error) {
			events, err := d.Decide(c, env)
			if err != nil {
				return nil, err // what the case itself lacks comes first
			}
			if d.Overridden, err = desk.stops(c.ForProposal(env), env, wording(c, d), complaint.DecisionReply, d.Draft > 0); err != nil {
				return nil, err
			}
			if len(d.Overridden) == 0 {
				return events, nil
			}
			return d.Decide(c, env)
		}, err
	case complaint.OverrideReply:
		desk, err := a.replyDesk(ctx)
		return func(c complaint.Case, env complaint.Env) ([]complaint.Event, error) {
			if d.Says, err = desk.says(c, env, d); err != nil {
				return nil, err
			}
			return d.Decide(c, env)
		}, err
	}
	return cmd.Decide, nil
}

// says puts the findings that are let stand into words; a finding that the check
// does not make cannot be let stand.
func (d *replyDesk) says(c complaint.Case, env complaint.Env, o complaint.OverrideReply) ([]string, error) {
	kind := o.Kind
	if kind == "" {
		kind = complaint.DecisionReply
	}
	draft, ok := c.Draft(kind)
	words := draft.Reply
	if strings.TrimSpace(o.Text) != "" || !ok {
		words = reply.FromFindings(c, o.Text)
	}
	found, err := d.checker.Check(words, d.facts(c, env, kind))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range o.Findings {
		i := slices.IndexFunc(found, func(f reply.Finding) bool { return f.ID == id })
		if i < 0 {
			return nil, &fault.Error{Kind: fault.Invalid, Text: "答复已经改过，没有这条检查意见了。请重新检查后再选择。", Violations: []fault.Violation{{Field: "findings", Text: "没有这条检查意见：" + id}}}
		}
		out = append(out, found[i].Says())
	}
	return out, nil
}

// ReplyCheck is what the check says of a wording.
type ReplyCheck struct {
	Findings   []reply.Finding        `json:"findings"`
	Stops      []string               `json:"stops" doc:"Ids of the findings that stop the reply"`
	Overridden []complaint.Overridden `json:"overridden,omitempty"`
	Reading    reply.Reading          `json:"reading"`
	Least      int                    `json:"least" doc:"Readability that fits the person"`
	Level      string                 `json:"level" enum:"error,warn,never"`
}

// ReplyPage is what somebody who drafts a reply needs.
type ReplyPage struct {
	CasePage
	Kind   complaint.ReplyKind
	Reply  complaint.Reply   // the draft, or a first one composed of the findings
	Draft  complaint.Draft   // N is 0 when none was saved yet
	Past   []complaint.Draft // the versions of the kind, newest first
	Check  ReplyCheck
	Points []complaint.Allegation // live ones, in clear words
}

// ReplyDraft returns the draft of a reply with its check, or a first one.
func (a *App) ReplyDraft(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.ReplyKind) (ReplyPage, error) {
	page, err := a.Complaint(ctx, who, id)
	if err != nil {
		return ReplyPage{}, err
	}
	out := ReplyPage{CasePage: page, Kind: kind, Points: page.Case.Live()}
	err = a.onReply(ctx, who, id, func(d *replyDesk, c complaint.Case, env complaint.Env, recent []reply.Recent) error {
		facts := d.facts(c, env, kind)
		facts.Recent = recent
		for _, v := range slices.Backward(c.Drafts) {
			if v.Kind == kind {
				out.Past = append(out.Past, v)
			}
		}
		if len(out.Past) > 0 {
			out.Draft = out.Past[0]
			out.Reply = out.Draft.Reply
		} else {
			out.Reply = reply.Compose(facts, "")
		}
		out.Check, err = d.check(out.Reply, facts, env)
		return err
	})
	return out, err
}

// ComposeReply returns a first draft, without saving it.
func (a *App) ComposeReply(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.ReplyKind) (out complaint.Reply, err error) {
	err = a.onReply(ctx, who, id, func(d *replyDesk, c complaint.Case, env complaint.Env, _ []reply.Recent) error {
		out = reply.Compose(d.facts(c, env, kind), "")
		return nil
	})
	return out, err
}

// CheckReply checks a wording, saved or not, against the case.
func (a *App) CheckReply(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.ReplyKind, r complaint.Reply) (out ReplyCheck, err error) {
	err = a.onReply(ctx, who, id, func(d *replyDesk, c complaint.Case, env complaint.Env, recent []reply.Recent) error {
		facts := d.facts(c, env, kind)
		facts.Recent = recent
		out, err = d.check(r, facts, env)
		return err
	})
	return out, err
}

// MendReply makes the mend of a finding in a wording, without saving it.
func (a *App) MendReply(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.ReplyKind, r complaint.Reply, finding string) (complaint.Reply, error) {
	check, err := a.CheckReply(ctx, who, id, kind, r)
	if err != nil {
		return r, err
	}
	for _, f := range check.Findings {
		if f.ID == finding {
			if mended, ok := reply.Apply(r, f); ok {
				return mended, nil
			}
			return r, fault.New(fault.Conflict, "这条意见要由您来改：%s", f.Advice)
		}
	}
	return r, fault.New(fault.Conflict, "文字已经改过，没有这条检查意见了")
}

// PreviewReply returns the letter as a wording would print it, marked as a draft.
func (a *App) PreviewReply(ctx context.Context, who party.Actor, id complaint.ID, r complaint.Reply) (document.Letter, error) {
	var l document.Letter
	err := a.onReply(ctx, who, id, func(d *replyDesk, c complaint.Case, env complaint.Env, _ []reply.Recent) error {
		c.Decision = &complaint.Decision{Text: r.Decision, Reply: &r, Unit: c.Unit, HeadOffice: complaint.IsHead(c.Unit, env.Tree), On: env.Today()}
		var err error
		l, _, err = a.letter(c, env, d.org, complaint.DecisionLetter, 0)
		l.Draft = true
		return err
	})
	return l, err
}

func (d *replyDesk) check(r complaint.Reply, facts reply.Facts, env complaint.Env) (ReplyCheck, error) {
	found, err := d.checker.Check(r, facts)
	if err != nil {
		return ReplyCheck{}, err
	}
	out := ReplyCheck{Findings: found, Level: stopLevel(env), Stops: []string{}}
	stop, let := reply.Stopping(found, out.Level, facts.Case)
	for _, f := range stop {
		out.Stops = append(out.Stops, f.ID)
	}
	out.Overridden = let
	out.Reading, out.Least = facts.Reading(r)
	return out, nil
}

// onReply loads the case in clear for somebody who handles it and gives what the
// check needs.
func (a *App) onReply(ctx context.Context, who party.Actor, id complaint.ID, fn func(*replyDesk, complaint.Case, complaint.Env, []reply.Recent) error) error {
	desk, err := a.replyDesk(ctx)
	if err != nil {
		return err
	}
	return a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.HandleComplaint)
		if err != nil {
			return err
		}
		env, _, err := a.env(tx, who, c.ReceivedOn)
		if err != nil {
			return err
		}
		recent, err := a.recentAnswers(tx, who, c)
		if err != nil {
			return err
		}
		return fn(desk, c, env, recent)
	})
}

// recentAnswers are the answers of the newest letters of the unit that the
// person may read.
func (a *App) recentAnswers(tx *storage.Tx, who party.Actor, c complaint.Case) ([]reply.Recent, error) {
	rows, _, err := tx.Worklist(storage.Filter{Who: who, Unit: c.Unit, UnitDepth: len(c.Path), States: []complaint.State{complaint.Decided, complaint.Noticed, complaint.Closed}, Limit: recentLetters})
	if err != nil {
		return nil, err
	}
	var out []reply.Recent
	for _, row := range rows {
		if row.ID == c.ID {
			continue
		}
		other, err := tx.Complaint(row.ID)
		if err != nil {
			return nil, err
		}
		if other.Decision == nil {
			continue
		}
		words := reply.FromFindings(other, "")
		if other.Decision.Reply != nil {
			words = *other.Decision.Reply
		}
		for _, answer := range words.Answers {
			out = append(out, reply.Recent{Number: other.Number, Text: answer.Text})
		}
	}
	return out, nil
}

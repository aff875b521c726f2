package api

import (
	"context"
	"errors"
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const tagVerb = "Commands on a case"

// verb is one command as an operation; mount registers it with its own schema.
type verb struct {
	name  string
	mount func(*rest)
}

// on makes the operation of a command. The permission is that of the empty
// command; one that needs more for some of its values is asked again by the case.
func on[C complaint.Command](name, summary string) verb {
	return verb{name, func(s *rest) {
		var zero C
		take(s, post("/complaints/{id}/"+name, name, tagVerb, summary, zero.Action(), "Do").says("Answers with the case as it then stands."),
			func(ctx context.Context, who party.Actor, in *commandIn, cmd C) (*out[CaseView], error) {
				return s.do(ctx, who, in, cmd)
			})
	}}
}

// verbTable lists every command; a test compares it with complaint.Verbs.
var verbTable = []verb{
	on[complaint.Accept]("accept", "Accept an offered case, or begin work (接收)"),
	on[complaint.Decline]("decline", "Send an offer back (退回转办)"),
	on[complaint.Assign]("assign", "Offer the case to a person or a unit (分派、转办)"),
	on[complaint.Remind]("remind", "Remind, supervise or escalate (催办、督办、升级)"),
	on[complaint.AnswerSupervision]("answer-supervision", "Report back on supervision orders (督办答复)"),
	on[complaint.Recuse]("recuse", "Keep a person or unit away from the case (回避)"),
	on[complaint.Amend]("amend", "Correct what was registered (更正登记内容)"),
	on[complaint.Reclassify]("reclassify", "Correct the nature of the matter (更正事项类型)"),
	on[complaint.ChooseCode]("choose-code", "Pick a code where the mapping tables leave it open (选定编码)"),
	on[complaint.AddReference]("add-reference", "Add a further arrival of the same grievance (登记来文)"),
	on[complaint.AnswerReference]("answer-reference", "Prove that a sender was answered (答复来文)"),
	on[complaint.AddPoint]("add-point", "Add an allegation (增加争议点)"),
	on[complaint.ChangePoint]("change-point", "Word an allegation better, or drop it (更改争议点)"),
	on[complaint.RecordContact]("record-contact", "Record a contact with the consumer (联系记录)"),
	on[complaint.AddFacts]("add-facts", "Take in new material; new facts restart the limit (补充材料)"),
	on[complaint.AddNote]("add-note", "Add an internal remark (备注)"),
	on[complaint.FinishStep]("finish-step", "Finish one of the seven steps (完成步骤)"),
	on[complaint.Extend]("extend", "Ask for the next step of the ladder of limits (延期)"),
	on[complaint.StartExclusion]("start-exclusion", "Begin time that does not count: appraisal, mediation (不计期间)"),
	on[complaint.EndExclusion]("end-exclusion", "End it (结束不计期间)"),
	on[complaint.AgreeDate]("agree-date", "Keep a date agreed with the consumer (约定期限)"),
	on[complaint.Find]("find", "Answer one allegation (核查结论)"),
	on[complaint.FindFault]("find-fault", "Say who bears fault (定责)"),
	on[complaint.ProposeRedress]("propose-redress", "Propose redress (提出补偿)"),
	on[complaint.PerformRedress]("perform-redress", "Prove that redress was given (履行补偿)"),
	on[complaint.ProposeDecision]("propose-decision", "Propose the decision (提交处理决定)"),
	on[complaint.Refuse]("refuse", "Ask to leave the complaint unhandled (不予办理)"),
	on[complaint.AnswerOther]("answer-other", "Answer a matter that is no complaint (答复其他事项)"),
	on[complaint.Approve]("approve", "Grant an approval (批准)"),
	on[complaint.ReturnApproval]("return", "Send a request for approval back (退回申请)"),
	on[complaint.GiveNotice]("give-notice", "Prove that the consumer was told (告知)"),
	on[complaint.ClimbLadder]("climb-ladder", "Put the dispute on another rung: mediation, arbitration, litigation (纠纷阶梯)"),
	on[complaint.EndLadder]("end-ladder", "Record the result of a rung (阶梯结果)"),
	on[complaint.Withdraw]("withdraw", "Record the consumer's withdrawal (撤回)"),
	on[complaint.RequestReexam]("request-reexam", "Take in an application for re-examination (申请核查)"),
	on[complaint.DecideReexam]("decide-reexam", "Decide the re-examination (核查决定)"),
	on[complaint.Reopen]("reopen", "Take a finished case up again (重新打开)"),
	on[complaint.RecordFollowUp]("record-follow-up", "Record the follow-up (回访)"),
	on[complaint.MarkMajor]("mark-major", "Mark a major complaint (重大投诉)"),
	on[complaint.ReportMajor]("report-major", "Prove that a major complaint was reported (重大投诉报告)"),
	on[complaint.Close]("close", "Close the case when every check holds (办结)"),
	on[complaint.SaveDraft]("save-draft", "Save a draft of the reply (起草答复)"),
	on[complaint.OverrideReply]("override-reply", "Let findings of the reply check stand (放行检查意见)"),
	on[complaint.PlanTalk]("plan-negotiation", "Write the negotiation sheet (谈判表)"),
	on[complaint.RecordRound]("record-round", "Record a round of the talk (谈判轮次)"),
	on[complaint.AckForecast]("acknowledge-forecast", "Agree with a forecast or set another level (确认升级预判)"),
	on[complaint.FlagAgent]("flag-agent", "Suspect an organised agent; it changes no duty (疑似代理维权)"),
	on[complaint.ConfirmAgent]("confirm-agent", "Confirm the suspicion as a second person (确认)"),
	on[complaint.LiftAgent]("lift-agent", "Lift or refuse the suspicion (撤销)"),
	on[complaint.Judge]("judge", "Accept, correct or refuse a suggestion, or say what it is (判断)"),
}

func (s *rest) verbs() {
	for _, v := range verbTable {
		v.mount(s)
	}
}

type commandIn struct {
	CaseID
	Expected
	Raw
}

func (s *rest) do(ctx context.Context, who party.Actor, in *commandIn, cmd complaint.Command) (*out[CaseView], error) {
	expect, err := in.version()
	if err != nil {
		return nil, err
	}
	c, err := s.Do(ctx, who, complaint.ID(in.ID), expect, cmd)
	return s.changed(ctx, who, complaint.ID(in.ID), expect, c, err)
}

// changed answers with a case that was just changed, or with both versions when
// somebody else was quicker.
func (s *rest) changed(ctx context.Context, who party.Actor, id complaint.ID, expect int64, c complaint.Case, err error) (*out[CaseView], error) {
	if err != nil {
		return nil, s.stale(ctx, who, id, expect, err)
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	return &out[CaseView]{ETag: etag(c.Version), Body: caseView(s.pageOf(who, c, org), false)}, nil
}

// stale adds both versions to the refusal of a request with If-Match.
func (s *rest) stale(ctx context.Context, who party.Actor, id complaint.ID, expect int64, err error) error {
	if expect == 0 || !fault.Is(err, fault.Stale) {
		return err
	}
	p := problemOf(err)
	p.Status, p.Title = http.StatusPreconditionFailed, http.StatusText(http.StatusPreconditionFailed)
	r, _, unread := s.ReceiptOf(ctx, who, id)
	if unread != nil {
		return errors.Join(p, unread)
	}
	p.Versions = &Versions{Current: r.Version, Yours: expect}
	return p
}

type pairBody struct {
	Into complaint.ID `json:"into" doc:"The case that goes on"`
	Why  string       `json:"why" maxLength:"500"`
}

type fromBody struct {
	Into complaint.ID `json:"into" doc:"The case that it was merged into"`
	Why  string       `json:"why" maxLength:"500"`
}

// pairs are the commands on two cases.
func (s *rest) pairs() {
	take(s, post("/complaints/{id}/merge", "merge", tagVerb, "Merge the case into another (并案)", access.MergeComplaint, "Merge").
		says("Numbers and clocks are kept; unmerge undoes it. Answers with the case that goes on."),
		func(ctx context.Context, who party.Actor, in *pairIn, b pairBody) (*out[CaseView], error) {
			return s.paired(ctx, who, b.Into, s.Merge(ctx, who, complaint.ID(in.ID), b.Into, b.Why))
		})
	take(s, post("/complaints/{id}/unmerge", "unmerge", tagVerb, "Undo a merge (撤销并案)", access.MergeComplaint, "Unmerge").
		says("Answers with the case that is on its own again."),
		func(ctx context.Context, who party.Actor, in *pairIn, b fromBody) (*out[CaseView], error) {
			return s.paired(ctx, who, complaint.ID(in.ID), s.Unmerge(ctx, who, complaint.ID(in.ID), b.Into, b.Why))
		})
	take(s, post("/complaints/{id}/split", "split", tagVerb, "Let a part go on as a case of its own (拆分)", access.HandleComplaint, "Split").answers(http.StatusCreated).
		says("Both are kept and know of each other (art. 32). Answers with the receipt of the new case."), s.split)
}

type pairIn struct {
	CaseID
	Raw
}

func (s *rest) paired(ctx context.Context, who party.Actor, id complaint.ID, err error) (*out[CaseView], error) {
	if err != nil {
		return nil, err
	}
	return s.read(ctx, who, id, false)
}

package complaint

// Verb is a command under the name by which addresses and checks know it.
type Verb struct {
	Name string         // as in /complaints/{id}/{name}
	New  func() Command // a pointer to an empty command, to be filled from a form or a body
}

func verb[C Command](name string) Verb {
	return Verb{Name: name, New: func() Command {
		c := new(C)
		return any(c).(Command)
	}}
}

// Verbs lists every command on an existing case that needs nothing but the case
// itself. Registering, merging, splitting, letters and attachments have their
// own use cases.
func Verbs() []Verb {
	return []Verb{
		verb[Accept]("accept"), verb[Decline]("decline"), verb[Assign]("assign"), verb[Remind]("remind"), verb[AnswerSupervision]("answer-supervision"), verb[Recuse]("recuse"),
		verb[Amend]("amend"), verb[Reclassify]("reclassify"), verb[ChooseCode]("choose-code"), verb[AddReference]("add-reference"), verb[AnswerReference]("answer-reference"),
		verb[AddPoint]("add-point"), verb[ChangePoint]("change-point"), verb[RecordContact]("record-contact"), verb[AddFacts]("add-facts"), verb[AddNote]("add-note"),
		verb[FinishStep]("finish-step"), verb[Extend]("extend"), verb[StartExclusion]("start-exclusion"), verb[EndExclusion]("end-exclusion"), verb[AgreeDate]("agree-date"),
		verb[Find]("find"), verb[FindFault]("find-fault"), verb[ProposeRedress]("propose-redress"), verb[PerformRedress]("perform-redress"),
		verb[ProposeDecision]("propose-decision"), verb[Refuse]("refuse"), verb[AnswerOther]("answer-other"), verb[Approve]("approve"), verb[ReturnApproval]("return"),
		verb[GiveNotice]("give-notice"), verb[ClimbLadder]("climb-ladder"), verb[EndLadder]("end-ladder"), verb[Withdraw]("withdraw"),
		verb[RequestReexam]("request-reexam"), verb[DecideReexam]("decide-reexam"), verb[Reopen]("reopen"), verb[RecordFollowUp]("record-follow-up"), verb[MarkMajor]("mark-major"), verb[ReportMajor]("report-major"), verb[Close]("close"),
		verb[SaveDraft]("save-draft"), verb[OverrideReply]("override-reply"),
		verb[PlanTalk]("plan-negotiation"), verb[RecordRound]("record-round"), verb[AckForecast]("acknowledge-forecast"),
		verb[FlagAgent]("flag-agent"), verb[ConfirmAgent]("confirm-agent"), verb[LiftAgent]("lift-agent"),
		verb[Judge]("judge"),
	}
}

// VerbOf returns a verb by name.
func VerbOf(name string) (Verb, bool) {
	for _, v := range Verbs() {
		if v.Name == name {
			return v, true
		}
	}
	return Verb{}, false
}

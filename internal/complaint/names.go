package complaint

import (
	"maps"
	"slices"
)

// commands gives each command that is decided on one case its name in the API.
// Register, Merge, Unmerge and Split concern more than one stream.
var commands = map[string]func() Command{
	"accept":             func() Command { return &Accept{} },
	"add-facts":          func() Command { return &AddFacts{} },
	"add-note":           func() Command { return &AddNote{} },
	"add-point":          func() Command { return &AddPoint{} },
	"add-reference":      func() Command { return &AddReference{} },
	"agree-date":         func() Command { return &AgreeDate{} },
	"amend":              func() Command { return &Amend{} },
	"answer-other":       func() Command { return &AnswerOther{} },
	"answer-reference":   func() Command { return &AnswerReference{} },
	"answer-supervision": func() Command { return &AnswerSupervision{} },
	"approve":            func() Command { return &Approve{} },
	"assign":             func() Command { return &Assign{} },
	"attach":             func() Command { return &Attach{} },
	"change-point":       func() Command { return &ChangePoint{} },
	"climb-ladder":       func() Command { return &ClimbLadder{} },
	"close":              func() Command { return &Close{} },
	"decide-reexam":      func() Command { return &DecideReexam{} },
	"decline":            func() Command { return &Decline{} },
	"end-exclusion":      func() Command { return &EndExclusion{} },
	"end-ladder":         func() Command { return &EndLadder{} },
	"extend":             func() Command { return &Extend{} },
	"find":               func() Command { return &Find{} },
	"find-fault":         func() Command { return &FindFault{} },
	"finish-step":        func() Command { return &FinishStep{} },
	"give-notice":        func() Command { return &GiveNotice{} },
	"issue-letter":       func() Command { return &IssueLetter{} },
	"mark-major":         func() Command { return &MarkMajor{} },
	"perform-redress":    func() Command { return &PerformRedress{} },
	"propose-decision":   func() Command { return &ProposeDecision{} },
	"propose-redress":    func() Command { return &ProposeRedress{} },
	"reclassify":         func() Command { return &Reclassify{} },
	"record-contact":     func() Command { return &RecordContact{} },
	"record-follow-up":   func() Command { return &RecordFollowUp{} },
	"recuse":             func() Command { return &Recuse{} },
	"refuse":             func() Command { return &Refuse{} },
	"remind":             func() Command { return &Remind{} },
	"reopen":             func() Command { return &Reopen{} },
	"report-major":       func() Command { return &ReportMajor{} },
	"request-reexam":     func() Command { return &RequestReexam{} },
	"return-approval":    func() Command { return &ReturnApproval{} },
	"start-exclusion":    func() Command { return &StartExclusion{} },
	"withdraw":           func() Command { return &Withdraw{} },
}

// Commands lists the names of the commands, sorted. Check.Mend, Hint.Mend and
// Case.NextStep name one of them.
func Commands() []string { return slices.Sorted(maps.Keys(commands)) }

// NewCommand returns an empty command by its name, a pointer to be filled from JSON.
func NewCommand(name string) (Command, bool) {
	make, ok := commands[name]
	if !ok {
		return nil, false
	}
	return make(), true
}

package review

import "slices"

// State is where a review stands on its way from draft to clearance.
type State string

// The states. Draft belongs to the submitter alone; Approved and Conditional
// let the material circulate until their end date.
const (
	Draft       State = "draft"       // not handed in yet
	Submitted   State = "submitted"   // waits for a reviewer
	InReview    State = "in_review"   // a reviewer works on it
	Questions   State = "questions"   // a question waits for the submitter: the limit rests
	Opinion     State = "opinion"     // an opinion waits for the submitter's answer
	Answered    State = "answered"    // every point is answered, the reviewer confirms
	Escalated   State = "escalated"   // a point that was not adopted waits for the superior
	Confirmed   State = "confirmed"   // nothing is open: it waits for the decision
	Approved    State = "approved"    // cleared
	Conditional State = "conditional" // cleared with conditions
	Vetoed      State = "vetoed"      // must not be used
	Withdrawn   State = "withdrawn"
	Ended       State = "ended"   // a clearance revoked or replaced before its end date
	Expired     State = "expired" // a clearance past its end date; derived, see Review.StateOn
)

// States lists the states in order of the work.
var States = []State{Draft, Submitted, InReview, Questions, Opinion, Answered, Escalated, Confirmed, Approved, Conditional, Vetoed, Withdrawn, Ended, Expired}

// Stage is the level of the institution that reviews.
type Stage string

// The stages: the submitter's own institution, then head office where the kind asks for it.
const (
	Local Stage = "local"
	Head  Stage = "head"
)

// Stages lists the stages.
var Stages = []Stage{Local, Head}

// Severity is how much a finding weighs.
type Severity string

// The severities, worst first, as in the rule packs.
const (
	Error Severity = "error"
	Warn  Severity = "warn"
	Info  Severity = "info"
)

// Severities lists the severities, worst first.
var Severities = []Severity{Error, Warn, Info}

// Verdict is what a reviewer says of a finding.
type Verdict string

// The verdicts. The zero value is a finding nobody has judged.
const (
	Accepted  Verdict = "accepted"
	Edited    Verdict = "edited" // accepted with other words or another weight
	Dismissed Verdict = "dismissed"
)

// Verdicts lists the verdicts.
var Verdicts = []Verdict{Accepted, Edited, Dismissed}

// PointState is where one point of an opinion stands.
type PointState string

// The states of a point. PointConfirmed and Waived are the ones that let go.
const (
	PointOpen      PointState = "open"
	Adopted        PointState = "adopted"
	Otherwise      PointState = "otherwise"   // adopted in another way
	NotAdopted     PointState = "not_adopted" // with a reason
	PointConfirmed PointState = "confirmed"
	PointEscalated PointState = "escalated"
	Waived         PointState = "waived" // the superior followed the submitter's reason
)

// PointStates lists the states of a point.
var PointStates = []PointState{PointOpen, Adopted, Otherwise, NotAdopted, PointConfirmed, PointEscalated, Waived}

// Answers lists what a submitter may answer.
var Answers = []PointState{Adopted, Otherwise, NotAdopted}

// Conclusion is what an opinion comes to.
type Conclusion string

// The conclusions commonly used in written opinions (同意、修改后同意、不同意; grade C).
const (
	Agree       Conclusion = "agree"
	AfterChange Conclusion = "after_change"
	Disagree    Conclusion = "disagree"
)

// Conclusions lists the conclusions.
var Conclusions = []Conclusion{Agree, AfterChange, Disagree}

// ItemVerdict answers one line of the checklist.
type ItemVerdict string

// The answers to a line of the checklist.
const (
	ItemOK      ItemVerdict = "ok"
	ItemProblem ItemVerdict = "problem"
	ItemNA      ItemVerdict = "not_applicable"
)

// ItemVerdicts lists the answers.
var ItemVerdicts = []ItemVerdict{ItemOK, ItemProblem, ItemNA}

func one[T comparable](list []T, v T) bool { return slices.Contains(list, v) }

package complaint

import "slices"

// State is where a case stands on its way from receipt to closing.
type State string

// The states. Merged and Closed are the only ones that are not open.
const (
	New      State = "new"      // registered, first owner responsible, nobody has accepted it yet
	Handling State = "handling" // accepted, in work
	Deciding State = "deciding" // a decision waits for approval
	Decided  State = "decided"  // approved, the consumer has not been told yet
	Noticed  State = "noticed"  // told, with proof; follow-up and closing are left
	Ended    State = "ended"    // withdrawn or not handled; duties to senders may be left
	Merged   State = "merged"   // goes on under another number
	Closed   State = "closed"
)

// States lists the states in order of the work.
var States = []State{New, Handling, Deciding, Decided, Noticed, Ended, Merged, Closed}

// Nature says what was received. Only a complaint has the statutory clock
// (rule 2020-3 art. 2: a dispute from a product or service, and a claim of civil rights).
type Nature string

// The natures.
const (
	Complaint    Nature = "complaint"    // 消费投诉
	Consultation Nature = "consultation" // 咨询
	Suggestion   Nature = "suggestion"   // 建议
	Report       Nature = "report"       // 举报
	Petition     Nature = "petition"     // 信访
)

// Natures lists the natures.
var Natures = []Nature{Complaint, Consultation, Suggestion, Report, Petition}

// Outcome of one allegation after checking (核查结论).
type Outcome string

// The outcomes of a finding.
const (
	Upheld    Outcome = "upheld"     // 属实
	Partly    Outcome = "partly"     // 部分属实
	NotUpheld Outcome = "not_upheld" // 不属实
	Outside   Outcome = "outside"    // 不属于消费投诉处理范围
)

// Outcomes lists the outcomes.
var Outcomes = []Outcome{Upheld, Partly, NotUpheld, Outside}

// Ending says how a case came to its end.
type Ending string

// The endings.
const (
	ByDecision   Ending = "decision"
	ByWithdrawal Ending = "withdrawn"
	ByRefusal    Ending = "refused"
	AsOther      Ending = "other" // not a complaint, answered under its own rules
)

// Endings lists the endings.
var Endings = []Ending{ByDecision, ByWithdrawal, ByRefusal, AsOther}

// LetterKind names a letter the institution sends.
type LetterKind string

// The kinds of letters (rule 2020-3 art. 18-21, 33).
const (
	Acknowledgement   LetterKind = "acknowledgement"
	ExtensionLetter   LetterKind = "extension"
	ExclusionLetter   LetterKind = "exclusion"
	DecisionLetter    LetterKind = "decision"
	NotHandledLetter  LetterKind = "not_handled"
	WithdrawalLetter  LetterKind = "withdrawal"
	ReexamLetter      LetterKind = "reexamination"
	RegulatorResponse LetterKind = "regulator_answer"
)

// LetterKinds lists the kinds of letters.
var LetterKinds = []LetterKind{Acknowledgement, ExtensionLetter, ExclusionLetter, DecisionLetter, NotHandledLetter, WithdrawalLetter, ReexamLetter, RegulatorResponse}

// NoticeMode is how a consumer was told (rule 2020-3 art. 21).
type NoticeMode string

// The modes; each is proved by another kind of evidence.
const (
	HandedOver  NoticeMode = "handed_over" // signature of the receiver
	Posted      NoticeMode = "posted"      // postal receipt
	Sent        NoticeMode = "sent"        // message id of SMS or e-mail
	Called      NoticeMode = "called"      // call record
	Unreachable NoticeMode = "unreachable" // log of the attempts
)

// NoticeModes lists the modes.
var NoticeModes = []NoticeMode{HandedOver, Posted, Sent, Called, Unreachable}

// ExclusionKind is why time does not count (rule 2020-3 art. 18 and 23).
type ExclusionKind string

// The kinds of excluded time.
const (
	Appraisal ExclusionKind = "appraisal" // 鉴定、检测、评估
	Mediation ExclusionKind = "mediation" // 调解
)

// ExclusionKinds lists the kinds.
var ExclusionKinds = []ExclusionKind{Appraisal, Mediation}

// Rung is a rung of the ladder of a dispute (S4.1).
type Rung string

// The rungs from the ground up.
const (
	RungDispute     Rung = "dispute"
	RungMediation   Rung = "mediation"
	RungComplaint   Rung = "complaint"
	RungArbitration Rung = "arbitration"
	RungLitigation  Rung = "litigation"
)

// Rungs lists the rungs from the ground up.
var Rungs = []Rung{RungDispute, RungMediation, RungComplaint, RungArbitration, RungLitigation}

// Bearer is who bears fault.
type Bearer string

// The bearers of fault.
const (
	FaultCompany Bearer = "company"
	FaultTeam    Bearer = "team" // a team or a person of it
	FaultPartner Bearer = "partner"
	FaultNone    Bearer = "none"
)

// Bearers lists the bearers.
var Bearers = []Bearer{FaultCompany, FaultTeam, FaultPartner, FaultNone}

// Vulnerabilities are the reasons for particular care (measures 2022-9 art. 38-39).
var Vulnerabilities = []string{"elderly", "disabled", "minor", "illness", "hardship", "language", "distress"}

// RefusalReasons are the grounds on which a complaint may stay unhandled. The
// rule knows one only: not raised by an entitled person (rule 2020-3 art. 18).
var RefusalReasons = []string{"not_entitled"}

// Requests are what consumers ask for.
var Requests = []string{"refund", "verify", "answer", "compensate", "stop_harassment", "speed_up", "restore", "apology", "surrender", "other"}

func one[T comparable](list []T, v T) bool { return slices.Contains(list, v) }

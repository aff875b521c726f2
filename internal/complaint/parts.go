package complaint

import (
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// Finding is the answer to one allegation.
type Finding struct {
	Outcome     Outcome `json:"outcome" enum:"upheld,partly,not_upheld,outside"`
	Evidence    string  `json:"evidence" maxLength:"4000" doc:"What was checked and what it shows"`
	Basis       string  `json:"basis" maxLength:"1000" doc:"Rule, contract clause or article relied on"`
	Explanation string  `json:"explanation" maxLength:"4000" doc:"Reasons, as the letter will say them"`
}

// FaultFinding is who bears fault, and the three questions of the matrix for
// cases that a regulator transferred (S4.10).
type FaultFinding struct {
	Evidence bool    `json:"evidence" doc:"The consumer has evidence"`
	Team     bool    `json:"team" doc:"A team or person is at fault"`
	Company  bool    `json:"company" doc:"The institution is at fault"`
	Shares   []Share `json:"shares"`
	Note     string  `json:"note,omitempty" maxLength:"2000"`
}

// Share is one bearer's share of the fault, in percent.
type Share struct {
	Bearer  Bearer         `json:"bearer" enum:"company,team,partner,none"`
	Unit    party.UnitID   `json:"unit,omitempty"`
	Person  party.PersonID `json:"person,omitempty"`
	Name    string         `json:"name,omitempty" maxLength:"80" doc:"Partner's name"`
	Percent int            `json:"percent" minimum:"0" maximum:"100"`
}

// Redress is one thing given to the consumer.
type Redress struct {
	N           int           `json:"n,omitempty"`
	What        string        `json:"what" enum:"refund,compensation,waiver,correction,apology,goodwill,other"`
	Amount      int64         `json:"amount,omitempty" doc:"Fen; 0 for redress that is not money"`
	Text        string        `json:"text" maxLength:"1000"`
	PerformedOn calendar.Date `json:"performed_on,omitzero"`
	Proof       string        `json:"proof,omitempty"`
}

// RedressKinds lists what may be given.
var RedressKinds = []string{"refund", "compensation", "waiver", "correction", "apology", "goodwill", "other"}

// Decision is the decision on the whole complaint.
type Decision struct {
	Text       string        `json:"text" maxLength:"4000" doc:"What is decided, as the letter will say it"`
	Unit       party.UnitID  `json:"unit"`
	HeadOffice bool          `json:"head_office"` // decided by head office: no superior to re-examine (art. 20)
	ProposedBy string        `json:"proposed_by"`
	ApprovedBy string        `json:"approved_by,omitempty"`
	ApprovedAt time.Time     `json:"approved_at,omitzero"`
	On         calendar.Date `json:"on,omitzero"`
	Reply      *Reply        `json:"reply,omitempty" doc:"Wording of the whole letter, when it was composed"`
	Overridden []Overridden  `json:"overridden,omitempty" doc:"Findings of the reply check that were let stand"`
}

// ApprovalKind is what is asked of a second person.
type ApprovalKind string

// The kinds of approvals.
const (
	ForExtension ApprovalKind = "extension"
	ForDecision  ApprovalKind = "decision"
	ForRedress   ApprovalKind = "redress"
	ForRefusal   ApprovalKind = "refusal"
)

// ApprovalKinds lists the kinds.
var ApprovalKinds = []ApprovalKind{ForExtension, ForDecision, ForRedress, ForRefusal}

// ApprovalState is where an approval stands.
type ApprovalState string

// The states of an approval.
const (
	Asked     ApprovalState = "asked"
	Granted   ApprovalState = "granted"
	SentBack  ApprovalState = "returned"
	Overtaken ApprovalState = "overtaken" // the case ended first
)

// ApprovalStates lists the states.
var ApprovalStates = []ApprovalState{Asked, Granted, SentBack, Overtaken}

// Approval is a decision of a second person.
type Approval struct {
	N        int
	Kind     ApprovalKind
	Rule     string // who may grant it: "four_eyes", "superior_or_executive", "complaint_head", "redress"
	Regime   string
	Clock    string
	Extends  []int // references whose limit an extension moves
	Tell     bool  // the rule wants the consumer told of the extension
	Amount   int64
	Redress  []Redress
	Decision *Decision
	Refusal  *Refusal
	Why      string
	// Deviation is why a redress lies outside of what comparable cases were given.
	Deviation string
	AskedBy   string
	AskedAt   time.Time
	State     ApprovalState
	By        string
	At        time.Time
	Note      string
	From      State
}

// Exclusion is a span that does not count for the limit.
type Exclusion struct {
	N          int
	What       ExclusionKind
	Body       string
	From       calendar.Date
	ExpectedTo calendar.Date
	To         calendar.Date // zero while it runs
	Rung       int           // ladder entry of the same mediation, 0 for none
	Why        string
	Result     string
}

// Interval returns the span, with the expected end while it runs.
func (x Exclusion) Interval() calendar.Interval {
	if x.To.IsZero() {
		return calendar.Interval{From: x.From, To: x.ExpectedTo}
	}
	return calendar.Interval{From: x.From, To: x.To}
}

// Letter is a letter fixed in its wording.
type Letter struct {
	N         int
	What      LetterKind
	Title     string
	Template  string
	Edition   int
	Reference int
	Docx, PDF string // digests of the attachments
	At        time.Time
	By        string
}

// Notice is the proof that the consumer was told.
type Notice struct {
	Letter   int
	What     LetterKind
	Mode     NoticeMode
	On       calendar.Date
	Proof    string
	Attempts int
	By       string
}

// LadderEntry is one rung the dispute stood on.
type LadderEntry struct {
	N           int
	Rung        Rung
	Body        string
	Number      string
	On          calendar.Date
	Why         string
	EndedOn     calendar.Date
	Settled     bool
	Enforceable bool
	Result      string
}

// Reexamination is a re-examination by the superior unit (art. 20).
type Reexamination struct {
	N         int
	On        calendar.Date
	Unit      party.UnitID
	Grounds   string
	Decided   bool
	DecidedAt time.Time
	Changed   bool
	Process   string
	InTime    string
	Decision  string
	NoticedOn calendar.Date
}

// FollowUp is one follow-up.
type FollowUp struct {
	On           calendar.Date
	Reached      bool
	Satisfaction int
	Comment      string
	By           string
}

// Withdrawal is how and why the complaint was withdrawn.
type Withdrawal struct {
	On  calendar.Date `json:"on"`
	How string        `json:"how" enum:"written,recorded_call,portal,in_person"`
	Why string        `json:"why,omitempty" maxLength:"1000"`
}

// WithdrawalModes lists how a withdrawal may be received.
var WithdrawalModes = []string{"written", "recorded_call", "portal", "in_person"}

// Refusal is why a complaint is not handled (art. 18).
type Refusal struct {
	Reason string `json:"reason" enum:"not_entitled"`
	Text   string `json:"text" maxLength:"1000" doc:"How it was found out"`
}

// OtherReply is the answer to a matter that is no complaint.
type OtherReply struct {
	On   calendar.Date
	Text string
}

// Absorbed is a case merged into this one.
type Absorbed struct {
	From     ID
	Number   string
	Released bool
}

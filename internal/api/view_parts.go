package api

import (
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// The views of this file have the fields of the domain's types in the same order:
// a field that is added there does not compile here until it has a name on the wire.

// PointView is one separate point of the complaint (争议点) with its finding.
type PointView struct {
	N       int                `json:"n"`
	Text    string             `json:"text" doc:"Long numbers masked"`
	Dropped bool               `json:"dropped,omitempty"`
	Finding *complaint.Finding `json:"finding,omitempty"`
}

// OfferView is a case waiting to be accepted (待接收).
type OfferView struct {
	Unit   party.UnitID   `json:"unit"`
	Path   []party.UnitID `json:"path"`
	Person party.PersonID `json:"person,omitempty" doc:"Absent for anybody of the unit"`
	By     string         `json:"by"`
	At     time.Time      `json:"at"`
	Reason string         `json:"reason,omitempty"`
}

// HandoverView is one completed change of owner.
type HandoverView struct {
	From party.PersonID `json:"from"`
	To   party.PersonID `json:"to"`
	Unit party.UnitID   `json:"unit"`
	At   time.Time      `json:"at"`
}

// ContactView is one contact with the consumer.
type ContactView struct {
	N         int       `json:"n"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Channel   string    `json:"channel"`
	Outbound  bool      `json:"outbound,omitempty"`
	Reached   bool      `json:"reached,omitempty"`
	Summary   string    `json:"summary"`
	NewFacts  bool      `json:"new_facts,omitempty"`
	ReplyNext string    `json:"reply_next,omitempty" doc:"What was promised"`
}

// FileView is an attachment (附件).
type FileView struct {
	N      int       `json:"n" doc:"Number in the address of the download"`
	Name   string    `json:"name"`
	Type   string    `json:"type" doc:"Kind of file as told by its content"`
	Size   int64     `json:"size" doc:"Bytes"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Public bool      `json:"public,omitempty" doc:"Sent by the consumer"`
}

// NoteView is an internal remark.
type NoteView struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// RecusalView keeps a person or a unit away (回避).
type RecusalView struct {
	Unit   party.UnitID   `json:"unit,omitempty"`
	Person party.PersonID `json:"person,omitempty"`
	Reason string         `json:"reason,omitempty"`
	At     time.Time      `json:"at,omitzero"`
}

// ReminderView is a reminder, a supervision order or an escalation (催办、督办、升级).
type ReminderView struct {
	Kind string        `json:"kind" enum:"remind,supervise,escalate"`
	At   time.Time     `json:"at"`
	By   string        `json:"by"`
	To   party.UnitID  `json:"to,omitempty"`
	Due  calendar.Date `json:"due,omitzero"`
	Text string        `json:"text"`
	Done time.Time     `json:"done,omitzero" doc:"When a supervision order was answered"`
}

// StepView is what was done in one of the seven steps.
type StepView struct {
	Done    bool      `json:"done"`
	Skipped bool      `json:"skipped,omitempty"`
	At      time.Time `json:"at,omitzero"`
	By      string    `json:"by,omitempty"`
	Checked []string  `json:"checked,omitempty"`
	Note    string    `json:"note,omitempty"`
}

// ExclusionView is a span that does not count for the limit (不计期间).
type ExclusionView struct {
	N          int                     `json:"n"`
	What       complaint.ExclusionKind `json:"what"`
	Body       string                  `json:"body"`
	From       calendar.Date           `json:"from"`
	ExpectedTo calendar.Date           `json:"expected_to"`
	To         calendar.Date           `json:"to,omitzero" doc:"Absent while it runs"`
	Rung       int                     `json:"rung,omitempty" doc:"Ladder entry of the same mediation"`
	Why        string                  `json:"why,omitempty"`
	Result     string                  `json:"result,omitempty"`
}

// ApprovalView is a request to a second person (审批).
type ApprovalView struct {
	N         int                     `json:"n"`
	Kind      complaint.ApprovalKind  `json:"kind"`
	Rule      string                  `json:"rule" doc:"Who may grant it: four_eyes, superior_or_executive, complaint_head, redress, a role"`
	Regime    string                  `json:"regime,omitempty"`
	Clock     string                  `json:"clock,omitempty"`
	Extends   []int                   `json:"extends,omitempty" doc:"References whose limit an extension moves"`
	Tell      bool                    `json:"tell,omitempty" doc:"The rule wants the consumer told"`
	Amount    int64                   `json:"amount,omitempty" doc:"Fen"`
	Redress   []complaint.Redress     `json:"redress,omitempty"`
	Decision  *complaint.Decision     `json:"decision,omitempty"`
	Refusal   *complaint.Refusal      `json:"refusal,omitempty"`
	Why       string                  `json:"why,omitempty"`
	Deviation string                  `json:"deviation,omitempty" doc:"Why a redress lies outside of what comparable cases were given"`
	AskedBy   string                  `json:"asked_by"`
	AskedAt   time.Time               `json:"asked_at"`
	State     complaint.ApprovalState `json:"state"`
	By        string                  `json:"by,omitempty"`
	At        time.Time               `json:"at,omitzero"`
	Note      string                  `json:"note,omitempty"`
	From      complaint.State         `json:"from,omitempty"`
}

// LetterView is a letter fixed in its wording (文书).
type LetterView struct {
	N         int                  `json:"n" doc:"Number in the address of the download"`
	What      complaint.LetterKind `json:"what"`
	Title     string               `json:"title"`
	Template  string               `json:"template"`
	Edition   int                  `json:"edition"`
	Reference int                  `json:"reference,omitempty"`
	Docx      string               `json:"docx" doc:"Digest"`
	PDF       string               `json:"pdf" doc:"Digest"`
	At        time.Time            `json:"at"`
	By        string               `json:"by"`
}

// NoticeView is the proof that the consumer was told (告知).
type NoticeView struct {
	Letter   int                  `json:"letter,omitempty"`
	What     complaint.LetterKind `json:"what"`
	Mode     complaint.NoticeMode `json:"mode"`
	On       calendar.Date        `json:"on"`
	Proof    string               `json:"proof"`
	Attempts int                  `json:"attempts,omitempty"`
	By       string               `json:"by"`
}

// RungView is one rung that the dispute stood on.
type RungView struct {
	N           int            `json:"n"`
	Rung        complaint.Rung `json:"rung"`
	Body        string         `json:"body,omitempty"`
	Number      string         `json:"number,omitempty"`
	On          calendar.Date  `json:"on"`
	Why         string         `json:"why,omitempty"`
	EndedOn     calendar.Date  `json:"ended_on,omitzero"`
	Settled     bool           `json:"settled,omitempty"`
	Enforceable bool           `json:"enforceable,omitempty"`
	Result      string         `json:"result,omitempty"`
}

// ReexamView is a re-examination by the superior unit (核查).
type ReexamView struct {
	N         int           `json:"n"`
	On        calendar.Date `json:"on"`
	Unit      party.UnitID  `json:"unit"`
	Grounds   string        `json:"grounds"`
	Decided   bool          `json:"decided,omitempty"`
	DecidedAt time.Time     `json:"decided_at,omitzero"`
	Changed   bool          `json:"changed,omitempty"`
	Process   string        `json:"process,omitempty"`
	InTime    string        `json:"in_time,omitempty"`
	Decision  string        `json:"decision,omitempty"`
	NoticedOn calendar.Date `json:"noticed_on,omitzero"`
}

// FollowUpView is one follow-up (回访).
type FollowUpView struct {
	On           calendar.Date `json:"on"`
	Reached      bool          `json:"reached,omitempty"`
	Satisfaction int           `json:"satisfaction,omitempty" doc:"1 to 5"`
	Comment      string        `json:"comment,omitempty"`
	By           string        `json:"by"`
}

// OtherReplyView is the answer to a matter that is no complaint.
type OtherReplyView struct {
	On   calendar.Date `json:"on"`
	Text string        `json:"text"`
}

// AbsorbedView is a case merged into this one.
type AbsorbedView struct {
	From     complaint.ID `json:"from"`
	Number   string       `json:"number"`
	Released bool         `json:"released,omitempty" doc:"The merge was undone"`
}

// UntoldView is something that the consumer still has to be told.
type UntoldView struct {
	Letter complaint.LetterKind `json:"letter"`
	Since  calendar.Date        `json:"since"`
}

// MajorView says that the complaint is a major one (重大投诉).
type MajorView struct {
	Ground     complaint.MajorGround `json:"ground"`
	Why        string                `json:"why,omitempty"`
	On         calendar.Date         `json:"on"`
	By         string                `json:"by"`
	ReportedOn calendar.Date         `json:"reported_on,omitzero"`
	ReportedTo string                `json:"reported_to,omitempty"`
	Proof      string                `json:"proof,omitempty"`
}

// CheckView is one thing that must hold before a case is closed.
type CheckView struct {
	ID   string `json:"id"`
	OK   bool   `json:"ok"`
	Text string `json:"text" doc:"What is missing, in Chinese"`
	Mend string `json:"mend" doc:"The operation that mends it: a verb of /complaints/{id}/{verb}"`
}

// RemedyView is one way that is open to a consumer who disagrees.
type RemedyView struct {
	Kind     string        `json:"kind" enum:"reexamination,mediation,arbitration,litigation"`
	Unit     string        `json:"unit,omitempty"`
	Address  string        `json:"address,omitempty"`
	Days     int           `json:"days,omitempty"`
	Citation *CitationView `json:"citation,omitempty"`
}

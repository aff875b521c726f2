package complaint

import (
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// Event is one thing that happened to a case. The interface is sealed: the
// kinds stand in this file, Apply knows each of them. Fields tagged `seal` are
// personal data or free text and never stand in an event in clear.
type Event interface {
	Kind() string
	apply(c *Case, m Meta)
}

// Meta is what the ledger adds to an event.
type Meta struct {
	At time.Time
	By string
}

// Registered opens a case.
type Registered struct {
	ID             ID              `json:"id"`
	Number         string          `json:"number"`
	Nature         Nature          `json:"nature"`
	ReceivedOn     calendar.Date   `json:"received_on"`
	Unit           party.UnitID    `json:"unit"`
	Path           []party.UnitID  `json:"path"`
	Region         string          `json:"region"`
	FirstOwner     party.PersonID  `json:"first_owner"`
	Reference      Reference       `json:"reference"`
	Recusals       []Recusal       `json:"recusals"`
	Codes          Codes           `json:"codes"`
	Amount         int64           `json:"amount"`
	Requests       []string        `json:"requests"`
	Major          MajorGround     `json:"major"`
	SplitFrom      ID              `json:"split_from"`
	ImportKey      string          `json:"import_key"`
	InPerson       bool            `json:"in_person"`
	Complainant    Complainant     `json:"complainant" seal:"true"`
	Representative *Representative `json:"representative" seal:"true"`
	Joint          *Joint          `json:"joint" seal:"true"`
	Respondents    []Respondent    `json:"respondents" seal:"true"`
	Vulnerable     []string        `json:"vulnerable" seal:"true"`
	Narrative      string          `json:"narrative" seal:"true"`
	Demand         string          `json:"demand" seal:"true"`
	Points         []string        `json:"points" seal:"true"`
}

// Amended corrects what was taken down; nil fields stay as they are.
type Amended struct {
	Codes          *Codes          `json:"codes"`
	Amount         *int64          `json:"amount"`
	Complainant    *Complainant    `json:"complainant" seal:"true"`
	Representative *Representative `json:"representative" seal:"true"`
	SetVulnerable  bool            `json:"set_vulnerable"` // Vulnerable replaces the list, also by an empty one
	Vulnerable     []string        `json:"vulnerable" seal:"true"`
	Demand         *string         `json:"demand" seal:"true"`
	Why            string          `json:"why" seal:"true"`
}

// Reclassified says that the nature was taken wrongly.
type Reclassified struct {
	Nature Nature `json:"nature"`
	Why    string `json:"why" seal:"true"`
}

// ReferenceAdded is a further arrival of the same grievance.
type ReferenceAdded struct {
	Reference Reference `json:"reference"`
	ImportKey string    `json:"import_key"`
}

// ReferenceAnswered says that the sender of a reference was answered.
type ReferenceAnswered struct {
	N      int           `json:"n"`
	On     calendar.Date `json:"on"`
	Letter int           `json:"letter"`
	Proof  string        `json:"proof" seal:"true"`
}

// PointAdded is a further allegation.
type PointAdded struct {
	N    int    `json:"n"`
	Text string `json:"text" seal:"true"`
}

// PointChanged is a better wording of an allegation; its finding falls away.
type PointChanged struct {
	N    int    `json:"n"`
	Text string `json:"text" seal:"true"`
	Why  string `json:"why" seal:"true"`
}

// PointDropped says why a point is no allegation of its own.
type PointDropped struct {
	N   int    `json:"n"`
	Why string `json:"why" seal:"true"`
}

// Contacted is a contact with the consumer.
type Contacted struct {
	On        time.Time `json:"on"`
	Channel   string    `json:"channel"`
	Outbound  bool      `json:"outbound"`
	Reached   bool      `json:"reached"`
	Summary   string    `json:"summary" seal:"true"`
	ReplyNext string    `json:"reply_next" seal:"true"`
}

// FactsAdded is new material from the consumer; Restart says that it holds new
// facts or reasons, so that the limit runs anew (rule 2020-3 art. 18).
type FactsAdded struct {
	On      calendar.Date `json:"on"`
	Restart bool          `json:"restart"`
	Text    string        `json:"text" seal:"true"`
}

// Offered asks a unit or a person to take over.
type Offered struct {
	Unit   party.UnitID   `json:"unit"`
	Path   []party.UnitID `json:"path"`
	Person party.PersonID `json:"person"`
	Why    string         `json:"why" seal:"true"`
}

// Accepted ends an offer: from here the acceptor is responsible.
type Accepted struct {
	Person party.PersonID `json:"person"`
	Unit   party.UnitID   `json:"unit"`
	Path   []party.UnitID `json:"path"`
}

// Declined ends an offer without a change of owner.
type Declined struct {
	Why string `json:"why" seal:"true"`
}

// Reminded is a reminder, a supervision order or an escalation.
type Reminded struct {
	How  string        `json:"how"`
	To   party.UnitID  `json:"to"`
	Due  calendar.Date `json:"due"`
	Text string        `json:"text" seal:"true"`
}

// SupervisionAnswered answers the open supervision orders.
type SupervisionAnswered struct {
	Text string `json:"text" seal:"true"`
}

// StepDone finishes or skips one of the seven steps.
type StepDone struct {
	Step    Step     `json:"step"`
	Checked []string `json:"checked"`
	Skipped bool     `json:"skipped"`
	Note    string   `json:"note" seal:"true"`
}

// StageReached moves the limit of some references without approval.
type StageReached struct {
	Regime     string `json:"regime"`
	Clock      string `json:"clock"`
	References []int  `json:"references"`
	Tell       bool   `json:"tell"` // the rule wants the consumer told
	Why        string `json:"why" seal:"true"`
}

// ExclusionStarted begins time that does not count.
type ExclusionStarted struct {
	N          int           `json:"n"`
	What       ExclusionKind `json:"what"`
	From       calendar.Date `json:"from"`
	ExpectedTo calendar.Date `json:"expected_to"`
	Body       string        `json:"body"`
	Rung       int           `json:"rung"` // ladder entry of the same mediation, 0 for none
	Why        string        `json:"why" seal:"true"`
}

// ExclusionEnded ends it; To is its last day.
type ExclusionEnded struct {
	N      int           `json:"n"`
	To     calendar.Date `json:"to"`
	Result string        `json:"result" seal:"true"`
}

// Agreed is a date that both sides agreed on (rule 2020-3 art. 21).
type Agreed struct {
	Due   calendar.Date `json:"due"`
	Proof string        `json:"proof" seal:"true"`
}

// Requested asks for an approval.
type Requested struct {
	N         int          `json:"n"`
	What      ApprovalKind `json:"what"`
	Rule      string       `json:"rule"`
	Regime    string       `json:"regime"`
	Clock     string       `json:"clock"`
	Extends   []int        `json:"extends"` // references whose limit it moves
	Tell      bool         `json:"tell"`    // the rule wants the consumer told
	Amount    int64        `json:"amount"`
	Redress   []Redress    `json:"redress" seal:"true"`
	Decision  *Decision    `json:"decision" seal:"true"`
	Refusal   *Refusal     `json:"refusal" seal:"true"`
	Why       string       `json:"why" seal:"true"`
	Deviation string       `json:"deviation" seal:"true"`
	FromState State        `json:"from_state"`
}

// Approved grants an approval; its effect follows from what was asked.
type Approved struct {
	N    int    `json:"n"`
	Note string `json:"note" seal:"true"`
}

// Returned sends a request back.
type Returned struct {
	N   int    `json:"n"`
	Why string `json:"why" seal:"true"`
}

// Found is the finding on one allegation.
type Found struct {
	N       int     `json:"n"`
	Finding Finding `json:"finding" seal:"true"`
}

// FaultFound is who bears fault, with shares.
type FaultFound struct {
	Finding FaultFinding `json:"finding" seal:"true"`
}

// RedressPerformed proves that a redress was paid or done.
type RedressPerformed struct {
	N     int           `json:"n"`
	On    calendar.Date `json:"on"`
	Proof string        `json:"proof" seal:"true"`
}

// LetterIssued is a letter fixed in its wording; the files are attachments.
type LetterIssued struct {
	N         int        `json:"n"`
	What      LetterKind `json:"what"`
	Template  string     `json:"template"`
	Edition   int        `json:"edition"`
	Reference int        `json:"reference"`
	Docx      string     `json:"docx"`
	PDF       string     `json:"pdf"`
	Title     string     `json:"title"`
}

// NoticeGiven proves that the consumer was told (rule 2020-3 art. 19, 21).
type NoticeGiven struct {
	Letter   int           `json:"letter"`
	What     LetterKind    `json:"what"`
	Mode     NoticeMode    `json:"mode"`
	On       calendar.Date `json:"on"`
	Proof    string        `json:"proof" seal:"true"`
	Attempts int           `json:"attempts"`
}

// LadderMoved puts the dispute on another rung.
type LadderMoved struct {
	N      int           `json:"n"`
	Rung   Rung          `json:"rung"`
	Body   string        `json:"body"`
	Number string        `json:"number"`
	On     calendar.Date `json:"on"`
	Why    string        `json:"why" seal:"true"`
}

// LadderEnded is the result of a rung.
type LadderEnded struct {
	N           int           `json:"n"`
	On          calendar.Date `json:"on"`
	Settled     bool          `json:"settled"`
	Enforceable bool          `json:"enforceable"`
	Result      string        `json:"result" seal:"true"`
}

// Withdrew ends the procedure on the day the withdrawal was received (art. 15).
type Withdrew struct {
	Withdrawal Withdrawal `json:"withdrawal" seal:"true"`
}

// OtherAnswered answers a matter that is no complaint.
type OtherAnswered struct {
	On   calendar.Date `json:"on"`
	Text string        `json:"text" seal:"true"`
}

// SplitOff says that a part of what was received goes on as a case of its own.
type SplitOff struct {
	Into   ID     `json:"into"`
	Number string `json:"number"`
	Nature Nature `json:"nature"`
	Why    string `json:"why" seal:"true"`
}

// MergedAway says that the grievance goes on under another number.
type MergedAway struct {
	Into   ID     `json:"into"`
	Number string `json:"number"`
	Why    string `json:"why" seal:"true"`
}

// TookIn is the other half of a merge: references come with their clocks.
type TookIn struct {
	From       ID          `json:"from"`
	Number     string      `json:"number"`
	References []Reference `json:"references"`
}

// Unmerged undoes a merge on the merged case.
type Unmerged struct {
	Why string `json:"why" seal:"true"`
}

// LetGo undoes a merge on the case that took in.
type LetGo struct {
	From ID `json:"from"`
}

// ReexamRequested is an application for re-examination (核查, art. 20).
type ReexamRequested struct {
	N       int            `json:"n"`
	On      calendar.Date  `json:"on"`
	Unit    party.UnitID   `json:"unit"`
	Path    []party.UnitID `json:"path"`
	Grounds string         `json:"grounds" seal:"true"`
}

// ReexamDecided is the superior's decision on process, time limits and result.
type ReexamDecided struct {
	N        int    `json:"n"`
	Changed  bool   `json:"changed"`
	Process  string `json:"process" seal:"true"`
	InTime   string `json:"in_time" seal:"true"`
	Decision string `json:"decision" seal:"true"`
}

// ReopenedAgain takes a finished case up again.
type ReopenedAgain struct {
	On  calendar.Date `json:"on"`
	Why string        `json:"why" seal:"true"`
}

// FollowedUp is the follow-up with the consumer's satisfaction, 1 to 5, 0 unknown.
type FollowedUp struct {
	On           calendar.Date `json:"on"`
	Reached      bool          `json:"reached"`
	Satisfaction int           `json:"satisfaction"`
	Comment      string        `json:"comment" seal:"true"`
}

// FileAttached is an attachment.
type FileAttached struct {
	N      int    `json:"n"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
	Public bool   `json:"public"`
	Name   string `json:"name" seal:"true"`
}

// Noted is an internal remark.
type Noted struct {
	Text string `json:"text" seal:"true"`
}

// RecusalAdded keeps a person or unit away (art. 17).
type RecusalAdded struct {
	Unit   party.UnitID   `json:"unit"`
	Person party.PersonID `json:"person"`
	Why    string         `json:"why" seal:"true"`
}

// MajorMarked says that the complaint is a major one, and why (art. 29).
type MajorMarked struct {
	Ground MajorGround `json:"ground"`
	Why    string      `json:"why" seal:"true"`
}

// MajorReported proves that a major complaint was reported.
type MajorReported struct {
	On    calendar.Date `json:"on"`
	To    string        `json:"to"`
	Proof string        `json:"proof" seal:"true"`
}

// CaseClosed closes.
type CaseClosed struct {
	On calendar.Date `json:"on"`
}

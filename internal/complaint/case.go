// Package complaint is the complaint as the law and the desk know it: a case is
// the fold of its events, every command asks the case whether it may happen
// and answers with events or with a sentence that says why not.
//
// The package is pure: time, rules, calendar and the tree of units are in Env.
//
//	case.go       what a case is          event.go, apply.go  how it came to be
//	deadline.go   every date it must meet check.go            what is left before closing
//	*.go          one file per group of commands, each with its Decide
package complaint

import (
	"slices"
	"strconv"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// ID names a case for good. It sorts by time of creation.
type ID int64

// Stream returns the name of the case's stream in the ledger.
func (id ID) Stream() string { return "complaint/" + id.String() }

// String returns the decimal form, as it stands in addresses.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Case is the state of one complaint. The zero Case is a stream without events.
type Case struct {
	ID      ID
	Version int64 // of its stream; commands may be bound to it
	Touched int64 // version of the last change but drafts of replies, which make no form outdated
	Number  string

	Nature       Nature
	State        State
	Ending       Ending
	ReceivedOn   calendar.Date // day of receipt by the institution: the clock starts here
	RegisteredAt time.Time
	RegisteredBy string
	ClosedAt     time.Time
	ClosedOn     calendar.Date

	Unit       party.UnitID // handling unit
	Path       []party.UnitID
	Region     string // decides which local rules apply
	FirstOwner party.PersonID
	Owner      party.PersonID
	Offer      *Offer // waiting for somebody to accept; the owner stays responsible
	HandedOver []Handover

	Complainant    Complainant
	Representative *Representative
	Joint          *Joint
	Respondents    []Respondent
	Recusals       []Recusal
	Vulnerable     []string

	Codes      Codes
	Amount     int64 // in dispute, fen
	Narrative  string
	Demand     string
	Requests   []string
	References []Reference
	Points     []Allegation
	Contacts   []Contact
	Files      []File
	Notes      []Note
	Steps      [StepCount]StepRecord

	RestartOn   calendar.Date // receipt of the last new facts or reopening, zero when none
	AgreedDue   calendar.Date // date both sides agreed on (art. 21), zero when none
	AgreedOn    calendar.Date // day of that agreement
	ExtendedWhy string        // reason of the last step of a ladder
	Exclusions  []Exclusion
	Reminders   []Reminder
	Approvals   []Approval

	Faults     FaultFinding
	FaultKnown bool
	Redress    []Redress
	Decision   *Decision
	Letters    []Letter
	Notices    []Notice
	Ladder     []LadderEntry
	Reexams    []Reexamination
	FollowUps  []FollowUp
	Withdrawal *Withdrawal
	Refusal    *Refusal
	OtherReply *OtherReply

	StateBefore  State // before it was merged away
	MergedInto   ID
	MergedNumber string
	Absorbed     []Absorbed
	SplitFrom    ID
	SplitInto    []ID
	Reopened     int
	CycleNotices int // notices and follow-ups given before the case was last reopened
	CycleFollows int
	LastContact  time.Time
	ImportKey    string
	Drafts       []Draft     // versions of replies, oldest first
	Overrides    []Override  // findings of the reply check that were let stand
	Untold       []Untold    // what the consumer still has to be told of
	Judgements   []Judgement // what people decided on suggestions, latest per topic and subject
	Talk         *Talk       // negotiation sheet, nil when none is written
	Rounds       []Round     // of the negotiation
	ForecastAcks []ForecastAck
	Agents       []AgentFlag  // suspicions of organised agents; only for those with access.ReadAgent
	Major        *Major       // a major complaint (art. 29), nil when it is none
	Choices      []CodeChoice // codes picked where the mapping tables leave them open
	Erased       *Erasure     // its personal data were destroyed, nil when they were not
}

// Codes are the classifications of a case; names as in data/codes.toml.
type Codes struct {
	Product   string   `json:"product,omitempty" maxLength:"64"`
	Reason    string   `json:"reason,omitempty" maxLength:"64"`
	Rights    []string `json:"rights,omitempty" doc:"Consumer rights touched (S0.1)"`
	LifeCycle string   `json:"life_cycle,omitempty" maxLength:"32" doc:"Stage of the customer life cycle (S4.3)"`
	Business  string   `json:"business_channel,omitempty" maxLength:"64" doc:"JR/T 0169 facet A: where the business happened"`
}

// Reference is one arrival of the grievance, with its own sender, number, date
// and clock: five arrivals are one case with five duties to answer.
type Reference struct {
	N          int             `json:"n"`
	Channel    party.ChannelID `json:"channel"`
	Sender     string          `json:"sender,omitempty"`
	Number     string          `json:"number,omitempty"` // the sender's own
	ReceivedOn calendar.Date   `json:"received_on"`
	OwnDue     calendar.Date   `json:"own_due,omitzero"` // date the sender's letter sets
	From       ID              `json:"from,omitempty"`   // the merged case it came from
	Released   bool            `json:"released,omitempty"`

	Stage string              `json:"stage,omitempty"` // clock that its ladder has reached, "" for the first
	Start calendar.Date       `json:"start,omitzero"`  // receipt of new facts or reopening: the clock runs anew from here
	Since int                 `json:"since,omitempty"` // exclusions of this case before the merge: they do not count for it
	Spans []calendar.Interval `json:"spans,omitempty"` // days that the merged case had excluded

	AnsweredOn calendar.Date `json:"answered_on,omitzero"`
	Proof      string        `json:"proof,omitempty"`
}

// Allegation is one separate point of the complaint (争议点), with its finding.
type Allegation struct {
	N       int
	Text    string
	Dropped bool
	Finding *Finding
}

// Offer is a case waiting to be accepted by a person or by anybody of a unit.
type Offer struct {
	Unit   party.UnitID
	Path   []party.UnitID
	Person party.PersonID // "" for anybody of the unit
	By     string
	At     time.Time
	Reason string
}

// Handover is one completed change of owner.
type Handover struct {
	From, To party.PersonID
	Unit     party.UnitID
	At       time.Time
}

// Contact is one contact with the consumer.
type Contact struct {
	N         int
	At        time.Time
	By        string
	Channel   string
	Outbound  bool
	Reached   bool
	Summary   string
	NewFacts  bool
	ReplyNext string // what was promised, "" when nothing was
}

// File is an attachment, stored by its digest.
type File struct {
	N      int
	Name   string
	Type   string
	Size   int64
	Digest string
	At     time.Time
	By     string
	Public bool // sent by the consumer on the portal
}

// Note is an internal remark.
type Note struct {
	At   time.Time
	By   string
	Text string
}

// Recusal keeps a person or a unit away from the case.
type Recusal struct {
	Unit   party.UnitID
	Person party.PersonID
	Reason string
	At     time.Time
}

// Reminder is a reminder, a supervision order or an escalation (催办、督办、升级).
type Reminder struct {
	Kind string // "remind", "supervise", "escalate"
	At   time.Time
	By   string
	To   party.UnitID
	Due  calendar.Date
	Text string
	Done time.Time // when a supervision order was answered
}

// Open reports whether the institution still owes something.
func (c Case) Open() bool { return c.Number != "" && c.State != Closed && c.State != Merged }

// Active reports whether the complaint itself still waits for its decision.
func (c Case) Active() bool {
	return c.State == New || c.State == Handling || c.State == Deciding || c.State == Decided
}

// Target returns what access needs to know of the case.
func (c Case) Target() access.Target {
	t := access.Target{Case: int64(c.ID), Path: c.Path, Owners: []party.PersonID{c.Owner}}
	if c.Offer != nil && c.Offer.Person != "" {
		t.Owners = append(t.Owners, c.Offer.Person)
	} else if c.Offer != nil {
		t.Offered = c.Offer.Path
	}
	for _, r := range c.Recusals {
		if r.Unit != "" {
			t.RecusedUnits = append(t.RecusedUnits, r.Unit)
		}
		if r.Person != "" {
			t.RecusedPersons = append(t.RecusedPersons, r.Person)
		}
	}
	return t
}

// Live returns the points that are still part of the complaint.
func (c Case) Live() []Allegation {
	return slices.DeleteFunc(slices.Clone(c.Points), func(a Allegation) bool { return a.Dropped })
}

// Reference returns a reference by number.
func (c Case) Reference(n int) (Reference, bool) {
	for _, r := range c.References {
		if r.N == n && !r.Released {
			return r, true
		}
	}
	return Reference{}, false
}

// LiveReferences returns the references that belong to the case now.
func (c Case) LiveReferences() []Reference {
	return slices.DeleteFunc(slices.Clone(c.References), func(r Reference) bool { return r.Released })
}

// owed reports whether the sender of the reference waits for an answer.
func (r Reference) owed() bool { return r.Sender != "" || !r.OwnDue.IsZero() }

// start is the day its decision clock runs from.
func (r Reference) start() calendar.Date { return max(r.ReceivedOn, r.Start) }

// Pending returns the approval that waits, by kind.
func (c Case) Pending(kind ApprovalKind) (Approval, bool) {
	for _, a := range c.Approvals {
		if a.Kind == kind && a.State == Asked {
			return a, true
		}
	}
	return Approval{}, false
}

// Regulator reports whether a financial regulator sent one of the references.
func (c Case) Regulator() bool {
	for _, r := range c.LiveReferences() {
		if ch, ok := party.ChannelOf(r.Channel); ok && ch.Regulator {
			return true
		}
	}
	return false
}

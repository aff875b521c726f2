// Package review is consumer-protection review (消保审查): what will touch
// consumers is read before it does, opinions are adopted or answered, and a
// clearance says what may circulate, where and until when (measures 2022-9
// art. 9; S3.1, CP-27).
//
// A review is the fold of its events, as a complaint is. The package is pure:
// time, rules, calendar and the tree of units are in Env.
//
//	review.go    what a review is          event.go, kind.go, apply*.go  how it came to be
//	kinds.go     forms, checklists, stages as data (data/kinds.toml)
//	draft.go work.go finding.go opinion.go decide.go   the commands
package review

import (
	"slices"
	"strconv"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// ID names a review for good. It sorts by time of creation.
type ID int64

// Stream returns the name of the review's stream in the ledger.
func (id ID) Stream() string { return "review/" + id.String() }

// String returns the decimal form, as it stands in addresses.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Review is the state of one review. The zero Review is a stream without events.
type Review struct {
	ID      ID
	Version int64
	Number  string // such as SC20260503-000012

	Kind        string // id of a Kind
	Title       string
	Product     string // id in the product register, "" for none
	Form        map[string]string
	Unit        party.UnitID // that submits
	Path        []party.UnitID
	State       State
	Stage       Stage
	Urgent      bool
	UrgentWhy   string
	Prior       ID // the cleared review that this one changes, 0 for none
	CreatedBy   string
	CreatedAt   time.Time
	SubmittedAt time.Time // of the stage: the limit runs from this day
	SubmittedOn calendar.Date
	Rounds      int // how often it was sent back
	Reviewer    party.PersonID
	Deputy      party.PersonID
	Handled     []party.PersonID // who reviewed before: at the first stage, or relieved
	Recused     []Recusal

	Materials []Material
	Findings  []Finding
	Checklist map[string]ItemAnswer
	Asked     []Question
	Opinions  []Issued // each time an opinion was given
	Points    []Point
	Pauses    []calendar.Interval // days on which a question was out
	Turns     []Turn              // stretches in which a desk owed its opinion
	Clearance *Clearance
	Veto      *Closing
	Closed    *Closing // withdrawn, revoked, replaced
	Next      ID       // the review that replaced this clearance, 0 for none
}

// Material is one version of what consumers are to see.
type Material struct {
	N       int
	Text    string // pasted text, "" when the files hold it
	Files   []File
	Note    string
	At      time.Time
	By      string
	Reading *Reading // nil until the program has read it
	Scans   []Scan
}

// File is an original, stored by its digest.
type File struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
}

// Reading is what the program read of a material: the text that findings point into.
type Reading struct {
	Extract  string // digest of the stored extraction (text with places)
	Sum      string // digest of the folded text: equal materials have equal sums
	Chars    int
	Pages    int
	Warnings []string // what could not be read, said aloud
	Prints   []int64  // blind keys of its passages
}

// Scan is one run of the rules over a material.
type Scan struct {
	At    time.Time
	AsOf  calendar.Date // the publication date: which articles were in force
	Rules string        // digest of the rule book
	Found int
}

// Finding is something a reviewer has to judge, from the machine or from a person.
type Finding struct {
	N        int      `json:"n"`
	Material int      `json:"material"`
	By       string   `json:"by,omitempty"` // "" for the machine, else who
	Pack     string   `json:"pack,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Edition  string   `json:"edition,omitempty"` // version of the rule
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Start    int      `json:"start,omitempty"` // bytes in the read text; Start == End for what is missing
	End      int      `json:"end,omitempty"`
	Page     int      `json:"page,omitempty"`
	Place    string   `json:"place,omitempty"` // such as 第 2 页 表 1
	Quote    string   `json:"quote,omitempty"`
	Why      string   `json:"why,omitempty"` // what the check saw, for checks beyond words
	Cites    []Cite   `json:"cites,omitempty"`
	Source   string   `json:"source,omitempty"`
	Grade    string   `json:"grade,omitempty"`
	Advice   string   `json:"advice,omitempty"`
	Rewrite  string   `json:"rewrite,omitempty"`
	Same     string   `json:"same,omitempty"`    // the matter: findings of one matter on one place are one
	Also     []Also   `json:"also,omitempty"`    // the other rules that said the same; their articles stand in Cites
	Carried  int      `json:"carried,omitempty"` // the finding of an earlier version it goes on from

	Verdict  Verdict   `json:"-"`
	Reason   string    `json:"-"`
	JudgedBy string    `json:"-"`
	JudgedAt time.Time `json:"-"`
	JudgedIn Stage     `json:"-"`
	First    Verdict   `json:"-"` // what the first stage had said, where head office judged again
	FirstBy  string    `json:"-"`
}

// Also is another rule that said the same as a finding.
type Also struct {
	Pack     string   `json:"pack"`
	Rule     string   `json:"rule"`
	Edition  string   `json:"edition,omitempty"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
}

// Of reports whether a rule speaks in the finding, alone or with others.
func (f Finding) Of(rule string) bool {
	return f.Rule == rule || slices.ContainsFunc(f.Also, func(a Also) bool { return a.Rule == rule })
}

// covers reports whether all rules that speak in another finding speak in this one.
func (f Finding) covers(o Finding) bool {
	return f.Of(o.Rule) && !slices.ContainsFunc(o.Also, func(a Also) bool { return !f.Of(a.Rule) })
}

// judged notes a verdict. What the first stage said stays beside head office's.
func (f *Finding) judged(v Verdict, why string, in Stage, m Meta) {
	if in == Head && f.JudgedIn == Local && f.Verdict != "" {
		f.First, f.FirstBy = f.Verdict, f.JudgedBy
	}
	f.Verdict, f.Reason, f.JudgedBy, f.JudgedAt, f.JudgedIn = v, why, m.By, m.At, in
}

// Cite names an article.
type Cite struct {
	Instrument string `json:"instrument"`
	Article    string `json:"article"`
}

// ItemAnswer is a reviewer's answer to a line of the checklist.
type ItemAnswer struct {
	Verdict ItemVerdict
	Note    string
	By      string
	At      time.Time
}

// Question is one question to the submitter.
type Question struct {
	N          int
	Text       string
	By         string
	At         time.Time
	Answer     string
	AnsweredBy string
	AnsweredAt time.Time
}

// Issued is an opinion as it was given.
type Issued struct {
	N          int
	Conclusion Conclusion
	Summary    string
	Material   int
	Points     []int
	By         string
	At         time.Time
	Stage      Stage
}

// Point is one point of an opinion and what became of it.
type Point struct {
	N        int
	Opinion  int
	Findings []int
	Text     string
	Must     bool // a point that has to be adopted; the others are advice
	State    PointState
	Given    PointState // the last answer, "" before one
	Answer   string
	By       string // who answered
	At       time.Time
	Checked  string // the reviewer's word on the answer
	Returned int    // how often the answer did not do
	Settled  string // the superior's word on an escalated point
}

// Open reports whether the point still stands in the way of a clearance.
func (p Point) Open() bool { return p.State != PointConfirmed && p.State != Waived }

// Clearance is the permission to circulate (CP-27, CP-43).
type Clearance struct {
	Number     string // printed on the material
	Material   int
	Scope      string
	Channels   []string
	From       calendar.Date
	Until      calendar.Date // last day
	Conditions []string
	By         string
	At         time.Time
}

// Closing is an end with its reason.
type Closing struct {
	Why string
	By  string
	At  time.Time
}

// Recusal keeps a person away from the review.
type Recusal struct {
	Person party.PersonID
	Why    string
	At     time.Time
}

// StateOn is the state on a day: a clearance past its last day has expired.
func (r Review) StateOn(today calendar.Date) State {
	if r.Cleared() && !r.Clearance.Until.IsZero() && today > r.Clearance.Until {
		return Expired
	}
	return r.State
}

// Cleared reports whether a clearance was given and not ended by a person.
func (r Review) Cleared() bool {
	return (r.State == Approved || r.State == Conditional) && r.Clearance != nil
}

// Open reports whether somebody still has to do something.
func (r Review) Open() bool {
	return r.Number != "" && !one([]State{Approved, Conditional, Vetoed, Withdrawn, Ended}, r.State)
}

// Outcome is what was decided, whatever became of it later: Approved,
// Conditional, Vetoed, Withdrawn, or "" before.
func (r Review) Outcome() State {
	switch {
	case r.Clearance != nil && len(r.Clearance.Conditions) > 0:
		return Conditional
	case r.Clearance != nil:
		return Approved
	case r.Veto != nil:
		return Vetoed
	case r.State == Withdrawn:
		return Withdrawn
	}
	return ""
}

// Target returns what access needs to know of the review.
func (r Review) Target() access.Target {
	t := access.Target{Path: r.Path}
	if p := (party.Actor{ID: r.CreatedBy}).Person(); p != "" {
		t.Owners = append(t.Owners, p)
	}
	for _, p := range []party.PersonID{r.Reviewer, r.Deputy} {
		if p != "" {
			t.Owners = append(t.Owners, p)
		}
	}
	for _, x := range r.Recused {
		t.RecusedPersons = append(t.RecusedPersons, x.Person)
	}
	return t
}

// Current returns the newest version of the material.
func (r Review) Current() (Material, bool) {
	if len(r.Materials) == 0 {
		return Material{}, false
	}
	return r.Materials[len(r.Materials)-1], true
}

// OpenPoints returns the points that stand in the way of a clearance.
func (r Review) OpenPoints() []Point {
	return slices.DeleteFunc(slices.Clone(r.Points), func(p Point) bool { return !p.Open() })
}

// FindingsOf returns the findings on one version of the material.
func (r Review) FindingsOf(material int) []Finding {
	var out []Finding
	for i := range r.Findings {
		if r.Findings[i].Material == material {
			out = append(out, r.Findings[i])
		}
	}
	return out
}

// Finding returns a finding by number.
func (r Review) Finding(n int) (Finding, bool) {
	i := r.index(n)
	if i < 0 {
		return Finding{}, false
	}
	return r.Findings[i], true
}

// index is where a finding stands, -1 for nowhere. Numbers are given in order,
// so that the first look mostly finds it.
func (r Review) index(n int) int {
	if i := n - 1; i >= 0 && i < len(r.Findings) && r.Findings[i].N == n {
		return i
	}
	return slices.IndexFunc(r.Findings, func(f Finding) bool { return f.N == n })
}

// Waits says who has to act: "submitter", "reviewer", "decider", or "" for nobody.
func (r Review) Waits() string {
	switch r.State {
	case Draft, Questions, Opinion:
		return "submitter"
	case Submitted, InReview, Answered:
		return "reviewer"
	case Escalated, Confirmed:
		return "decider"
	}
	return ""
}

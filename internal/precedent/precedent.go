// Package precedent is the library of cases to learn from (S1.8, S2.7): a closed
// complaint told without its people, approved by a second person, citable by a
// number that stays. A precedent lives in a stream of its own: what happens to
// the case that it came from does not touch it.
//
// The package is pure.
//
//	clean.go, find.go  take names, numbers, days, sums and units out of a text
//	compose.go         write the first draft from a case
//	check.go           what still looks like a person
//	event.go decide.go what may happen to a precedent
package precedent

import (
	"slices"
	"strconv"
	"time"

	"xiaobao/internal/party"
)

// ID names a precedent for good.
type ID int64

// Stream returns the name of its stream in the ledger.
func (id ID) Stream() string { return "precedent/" + id.String() }

// String returns the decimal form, as it stands in addresses.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// State is where a precedent stands.
type State string

// The states. An approved precedent that is being rewritten stays Approved; its
// Work says how far the next edition is.
const (
	Draft     State = "draft"   // the proposer writes
	Waiting   State = "waiting" // for the second person
	Approved  State = "approved"
	Withdrawn State = "withdrawn" // no longer shown, or never was
)

// States lists the states in order.
var States = []State{Draft, Waiting, Approved, Withdrawn}

// Content is the text of a precedent. Paragraphs are lines.
type Content struct {
	Title     string  `json:"title" maxLength:"120"`
	Situation string  `json:"situation" maxLength:"8000" doc:"What the person told and asked for"`
	Points    []Point `json:"points,omitempty" doc:"The allegations with what was found"`
	Handling  string  `json:"handling" maxLength:"8000" doc:"What was done, in its order"`
	Letter    string  `json:"letter,omitempty" maxLength:"8000" doc:"Passages of the reply"`
	Result    string  `json:"result" maxLength:"4000"`
	Lessons   string  `json:"lessons" maxLength:"8000" doc:"What to learn from it"`
}

// Point is one allegation with its finding.
type Point struct {
	Text        string `json:"text" maxLength:"2000"`
	Outcome     string `json:"outcome,omitempty" maxLength:"32"`
	Evidence    string `json:"evidence,omitempty" maxLength:"4000"`
	Basis       string `json:"basis,omitempty" maxLength:"1000"`
	Explanation string `json:"explanation,omitempty" maxLength:"4000"`
}

// Part is one text of a content under the name of its field.
type Part struct{ Field, Text string }

// Parts lists the texts that are not empty, in reading order.
func (c Content) Parts() []Part {
	all := []Part{{"title", c.Title}, {"situation", c.Situation}}
	for i, p := range c.Points {
		at := "points[" + strconv.Itoa(i) + "]."
		all = append(all, Part{at + "text", p.Text}, Part{at + "evidence", p.Evidence}, Part{at + "basis", p.Basis}, Part{at + "explanation", p.Explanation})
	}
	all = append(all, Part{"handling", c.Handling}, Part{"letter", c.Letter}, Part{"result", c.Result}, Part{"lessons", c.Lessons})
	return slices.DeleteFunc(all, func(p Part) bool { return p.Text == "" })
}

// each runs every text through fn.
func (c *Content) each(fn func(string) string) {
	for _, s := range []*string{&c.Title, &c.Situation, &c.Handling, &c.Letter, &c.Result, &c.Lessons} {
		*s = fn(*s)
	}
	c.Points = slices.Clone(c.Points)
	for i := range c.Points {
		for _, s := range []*string{&c.Points[i].Text, &c.Points[i].Evidence, &c.Points[i].Basis, &c.Points[i].Explanation} {
			*s = fn(*s)
		}
	}
}

// Facts are what the case is counted and filtered by. None of them names anybody;
// sums are ids of classes.
type Facts struct {
	Product      string   `json:"product,omitempty"`
	Reason       string   `json:"reason,omitempty"`
	LifeCycle    string   `json:"life_cycle,omitempty"`
	Rights       []string `json:"rights,omitempty"`
	Outcomes     []string `json:"outcomes,omitempty"`
	Causes       []string `json:"causes,omitempty"`
	Emotion      string   `json:"emotion,omitempty"`
	Ending       string   `json:"ending,omitempty"`
	Amount       string   `json:"amount,omitempty" doc:"Class of the sum in dispute"`
	Redress      string   `json:"redress,omitempty" doc:"Class of what was given in all"`
	RedressKinds []string `json:"redress_kinds,omitempty"`
	Level        string   `json:"level,omitempty" doc:"Level of the handling unit"`
	Days         int      `json:"days,omitempty" doc:"From receipt to closing"`
	Satisfaction int      `json:"satisfaction,omitempty" doc:"1 to 5, 0 unknown"`
	Escalated    bool     `json:"escalated,omitempty" doc:"A regulator, mediation, arbitration or a court was called, or the superior asked"`
}

// Topics are the facts that may be hidden when they single a case out.
var Topics = []string{"product", "reason", "life_cycle", "right", "outcome", "cause", "emotion", "amount", "redress", "level"}

// Filters are the topics by which the library is searched.
var Filters = []string{"product", "reason", "outcome", "cause", "right", "life_cycle"}

// Values returns what the facts say on a topic.
func (f Facts) Values(topic string) []string {
	one := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{v}
	}
	switch topic {
	case "product":
		return one(f.Product)
	case "reason":
		return one(f.Reason)
	case "life_cycle":
		return one(f.LifeCycle)
	case "right":
		return f.Rights
	case "outcome":
		return f.Outcomes
	case "cause":
		return f.Causes
	case "emotion":
		return one(f.Emotion)
	case "amount":
		return one(f.Amount)
	case "redress":
		return one(f.Redress)
	case "level":
		return one(f.Level)
	}
	return nil
}

// Without returns the facts with topics left out.
func (f Facts) Without(topics []string) Facts {
	for _, t := range topics {
		switch t {
		case "product":
			f.Product = ""
		case "reason":
			f.Reason = ""
		case "life_cycle":
			f.LifeCycle = ""
		case "right":
			f.Rights = nil
		case "outcome":
			f.Outcomes = nil
		case "cause":
			f.Causes = nil
		case "emotion":
			f.Emotion = ""
		case "amount":
			f.Amount = ""
		case "redress":
			f.Redress, f.RedressKinds = "", nil
		case "level":
			f.Level = ""
		}
	}
	return f
}

// Edition is an approved text.
type Edition struct {
	N       int
	Content Content
	Facts   Facts // without what was hidden
	Hidden  []string
	Cleared map[string]string
	At      time.Time
	By      string // who approved
}

// Citation is one use of the precedent.
type Citation struct {
	N    int
	What string // see Uses
	Note string
	By   string
	At   time.Time
}

// Uses lists what a precedent may be cited for.
var Uses = []string{"training", "reply", "review", "other"}

// Precedent is the state of one precedent. The zero Precedent is an empty stream.
type Precedent struct {
	ID       ID
	Version  int64
	Number   string // AL-2026-0001, given with the first approval
	Source   int64  // id of the complaint
	Path     []party.UnitID
	Proposer string
	Editor   string // who wrote the draft last
	State    State
	Work     State // Draft or Waiting while an edition is in work, else ""

	Content Content // the draft, or the approved text while none is in work
	Facts   Facts
	Hidden  []string          // topics left out
	Cleared map[string]string // key of a finding -> why it names nobody
	Masked  int               // how many places of the case's text were masked

	Editions  []Edition
	Citations []Citation
	Returned  string // why it was sent back last, "" when it was not or has been handed in since
	ReturnBy  string
	Gone      string // why it was withdrawn
	GoneBy    string

	ProposedAt, HandedInAt, ChangedAt time.Time
}

// Published returns the edition that everybody reads.
func (p Precedent) Published() (Edition, bool) {
	if p.State != Approved {
		return Edition{}, false
	}
	return p.Editions[len(p.Editions)-1], true
}

// Shown are the facts as they may be shown.
func (p Precedent) Shown() Facts { return p.Facts.Without(p.Hidden) }

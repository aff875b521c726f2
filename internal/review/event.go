package review

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// Event is one thing that happened to a review. The interface is sealed: the
// kinds stand in this file. Fields tagged `seal` are free text or wording that
// is not public yet and never stand in an event in clear.
type Event interface {
	Kind() string
	apply(r *Review, m Meta)
}

// Drafted opens a review.
type Drafted struct {
	ID      ID                `json:"id"`
	Number  string            `json:"number"`
	What    string            `json:"what"` // id of the Kind
	Product string            `json:"product"`
	Unit    party.UnitID      `json:"unit"`
	Path    []party.UnitID    `json:"path"`
	Prior   ID                `json:"prior"`
	Title   string            `json:"title" seal:"true"`
	Form    map[string]string `json:"form" seal:"true"`
}

// Changed corrects a draft or what was sent back.
type Changed struct {
	Product string            `json:"product"`
	Title   string            `json:"title" seal:"true"`
	Form    map[string]string `json:"form" seal:"true"`
}

// MaterialAdded is a version of the material.
type MaterialAdded struct {
	N     int    `json:"n"`
	Files []File `json:"files" seal:"true"`
	Text  string `json:"text" seal:"true"`
	Note  string `json:"note" seal:"true"`
}

// MaterialRead is what the program read of it.
type MaterialRead struct {
	N        int      `json:"n"`
	Extract  string   `json:"extract"`
	Sum      string   `json:"sum"`
	Chars    int      `json:"chars"`
	Pages    int      `json:"pages"`
	Warnings []string `json:"warnings" seal:"true"`
	Prints   []int64  `json:"prints" seal:"true"` // blind keys of its passages, by which a near copy is found
}

// Scanned is a run of the rules with what it found. Findings of an earlier run
// over the same material that nobody has judged fall away.
type Scanned struct {
	Material int           `json:"material"`
	AsOf     calendar.Date `json:"as_of"`
	Rules    string        `json:"rules"`
	Count    int           `json:"count"`
	Findings []Finding     `json:"findings" seal:"true"`
	Judged   []Carried     `json:"judged" seal:"true"` // verdicts that go on from an earlier version
}

// Carried is a verdict that goes on to the same passage of a newer version.
type Carried struct {
	N       int     `json:"n"`
	From    int     `json:"from"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"`
}

// HandedIn begins the review, or a further round.
type HandedIn struct {
	On     calendar.Date `json:"on"`
	Urgent bool          `json:"urgent"`
	Why    string        `json:"why" seal:"true"`
}

// Taken says who reviews.
type Taken struct {
	Person party.PersonID `json:"person"`
	Deputy party.PersonID `json:"deputy"`
	Why    string         `json:"why" seal:"true"`
}

// RecusalAdded keeps a person away.
type RecusalAdded struct {
	Person party.PersonID `json:"person"`
	Why    string         `json:"why" seal:"true"`
}

// SentBack returns an incomplete submission to the submitter.
type SentBack struct {
	Why string `json:"why" seal:"true"`
}

// QuestionAsked rests the limit from the next day until the answer.
type QuestionAsked struct {
	N    int           `json:"n"`
	On   calendar.Date `json:"on"`
	Text string        `json:"text" seal:"true"`
}

// QuestionAnswered answers it.
type QuestionAnswered struct {
	N    int           `json:"n"`
	On   calendar.Date `json:"on"`
	Text string        `json:"text" seal:"true"`
}

// FindingAdded is a finding of a person.
type FindingAdded struct {
	Finding Finding `json:"finding" seal:"true"`
}

// FindingJudged is the reviewer's verdict on one finding.
type FindingJudged struct {
	N        int      `json:"n"`
	Verdict  Verdict  `json:"verdict"`
	Severity Severity `json:"severity"` // "" keeps it
	Advice   string   `json:"advice" seal:"true"`
	Rewrite  string   `json:"rewrite" seal:"true"`
	Why      string   `json:"why" seal:"true"`
}

// ItemChecked answers a line of the checklist.
type ItemChecked struct {
	Item    string      `json:"item"`
	Verdict ItemVerdict `json:"verdict"`
	Note    string      `json:"note" seal:"true"`
}

// OpinionGiven is the written opinion.
type OpinionGiven struct {
	N          int          `json:"n"`
	Conclusion Conclusion   `json:"conclusion"`
	Material   int          `json:"material"`
	Summary    string       `json:"summary" seal:"true"`
	Points     []PointGiven `json:"points" seal:"true"`
}

// PointGiven is one point of an opinion.
type PointGiven struct {
	N        int    `json:"n"`
	Findings []int  `json:"findings,omitempty"`
	Text     string `json:"text"`
	Must     bool   `json:"must,omitempty"`
}

// PointAnswered is the submitter's answer to a point.
type PointAnswered struct {
	N      int        `json:"n"`
	Answer PointState `json:"answer"`
	Text   string     `json:"text" seal:"true"`
}

// PointChecked is the reviewer's word on the answer.
type PointChecked struct {
	N    int    `json:"n"`
	OK   bool   `json:"ok"`
	Text string `json:"text" seal:"true"`
}

// PointRaised brings a point that was not adopted before the superior.
type PointRaised struct {
	N   int    `json:"n"`
	Why string `json:"why" seal:"true"`
}

// PointSettled is the superior's decision on it.
type PointSettled struct {
	N      int    `json:"n"`
	Upheld bool   `json:"upheld"` // the opinion stands: the submitter has to adopt it
	Why    string `json:"why" seal:"true"`
}

// PassedUp ends the first stage: head office reviews next.
type PassedUp struct {
	On   calendar.Date `json:"on"`
	Note string        `json:"note" seal:"true"`
}

// ClearanceGiven lets the material circulate.
type ClearanceGiven struct {
	Number     string        `json:"number"`
	Material   int           `json:"material"`
	Channels   []string      `json:"channels"`
	From       calendar.Date `json:"from"`
	Until      calendar.Date `json:"until"`
	Scope      string        `json:"scope" seal:"true"`
	Conditions []string      `json:"conditions" seal:"true"`
}

// VetoCast says that the material must not be used.
type VetoCast struct {
	Why string `json:"why" seal:"true"`
}

// TakenBack ends a review that the submitter no longer wants.
type TakenBack struct {
	Why string `json:"why" seal:"true"`
}

// ClearanceEnded ends a clearance before its last day.
type ClearanceEnded struct {
	By  ID     `json:"by"` // the review that replaces it, 0 when it was revoked
	Why string `json:"why" seal:"true"`
}

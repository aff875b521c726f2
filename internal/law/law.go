// Package law is the law library: texts of laws and rules taken apart into
// articles, in the versions that were in force, searched by the law's words and
// by lay words, and the citations of letters and findings resolved against them.
//
// The texts are imported by the user; the program holds none. What it does hold
// are the one-line summaries of package regulation, which stand in the library
// as entries without a text.
package law

import (
	"strings"
	"time"

	"xiaobao/internal/calendar"
)

// Text is one text of an instrument as parsed: what was in force from From on.
// Where a text gave no date, the date is zero and a warning says so.
type Text struct {
	Title       string        `json:"title"`                 // without 《》
	Part        string        `json:"part,omitempty"`        // of a code that comes in books, such as 合同编; else ""
	Number      string        `json:"number,omitempty"`      // of the document
	Issuer      string        `json:"issuer,omitempty"`      // who issued it
	Kind        string        `json:"kind,omitempty"`        // law, regulation, judicial, rule, notice
	Promulgated calendar.Date `json:"promulgated,omitempty"` // first passed or published
	Amended     calendar.Date `json:"amended,omitempty"`     // last amended
	Effective   calendar.Date `json:"effective,omitempty"`   // as its own closing article says
	From        calendar.Date `json:"from,omitempty"`        // first day this version was in force, as far as known
	Until       calendar.Date `json:"until,omitempty"`       // last day, when it was repealed
	History     []string      `json:"history,omitempty"`     // lines before the text, as they stood
	Preamble    []string      `json:"preamble,omitempty"`    // paragraphs before the first article
	Provisions  []Provision   `json:"provisions"`
	Warnings    []Warning     `json:"warnings,omitempty"` // what a person should look at
}

// Provision is one article of a text, or one numbered point of a notice that
// has no articles.
type Provision struct {
	Number     string      `json:"number"`            // "18"; "120-1" for 第一百二十条之一; "一（二）" for a point of a notice
	Heading    []string    `json:"heading,omitempty"` // part, chapter, section it stands in, outermost first
	Paragraphs []Paragraph `json:"paragraphs"`
}

// Paragraph is one 款 with its 项.
type Paragraph struct {
	Text  string `json:"text"`
	Items []Item `json:"items,omitempty"`
}

// Item is one 项, or one line of a finer list below it.
type Item struct {
	Mark string `json:"mark"` // （一）, 1.
	Text string `json:"text"`
}

// Text returns the provision as plain text, one line a paragraph or item.
func (p Provision) Text() string {
	var b strings.Builder
	for _, para := range p.Paragraphs {
		para.write(&b)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (p Paragraph) write(b *strings.Builder) {
	if p.Text != "" {
		b.WriteString(p.Text + "\n")
	}
	for _, it := range p.Items {
		b.WriteString(it.Mark + it.Text + "\n")
	}
}

// Chapter returns the heading path in one line.
func (p Provision) Chapter() string { return strings.Join(p.Heading, " · ") }

// Warning is something about a text that a person should look at. Nothing of a
// text is dropped without one.
type Warning struct {
	Code string `json:"code"` // one of the Warn constants
	Line int    `json:"line"` // in the source, from 1; 0 for the text as a whole
	Text string `json:"text"` // sentence for a person, in Chinese
}

// Codes of warnings.
const (
	WarnGap       = "gap"       // article numbers leap
	WarnDuplicate = "duplicate" // an article number stands twice
	WarnOrder     = "order"     // an article number falls behind the one before
	WarnDate      = "date"      // a date is missing or was inferred
	WarnTitle     = "title"     // no title was found
	WarnNumbering = "numbering" // no articles: the text was cut by its numbered points
	WarnJoined    = "joined"    // broken lines were joined
	WarnName      = "name"      // the file's name and its text disagree
	WarnLong      = "long"      // something was longer than the library keeps
)

// Version is a text in the library.
type Version struct {
	Instrument string        // id
	N          int64         // number of the import in the instrument's record
	Text       Text          // Until is that of the text itself
	From       calendar.Date // as the library uses it; zero: not known, taken as always
	Until      calendar.Date // last day: of the text, or the day before the next version; zero: none
	Digest     string        // of the words, spaces left out
	At         time.Time     // when it was imported
	By         string        // who imported it
	File       string        // name of the file
}

// InForce reports whether the version was in force on a day.
func (v Version) InForce(on calendar.Date) bool {
	return on >= v.From && (v.Until.IsZero() || on <= v.Until)
}

// Imported is the event of a text taken into the library. From outweighs the
// date of the text.
type Imported struct {
	Instrument string        `json:"instrument"`
	From       calendar.Date `json:"from,omitempty"`
	File       string        `json:"file,omitempty"`
	Digest     string        `json:"digest"`
	Text       Text          `json:"text"`
}

// Withdrawn is the event of an imported text taken out again, because it was the
// wrong one. Imports stay in the record.
type Withdrawn struct {
	N      int64  `json:"n"` // number of the import
	Reason string `json:"reason"`
}

// Kinds of events as they stand in the ledger, in streams named law/<instrument>.
const (
	KindImported  = "law.Imported"
	KindWithdrawn = "law.Withdrawn"
)

// Stream is the ledger stream of an instrument.
func Stream(instrument string) string { return "law/" + instrument }

// Link is where the pages show an article; a number such as "18.3" leads to its
// article, "" to the instrument.
func Link(instrument, number string) string {
	if instrument == "" {
		return ""
	}
	if number, _, _ = strings.Cut(number, "."); number == "" {
		return "/laws/" + instrument
	}
	return "/laws/" + instrument + "#" + Anchor(number)
}

// Anchor is the name of an article inside the page of its instrument.
func Anchor(number string) string { return "art-" + number }

// Package guide reads a case: how the person feels and how that went over the
// contacts, what moves them, what they want, where they stand, and which codes
// fit. Every answer is a suggestion with the words that weighed, the rule or
// model that saw them, and what the training material advises; below its
// threshold it says that it is not sure. A person decides (complaint.Judge).
//
//	read.go    from texts to suggestions     weigh.go  how signs are added up
//	course.go  emotion over the contacts     data.go   weights, strategies, care hints
//	forecast.go and its data                 how near an escalation seems
package guide

import (
	"slices"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/text"
	"xiaobao/internal/text/rule"
)

// Part is one text of a case: what was taken down, asked for, or said at a contact.
type Part struct {
	Subject int    // number of the contact, 0 for the narrative and the demand
	Kind    string // "narrative", "demand" or "contact"
	Text    string
	At      time.Time
}

// Input is what a reading depends on. Texts may be masked.
type Input struct {
	Parts  []Part
	On     calendar.Date // the day whose rules apply
	Codes  complaint.Codes
	Judged []complaint.Judgement
}

// Of returns the texts of a case in order of time, with what people decided.
// Attempts that did not reach anybody say nothing about the person.
func Of(c complaint.Case) Input {
	in := Input{On: c.ReceivedOn, Codes: c.Codes, Judged: c.Judgements}
	add := func(subject int, kind, text string, at time.Time) {
		if text != "" {
			in.Parts = append(in.Parts, Part{Subject: subject, Kind: kind, Text: text, At: at})
		}
	}
	add(0, "narrative", c.Narrative, c.ReceivedOn.Time())
	add(0, "demand", c.Demand, c.ReceivedOn.Time())
	contacts := slices.Clone(c.Contacts)
	slices.SortStableFunc(contacts, func(a, b complaint.Contact) int { return a.At.Compare(b.At) })
	for _, k := range contacts {
		if k.Reached {
			add(k.N, "contact", k.Summary, k.At)
		}
	}
	return in
}

// Evidence is one sign: words in a text and what they were read as.
type Evidence struct {
	Part       int    // index in Input.Parts
	Start, End int    // bytes of that text
	Quote      string // the words
	Source     string // rule with version, such as emotion.level.angry.say@1, or the digest of a model
	Title      string // what they were read as, data
	Row        string // row of the requirement, such as S0.5
	Advice     string
	Weight     int
}

// Opinion is what one source says on a topic.
type Opinion struct {
	Source     string
	Model      bool
	Value      string
	Confidence int // ‰
}

// Suggestion is the answer to one topic. Unsure suggestions have no value.
type Suggestion struct {
	Topic      complaint.Topic
	Subject    int
	Value      string
	Confidence int // ‰
	Unsure     bool
	Evidence   []Evidence // weightiest first
	Opinions   []Opinion
	Dispute    bool // rules and model differ
}

// Source is where the suggestion comes from, as a judgement keeps it.
func (s Suggestion) Source() string {
	for _, o := range s.Opinions {
		if o.Value == s.Value {
			return o.Source
		}
	}
	return ""
}

// Words returns the quotes without repetition, weightiest first, at most n.
func (s Suggestion) Words(n int) []string {
	var out []string
	for _, e := range s.Evidence {
		if len(out) < n && !slices.Contains(out, e.Quote) {
			out = append(out, e.Quote)
		}
	}
	return out
}

// Model is a trained classifier for one topic.
type Model struct {
	Source string // digest
	Read   func(text string) ModelAnswer
}

// ModelAnswer is what a model says of one text.
type ModelAnswer struct {
	Value      string
	Confidence int // ‰, calibrated
	Abstain    bool
	Words      []text.Span
}

// Models are the trained classifiers by topic; missing ones are not heard.
type Models map[complaint.Topic]Model

// Reading is everything that the texts of a case say about the person.
type Reading struct {
	Suggestions []Suggestion
	Course      []Mood
	Care        *Care
	Strategies  []Strategy
}

// Suggestion returns the first suggestion on a topic and subject.
func (r Reading) Suggestion(t complaint.Topic, subject int) (Suggestion, bool) {
	for _, s := range r.Suggestions {
		if s.Topic == t && s.Subject == subject {
			return s, true
		}
	}
	return Suggestion{}, false
}

// Read reads a case with the rules of a book and the models there are.
func Read(in Input, book *rule.Book, models Models) Reading {
	d := data()
	seen := d.scan(in, book)
	var r Reading
	for _, sc := range d.Topics {
		if sc.ID.PerContact() {
			for _, subject := range in.subjects() {
				r.Suggestions = append(r.Suggestions, d.suggest(sc, subject, in, seen, models)...)
			}
			continue
		}
		r.Suggestions = append(r.Suggestions, d.suggest(sc, 0, in, seen, models)...)
	}
	r.Suggestions = append(r.Suggestions, d.explicit(in, seen))
	r.Course = course(in, r)
	r.Care = d.care(in, seen)
	r.Strategies = helps(in, r)
	return r
}

// subjects lists what an emotion may be about, in order of time.
func (in Input) subjects() []int {
	var out []int
	for _, p := range in.Parts {
		if !slices.Contains(out, p.Subject) {
			out = append(out, p.Subject)
		}
	}
	return out
}

// sign is evidence with what it speaks for.
type sign struct {
	Evidence
	topic complaint.Topic
	value string
	rule  string
}

// scan looks through every text once, with the packs of this package.
func (d settings) scan(in Input, book *rule.Book) []sign {
	var out []sign
	for i, p := range in.Parts {
		kind := "complaint"
		if p.Kind == "contact" {
			kind = "contact"
		}
		for _, f := range book.Scan(rule.Doc{Text: p.Text, Kind: kind, On: in.On}, Packs...) {
			sc, value, ok := d.speaks(f.Rule)
			if !ok {
				continue
			}
			if sc.ID.Text() {
				value = f.Title
			}
			out = append(out, sign{topic: sc.ID, value: value, rule: f.Rule, Evidence: Evidence{Part: i, Start: f.Start, End: f.End, Quote: f.Quote,
				Source: f.Rule + "@" + f.Version, Title: f.Title, Row: f.Source, Advice: f.Advice, Weight: d.weight(f.Rule)}})
		}
		out = append(out, d.marks(i, p.Text, out)...)
	}
	return out
}

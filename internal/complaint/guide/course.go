package guide

import (
	"slices"
	"strings"
	"time"

	"xiaobao/internal/complaint"
)

// Mood is the emotion at one moment of the case.
type Mood struct {
	Subject   int // number of the contact, 0 for the complaint itself
	At        time.Time
	Value     string // one of complaint.Emotions; "" when it cannot be told
	Level     int    // place in complaint.Emotions, from 0; -1 when it cannot be told
	Confirmed bool   // a person said so
	Abusive   bool
	Words     []string
}

// Known reports whether the mood can be told.
func (m Mood) Known() bool { return m.Level >= 0 }

// course lines the moods up in order of time. What a person said stands over what
// was suggested; an emotion that was refused without another is not known.
func course(in Input, r Reading) []Mood {
	out := []Mood{}
	for _, subject := range in.subjects() {
		m := Mood{Subject: subject, Level: -1}
		for _, p := range in.Parts {
			if p.Subject == subject {
				m.At = p.At
				break
			}
		}
		if s, ok := r.Suggestion(complaint.TopicEmotion, subject); ok {
			m.Value, m.Words = s.Value, s.Words(4)
		}
		if s, ok := r.Suggestion(complaint.TopicAbuse, subject); ok {
			m.Abusive = s.Value == "abusive"
		}
		if j, ok := in.judged(complaint.TopicEmotion, subject); ok {
			m.Value, m.Confirmed = j.Value, j.Value != ""
		}
		if j, ok := in.judged(complaint.TopicAbuse, subject); ok {
			m.Abusive = j.Value == "abusive"
		}
		m.Level = slices.Index(complaint.Emotions, m.Value)
		out = append(out, m)
	}
	return out
}

func (in Input) judged(t complaint.Topic, subject int) (complaint.Judgement, bool) {
	return complaint.Case{Judgements: in.Judged}.Judged(t, subject)
}

// Now is the latest mood that can be told.
func (r Reading) Now() (Mood, bool) {
	for _, m := range slices.Backward(r.Course) {
		if m.Known() {
			return m, true
		}
	}
	return Mood{}, false
}

// care returns the gravest hint that the words ask for. A hint falls away when a
// person said that the emotion is another one.
func (d settings) care(in Input, seen []sign) *Care {
	for i := range d.Care {
		for _, s := range seen {
			j, judged := in.judged(complaint.TopicEmotion, in.Parts[s.Part].Subject)
			if strings.HasPrefix(s.rule, d.Care[i].Rule) && (!judged || j.Value == "desperate") {
				return &d.Care[i]
			}
		}
	}
	return nil
}

// helps lists the strategies that fit what was confirmed or, where nobody said
// anything, suggested.
func helps(in Input, r Reading) []Strategy {
	held := map[complaint.Topic][]string{}
	for _, t := range complaint.Topics {
		if !t.PerContact() {
			held[t] = in.held(t, r)
		}
	}
	if m, ok := r.Now(); ok {
		held[complaint.TopicEmotion] = []string{m.Value}
	}
	var out []Strategy
	for _, s := range Strategies() {
		fits := true
		for t, values := range s.When {
			fits = fits && slices.ContainsFunc(values, func(v string) bool { return slices.Contains(held[t], v) })
		}
		if fits {
			out = append(out, s)
		}
	}
	return out
}

// held are the values of a topic that stand: what people said, and what was
// suggested and not refused or corrected.
func (in Input) held(t complaint.Topic, r Reading) []string {
	var out []string
	decided := map[string]bool{}
	for _, j := range in.Judged {
		if j.Topic == t {
			decided[j.Suggested] = true
			if j.Value != "" {
				out = append(out, j.Value)
			}
		}
	}
	if len(decided) > 0 && !t.Several() {
		return out
	}
	for _, s := range r.Suggestions {
		if s.Topic == t && s.Value != "" && !decided[s.Value] && !slices.Contains(out, s.Value) {
			out = append(out, s.Value)
		}
	}
	return out
}

package complaint

import (
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// Topic is one question about a case that the program suggests an answer to and
// a person decides (S4.17).
type Topic string

// The topics. The first four are the codes of the case; problems are texts.
const (
	TopicProduct   Topic = "product"
	TopicReason    Topic = "reason"
	TopicRight     Topic = "right"      // several (S0.1)
	TopicLifeCycle Topic = "life_cycle" // S4.3
	TopicEmotion   Topic = "emotion"    // per contact, 0 for the narrative
	TopicAbuse     Topic = "abuse"      // per contact, 0 for the narrative
	TopicCause     Topic = "cause"      // several (S0.5)
	TopicExplicit  Topic = "problem_explicit"
	TopicImplicit  Topic = "problem_implicit"
	TopicNeed      Topic = "need"        // product or service (S4.8)
	TopicTemper    Topic = "temper_kind" // emotional or rational (S4.8)
	TopicStage     Topic = "stage"       // what the consumer strives for now (S4.9)
)

// Topics lists the topics.
var Topics = []Topic{TopicProduct, TopicReason, TopicRight, TopicLifeCycle, TopicEmotion, TopicAbuse, TopicCause, TopicExplicit, TopicImplicit, TopicNeed, TopicTemper, TopicStage}

// Emotions are the levels of emotion, mildest first.
var Emotions = []string{"calm", "dissatisfied", "angry", "threatening", "desperate"}

// Causes are the four causes of a complaint in the mind of the consumer (S0.5).
var Causes = []string{"expectation", "attitude", "personality", "rights"}

// Stages are what a consumer strives for, in its order (S4.9).
var Stages = []string{"respected", "confirmed", "recognised", "solved"}

var topicValues = map[Topic][]string{
	TopicEmotion: Emotions, TopicAbuse: {"clean", "abusive"}, TopicCause: Causes, TopicStage: Stages,
	TopicNeed: {"product", "service"}, TopicTemper: {"emotional", "rational"},
}

// Values lists what the topic may be answered with, nil for a text.
func (t Topic) Values() []string {
	if book := t.book(); book != nil {
		out := make([]string, len(book))
		for i, c := range book {
			out[i] = c.ID
		}
		return out
	}
	return topicValues[t]
}

// book is the part of the code book that the topic chooses from, nil when it is no code.
func (t Topic) book() []Code {
	switch b := Book(); t {
	case TopicProduct:
		return b.Products
	case TopicReason:
		return b.Reasons
	case TopicRight:
		return b.Rights
	case TopicLifeCycle:
		return b.LifeCycle
	}
	return nil
}

// Coded reports whether the topic is one of the case's codes.
func (t Topic) Coded() bool { return t.book() != nil }

// Text reports whether the answer is a sentence instead of a choice.
func (t Topic) Text() bool { return t == TopicExplicit || t == TopicImplicit }

// Several reports whether a case may have more than one answer at once.
func (t Topic) Several() bool { return t == TopicRight || t == TopicCause }

// PerContact reports whether each contact has its own answer.
func (t Topic) PerContact() bool { return t == TopicEmotion || t == TopicAbuse }

// Name returns the name of a value of the topic in a language, the value itself
// for a text.
func (t Topic) Name(value, lang string) string {
	book := t.book()
	if i := slices.IndexFunc(book, func(c Code) bool { return c.ID == value }); i >= 0 {
		if lang == "en" {
			return book[i].NameEn
		}
		return book[i].Name
	}
	return Label(string(t), value, lang)
}

// Verdict is what a person said to a suggestion.
type Verdict string

// The verdicts.
const (
	Adopted   Verdict = "accepted"
	Corrected Verdict = "corrected"
	Rejected  Verdict = "refused" // it is not that; what it is was left open
	Stated    Verdict = "stated"  // said without a suggestion
)

// Verdicts lists the verdicts.
var Verdicts = []Verdict{Adopted, Corrected, Rejected, Stated}

// Judgement is what a person decided on a topic.
type Judgement struct {
	Topic      Topic
	Subject    int    // contact number, 0 for the narrative and the case as a whole
	Value      string // "" when the suggestion was refused and nothing put in its place
	Suggested  string
	Source     string // rule or model that suggested it
	Confidence int    // ‰, as it was suggested
	Verdict    Verdict
	By         string
	At         time.Time
}

// Judged is a person's answer on a topic. Text and SuggestedText hold the values
// of the topics that are texts.
type Judged struct {
	Topic         Topic   `json:"topic"`
	Subject       int     `json:"subject"`
	Value         string  `json:"value"`
	Suggested     string  `json:"suggested"`
	Source        string  `json:"source"`
	Confidence    int     `json:"confidence"`
	Verdict       Verdict `json:"verdict"`
	Text          string  `json:"text" seal:"true"`
	SuggestedText string  `json:"suggested_text" seal:"true"`
}

// Kind implements Event.
func (*Judged) Kind() string { return "complaint.Judged" }

func (e *Judged) apply(c *Case, m Meta) {
	j := Judgement{Topic: e.Topic, Subject: e.Subject, Value: e.Value, Suggested: e.Suggested, Source: e.Source, Confidence: e.Confidence, Verdict: e.Verdict, By: m.By, At: m.At}
	if e.Topic.Text() {
		j.Value, j.Suggested = e.Text, e.SuggestedText
	}
	kept := slices.DeleteFunc(slices.Clone(c.Judgements), func(old Judgement) bool { return old.replacedBy(j) })
	c.Judgements = append(kept, j)
}

// about is the value that a judgement speaks of on a topic with several answers.
func (j Judgement) about() string {
	if j.Suggested != "" {
		return j.Suggested
	}
	return j.Value
}

func (j Judgement) replacedBy(next Judgement) bool {
	if j.Topic != next.Topic || j.Subject != next.Subject {
		return false
	}
	return !j.Topic.Several() || j.about() == next.about() || j.Value != "" && (j.Value == next.Value || j.Value == next.about())
}

// Judged returns what was decided on a topic with one answer.
func (c Case) Judged(t Topic, subject int) (Judgement, bool) {
	for _, j := range c.Judgements {
		if j.Topic == t && j.Subject == subject {
			return j, true
		}
	}
	return Judgement{}, false
}

// JudgedAs returns the judgement that speaks of one value of a topic: its answer,
// or the refusal of that value.
func (c Case) JudgedAs(t Topic, subject int, value string) (Judgement, bool) {
	for _, j := range c.Judgements {
		if j.Topic == t && j.Subject == subject && (j.Value == value || j.Suggested == value) {
			return j, true
		}
	}
	return Judgement{}, false
}

// Judge answers one topic: it accepts, corrects or refuses a suggestion, or says
// something of its own. Codes of the case follow in the same change (S0.1, S4.3, S4.17).
type Judge struct {
	Topic      Topic   `json:"topic" enum:"product,reason,right,life_cycle,emotion,abuse,cause,problem_explicit,problem_implicit,need,temper_kind,stage"`
	Subject    int     `json:"subject,omitempty" minimum:"0" doc:"Number of the contact that an emotion or abuse is about, 0 for the narrative"`
	Value      string  `json:"value,omitempty" maxLength:"300" doc:"What it is; empty refuses the suggestion without putting another in its place"`
	Suggested  string  `json:"suggested,omitempty" maxLength:"300" doc:"What was suggested; empty when nothing was"`
	Source     string  `json:"source,omitempty" maxLength:"120" doc:"Rule with version, or digest of the model, that suggested it"`
	Confidence int     `json:"confidence,omitempty" minimum:"0" maximum:"1000" doc:"Of the suggestion, per mille"`
	Verdict    Verdict `json:"verdict,omitempty" enum:"accepted,corrected,refused,stated" doc:"Follows from value and suggestion when empty"`
}

// Action implements Command.
func (Judge) Action() access.Action { return access.HandleComplaint }

// verdict follows from what was suggested and what was said.
func (d Judge) verdict() Verdict {
	switch {
	case d.Suggested == "":
		return Stated
	case d.Value == "":
		return Rejected
	case d.Value == d.Suggested:
		return Adopted
	}
	return Corrected
}

// Decide implements Command.
func (d Judge) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	d.Value, d.Suggested = strings.TrimSpace(d.Value), strings.TrimSpace(d.Suggested)
	if d.Verdict == Adopted && d.Value == "" {
		d.Value = d.Suggested
	}
	if err := d.check(c); err != nil {
		return nil, err
	}
	e := &Judged{Topic: d.Topic, Subject: d.Subject, Value: d.Value, Suggested: d.Suggested, Source: d.Source, Confidence: d.Confidence, Verdict: d.verdict()}
	if d.Topic.Text() {
		e.Value, e.Suggested, e.Text, e.SuggestedText = "", "", d.Value, d.Suggested
	}
	codes, changed := d.codes(c.Codes)
	if !changed {
		return []Event{e}, nil
	}
	return []Event{e, &Amended{Codes: &codes}}, nil
}

func (d Judge) check(c Case) error {
	var f fault.Fields
	f.Need(one(Topics, d.Topic), "topic", "判断事项 %s 不在可选范围内", d.Topic)
	text(&f, "value", d.Value, "判断", d.Suggested == "", 300)
	text(&f, "suggested", d.Suggested, "建议", false, 300)
	text(&f, "source", d.Source, "建议来源", false, 120)
	if list := d.Topic.Values(); list != nil {
		f.Need(d.Value == "" || one(list, d.Value), "value", "%s 不在可选范围内，请从列表选择", d.Value)
		f.Need(d.Suggested == "" || one(list, d.Suggested), "suggested", "建议值 %s 不在可选范围内", d.Suggested)
	}
	f.Need(d.Confidence >= 0 && d.Confidence <= 1000, "confidence", "把握程度以千分之几表示，须在 0 到 1000 之间")
	f.Need(d.Subject == 0 || d.Topic.PerContact() && d.Subject > 0 && d.Subject <= len(c.Contacts), "subject", "没有编号为 %d 的联系记录", d.Subject)
	f.Need(d.Verdict == "" || d.Verdict == d.verdict(), "verdict", "处理方式与所选内容不符：采用须与建议相同，更正须与建议不同，否定不填内容")
	return f.Err()
}

// codes returns the case's codes as they stand after the answer.
func (d Judge) codes(k Codes) (Codes, bool) {
	before := k
	switch d.Topic {
	case TopicProduct:
		k.Product = d.code(k.Product)
	case TopicReason:
		k.Reason = d.code(k.Reason)
	case TopicLifeCycle:
		k.LifeCycle = d.code(k.LifeCycle)
	case TopicRight:
		k.Rights = slices.DeleteFunc(slices.Clone(k.Rights), func(r string) bool { return r == d.Suggested || r == d.Value })
		if d.Value != "" {
			k.Rights = append(k.Rights, d.Value)
			slices.Sort(k.Rights)
		}
		return k, !slices.Equal(slices.Sorted(slices.Values(before.Rights)), k.Rights)
	}
	return k, k.Product != before.Product || k.Reason != before.Reason || k.LifeCycle != before.LifeCycle
}

// code is the new value of a code: the answer, or empty when what it holds was refused.
func (d Judge) code(now string) string {
	if d.Value != "" {
		return d.Value
	}
	if now == d.Suggested {
		return ""
	}
	return now
}

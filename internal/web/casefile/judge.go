package casefile

import (
	"strconv"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// judgeFields asks for one judgement: the topic comes with the address of the
// chip that is corrected; by itself the form is about the emotion.
func judgeFields(f *form) {
	topic := complaint.Topic(f.ask("topic", string(complaint.TopicEmotion)))
	f.note(f.t("case.judge.of", "Name", f.label("topic", string(topic))))
	suggested := f.ask("suggested", "")
	if suggested != "" {
		f.note(f.t("case.judge.was", "Text", topic.Name(suggested, string(f.lang))))
	}
	f.hidden("topic", string(topic))
	f.hidden("suggested", suggested)
	f.hidden("source", f.ask("source", ""))
	f.hidden("confidence", f.ask("confidence", ""))
	if topic.PerContact() {
		f.start("subject", f.ask("subject", "0"))
		f.pick("subject", true, f.subjects())
	}
	if topic.Text() {
		f.start("value", suggested)
		f.mustArea("value", "low")
		return
	}
	f.radio("value", f.choices(topic))
}

// ask is what was typed, else what the address says, else a default.
func (f *form) ask(name, otherwise string) string {
	if v := f.values.Get(name); f.posted || v != "" {
		return v
	}
	if v := f.asked.Get(name); v != "" {
		return v
	}
	return otherwise
}

func (f *form) choices(topic complaint.Topic) []web.Option {
	var out []web.Option
	for _, v := range topic.Values() {
		out = append(out, web.Option{Value: v, Text: topic.Name(v, string(f.lang))})
	}
	return out
}

// subjects are what an emotion may be about: the narrative, and each contact.
func (f *form) subjects() []web.Option {
	out := []web.Option{{Value: "0", Text: f.t("case.judge.narrative")}}
	for _, c := range f.p.Case.Contacts {
		if c.Summary != "" {
			n := strconv.Itoa(c.N)
			out = append(out, web.Option{Value: n, Text: f.t("case.judge.contact", "Number", n) + " · " + clip(c.Summary, 24)})
		}
	}
	return out
}

// tellJudged puts a judgement into words.
func (k talk) tellJudged(e *complaint.Judged) told {
	name := func(coded, text string) string {
		if e.Topic.Text() {
			return text
		}
		return e.Topic.Name(coded, string(k.lang))
	}
	key := "case.e.judged"
	switch e.Verdict {
	case complaint.Corrected:
		key = "case.e.judged_corrected"
	case complaint.Rejected:
		key = "case.e.judged_refused"
	}
	return told{"note", "checkbox", key, []any{"Name", k.label("topic", string(e.Topic)), "Text", name(e.Value, e.Text), "From", name(e.Suggested, e.SuggestedText)}, "", false}
}

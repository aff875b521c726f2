package desk

import (
	"net/http"
	"slices"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// guideLine is what the text suggests on one topic.
type guideLine struct {
	Label string // message id
	Chips []guideChip
}

// guideChip is a suggestion that a click takes over into a field of the form,
// where the form has one.
type guideChip struct {
	web.Suggest
	Field, Fill string // name of the field and what it is filled with
	Taken       bool   // the field says so already
	Row         string // row of the form that keeps the answer, such as judgements[0]
}

// takenRows are the rows of the form that keep what was taken up, by topic: it is
// recorded with the registration as an answer to the suggestion (S4.17).
var takenRows = []takenRow{{"judgements[0]", complaint.TopicProduct}, {"judgements[1]", complaint.TopicReason}}

type takenRow struct {
	Row   string
	Topic complaint.Topic
}

// Taken are the rows that keep what was taken up.
func (registerView) Taken() []takenRow { return takenRows }

// fill is the field of the form that takes a suggested code, with what it takes.
// Products are typed by name, reasons are chosen by id.
func (t typed) fill(topic complaint.Topic, value, name string) (field, fill string, taken bool) {
	switch topic {
	case complaint.TopicProduct:
		return "codes.product", name, t.cmd.Codes.Product == value
	case complaint.TopicReason:
		return "codes.reason", value, t.cmd.Codes.Reason == value
	}
	return "", "", false
}

// guideTopics are what is suggested while a registration is typed.
var guideTopics = []complaint.Topic{complaint.TopicProduct, complaint.TopicReason, complaint.TopicRight, complaint.TopicLifeCycle, complaint.TopicEmotion}

// guide reads the text typed so far. Nothing can be accepted yet: the case does
// not exist; a click fills the field of the form.
func (d *desk) guide(r *http.Request, t typed, say words, v *asideView) error {
	if t.cmd.Narrative == "" && t.cmd.Demand == "" {
		return nil
	}
	g, err := d.app.GuideText(r.Context(), web.Actor(r), t.cmd.Narrative, t.cmd.Demand)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
		return nil // the form itself will say so when it is sent
	}
	if err != nil {
		return err
	}
	lang := string(web.LangOf(r))
	for _, topic := range guideTopics {
		line := guideLine{Label: "person." + string(topic)}
		for _, s := range g.Suggestions {
			if s.Topic == topic && s.Value != "" {
				chip := guideChip{Suggest: web.Suggest{State: "open", Suggested: s.Value, Source: s.Source(), Value: topic.Name(s.Value, lang), Confidence: s.Confidence, Words: s.Words(4), Dispute: s.Dispute}}
				chip.Field, chip.Fill, chip.Taken = t.fill(topic, s.Value, chip.Value)
				if at := slices.IndexFunc(takenRows, func(t takenRow) bool { return t.Topic == topic }); at >= 0 {
					chip.Row = takenRows[at].Row
				}
				line.Chips = append(line.Chips, chip)
			}
		}
		if len(line.Chips) > 0 {
			v.Guide = append(v.Guide, line)
		}
	}
	if g.Care != nil {
		v.Care = g.Care.Text
		if lang == "en" {
			v.Care = g.Care.TextEn
		}
	}
	return nil
}

package reviews

import (
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// Event is one line of how the review came to be.
type Event struct {
	Icon, At, By, What, Say string
	Turn                    bool
}

// told is one event in words: a message with its values, and what was written.
type told struct {
	icon, key string
	args      []any
	say       string
	turn      bool
}

// events are all events in words, newest first. Runs of judgements stand as one.
func (k talk) events(p app.ReviewPage) []Event {
	var out []Event
	for _, h := range slices.Backward(p.History) {
		name := func(id party.PersonID) string { return p.Org.Name("person/" + string(id)) }
		t := k.tell(h.Event, name)
		e := Event{Icon: t.icon, At: stamp(h.At), By: k.name(p.Org, h.By), What: k.t(t.key, t.args...), Say: t.say, Turn: t.turn}
		if n := len(out) - 1; n >= 0 && out[n] == e {
			continue
		}
		out = append(out, e)
	}
	return out
}

func (k talk) tell(e review.Event, name func(party.PersonID) string) told {
	for _, part := range []func(review.Event, func(party.PersonID) string) (told, bool){k.tellDraft, k.tellWork, k.tellOpinion, k.tellEnd} {
		if t, ok := part(e, name); ok {
			return t
		}
	}
	return told{icon: "edit", key: "reviews.e.other", args: []any{"Name", e.Kind()}}
}

func (k talk) tellDraft(e review.Event, _ func(party.PersonID) string) (told, bool) {
	switch e := e.(type) {
	case *review.Drafted:
		return told{"writing", "reviews.e.drafted", []any{"Name", k.kind(e.What)}, "", true}, true
	case *review.Changed:
		return told{"edit", "reviews.e.changed", nil, "", false}, true
	case *review.MaterialAdded:
		return told{"upload", "reviews.e.material", []any{"Number", itoa(e.N)}, e.Note, true}, true
	case *review.MaterialRead:
		return told{"file-text", "reviews.e.read", []any{"Number", itoa(e.N), "Text", itoa(e.Chars)}, "", false}, true
	case *review.Scanned:
		return told{"sparkles", "reviews.e.scanned", []any{"Number", itoa(e.Material), "Text", itoa(e.Count), "Date", e.AsOf.String()}, "", false}, true
	case *review.HandedIn:
		if e.Urgent {
			return told{"bolt", "reviews.e.urgent", nil, e.Why, true}, true
		}
		return told{"send", "reviews.e.handed_in", nil, "", true}, true
	case *review.TakenBack:
		return told{"arrow-back-up", "reviews.e.taken_back", nil, e.Why, true}, true
	}
	return told{}, false
}

func (k talk) tellWork(e review.Event, name func(party.PersonID) string) (told, bool) {
	switch e := e.(type) {
	case *review.Taken:
		return told{"user-check", "reviews.e.taken", []any{"Name", name(e.Person)}, e.Why, true}, true
	case *review.RecusalAdded:
		return told{"eye-off", "reviews.e.recused", []any{"Name", name(e.Person)}, e.Why, true}, true
	case *review.SentBack:
		return told{"arrow-back-up", "reviews.e.sent_back", nil, e.Why, true}, true
	case *review.QuestionAsked:
		return told{"help", "reviews.e.asked", []any{"Number", itoa(e.N)}, e.Text, true}, true
	case *review.QuestionAnswered:
		return told{"message", "reviews.e.answered", []any{"Number", itoa(e.N)}, e.Text, true}, true
	case *review.FindingAdded:
		return told{"plus", "reviews.e.finding", []any{"Number", itoa(e.Finding.N), "Text", e.Finding.Title}, e.Finding.Advice, false}, true
	case *review.FindingJudged:
		return told{"check", "reviews.e.judged", []any{"Number", itoa(e.N), "Name", k.label("verdict", string(e.Verdict))}, e.Why, false}, true
	case *review.ItemChecked:
		return told{"checklist", "reviews.e.checked", []any{"Text", k.item(e.Item), "Name", k.label("item", string(e.Verdict))}, e.Note, false}, true
	}
	return told{}, false
}

// item names a line of the checklists.
func (k talk) item(id string) string {
	for _, kind := range review.MaterialKinds() {
		for _, i := range kind.Items() {
			if i.ID == id {
				return k.in(i.Name, i.NameEn)
			}
		}
	}
	return id
}

func (k talk) tellOpinion(e review.Event, _ func(party.PersonID) string) (told, bool) {
	switch e := e.(type) {
	case *review.OpinionGiven:
		return told{"gavel", "reviews.e.opinion", []any{"Name", k.label("conclusion", string(e.Conclusion)), "Number", itoa(len(e.Points))}, e.Summary, true}, true
	case *review.PointAnswered:
		return told{"message", "reviews.e.point", []any{"Number", itoa(e.N), "Name", k.label("point", string(e.Answer))}, e.Text, false}, true
	case *review.PointChecked:
		if e.OK {
			return told{"circle-check", "reviews.e.point_ok", []any{"Number", itoa(e.N)}, e.Text, false}, true
		}
		return told{"arrow-back-up", "reviews.e.point_back", []any{"Number", itoa(e.N)}, e.Text, true}, true
	case *review.PointRaised:
		return told{"alert-triangle", "reviews.e.raised", []any{"Number", itoa(e.N)}, e.Why, true}, true
	case *review.PointSettled:
		if e.Upheld {
			return told{"gavel", "reviews.e.upheld", []any{"Number", itoa(e.N)}, e.Why, true}, true
		}
		return told{"gavel", "reviews.e.waived", []any{"Number", itoa(e.N)}, e.Why, true}, true
	}
	return told{}, false
}

func (k talk) tellEnd(e review.Event, _ func(party.PersonID) string) (told, bool) {
	switch e := e.(type) {
	case *review.PassedUp:
		return told{"arrow-right", "reviews.e.passed_up", nil, e.Note, true}, true
	case *review.ClearanceGiven:
		return told{"shield-check", "reviews.e.cleared", []any{"Number", e.Number, "Date", e.Until.String()}, e.Scope, true}, true
	case *review.VetoCast:
		return told{"ban", "reviews.e.vetoed", nil, e.Why, true}, true
	case *review.ClearanceEnded:
		return told{"ban", "reviews.e.ended", nil, e.Why, true}, true
	}
	return told{}, false
}

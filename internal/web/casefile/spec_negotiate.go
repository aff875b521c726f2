package casefile

import (
	"strconv"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// talkFields is the negotiation sheet; what was written before stands in it.
func talkFields(f *form) {
	f.note(f.t("neg.form.sheet"))
	if t := f.p.Case.Talk; t != nil {
		f.startMoney("opening", t.Opening)
		f.start("opening_text", unmasked(t.OpeningText))
		f.startMoney("floor", t.Floor)
		f.start("floor_text", unmasked(t.FloorText))
		f.start("interests", unmasked(strings.Join(t.Interests, "\n")))
		for i, o := range t.Options {
			at := "options[" + strconv.Itoa(i) + "]."
			f.start(at+"title", unmasked(o.Title))
			f.startMoney(at+"amount", o.Amount)
			f.start(at+"benefit", unmasked(o.Benefit))
			f.start(at+"basis", unmasked(o.Basis))
		}
		for i, g := range t.Concessions {
			at := "concessions[" + strconv.Itoa(i) + "]."
			f.start(at+"give", unmasked(g.Give))
			f.start(at+"get", unmasked(g.Get))
		}
	} else {
		f.startMoney("opening", f.p.Case.Amount)
		f.start("opening_text", unmasked(f.p.Case.Demand))
	}
	f.add("field", f.input("opening", "money"))
	f.area("opening_text")
	f.add("field", f.input("floor", "money"))
	f.area("floor_text")
	f.area("interests")
	f.rows("options", optionCount(f.p.Case), func(row string, add func(Field)) {
		add(Field{As: "field", Input: f.input(row+"title", "text")})
		add(Field{As: "field", Input: f.input(row+"amount", "money")})
		add(Field{As: "field", Input: f.input(row+"benefit", "text")})
		add(Field{As: "field", Input: f.input(row+"basis", "text")})
	})
	f.rows("concessions", 0, func(row string, add func(Field)) {
		add(Field{As: "field", Input: f.input(row+"give", "text")})
		add(Field{As: "field", Input: f.input(row+"get", "text")})
	})
}

func optionCount(c complaint.Case) int {
	if c.Talk == nil {
		return 0
	}
	return len(c.Talk.Options)
}

// unmasked leaves out a text in which a number is hidden: it must not be saved as the text.
func unmasked(s string) string {
	if strings.Contains(s, "**") {
		return ""
	}
	return s
}

func (f *form) startMoney(name string, fen int64) {
	if fen != 0 {
		f.start(name, web.Yuan(fen))
	}
}

func roundFields(f *form) {
	if optionCount(f.p.Case) == 0 {
		f.note(f.t("neg.form.no_options"))
	}
	f.day("on", f.p.Today)
	f.area("ask")
	f.add("field", f.input("ask_amount", "money"))
	f.area("offer")
	f.add("field", f.input("offer_amount", "money"))
	f.check("subject")
	f.radio("response", options(f.talk, "talk_response", complaint.TalkResponses))
	f.area("note")
}

// forecastFields is the word on one way of escalation, with what was shown of it.
func forecastFields(f *form) {
	f.start("of", f.asked.Get("of"))
	f.start("shown", f.asked.Get("shown"))
	f.start("points", f.asked.Get("points"))
	f.radio("of", options(f.talk, "escalation", complaint.Escalations))
	f.radio("shown", options(f.talk, "level", complaint.Levels))
	f.add("hidden", f.input("points", "hidden"))
	f.pick("level", false, options(f.talk, "level", complaint.Levels))
	f.area("why")
}

// agentNote says on every form of a suspicion what it does not do.
func (f *form) agentNote() { f.note(f.t("neg.agent.duty")) }

func agentFields(f *form) {
	f.agentNote()
	f.start("signs", f.asked["sign"]...)
	f.boxes("signs", options(f.talk, "agent_sign", complaint.AgentSigns))
	f.mustArea("why", "low")
}

// tellTalk puts the events of negotiation, forecast and suspicion into words.
func (k talk) tellTalk(e complaint.Event, _ complaint.Case, _, _ func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.TalkPlanned:
		return told{"work", "scale", "neg.e.planned", []any{"Count", len(e.Talk.Options)}, e.Talk.OpeningText, false}, true
	case *complaint.TalkRound:
		key := "neg.e.round"
		if e.Round.Offer == "" {
			key = "neg.e.heard"
		}
		return told{"contact", "message", key, []any{"Date", e.Round.On.String(), "Name", k.label("talk_response", string(e.Round.Response)), "Text", web.Money(e.Round.OfferAmount)}, k.roundWords(e.Round), false}, true
	case *complaint.ForecastAcked:
		key := "neg.e.agreed"
		if e.Level != e.Shown {
			key = "neg.e.overridden"
		}
		return told{"work", "alert-triangle", key, []any{"Name", k.label("escalation", string(e.Of)), "From", k.label("level", string(e.Shown)), "Text", k.label("level", string(e.Level))}, e.Why, false}, true
	case *complaint.AgentFlagged:
		return told{"work", "users", "neg.e.flagged", []any{"Date", e.Until.String()}, e.Why, false}, true
	case *complaint.AgentAgreed:
		return told{"work", "users", "neg.e.confirmed", []any{"Date", e.Until.String()}, e.Note, false}, true
	case *complaint.AgentCleared:
		return told{"work", "users", "neg.e.lifted", nil, e.Why, false}, true
	}
	return told{}, false
}

func (k talk) roundWords(r complaint.Round) string {
	var out []string
	for _, line := range []struct{ key, text string }{{"neg.said.ask", r.Ask}, {"neg.said.offer", r.Offer}, {"", r.Note}} {
		switch {
		case line.text == "":
		case line.key == "":
			out = append(out, line.text)
		default:
			out = append(out, k.t(line.key, "Text", line.text))
		}
	}
	return strings.Join(out, "\n")
}

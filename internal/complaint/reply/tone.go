package reply

import (
	"strings"

	"xiaobao/internal/complaint"
)

// tone is the sandwich and the three powers of a reply: empathy, goodwill,
// options, and an apology in the degree of the fault (S1.4, S4.4, S4.5).
func (c *run) tone() {
	if c.Kind == complaint.RegulatorReply {
		return
	}
	all := Whole(c.reply)
	if strings.TrimSpace(all) == "" {
		return
	}
	if !has(all, c.Empathy) {
		c.add("no_empathy", Place{}, "", c.start(Answer, c.sentenceFor("empathy", c.outcome(), 0)))
	}
	if c.Kind == complaint.MessageReply {
		return
	}
	if !has(all, c.Goodwill) {
		c.add("no_goodwill", Place{}, "", c.closeWith(c.sentenceFor("closing", c.outcome(), 0)))
	}
	if n := count(c.reply.Options+c.reply.Decision, c.Choice); n < int(c.limits["options"]) {
		var mend *Mend
		if strings.TrimSpace(c.reply.Options) == "" {
			mend = put(Place{Part: Options, End: len(c.reply.Options)}, c.sentenceFor("options", c.outcome(), 0))
		}
		c.add("no_options", Place{Part: Options}, "", mend)
	}
	c.apology(all)
	c.demand()
}

// apology compares what is apologised for with what was found.
func (c *run) apology(all string) {
	switch c.outcome() {
	case complaint.Upheld, complaint.Partly:
		if !has(all, c.Apology) {
			at := len(c.reply.Decision)
			c.add("no_apology", Place{}, "", put(Place{Part: Decision, Start: at, End: at}, c.sentenceFor("apology", c.outcome(), 0)))
		}
	case complaint.NotUpheld, complaint.Outside:
		for _, p := range c.parts {
			if i, w := first(p.text, c.FaultApology); i >= 0 && !strings.Contains(before(p.text, i, 6), "没有") {
				c.add("apology_too_far", p.at(i, i+len(w)), w, nil)
			}
		}
	}
}

// demand asks whether the opening shows that the demand was understood.
func (c *run) demand() {
	demand := strings.TrimSpace(c.Case.Demand)
	if demand == "" || strings.TrimSpace(c.reply.Opening) == "" {
		return
	}
	pairs, said, hit := bigrams(demand), bigrams(c.reply.Opening), 0
	for b := range pairs {
		if said[b] {
			hit++
		}
	}
	if len(pairs) > 0 && float64(hit) < c.limits["demand"]*float64(len(pairs)) {
		c.add("no_demand", Place{Part: Opening}, "", nil, "{demand}", demand)
	}
}

// start puts a sentence before the first answer.
func (c *run) start(part Part, text string) *Mend {
	if text == "" {
		return nil
	}
	for _, p := range c.parts {
		if p.part == part && p.text != "" {
			return put(p.at(0, 0), text)
		}
	}
	return put(Place{Part: Opening}, text)
}

func (c *run) closeWith(text string) *Mend {
	if text == "" {
		return nil
	}
	return put(Place{Part: Closing, Start: len(c.reply.Closing), End: len(c.reply.Closing)}, text)
}

// outcome is that of the whole letter.
func (c *run) outcome() complaint.Outcome { return Outcome(c.Case) }

// Outcome is what the findings of a case say together: upheld when all are,
// partly when some are, outside only when all are, "" while one is missing.
func Outcome(c complaint.Case) complaint.Outcome {
	n := map[complaint.Outcome]int{}
	live := c.Live()
	for _, a := range live {
		if a.Finding == nil {
			return ""
		}
		n[a.Finding.Outcome]++
	}
	switch {
	case len(live) == 0:
		return ""
	case n[complaint.Upheld] == len(live):
		return complaint.Upheld
	case n[complaint.Upheld]+n[complaint.Partly] > 0:
		return complaint.Partly
	case n[complaint.Outside] == len(live):
		return complaint.Outside
	}
	return complaint.NotUpheld
}

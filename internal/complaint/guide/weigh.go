package guide

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text"
)

// marks finds the punctuation that weighs beside what words say in the same text.
func (d settings) marks(part int, s string, words []sign) []sign {
	var out []sign
	for _, m := range d.Marks {
		spoken := func(w sign) bool { return w.Part == part && w.topic == m.Topic && slices.Contains(m.Beside, w.value) }
		if len(m.Beside) > 0 && !slices.ContainsFunc(words, spoken) {
			continue
		}
		n := 0
		for i := 0; i < len(s) && n < m.Most; {
			_, size := utf8.DecodeRuneInString(s[i:])
			if piece := s[i : i+size]; slices.Contains(m.Any, piece) {
				n++
				out = append(out, sign{topic: m.Topic, value: m.Value, rule: "mark." + m.Title, Evidence: Evidence{Part: part, Start: i, End: i + size, Quote: piece, Source: "mark", Title: m.Title, Weight: m.Weight}})
			}
			i += size
		}
	}
	return out
}

// total is the sum for one value with the signs that made it.
type total struct {
	value string
	sum   int
	signs []Evidence
}

// suggest answers one topic for one subject; topics of the whole case hear every part.
func (d settings) suggest(sc scale, subject int, in Input, seen []sign, models Models) []Suggestion {
	totals := d.add(sc, subject, in, seen)
	var out []Suggestion
	for i, t := range totals {
		second := 0
		if sc.Most == 1 && len(totals) > 1 {
			second = totals[1].sum
		}
		if c := sc.confidence(t.sum, second); c >= sc.Least && i < sc.Most {
			out = append(out, Suggestion{Topic: sc.ID, Subject: subject, Value: t.value, Confidence: c, Evidence: t.signs,
				Opinions: []Opinion{{Source: t.signs[0].Source, Value: t.value, Confidence: c}}})
		}
	}
	if m, ok := models[sc.ID]; ok {
		out = d.hear(sc, subject, in, m, out)
	}
	if len(out) == 0 {
		s := Suggestion{Topic: sc.ID, Subject: subject, Unsure: true}
		if len(totals) > 0 {
			s.Evidence = totals[0].signs
		}
		return []Suggestion{s}
	}
	return out
}

// add sums the signs of a topic by value, heaviest first. A rule that speaks
// again adds less, and so does an older text.
func (d settings) add(sc scale, subject int, in Input, seen []sign) []total {
	at := map[string]int{}
	said := map[string]bool{}
	var out []total
	spoken := in.spoken(sc.ID, seen)
	for _, s := range seen {
		if s.topic != sc.ID || sc.ID.PerContact() && in.Parts[s.Part].Subject != subject {
			continue
		}
		w := s.Weight
		if strings.HasPrefix(s.rule, "mark.") {
			// each mark counts as much as the last, up to its own bound
		} else if said[s.rule] {
			w = w * sc.Repeat / 100
		}
		said[s.rule] = true
		for range later(spoken, in.Parts[s.Part].Subject) {
			w = w * sc.Fade / 100
		}
		i, ok := at[s.value]
		if !ok {
			i = len(out)
			at[s.value] = i
			out = append(out, total{value: s.value})
		}
		s.Weight = w
		out[i].sum += w
		out[i].signs = append(out[i].signs, s.Evidence)
	}
	for _, t := range out {
		slices.SortStableFunc(t.signs, func(a, b Evidence) int { return cmp.Compare(b.Weight, a.Weight) })
	}
	slices.SortStableFunc(out, func(a, b total) int { return cmp.Or(cmp.Compare(b.sum, a.sum), cmp.Compare(a.value, b.value)) })
	return out
}

// spoken lists the subjects that say anything on a topic, in order of time.
func (in Input) spoken(t complaint.Topic, seen []sign) []int {
	var out []int
	for _, s := range seen {
		if subject := in.Parts[s.Part].Subject; s.topic == t && !slices.Contains(out, subject) {
			out = append(out, subject)
		}
	}
	return out
}

// later counts the subjects that came after one.
func later(spoken []int, subject int) int { return len(spoken) - 1 - slices.Index(spoken, subject) }

// confidence grows with the sum and shrinks with what speaks for another value, in ‰.
func (sc scale) confidence(sum, second int) int {
	if sum <= 0 {
		return 0
	}
	c := 1000 * sum / (sum + sc.Half)
	return c * (2*sum - min(second, sum)) / (2 * sum)
}

// hear lets a model speak beside the rules. Where both agree the doubt of one is
// multiplied by that of the other; where they differ the surer one is followed,
// less sure than before. Topics with several values only gain from a model.
func (d settings) hear(sc scale, subject int, in Input, m Model, rules []Suggestion) []Suggestion {
	part, a := in.ask(subject, sc.ID.PerContact(), m)
	if a.Abstain || a.Value == "" || part < 0 {
		return rules
	}
	said := Opinion{Source: m.Source, Model: true, Value: a.Value, Confidence: a.Confidence}
	signs := in.spans(part, a.Words, m.Source)
	own := Suggestion{Topic: sc.ID, Subject: subject, Value: a.Value, Confidence: a.Confidence, Evidence: signs, Opinions: []Opinion{said}}
	for i := range rules {
		r := &rules[i]
		if r.Value == a.Value {
			r.Confidence = 1000 - (1000-r.Confidence)*(1000-a.Confidence)/1000
			r.Opinions, r.Evidence = append(r.Opinions, said), append(r.Evidence, signs...)
			return rules
		}
	}
	if len(rules) == 0 || sc.Most > 1 {
		if len(rules) < sc.Most && a.Confidence >= sc.Least {
			rules = append(rules, own)
		}
		return rules
	}
	win, lose := rules[0], own
	if a.Confidence > win.Confidence {
		win, lose = own, rules[0]
	}
	win.Confidence -= lose.Confidence * d.Model.Dispute / 100
	win.Opinions, win.Dispute = append(win.Opinions, lose.Opinions...), true
	if win.Confidence < sc.Least {
		win.Unsure, win.Value, win.Confidence = true, "", 0
	}
	return []Suggestion{win}
}

// ask reads the texts that a topic is about: the newest of the subject, or the narrative.
func (in Input) ask(subject int, per bool, m Model) (int, ModelAnswer) {
	for i, p := range in.Parts {
		if p.Subject == subject && p.Kind != "demand" || !per && i == 0 {
			return i, m.Read(p.Text)
		}
	}
	return -1, ModelAnswer{Abstain: true}
}

// spans turns what weighed for a model into evidence.
func (in Input) spans(part int, words []text.Span, source string) []Evidence {
	out := make([]Evidence, 0, len(words))
	for _, w := range words {
		if w.Start >= 0 && w.End <= len(in.Parts[part].Text) && w.Start < w.End {
			out = append(out, Evidence{Part: part, Start: w.Start, End: w.End, Quote: w.In(in.Parts[part].Text), Source: source, Weight: 1})
		}
	}
	return out
}

// explicit names the problem as the consumer says it: the sentence of the
// narrative with the heaviest signs.
func (d settings) explicit(in Input, seen []sign) Suggestion {
	x := d.Explicit
	best, sum := Suggestion{Topic: complaint.TopicExplicit, Unsure: true}, 0
	for i, p := range in.Parts {
		if p.Kind != "narrative" {
			continue
		}
		for _, span := range text.Sentences(p.Text) {
			t := total{}
			for _, s := range seen {
				if s.Part == i && span.Start <= s.Start && s.End <= span.End && slices.ContainsFunc(x.Rules, func(r string) bool { return strings.HasPrefix(s.rule, r) }) {
					t.sum += s.Weight
					t.signs = append(t.signs, s.Evidence)
				}
			}
			c := 0
			if t.sum > 0 {
				c = 1000 * t.sum / (t.sum + x.Half)
			}
			if t.sum > sum && c >= x.Least {
				sum = t.sum
				best = Suggestion{Topic: complaint.TopicExplicit, Value: clip(strings.TrimSpace(span.In(p.Text)), x.Runes), Confidence: c, Evidence: t.signs, Opinions: []Opinion{{Source: "explicit@1"}}}
				best.Opinions[0].Value, best.Opinions[0].Confidence = best.Value, c
			}
		}
	}
	return best
}

func clip(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes-1]) + "…"
	}
	return s
}

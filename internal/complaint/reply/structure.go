package reply

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/complaint"
)

// structure is what rule 2020-3 art. 18-19 ask of a decision: each point
// answered with result, basis and reason, a decision, and the remedies.
func (c *run) structure() {
	if c.Kind == complaint.MessageReply {
		return
	}
	live := c.Case.Live()
	for _, a := range live {
		c.answered(a, live)
	}
	if strings.TrimSpace(c.reply.Decision) == "" {
		c.add("no_decision", Place{Part: Decision}, "", nil)
	}
	if c.Kind == complaint.DecisionReply {
		c.remediesNamed()
		c.redressSaid()
	}
}

// redressSaid holds the letter against the redress that was approved, unless the
// letter prints it by itself.
func (c *run) redressSaid() {
	if c.PrintsRedress || strings.TrimSpace(c.reply.Decision) == "" {
		return
	}
	for _, r := range Unsaid(c.reply, c.Case.Redress) {
		line := redressWords(r)
		at := Place{Part: Decision, Start: len(c.reply.Decision), End: len(c.reply.Decision)}
		c.add("redress_unsaid", at, "", put(at, line+"。"), "{redress}", line)
	}
}

func (c *run) answered(a complaint.Allegation, live []complaint.Allegation) {
	text, n := c.reply.Answer(a.N), strconv.Itoa(a.N)
	at := Place{Part: Answer, Point: a.N}
	if strings.TrimSpace(text) == "" {
		var mend *Mend
		if a.Finding != nil {
			mend = put(at, c.composed(a))
		}
		c.add("unanswered", at, "", mend, "{n}", n, "{claim}", a.Text)
		return
	}
	end := Place{Part: Answer, Point: a.N, Start: len(text), End: len(text)}
	var f complaint.Finding
	if a.Finding != nil {
		f = *a.Finding
	}
	for _, part := range []struct {
		kind, mend string
		ok         bool
	}{
		{"no_verification", filled("经核实，", f.Evidence), c.verified(text, f)},
		{"no_basis", filled("处理依据：", f.Basis), has(text, c.Basis) || shares(text, f.Basis)},
		{"no_reason", filled("理由是：", f.Explanation), has(text, c.Reason) || shares(text, f.Explanation)},
	} {
		if part.ok {
			continue
		}
		var mend *Mend
		if part.mend != "" {
			mend = put(end, part.mend)
		}
		c.add(part.kind, at, "", mend, "{n}", n)
	}
	c.ownPoint(a, live, text)
	if count := utf8.RuneCountInString(text); count < int(c.limits["answer_short"]) {
		c.add("too_short", at, "", nil, "{n}", n, "{count}", strconv.Itoa(count))
	} else if count > int(c.limits["answer_long"]) {
		c.add("too_long", at, "", nil, "{what}", "第 "+n+" 个争议点的答复", "{count}", strconv.Itoa(count))
	}
}

// verified reports whether a text says what was checked: in such words, or in
// those of the finding on file.
func (c *run) verified(text string, f complaint.Finding) bool {
	return has(text, c.Verification) || shares(text, f.Evidence)
}

// shares reports whether a text carries most of what is on file, worded alike.
func shares(text, known string) bool {
	pairs := bigrams(known)
	if len(pairs) < 4 {
		return known != "" && strings.Contains(text, known)
	}
	said, hit := bigrams(text), 0
	for b := range pairs {
		if said[b] {
			hit++
		}
	}
	return hit*10 >= len(pairs)*6
}

func filled(label, text string) string {
	if text = strings.Trim(text, "。 \n"); text == "" {
		return ""
	}
	return label + text + "。"
}

// ownPoint asks whether the answer speaks of its own allegation: of the words
// that set it apart from the others.
func (c *run) ownPoint(a complaint.Allegation, live []complaint.Allegation, text string) {
	said := bigrams(text)
	own := distinct(said, a, live)
	if own >= c.limits["own_point"] {
		return
	}
	for _, other := range live {
		if other.N == a.N {
			continue
		}
		if fits := distinct(said, other, live); fits > c.limits["own_point"]*c.limits["other_point"] && fits > own*c.limits["other_point"] {
			c.add("other_point", Place{Part: Answer, Point: a.N}, "", nil, "{n}", strconv.Itoa(other.N), "{claim}", other.Text)
			return
		}
	}
}

// pairsOf are the character pairs by which an allegation is known.
func pairsOf(a complaint.Allegation) map[string]bool {
	known := a.Text
	if f := a.Finding; f != nil {
		known += "，" + f.Evidence
	}
	return bigrams(known)
}

// distinct is the share of the pairs of an allegation that no other one has
// which a text names; 1 when it has none.
func distinct(said map[string]bool, a complaint.Allegation, live []complaint.Allegation) float64 {
	own := pairsOf(a)
	for _, other := range live {
		if other.N != a.N {
			for b := range pairsOf(other) {
				delete(own, b)
			}
		}
	}
	if len(own) == 0 {
		return 1
	}
	hit := 0
	for b := range own {
		if said[b] {
			hit++
		}
	}
	return float64(hit) / float64(len(own))
}

// bigrams are the pairs of Chinese characters and digits of a text.
func bigrams(s string) map[string]bool {
	out := make(map[string]bool, len(s)/3)
	last := -1
	for i, r := range s {
		size := utf8.RuneLen(r)
		if size < 0 {
			size = 1
		}
		if r < '0' || r > '9' && r < 0x3400 || r >= 0xFF00 {
			last = -1
			continue
		}
		if last >= 0 && i+size <= len(s) {
			out[s[last:i+size]] = true
		}
		last = i
	}
	return out
}

// remediesNamed holds the letter as it prints against the ways that are open.
func (c *run) remediesNamed() {
	for _, r := range []struct {
		word, what string
		open       bool
	}{{"核查", "向上级机构申请核查", c.Branch}, {"调解", "申请调解", true}, {"仲裁", "申请仲裁", true}, {"诉讼", "提起诉讼", true}} {
		if r.open && !strings.Contains(c.Facts.Remedies, r.word) {
			c.add("no_remedy", Place{Part: Remedies}, "", nil, "{what}", r.what)
		}
	}
}

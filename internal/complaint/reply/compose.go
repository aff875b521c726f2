package reply

import (
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// Compose returns a first draft: thanks and the demand, for each allegation the
// sandwich of empathy, answer and goodwill, the decision with its redress, the
// ways to choose from and a closing courtesy. decision is a wording that exists
// already, "" for none. What the case does not know yet stands as 【…】.
func Compose(f Facts, decision string) complaint.Reply {
	c := &run{Facts: f, lexicon: lex()}
	outcome := c.outcome()
	r := complaint.Reply{Opening: c.sentenceFor("opening", outcome, 0), Closing: c.sentenceFor("closing", outcome, 0)}
	if f.Kind == complaint.MessageReply {
		return r
	}
	for _, a := range f.Case.Live() {
		r.Answers = append(r.Answers, complaint.Answer{Point: a.N, Text: c.composed(a)})
	}
	r.Decision = strings.TrimSpace(decision)
	if r.Decision == "" {
		r.Decision = c.sentenceFor("decision", outcome, 0)
	}
	if f.Kind == complaint.DecisionReply {
		r.Options = c.sentenceFor("options", outcome, 0)
	}
	return r
}

// composed is the paragraph on one allegation.
func (c *run) composed(a complaint.Allegation) string {
	outcome, turn := complaint.Outcome(""), a.N-1
	fact := facts{claim: a.Text, evidence: "【核查了什么、结果如何】", basis: "【依据】", explanation: "【理由】"}
	if f := a.Finding; f != nil {
		outcome = f.Outcome
		fact.evidence, fact.basis, fact.explanation = bare(f.Evidence), bare(f.Basis), bare(f.Explanation)
	}
	var b strings.Builder
	for _, part := range []string{"empathy", "lead", "ground", "apology", "goodwill"} {
		if c.Kind == complaint.RegulatorReply && part != "lead" && part != "ground" {
			continue
		}
		b.WriteString(c.fill(c.pick(part, outcome, turn).Text, fact))
	}
	return b.String()
}

// bare is a text without its closing mark, to stand inside a sentence.
func bare(s string) string { return strings.TrimRight(strings.TrimSpace(s), "。；;.") }

// facts is what a sentence may say of one allegation.
type facts struct{ claim, evidence, basis, explanation string }

func (c *run) sentenceFor(part string, outcome complaint.Outcome, turn int) string {
	return c.fill(c.pick(part, outcome, turn).Text, facts{})
}

// pick chooses a sentence: of those that fit the one with the most conditions,
// among equals by turns.
func (c *run) pick(part string, outcome complaint.Outcome, turn int) sentence {
	var best []sentence
	most := -1
	for _, s := range c.sentences {
		if s.Part != part {
			continue
		}
		if n := c.fits(s, outcome, turn); n > most {
			most, best = n, []sentence{s}
		} else if n == most && n >= 0 {
			best = append(best, s)
		}
	}
	if len(best) == 0 {
		return sentence{}
	}
	return best[max(turn, 0)%len(best)]
}

// fits returns how many conditions of a sentence the case meets, -1 when it does
// not fit. The second answer of a letter does not repeat words for the person.
func (c *run) fits(s sentence, outcome complaint.Outcome, turn int) int {
	n := 0
	meet := func(list []string, is ...string) bool {
		if len(list) == 0 {
			return true
		}
		n++
		return slices.ContainsFunc(is, func(v string) bool { return v != "" && slices.Contains(list, v) })
	}
	product := ""
	for _, p := range complaint.Book().Products {
		if p.ID == c.Case.Codes.Product {
			product = p.Group
		}
	}
	kind := c.Kind
	if len(s.Kinds) == 0 && kind != complaint.DecisionReply && (s.Part == "opening" || s.Part == "closing") {
		return -1 // a sentence to the consumer of a decision
	}
	ok := meet(s.Kinds, string(kind)) && meet(s.Products, c.Case.Codes.Product) && meet(s.Groups, product) && meet(s.Reasons, c.Case.Codes.Reason) &&
		meet(s.Outcomes, string(outcome)) && meet(s.Persons, c.person()...) && meet(s.Via, c.via())
	if !ok || turn > 0 && s.Part == "empathy" && n > 0 {
		return -1
	}
	return n
}

// person is what calls for words of its own.
func (c *run) person() []string {
	var out []string
	if r := c.Case.Representative; r != nil && r.Kind == complaint.Heir {
		return []string{"heir"}
	}
	if c.Case.Complainant.Entity {
		return []string{"entity"}
	}
	if slices.Contains(c.Case.Vulnerable, "elderly") {
		out = append(out, "elderly")
	}
	if c.frail() {
		out = append(out, "frail")
	}
	return out
}

func (c *run) via() string {
	if c.Case.Regulator() {
		return "regulator"
	}
	return ""
}

// fill puts the facts of the case into a sentence.
func (c *run) fill(text string, x facts) string {
	if text == "" {
		return ""
	}
	wish := bare(c.Case.Demand)
	demand := "您的诉求我们已经记录"
	if wish != "" {
		demand = "您的诉求是“" + strings.NewReplacer("\n", "").Replace(wish) + "”"
	}
	ref := complaint.Reference{}
	for _, r := range c.Case.LiveReferences() {
		if ch, ok := party.ChannelOf(r.Channel); ok && ch.Regulator {
			ref = r
			break
		}
	}
	due := "【日期】"
	if !c.Facts.Due.IsZero() {
		due = c.Facts.Due.Chinese()
	}
	sender := ref.Sender
	if sender == "" {
		sender = "监管部门"
	}
	number := ref.Number
	if number == "" {
		number = "来文未编号"
	}
	if wish == "" {
		wish = "【诉求】"
	}
	out := strings.NewReplacer("{we}", c.We, "{received}", c.Case.ReceivedOn.Chinese(), "{number}", c.Case.Number, "{demand}", demand, "{wish}", wish,
		"{evidence}", x.evidence, "{basis}", x.basis, "{explanation}", x.explanation, "{claim}", x.claim, "{redress}", c.redress(), "{due}", due,
		"{sender}", sender, "{reference}", number).Replace(text)
	return strings.NewReplacer("。。", "。", "：。", "。", "，。", "。").Replace(out)
}

// redress is what was approved, as the decision says it.
func (c *run) redress() string {
	var parts []string
	for _, r := range c.Case.Redress {
		parts = append(parts, redressWords(r))
	}
	switch {
	case len(parts) == 0 && (c.outcome() == complaint.NotUpheld || c.outcome() == complaint.Outside):
		return ""
	case len(parts) == 0:
		return "【怎么处理】"
	}
	return strings.Join(parts, "；")
}

package complaint

import (
	"regexp"
	"slices"
	"strings"

	"xiaobao/internal/party"
	"xiaobao/internal/text/mask"
)

var longDigits = regexp.MustCompile(`[0-9][0-9\- ]{5,}[0-9Xx]`)

var personal = mask.New()

// MaskNumbers masks what a narrative carries of people: what text/mask knows
// (numbers in any form of writing, addresses, names behind a title or kinship)
// and every other run of seven or more digits.
func MaskNumbers(s string) string { return hide(s, personal) }

// caseNumber is the number of a complaint: it names a case, not a person, and a
// letter that cites one without it helps nobody.
var caseNumber = regexp.MustCompile(`\bTS[0-9]{8}-[0-9]{6}\b`)

func hide(s string, m *mask.Masker) string {
	var b strings.Builder
	from := 0
	for _, at := range caseNumber.FindAllStringIndex(s, -1) {
		b.WriteString(hidePeople(s[from:at[0]], m))
		b.WriteString(s[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(hidePeople(s[from:], m))
	return b.String()
}

func hidePeople(s string, m *mask.Masker) string {
	s, _ = m.Mask(s)
	return longDigits.ReplaceAllStringFunc(s, MaskNumber)
}

// hider masks the texts of one case, with the names of its people where a text
// holds one: the masker of the names is made at the first such text.
type hider struct {
	names []string
	known *mask.Masker
}

func (h *hider) text(s string) string {
	if !slices.ContainsFunc(h.names, func(name string) bool { return strings.Contains(s, name) }) {
		return hide(s, personal)
	}
	if h.known == nil {
		h.known = mask.New(h.names...)
	}
	return hide(s, h.known)
}

// named are the people that the case knows by name, each of two characters or more.
func (c Case) named() []string {
	out := []string{c.Complainant.Name, c.Complainant.HeadName}
	if c.Representative != nil {
		out = append(out, c.Representative.Name)
	}
	for _, r := range c.Respondents {
		out = append(out, r.Name)
	}
	if c.Joint != nil {
		out = append(out, c.Joint.Representatives...)
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return slices.DeleteFunc(out, func(name string) bool { return len(name) < 2*len("王") })
}

// Masked returns the case with the personal fields of the people masked and the
// long numbers in free texts hidden. What was decided and why stays readable.
func (c Case) Masked() Case {
	h := hider{names: c.named()}
	c.Complainant = c.Complainant.Masked()
	if c.Representative != nil {
		r := *c.Representative
		r.Name, r.Phone = MaskName(r.Name), MaskNumber(r.Phone)
		c.Representative = &r
	}
	if c.Joint != nil {
		j := Joint{Count: c.Joint.Count}
		for _, name := range c.Joint.Representatives {
			j.Representatives = append(j.Representatives, MaskName(name))
		}
		c.Joint = &j
	}
	c.Narrative, c.Demand = h.text(c.Narrative), h.text(c.Demand)
	all := func(a Contact) bool { return true }
	c.Contacts = edit(c.Contacts, all, func(k *Contact) { k.Summary = h.text(k.Summary) })
	c.Points = edit(c.Points, func(Allegation) bool { return true }, func(a *Allegation) { a.Text = h.text(a.Text) })
	c.Judgements = edit(c.Judgements, func(j Judgement) bool { return j.Topic.Text() }, func(j *Judgement) {
		j.Value, j.Suggested = h.text(j.Value), h.text(j.Suggested)
	})
	c.maskTalk(&h)
	c.Agents = nil // suspicions are shown apart, to those who need them
	return c
}

// Place returns the unit that a registration would be handled by.
func (d Register) Place(env Env) party.UnitID {
	unit, _ := d.tidy(env).place(env)
	return unit
}

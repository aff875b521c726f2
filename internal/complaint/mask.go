package complaint

import (
	"regexp"

	"xiaobao/internal/party"
	"xiaobao/internal/text/mask"
)

var longDigits = regexp.MustCompile(`[0-9][0-9\- ]{5,}[0-9Xx]`)

var personal = mask.New()

// MaskNumbers masks what a narrative carries of people: what text/mask knows
// (numbers in any form of writing, addresses, names behind a title or kinship)
// and every other run of seven or more digits.
func MaskNumbers(s string) string {
	s, _ = personal.Mask(s)
	return longDigits.ReplaceAllStringFunc(s, MaskNumber)
}

// Masked returns the case with the personal fields of the people masked and the
// long numbers in free texts hidden. What was decided and why stays readable.
func (c Case) Masked() Case {
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
	c.Narrative, c.Demand = MaskNumbers(c.Narrative), MaskNumbers(c.Demand)
	all := func(a Contact) bool { return true }
	c.Contacts = edit(c.Contacts, all, func(k *Contact) { k.Summary = MaskNumbers(k.Summary) })
	c.Points = edit(c.Points, func(Allegation) bool { return true }, func(a *Allegation) { a.Text = MaskNumbers(a.Text) })
	c.Judgements = edit(c.Judgements, func(j Judgement) bool { return j.Topic.Text() }, func(j *Judgement) {
		j.Value, j.Suggested = MaskNumbers(j.Value), MaskNumbers(j.Suggested)
	})
	c.maskTalk()
	c.Agents = nil // suspicions are shown apart, to those who need them
	return c
}

// Place returns the unit that a registration would be handled by.
func (d Register) Place(env Env) party.UnitID {
	unit, _ := d.tidy(env).place(env)
	return unit
}

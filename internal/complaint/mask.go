package complaint

import (
	"regexp"

	"xiaobao/internal/party"
)

var longDigits = regexp.MustCompile(`[0-9][0-9\- ]{5,}[0-9Xx]`)

// MaskNumbers masks every run of seven or more digits in a text: phones, cards,
// identity and policy numbers that a narrative carries.
func MaskNumbers(s string) string { return longDigits.ReplaceAllStringFunc(s, MaskNumber) }

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

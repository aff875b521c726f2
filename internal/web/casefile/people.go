package casefile

import (
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// People are those whom the case is about. Their data are masked.
type People struct {
	Entity         bool
	Salutation     string
	Lines          []PersonLine
	Representative string // by what right somebody else complains
	Proof          string // of that right; "" while it is awaited
	Joint          int    // how many complain together
	Respondents    []string
	Full           string // path that asks the reason and shows everything; "" when not allowed
}

// PersonLine is one masked value.
type PersonLine struct {
	Label string // message id
	Data  web.Masked
}

func (k talk) people(p app.CasePage) People {
	c, out := p.Case, People{Entity: p.Case.Complainant.Entity, Salutation: p.Case.Complainant.Salutation}
	reveal := ""
	if may(p, access.RevealComplaint) {
		reveal = path(c.ID, "/reveal")
	}
	out.Full = reveal
	for _, field := range personFields(c.Complainant, c.Representative, c.Joint) {
		if field.value != "" {
			out.Lines = append(out.Lines, PersonLine{Label: field.label, Data: web.Masked{Text: field.value, Reveal: reveal, Field: field.name}})
		}
	}
	if r := c.Representative; r != nil {
		out.Representative, out.Proof = k.label("representative", string(r.Kind)), r.Proof
	}
	if c.Joint != nil {
		out.Joint = c.Joint.Count
	}
	for _, r := range c.Respondents {
		switch {
		case r.Person != "":
			out.Respondents = append(out.Respondents, k.person(r.Person, p.Org.Name))
		case r.Name != "":
			out.Respondents = append(out.Respondents, complaint.MaskName(r.Name))
		default:
			out.Respondents = append(out.Respondents, p.Org.Tree.Name(r.Unit))
		}
	}
	return out
}

// personField is one value of personal data: its name in the access record, its
// message id and the value, masked or in clear as it was handed in.
type personField struct{ name, label, value string }

func personFields(c complaint.Complainant, r *complaint.Representative, j *complaint.Joint) []personField {
	out := []personField{{"name", "case.f.name", c.Name}, {"phone", "case.f.phone", c.Phone}, {"id_number", "case.f.id_number", c.IDNumber}, {"policy", "case.f.policy", c.Policy},
		{"email", "case.f.email", c.Email}, {"address", "case.f.address", c.Address}, {"head_name", "case.f.head_name", c.HeadName}}
	if r != nil {
		out = append(out, personField{"representative.name", "case.f.representative_name", r.Name}, personField{"representative.phone", "case.f.representative_phone", r.Phone})
	}
	if j != nil {
		for i, name := range j.Representatives {
			out = append(out, personField{"joint." + strconv.Itoa(i), "case.f.joint", name})
		}
	}
	return out
}

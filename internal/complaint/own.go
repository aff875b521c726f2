package complaint

import (
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/fault"
)

// OwnCode is a code of the institution's own tree that a person chose. The codes
// of the case follow from it by the mapping table: of several that lead to it a
// person picks one, until then the case waits in the queue.
type OwnCode struct {
	Facet string `json:"facet" maxLength:"64" doc:"Facet of the scheme own, such as product"`
	Code  string `json:"code,omitempty" maxLength:"600" doc:"Code of the lowest level: its id, its number or its name; empty: not chosen"`
}

// OwnTree returns the institution's own tree as it codes a case registered on a
// day, and whether it is one: false while the code book itself stands in for it.
func OwnTree(c *coding.Catalogue, registered calendar.Date) (coding.Scheme, bool) {
	s := c.Table(coding.Own, coding.AtRegistration, registered).Scheme
	return s, s.Version > 1
}

// ownWhy is kept with a choice of the own tree that the table alone does not give.
const ownWhy = "按本机构分类录入"

// ownChoice is codes of the own tree on their way to the codes of a case.
type ownChoice struct {
	table coding.Table
	own   []OwnCode
	codes Codes
	typed Codes // codes that a person typed beside: they must agree
}

// field returns the codes that a mapping table may look at, by the name of the field.
func (k *Codes) field(name string) *string {
	return map[string]*string{"product": &k.Product, "reason": &k.Reason, "life_cycle": &k.LifeCycle, "business_channel": &k.Business}[name]
}

// codedFields are the fields of an entry that follow from the own tree.
var codedFields = []string{"product", "reason", "life_cycle", "business_channel"}

// follow sets the codes that the chosen ones of the own tree lead from.
func (o *ownChoice) follow(f *fault.Fields) {
	leading := map[string][]string{}
	bounded := map[string]bool{}
	for i, c := range o.own {
		at := "own[" + itoa(i) + "]"
		facet, ok := o.table.Scheme.Facet(c.Facet)
		f.Need(ok, at+".facet", "本机构分类没有分面“%s”", c.Facet)
		f.Need(!ok || facet.Leaf(c.Code), at+".code", "编码“%s”不在本机构分类“%s”的最末一级里，请从列表选择", c.Code, facet.Name)
		for name, values := range o.table.Leading(c.Facet, c.Code) {
			if bounded[name] {
				values = slices.DeleteFunc(slices.Clone(leading[name]), func(v string) bool { return !slices.Contains(values, v) })
			}
			leading[name], bounded[name] = values, true
		}
	}
	for _, name := range codedFields {
		if bounded[name] {
			o.set(f, name, leading[name])
		}
	}
}

// set lets one code follow. What was typed beside stands or is refused; what stood
// there before gives way.
func (o *ownChoice) set(f *fault.Fields, name string, values []string) {
	now := o.codes.field(name)
	switch {
	case slices.Contains(values, *now):
	case *o.typed.field(name) != "":
		f.Add("codes."+name, "与本机构分类不一致：按对照表，所选的本机构编码对应%s。请改其中一项，或清空这一项", codeNames(name, values))
	case len(values) == 1:
		*now = values[0]
	default:
		*now = ""
	}
}

func codeNames(field string, values []string) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = "“" + CodingVocabulary().Name(field, v, "zh") + "”"
	}
	if len(names) == 0 {
		return "不到任何一项"
	}
	return strings.Join(names, "或")
}

// choices are the events that keep what the table alone does not give. have is
// what was picked before and still stands.
func (o *ownChoice) choices(have coding.Key) []Event {
	var out []Event
	for _, c := range o.own {
		facet, _ := o.table.Scheme.Facet(c.Facet)
		picked := have.Chosen(coding.Own, c.Facet)
		want := c.Code
		if plain := o.table.Code(coding.Key{Entry: have.Entry}, facet); plain.Has() && plain.Code == c.Code {
			want = ""
		}
		if want != picked {
			out = append(out, &CodeChosen{Choice: coding.Choice{Scheme: coding.Own, Facet: c.Facet, Code: want}, Why: ownWhy})
		}
	}
	return out
}

// catalogue is the schemes as they stand.
func (e Env) catalogue() *coding.Catalogue {
	if e.Coding == nil {
		return Codings()
	}
	return e.Coding
}

// ownOf are the codes chosen in a form, names turned into ids; lines left empty are none.
func ownOf(list []OwnCode, t coding.Table) []OwnCode {
	var out []OwnCode
	for _, o := range list {
		if strings.TrimSpace(o.Code) == "" {
			continue
		}
		facet, _ := t.Scheme.Facet(o.Facet)
		if c, ok := facet.Find(o.Code); ok {
			o.Code = c.ID
		}
		out = append(out, o)
	}
	return out
}

// follow lets the codes of a registration follow from the own tree.
func (d Register) follow(f *fault.Fields, env Env) (Codes, *ownChoice) {
	t := env.catalogue().Table(coding.Own, coding.AtRegistration, env.Today())
	o := &ownChoice{table: t, own: ownOf(d.Own, t), codes: d.Codes, typed: d.Codes}
	o.follow(f)
	return o.codes, o
}

// Open decides a registration: the case, the codes chosen in the own tree, and
// the answers to what was suggested while it was typed.
func (d Register) Open(id ID, number string, env Env) ([]Event, error) {
	e, err := d.NewCase(id, number, env)
	if err != nil {
		return nil, err
	}
	c := Case{}.Apply(e, Meta{At: env.At, By: env.By.ID})
	var none fault.Fields // NewCase has said what is wrong
	_, own := d.follow(&none, env)
	more := own.choices(c.CodingKey())
	for _, j := range d.Judgements {
		if now := c.Codes.field(string(j.Topic)); now != nil {
			j.Value = *now
		}
		if j.Suggested == "" || j.Value == "" || j.Subject != 0 {
			continue // nothing was suggested, or it was not taken up
		}
		said, err := j.Decide(c, env)
		if err != nil {
			return nil, err
		}
		for _, s := range said {
			c = c.Apply(s, Meta{At: env.At, By: env.By.ID})
		}
		more = append(more, said...)
	}
	return append([]Event{e}, more...), nil
}

// follow lets the codes of an amendment follow from the own tree, and returns the
// picks that it needs. A code that stands there unchanged does not lead: then the
// other codes do, and it stays only where the table still leaves it open.
func (d Amend) follow(f *fault.Fields, c Case, env Env) (*Codes, []Event) {
	o := &ownChoice{table: env.catalogue().Table(coding.Own, coding.AtRegistration, calendar.FromTime(c.RegisteredAt)), codes: c.Codes}
	var kept []OwnCode
	for _, own := range ownOf(d.Own, o.table) {
		facet, _ := o.table.Scheme.Facet(own.Facet)
		if o.table.Code(c.CodingKey(), facet).Code == own.Code {
			kept = append(kept, own)
		} else {
			o.own = append(o.own, own)
		}
	}
	if d.Codes != nil {
		o.codes = *d.Codes
		for _, name := range codedFields {
			if v := *d.Codes.field(name); v != *c.Codes.field(name) {
				*o.typed.field(name) = v
			}
		}
	}
	o.follow(f)
	after := c
	after.recode(o.codes)
	o.keep(kept, after.CodingKey().Entry)
	codes := &o.codes
	if d.Codes == nil && o.codes.same(c.Codes) {
		codes = nil
	}
	return codes, o.choices(after.CodingKey())
}

// keep adds the codes among which the table would leave the choice open.
func (o *ownChoice) keep(list []OwnCode, e coding.Entry) {
	for _, own := range list {
		facet, _ := o.table.Scheme.Facet(own.Facet)
		if slices.Contains(o.table.Code(coding.Key{Entry: e}, facet).Candidates, own.Code) {
			o.own = append(o.own, own)
		}
	}
}

// same reports whether both are coded alike for a mapping table.
func (k Codes) same(o Codes) bool {
	return k.Product == o.Product && k.Reason == o.Reason && k.LifeCycle == o.LifeCycle && k.Business == o.Business
}

package complaint

import (
	"slices"
	"strings"
	"sync"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/coding"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// CodeChoice is what a person picked where a mapping table leaves a coding open.
type CodeChoice struct {
	coding.Choice
	Why string
	By  string
	At  time.Time
}

// CodingKey is what the codings of the case depend on: the codes taken down, the
// channel of the first reference, and what people picked.
func (c Case) CodingKey() coding.Key {
	k := coding.Key{Entry: coding.Entry{Product: c.Codes.Product, Reason: c.Codes.Reason, LifeCycle: c.Codes.LifeCycle, Business: c.Codes.Business}}
	if refs := c.LiveReferences(); len(refs) > 0 {
		k.Channel = string(refs[0].Channel)
	}
	for _, ch := range c.Choices {
		k.Choices = append(k.Choices, ch.Choice)
	}
	return k
}

// CodingVocabulary is the values that mapping tables lead from.
var CodingVocabulary = sync.OnceValue(func() coding.Vocabulary {
	b := Book()
	terms := func(list []Code) (out []coding.Term) {
		for _, c := range list {
			out = append(out, coding.Term{ID: c.ID, Name: c.Name, NameEn: c.NameEn})
		}
		return out
	}
	v := coding.Vocabulary{"product": terms(b.Products), "reason": terms(b.Reasons), "life_cycle": terms(b.LifeCycle), "business_channel": terms(b.Business)}
	for _, c := range party.Channels() {
		v["channel"] = append(v["channel"], coding.Term{ID: string(c.ID), Name: c.Name})
	}
	return v
})

// Codings returns the catalogue before anything is imported: the schemes of the
// authorities, and the code book itself as the institution's own tree.
var Codings = sync.OnceValue(func() *coding.Catalogue {
	own := coding.Scheme{ID: coding.Own, Version: 1, Title: "本机构投诉分类", TitleEn: "The institution's own tree", Short: "本机构", ShortEn: "Own", Source: "程序自带的录入目录，可导入本机构的分类替换"}
	table := coding.Mapping{Scheme: coding.Own, Version: 1, Why: "首版：录入什么就是什么"}
	add := func(facet coding.Facet, list []Code, set func(*coding.Line, string)) {
		facet.Family = map[string]string{"product": "business", "reason": "reason"}[facet.ID]
		for _, c := range list {
			group := "g." + c.Group
			if _, known := facet.Code(group); !known {
				facet.Codes = append(facet.Codes, coding.Code{ID: group, Name: groupNames[c.Group][0], NameEn: groupNames[c.Group][1]})
			}
			facet.Codes = append(facet.Codes, coding.Code{ID: c.ID, Parent: group, Name: c.Name, NameEn: c.NameEn})
			line := coding.Line{Facet: facet.ID, Codes: []string{c.ID}}
			set(&line, c.ID)
			table.Lines = append(table.Lines, line)
		}
		own.Facets = append(own.Facets, facet)
	}
	add(coding.Facet{ID: "product", Name: "产品", NameEn: "Product"}, Book().Products, func(l *coding.Line, id string) { l.Product = id })
	add(coding.Facet{ID: "reason", Name: "原因", NameEn: "Reason"}, Book().Reasons, func(l *coding.Line, id string) { l.Reason = id })
	return coding.Embedded().With(own, table)
})

// groupNames names the groups of the code book, as the upper level of the own tree.
var groupNames = map[string][2]string{"bank": {"银行业务", "Banking"}, "property": {"财产保险", "Property insurance"}, "life": {"人身保险", "Life insurance"},
	"C": {"共同原因", "Common reasons"}, "insurance": {"保险原因", "Insurance reasons"}, "other": {"未归类", "Unclassified"}}

// ChooseCode picks a code where the mapping table leaves it open, or against it;
// the reason is kept. It may be done after closing: statistics are finished later
// than cases. An empty code takes the choice back.
type ChooseCode struct {
	Scheme string `json:"scheme" maxLength:"64" doc:"Scheme, such as jrt0169"`
	Facet  string `json:"facet" maxLength:"64" doc:"Facet, such as B"`
	Code   string `json:"code,omitempty" maxLength:"64" doc:"Code of the lowest level; empty takes the choice back"`
	Why    string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (ChooseCode) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d ChooseCode) Decide(c Case, env Env) ([]Event, error) {
	if c.State == Merged || c.Number == "" {
		return nil, c.mustBeOpen()
	}
	catalogue := env.Coding
	if catalogue == nil {
		catalogue = Codings()
	}
	var f fault.Fields
	s, err := catalogue.Scheme(d.Scheme)
	f.Need(err == nil, "scheme", "没有编号为“%s”的编码体系", d.Scheme)
	facet, ok := s.Facet(d.Facet)
	f.Need(err != nil || ok, "facet", "%s没有分面“%s”", s.Title, d.Facet)
	f.Need(!ok || d.Code == "" || facet.Leaf(d.Code), "code", "编码“%s”不在“%s”的最末一级里，请从列表选择", d.Code, facet.Name)
	text(&f, "why", d.Why, "选择的理由", true, 500)
	have := c.CodingKey().Chosen(d.Scheme, d.Facet)
	f.Need(d.Code != "" || have != "", "code", "请选择编码")
	f.Need(d.Code == "" || have != d.Code, "code", "该投诉的这一项已经是这个编码")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&CodeChosen{Choice: coding.Choice{Scheme: d.Scheme, Facet: d.Facet, Code: d.Code}, Why: strings.TrimSpace(d.Why)}}, nil
}

// CodeChosen is a code picked by a person; an empty one takes the choice back.
type CodeChosen struct {
	Choice coding.Choice `json:"choice"`
	Why    string        `json:"why" seal:"true"`
}

// Kind implements Event.
func (*CodeChosen) Kind() string { return "complaint.CodeChosen" }

func (e *CodeChosen) apply(c *Case, m Meta) {
	c.Choices = slices.DeleteFunc(slices.Clone(c.Choices), func(o CodeChoice) bool {
		return o.Scheme == e.Choice.Scheme && o.Facet == e.Choice.Facet
	})
	if e.Choice.Code != "" {
		c.Choices = append(c.Choices, CodeChoice{Choice: e.Choice, Why: e.Why, By: m.By, At: m.At})
	}
}

// recode takes other codes down. What people picked was picked for the codes
// before, so it does not outlive them.
func (c *Case) recode(codes Codes) {
	if before := c.Codes; before.Product != codes.Product || before.Reason != codes.Reason || before.LifeCycle != codes.LifeCycle || before.Business != codes.Business {
		c.Choices = nil
	}
	c.Codes = codes
}

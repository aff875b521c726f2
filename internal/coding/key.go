package coding

import (
	"slices"
	"strings"
)

// Entry is what a case is coded from: the codes taken down once.
type Entry struct {
	Product   string `json:"product,omitempty"`
	Reason    string `json:"reason,omitempty"`
	LifeCycle string `json:"life_cycle,omitempty"`
	Business  string `json:"business_channel,omitempty"`
	Channel   string `json:"channel,omitempty"` // through which the first reference arrived
}

// Fields are the names of an entry's parts, in the order of a mapping table.
var Fields = []string{"product", "reason", "life_cycle", "business_channel", "channel"}

func (e Entry) values() [5]string {
	return [5]string{e.Product, e.Reason, e.LifeCycle, e.Business, e.Channel}
}

// Value returns a part of the entry by the name of its field.
func (e Entry) Value(field string) string {
	if i := slices.Index(Fields, field); i >= 0 {
		return e.values()[i]
	}
	return ""
}

// Choice is what a person picked where the table leaves it open.
type Choice struct {
	Scheme string `json:"scheme"`
	Facet  string `json:"facet"`
	Code   string `json:"code"`
}

// Key is everything that the codings of a case depend on, besides the day of its
// registration. Cases with the same key are coded alike: counts are made by key,
// so that a million cases cost as much as their few thousand keys.
type Key struct {
	Entry
	Choices []Choice // sorted
}

// String writes the key for a read table: fields and choices separated by |.
func (k Key) String() string {
	var b strings.Builder
	for i, v := range k.values() {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(v)
	}
	chosen := slices.Clone(k.Choices)
	slices.SortFunc(chosen, func(a, b Choice) int {
		return strings.Compare(a.Scheme+"/"+a.Facet, b.Scheme+"/"+b.Facet)
	})
	for _, c := range chosen {
		b.WriteString("|" + c.Scheme + "/" + c.Facet + "=" + c.Code)
	}
	return b.String()
}

// ParseKey reads what String wrote; parts that are missing are empty.
func ParseKey(s string) Key {
	parts := strings.Split(s, "|")
	for len(parts) < len(Fields) {
		parts = append(parts, "")
	}
	k := Key{Entry: Entry{parts[0], parts[1], parts[2], parts[3], parts[4]}}
	for _, p := range parts[len(Fields):] {
		where, code, ok := strings.Cut(p, "=")
		scheme, facet, ok2 := strings.Cut(where, "/")
		if ok && ok2 {
			k.Choices = append(k.Choices, Choice{scheme, facet, code})
		}
	}
	return k
}

// Chosen returns the code that a person picked for a facet, "" when nobody did.
func (k Key) Chosen(scheme, facet string) string {
	for _, c := range k.Choices {
		if c.Scheme == scheme && c.Facet == facet {
			return c.Code
		}
	}
	return ""
}

// PlainID reports whether a text may be the id of a scheme, facet or code: it
// must not meet the separators of a key.
func PlainID(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsAny(s, "|/=;、；*! \t\r\n")
}

package rule

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/text"
)

// Element is something that a rule demands of a whole document and that is there.
type Element struct {
	Pack, Rule string
	Name       string    // what is demanded, after the rule's title
	At         text.Span // where it stands first
	Cite       []Cite
}

// Elements returns what the rules that look for something missing have found, in
// the order of the text: the other half of Scan, for who asks not only what is
// missing but where the rest stands. A rule that does not apply says nothing.
func (b *Book) Elements(d Doc, packs ...string) []Element {
	v := b.read(d)
	defer v.close()
	var out []Element
	for _, n := range b.always {
		r := b.rules[n]
		if r.state != On || !chosen(r, packs) || !r.InForce(d.On) || !r.Applies(d.Kind, d.Product) {
			continue
		}
		if at, ok := v.stands(r); ok {
			out = append(out, Element{Pack: r.Pack, Rule: r.ID, Name: demanded(r.Title), At: at, Cite: inForce(r.Cite, d.On)})
		}
	}
	slices.SortStableFunc(out, func(x, y Element) int { return cmp.Compare(x.At.Start, y.At.Start) })
	return out
}

// stands returns where the element of a rule that applies stands first.
func (v *view) stands(r *compiled) (at text.Span, ok bool) {
	if len(v.lacks(r, nil)) > 0 {
		return at, false
	}
	v.any(r, r.missing, func(h hit) bool {
		if !ok || h.at.Start < at.Start {
			at, ok = h.at, true
		}
		return false
	})
	return at, ok && v.triggered(r)
}

// triggered reports whether the words that make a rule apply stand in the text.
func (v *view) triggered(r *compiled) bool {
	return len(r.find) == 0 || v.any(r, r.find, func(h hit) bool { return v.conditions(r, &h, nil) })
}

// demanded is what a title such as 没有写产品的发行人 asks for.
func demanded(title string) string {
	for _, no := range []string{"没有写明", "没有写", "没有提示", "没有指向", "没有"} {
		if _, rest, ok := strings.Cut(title, no); ok && rest != "" {
			return rest
		}
	}
	return title
}

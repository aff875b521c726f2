// Package mask hides what identifies a person in a text: telephone, identity,
// card and policy numbers, plates, e-mail, addresses and names, also where they
// are written with full width, blanks, dashes or Chinese digits. Checksums and
// what stands before decide, so that amounts, dates and articles stay readable.
package mask

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text/match"
)

// Kind is what a hit is.
type Kind string

// The kinds of what is masked.
const (
	Mobile   Kind = "mobile"
	Landline Kind = "landline"
	Identity Kind = "identity" // resident identity card
	BankCard Kind = "bank_card"
	Account  Kind = "account" // any long number behind 账号, 卡号
	Credit   Kind = "credit_code"
	Policy   Kind = "policy" // number of a policy, contract, case or loan
	Plate    Kind = "plate"
	Email    Kind = "email"
	Address  Kind = "address"
	Name     Kind = "name"
)

// Kinds lists all kinds; where two claim the same characters, the earlier wins.
var Kinds = []Kind{Email, Credit, Identity, BankCard, Mobile, Landline, Account, Policy, Plate, Address, Name}

// Hit is one masked place: bytes of the original text, and what stands there now.
type Hit struct {
	Kind       Kind
	Start, End int
	With       string
}

// Masker masks with a list of known names; it is safe for concurrent use.
type Masker struct{ names *match.Matcher }

// New returns a masker that masks the given names wherever they stand, also
// folded or with blanks between. Names of one character or none, and those that
// are not UTF-8, are passed over.
func New(names ...string) *Masker {
	var known []string
	for _, n := range names {
		n = strings.TrimSpace(n)
		if k := utf8.RuneCountInString(n); k >= 2 && k <= match.MaxPattern && utf8.ValidString(n) {
			known = append(known, n)
		}
	}
	slices.Sort(known)
	m, err := match.New(slices.Compact(known), match.Folded(), match.Noise(2))
	if err != nil {
		return &Masker{} // more than 65,000 different characters in names
	}
	return &Masker{m}
}

// Mask masks s, names wherever they stand and everything else that is found, and
// returns the masked text and the hits in order.
func Mask(s string, names ...string) (string, []Hit) { return New(names...).Mask(s) }

// Mask returns s with every hit replaced, and the hits in order.
func (m *Masker) Mask(s string) (string, []Hit) {
	hits := m.Find(s)
	if len(hits) == 0 {
		return s, nil
	}
	var b strings.Builder
	b.Grow(len(s))
	at := 0
	for _, h := range hits {
		b.WriteString(s[at:h.Start])
		b.WriteString(h.With)
		at = h.End
	}
	b.WriteString(s[at:])
	return b.String(), hits
}

// Find returns what Mask would hide, in order and without overlaps.
func (m *Masker) Find(s string) []Hit {
	var all []Hit
	add := func(h Hit) { all = append(all, h) }
	findCodes(s, add)
	findEmails(s, add)
	findPlates(s, add)
	findAddresses(s, add)
	findNames(s, add)
	if m.names != nil {
		m.names.Each(s, func(x match.Match) bool {
			add(Hit{Name, x.Start, x.End, stars(s[x.Start:x.End], 1, 0)})
			return true
		})
	}
	return settle(all)
}

// settle keeps the more important of hits that overlap, the longer of one kind.
func settle(all []Hit) []Hit {
	slices.SortFunc(all, func(a, b Hit) int {
		return cmp.Or(slices.Index(Kinds, a.Kind)-slices.Index(Kinds, b.Kind), (b.End-b.Start)-(a.End-a.Start), a.Start-b.Start)
	})
	var kept []Hit // by start
	for _, h := range all {
		i, _ := slices.BinarySearchFunc(kept, h, func(a, b Hit) int { return a.Start - b.Start })
		if i > 0 && kept[i-1].End > h.Start || i < len(kept) && kept[i].Start < h.End {
			continue
		}
		kept = slices.Insert(kept, i, h)
	}
	return kept
}

// stars keeps the first and last characters of s that are asked for and puts at
// most eight stars for what lies between.
func stars(s string, first, last int) string {
	r := []rune(s)
	if len(r) <= first+last {
		first, last = min(1, len(r)-1), 0
	}
	return string(r[:first]) + strings.Repeat("*", min(len(r)-first-last, 8)) + string(r[len(r)-last:])
}

package mask

import (
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

// group is a run of letters and digits of one script, as plain capitals.
type group struct {
	start, end int
	plain      string
	chinese    bool
	sep        string // what stands between the group before and this one, if that may join them
	joins      bool
}

// maxJoined bounds how many groups one number may be written in.
const maxJoined = 24

// findCodes finds numbers and codes, however they are grouped.
func findCodes(s string, add func(Hit)) {
	var run []group
	for i := 0; i < len(s); {
		g, next := nextGroup(s, i)
		if g.plain == "" {
			break
		}
		if len(run) > 0 {
			g.sep = s[run[len(run)-1].end:g.start]
			g.joins = joint(g.sep)
		}
		if !g.joins || len(run) > 200 {
			codesOf(s, run, add)
			run = run[:0]
		}
		run = append(run, g)
		i = next
	}
	codesOf(s, run, add)
}

// nextGroup returns the first group from i on.
func nextGroup(s string, i int) (group, int) {
	var g group
	var plain []byte
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		c, chinese := place(r)
		if c == 0 || len(plain) > 0 && chinese != g.chinese {
			if len(plain) > 0 {
				break
			}
			i += n
			continue
		}
		if len(plain) == 0 {
			g.start, g.chinese = i, chinese
		}
		plain = append(plain, c)
		i += n
		g.end = i
	}
	g.plain = string(plain)
	return g, i
}

// place is the capital or digit that a character stands for, 0 for none. Common
// characters are told apart before the folding table is asked.
func place(r rune) (c byte, chinese bool) {
	switch {
	case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
		return byte(r), false
	case r >= 'a' && r <= 'z':
		return byte(r - 32), false
	case r < 0x80:
		return 0, false
	case r == '幺':
		return '1', true
	}
	f := text.FoldRune(r)
	switch {
	case f >= '0' && f <= '9':
		return byte(f), r >= 0x3007 && r < 0xFF00
	case f >= 'a' && f <= 'z':
		return byte(f - 32), false
	}
	return 0, false
}

// joint reports whether a number may go on behind what stands between.
func joint(sep string) bool {
	if len(sep) > 6 {
		return false
	}
	n := 0
	for _, r := range sep {
		n++
		if !strings.ContainsRune(" -－—–·.()（）\u00a0\u3000\u200b\u200c\u200d\ufeff\u2060", r) {
			return false
		}
	}
	return n <= 2
}

// codesOf tries the groups of a run, longest joins first.
func codesOf(s string, run []group, add func(Hit)) {
	for i := 0; i < len(run); {
		used := 0
		for n := min(maxJoined, len(run)-i); n > 0; n-- {
			if h, ok := classify(s, run[i:i+n]); ok {
				add(h)
				used = n
				break
			}
		}
		i += max(used, 1)
	}
}

// classify says what one or more groups are when they are read as one.
func classify(s string, gs []group) (Hit, bool) {
	size := 0
	for _, g := range gs {
		size += len(g.plain)
	}
	start, end := gs[0].start, gs[len(gs)-1].end
	if size < 6 || size > 40 {
		return Hit{}, false
	}
	plain := joined(gs, size)
	digits := onlyDigits(plain)
	at := func(k Kind, first, last int) (Hit, bool) {
		return Hit{k, start, end, stars(s[start:end], first, last)}, true
	}
	switch {
	case len(gs) > 1 && !shaped(gs):
	case size == 18 && creditCode(plain) && (!digits || plain[0] == '9' || plain[0] == '5'):
		return at(Credit, 2, 4)
	case size == 18 && onlyDigits(plain[:17]) && (digits || plain[17] == 'X') && born(plain) && (identity18(plain) || cued(s, start, identityCues)),
		size == 15 && digits && born(plain) && (len(gs) == 1 || cued(s, start, identityCues)) && !luhnIssued(plain):
		return masked(s, gs, Identity, plain, 3, 4)
	case digits && size >= 13 && luhnIssued(plain):
		return masked(s, gs, BankCard, plain, 4, 4)
	case digits && mobile(plain):
		return masked(s, gs, Mobile, plain, size-8, 4)
	}
	if h, ok := landline(s, gs, plain, digits); ok {
		return h, true
	}
	if len(gs) > 1 && !dashed(gs) {
		return Hit{}, false
	}
	if digits && size >= 8 && cued(s, start, accountCues) {
		return masked(s, gs, Account, plain, 2, 4)
	}
	if hasDigit(plain) && cued(s, start, policyCues) {
		return masked(s, gs, Policy, plain, 2, 4)
	}
	return Hit{}, false
}

// masked writes the number plainly with stars, so that odd forms reveal nothing.
func masked(_ string, gs []group, k Kind, plain string, first, last int) (Hit, bool) {
	return Hit{k, gs[0].start, gs[len(gs)-1].end, stars(plain, first, last)}, true
}

func joined(gs []group, size int) string {
	if len(gs) == 1 {
		return gs[0].plain
	}
	b := make([]byte, 0, size)
	for _, g := range gs {
		b = append(b, g.plain...)
	}
	return string(b)
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func luhnIssued(s string) bool { return len(s) >= 13 && issued(s) && luhn(s) }

// mobile knows mainland mobile numbers with or without the country's code.
func mobile(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "00"), "86")
	return len(s) == 11 && s[0] == '1' && s[1] >= '3'
}

// shaped reports whether groups look like one number that was set apart for the
// eye, and not like several: dashes, nothing visible, single characters, or
// blanks in usual places.
func shaped(gs []group) bool {
	single, dashes, sizes := true, true, make([]byte, 0, maxJoined)
	for i, g := range gs {
		single = single && len(g.plain) == 1
		dashes = dashes && (i == 0 || strings.Trim(g.sep, "-－—–·\u200b\u200c\u200d\ufeff\u2060") == "")
		sizes = append(sizes, byte('0'+min(len(g.plain), 9)))
	}
	if single || dashes {
		return true
	}
	shape := string(sizes)
	switch shape = strings.TrimPrefix(shape, "2"); shape { // 86
	case "344", "38", "74", "434", "335", "56", "684", "644", "639", "668", "6444", "64224", "48", "47", "37":
		return true
	}
	return len(shape) >= 4 && strings.Trim(shape[:len(shape)-1], "4") == "" && shape[len(shape)-1] <= '7'
}

func dashed(gs []group) bool {
	for _, g := range gs[1:] {
		if strings.Trim(g.sep, "-－—–") != "" {
			return false
		}
	}
	return true
}

// landline knows area code and number, with an extension or without, and bare
// numbers behind a word for telephone.
func landline(s string, gs []group, plain string, digits bool) (Hit, bool) {
	if !digits || len(gs) > 3 {
		return Hit{}, false
	}
	area := areaCode(plain)
	local := plain[area:]
	if len(gs) == 3 {
		local = strings.TrimSuffix(local, gs[2].plain)
	}
	switch n := len(local); {
	case n != 7 && n != 8, local[0] < '2' || local[0] > '8':
		return Hit{}, false
	case area == 0 && (len(gs) > 1 || !cued(s, gs[0].start, phoneCues)):
		return Hit{}, false
	case len(gs) > 1 && len(gs[0].plain) != area:
		return Hit{}, false
	}
	start, end := gs[0].start, gs[len(gs)-1].end
	return Hit{Landline, start, end, plain[:area] + strings.Repeat("*", len(local)-2) + plain[len(plain)-2:]}, true
}

// areaCode returns the length of the area code at the head, 0 for none.
func areaCode(s string) int {
	switch {
	case len(s) < 10 || s[0] != '0':
		return 0
	case s[1] == '1' && s[2] == '0', s[1] == '2':
		return 3
	case s[1] >= '3':
		return 4
	}
	return 0
}

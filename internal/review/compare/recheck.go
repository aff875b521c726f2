package compare

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Recheck is what circulates, held against a cleared text.
type Recheck struct {
	Equal   bool     // reads the same, whatever the layout
	Share   int      // ‰ of the circulating text that the cleared one has
	Kept    int      // ‰ of the cleared text that still circulates
	Changes []Change // without those that are the same
}

// Against holds a circulating text against a cleared one, sentence by sentence:
// a poster and its text file break lines differently.
func Against(cleared, circulating string) Recheck {
	list := Versions(Sentences(cleared), Sentences(circulating))
	var r Recheck
	var common, was, now int
	for _, c := range list {
		was += runes(c.Old.Text)
		now += runes(c.New.Text)
		switch c.Kind {
		case Same, Moved:
			common += runes(c.New.Text)
		case Changed:
			for _, p := range c.Pieces {
				if p.Side == 0 {
					common += runes(p.Text)
				}
			}
		}
		if c.Kind != Same {
			r.Changes = append(r.Changes, c)
		}
	}
	r.Share, r.Kept = permille(common, now), permille(common, was)
	r.Equal = len(r.Changes) == 0 && now > 0
	return r
}

// Sentences cuts a text at the ends of sentences and nowhere else: where lines
// break is layout, and a poster breaks them otherwise than its text file.
func Sentences(s string) []Block {
	var out []Block
	start := 0
	for i, r := range s {
		switch r {
		case '。', '！', '？', '；', '!', '?', ';':
			end := i + utf8.RuneLen(r)
			out = append(out, Block{Start: start, End: end, Text: s[start:end]})
			start = end
		}
	}
	if start < len(s) {
		out = append(out, Block{Start: start, End: len(s), Text: s[start:]})
	}
	return out
}

func runes(s string) int { return utf8.RuneCountInString(Key(s)) }

func permille(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return min(1000, part*1000/whole)
}

// Edges holds the headers and footers of two texts that agree otherwise against
// each other: what is said there is said too. Page numbers do not count.
func (r *Recheck) Edges(cleared, circulating []string) {
	was, now := edgeKeys(cleared), edgeKeys(circulating)
	for _, t := range circulating {
		if k := edgeKey(t); k != "" && !was[k] {
			r.Changes = append(r.Changes, Change{Kind: Added, New: Block{Text: t}})
		}
	}
	for _, t := range cleared {
		if k := edgeKey(t); k != "" && !now[k] {
			r.Changes = append(r.Changes, Change{Kind: Removed, Old: Block{Text: t}})
		}
	}
	r.Equal = r.Equal && len(r.Changes) == 0
}

func edgeKeys(list []string) map[string]bool {
	out := map[string]bool{}
	for _, t := range list {
		out[edgeKey(t)] = true
	}
	return out
}

// edgeKey is a header without its page number, "" when it is nothing else.
func edgeKey(s string) string {
	k := strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return -1
		}
		return c
	}, Key(s))
	if strings.Trim(k, "第页共/-—–·.pageof") == "" {
		return ""
	}
	return k
}

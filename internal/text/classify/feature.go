package classify

import (
	"math"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxBits is the size of the feature table as a power of two.
const maxBits = 18

// maxRunes bounds what is read of one text, so that no text takes long: a
// narrative of 6,000 characters has said what it is about.
const maxRunes = 6000

// foldRune returns a character as features see it, with word false for what
// separates words.
func foldRune(r rune) (folded rune, word bool) {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A', true
		}
		return r, 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	case 0x4E00 <= r && r <= 0x9FFF:
		return r, true
	case 0xFF01 <= r && r <= 0xFF5E: // full width
		return foldRune(r - 0xFEE0)
	}
	return unicode.ToLower(r), unicode.IsLetter(r) || unicode.IsDigit(r)
}

// tone reports whether a mark that separates words still says something of the
// writer: an exclamation, a question, a pictogram.
func tone(r rune) bool {
	return r == '!' || r == '?' || r == '…' || r == '~' || r >= 0x2600 && unicode.Is(unicode.So, r)
}

// scratch is what reading one text needs: which buckets were met already.
type scratch struct {
	met  [1 << maxBits / 64]uint64
	list []uint32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) add(bucket uint32) {
	if bit := uint64(1) << (bucket % 64); s.met[bucket/64]&bit == 0 {
		s.met[bucket/64] |= bit
		s.list = append(s.list, bucket)
	}
}

// grams calls use with the features of a text: every n-gram of 1 to 3 characters
// of a word, and the marks that carry a tone; each once, however often it stands
// there. The slice is only good until use returns.
func grams(text string, mask uint32, use func([]uint32)) {
	s := scratches.Get().(*scratch)
	s.list = s.list[:0]
	var a, b rune
	n := 0
	for _, r := range text {
		if n++; n > maxRunes {
			break
		}
		r, word := foldRune(r)
		if !word {
			if tone(r) {
				s.add(mix(r, 0, 0) & mask)
			}
			a, b = 0, 0
			continue
		}
		s.add(mix(r, 0, 0) & mask)
		if b != 0 {
			s.add(mix(b, r, 0) & mask)
			if a != 0 {
				s.add(mix(a, b, r) & mask)
			}
		}
		a, b = b, r
	}
	use(s.list)
	for _, bucket := range s.list {
		s.met[bucket/64] = 0
	}
	scratches.Put(s)
}

// mix hashes an n-gram. Model files depend on it: a change is a new format.
func mix(a, b, c rune) uint32 {
	h := uint64(a)*0x9E3779B97F4A7C15 ^ uint64(b)*0xC2B2AE3D27D4EB4F ^ uint64(c)*0x165667B19E3779F9
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	h ^= h >> 32
	return uint32(h)
}

// norm makes long and short texts alike.
func norm(features int) float32 { return float32(1 / math.Sqrt(float64(features)+1)) }

package seal

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"
)

// DefaultBands is what to ask Shingles for, MaxBands the most it gives. Of 4326
// real petitions (70 to 776 characters in nine of ten) each was searched by a
// copy with one character in ten dropped, doubled or replaced anywhere
// ("scattered"), and by one with a tenth replaced in one piece ("passage");
// "wrong" counts, of 9.4 million pairs, those found although they share less
// than a fifth of their pieces:
//
//	bands x rows  scattered  passage  wrong
//	    6 x 3       80.7 %    97.8 %      8
//	    8 x 3       88.4 %    99.4 %     11
//	   12 x 3       95.4 %    99.9 %     43
//	   16 x 3       97.9 %   100.0 %     58
//	   24 x 3       99.5 %   100.0 %     83
//	    6 x 2       94.5 %    99.7 %    275
//	    8 x 2       97.6 %   100.0 %    451
//	   24 x 4       96.2 %   100.0 %      7
//
// Twelve bands cost twelve index words a text and offer a person one wrong
// candidate in fifty texts.
const (
	DefaultBands = 12
	MaxBands     = 32
)

// rows is how many minimal hashes make a band.
const rows = 3

// permutation is one of the orders in which the smallest three-character piece
// of a text is looked for.
type permutation struct{ flip, times uint64 }

// Shingles appends one token for each band: texts that share one are probably
// nearly the same (minhash of the pieces of three letters, digits or Han
// characters). Without such characters there is no token. The tokens are keyed
// as the others are and tell nothing but likeness.
func (k *Keys) Shingles(dst []Token, text string, bands int) []Token {
	bands = min(bands, MaxBands)
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	least := s.least[:bands*rows]
	for i := range least {
		least[i] = math.MaxUint64
	}
	if k.minimise(least, text) == 0 {
		return dst
	}
	for band := range bands {
		s.word = append(s.word[:0], 0xfe, byte(band)) // no text holds the byte 0xfe
		for _, v := range least[band*rows : (band+1)*rows] {
			s.word = binary.BigEndian.AppendUint64(s.word, v)
		}
		dst = append(dst, s.token(k.search, s.word))
	}
	return dst
}

// minimise brings the smallest hash of any piece under each permutation into
// least, and returns the number of characters.
func (k *Keys) minimise(least []uint64, text string) int {
	return k.eachPiece(text, func(piece uint64) { k.lower(least, piece) })
}

// eachPiece visits each piece of three letters, digits or Han characters and
// returns the number of those. A text of fewer than three is one piece.
func (k *Keys) eachPiece(text string, visit func(piece uint64)) int {
	const mask = 1<<63 - 1 // three runes of 21 bits
	var piece uint64
	runes := 0
	for _, r := range text {
		if r = fold(r); r == utf8.RuneError || classOf(r) == classBreak {
			continue
		}
		piece = (piece<<21 | uint64(r)) & mask
		if runes++; runes >= 3 {
			visit(piece)
		}
	}
	if 0 < runes && runes < 3 {
		visit(piece)
	}
	return runes
}

// Samples appends the n tokens of a text's pieces whose keyed hashes are the
// smallest (a bottom-k sketch; fewer when the text has fewer pieces). Texts that
// share a part j of their pieces share about j*n tokens, so that with n = 64 one
// tenth in common is missed once in 800 times; a caller ranks by how many it finds.
// It takes more index words than Shingles and misses less: it is for
// libraries of thousands, not for narratives by the million.
func (k *Keys) Samples(dst []Token, text string, n int) []Token {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	all := s.pieces[:0]
	k.eachPiece(text, func(piece uint64) {
		if all = append(all, mix(piece^k.shingle)); len(all) >= 2*n+1024 {
			all = least(all, n)
		}
	})
	s.pieces = all
	for _, h := range least(all, n) {
		s.word = binary.BigEndian.AppendUint64(append(s.word[:0], 0xfd), h) // no text holds the byte 0xfd
		dst = append(dst, s.token(k.search, s.word))
	}
	return dst
}

// least keeps the n smallest different values.
func least(all []uint64, n int) []uint64 {
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(n, len(all))]
}

func (k *Keys) lower(least []uint64, piece uint64) {
	h := mix(piece ^ k.shingle)
	for i := range least {
		if v := (h ^ k.orders[i].flip) * k.orders[i].times; v < least[i] {
			least[i] = v
		}
	}
}

// mix is the finaliser of splitmix64: a bijection in which every bit of the
// answer depends on every bit of x.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// setOrders draws the permutations from a key.
func (k *Keys) setOrders(key [32]byte) {
	k.shingle = binary.BigEndian.Uint64(key[:8])
	state := binary.BigEndian.Uint64(key[8:16])
	next := func() uint64 {
		state += 0x9e3779b97f4a7c15
		return mix(state)
	}
	for i := range k.orders {
		k.orders[i] = permutation{flip: next(), times: next() | 1}
	}
}

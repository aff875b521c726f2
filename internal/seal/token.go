package seal

import (
	"crypto/cipher"
	"encoding/base32"
	"encoding/binary"
	"sync"
)

// Token is a blind token: 64 bits that stand for a word without telling it.
type Token uint64

var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// AppendText appends the token as 13 lower-case base32 characters, a word to
// any full-text index.
func (t Token) AppendText(dst []byte) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(t))
	return tokenText.AppendEncode(dst, b[:])
}

// Tokens appends the distinct tokens under which a text is found: every Han
// character, every pair of neighbouring Han characters, every word of other
// letters and digits whole, every run of digits within such a word, and the
// last four of a run of seven or more (account and telephone numbers). Letters
// and digits are folded to half width and lower case; anything else separates.
func (k *Keys) Tokens(dst []Token, text string) []Token { return k.tokens(dst, text, false) }

// QueryTokens appends the tokens that a text has to have, all of them, to
// contain the query: pairs of Han characters, a single one only where it stands
// alone, and whole words. Texts with all tokens may yet not contain a query of
// more than two Han characters in one piece; none that contains it is left out.
// A query of nothing but separators has no tokens.
func (k *Keys) QueryTokens(dst []Token, query string) []Token { return k.tokens(dst, query, true) }

// Blind is the token of a whole value of a kind ("phone", "id_number"), for
// exact search and for finding the same person again. The caller normalises.
func (k *Keys) Blind(kind, value string) Token {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.word = append(append(append(s.word[:0], kind...), 0), value...)
	return s.token(k.blind, s.word)
}

// scratch is what one call needs; the block is in it because a buffer handed to
// a cipher.Block escapes.
type scratch struct {
	block  [16]byte
	word   []byte
	seen   set
	least  [MaxBands * rows]uint64
	pieces []uint64
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}

// token encrypts a word: at most 15 bytes as one block that ends in their
// number, longer ones as CBC-MAC after a block of their length. So no two words
// share their blocks.
func (s *scratch) token(c cipher.Block, word []byte) Token {
	clear(s.block[:])
	if len(word) < len(s.block) {
		copy(s.block[:], word)
		s.block[15] = byte(len(word))
	} else {
		binary.BigEndian.PutUint64(s.block[:], uint64(len(word))) // ends in 0, as no short word does
	}
	c.Encrypt(s.block[:], s.block[:])
	if len(word) >= len(s.block) {
		for len(word) > 0 {
			n := min(len(word), len(s.block))
			for i, x := range word[:n] {
				s.block[i] ^= x
			}
			word = word[n:]
			c.Encrypt(s.block[:], s.block[:])
		}
	}
	return Token(binary.BigEndian.Uint64(s.block[:]))
}

// tokenizer is one pass over one text.
type tokenizer struct {
	*scratch
	cipher cipher.Block
	dst    []Token
	query  bool
	han    [8]byte // the last Han character, then room for the one after it
	hanLen int     // bytes of it; 0 when the last rune was none
	alone  bool    // it began its run
	digits int     // length of the run of digits at the end of word
}

func (k *Keys) tokens(dst []Token, text string, query bool) []Token {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.seen.reset()
	s.word = s.word[:0]
	t := tokenizer{scratch: s, cipher: k.search, dst: dst, query: query}
	for _, r := range text {
		switch r = fold(r); classOf(r) {
		case classHan:
			t.endWord()
			t.addHan(r)
		case classWord:
			t.endHan()
			t.addWord(r)
		default:
			t.endHan()
			t.endWord()
		}
	}
	t.endHan()
	t.endWord()
	return t.dst
}

package seal

import (
	"unicode"
	"unicode/utf8"
)

type class uint8

const (
	classBreak class = iota
	classHan
	classWord
)

// classOf says what a folded rune is to the tokens.
func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || isDigit(r) {
			return classWord
		}
		return classBreak
	case 0x4e00 <= r && r <= 0x9fff || 0x3400 <= r && r <= 0x4dbf:
		return classHan
	case 0x3001 <= r && r <= 0x3003 || 0xff01 <= r && r <= 0xffef:
		return classBreak
	case unicode.Is(unicode.Han, r):
		return classHan
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return classWord
	}
	return classBreak
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// fold brings full-width forms to half width and letters to lower case.
func fold(r rune) rune {
	if 0xff01 <= r && r <= 0xff5e {
		r -= 0xfee0
	}
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf || 0x3000 <= r && r <= 0x9fff:
		return r
	}
	return unicode.ToLower(r)
}

func (t *tokenizer) emit(word []byte) {
	if token := t.token(t.cipher, word); t.seen.add(token) {
		t.dst = append(t.dst, token)
	}
}

// addHan emits the character (not for a query) and its pair with the one
// before.
func (t *tokenizer) addHan(r rune) {
	n := utf8.EncodeRune(t.han[t.hanLen:], r)
	if t.hanLen > 0 {
		t.emit(t.han[:t.hanLen+n])
	}
	if !t.query {
		t.emit(t.han[t.hanLen : t.hanLen+n])
	}
	t.alone = t.hanLen == 0
	copy(t.han[:], t.han[t.hanLen:t.hanLen+n])
	t.hanLen = n
}

func (t *tokenizer) endHan() {
	if t.query && t.hanLen > 0 && t.alone {
		t.emit(t.han[:t.hanLen])
	}
	t.hanLen = 0
}

func (t *tokenizer) addWord(r rune) {
	if !isDigit(r) {
		t.endDigits()
	} else {
		t.digits++
	}
	t.word = utf8.AppendRune(t.word, r)
}

// endDigits emits the run of digits at the end of the word and its last four.
// A query asks for the word as a whole instead.
func (t *tokenizer) endDigits() {
	if n := len(t.word); !t.query && t.digits > 0 {
		t.emit(t.word[n-t.digits:])
		if t.digits >= 7 {
			t.emit(t.word[n-4:])
		}
	}
	t.digits = 0
}

func (t *tokenizer) endWord() {
	if len(t.word) == 0 {
		return
	}
	t.endDigits()
	t.emit(t.word)
	t.word = t.word[:0]
}

// set is a hash set of tokens by open addressing; tokens are already random, so
// their low bits are the hash.
type set struct {
	slots []Token
	used  int
	zero  bool // token 0, which marks an empty slot, is in
}

// largestKept bounds what the pool holds on to after a huge text.
const largestKept = 1 << 16

func (s *set) reset() {
	if len(s.slots) == 0 || len(s.slots) > largestKept {
		s.slots = make([]Token, 1<<10)
	} else if s.used > 0 {
		clear(s.slots)
	}
	s.used, s.zero = 0, false
}

// add reports whether t was not in yet.
func (s *set) add(t Token) bool {
	if t == 0 {
		was := s.zero
		s.zero = true
		return !was
	}
	if 2*s.used >= len(s.slots) {
		s.grow()
	}
	mask := Token(len(s.slots) - 1)
	for i := t & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case t:
			return false
		case 0:
			s.slots[i] = t
			s.used++
			return true
		}
	}
}

func (s *set) grow() {
	old := s.slots
	s.slots, s.used = make([]Token, 2*len(old)), 0
	for _, t := range old {
		if t != 0 {
			s.add(t)
		}
	}
}

package match

// Stream finds words in a text that arrives in chunks, which may end within a
// word or a character. Offsets count from the first byte written.
type Stream struct {
	m     *Matcher
	yield func(Match) bool
	keep  int    // bytes that may still belong to a word that is not yet whole
	buf   []byte // what is kept, then what was written since the last scan
	seen  int    // bytes of buf that were scanned
	at    int    // offset of buf[0] in the whole text
	ended bool
}

// scanAt is how much is gathered before it is scanned, in bytes.
const scanAt = 64 << 10

// Stream returns a writer that calls yield for every occurrence until yield
// returns false; what is written after that is passed over. It holds a bounded
// part of the text, so occurrences may be told some 64 KB late; Close tells the
// last ones.
func (m *Matcher) Stream(yield func(Match) bool) *Stream {
	return &Stream{m: m, yield: yield, keep: m.longest()}
}

// Write takes the next chunk. It returns no error.
func (s *Stream) Write(chunk []byte) (int, error) {
	n := len(chunk)
	for len(chunk) > 0 && !s.ended {
		room := min(len(chunk), max(s.keep+scanAt-len(s.buf), 1))
		s.buf = append(s.buf, chunk[:room]...)
		chunk = chunk[room:]
		if len(s.buf) >= s.keep+scanAt {
			s.scan()
		}
	}
	return n, nil
}

// Close ends the text and tells the occurrences that are left. It returns no error.
func (s *Stream) Close() error {
	if !s.ended {
		s.scan()
		s.ended = true
	}
	return nil
}

// scan looks at what is kept again, since whether a word stands somewhere depends
// on its own bytes only, and tells the words that end in the new part.
func (s *Stream) scan() {
	s.m.Each(string(s.buf), func(x Match) bool {
		if x.End <= s.seen {
			return true
		}
		s.ended = !s.yield(Match{x.Start + s.at, x.End + s.at, x.Pattern})
		return !s.ended
	})
	drop := max(len(s.buf)-s.keep, 0)
	s.at += drop
	s.buf = append(s.buf[:0], s.buf[drop:]...)
	s.seen = len(s.buf)
}

// maxPiece is the longest piece of noise in bytes: a bracketed pinyin.
const maxPiece = 3 + 3*maxLetters + 1 + 3

// longest returns the most bytes that an occurrence may take.
func (m *Matcher) longest() int {
	n := 0
	for _, a := range []*automaton{m.main, m.literal} {
		if a == nil {
			continue
		}
		for _, o := range a.out {
			n = max(n, int(o.runes)*4+max(int(o.runes)-1, 0)*a.noise*maxPiece)
		}
	}
	return n
}

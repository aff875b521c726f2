package pdf

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"sync"
	"unicode/utf16"
)

// cmap maps codes to text (a ToUnicode map) or to CIDs.
type cmap struct {
	spaces []codespace
	chars  map[uint32]string
	cids   map[uint32]int
	ranges []coderange // sorted by lo
	use    Name        // another one that this one rests on
	down   bool        // writes from top to bottom
}

type codespace struct {
	lo, hi uint32
	n      int
}

// coderange maps lo..hi to consecutive texts, or to CIDs when text is empty.
type coderange struct {
	lo, hi uint32
	text   string
	cid    int
}

// maxCodes bounds the entries of one map.
const maxCodes = 1 << 17

// parseCMap reads a map; what is malformed in it is passed over.
func parseCMap(data []byte) *cmap {
	m := &cmap{chars: map[uint32]string{}, cids: map[uint32]int{}}
	l := &lexer{data: data}
	var last any
	for n := 0; n < 8*maxCodes; n++ {
		tok := l.token()
		if tok == eof {
			break
		}
		switch tok {
		case op("begincodespacerange"):
			m.codespaces(l)
		case op("beginbfchar"), op("begincidchar"):
			m.readChars(l)
		case op("beginbfrange"), op("begincidrange"):
			m.readRanges(l)
		case op("usecmap"):
			m.use, _ = last.(Name)
		case op("def"):
			// "/WMode 1 def"
		}
		if last == Name("WMode") {
			m.down = tok == int64(1)
		}
		last = tok
	}
	slices.SortStableFunc(m.ranges, func(a, b coderange) int { return cmp.Compare(a.lo, b.lo) })
	return m
}

func code(s string) uint32 { return uint32(bigEndian([]byte(s[:min(len(s), 4)]))) }

func (m *cmap) codespaces(l *lexer) {
	for len(m.spaces) < 64 {
		lo, ok1 := l.token().(string)
		if !ok1 {
			return
		}
		hi, ok2 := l.token().(string)
		if !ok2 {
			return
		}
		if len(lo) >= 1 && len(lo) <= 4 && len(lo) == len(hi) {
			m.spaces = append(m.spaces, codespace{code(lo), code(hi), len(lo)})
		}
	}
}

func (m *cmap) readChars(l *lexer) {
	for len(m.chars)+len(m.cids) < maxCodes {
		from, ok := l.token().(string)
		if !ok {
			return
		}
		switch to := l.token().(type) {
		case string:
			m.chars[code(from)] = wide(to)
		case int64:
			m.cids[code(from)] = int(to)
		case op:
			return
		}
	}
}

func (m *cmap) readRanges(l *lexer) {
	for len(m.ranges) < maxCodes {
		lo, ok1 := l.token().(string)
		if !ok1 {
			return
		}
		hi, ok2 := l.token().(string)
		if !ok2 {
			return
		}
		v, err := l.value(0)
		if err != nil || v == eof {
			return
		}
		r := coderange{lo: code(lo), hi: code(hi)}
		switch to := v.(type) {
		case string:
			r.text = wide(to)
			m.ranges = append(m.ranges, r)
		case int64:
			r.cid = int(to)
			m.ranges = append(m.ranges, r)
		case Array:
			for i, item := range to {
				if s, ok := item.(string); ok && len(m.chars) < maxCodes && r.lo+uint32(i) <= r.hi {
					m.chars[r.lo+uint32(i)] = wide(s)
				}
			}
		}
	}
}

// wide reads UTF-16BE.
func wide(s string) string {
	u := make([]uint16, len(s)/2)
	for i := range u {
		u[i] = uint16(s[2*i])<<8 | uint16(s[2*i+1])
	}
	if len(s) == 1 {
		return string(rune(s[0]))
	}
	return string(utf16.Decode(u))
}

// text returns what a code stands for.
func (m *cmap) text(c uint32) (string, bool) {
	if m == nil {
		return "", false
	}
	if s, ok := m.chars[c]; ok {
		return s, s != ""
	}
	r, ok := m.in(c)
	if !ok || r.text == "" {
		return "", false
	}
	runes := []rune(r.text)
	runes[len(runes)-1] += rune(c - r.lo)
	return string(runes), true
}

// cid returns the CID of a code.
func (m *cmap) cid(c uint32) (int, bool) {
	if n, ok := m.cids[c]; ok {
		return n, true
	}
	r, ok := m.in(c)
	return r.cid + int(c-r.lo), ok
}

func (m *cmap) in(c uint32) (coderange, bool) {
	i, found := slices.BinarySearchFunc(m.ranges, c, func(r coderange, c uint32) int { return cmp.Compare(r.lo, c) })
	if !found {
		i--
	}
	if i < 0 || m.ranges[i].hi < c {
		return coderange{}, false
	}
	return m.ranges[i], true
}

// length returns how many bytes of s the next code has.
func (m *cmap) length(s string) int {
	for n := 1; n <= min(4, len(s)); n++ {
		c := code(s[:n])
		for _, sp := range m.spaces {
			if sp.n == n && sp.lo <= c && c <= sp.hi {
				return n
			}
		}
	}
	if len(m.spaces) > 0 {
		return m.spaces[0].n
	}
	return 2
}

// The CIDs of Adobe's Chinese collection as Unicode: the file Adobe-GB1-UCS2 of
// Adobe's mapping resources for PDF, under the three-clause BSD licence it carries.
//
//go:embed adobe-gb1-ucs2.gz
var gb1Data []byte

var gb1 = sync.OnceValue(func() *cmap {
	z, err := gzip.NewReader(bytes.NewReader(gb1Data))
	if err != nil {
		panic(err) // the program itself is broken
	}
	data, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	return parseCMap(data)
})

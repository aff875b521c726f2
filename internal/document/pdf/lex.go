package pdf

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// The values of a file: nil, bool, int64, float64, Name, string, Array, Dict,
// *Stream and Ref; op in a content stream.
type (
	// Name is a name, without its slash.
	Name string
	// Dict is a dictionary; its values may be references.
	Dict map[Name]any
	// Array is an array; its values may be references.
	Array []any
	// Ref points to an object of the file.
	Ref struct{ Num, Gen int }
	op  string
)

// eof is the token behind the last.
const eof = op("")

var errSyntax = errors.New("malformed object")

// maxNesting bounds arrays and dictionaries in one another.
const maxNesting = 100

// lexer reads tokens from bytes; more, when set, gets further ones.
type lexer struct {
	data []byte
	pos  int
	more func() []byte // the next bytes, none at the end
	refs bool          // "1 0 R" is a reference
}

// fill makes sure that there is a byte at pos.
func (l *lexer) fill() bool {
	for l.pos >= len(l.data) {
		if l.more == nil {
			return false
		}
		next := l.more()
		if len(next) == 0 {
			l.more = nil
			return false
		}
		l.data = append(l.data, next...)
	}
	return true
}

func (l *lexer) peek() byte {
	if !l.fill() {
		return 0
	}
	return l.data[l.pos]
}

const (
	regular = iota
	space
	delimiter
)

var class = func() (c [256]byte) {
	for _, b := range "\x00\t\n\f\r " {
		c[b] = space
	}
	for _, b := range "()<>[]{}/%" {
		c[b] = delimiter
	}
	return c
}()

func (l *lexer) skipSpace() {
	for l.fill() {
		switch c := l.data[l.pos]; {
		case class[c] == space:
			l.pos++
		case c == '%':
			for l.fill() && l.data[l.pos] != '\n' && l.data[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// token reads the next token: a value that is not composed, or an op, of which
// "[", "]", "<<" and ">>" are some.
func (l *lexer) token() any {
	l.skipSpace()
	if !l.fill() {
		return eof
	}
	switch c := l.data[l.pos]; c {
	case '/':
		l.pos++
		return l.name()
	case '(':
		l.pos++
		return l.literal()
	case '<', '>':
		l.pos++
		if l.peek() == c {
			l.pos++
			return op([]byte{c, c})
		}
		if c == '>' {
			return op(">")
		}
		return l.hex()
	case '[', ']', '{', '}', ')':
		l.pos++
		return op([]byte{c})
	}
	return word(l.word())
}

// word returns the regular characters ahead.
func (l *lexer) word() []byte {
	start := l.pos
	for l.fill() && class[l.data[l.pos]] == regular {
		l.pos++
	}
	return l.data[start:l.pos]
}

// word is a number, or else an op or one of the words that are values.
func word(w []byte) any {
	if c := w[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		return number(w)
	}
	switch string(w) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return op(w)
}

// number reads a number as writers write it, "--5" and "1.2.3" included.
func number(w []byte) any {
	neg, i := false, 0
	for ; i < len(w) && (w[i] == '-' || w[i] == '+'); i++ {
		neg = neg || w[i] == '-'
	}
	whole, frac, scale, dot := int64(0), 0.0, 0.1, false
	for ; i < len(w); i++ {
		switch c := w[i]; {
		case c >= '0' && c <= '9' && dot:
			frac += float64(c-'0') * scale
			scale /= 10
		case c >= '0' && c <= '9' && whole < math.MaxInt64/20:
			whole = whole*10 + int64(c-'0')
		case c == '.' && !dot:
			dot = true
		case c >= '0' && c <= '9':
		case c == '-' || c == '.':
			i = len(w)
		default:
			return op(w)
		}
	}
	if neg {
		whole, frac = -whole, -frac
	}
	if dot {
		return float64(whole) + frac
	}
	return whole
}

func (l *lexer) name() Name {
	w := l.word()
	if bytes.IndexByte(w, '#') < 0 {
		return Name(w)
	}
	out := make([]byte, 0, len(w))
	for i := 0; i < len(w); i++ {
		if w[i] == '#' && i+2 < len(w) {
			if v, err := strconv.ParseUint(string(w[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, w[i])
	}
	return Name(out)
}

func (l *lexer) hex() string {
	var out []byte
	half, odd := byte(0), false
	for l.fill() {
		c := l.data[l.pos]
		l.pos++
		if c == '>' {
			break
		}
		v := unhex(c)
		if v == 0xff {
			continue
		}
		if odd = !odd; odd {
			half = v
		} else {
			out = append(out, half<<4|v)
		}
	}
	if odd {
		out = append(out, half<<4)
	}
	return string(out)
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

func (l *lexer) literal() string {
	var out []byte
	for depth := 1; l.fill(); {
		c := l.data[l.pos]
		l.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return string(out)
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

func (l *lexer) escape(out []byte) []byte {
	if !l.fill() {
		return out
	}
	c := l.data[l.pos]
	l.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\r':
		if l.peek() == '\n' {
			l.pos++
		}
		return out
	case '\n':
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	v := c - '0'
	for range 2 {
		if d := l.peek(); l.fill() && d >= '0' && d <= '7' {
			v = v<<3 | (d - '0')
			l.pos++
		}
	}
	return append(out, v)
}

// value reads a value, composed ones whole, or an op.
func (l *lexer) value(depth int) (any, error) {
	tok := l.token()
	switch t := tok.(type) {
	case op:
		if depth > maxNesting {
			return nil, errSyntax
		}
		switch t {
		case "[":
			return l.array(depth + 1)
		case "<<":
			return l.dict(depth + 1)
		}
	case int64:
		if l.refs && t >= 0 && t < math.MaxInt32 {
			return l.ref(t), nil
		}
	}
	return tok, nil
}

// ref looks whether an integer begins a reference.
func (l *lexer) ref(n int64) any {
	at := l.pos
	if gen, ok := l.token().(int64); ok && gen >= 0 && gen < 1<<17 && l.token() == op("R") {
		return Ref{int(n), int(gen)}
	}
	l.pos = at
	return n
}

func (l *lexer) array(depth int) (any, error) {
	var out Array
	for {
		v, err := l.value(depth)
		switch {
		case err != nil:
			return nil, err
		case v == op("]"):
			return out, nil
		case v == eof || v == op("endobj") || v == op(">>"):
			return nil, errSyntax
		}
		if _, junk := v.(op); !junk {
			out = append(out, v)
		}
	}
}

func (l *lexer) dict(depth int) (any, error) {
	out := Dict{}
	for {
		tok := l.token()
		key, ok := tok.(Name)
		switch {
		case ok:
		case tok == op(">>"):
			return out, nil
		case tok == eof || tok == op("endobj") || tok == op("stream"):
			return nil, errSyntax
		default: // junk between keys
			continue
		}
		v, err := l.value(depth)
		switch {
		case err != nil:
			return nil, err
		case v == op(">>"):
			return out, nil
		case v == eof:
			return nil, errSyntax
		}
		if _, junk := v.(op); !junk {
			out[key] = v
		}
	}
}

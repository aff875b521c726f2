package ledger

import (
	"encoding"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// Encode returns the canonical JSON of an event body: the public part, and the
// private part of the top-level fields tagged `seal:"true"` (nil when none of
// them is set). Equal values give equal bytes.
//
// Canonical means: object keys sorted by their bytes, names from the json tags,
// fields with the zero value left out, no white space, nothing escaped that
// need not be, times in UTC with exactly six decimals (finer parts are cut),
// []byte in standard base64, types with MarshalText as strings, embedded
// structs flattened. Refused, with an error that names the field and never the
// value: floats, interfaces, functions, channels, pointers to pointers,
// types with their own JSON, two fields of one name, a seal tag below the top
// level in a part that is not sealed, strings that are not UTF-8.
//
// v is a value or pointer to one. Decode gives back an equal one, but for a
// pointer to a nil slice or map, which comes back as one to an empty one: set,
// and set to nothing.
func Encode(v any) (public, private []byte, err error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if !rv.IsValid() {
		return nil, nil, errors.New("ledger: encode nil")
	}
	if !rv.CanAddr() { // one copy here spares one for each text and time in it
		rv = reflect.New(rv.Type()).Elem()
		rv.Set(reflect.ValueOf(v))
	}
	p, err := planOf(rv.Type())
	if err != nil {
		return nil, nil, err
	}
	if p.fields == nil {
		public, err = p.encode(nil, rv, 0)
		return public, nil, where(err, rv.Type())
	}
	if public, _, err = p.object(make([]byte, 0, 512), rv, 0, false); err != nil {
		return nil, nil, where(err, rv.Type())
	}
	if !p.sealed {
		return public, nil, nil
	}
	private, some, err := p.object(make([]byte, 0, 256), rv, 0, true)
	if err != nil || !some {
		private = nil
	}
	if err != nil {
		public = nil
	}
	return public, private, where(err, rv.Type())
}

func where(err error, t reflect.Type) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ledger: encode %s: %w", t, err)
}

const (
	timeLayout = "2006-01-02T15:04:05.000000Z"
	maxDepth   = 100 // deeper is a cycle
)

var errDepth = errors.New("nested too deep, or a cycle")

// encoder appends the canonical form of v to b.
type encoder func(b []byte, v reflect.Value, depth int) ([]byte, error)

// object appends the fields of v that are (or are not) sealed, and says whether
// there were any.
func (p *plan) object(b []byte, v reflect.Value, depth int, sealed bool) ([]byte, bool, error) {
	if depth > maxDepth {
		return nil, false, errDepth
	}
	b = append(b, '{')
	start := len(b)
	for i := range p.fields {
		f := &p.fields[i]
		if f.sealed != sealed {
			continue
		}
		fv := f.of(v)
		if f.plan.zero(fv) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		var err error
		if b, err = f.plan.encode(append(b, f.key...), fv, depth+1); err != nil {
			return nil, false, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return append(b, '}'), len(b) > start, nil
}

// zero reports whether a field with this value is left out.
func (p *plan) zero(v reflect.Value) bool {
	if p.isTime {
		return timeOf(v).IsZero()
	}
	switch v.Kind() {
	case reflect.String, reflect.Map:
		return v.Len() == 0 && (v.Kind() == reflect.String || v.IsNil())
	case reflect.Slice:
		return v.IsNil()
	}
	return v.IsZero()
}

func encodeBool(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return strconv.AppendBool(b, v.Bool()), nil
}

func encodeInt(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return strconv.AppendInt(b, v.Int(), 10), nil
}

func encodeUint(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return strconv.AppendUint(b, v.Uint(), 10), nil
}

func encodeString(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return appendString(b, v.String())
}

func encodeBytes(b []byte, v reflect.Value, _ int) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v.Bytes())
	return append(b, '"'), nil
}

// timeOf reads a time without copying it to the heap where it can.
func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

func encodeTime(b []byte, v reflect.Value, _ int) ([]byte, error) {
	t := timeOf(v).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, errors.New("year outside 0 to 9999")
	}
	b = append(b, '"')
	b = t.AppendFormat(b, timeLayout)
	return append(b, '"'), nil
}

func encodeText(b []byte, v reflect.Value, _ int) ([]byte, error) {
	start := len(b)
	b, err := appendText(append(b, '"'), v)
	if err != nil {
		return nil, err
	}
	for _, c := range b[start+1:] {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendString(b[:start], string(b[start+1:]))
		}
	}
	return append(b, '"'), nil
}

var errText = errors.New("MarshalText failed")

// appendText calls the text method of v by its address, or that of a copy if it
// has none. What the type itself says of an error may hold the value and is not
// passed on.
func appendText(b []byte, v reflect.Value) ([]byte, error) {
	if !v.CanAddr() {
		p := reflect.New(v.Type()).Elem()
		p.Set(v)
		v = p
	}
	m := v.Addr().Interface()
	if a, ok := m.(encoding.TextAppender); ok {
		b, err := a.AppendText(b)
		if err != nil {
			err = errText
		}
		return b, err
	}
	text, err := m.(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return nil, errText
	}
	return append(b, text...), nil
}

func textKey(v reflect.Value) (string, error) {
	text, err := appendText(nil, v)
	return string(text), err
}

// pointer encodes what a pointer points to; nil is null, and nothing below it is,
// or it could not be told from a nil pointer.
func (p *plan) pointer(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	if depth > maxDepth {
		return nil, errDepth
	}
	if v = v.Elem(); (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.IsNil() {
		if v.Kind() == reflect.Slice {
			v = reflect.MakeSlice(v.Type(), 0, 0)
		} else {
			v = reflect.MakeMap(v.Type())
		}
	}
	return p.elem.encode(b, v, depth+1)
}

// list encodes a slice or an array; a nil slice is null.
func (p *plan) list(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return append(b, "null"...), nil
	}
	if depth > maxDepth {
		return nil, errDepth
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = p.elem.encode(b, v.Index(i), depth+1); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return append(b, ']'), nil
}

const hex = "0123456789abcdef"

var errUTF8 = errors.New("not UTF-8")

// appendString appends s quoted, escaping only what JSON demands.
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, errUTF8
	}
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"'), nil
}

package ledger

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// plan is how one type is encoded; made once per type.
type plan struct {
	encode encoder
	elem   *plan                                 // of pointers, slices, arrays and maps
	key    func(v reflect.Value) (string, error) // of maps
	fields []field                               // of structs, sorted by name; not nil even if empty
	isTime bool
	sealed bool // a field of the struct itself is tagged seal
}

type field struct {
	name   string
	key    []byte // name quoted, with the colon
	index  []int
	sealed bool
	plan   *plan
}

func (f *field) of(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}

var plans sync.Map // reflect.Type -> *plan, or the error why there is none

func planOf(t reflect.Type) (*plan, error) {
	known, ok := plans.Load(t)
	if !ok {
		pl := planner{made: map[reflect.Type]*plan{}}
		p, err := pl.plan(t)
		if err == nil {
			err = exposed(p, t)
		}
		if known = any(p); err != nil {
			known = fmt.Errorf("ledger: %s cannot be an event body: %w", t, err)
		}
		plans.Store(t, known)
	}
	if err, bad := known.(error); bad {
		return nil, err
	}
	return known.(*plan), nil
}

// exposed refuses a seal tag that would be without effect: below a top-level
// field that is not itself sealed.
func exposed(top *plan, t reflect.Type) error {
	seen := map[*plan]bool{}
	var tagged func(p *plan) bool
	tagged = func(p *plan) bool {
		if p == nil || seen[p] {
			return false
		}
		seen[p] = true
		return p.sealed || tagged(p.elem) || slices.ContainsFunc(p.fields, func(f field) bool { return tagged(f.plan) })
	}
	for _, f := range top.fields {
		if !f.sealed && tagged(f.plan) {
			return fmt.Errorf("%s.%s is public but has a field tagged seal below it: tag the top-level field", t, f.name)
		}
	}
	if top.fields == nil && tagged(top) {
		return fmt.Errorf("a seal tag needs a struct at the top")
	}
	return nil
}

// planner makes the plans of a type and those it is made of; made also closes
// the circle of a recursive type.
type planner struct{ made map[reflect.Type]*plan }

var (
	timeType = reflect.TypeFor[time.Time]()
	toText   = reflect.TypeFor[encoding.TextMarshaler]()
	fromText = reflect.TypeFor[encoding.TextUnmarshaler]()
	toJSON   = reflect.TypeFor[json.Marshaler]()
	fromJSON = reflect.TypeFor[json.Unmarshaler]()
)

func (pl planner) plan(t reflect.Type) (*plan, error) {
	if p := pl.made[t]; p != nil {
		return p, nil
	}
	p := &plan{}
	pl.made[t] = p
	if err := pl.fill(p, t); err != nil {
		return nil, err
	}
	return p, nil
}

func (pl planner) fill(p *plan, t reflect.Type) error {
	pointer := reflect.PointerTo(t)
	switch {
	case t == timeType:
		p.encode, p.isTime = encodeTime, true
		return nil
	case t.Kind() == reflect.Interface:
		return fmt.Errorf("%s is an interface", t)
	case t.Kind() != reflect.Pointer && (pointer.Implements(toJSON) || pointer.Implements(fromJSON)):
		return fmt.Errorf("%s has its own JSON", t)
	case t.Kind() != reflect.Pointer && (pointer.Implements(toText) || pointer.Implements(fromText)):
		p.encode = encodeText
		return textual(t)
	}
	return pl.fillKind(p, t)
}

// textual checks that a type with text methods goes both ways, and has not got
// them from a type it embeds.
func textual(t reflect.Type) error {
	pointer := reflect.PointerTo(t)
	if !pointer.Implements(toText) || !pointer.Implements(fromText) {
		return fmt.Errorf("%s has only one of MarshalText and UnmarshalText", t)
	}
	for i := 0; t.Kind() == reflect.Struct && i < t.NumField(); i++ {
		if f := t.Field(i); f.Anonymous && (f.Type.Implements(toText) || reflect.PointerTo(f.Type).Implements(toText)) {
			return fmt.Errorf("%s embeds %s, whose text would stand for the whole", t, f.Type)
		}
	}
	return nil
}

func (pl planner) fillKind(p *plan, t reflect.Type) (err error) {
	switch t.Kind() {
	case reflect.Bool:
		p.encode = encodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.encode = encodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.encode = encodeUint
	case reflect.String:
		p.encode = encodeString
	case reflect.Pointer:
		p.encode = p.pointer
		if t.Elem().Kind() == reflect.Pointer {
			return fmt.Errorf("%s: a pointer to a pointer does not come back as it was", t)
		}
		p.elem, err = pl.plan(t.Elem())
	case reflect.Slice, reflect.Array:
		p.encode = p.list
		if p.elem, err = pl.plan(t.Elem()); err == nil && isBytes(t) {
			p.encode = encodeBytes
		}
	case reflect.Map:
		p.encode = p.dictionary
		if p.key, err = keyText(t.Key()); err == nil {
			p.elem, err = pl.plan(t.Elem())
		}
	case reflect.Struct:
		p.encode = func(b []byte, v reflect.Value, depth int) ([]byte, error) { return p.whole(b, v, depth) }
		err = pl.fillStruct(p, t)
	default:
		return fmt.Errorf("%s is not allowed", t)
	}
	return err
}

// isBytes reports whether t is a slice that JSON shows as base64.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !reflect.PointerTo(t.Elem()).Implements(toText)
}

// whole encodes a struct below the top level, sealed fields and all: it stands
// in a part that is sealed as a whole, or has none.
func (p *plan) whole(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if !p.sealed {
		b, _, err := p.object(b, v, depth, false)
		return b, err
	}
	open := *p
	open.fields = slices.Clone(p.fields)
	for i := range open.fields {
		open.fields[i].sealed = false
	}
	b, _, err := open.object(b, v, depth, false)
	return b, err
}

// keyText returns how a map key becomes a string, in the order of precedence
// with which encoding/json reads it back.
func keyText(t reflect.Type) (func(reflect.Value) (string, error), error) {
	switch {
	case reflect.PointerTo(t).Implements(fromText) || reflect.PointerTo(t).Implements(toText):
		return textKey, textual(t)
	case t.Kind() == reflect.String:
		return func(v reflect.Value) (string, error) { return v.String(), nil }, nil
	case reflect.Int <= t.Kind() && t.Kind() <= reflect.Int64:
		return func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil }, nil
	case reflect.Uint <= t.Kind() && t.Kind() <= reflect.Uint64:
		return func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil }, nil
	}
	return nil, fmt.Errorf("%s cannot be a map key", t)
}

func (pl planner) fillStruct(p *plan, t reflect.Type) error {
	p.fields = []field{}
	if err := pl.collect(p, t, nil, false); err != nil {
		return err
	}
	slices.SortFunc(p.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	if len(p.fields) == 0 && t.NumField() > 0 {
		return fmt.Errorf("%s shows none of its fields", t)
	}
	names := map[string]bool{}
	for _, f := range p.fields {
		if low := strings.ToLower(f.name); names[low] {
			return fmt.Errorf("%s has two fields named %q", t, f.name)
		} else {
			names[low] = true
		}
	}
	return nil
}

// collect adds the fields of t, found at index of the struct being planned.
func (pl planner) collect(p *plan, t reflect.Type, index []int, sealed bool) error {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Tag.Get("json") == "-" || !f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct) {
			continue
		}
		if strings.Contains(options, "string") {
			return fmt.Errorf("%s.%s: the json option \"string\" is not allowed", t, f.Name)
		}
		at := append(slices.Clone(index), i)
		seal := sealed || f.Tag.Get("seal") == "true"
		var err error
		if f.Anonymous && name == "" && f.Type.Kind() != reflect.Interface {
			err = pl.embed(p, f, at, seal)
		} else {
			err = pl.add(p, f, name, at, seal)
		}
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
	}
	return nil
}

// embed flattens an embedded struct; another embedded type is a field with the
// type's name.
func (pl planner) embed(p *plan, f reflect.StructField, at []int, sealed bool) error {
	switch {
	case f.Type.Kind() == reflect.Pointer:
		return fmt.Errorf("an embedded pointer does not come back as it was")
	case reflect.PointerTo(f.Type).Implements(toText):
		return fmt.Errorf("an embedded type with its own text needs a json name")
	case f.Type.Kind() != reflect.Struct:
		return pl.add(p, f, "", at, sealed)
	}
	return pl.collect(p, f.Type, at, sealed)
}

func (pl planner) add(p *plan, f reflect.StructField, name string, at []int, sealed bool) error {
	if name == "" {
		name = f.Name
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return fmt.Errorf("the json name %q is not of letters, digits, - and _", name)
	}
	key := append(strconv.AppendQuote(nil, name), ':')
	elem, err := pl.plan(f.Type)
	if err != nil {
		return err
	}
	p.sealed = p.sealed || sealed
	p.fields = append(p.fields, field{name: name, key: key, index: at, sealed: sealed, plan: elem})
	return nil
}

package web

import (
	"encoding"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// maxRows bounds the rows of a repeated part of a form.
const maxRows = 200

// Decode fills a command (a pointer to a struct) from a form. Fields go by their
// json names: nested finding.outcome, rows items[0].amount, lists either as a name
// repeated or as points[0], points[1]; maps are left to the caller. Rows that were left empty are dropped and
// the values renumbered in place, so that violations name the rows as they are
// shown again. A name that no field has is left alone, a field without a value
// keeps its zero.
//
// Dates are 2026-05-01, times 2026-05-01T14:05 in the institution's zone, a box is
// on when it has any value but "no", "false" and "0". Whole numbers whose doc tag
// says that they are fen, or whose path is among money, are typed in yuan with at most two decimals.
//
// What cannot be read comes back as one Invalid fault with a violation per field.
func Decode(values url.Values, into any, money ...string) error {
	d := decoder{values: values, money: money}
	d.object("", reflect.ValueOf(into).Elem())
	return d.wrong.Err()
}

type decoder struct {
	values url.Values
	money  []string
	wrong  fault.Fields
}

// object fills the fields of a struct whose names begin with prefix.
func (d *decoder) object(prefix string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported() || name == "-":
		case name == "" && field.Anonymous:
			d.object(prefix, v.Field(i))
		default:
			if name == "" {
				name = field.Name
			}
			d.value(prefix+name, v.Field(i), fenTag(field.Tag.Get("doc")))
		}
	}
}

var fenWord = regexp.MustCompile(`(?i)\bfen\b`)

func fenTag(doc string) bool { return fenWord.MatchString(doc) }

func (d *decoder) value(name string, v reflect.Value, fen bool) {
	switch {
	case v.Kind() == reflect.Pointer:
		if !d.given(name, v.Type().Elem()) {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.value(name, v.Elem(), fen)
	case v.Kind() == reflect.Slice:
		d.list(name, v)
	case v.Kind() == reflect.Map: // its names are the caller's business
	case v.Kind() == reflect.Struct && !plain(v):
		d.object(name+".", v)
	default:
		if typed, ok := d.values[name]; ok && len(typed) > 0 {
			d.scalar(name, typed[0], v, fen || slices.Contains(d.money, name))
		}
	}
}

// plain reports whether a struct is written as one text.
func plain(v reflect.Value) bool {
	_, text := v.Addr().Interface().(encoding.TextUnmarshaler)
	return text
}

// given reports whether the form answers an optional field: a struct needs some
// value that is not empty, anything else only its name, so that it can be emptied.
func (d *decoder) given(name string, of reflect.Type) bool {
	if of.Kind() != reflect.Struct || plain(reflect.New(of).Elem()) {
		_, ok := d.values[name]
		return ok
	}
	return d.filled(name + ".")
}

func (d *decoder) filled(prefix string) bool {
	for key, typed := range d.values {
		if strings.HasPrefix(key, prefix) && slices.ContainsFunc(typed, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			return true
		}
	}
	return false
}

// list fills a slice from a repeated name or from numbered rows.
func (d *decoder) list(name string, v reflect.Value) {
	rows := d.compact(name)
	for i := range rows {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(name+"["+strconv.Itoa(i)+"]", item, false)
		v.Set(reflect.Append(v, item))
	}
	if of := v.Type().Elem(); rows > 0 || of.Kind() == reflect.Struct && !plain(reflect.New(of).Elem()) {
		return // a struct is no one text: without rows nothing of it was given
	}
	for _, typed := range d.values[name] {
		if strings.TrimSpace(typed) == "" {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.scalar(name, typed, item, false)
		v.Set(reflect.Append(v, item))
	}
}

// compact drops the empty rows of a list, numbers the others from 0 and returns how many there are.
func (d *decoder) compact(name string) int {
	rows := map[int][]string{} // row -> its keys
	for key := range d.values {
		if row, ok := rowOf(key, name); ok {
			rows[row] = append(rows[row], key)
		}
	}
	order := make([]int, 0, len(rows))
	for row := range rows {
		order = append(order, row)
	}
	slices.Sort(order)
	next := 0
	for _, row := range order {
		at := name + "[" + strconv.Itoa(row) + "]"
		if !d.filled(at) {
			d.move(rows[row], at, "")
			continue
		}
		d.move(rows[row], at, name+"["+strconv.Itoa(next)+"]")
		next++
	}
	return next
}

// rowOf reads the row number of a key such as items[3].amount.
func rowOf(key, name string) (int, bool) {
	rest, ok := strings.CutPrefix(key, name+"[")
	if !ok {
		return 0, false
	}
	number, _, ok := strings.Cut(rest, "]")
	row, err := strconv.Atoi(number)
	return row, ok && err == nil && row >= 0 && row < maxRows && strconv.Itoa(row) == number
}

// move renames keys that begin with from; an empty to deletes them.
func (d *decoder) move(keys []string, from, to string) {
	if from == to {
		return
	}
	for _, key := range keys {
		if to != "" {
			d.values[to+strings.TrimPrefix(key, from)] = d.values[key]
		}
		delete(d.values, key)
	}
}

// scalar reads one value.
func (d *decoder) scalar(name, typed string, v reflect.Value, fen bool) {
	if v.Kind() == reflect.String {
		v.SetString(strings.ReplaceAll(typed, "\r\n", "\n")) // as browsers post line feeds
		return
	}
	typed = strings.TrimSpace(typed)
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(!slices.Contains([]string{"", "no", "false", "0"}, typed))
	case typed == "":
	case v.Type() == reflect.TypeFor[time.Time]():
		d.moment(name, typed, v)
	case plain(v):
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(typed)); err != nil {
			d.wrong.Add(name, "%s", sentence(err))
		}
	case fen:
		n, err := Fen(typed)
		if err != nil {
			d.wrong.Add(name, "%s", sentence(err))
		}
		v.SetInt(n)
	case v.CanInt():
		n, err := strconv.ParseInt(typed, 10, v.Type().Bits())
		d.wrong.Need(err == nil, name, "请填写整数")
		v.SetInt(n)
	default:
		panic("web: Decode knows no " + v.Type().String()) // a programming error
	}
}

func (d *decoder) moment(name, typed string, v reflect.Value) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, typed, zone); err == nil {
			v.Set(reflect.ValueOf(t.UTC()))
			return
		}
	}
	d.wrong.Add(name, "时间请按“2026-05-01 14:30”的样子填写")
}

func sentence(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return "内容无法识别，请重新填写"
	}
	return fault.Message(err)
}

var yuanText = regexp.MustCompile(`^(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.([0-9]{1,2}))?$`)

// Fen reads an amount in yuan, such as 1,234.50 or ¥80, as fen.
func Fen(typed string) (int64, error) {
	typed = strings.TrimSpace(strings.TrimLeft(strings.ReplaceAll(typed, "，", ","), "¥￥"))
	m := yuanText.FindStringSubmatch(strings.TrimSpace(strings.TrimSuffix(typed, "元")))
	if m == nil {
		return 0, fault.New(fault.Invalid, "金额请以元为单位填写，最多两位小数，例如 1,234.50")
	}
	whole, err := strconv.ParseInt(strings.ReplaceAll(m[2], ",", ""), 10, 64)
	if err != nil || whole > math.MaxInt64/100-1 {
		return 0, fault.New(fault.Invalid, "金额过大，请核对单位")
	}
	cents, _ := strconv.ParseInt((m[3] + "00")[:2], 10, 64) // two digits by the pattern
	if m[1] != "" {
		return -(whole*100 + cents), nil
	}
	return whole*100 + cents, nil
}

// Yuan writes fen as a person types it into a form: 1234.50, or nothing for none.
func Yuan(fen int64) string {
	if fen == 0 {
		return ""
	}
	return strings.NewReplacer("¥", "", ",", "").Replace(Money(fen))
}

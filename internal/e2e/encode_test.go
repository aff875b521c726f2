package e2e

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// entry is a field of a form as a person types it.
type entry struct {
	name   string
	values []string
}

// entries are the fields that a person fills in to give a command. What is zero
// is left as the form has it, but for boxes, which are cleared.
func entries(command any) []entry {
	var e encoder
	v := reflect.ValueOf(command)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	e.object("", v)
	return e.out
}

type encoder struct{ out []entry }

func (e *encoder) add(name string, values ...string) { e.out = append(e.out, entry{name, values}) }

func (e *encoder) object(prefix string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		e.value(prefix+name, v.Field(i))
	}
}

func (e *encoder) value(name string, v reflect.Value) {
	text, plain := v.Interface().(encoding.TextMarshaler)
	at, moment := v.Interface().(time.Time)
	switch {
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			e.add(name, "yes")
		} else {
			e.add(name)
		}
	case v.IsZero():
	case moment:
		e.add(name, at.In(calendar.Zone).Format("2006-01-02T15:04"))
	case plain:
		b, err := text.MarshalText()
		if err != nil {
			panic(err) // dates always marshal
		}
		e.add(name, string(b))
	case v.Kind() == reflect.Pointer:
		e.value(name, v.Elem())
	case v.Kind() == reflect.Struct:
		e.object(name+".", v)
	case v.Kind() == reflect.Slice:
		e.list(name, v)
	case v.CanInt() && strings.HasSuffix(name, "amount"):
		e.add(name, web.Yuan(v.Int()))
	case v.CanInt():
		e.add(name, strconv.FormatInt(v.Int(), 10))
	default:
		e.add(name, v.String())
	}
}

func (e *encoder) list(name string, v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Struct {
		for i := range v.Len() {
			e.object(name+"["+strconv.Itoa(i)+"].", v.Index(i))
		}
		return
	}
	var values []string
	for i := range v.Len() {
		values = append(values, v.Index(i).String())
	}
	e.add(name, values...)
}

// What is typed for a command is read as that command.
func TestEntriesAreReadAsTheCommand(t *testing.T) {
	day := calendar.Of(2026, 3, 31)
	for _, want := range []complaint.Command{
		&complaint.RecordContact{At: day.Time().Add(90 * time.Minute).UTC(), Channel: "phone", Reached: true, Summary: "核实\n诉求"},
		&complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 123450, Text: "退费"}, {What: "apology", Text: "致歉"}}, Why: "属实"},
		&complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Percent: 70}, {Bearer: complaint.FaultPartner, Percent: 30, Name: "某公司"}}}},
		&complaint.FinishStep{Step: 2, Checked: []string{"a", "b"}, Note: "x"},
		&complaint.Withdraw{On: day, How: "recorded_call", Why: "理解"},
	} {
		values := map[string][]string{}
		for _, e := range entries(want) {
			values[e.name] = e.values
		}
		got := reflect.New(reflect.TypeOf(want).Elem()).Interface()
		if err := web.Decode(values, got, "amount"); err != nil {
			t.Errorf("%T: %v", want, err)
			continue
		}
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%T:\n%s", want, diff)
		}
	}
}

package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/fault"
)

func TestKindOf(t *testing.T) {
	plain := errors.New("disk")
	for _, test := range []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"nil", nil, fault.Internal},
		{"foreign", plain, fault.Internal},
		{"direct", fault.New(fault.Stale, "x"), fault.Stale},
		{"wrapped", fmt.Errorf("save: %w", fault.New(fault.Recused, "x")), fault.Recused},
	} {
		if got := fault.KindOf(test.err); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestMessageHidesInternals(t *testing.T) {
	if got := fault.Message(errors.New("open /secret/path: denied")); strings.Contains(got, "secret") {
		t.Errorf("internal text leaked: %s", got)
	}
	if got := fault.Message(fault.New(fault.Invalid, "日期不对")); got != "日期不对" {
		t.Errorf("got %q", got)
	}
}

func TestFields(t *testing.T) {
	var f fault.Fields
	if f.Err() != nil {
		t.Fatal("empty Fields gave an error")
	}
	f.Need(true, "a", "fine")
	f.Need(false, "name", "请填写姓名")
	f.Add("date", "日期不能晚于今天")
	err := f.Err()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.Invalid || len(e.Violations) != 2 || e.Violations[1].Field != "date" {
		t.Fatalf("got %#v", err)
	}
}

package regulation_test

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

func setting(t testing.TB, l *regulation.Library, id string) regulation.Setting {
	t.Helper()
	s, err := l.At(day(t, "2026-11-21")).Setting(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSettingDefaults(t *testing.T) {
	lib := regulation.Embedded()
	if got := setting(t, lib, "warning.days").Ints(); !slices.Equal(got, []int64{3, 1, 0}) {
		t.Errorf("warning.days = %v", got)
	}
	if got := setting(t, lib, "redress.limit.handler").Int(); got != 0 {
		t.Errorf("a handler may pay %d fen without approval, want 0", got)
	}
	roles := []string{"handler", "branch_lead", "office", "executive"}
	for i := 1; i < len(roles); i++ {
		lower, upper := setting(t, lib, "redress.limit."+roles[i-1]).Int(), setting(t, lib, "redress.limit."+roles[i]).Int()
		if lower >= upper {
			t.Errorf("%s may pay %d, %s only %d", roles[i-1], lower, roles[i], upper)
		}
	}
	if !setting(t, lib, "approval.decision").Bool() || setting(t, lib, "totp.policy").Text() != "optional" {
		t.Error("four-eyes or TOTP default differs")
	}
	for _, s := range lib.At(0).Settings() {
		if s.Grade != regulation.GradeSetting || s.Changed() || s.Note == "" {
			t.Errorf("%s: %+v", s.ID, s)
		}
	}
	if _, err := lib.At(0).Setting("no.such"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown setting: %v", err)
	}
}

func TestWithSettings(t *testing.T) {
	lib := regulation.Embedded()
	changed, err := lib.WithSettings(map[string]string{"first_contact.days": "1", "approval.nfra.complex": "none", "house.complex.days": "45"})
	if err != nil {
		t.Fatal(err)
	}
	on := day(t, "2026-11-21")
	contact, _ := changed.At(on).Clock("first_contact")
	complex, _ := changed.At(on).Clock("nfra.complex")
	house, _ := changed.At(on).Clock("house.complex")
	if contact.Days != 1 || complex.Approver != regulation.ApproverNone || house.Days != 45 {
		t.Errorf("first contact %d days, complex approved by %q, house %d days", contact.Days, complex.Approver, house.Days)
	}
	if s := setting(t, changed, "first_contact.days"); !s.Changed() || s.Default != "2" {
		t.Errorf("the default is no longer visible: %+v", s)
	}
	if old, _ := lib.At(on).Clock("first_contact"); old.Days != 2 {
		t.Error("WithSettings changed its receiver")
	}
	again, err := changed.WithSettings(map[string]string{"close.days": "9"})
	if err != nil || setting(t, again, "first_contact.days").Int() != 1 {
		t.Errorf("a second change lost the first: %v", err)
	}
}

func TestWithSettingsRefuses(t *testing.T) {
	for _, test := range []struct{ id, value, want string }{
		{"no.such", "1", "没有编号"},
		{"first_contact.days", "0", "1 至 30"},
		{"first_contact.days", "1,2", "一个整数"},
		{"first_contact.days", "two", "整数"},
		{"first_contact.days", "", "整数"},
		{"warning.days", "7,,1", "整数"},
		{"warning.days", "7,99", "0 至 60"},
		{"approval.decision", "yes", "true 或 false"},
		{"totp.policy", "never", "optional、required"},
		{"joint.max_representatives", "6", "1 至 5"},
		{"duplicate.window_days", "0", "1 至 3650"},
		{"house.complex.days", "10", "合在一起不成立"},
	} {
		_, err := regulation.Embedded().WithSettings(map[string]string{test.id: test.value})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s = %q: got %v, want %q", test.id, test.value, err, test.want)
		}
	}
}

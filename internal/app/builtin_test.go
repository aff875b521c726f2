package app_test

import (
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
)

// Quiet hours are those of the institution's zone: the first minute belongs to them, the
// last does not.
func TestQuietHours(t *testing.T) {
	day := calendar.Of(2026, 3, 31).Time()
	for _, test := range []struct {
		after time.Duration // midnight of the institution
		want  bool
	}{{0, false}, {time.Hour - time.Second, false}, {time.Hour, true}, {5*time.Hour - time.Second, true}, {5 * time.Hour, false}, {13 * time.Hour, false}} {
		at := day.Add(test.after).UTC() // UTC is another day than the institution's
		end, ok := app.Quiet("from_hour = 1\nto_hour = 5", at)
		if ok != test.want || !end.Equal(day.Add(5*time.Hour)) {
			t.Errorf("%s after midnight: %v until %s, want %v", test.after, ok, end, test.want)
		}
	}
}

// A file of data that is wrong, says what nobody reads, or is not right ends the program.
func TestBuiltInRefuses(t *testing.T) {
	for name, text := range map[string]string{"no TOML": "from_hour =", "unread": "from_hour = 1\nto_hour = 5\nminute = 3", "not right": "from_hour = 5\nto_hour = 1", "empty": ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: taken", name)
				}
			}()
			app.Quiet(text, time.Time{})
		}()
	}
}

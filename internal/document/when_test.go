package document_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

func TestParseWhen(t *testing.T) {
	for _, test := range []struct {
		text       string
		monthFirst bool
		want       string // as printed below, or part of the refusal after "!"
	}{
		{"2026-05-01", false, "2026-05-01"},
		{"2026/5/1", false, "2026-05-01"},
		{"2026.5.1", false, "2026-05-01"},
		{"2026年5月1日", false, "2026-05-01"},
		{"20260501", false, "2026-05-01"},
		{"20260501143005", false, "2026-05-01 14h30m5s"},
		{"2019/2/28 11:25:05", false, "2019-02-28 11h25m5s"},
		{"2026-05-01T14:30:05", false, "2026-05-01 14h30m5s"},
		{"2026年5月1日 下午2时30分", false, "2026-05-01 14h30m0s"},
		{"2026-05-01 12:05 AM", false, "2026-05-01 5m0s"},
		{"2026-05-01 00:00", false, "2026-05-01 0s"},
		{"46143", false, "2026-05-01"},
		{"46143.5", false, "2026-05-01 12h0m0s"},
		{"3/19/2015", false, "2015-03-19"},
		{"19/3/2015", true, "2015-03-19"},
		{"3/4/2015", true, "2015-03-04"},
		{"4/4/2015", false, "2015-04-04"},
		{"3/4/2015", false, "!分不清月和日"},
		{"2026-02-30", false, "!没有"},
		{"2026-13-01", false, "!没有"},
		{"1970-01-01", false, "!年份"},
		{"2026-05-01 25:00", false, "!看不懂"},
		{"2026-05-01T14:30:05Z", false, "!看不懂"},
		{"昨天", false, "!看不懂"},
		{"", false, "!看不懂"},
		{"12", false, "!看不懂"},
		{"2026-05-01 起", false, "!看不懂"},
	} {
		w, err := document.ParseWhen(test.text, test.monthFirst)
		got := w.Date.String()
		if w.Timed {
			got += " " + w.Clock.String()
		}
		if why, refused := strings.CutPrefix(test.want, "!"); refused {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), why) {
				t.Errorf("%q: got %s, %v, want a refusal with %q", test.text, got, err, why)
			}
		} else if err != nil || got != test.want {
			t.Errorf("%q: got %s, %v, want %s", test.text, got, err, test.want)
		}
	}
}

// Every way to write a day gives that day.
func TestParseWhenReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 60*365*86_400).Draw(t, "seconds")) * time.Second)
		for _, layout := range []string{"2006-01-02 15:04:05", "2006/1/2 15:04:05", "2006年1月2日 15:04:05", "20060102150405", "2006-01-02T15:04:05", "2006-01-02 03:04:05 PM"} {
			w, err := document.ParseWhen(at.Format(layout), false)
			if err != nil || w.Date != calendar.Of(at.Year(), at.Month(), at.Day()) || !w.Time().Equal(at.Add(-8*time.Hour)) {
				t.Fatalf("%s: got %v, %v", at.Format(layout), w, err)
			}
		}
	})
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"2026-05-01", "46143.5", "3/19/2015", "2026年5月1日 下午2时30分"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, monthFirst bool) {
		if w, err := document.ParseWhen(s, monthFirst); err == nil && w.Date.IsZero() {
			t.Fatalf("%q gave no date and no error", s)
		} else if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

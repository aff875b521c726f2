package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string // "" when refused
	}{
		{"2026-05-01", "2026-05-01"},
		{"2024-02-29", "2024-02-29"},
		{"2026-02-29", ""},
		{"2026-02-30", ""},
		{"2026-13-01", ""},
		{"2026-5-1", ""},
		{"20266-05-01", ""},
		{"1970-01-01", ""},
		{"2200-01-01", ""},
		{"", ""},
		{"2026-05-01 ", ""},
	} {
		d, err := calendar.Parse(test.in)
		if d.String() != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Parse(%q) = %q, %v; want %q", test.in, d, err, test.want)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("Parse(%q): kind %v, want invalid", test.in, fault.KindOf(err))
		}
	}
}

func TestFromTimeUsesZone(t *testing.T) {
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 5, 1, 15, 59, 59, 0, time.UTC), "2026-05-01"},
		{time.Date(2026, 5, 1, 16, 0, 0, 0, time.UTC), "2026-05-02"},
		{time.Date(2026, 12, 31, 23, 0, 0, 0, calendar.Zone), "2026-12-31"},
		{time.Date(1969, 12, 30, 12, 0, 0, 0, calendar.Zone), "1969-12-30"},
	} {
		if got := calendar.FromTime(test.at).String(); got != test.want {
			t.Errorf("%v: got %s, want %s", test.at, got, test.want)
		}
	}
}

func TestDateFaces(t *testing.T) {
	d := day(t, "2026-05-01")
	if got := d.Chinese(); got != "2026年5月1日" {
		t.Errorf("Chinese = %s", got)
	}
	if got := d.WeekdayName(); got != "周五" {
		t.Errorf("WeekdayName = %s", got)
	}
	var none calendar.Date
	if !none.IsZero() || none.String() != "" || none.Chinese() != "" {
		t.Errorf("no date prints %q and %q", none, none.Chinese())
	}
}

func TestDateAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.Date(rapid.IntRange(365, 83000).Draw(t, "days"))
		at := d.Time()
		if back := calendar.FromTime(at); back != d {
			t.Fatalf("FromTime(%v) = %s, want %s", at, back, d)
		}
		if calendar.Of(at.Year(), at.Month(), at.Day()) != d || d.Weekday() != at.Weekday() || d.Year() != at.Year() {
			t.Fatalf("%s disagrees with %v", d, at)
		}
		text, _ := d.MarshalText()
		var read calendar.Date
		if err := read.UnmarshalText(text); err != nil || read != d {
			t.Fatalf("%s read back as %s: %v", d, read, err)
		}
	})
}

func TestParseInterval(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string
		days int
	}{
		{"2026-05-01..2026-05-05", "2026-05-01..2026-05-05", 5},
		{"2026-05-01 .. 2026-05-05", "2026-05-01..2026-05-05", 5},
		{"2026-05-01", "2026-05-01", 1},
		{"2026-05-01..2026-05-01", "2026-05-01", 1},
		{"2026-05-05..2026-05-01", "", 0},
		{"2026-05-01..", "", 0},
		{"..", "", 0},
	} {
		v, err := calendar.ParseInterval(test.in)
		if (err == nil) != (test.want != "") {
			t.Errorf("%q: error %v", test.in, err)
			continue
		}
		if err == nil && (v.String() != test.want || v.Days() != test.days) {
			t.Errorf("%q: got %s with %d days, want %s with %d", test.in, v, v.Days(), test.want, test.days)
		}
	}
}

func TestIntervalOverlaps(t *testing.T) {
	base := calendar.Interval{From: day(t, "2026-05-10"), To: day(t, "2026-05-20")}
	for _, test := range []struct {
		in   string
		want bool
	}{
		{"2026-05-01..2026-05-09", false},
		{"2026-05-01..2026-05-10", true},
		{"2026-05-12..2026-05-13", true},
		{"2026-05-20..2026-05-30", true},
		{"2026-05-21..2026-05-30", false},
	} {
		v, err := calendar.ParseInterval(test.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := base.Overlaps(v); got != test.want || v.Overlaps(base) != test.want {
			t.Errorf("%s overlaps %s: %v, want %v", base, v, got, test.want)
		}
	}
}

package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
)

func TestDay(t *testing.T) {
	cal := calendar.Official()
	for _, test := range []struct {
		date string
		want calendar.DayKind
		name string
	}{
		{"2026-05-01", calendar.Holiday, "劳动节"},
		{"2026-05-02", calendar.Holiday, "劳动节"},
		{"2026-05-06", calendar.Working, ""},
		{"2026-05-09", calendar.MakeUp, "劳动节"},
		{"2026-05-10", calendar.Weekend, ""},
		{"2018-12-29", calendar.MakeUp, "元旦"},  // told by the notice of 2019
		{"2018-12-31", calendar.Holiday, "元旦"}, // a Monday, told by the notice of 2019
		{"2022-12-31", calendar.Holiday, "元旦"},
		{"2020-01-31", calendar.Holiday, "春节"}, // told by the extension
		{"2020-02-01", calendar.Holiday, "春节"}, // a make-up day before the extension
		{"2020-02-03", calendar.Working, ""},
		{"2006-12-30", calendar.MakeUp, "元旦"}, // told by the notice of 2007
		{"2030-10-01", calendar.Working, ""},  // no notice: the plain week
	} {
		d := day(t, test.date)
		if got := cal.Day(d); got != test.want || cal.Name(d) != test.name {
			t.Errorf("%s: %v %q, want %v %q", d, got, cal.Name(d), test.want, test.name)
		}
	}
}

func TestRoll(t *testing.T) {
	cal := calendar.Official()
	for _, test := range []struct{ in, want string }{
		{"2026-05-01", "2026-05-06"},
		{"2026-02-19", "2026-02-24"},
		{"2026-10-10", "2026-10-10"}, // a Saturday that is worked
		{"2026-09-20", "2026-09-20"},
		{"2026-05-07", "2026-05-07"},
		{"2026-12-31", "2026-12-31"},
		{"2027-01-02", ""},
		{"2006-12-29", ""},
	} {
		got, ok := cal.Roll(day(t, test.in))
		if got.String() != test.want || ok != (test.want != "") {
			t.Errorf("Roll(%s) = %q, %v; want %q", test.in, got, ok, test.want)
		}
	}
}

func TestAddStopsAtUnannouncedYear(t *testing.T) {
	cal := calendar.Official()
	start := day(t, "2026-12-30") // 31 December is the last announced working day
	if got, ok := cal.Add(start, 1); !ok || got != day(t, "2026-12-31") {
		t.Errorf("one day on: %s, %v", got, ok)
	}
	if got, ok := cal.Add(start, 2); ok || !got.IsZero() {
		t.Errorf("two days on: %s, %v; 2027 has no notice", got, ok)
	}
	if _, ok := cal.Add(start, 0); ok {
		t.Error("adding no day gave an answer")
	}
	if _, ok := cal.Between(calendar.Interval{From: start, To: day(t, "2027-01-01")}); ok {
		t.Error("counted working days into 2027")
	}
	if n, ok := cal.Between(calendar.Interval{From: start, To: start - 1}); n != 0 || !ok {
		t.Errorf("no days at all: %d, %v", n, ok)
	}
}

func TestEmptyCalendarKnowsNothing(t *testing.T) {
	var cal calendar.Calendar
	d := day(t, "2026-05-01")
	if _, ok := cal.Roll(d); ok || cal.Announced(2026) || cal.Day(d) != calendar.Working {
		t.Error("an empty calendar gave an answer about 2026")
	}
	y, _ := calendar.Official().Year(2026)
	more, err := cal.With(y)
	if err != nil || !more.Announced(2026) || cal.Announced(2026) {
		t.Errorf("With on an empty calendar: %v", err)
	}
}

// TestAddAgreesWithWalking compares the sums with a walk day by day.
func TestAddAgreesWithWalking(t *testing.T) {
	cal := calendar.Official()
	first, last := calendar.Of(2006, time.November, 1), calendar.Of(2026, time.December, 31)
	rapid.Check(t, func(t *rapid.T) {
		start := calendar.Date(rapid.IntRange(int(first), int(last)).Draw(t, "start"))
		n := rapid.IntRange(1, 90).Draw(t, "n")
		got, ok := cal.Add(start, n)
		walked, known := start, true
		for left := n; left > 0 && known; {
			walked++
			known = cal.Announced(walked.Year())
			if cal.IsWorking(walked) {
				left--
			}
		}
		if ok != known || known && got != walked {
			t.Fatalf("%s + %d working days = %s (%v), walking gives %s (%v)", start, n, got, ok, walked, known)
		}
		if !ok {
			return
		}
		if count, known := cal.Between(calendar.Interval{From: start + 1, To: got}); !known || count != n {
			t.Fatalf("%s..%s holds %d working days, want %d", start+1, got, count, n)
		}
	})
}

func year2027() calendar.Year {
	span := func(m time.Month, from, to int) calendar.Interval {
		return calendar.Interval{From: calendar.Of(2027, m, from), To: calendar.Of(2027, m, to)}
	}
	return calendar.Year{
		Year:    2027,
		Notices: []calendar.Notice{{Title: "测试用的假设安排", URL: "https://example.org/2027"}},
		Holidays: []calendar.Period{
			{Name: "元旦", Off: calendar.Interval{From: calendar.Of(2026, time.December, 31), To: calendar.Of(2027, time.January, 3)}},
			{Name: "春节", Off: span(time.February, 5, 11), Work: []calendar.Date{calendar.Of(2027, time.February, 14)}},
			{Name: "劳动节", Off: span(time.May, 1, 5)},
			{Name: "国庆节", Off: span(time.October, 1, 7)},
		},
	}
}

func TestWith(t *testing.T) {
	old := calendar.Official()
	cal, err := old.With(year2027())
	if err != nil {
		t.Fatal(err)
	}
	if old.Announced(2027) || old.Day(day(t, "2026-12-31")) != calendar.Working {
		t.Error("With changed its receiver")
	}
	if cal.Day(day(t, "2026-12-31")) != calendar.Holiday {
		t.Error("the notice of 2027 did not reach the last day of 2026")
	}
	if got, ok := cal.Roll(day(t, "2026-12-31")); !ok || got != day(t, "2027-01-04") {
		t.Errorf("rolled over the turn of the year to %s, %v", got, ok)
	}
	years := cal.Years()
	if len(years) != 21 || years[20] != 2027 {
		t.Errorf("years %v", years)
	}
}

func TestWithLeavesAGap(t *testing.T) {
	y := year2027()
	y.Year = 2029
	for i := range y.Holidays {
		y.Holidays[i].Work = nil
		y.Holidays[i].Off.From += 731
		y.Holidays[i].Off.To += 731
	}
	cal, err := calendar.Official().With(y)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := cal.Add(day(t, "2026-12-25"), 30); ok {
		t.Error("counted across 2027 and 2028, which have no notice")
	}
	if _, ok := cal.Add(day(t, "2028-12-31"), 5); !ok {
		t.Error("did not count inside 2029")
	}
}

func TestYearIsACopy(t *testing.T) {
	cal := calendar.Official()
	y, _ := cal.Year(2026)
	y.Notices[0].Title = "changed"
	y.Holidays[1].Work[0] = 1
	again, _ := cal.Year(2026)
	if again.Notices[0].Title == "changed" || again.Holidays[1].Work[0] == 1 {
		t.Error("the calendar shares its years with its callers")
	}
}

package regulation_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func spans(t testing.TB, in ...string) []calendar.Interval {
	t.Helper()
	var out []calendar.Interval
	for _, s := range in {
		v, err := calendar.ParseInterval(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func plain(t testing.TB, n int, working bool) regulation.Clock {
	t.Helper()
	c, err := regulation.Plain(n, working)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestVectors is the table of section 9.2 of the facts, by the clocks of the
// rules where there is one.
func TestVectors(t *testing.T) {
	cal := calendar.Official()
	type want struct{ due, rolled string }
	for _, test := range []struct {
		receipt                                  string
		simple, complex, special, seven, fifteen want
	}{
		{"2026-01-20", want{"2026-02-04", "2026-02-04"}, want{"2026-02-19", "2026-02-24"}, want{"2026-03-21", "2026-03-23"}, want{"2026-01-29", "2026-01-29"}, want{"2026-02-10", "2026-02-10"}},
		{"2026-02-10", want{"2026-02-25", "2026-02-25"}, want{"2026-03-12", "2026-03-12"}, want{"2026-04-11", "2026-04-13"}, want{"2026-02-26", "2026-02-26"}, want{"2026-03-09", "2026-03-09"}},
		{"2026-03-31", want{"2026-04-15", "2026-04-15"}, want{"2026-04-30", "2026-04-30"}, want{"2026-05-30", "2026-06-01"}, want{"2026-04-10", "2026-04-10"}, want{"2026-04-22", "2026-04-22"}},
		{"2026-04-16", want{"2026-05-01", "2026-05-06"}, want{"2026-05-16", "2026-05-18"}, want{"2026-06-15", "2026-06-15"}, want{"2026-04-27", "2026-04-27"}, want{"2026-05-11", "2026-05-11"}},
		{"2026-09-10", want{"2026-09-25", "2026-09-28"}, want{"2026-10-10", "2026-10-10"}, want{"2026-11-09", "2026-11-09"}, want{"2026-09-20", "2026-09-20"}, want{"2026-10-08", "2026-10-08"}},
		{"2026-09-21", want{"2026-10-06", "2026-10-08"}, want{"2026-10-21", "2026-10-21"}, want{"2026-11-20", "2026-11-20"}, want{"2026-10-08", "2026-10-08"}, want{"2026-10-19", "2026-10-19"}},
		{"2026-10-08", want{"2026-10-23", "2026-10-23"}, want{"2026-11-07", "2026-11-09"}, want{"2026-12-07", "2026-12-07"}, want{"2026-10-16", "2026-10-16"}, want{"2026-10-28", "2026-10-28"}},
	} {
		receipt := day(t, test.receipt)
		rules := regulation.Embedded().At(receipt)
		for id, w := range map[string]want{"nfra.simple": test.simple, "nfra.complex": test.complex, "nfra.special": test.special,
			"pbc.simple": test.simple, "pbc.special": test.special, "nfra.transfer": test.seven, "recording.repair": test.fifteen} {
			c, err := rules.Clock(id)
			if err != nil {
				t.Fatal(err)
			}
			d := regulation.Compute(c, receipt, nil, cal)
			if d.Due.String() != w.due || d.Rolled.String() != w.rolled || !d.Announced || d.Excluded != 0 {
				t.Errorf("%s from %s: %+v (due %s, rolled %s), want %+v", id, receipt, d, d.Due, d.Rolled, w)
			}
		}
	}
}

func TestComputeExcluded(t *testing.T) {
	cal := calendar.Official()
	for _, test := range []struct {
		name        string
		n           int
		working     bool
		start       string
		excluded    []string
		due, rolled string
		out         int
	}{
		{"inside", 15, false, "2026-03-31", []string{"2026-04-05..2026-04-09"}, "2026-04-20", "2026-04-20", 5},
		{"before the start", 15, false, "2026-03-31", []string{"2026-03-01..2026-03-30"}, "2026-04-15", "2026-04-15", 0},
		{"around the start", 15, false, "2026-03-31", []string{"2026-03-20..2026-04-02"}, "2026-04-17", "2026-04-17", 2},
		{"after the due day", 15, false, "2026-03-31", []string{"2026-04-16..2026-04-30"}, "2026-04-15", "2026-04-15", 0},
		{"on the due day", 15, false, "2026-03-31", []string{"2026-04-15"}, "2026-04-16", "2026-04-16", 1},
		{"only the moved due day reaches the second", 15, false, "2026-03-31", []string{"2026-04-16", "2026-04-10..2026-04-12"}, "2026-04-19", "2026-04-20", 4},
		{"overlapping days count once", 15, false, "2026-03-31", []string{"2026-04-05..2026-04-09", "2026-04-07..2026-04-10", "2026-04-05..2026-04-09"}, "2026-04-21", "2026-04-21", 6},
		{"touching", 15, false, "2026-03-31", []string{"2026-04-08..2026-04-09", "2026-04-05..2026-04-07"}, "2026-04-20", "2026-04-20", 5},
		{"the whole period", 15, false, "2026-03-31", []string{"2026-04-01..2026-04-30"}, "2026-05-15", "2026-05-15", 30},
		{"working days: rest days in it were not counted anyway", 7, true, "2026-03-31", []string{"2026-04-03..2026-04-07"}, "2026-04-14", "2026-04-14", 2},
		{"working days: only rest days", 7, true, "2026-03-31", []string{"2026-04-04..2026-04-06"}, "2026-04-10", "2026-04-10", 0},
		{"working days: a make-up day", 7, true, "2026-09-10", []string{"2026-09-20"}, "2026-09-21", "2026-09-21", 1},
		{"one without an end holds no day", 15, false, "2026-03-31", nil, "2026-04-15", "2026-04-15", 0},
	} {
		excluded := spans(t, test.excluded...)
		if test.excluded == nil {
			excluded = []calendar.Interval{{From: day(t, "2026-04-02")}}
		}
		d := regulation.Compute(plain(t, test.n, test.working), day(t, test.start), excluded, cal)
		if d.Due.String() != test.due || d.Rolled.String() != test.rolled || d.Excluded != test.out {
			t.Errorf("%s: due %s, rolled %s, %d excluded; want %s, %s, %d", test.name, d.Due, d.Rolled, d.Excluded, test.due, test.rolled, test.out)
		}
	}
}

func TestComputeUnannounced(t *testing.T) {
	cal := calendar.Official()
	for _, test := range []struct {
		name        string
		n           int
		working     bool
		start       string
		excluded    []string
		due, rolled string
		announced   bool
	}{
		{"natural into 2027", 15, false, "2026-12-20", nil, "2027-01-04", "", false},
		{"working into 2027", 7, true, "2026-12-28", nil, "", "", false},
		{"working, last day of 2026", 3, true, "2026-12-28", nil, "2026-12-31", "2026-12-31", true},
		{"working, pushed into 2027", 3, true, "2026-12-28", []string{"2026-12-30"}, "", "", false},
		{"working, excluded into 2027", 3, true, "2026-12-28", []string{"2026-12-30..2027-02-01"}, "", "", false},
		{"natural, excluded into 2027", 3, false, "2026-12-28", []string{"2026-12-30..2027-02-01"}, "2027-02-03", "", false},
		{"natural before 2007", 15, false, "2006-06-01", nil, "2006-06-16", "", false},
		{"working before 2007", 7, true, "2006-06-01", nil, "", "", false},
		{"excluded later is no harm", 3, true, "2026-12-21", []string{"2026-12-30..2027-02-01"}, "2026-12-24", "2026-12-24", true},
	} {
		d := regulation.Compute(plain(t, test.n, test.working), day(t, test.start), spans(t, test.excluded...), cal)
		if d.Due.String() != test.due || d.Rolled.String() != test.rolled || d.Announced != test.announced {
			t.Errorf("%s: due %q, rolled %q, announced %v; want %q, %q, %v", test.name, d.Due, d.Rolled, d.Announced, test.due, test.rolled, test.announced)
		}
	}
}

func TestPlainBounds(t *testing.T) {
	for _, n := range []int{-1, 0, 3661, 1 << 40} {
		if _, err := regulation.Plain(n, true); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d days: %v", n, err)
		}
	}
}

func TestStrictest(t *testing.T) {
	cal := calendar.Official()
	rules := regulation.Embedded().At(day(t, "2026-04-30"))
	local, err := rules.Local("first_contact", "北京市朝阳区")
	if err != nil {
		t.Fatal(err)
	}
	c, d, ok := regulation.Strictest(local, day(t, "2026-04-30"), nil, cal)
	if !ok || c.ID != "beijing.first_contact" || d.Due != day(t, "2026-05-06") {
		t.Errorf("Beijing: %s due %s", c.ID, d.Due)
	}
	if c, d, _ := regulation.Strictest(local, day(t, "2026-12-31"), nil, cal); c.ID != "beijing.first_contact" || !d.Due.IsZero() {
		t.Errorf("Beijing, in a year without a notice: %s due %s", c.ID, d.Due)
	}
	elsewhere, err := rules.Local("first_contact", "上海市")
	if err != nil || len(elsewhere) != 1 || elsewhere[0].ID != "first_contact" {
		t.Errorf("Shanghai: %v %v", elsewhere, err)
	}
	if _, _, ok := regulation.Strictest(nil, day(t, "2026-04-30"), nil, cal); ok {
		t.Error("no clock has a strictest")
	}
	// an unknown deadline must not hide a known one
	known, unknown := plain(t, 15, false), plain(t, 7, true)
	for _, cs := range [][]regulation.Clock{{known, unknown}, {unknown, known}} {
		if c, _, _ := regulation.Strictest(cs, day(t, "2026-12-28"), nil, cal); c.Working {
			t.Error("the limit that cannot be told was taken")
		}
	}
}

// drawn is a random question about a deadline.
type drawn struct {
	clock    regulation.Clock
	start    calendar.Date
	excluded []calendar.Interval
}

var firstDay, lastDay = calendar.Of(2006, time.October, 1), calendar.Of(2027, time.March, 1)

func draw(t *rapid.T) drawn {
	c, err := regulation.Plain(rapid.IntRange(1, 70).Draw(t, "days"), rapid.Bool().Draw(t, "working"))
	if err != nil {
		t.Fatal(err)
	}
	q := drawn{clock: c, start: calendar.Date(rapid.IntRange(int(firstDay), int(lastDay)).Draw(t, "start"))}
	for range rapid.IntRange(0, 4).Draw(t, "intervals") {
		q.excluded = append(q.excluded, drawInterval(t, q.start))
	}
	return q
}

func drawInterval(t *rapid.T, start calendar.Date) calendar.Interval {
	from := start.AddDays(rapid.IntRange(-20, 90).Draw(t, "from"))
	return calendar.Interval{From: from, To: from.AddDays(rapid.IntRange(-1, 30).Draw(t, "length"))}
}

func TestLaterStartIsNeverDueEarlier(t *testing.T) {
	cal := calendar.Official()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		later := q.start.AddDays(rapid.IntRange(0, 40).Draw(t, "later"))
		a, b := regulation.Compute(q.clock, q.start, q.excluded, cal), regulation.Compute(q.clock, later, q.excluded, cal)
		if !a.Due.IsZero() && !b.Due.IsZero() && b.Due < a.Due {
			t.Fatalf("from %s due %s, from %s due %s", q.start, a.Due, later, b.Due)
		}
		if a.Announced && b.Announced && b.Rolled < a.Rolled {
			t.Fatalf("from %s rolled %s, from %s rolled %s", q.start, a.Rolled, later, b.Rolled)
		}
	})
}

func TestExclusionNeverShortens(t *testing.T) {
	cal := calendar.Official()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		before := regulation.Compute(q.clock, q.start, q.excluded, cal)
		more := append(q.excluded, drawInterval(t, q.start))
		after := regulation.Compute(q.clock, q.start, more, cal)
		if !after.Due.IsZero() && (before.Due.IsZero() || after.Due < before.Due) {
			t.Fatalf("due %s became %s by excluding %v", before.Due, after.Due, more)
		}
	})
}

// TestRestDayNeverShortens takes one working weekday of 2026 out by an amended
// notice.
func TestRestDayNeverShortens(t *testing.T) {
	cal := calendar.Official()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		q.start = calendar.Of(2025, time.December, 1).AddDays(rapid.IntRange(0, 380).Draw(t, "start in 2026"))
		rest := calendar.Of(2026, time.January, 1).AddDays(rapid.IntRange(0, 364).Draw(t, "rest"))
		if cal.Day(rest) != calendar.Working {
			return
		}
		y, _ := cal.Year(2026)
		y.Holidays = append(y.Holidays, calendar.Period{Name: "加假", Off: calendar.Interval{From: rest, To: rest}})
		amended, err := cal.With(y)
		if err != nil {
			t.Fatal(err)
		}
		a, b := regulation.Compute(q.clock, q.start, q.excluded, cal), regulation.Compute(q.clock, q.start, q.excluded, amended)
		if a.Announced && b.Announced && (b.Due < a.Due || b.Rolled < a.Rolled) {
			t.Fatalf("a rest day on %s moved %s/%s to %s/%s", rest, a.Due, a.Rolled, b.Due, b.Rolled)
		}
	})
}

func TestExplainAgreesWithCompute(t *testing.T) {
	cal := calendar.Official()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		d := regulation.Compute(q.clock, q.start, q.excluded, cal)
		rows := regulation.Explain(q.clock, q.start, q.excluded, cal)
		tally := map[regulation.Count]int{}
		var due, end calendar.Date
		for i, r := range rows {
			tally[r.Kind]++
			if i > 0 && r.Kind != regulation.CountUnannounced && r.Date != rows[i-1].Date+1 {
				t.Fatalf("row %d jumps from %s to %s", i, rows[i-1].Date, r.Date)
			}
			if (r.N > 0) != (r.Kind == regulation.CountCounted) || r.Why == "" {
				t.Fatalf("row %+v", r)
			}
			if r.N == q.clock.Days {
				due, end = r.Date, r.Date
			}
			if r.Kind == regulation.CountEnd {
				end = r.Date
			}
		}
		if tally[regulation.CountStart] != 1 || due != d.Due {
			t.Fatalf("trace ends on %s, Compute says %s", due, d.Due)
		}
		if (tally[regulation.CountUnannounced] == 0) != d.Announced {
			t.Fatalf("trace says unannounced %d times, Compute says announced=%v", tally[regulation.CountUnannounced], d.Announced)
		}
		if d.Due.IsZero() {
			return
		}
		if tally[regulation.CountCounted] != q.clock.Days || tally[regulation.CountExcluded] != d.Excluded {
			t.Fatalf("trace counts %v, want %d counted and %d excluded", tally, q.clock.Days, d.Excluded)
		}
		if d.Announced && end != d.Rolled {
			t.Fatalf("trace rolls to %s, Compute to %s", end, d.Rolled)
		}
	})
}

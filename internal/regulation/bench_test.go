package regulation_test

import (
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// walk counts day by day: the baseline that the sums must beat.
func walk(c regulation.Clock, start calendar.Date, excluded []calendar.Interval, cal *calendar.Calendar) calendar.Date {
	day := start
	for n := 0; n < c.Days; {
		day++
		counts := !c.Working || cal.IsWorking(day)
		for _, v := range excluded {
			counts = counts && !v.Contains(day)
		}
		if counts {
			n++
		}
	}
	for !cal.IsWorking(day) {
		day++
	}
	return day
}

// BenchmarkCompute measures deadlines a second on one core; "walk-ratio" says
// how many times the walk day by day takes in the same run.
func BenchmarkCompute(b *testing.B) {
	cal := calendar.Official()
	first := calendar.Of(2025, time.January, 2)
	excluded := []calendar.Interval{
		{From: first.AddDays(5), To: first.AddDays(12)},
		{From: first.AddDays(100), To: first.AddDays(130)},
		{From: first.AddDays(120), To: first.AddDays(140)},
	}
	for _, test := range []struct {
		name     string
		n        int
		working  bool
		excluded []calendar.Interval
	}{
		{"natural", 60, false, nil},
		{"working", 15, true, nil},
		{"natural-excluded", 60, false, excluded},
		{"working-excluded", 15, true, excluded},
	} {
		b.Run(test.name, func(b *testing.B) {
			c := plain(b, test.n, test.working)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if d := regulation.Compute(c, first.AddDays(i%500), test.excluded, cal); d.Due.IsZero() {
					b.Fatal("no due date")
				}
				i++
			}
			fast := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(1/fast, "deadlines/s")
			began := time.Now()
			const walks = 20000
			for i := range walks {
				walk(c, first.AddDays(i%500), test.excluded, cal)
			}
			b.ReportMetric(time.Since(began).Seconds()/walks/fast, "walk-ratio")
		})
	}
}

package demo_test

import (
	"os"
	"strconv"
	"testing"

	"xiaobao/internal/demo"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// BenchmarkLoad makes cases in bulk through the whole event path into an empty
// store: XIAOBAO_BENCH_LOAD of them, 4,000 without it. PostgreSQL runs with fsync off.
func BenchmarkLoad(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("XIAOBAO_BENCH_LOAD"))
	if err != nil || n <= 0 {
		n = 4000
	}
	for name, options := range map[string]func(testing.TB) storage.Options{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			var cases, events, seconds float64
			for b.Loop() {
				b.StopTimer()
				o := loadOptions(loadApp(b, storagetest.Open(b, options(b))), n)
				b.StartTimer()
				r, err := demo.Load(ctx, o)
				if err != nil {
					b.Fatal(err)
				}
				cases, events, seconds = cases+float64(r.Cases), events+float64(r.Events), seconds+r.Took.Seconds()
			}
			b.ReportMetric(cases/seconds, "cases/s")
			b.ReportMetric(events/seconds, "events/s")
		})
	}
}

package demo_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/demo"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// sizeWorld is the cases that are read: those of a folder that `xiaobao generate`
// made (XIAOBAO_BENCH_MANY, and XIAOBAO_BENCH_MANY_DSN where they stand on a server),
// else 10,000 made now on SQLite.
type sizeWorld struct {
	*testing.B
	app   *app.App
	store *storage.Store
	bare  *sql.DB // nil on a server
	cases int
}

func openMany(b *testing.B) sizeWorld {
	b.Helper()
	o := storagetest.SQLite(b)
	dir := os.Getenv("XIAOBAO_BENCH_MANY")
	if dir != "" {
		raw, err := os.ReadFile(filepath.Join(dir, "master.key"))
		if err != nil {
			b.Fatal(err)
		}
		key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
		if err != nil {
			b.Fatal(err)
		}
		o.Dir, o.Master, o.DSN = dir, [32]byte(key), os.Getenv("XIAOBAO_BENCH_MANY_DSN")
	}
	s := storagetest.Open(b, o)
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(b.TempDir(), rand.Reader), Rand: rand.Reader, Institution: demo.Institution()})
	if err != nil {
		b.Fatal(err)
	}
	if dir == "" {
		if _, err := demo.Load(ctx, demo.LoadOptions{App: a, Seed: 1, Cases: 10_000, Password: func(string) (string, error) { return "load-password-1", nil }}); err != nil {
			b.Fatal(err)
		}
	}
	w := sizeWorld{B: b, app: a, store: s}
	if o.DSN == "" {
		if w.bare, err = sql.Open("sqlite", "file:"+filepath.Join(o.Dir, storage.FileName)+"?mode=ro&_pragma=cache_size(-4096)"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = w.bare.Close() })
	}
	err = s.View(ctx, func(tx *storage.Tx) error { return tx.Scan(`SELECT max(id) FROM complaint`, nil, &w.cases) })
	if err != nil {
		b.Fatal(err)
	}
	return w
}

func (w sizeWorld) who(id party.PersonID) party.Actor {
	w.Helper()
	who, err := w.app.Actor(ctx, id)
	if err != nil {
		w.Fatal(err)
	}
	return who
}

// spread runs fn and reports median and 95th percentile, and where the bare engine
// is asked the same in turn, the ratio of the medians. The first call is left out:
// it fills what is kept between calls.
func (w sizeWorld) spread(name string, fn, bare func(n int) error) {
	w.Run(name, func(b *testing.B) {
		var took, floor []time.Duration
		time1 := func(fn func(int) error, n int, into *[]time.Duration) {
			began := time.Now()
			if err := fn(n); err != nil {
				b.Fatal(err)
			}
			*into = append(*into, time.Since(began))
		}
		if err := fn(0); err != nil {
			b.Fatal(err)
		}
		for n := 0; b.Loop(); n++ {
			time1(fn, n, &took)
			if bare != nil && w.bare != nil {
				b.StopTimer()
				time1(bare, n, &floor)
				b.StartTimer()
			}
		}
		b.ReportMetric(ms(took, 50), "p50-ms")
		b.ReportMetric(ms(took, 95), "p95-ms")
		if len(floor) > 0 {
			b.ReportMetric(ms(took, 50)/ms(floor, 50), "x-bare")
		}
	})
}

func ms(list []time.Duration, percent int) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return float64(list[len(list)*percent/100].Microseconds()) / 1000
}

// drain reads all rows of a query on the bare engine.
func (w sizeWorld) drain(q string, args ...any) error {
	rows, err := w.bare.QueryContext(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// BenchmarkMany measures what people wait for, in the server, with permission filter
// and the opening of what is sealed: at head office, in a branch and in a sub-branch.
func BenchmarkMany(b *testing.B) {
	w := openMany(b)
	b.Logf("%d cases", w.cases)
	for _, who := range []struct {
		name string
		id   party.PersonID
	}{{"head_office", "p2"}, {"branch", "lead0501"}, {"sub_branch", "clerk050101"}} {
		actor := w.who(who.id)
		w.spread("worklist/"+who.name, func(int) error {
			_, err := w.app.Worklist(ctx, actor, storage.Filter{Reach: storage.All, Limit: 50})
			return err
		}, func(int) error {
			return w.drain(`SELECT * FROM complaint WHERE open ORDER BY next_due, id LIMIT 50`)
		})
		w.search(who.name, actor)
		w.spread("overview/"+who.name, func(int) error {
			_, err := w.app.Overview(ctx, actor, "quarter")
			return err
		}, nil)
		w.similar(who.name, actor)
	}
	r := mrand.New(mrand.NewPCG(3, 3))
	office := w.who("p2")
	w.spread("case", func(int) error {
		_, err := w.app.Case(ctx, office, complaint.ID(1+r.IntN(w.cases)))
		return err
	}, func(int) error {
		return w.drain(`SELECT e.*, s.ct FROM event e LEFT JOIN sealed s ON s.seq = e.seq WHERE e.stream = ? ORDER BY e.version`, complaint.ID(1+r.IntN(w.cases)).Stream())
	})
}

// search looks for two characters: in one text of many, in nearly all, in few.
func (w sizeWorld) search(name string, actor party.Actor) {
	for _, q := range []struct{ name, text string }{{"common", "年费"}, {"everywhere", "没有"}, {"rare", "吞卡"}, {"none", "驼栋"}} {
		w.spread("search/"+q.name+"/"+name, func(int) error {
			_, err := w.app.Find(ctx, actor, q.text, 0, 50)
			return err
		}, nil)
	}
}

// similar looks for what resembles a case drawn by chance, and its narrative as a
// text that is no case yet.
func (w sizeWorld) similar(name string, actor party.Actor) {
	var own []complaint.ID
	page, err := w.app.Worklist(ctx, actor, storage.Filter{Reach: storage.All, Closed: true, Limit: 200})
	if err != nil {
		w.Fatal(err)
	}
	for _, row := range page.Rows {
		own = append(own, row.ID)
	}
	w.spread("similar/"+name, func(n int) error {
		_, _, err := w.app.Similar(ctx, actor, own[n*7%len(own)], 5)
		return err
	}, nil)
}

// BenchmarkManyRegister registers through the use case at 32 clients into the cases
// of XIAOBAO_BENCH_MANY, which then has more: it runs with XIAOBAO_BENCH_WRITE=1 only.
func BenchmarkManyRegister(b *testing.B) {
	if os.Getenv("XIAOBAO_BENCH_MANY") != "" && os.Getenv("XIAOBAO_BENCH_WRITE") == "" {
		b.Skip("it adds cases to the folder: set XIAOBAO_BENCH_WRITE=1")
	}
	w := openMany(b)
	who := w.who("p2")
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for c := range 32 {
		wg.Go(func() {
			r := mrand.New(mrand.NewPCG(uint64(time.Now().UnixNano()), uint64(c)))
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				_, err := w.app.Register(context.Background(), who, complaint.Register{Channel: "phone", Unit: "0501", Complainant: complaint.Complainant{Name: "王芳", Phone: fmt.Sprintf("139%08d", r.IntN(1e8))},
					Narrative: fmt.Sprintf("第%d次反映：%d月%d日在网点办理业务，被收取%d元手续费，事先没有告知，要求退还并说明依据。流水号%d。", 1+r.IntN(9), 1+r.IntN(12), 1+r.IntN(28), r.IntN(9000), r.IntN(1e9))})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	each := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(each, "registrations/s")
	if dsn := os.Getenv("XIAOBAO_BENCH_MANY_DSN"); dsn != "" {
		bare := barePostgres(b, dsn, min(b.N, 4096))
		b.ReportMetric(bare, "bare/s")
		b.ReportMetric(each/bare, "ratio")
	}
}

// BenchmarkManyImport imports a table of 13,000 rows, none of which was there before,
// with the check for duplicates, into the cases of XIAOBAO_BENCH_MANY: with
// XIAOBAO_BENCH_WRITE=1 only, and best -benchtime 1x.
func BenchmarkManyImport(b *testing.B) {
	if os.Getenv("XIAOBAO_BENCH_MANY") != "" && os.Getenv("XIAOBAO_BENCH_WRITE") == "" {
		b.Skip("it adds cases to the folder: set XIAOBAO_BENCH_WRITE=1")
	}
	w := openMany(b)
	who := w.who("p2")
	const rows = 13_000
	for b.Loop() {
		b.StopTimer()
		text := ledgerTable(rows, time.Now().UnixNano())
		b.StartTimer()
		r, err := w.app.Import(ctx, who, strings.NewReader(text), int64(len(text)), "台账.csv", app.ImportOptions{})
		if err != nil || r.Counts.New < rows*99/100 {
			b.Fatalf("%+v: %v", r.Counts, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// ledgerTable is a table of complaints, other ones for each seed.
func ledgerTable(rows int, seed int64) string {
	r := mrand.New(mrand.NewPCG(uint64(seed), 7))
	day := calendar.FromTime(time.Now()).AddDays(-200)
	var out strings.Builder
	out.WriteString("编号,投诉人,联系电话,投诉时间,投诉渠道,投诉内容,产品\n")
	for i := range rows {
		fmt.Fprintf(&out, "T%d-%d,客户%d,139%08d,%s,电话,第%d次反映：%d月%d日在网点办理业务，被收取%d元手续费，事先没有告知，要求退还并说明依据。流水号%d。,信用卡\n",
			seed, i, r.IntN(1e6), r.IntN(1e8), day.AddDays(r.IntN(200)), 1+r.IntN(9), 1+r.IntN(12), 1+r.IntN(28), r.IntN(9000), r.IntN(1e9))
	}
	return out.String()
}

// BenchmarkManyVerify checks every chain, sealed part and leaf, as `xiaobao verify`
// does; BenchmarkManyRebuild derives every read table and the index anew and compares
// them, as `xiaobao rebuild` does. Run them with -benchtime 1x.
func BenchmarkManyVerify(b *testing.B) {
	w := openMany(b)
	var events int64
	for b.Loop() {
		r, err := w.store.Verify(ctx, storage.VerifyOptions{})
		if err != nil || !r.OK() {
			b.Fatalf("%+v: %v", r, err)
		}
		events += r.Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkManyRebuild: see BenchmarkManyVerify. All writes everything anew, the other
// what is found to be wrong, which is nothing.
func BenchmarkManyRebuild(b *testing.B) {
	w := openMany(b)
	for name, o := range map[string]storage.RebuildOptions{"wrong": {}, "all": {All: true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r, err := w.store.RebuildReadTables(ctx, o)
				if err != nil || r.Differing() != nil {
					b.Fatalf("%v: %v", r.Differing(), err)
				}
				b.ReportMetric(float64(r.Written), "written")
			}
			b.ReportMetric(float64(w.cases)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
		})
	}
}

package app_test

import (
	"crypto/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// BenchmarkImport13000 imports a ledger of 13,000 rows, every tenth of which is
// a further letter about the one before, with the duplicate check, into an empty
// SQLite store with full durability. XIAOBAO_BENCH_ROWS sets another size.
func BenchmarkImport13000(b *testing.B) {
	rows := 13_000
	if v := os.Getenv("XIAOBAO_BENCH_ROWS"); v != "" {
		rows, _ = strconv.Atoi(v)
	}
	text := synthetic(rows)
	for b.Loop() {
		b.StopTimer()
		a := benchApp(b)
		who, err := a.Actor(ctx, "office")
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		r, err := a.Import(ctx, who, strings.NewReader(text), int64(len(text)), "台账.csv", app.ImportOptions{})
		if err != nil || r.Counts.New != rows-rows/10 || r.Counts.Attached != rows/10 {
			b.Fatalf("%+v %v", r.Counts, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchApp(b *testing.B) *app.App {
	b.Helper()
	o := storagetest.SQLite(b)
	o.Now = func() time.Time { return calendar.Of(2026, 3, 31).Time().Add(10 * time.Hour) }
	s := storagetest.Open(b, o)
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(b.TempDir(), rand.Reader), Now: o.Now, Institution: "示例银行"})
	if err != nil {
		b.Fatal(err)
	}
	_, err = a.Bootstrap(ctx, []party.Unit{{ID: "01", Name: "总行", Level: party.HeadOffice}, {ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京"},
		{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海"}}, []party.Person{
		{ID: "office", Login: "office", Name: "周敏", Unit: "01", Roles: []party.Role{party.Office}},
		{ID: "bj", Login: "bj", Name: "李雯", Unit: "0101", Roles: []party.Role{party.Handler}},
		{ID: "sh", Login: "sh", Name: "王沪", Unit: "0102", Roles: []party.Role{party.Handler}}}, func(string) (string, error) { return "bench-password-1", nil })
	if err != nil {
		b.Fatal(err)
	}
	return a
}

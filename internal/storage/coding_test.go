package storage_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// codedRow is a line of case_coding as the tests put it there.
type codedRow struct {
	id                   int64
	unit, s2             string
	received, registered string
	situation, out       string
}

func putCoded(t testing.TB, s *storage.Store, rows []codedRow) {
	t.Helper()
	for chunk := range slices.Chunk(rows, 5000) {
		must(t, s.Write(ctx, func(w *storage.Writer) error {
			for _, r := range chunk {
				if _, err := w.Exec(`INSERT INTO case_coding (id, unit, s2, received_on, registered_on, situation, left_out) VALUES (?, ?, ?, ?, ?, ?, ?)`,
					r.id, r.unit, r.s2, r.received, r.registered, r.situation, r.out); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// randomCoded is n cases over forty units and a year. Each product meets five reasons,
// four stages and four channels of business, and four channels of receipt: with the
// picks of people some 18,000 situations.
func randomCoded(n int, seed uint64) []codedRow {
	r, book := rand.New(rand.NewPCG(seed, 21)), complaint.Book()
	first := calendar.Of(2025, 12, 1)
	near := func(list []complaint.Code, at, n int) string { return list[(at+r.IntN(n))%len(list)].ID }
	rows := make([]codedRow, n)
	for i := range rows {
		s2 := fmt.Sprintf("01%02d", 1+r.IntN(4))
		day := first.AddDays(r.IntN(365))
		p := min(r.IntN(len(book.Products)), r.IntN(len(book.Products)))
		k := coding.Key{Entry: coding.Entry{Product: book.Products[p].ID, Reason: near(book.Reasons, p, 5), LifeCycle: near(book.LifeCycle, p, 4), Business: near(book.Business, p, 4), Channel: string(party.Channels()[r.IntN(4)].ID)}}
		if r.IntN(50) == 0 {
			k.Choices = []coding.Choice{{Scheme: "jrt0169", Facet: "B", Code: "B.other"}}
		}
		row := codedRow{id: int64(i + 1), unit: s2 + fmt.Sprintf("%02d", 1+r.IntN(10)), s2: s2, received: day.String(), registered: day.AddDays(r.IntN(5)).String(), situation: k.String()}
		if r.IntN(12) == 0 {
			row.out = "merged"
		}
		rows[i] = row
	}
	return rows
}

var headOffice = party.Actor{ID: "person/office", Unit: "01", Path: []party.UnitID{"01"}}

// Counts equal a count of the rows one by one, in every span, scope and period, and
// the ids behind each group are as many as it says, on both engines.
func TestCodingGroups(t *testing.T) {
	all := randomCoded(600, 7)
	since := []calendar.Date{0, calendar.Of(2026, 3, 1), calendar.Of(2026, 7, 1)}
	branch := party.Actor{ID: "person/lead", Unit: "0102", Path: []party.UnitID{"01", "0102"}}
	span := calendar.Interval{From: calendar.Of(2026, 2, 1), To: calendar.Of(2026, 8, 31)}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		putCoded(t, s, all)
		for _, test := range []struct {
			name   string
			who    party.Actor
			within []party.UnitID
			filter storage.CodingFilter
			keep   func(codedRow) bool
		}{
			{"head office", headOffice, nil, storage.CodingFilter{}, func(codedRow) bool { return true }},
			{"period", headOffice, nil, storage.CodingFilter{Received: span}, func(r codedRow) bool { return r.received >= "2026-02-01" && r.received <= "2026-08-31" }},
			{"branch by column", branch, nil, storage.CodingFilter{}, func(r codedRow) bool { return r.s2 == "0102" }},
			{"branch by units", branch, []party.UnitID{"010201", "010205"}, storage.CodingFilter{Received: span}, func(r codedRow) bool {
				return (r.unit == "010201" || r.unit == "010205") && r.received >= "2026-02-01" && r.received <= "2026-08-31"
			}},
			{"unit asked for", headOffice, nil, storage.CodingFilter{Unit: "0103", UnitDepth: 2}, func(r codedRow) bool { return r.s2 == "0103" }},
			{"nobody", party.Actor{ID: "consumer"}, nil, storage.CodingFilter{}, func(codedRow) bool { return false }},
		} {
			want := map[coding.Group]int{}
			for _, r := range all {
				if test.keep(r) {
					i := 0
					for i+1 < len(since) && r.registered >= since[i+1].String() {
						i++
					}
					want[coding.Group{Key: r.situation, LeftOut: r.out, Since: since[i]}]++
				}
			}
			must(t, s.View(ctx, func(tx *storage.Tx) error {
				groups, err := tx.CodingGroups(test.who, test.within, test.filter, since)
				must(t, err)
				total := 0
				for _, g := range groups {
					n := g.N
					total += n
					g.N = 0
					if want[g] != n {
						t.Errorf("%s: %+v has %d, want %d", test.name, g, n, want[g])
					}
				}
				if len(groups) != len(want) {
					t.Errorf("%s: %d groups, want %d", test.name, len(groups), len(want))
				}
				var ids []complaint.ID
				for after := complaint.ID(0); ; {
					page, err := tx.CodingIDs(test.who, test.within, test.filter, since, groups, after, 70)
					must(t, err)
					ids = append(ids, page...)
					if len(page) < 70 {
						break
					}
					after = page[len(page)-1]
				}
				if len(ids) != total || !slices.IsSorted(ids) {
					t.Errorf("%s: %d cases behind %d", test.name, len(ids), total)
				}
				return nil
			}))
		}
	})
}

// BenchmarkCodingReport is the reconciliation report over XIAOBAO_BENCH_CASES cases
// (20,000 without it): one grouped query and the coding of its groups.
func BenchmarkCodingReport(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("XIAOBAO_BENCH_CASES"))
	if err != nil {
		n = 20000
	}
	options := map[string]func(testing.TB) storage.Options{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres}
	c := complaint.Codings()
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			s := storagetest.Open(b, options[engine](b))
			putCoded(b, s, randomCoded(n, 3))
			for name, filter := range map[string]storage.CodingFilter{"all": {}, "quarter": {Received: calendar.Interval{From: calendar.Of(2026, 4, 1), To: calendar.Of(2026, 6, 30)}}} {
				b.Run(name, func(b *testing.B) { benchCodingReport(b, s, c, filter) })
			}
		})
	}
}

func benchCodingReport(b *testing.B, s *storage.Store, c *coding.Catalogue, filter storage.CodingFilter) {
	for b.Loop() {
		must(b, s.View(ctx, func(tx *storage.Tx) error {
			groups, err := tx.CodingGroups(headOffice, nil, filter, c.Boundaries(coding.Bank))
			if err != nil {
				return err
			}
			if r := c.Reconcile(coding.Bank, coding.AtRegistration, groups); !r.Agrees() || r.Received == 0 {
				b.Fatalf("%d received", r.Received)
			}
			b.ReportMetric(float64(len(groups)), "groups")
			return nil
		}))
	}
}

// TestCodingsHead: every change of any scheme moves it, and nothing else does.
func TestCodingsHead(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		base := complaint.Codings()
		schemes := base.Schemes("")
		for i, stream := range []string{"", coding.Stream(schemes[0].ID), coding.Stream(schemes[0].ID), "coding", coding.Stream(schemes[len(schemes)-1].ID)} {
			if stream != "" {
				must(t, s.Write(ctx, func(w *storage.Writer) error {
					_, err := w.AppendTail(stream, "person/office", "test.changed", struct{}{})
					return err
				}))
			}
			must(t, s.View(ctx, func(tx *storage.Tx) error {
				n, err := tx.CodingsHead(base)
				if want := []int64{0, 1, 2, 2, 3}[i]; n != want {
					t.Errorf("after %q: %d, want %d", stream, n, want)
				}
				return err
			}))
		}
	})
}

package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// benchText makes narratives of 150 characters whose characters are as unevenly
// frequent as in real ones.
type benchText struct {
	r *rand.Rand
	z *rand.Zipf
}

func newBenchText(seed uint64) *benchText {
	r := rand.New(rand.NewPCG(seed, 1))
	return &benchText{r, rand.NewZipf(r, 1.1, 12, 3000)}
}

func (b *benchText) narrative() string {
	out := make([]rune, 150)
	for i := range out {
		out[i] = rune(0x4e00 + b.z.Uint64())
		if i%17 == 16 {
			out[i] = '，'
		}
	}
	return string(out)
}

const benchClients = 32

// BenchmarkAppend registers a narrative of 150 characters (event, sealed part, key,
// search tokens) from 32 goroutines through Update; every one is durable. bare is
// the ceiling: the same statements and rows fed to the engine by one goroutine in
// groups of 32. Compare their ns/op.
func BenchmarkAppend(b *testing.B) {
	b.Run("store", func(b *testing.B) { benchStore(b, storagetest.SQLite(b)) })
	b.Run("bare", benchBare)
	b.Run("postgres", func(b *testing.B) { benchStore(b, storagetest.Postgres(b)) })
}

func benchStore(b *testing.B, o storage.Options) {
	s := storagetest.Open(b, o)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for c := range benchClients {
		wg.Go(func() {
			text := newBenchText(uint64(c))
			for id := next.Add(1); id <= int64(b.N); id = next.Add(1) {
				if err := register(s, id, text.narrative()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

func register(s *storage.Store, id int64, text string) error {
	return s.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.Append("case/"+strconv.FormatInt(id, 10), 1, "p1", "note.added", noted{Title: "t", N: id, Text: text}); err != nil {
			return err
		}
		tokens := s.Keys().Tokens(nil, text)
		tx.IndexDoc(storage.Doc{ID: id, Owner: id, Tokens: tokens, Keys: benchKeys(id)})
		return nil
	})
}

// benchKeys are nine exact keys, as a person with a narrative has.
func benchKeys(id int64) []seal.Token {
	r := rand.New(rand.NewPCG(uint64(id), 7))
	out := make([]seal.Token, 9)
	for i := range out {
		out[i] = seal.Token(r.Uint64())
	}
	return out
}

// benchBare replays rows recorded from a store.
func benchBare(b *testing.B) {
	rows := recordRows(b, min(b.N, 4000))
	o := storagetest.SQLite(b)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.Dir, storage.FileName)+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)")
	must(b, err)
	defer db.Close()
	conn, err := db.Conn(ctx)
	must(b, err)
	defer conn.Close()
	st := make([]*sql.Stmt, len(bareStatements))
	for i, q := range bareStatements {
		st[i], err = conn.PrepareContext(ctx, q)
		must(b, err)
	}
	exec := func(q string) {
		_, err := conn.ExecContext(context.Background(), q)
		must(b, err)
	}
	b.ResetTimer()
	for i := 0; i < b.N; i += benchClients {
		exec("BEGIN IMMEDIATE")
		for n := i; n < min(i+benchClients, b.N); n++ {
			for k, args := range rows[n%len(rows)](int64(n)) {
				_, err := st[k].Exec(args...)
				must(b, err)
			}
		}
		exec("COMMIT")
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

var bareStatements = []string{
	`INSERT INTO event (stream, version, kind, at, by_, body, sealed_sum, prev, hash, alg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	`INSERT INTO sealed (seq, ct) VALUES (last_insert_rowid(), ?)`,
	`INSERT INTO stream_key (stream, alg, wrapped) VALUES (?, ?, ?)`,
	`INSERT INTO search_doc (doc, owner, keys) VALUES (?, ?, ?) ON CONFLICT (doc) DO NOTHING`,
	`INSERT INTO search_key (key, doc) VALUES (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?)`,
	`INSERT INTO search_key (key, doc) VALUES (?, ?)`,
	`INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)`,
}

// recordRows returns what a store wrote for n registrations, to be replayed under
// other ids.
func recordRows(b *testing.B, n int) []func(id int64) [][]any {
	hash, ct, wrapped := make([]byte, 32), make([]byte, 510), make([]byte, 61)
	keys, err := seal.NewKeys(storagetest.Master)
	must(b, err)
	text := newBenchText(1)
	out := make([]func(int64) [][]any, n)
	for i := range out {
		var tokens []byte
		for _, t := range keys.Tokens(nil, text.narrative()) {
			tokens = append(t.AppendText(tokens)[:len(tokens)+storage.TokenChars], ' ')
		}
		out[i] = func(id int64) [][]any {
			stream := "case/" + strconv.FormatInt(id, 10)
			body := fmt.Appendf(nil, `{"n":%d,"title":"t"}`, id)
			return [][]any{{stream, 1, "note.added", id, "p1", body, hash, hash, hash, "sha256/1"}, {ct}, {stream, "aes256gcm/1", wrapped},
				{id + 1, id + 1, make([]byte, 72)}, keyArgs(id + 1)[:16], keyArgs(id + 1)[16:], {id + 1, string(tokens)}}
		}
	}
	return out
}

func keyArgs(id int64) (out []any) {
	for _, k := range benchKeys(id) {
		out = append(out, int64(k), id)
	}
	return out
}

// BenchmarkSearch looks for pairs of characters, common and rare ones, with a
// scope, the newest 50. XIAOBAO_BENCH_DOCS sets how many documents there are,
// XIAOBAO_BENCH_DIR a folder in which they are kept for the next run.
func BenchmarkSearch(b *testing.B) {
	docs := 20000
	if v := os.Getenv("XIAOBAO_BENCH_DOCS"); v != "" {
		n, err := strconv.Atoi(v)
		must(b, err)
		docs = n
	}
	o := storagetest.SQLite(b)
	if dir := os.Getenv("XIAOBAO_BENCH_DIR"); dir != "" {
		o.Dir = dir
	}
	s := storagetest.Open(b, o)
	started := time.Now()
	if fileBytes(o) < int64(docs)*100 { // else it was filled by an earlier run
		fillSearch(b, s, docs)
	}
	b.Logf("%d documents in %v, %.0f µs each; %s", docs, time.Since(started).Round(time.Millisecond), float64(time.Since(started).Microseconds())/float64(docs), fmt.Sprint(fileBytes(o)>>20, " MB"))
	head, branch, office := scopes(s)
	for _, q := range []struct {
		name, text string
		scope      seal.Token
	}{
		{"common/head", string([]rune{0x4e00, 0x4e01}), head}, {"common/branch", string([]rune{0x4e00, 0x4e01}), branch},
		{"common/office", string([]rune{0x4e00, 0x4e01}), office},
		{"medium/head", string([]rune{0x4e00 + 100, 0x4e00 + 90}), head}, {"medium/office", string([]rune{0x4e00 + 100, 0x4e00 + 90}), office},
		{"rare/head", string([]rune{0x4e00 + 1500, 0x4e00 + 1200}), head}, {"rare/branch", string([]rune{0x4e00 + 1500, 0x4e00 + 1200}), branch},
		{"single/branch", string(rune(0x4e00 + 5)), branch}, {"three/branch", string([]rune{0x4e00, 0x4e01, 0x4e02}), branch},
	} {
		all := append(s.Keys().QueryTokens(nil, q.text), q.scope)
		b.Run(q.name, func(b *testing.B) {
			benchTimes(b, s, func(tx *storage.Tx) ([]storage.Hit, error) { return tx.Search(all, nil, 0, 50) })
		})
	}
	keys := []seal.Token{phone(s, docs/2), phone(s, docs/3), phone(s, 1), phone(s, docs-1)}
	for i := range 5 {
		keys = append(keys, s.Keys().Blind("none", strconv.Itoa(i)))
	}
	b.Run("alike", func(b *testing.B) {
		benchTimes(b, s, func(tx *storage.Tx) ([]storage.Hit, error) { return tx.Alike(keys, 20, 50) })
	})
	b.Run("alike/by search", func(b *testing.B) {
		benchTimes(b, s, func(tx *storage.Tx) (out []storage.Hit, err error) {
			for _, k := range keys {
				hits, err := tx.Search([]seal.Token{k}, []seal.Token{head, branch}, 0, 20)
				if err != nil {
					return nil, err
				}
				out = append(out, hits...)
			}
			return out, nil
		})
	})
}

func fileBytes(o storage.Options) int64 {
	i, err := os.Stat(filepath.Join(o.Dir, storage.FileName))
	if err != nil {
		return 0
	}
	return i.Size()
}

func scopes(s *storage.Store) (head, branch, office seal.Token) {
	k := s.Keys()
	return k.Blind("scope", "head"), k.Blind("scope", "b3"), k.Blind("scope", "o33")
}

func phone(s *storage.Store, i int) seal.Token { return s.Keys().Blind("phone", strconv.Itoa(i)) }

// fillSearch indexes documents of a head office with 30 branches of 20 offices.
func fillSearch(b *testing.B, s *storage.Store, docs int) {
	text := newBenchText(9)
	k := s.Keys()
	const group = 200
	for from := 0; from < docs; from += group {
		must(b, s.Update(ctx, func(tx *storage.Tx) error {
			for i := from; i < min(from+group, docs); i++ {
				tokens := k.Tokens(nil, text.narrative())
				branch := i % 30
				tokens = append(tokens, k.Blind("scope", "head"), k.Blind("scope", fmt.Sprint("b", branch)), k.Blind("scope", fmt.Sprint("o", branch+30*(i/30%20))), phone(s, i))
				tx.IndexDoc(storage.Doc{ID: int64(i + 1), Owner: int64(i + 1), Tokens: tokens, Keys: tokens[len(tokens)-9:]})
			}
			return nil
		}))
	}
}

func benchTimes(b *testing.B, s *storage.Store, fn func(*storage.Tx) ([]storage.Hit, error)) {
	times := make([]time.Duration, 0, 1024)
	n := 0
	for b.Loop() {
		start := time.Now()
		must(b, s.View(ctx, func(tx *storage.Tx) error {
			hits, err := fn(tx)
			n = len(hits)
			return err
		}))
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(n), "hits")
}

package api_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

const benchClients = 32

// benchRounds is how often API and bare engine take turns, so that what else the
// machine does falls on both.
const benchRounds = 4

// BenchmarkRegister registers complaints with narratives of 150 characters through
// the API: HTTP on loopback, 32 clients that keep their connections, a token, every
// answer durable (synchronous=FULL). In turn the bare engine is fed exactly the
// rows that this left behind, by the same statements, from one goroutine in groups
// of 32. ratio is the first by the second; clients and server share the machine.
func BenchmarkRegister(b *testing.B) {
	o := storagetest.SQLite(b)
	store := storagetest.Open(b, o)
	a, err := app.New(ctx, app.Options{Store: store, Blobs: blob.New(b.TempDir(), rand.Reader), Log: slog.New(slog.DiscardHandler), Institution: "示例银行股份有限公司"})
	must(b, err)
	addr, token := benchServer(b, a)
	bodies := benchBodies(b.N)
	engine := openBare(b)
	var bare time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for r := range benchRounds {
		from, to := b.N*r/benchRounds, b.N*(r+1)/benchRounds
		registerAll(b, addr, token, bodies[from:to])
		b.StopTimer()
		bare += engine.feed(b, recordRows(b, o, from, to))
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "registrations/s")
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/b.Elapsed().Seconds(), "ratio")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// benchServer founds an institution and serves the API on loopback.
func benchServer(b *testing.B, a *app.App) (addr, token string) {
	for _, u := range []party.Unit{{ID: "01", Name: "总行", Level: party.HeadOffice}, {ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京"}} {
		must(b, a.SetUnit(ctx, party.System, u, ""))
	}
	must(b, a.SetPerson(ctx, party.System, party.Person{ID: "bj", Login: "bj", Name: "李雯", Unit: "0101", Roles: []party.Role{party.Handler}}, ""))
	_, token, err := a.CreateToken(ctx, party.System, "bj", "bench", []string{app.ScopeRead, app.ScopeWrite}, time.Time{}, "")
	must(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	srv := &http.Server{Handler: api.New(api.Options{App: a, Log: slog.New(slog.DiscardHandler)}), ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	b.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String(), token
}

// benchBodies makes registrations whose characters are as unevenly frequent as in
// real narratives.
func benchBodies(n int) [][]byte {
	r := mrand.New(mrand.NewPCG(7, 1))
	z := mrand.NewZipf(r, 1.1, 12, 3000)
	out := make([][]byte, n)
	for i := range out {
		text := make([]rune, 150)
		for j := range text {
			if text[j] = rune(0x4e00 + z.Uint64()); j%17 == 16 {
				text[j] = '，'
			}
		}
		out[i] = fmt.Appendf(nil, `{"channel":"phone","complainant":{"name":"张%d","phone":"1380%07d"},"codes":{"product":"credit_card"},"narrative":"%s"}`, i, i, string(text))
	}
	return out
}

func registerAll(b *testing.B, addr, token string, bodies [][]byte) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range benchClients {
		wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			r := bufio.NewReaderSize(c, 8192)
			for i := next.Add(1) - 1; i < int64(len(bodies)); i = next.Add(1) - 1 {
				if err := post(c, r, token, bodies[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// post sends one registration and reads its answer; a lean client, so that the
// load costs less than what it measures.
func post(c net.Conn, r *bufio.Reader, token string, body []byte) error {
	req := make([]byte, 0, 512+len(body))
	req = fmt.Appendf(req, "POST %s/complaints HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", api.Prefix, token, len(body))
	if _, err := c.Write(append(req, body...)); err != nil {
		return err
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// bareTables are the tables that a registration writes, by the statements of the
// store, each with the query that gives its rows of one case back.
var bareTables = []struct{ insert, rows string }{
	{`INSERT INTO event (stream, version, kind, at, by_, body, sealed_sum, prev, hash, alg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		`SELECT stream, version, kind, at, by_, body, sealed_sum, prev, hash, alg FROM event WHERE stream = 'complaint/' || ?1`},
	{`INSERT INTO sealed (seq, ct) VALUES (last_insert_rowid(), ?)`, `SELECT s.ct FROM event e JOIN sealed s ON s.seq = e.seq WHERE e.stream = 'complaint/' || ?1`},
	{`INSERT INTO stream_key (stream, alg, wrapped) VALUES (?, ?, ?)`, `SELECT stream, alg, wrapped FROM stream_key WHERE stream = 'complaint/' || ?1`},
	{`INSERT INTO complaint VALUES (?` + strings.Repeat(", ?", 35) + `)`, `SELECT * FROM complaint WHERE id = ?1`},
	{`INSERT INTO complaint_reference (case_id, n, channel, number, received_on) VALUES (?, ?, ?, ?, ?)`,
		`SELECT case_id, n, channel, number, received_on FROM complaint_reference WHERE case_id = ?1`},
}

// bareEngine is the driver alone on a database of its own.
type bareEngine struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func openBare(b *testing.B) *bareEngine {
	o := storagetest.SQLite(b)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.Dir, storage.FileName)+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)")
	must(b, err)
	b.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(ctx)
	must(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	return &bareEngine{conn, map[string]*sql.Stmt{}}
}

func (e *bareEngine) run(b *testing.B, s statement) {
	st := e.prepared[s.q]
	if st == nil {
		var err error
		st, err = e.conn.PrepareContext(ctx, s.q)
		must(b, err)
		e.prepared[s.q] = st
	}
	_, err := st.Exec(s.args...)
	must(b, err)
}

// feed writes cases in groups of 32 and returns how long it took.
func (e *bareEngine) feed(b *testing.B, cases []recorded) time.Duration {
	started := time.Now()
	for i := 0; i < len(cases); i += benchClients {
		e.run(b, statement{q: "BEGIN IMMEDIATE"})
		group := cases[i:min(i+benchClients, len(cases))]
		for _, c := range group {
			for _, s := range c.rows {
				e.run(b, s)
			}
		}
		for _, c := range group {
			for _, s := range c.index {
				e.run(b, s)
			}
		}
		e.run(b, statement{q: "COMMIT"})
	}
	return time.Since(started)
}

type statement struct {
	q    string
	args []any
}

// recorded is one registration as the engine sees it; the index is written at the
// end of each group.
type recorded struct{ rows, index []statement }

// recordRows reads back what the registrations from..to left in a store.
func recordRows(b *testing.B, o storage.Options, from, to int) []recorded {
	db := storagetest.Raw(b, o)
	defer db.Close()
	ids := column(b, db, `SELECT id FROM complaint ORDER BY id`)
	if len(ids) != to {
		b.Fatalf("%d cases are stored, want %d", len(ids), to)
	}
	tokens, keys := indexed(b, db), keysOf(b, db)
	out := make([]recorded, to-from)
	for i, id := range ids[from:] {
		for _, t := range bareTables {
			for _, args := range table(b, db, t.rows, strconv.FormatInt(id.(int64), 10)) {
				out[i].rows = append(out[i].rows, statement{t.insert, args})
			}
		}
		for _, args := range table(b, db, `SELECT doc, owner, keys FROM search_doc WHERE doc = ?1`, id) {
			out[i].index = append(out[i].index, statement{`INSERT INTO search_doc (doc, owner, keys) VALUES (?, ?, ?) ON CONFLICT (doc) DO NOTHING`, args})
		}
		out[i].index = append(out[i].index, keyRows(keys[id.(int64)])...)
		out[i].index = append(out[i].index, statement{`INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)`, []any{id, tokens[id.(int64)].String()}})
	}
	return out
}

// keysPerInsert is how the store groups the rows of search_key.
const keysPerInsert = 8

func keysOf(b *testing.B, db *sql.DB) map[int64][][]any {
	out := map[int64][][]any{}
	for _, row := range table(b, db, `SELECT key, doc FROM search_key`) {
		out[row[1].(int64)] = append(out[row[1].(int64)], row)
	}
	return out
}

func keyRows(keys [][]any) (out []statement) {
	for len(keys) > 0 {
		k := 1
		if len(keys) >= keysPerInsert {
			k = keysPerInsert
		}
		var args []any
		for _, row := range keys[:k] {
			args = append(args, row...)
		}
		out = append(out, statement{"INSERT INTO search_key (key, doc) VALUES (?, ?)" + strings.Repeat(", (?, ?)", k-1), args})
		keys = keys[k:]
	}
	return out
}

// indexed returns the tokens of each document: the index holds no text to read back,
// but its vocabulary says which token stands in which document.
func indexed(b *testing.B, db *sql.DB) map[int64]*bytes.Buffer {
	conn, err := db.Conn(ctx)
	must(b, err)
	defer conn.Close()
	_, err = conn.ExecContext(ctx, `CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, search_fts, instance)`)
	must(b, err)
	rows, err := conn.QueryContext(ctx, `SELECT doc, term FROM temp.words`)
	must(b, err)
	defer rows.Close()
	out := map[int64]*bytes.Buffer{}
	for rows.Next() {
		var doc int64
		var term string
		must(b, rows.Scan(&doc, &term))
		if out[doc] == nil {
			out[doc] = new(bytes.Buffer)
		}
		out[doc].WriteString(term + " ")
	}
	must(b, rows.Err())
	return out
}

func column(b *testing.B, db *sql.DB, q string) []any {
	var out []any
	for _, r := range table(b, db, q) {
		out = append(out, r[0])
	}
	return out
}

func table(b *testing.B, db *sql.DB, q string, args ...any) [][]any {
	rows, err := db.QueryContext(context.Background(), q, args...)
	must(b, err)
	defer rows.Close()
	cols, err := rows.Columns()
	must(b, err)
	var out [][]any
	for rows.Next() {
		values, places := make([]any, len(cols)), make([]any, len(cols))
		for i := range values {
			places[i] = &values[i]
		}
		must(b, rows.Scan(places...))
		out = append(out, values)
	}
	must(b, rows.Err())
	return out
}

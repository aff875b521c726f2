package demo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// bareGroup is how many registrations the bare engine takes in one commit: what the
// clients of the benchmark have waiting.
const bareGroup = 32

// barePostgres feeds the rows that the newest n registrations left to the server
// alone: one connection, a group as one message, into empty tables of the same shape
// in a schema of its own. It returns how many registrations a second that were.
func barePostgres(b *testing.B, dsn string, n int) float64 {
	b.Helper()
	conn, err := pgx.Connect(ctx, dsn)
	fatal(b, err)
	defer conn.Close(ctx)
	var last int64
	fatal(b, conn.QueryRow(ctx, `SELECT max(id) FROM complaint`).Scan(&last))
	tables := []struct{ name, rows string }{
		{"event", `SELECT * FROM event WHERE stream = ANY ($1) ORDER BY seq`},
		{"sealed", `SELECT s.* FROM event e JOIN sealed s ON s.seq = e.seq WHERE e.stream = ANY ($1)`},
		{"stream_key", `SELECT * FROM stream_key WHERE stream = ANY ($1)`},
		{"complaint", `SELECT * FROM complaint WHERE id = ANY ($2)`},
		{"search_doc", `SELECT * FROM search_doc WHERE doc = ANY ($2)`},
		{"search_key", `SELECT * FROM newest_key WHERE doc = ANY ($2)`},
		{fmt.Sprintf("search_fts_%d", last>>16), fmt.Sprintf(`SELECT * FROM search_fts_%d WHERE doc = ANY ($2)`, last>>16)},
	}
	_, err = conn.Exec(ctx, `DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare`)
	fatal(b, err)
	defer func() {
		_, err := conn.Exec(ctx, `DROP SCHEMA bare CASCADE`)
		fatal(b, err)
	}()
	for _, t := range tables {
		_, err := conn.Exec(ctx, fmt.Sprintf(`CREATE TABLE bare.%s (LIKE %[1]s INCLUDING ALL)`, t.name))
		fatal(b, err)
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(`CREATE TEMPORARY TABLE newest_key AS SELECT * FROM search_key WHERE doc > %d; CREATE INDEX ON newest_key (doc)`, last-int64(n)))
	fatal(b, err)
	var took time.Duration
	done := 0
	for top := last; top>>16 == last>>16 && done < n; top, done = top-bareGroup, done+bareGroup {
		var batch pgx.Batch
		batch.Queue("BEGIN")
		streams, ids := make([]string, 0, bareGroup), make([]int64, 0, bareGroup)
		for id := top; id > top-bareGroup; id-- {
			streams, ids = append(streams, fmt.Sprintf("complaint/%d", id)), append(ids, id)
		}
		for _, t := range tables {
			queueRows(b, conn, &batch, t.name, strings.ReplaceAll(t.rows, "$2", "$1"), map[bool]any{true: ids, false: streams}[strings.Contains(t.rows, "$2")])
		}
		batch.Queue("COMMIT")
		began := time.Now()
		fatal(b, conn.SendBatch(ctx, &batch).Close())
		took += time.Since(began)
	}
	return float64(done) / took.Seconds()
}

// queueRows adds an insert into the bare table for each row of a query.
func queueRows(b *testing.B, conn *pgx.Conn, batch *pgx.Batch, table, q string, arg any) {
	b.Helper()
	rows, err := conn.Query(ctx, q, arg)
	fatal(b, err)
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		fatal(b, err)
		marks := make([]string, len(values))
		for i := range values {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		batch.Queue(`INSERT INTO bare.`+table+` VALUES (`+strings.Join(marks, ", ")+`)`, values...)
	}
	fatal(b, rows.Err())
}

func fatal(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

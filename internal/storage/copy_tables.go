package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// columnKind is a type that both engines have.
type columnKind string

const (
	intColumn   columnKind = "int"
	boolColumn  columnKind = "bool"
	textColumn  columnKind = "text"
	bytesColumn columnKind = "bytes"
)

// columnKinds reads the declared types of both engines.
var columnKinds = map[string]columnKind{"integer": intColumn, "bigint": intColumn, "boolean": boolColumn, "text": textColumn, "blob": bytesColumn, "bytea": bytesColumn}

type copyColumn struct {
	name string
	kind columnKind
	key  int // place in the primary key from 1, 0 for none
}

type copyTable struct {
	name    string
	columns []copyColumn // by name
}

func (t copyTable) names() []string {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.name
	}
	return out
}

// key lists the columns of the primary key, in its order.
func (t copyTable) key() (key []copyColumn) {
	for _, c := range t.columns {
		if c.key > 0 {
			key = append(key, c)
		}
	}
	slices.SortFunc(key, func(a, b copyColumn) int { return cmp.Compare(a.key, b.key) })
	return key
}

// selectRows reads a table in any order.
func (t copyTable) selectRows() string {
	return `SELECT ` + strings.Join(t.names(), ", ") + ` FROM ` + t.name
}

// selectAll reads a table in the order of its key, in which it is quickest to write.
func (t copyTable) selectAll() string {
	key := t.key()
	if len(key) == 0 {
		return t.selectRows()
	}
	return t.selectRows() + ` ORDER BY ` + strings.Join(copyTable{columns: key}.names(), ", ")
}

// tableShape is what two databases must have in common to be copied.
func tableShape(tables []copyTable) string {
	var b strings.Builder
	for _, t := range tables {
		for _, c := range t.columns {
			fmt.Fprintln(&b, t.name, c.name, c.kind)
		}
	}
	return b.String()
}

// columnLists are the queries for all columns of all tables that hold data of
// ours: table, column, type, place in the primary key. The search index and what
// has no leaf differ by engine and are copied by themselves.
var columnLists = [...]string{
	sqlite: `SELECT m.name, p.name, lower(p.type), p.pk FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name NOT LIKE 'search!_fts%' ESCAPE '!' AND m.name NOT IN ('goose_db_version', '` + movingTable + `')
		ORDER BY m.name, p.name`,
	postgres: `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND c.relname NOT IN ('unsequenced', 'goose_db_version', '` + movingTable + `') AND c.relname !~ '^search_fts'
		ORDER BY c.relname COLLATE "C", a.attname COLLATE "C"`,
}

type rowQuerier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
}

func listTables(ctx context.Context, db rowQuerier, e engine) ([]copyTable, error) {
	rows, err := db.QueryContext(ctx, columnLists[e])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []copyTable
	for rows.Next() {
		var table, declared string
		var c copyColumn
		if err := rows.Scan(&table, &c.name, &declared, &c.key); err != nil {
			return nil, err
		}
		var known bool
		if c.kind, known = columnKinds[declared]; !known {
			return nil, fmt.Errorf("storage: column %s.%s has type %q, which the copier does not know", table, c.name, declared)
		}
		if len(out) == 0 || out[len(out)-1].name != table {
			out = append(out, copyTable{name: table})
		}
		t := &out[len(out)-1]
		t.columns = append(t.columns, c)
	}
	return out, rows.Err()
}

// fillPostgres writes with COPY.
func (c *copier) fillPostgres(t copyTable, in *copyRows) error {
	return c.target.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(c.ctx, pgx.Identifier{t.name}, t.names(), in)
		return err
	})
}

func (c *copier) fillSQLite(t copyTable, in *copyRows) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	st, err := c.target.PrepareContext(c.ctx, `INSERT INTO `+t.name+` (`+strings.Join(t.names(), ", ")+`) VALUES (`+marks+`)`)
	if err != nil {
		return err
	}
	defer st.Close()
	for in.Next() {
		if _, err := st.ExecContext(c.ctx, in.values...); err != nil {
			return err
		}
	}
	return nil
}

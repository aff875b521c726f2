package storage

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/complaint"
)

// setApart moves the cases of a page whose rows and documents stand as derived to its
// right ones. The Tx is the one that derived them: in its snapshot the rows belong to the
// events. Cards are opened and compared; of a text, which cannot be read back, it is
// compared what it was made from.
func (tx *Tx) setApart(p *casePage, columns [][]string) error {
	c := comparison{tx: tx, cases: p.cases, wrong: map[complaint.ID]bool{}}
	if len(p.cases) == 0 {
		return nil
	}
	for _, d := range p.cases {
		c.ids = append(c.ids, int64(d.id))
	}
	for _, step := range []func() error{c.readPacked, func() error { return c.tables(columns) }, c.cards, c.docs, c.texts, c.keys} {
		if err := step(); err != nil {
			return err
		}
	}
	var wrong []derivedCase
	for _, d := range p.cases {
		if c.wrong[d.id] {
			wrong = append(wrong, d)
		} else {
			p.right = append(p.right, derivedCase{id: d.id, keys: d.keys, index: d.index})
		}
	}
	p.cases = wrong
	return nil
}

// comparison finds the cases of a page of which anything stands otherwise.
type comparison struct {
	tx    *Tx
	cases []derivedCase
	ids   []any
	wrong map[complaint.ID]bool
}

// readPacked learns since when the records of closed cases lie in the archive, which no
// event says.
func (c *comparison) readPacked() error {
	streams := make([]any, len(c.cases))
	at := make(map[string]int, len(c.cases))
	for i, d := range c.cases {
		streams[i], at[d.id.Stream()] = d.id.Stream(), i
	}
	rows, err := c.tx.Query(`SELECT e.stream, a.at, a.last FROM event e JOIN archive a ON a.first = e.seq WHERE e.version = 1 AND e.stream IN `+marks(len(streams)), streams...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stream string
		var when, last int64
		if err := rows.Scan(&stream, &when, &last); err != nil {
			return err
		}
		if d := &c.cases[at[stream]]; last == d.head && !d.open {
			d.packedAt = when
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// inserts is the beginning of the statements that make up a case derived from nothing.
var inserts = regexp.MustCompile(`^INSERT INTO ([a-z_]+) \(([a-z0-9_, ]+)\) VALUES \(\?(?:, \?)*\)`)

// insertion is a statement that inserts one row of arguments.
type insertion struct {
	table   string
	columns []string
}

// insertions are those of the statements that a rebuild runs, by their texts.
type insertions map[string]insertion

func (m insertions) of(q string) (insertion, bool) {
	in, known := m[q]
	if !known {
		if found := inserts.FindStringSubmatch(q); found != nil {
			in = insertion{found[1], strings.Split(found[2], ", ")}
		}
		m[q] = in
	}
	return in, in.table != ""
}

// tables compares the rows of every table.
func (c *comparison) tables(columns [][]string) error {
	want := make(map[string]map[string]complaint.ID, len(caseTables))
	order := make(map[string][]string, len(caseTables))
	for i, t := range caseTables {
		want[t.name], order[t.name] = map[string]complaint.ID{}, columns[i]
	}
	texts := insertions{}
	for _, d := range c.cases {
		for _, o := range d.ops {
			in, ok := texts.of(o.q)
			switch {
			case ok && want[in.table] != nil:
				row, err := d.row(in, o.args, order[in.table])
				if err != nil {
					return err
				}
				want[in.table][row] = d.id
			case o.q == markArchived, strings.HasPrefix(o.q, "DELETE FROM "): // nothing is there to be deleted
			default: // nothing is known of it: it is run
				c.wrong[d.id] = true
			}
		}
	}
	for i, t := range caseTables {
		if err := c.table(t, columns[i], want[t.name]); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// row writes a row that is inserted as table reads it.
func (d *derivedCase) row(in insertion, args []any, columns []string) (string, error) {
	var b []byte
	for _, name := range columns {
		var v any
		if i := slices.Index(in.columns, name); i >= 0 {
			var err error
			if v, err = driver.DefaultParameterConverter.ConvertValue(args[i]); err != nil {
				return "", fmt.Errorf("%s.%s: %w", in.table, name, err)
			}
		} else if name == "archived_at" && in.table == "complaint" {
			v = d.packedAt
		}
		b = appendValue(b, v)
	}
	return string(b), nil
}

// table reads the rows of the page and strikes those that are wanted.
func (c *comparison) table(t caseTable, columns []string, want map[string]complaint.ID) error {
	args, owner := c.ids, t.key
	if t.key == "key" {
		args, owner = nil, "case_id"
		for _, d := range c.cases {
			for _, k := range d.keys {
				args = append(args, k)
			}
		}
	}
	if len(args) > 0 {
		if err := c.strike(t, columns, owner, args, want); err != nil {
			return err
		}
	}
	for _, id := range want {
		c.wrong[id] = true
	}
	return nil
}

func (c *comparison) strike(t caseTable, columns []string, owner string, args []any, want map[string]complaint.ID) error {
	in, args := oneOf(args)
	rows, err := c.tx.Query(`SELECT `+owner+`, `+strings.Join(columns, ", ")+` FROM `+t.name+` WHERE `+t.key+` IN `+in, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id int64
	values, into := make([]any, len(columns)), []any{&id}
	for i := range values {
		into = append(into, &values[i])
	}
	var b []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		b = b[:0]
		for _, v := range values {
			b = appendValue(b, v)
		}
		if _, ok := want[string(b)]; ok {
			delete(want, string(b))
		} else {
			c.wrong[complaint.ID(id)] = true
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// appendValue writes a value of a column so that an argument and what either engine
// gives back for it read the same.
func appendValue(b []byte, v any) []byte {
	var s []byte
	switch v := v.(type) {
	case nil:
		return append(b, "-\n"...)
	case bool:
		s = strconv.AppendInt(s, map[bool]int64{true: 1}[v], 10)
	case int64:
		s = strconv.AppendInt(s, v, 10)
	case float64:
		s = strconv.AppendFloat(s, v, 'g', -1, 64)
	case []byte:
		s = v
	default:
		s = fmt.Append(s, v)
	}
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(append(b, ' '), s...), '\n')
}

// cards compares what the cards say: a ciphertext differs each time it is written.
func (c *comparison) cards() error {
	cards, err := c.bytesOf(`SELECT id, card FROM complaint WHERE id IN `)
	if err != nil {
		return err
	}
	at := slices.Index(complaintColumns, "card")
	for _, d := range c.cases {
		for _, o := range d.ops {
			if o.q != upsertComplaint {
				continue
			}
			sealed, _ := o.args[at].([]byte)
			want, err := c.tx.OpenText(d.id.Stream(), "complaint.card", sealed)
			if err != nil {
				return err
			}
			got, err := c.tx.OpenText(d.id.Stream(), "complaint.card", cards[d.id])
			if err != nil || !bytes.Equal(got, want) || (cards[d.id] == nil) != (sealed == nil) {
				c.wrong[d.id] = true
			}
		}
	}
	return nil
}

// bytesOf reads two columns of the page's cases: number and bytes.
func (c *comparison) bytesOf(q string) (map[complaint.ID][]byte, error) {
	rows, err := c.tx.Query(q+marks(len(c.ids)), c.ids...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[complaint.ID][]byte, len(c.ids))
	for rows.Next() {
		var id int64
		var b []byte
		if err := rows.Scan(&id, &b); err != nil {
			return nil, err
		}
		out[complaint.ID(id)] = b
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// docs compares the rows of the search index: whose a document is, its exact keys, and
// the digest of what it is found by.
func (c *comparison) docs() error {
	rows, err := c.tx.Query(`SELECT doc, owner, keys, digest FROM search_doc WHERE doc IN `+marks(len(c.ids)), c.ids...)
	if err != nil {
		return err
	}
	defer rows.Close()
	type listed struct {
		owner  int64
		keys   []byte
		digest sql.NullInt64
	}
	found := make(map[int64]listed, len(c.ids))
	for rows.Next() {
		var doc int64
		var l listed
		if err := rows.Scan(&doc, &l.owner, &l.keys, &l.digest); err != nil {
			return err
		}
		found[doc] = l
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, d := range c.cases {
		for _, o := range d.index {
			l, ok := found[o.doc.ID]
			if !ok || l.owner != o.doc.Owner || !bytes.Equal(l.keys, packKeys(o.doc.Keys)) || l.digest != (sql.NullInt64{Int64: o.digest, Valid: true}) {
				c.wrong[d.id] = true
			}
		}
	}
	return nil
}

// texts finds the cases that have no text in the index.
func (c *comparison) texts() error {
	there := make(map[int64]bool, len(c.ids))
	add := func(q string) error {
		docs, err := numbersOf(c.tx, q+marks(len(c.ids)), c.ids...)
		for _, doc := range docs {
			there[doc] = true
		}
		return err
	}
	if c.tx.s.engine == sqlite {
		if err := add(`SELECT id FROM search_fts_docsize WHERE id IN `); err != nil {
			return err
		}
	} else if err := c.eachPart(func(part string) error { return add(`SELECT doc FROM ` + part + ` WHERE doc IN `) }); err != nil {
		return err
	}
	for _, d := range c.cases {
		if !there[int64(d.id)] {
			c.wrong[d.id] = true
		}
	}
	return nil
}

// eachPart calls fn with the parts of the text index that the page's documents belong to
// and that exist.
func (c *comparison) eachPart(fn func(part string) error) error {
	seen := map[int64]bool{}
	for _, d := range c.cases {
		part := int64(d.id) >> partBits
		if seen[part] {
			continue
		}
		seen[part] = true
		reader, err := c.tx.reader()
		if err != nil {
			return err
		}
		if found, err := partExists(c.tx.ctx, reader, part); err != nil {
			return err
		} else if !found {
			continue
		}
		if err := fn(partName(part)); err != nil {
			return err
		}
	}
	return nil
}

// keysAtOnce is how many exact keys one statement looks for.
const keysAtOnce = 512

var missingKeys = `WITH want (key, doc) AS (VALUES (CAST(? AS BIGINT), CAST(? AS BIGINT))` + strings.Repeat(`, (?, ?)`, keysAtOnce-1) + `)
	SELECT w.doc FROM want w WHERE NOT EXISTS (SELECT 1 FROM search_key k WHERE k.key = w.key AND k.doc = w.doc)`

// keys finds the documents that an exact key does not lead to.
func (c *comparison) keys() error {
	var args []any
	for _, d := range c.cases {
		for _, o := range d.index {
			for _, k := range o.doc.Keys {
				args = append(args, int64(k), o.doc.ID)
			}
		}
	}
	if len(args) == 0 {
		return nil
	}
	for last := args[len(args)-2:]; len(args)%(2*keysAtOnce) != 0; {
		args = append(args, last...)
	}
	for ; len(args) > 0; args = args[2*keysAtOnce:] {
		docs, err := numbersOf(c.tx, missingKeys, args[:2*keysAtOnce]...)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			c.wrong[complaint.ID(doc)] = true
		}
	}
	return nil
}

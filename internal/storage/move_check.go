package storage

import (
	"encoding/json"
	"fmt"
	"strings"

	"xiaobao/internal/fault"
)

// compare reads everything back and compares it with the snapshot.
func (m *mover) compare(tables []copyTable) ([]CopiedTable, error) {
	m.at.Checking, m.at.Rows = true, 0
	for _, f := range m.far {
		if f.resumed { // read on both sides
			m.at.Total += f.rows
		}
	}
	var out []CopiedTable
	for _, t := range tables {
		side := func(source bool) (CopiedTable, error) {
			if source {
				return m.sumRows(m.source.tx, t)
			}
			return m.sumRows(m.target, t)
		}
		clear := func() error {
			_, err := m.exec(`DELETE FROM ` + t.name)
			return err
		}
		done, err := m.equal(t.name, clear, side, func() error { return m.fill(t) })
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		out = append(out, done)
	}
	done, err := m.equal(WordsTable, m.clearWords, func(source bool) (CopiedTable, error) {
		if source {
			return m.sumWords(m.source.tx, m.source.engine)
		}
		return m.sumWords(m.target, m.to.engine)
	}, m.fillWords)
	return append(out, done), err
}

// equal compares the sides of a table. What this call copied whole was summed up
// while it was; what an earlier one began is read again, and copied anew where the
// source is no longer what it was then.
func (m *mover) equal(name string, clear func() error, side func(source bool) (CopiedTable, error), fill func() error) (CopiedTable, error) {
	f := m.far[name]
	want, err := CopiedTable{Name: name, Rows: f.docs, Digest: f.sum.String()}, error(nil)
	if f.resumed {
		if want, err = side(true); err != nil {
			return want, err
		}
	}
	got, err := side(false)
	if err != nil || got == want {
		return got, err
	}
	if f.resumed {
		if err := m.forget(name, clear); err != nil {
			return got, err
		}
		if err := fill(); err != nil {
			return got, err
		}
		return m.equal(name, clear, side, fill)
	}
	return got, fault.New(fault.Internal, "表 %s 复制后与原来的不同（%d 行与 %d 行），目标不能用。请加上 --restart 再运行一次；还是这样，请保留日志并联系开发者。", name, want.Rows, got.Rows)
}

// forget empties a table of the target, to copy it anew.
func (m *mover) forget(name string, clear func() error) error {
	err := m.together(func() error {
		if err := clear(); err != nil {
			return err
		}
		_, err := m.exec(`DELETE FROM `+movingTable+` WHERE name = ?`, name)
		return err
	})
	if err != nil {
		return fault.Wrap(fault.Conflict, err, "上次中断以后，原来数据里的表 %s 变了，而且不能单独重搬。请加上 --restart 再运行一次，从头搬。", name)
	}
	delete(m.far, name)
	return nil
}

// sumRows reads a whole table of one side.
func (m *mover) sumRows(db rowQuerier, t copyTable) (CopiedTable, error) {
	rows, err := db.QueryContext(m.ctx, t.selectRows())
	if err != nil {
		return CopiedTable{}, err
	}
	defer rows.Close()
	in := &copyRows{rows: rows, table: t}
	for told := int64(0); ; {
		more := in.Next()
		if in.n-told == progressEvery || !more {
			m.tell(t.name, in.n-told)
			told = in.n
		}
		if !more {
			return CopiedTable{Name: t.name, Rows: in.n, Digest: in.sum.String()}, in.Err()
		}
	}
}

// keyOf writes the key of a row, which is where the rows after it begin.
func (t copyTable) keyOf(row []any) (string, error) {
	if row == nil {
		return "", nil
	}
	var key []any
	for _, k := range t.key() {
		for i, c := range t.columns {
			if c.name != k.name {
				continue
			}
			if s, ok := row[i].(string); ok {
				key = append(key, []byte(s)) // whatever its bytes are
			} else {
				key = append(key, row[i])
			}
		}
	}
	b, err := json.Marshal(key)
	return string(b), err
}

// selectAfter reads the rows of a table after a key, in its order; all without one.
func (t copyTable) selectAfter(after string) (q string, args []any, err error) {
	key := t.key()
	if after == "" || len(key) == 0 {
		return t.selectAll(), nil, nil
	}
	parts := make([]json.RawMessage, 0, len(key))
	if err := json.Unmarshal([]byte(after), &parts); err != nil {
		return "", nil, err
	}
	if len(parts) != len(key) {
		return "", nil, fault.New(fault.Conflict, "表 %s 的主键与上次搬运时不同。请加上 --restart 再运行一次，从头搬。", t.name)
	}
	for i, c := range key {
		arg, err := c.parse(parts[i])
		if err != nil {
			return "", nil, err
		}
		args = append(args, arg)
	}
	names := strings.Join(copyTable{columns: key}.names(), ", ")
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(key)), ", ")
	return t.selectRows() + ` WHERE (` + names + `) > (` + marks + `) ORDER BY ` + names, args, nil
}

// parse reads a value that keyOf wrote.
func (c copyColumn) parse(raw json.RawMessage) (any, error) {
	switch c.kind {
	case intColumn:
		var n int64
		err := json.Unmarshal(raw, &n)
		return n, err
	case boolColumn:
		var b bool
		err := json.Unmarshal(raw, &b)
		return b, err
	}
	var b []byte
	if err := json.Unmarshal(raw, &b); err != nil || c.kind == bytesColumn {
		return b, err
	}
	return string(b), nil
}

package storage

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
)

// begin finds how far earlier runs came, or empties the target for the first.
func (m *mover) begin(tables []copyTable, install string) error {
	from, err := m.state(install)
	if err != nil {
		return err
	}
	if err := m.readFar(); err != nil {
		return err
	}
	if before, begun := m.far[""]; begun && before.done && !m.Restart {
		if err := sameState(before.key, from); err != nil {
			return err
		}
		for _, f := range m.far {
			f.resumed = true
			m.at.Here += f.rows
		}
	} else if err := m.empty(tables, from); err != nil {
		return err
	}
	m.at.Rows = m.at.Here
	return m.count(tables)
}

func (m *mover) readFar() error {
	m.far = map[string]*movedTable{}
	rows, err := m.target.QueryContext(m.ctx, `SELECT name, at, copied, done FROM `+movingTable)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var f movedTable
		if err := rows.Scan(&name, &f.key, &f.rows, &f.done); err != nil {
			return err
		}
		m.far[name] = &f
	}
	return rows.Err()
}

// empty takes everything out of the target and notes from which state it is filled.
func (m *mover) empty(tables []copyTable, from string) error {
	m.far = map[string]*movedTable{}
	return m.together(func() error {
		if err := m.quiet("DISABLE"); err != nil {
			return err
		}
		for _, t := range slices.Backward(tables) { // what refers to others comes after them
			if _, err := m.exec(`DELETE FROM ` + t.name); err != nil {
				return err
			}
		}
		if err := m.clearWords(); err != nil {
			return err
		}
		if _, err := m.exec(`DELETE FROM ` + movingTable); err != nil {
			return err
		}
		_, err := m.exec(`INSERT INTO `+movingTable+` (name, at, copied, done) VALUES ('', ?, 0, 1)`, from)
		return err
	})
}

// moveState is the state of a ledger from which a move began.
type moveState struct {
	Installation string `json:"installation"`
	Last         int64  `json:"last"` // number of the newest event
	Hash         string `json:"hash"` // of that event
	Size         int64  `json:"size"` // of the tree
	Note         string `json:"note"` // checkpoint of the tree, with its root
}

// state reads it from the snapshot.
func (m *mover) state(install string) (string, error) {
	st := moveState{Installation: install}
	var hash, size []byte
	for _, ask := range []struct {
		q    string
		dest []any
	}{
		{`SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1`, []any{&st.Last, &hash}},
		{`SELECT value FROM meta WHERE key = 'tree_size'`, []any{&size}},
		{`SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1`, []any{&st.Note}},
	} {
		err := m.source.tx.QueryRowContext(m.ctx, ask.q).Scan(ask.dest...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", err
		}
	}
	var err error
	if st.Size, err = strconv.ParseInt(string(size), 10, 64); err != nil {
		return "", err
	}
	st.Hash = hex.EncodeToString(hash)
	b, err := json.Marshal(st)
	return string(b), err
}

// sameState refuses to go on with a target that was begun from something else.
func sameState(before, now string) error {
	if before == now {
		return nil
	}
	var a, b moveState
	if err := errors.Join(json.Unmarshal([]byte(before), &a), json.Unmarshal([]byte(now), &b)); err != nil {
		return err
	}
	const mend = "目标里的部分不能接着用：请停止服务，加上 --restart 再运行一次，丢掉已搬的部分、从头搬。"
	if a.Installation != b.Installation {
		return fault.New(fault.Conflict, "目标里没搬完的是另一套数据（安装编号 %s，这一套是 %s）。请核对 --to；确认要换掉的话，%s", a.Installation, b.Installation, strings.TrimPrefix(mend, "目标里的部分不能接着用：请停止服务，"))
	}
	return fault.New(fault.Conflict, "上次中断以后，原来的数据又写入了内容：台账的最后一条从第 %d 条变成了第 %d 条，树从 %d 片叶变成了 %d 片。%s", a.Last, b.Last, a.Size, b.Size, mend)
}

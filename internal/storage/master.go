package storage

import (
	"database/sql"
	"errors"
	"strconv"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
)

// masterTables is the version of the tables from which on the master key can be changed.
const masterTables = 60

// masterAAD names the value that proved the master key before it sealed a root.
const masterAAD = "meta/master_check"

func rootAAD(gen int64) string   { return "master_key/" + strconv.FormatInt(gen, 10) + "/bundle" }
func bridgeAAD(gen int64) string { return "master_key/" + strconv.FormatInt(gen, 10) + "/bridge" }

var errWrongMaster = fault.New(fault.Conflict, "主密钥不属于这个数据库，为免写坏数据已停止启动。请使用建库时的主密钥文件；主密钥更换过的，使用最近一次换上的。")

// masterRow is a master key that opens the database.
type masterRow struct {
	gen            int64
	bundle, bridge []byte
	legacy         bool
	at             int64
}

func readMasters(r interface {
	Query(q string, args ...any) (*sql.Rows, error)
}) (out []masterRow, err error) {
	rows, err := r.Query(`SELECT gen, bundle, bridge, legacy, at FROM master_key ORDER BY gen`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m masterRow
		if err := rows.Scan(&m.gen, &m.bundle, &m.bridge, &m.legacy, &m.at); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// openMaster finds the row of the master key and takes the root out of it.
func (s *Store) openMaster(w *Writer) error {
	if s.upTo > 0 && s.upTo < masterTables {
		return s.oldMaster(w)
	}
	rows, err := readMasters(w)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return s.firstMaster(w)
	}
	for _, m := range rows {
		root, err := s.keys.OpenRoot(m.bundle, rootAAD(m.gen))
		if err != nil {
			continue
		}
		if s.keys, err = s.keys.WithRoot(root); err != nil {
			return err
		}
		if !s.keys.Knows(m.gen) {
			s.keys.Is(m.gen)
		}
		return s.cross(m, rows)
	}
	return errWrongMaster
}

// cross takes over the bridge to the other master key while a change goes on.
func (s *Store) cross(own masterRow, rows []masterRow) error {
	for _, m := range rows {
		if m.gen == own.gen || own.bridge == nil {
			continue
		}
		if err := s.keys.Cross(own.bridge, m.gen, bridgeAAD(own.gen)); err != nil {
			return err
		}
	}
	return nil
}

// firstMaster writes the first row. A database of before there were roots keeps its
// first master key as root: words and checkpoints stay what they are.
func (s *Store) firstMaster(w *Writer) error {
	legacy, err := s.hasOldMaster(w)
	if err != nil {
		return err
	}
	if !legacy {
		root, err := seal.NewRoot(s.rand)
		if err != nil {
			return err
		}
		if s.keys, err = s.keys.WithRoot(root); err != nil {
			return err
		}
	}
	bundle, err := s.keys.SealRoot(s.rand, rootAAD(1))
	if err != nil {
		return err
	}
	if _, err := w.Exec(`INSERT INTO master_key (gen, bundle, legacy, at) VALUES (1, ?, ?, ?)`, bundle, legacy, w.at.UnixMicro()); err != nil {
		return err
	}
	_, err = w.Exec(`DELETE FROM meta WHERE key = 'master_check'`)
	return err
}

// hasOldMaster reports whether the database is of before there were roots, and
// refuses another master key than its own.
func (s *Store) hasOldMaster(w *Writer) (bool, error) {
	var check []byte
	err := w.Scan(`SELECT value FROM meta WHERE key = 'master_check'`, nil, &check)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := s.keys.Unwrap(check, masterAAD); err != nil {
		return false, errWrongMaster
	}
	return true, nil
}

// oldMaster opens tables of before there were roots, as an upgrade's snapshot has them.
func (s *Store) oldMaster(w *Writer) error {
	had, err := s.hasOldMaster(w)
	if err != nil || had {
		return err
	}
	probe, err := seal.NewCaseKey(s.rand, s.keys.Suite())
	if err != nil {
		return err
	}
	check, err := s.keys.Wrap(s.rand, probe, masterAAD)
	if err != nil {
		return err
	}
	_, err = w.Exec(`INSERT INTO meta (key, value) VALUES ('master_check', ?)`, check)
	return err
}

// keyStatement stores a stream's new key. It fails when the master key that wraps it
// has been replaced meanwhile: nothing is ever left under a key that is gone.
func (s *Store) keyStatement(p *pending) stmt {
	if s.upTo > 0 && s.upTo < masterTables {
		return stmt{q: `INSERT INTO stream_key (stream, alg, wrapped) VALUES (?, ?, ?)`, args: []any{p.event.Stream, keyAlg(p.wrapped), p.wrapped}}
	}
	return stmt{q: `INSERT INTO stream_key (stream, alg, wrapped, gen) VALUES (?, ?, ?, ?)`, args: []any{p.event.Stream, keyAlg(p.wrapped), p.wrapped, p.gen}}
}

// MasterStatus is how the master key stands.
type MasterStatus struct {
	Generation int64     `json:"generation"`         // 1 for the first, one more with each change
	Since      time.Time `json:"since"`              // when it came to be
	Changing   bool      `json:"changing,omitempty"` // a change was begun and is not complete: two master keys open the database
	Legacy     bool      `json:"legacy,omitempty"`   // search tokens and the signature still come from the very first master key
	Left       int64     `json:"left,omitempty"`     // keys that the newest does not wrap yet
}

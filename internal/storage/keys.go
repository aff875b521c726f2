package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/seal"
)

// keyAlg names how a stream key is wrapped.
func keyAlg(wrapped []byte) string {
	return strings.ReplaceAll(string(seal.SuiteOfEnvelope(wrapped)), "-", "") + "/1"
}

// lockedReader lets a test's deterministic randomness be used by many goroutines.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read reads under the lock.
func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.r, p)
}

// openKeys writes the installation id at the first start, and takes the root of the
// keys out of the row that the master key given opens.
func (s *Store) openKeys(ctx context.Context) error {
	id := make([]byte, 8)
	// Not Options.Rand: two test databases with the same seed are still two installations.
	if _, err := rand.Read(id); err != nil {
		return err
	}
	fresh := map[string][]byte{"installation": []byte(hex.EncodeToString(id)), "tree_size": metaInt(0), "last_leaf": metaInt(0)}
	err := s.Write(ctx, func(w *Writer) error {
		for key, value := range fresh {
			if _, err := w.Exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`, key, value); err != nil {
				return err
			}
		}
		var install []byte
		if err := w.Scan(`SELECT value FROM meta WHERE key = 'installation'`, nil, &install); err != nil {
			return err
		}
		s.install = string(install)
		return s.openMaster(w)
	})
	if err != nil {
		return err
	}
	if err := s.openAlgorithms(ctx); err != nil {
		return err
	}
	s.signer, err = ledger.NewSigner(s.install, s.keys.SigningSeed())
	return err
}

// Installation is the id that stands in every checkpoint of this database.
func (s *Store) Installation() string { return s.install }

// PublicKey is the line with which anyone can check this installation's
// checkpoints; it is printed beside each exported one.
func (s *Store) PublicKey() string { return s.signer.PublicKey() }

// Keys are the keys drawn from the master key, for search tokens and blind ids.
func (s *Store) Keys() *seal.Keys { return s.keys }

// scanner is what Tx and Writer have in common for reading.
type scanner interface {
	Scan(q string, args []any, dest ...any) error
}

var errErased = fault.New(fault.Conflict, "这份档案中的个人信息已按规定删除，不能再写入个人信息。请新建一份。")

// streamKey returns the key of a stream, or a fresh one when it has none yet.
func (s *Store) streamKey(r scanner, stream string) (key seal.CaseKey, fresh bool, err error) {
	var wrapped []byte
	err = r.Scan(`SELECT wrapped FROM stream_key WHERE stream = ?`, []any{stream}, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		key, err = seal.NewCaseKey(s.rand, s.keys.Suite())
		return key, true, err
	}
	if err != nil {
		return key, false, err
	}
	key, err = s.unwrapped(wrapped, stream)
	return key, false, err
}

// unwrapped opens a stream's key as it is kept: nothing when it was destroyed.
func (s *Store) unwrapped(wrapped []byte, stream string) (seal.CaseKey, error) {
	if wrapped == nil {
		return seal.CaseKey{}, errErased
	}
	return s.keys.Unwrap(wrapped, keyAAD(stream))
}

// learnKeys reads the keys of some streams at once, so that opening what they seal
// asks for none of them. A stream without a key is left out.
func (tx *Tx) learnKeys(streams []any) error {
	in, args := padded(streams)
	rows, err := tx.Query(`SELECT k.stream, k.wrapped FROM stream_key k WHERE k.stream IN (`+in+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if tx.keys == nil {
		tx.keys = make(map[string]streamKey, len(streams))
	}
	for rows.Next() {
		var stream string
		var wrapped []byte
		if err := rows.Scan(&stream, &wrapped); err != nil {
			return err
		}
		if _, known := tx.keys[stream]; known {
			continue
		}
		key, err := tx.s.unwrapped(wrapped, stream)
		if err != nil && !errors.Is(err, errErased) {
			return err
		}
		tx.keys[stream] = streamKey{key: key, erased: err != nil}
	}
	return rows.Err()
}

func keyAAD(stream string) string { return "stream_key/" + stream }

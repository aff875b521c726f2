package storage

import (
	"context"
	"database/sql"
	"errors"

	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// Algorithms are what new events and new envelopes are made with. Every event and
// every envelope says itself what made it, so that old ones stay as they are.
type Algorithms struct {
	Hash    string `json:"hash"`    // sha256 or sm3
	Sealing string `json:"sealing"` // aes-256-gcm or sm4-gcm
}

const (
	keysStream        = "keys"
	algorithmsKind    = "algorithms.chosen"
	hashKey, suiteKey = "hash", "sealing"
)

// DefaultAlgorithms are those of an installation that chose none.
var DefaultAlgorithms = Algorithms{"sha256", string(seal.AES256GCM)}

// AlgorithmsChosen is the body of the event that records a choice.
type AlgorithmsChosen struct {
	From Algorithms `json:"from"`
	To   Algorithms `json:"to"`
}

// Algorithms are those of this database.
func (s *Store) Algorithms() Algorithms {
	for name, alg := range ledger.Algs {
		if alg == s.hash {
			return Algorithms{name, string(s.keys.Suite())}
		}
	}
	return Algorithms{s.hash, string(s.keys.Suite())}
}

// openAlgorithms takes up what the database has, or puts there what the options
// ask for: the choice is kept, so that a command without configuration goes on with
// it, and a change is an event.
func (s *Store) openAlgorithms(ctx context.Context) error {
	var now Algorithms
	err := s.Write(ctx, func(w *Writer) error {
		had, err := readAlgorithms(w)
		if err != nil {
			return err
		}
		now = had
		if s.want[0] != "" {
			now.Hash = s.want[0]
		}
		if s.want[1] != "" {
			now.Sealing = s.want[1]
		}
		if err := s.use(now); err != nil || now == had {
			return err
		}
		return w.keepAlgorithms(had, now)
	})
	return err
}

func readAlgorithms(r scanner) (Algorithms, error) {
	a := DefaultAlgorithms
	for key, to := range map[string]*string{hashKey: &a.Hash, suiteKey: &a.Sealing} {
		var v []byte
		err := r.Scan(`SELECT value FROM meta WHERE key = ?`, []any{key}, &v)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return a, err
		}
		*to = string(v)
	}
	return a, nil
}

func (s *Store) use(a Algorithms) error {
	alg, err := ledger.AlgOf(a.Hash)
	if err != nil {
		return err
	}
	suite, err := seal.SuiteOf(a.Sealing)
	if err != nil {
		return err
	}
	s.hash = alg
	s.keys.Use(suite)
	return nil
}

func (w *Writer) keepAlgorithms(from, to Algorithms) error {
	for key, value := range map[string]string{hashKey: to.Hash, suiteKey: to.Sealing} {
		if _, err := w.Exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, []byte(value)); err != nil {
			return err
		}
	}
	_, err := w.AppendTail(keysStream, party.System.ID, algorithmsKind, AlgorithmsChosen{from, to})
	return err
}

package storage

import (
	"database/sql"
	"errors"
	"time"

	"xiaobao/internal/fault"
)

// Answer is what a request with an idempotency key was answered.
type Answer struct {
	Status   int
	Response []byte
}

// Answered looks up whether a person's request with this key was answered before.
// digest is a hash of the request: the same key with another request gives
// fault.Conflict. It returns nil when the request is new.
func (tx *Tx) Answered(key, person string, digest [32]byte) (*Answer, error) {
	var have []byte
	var a Answer
	err := tx.Scan(`SELECT digest, status, response FROM idempotency WHERE key = ? AND person = ?`, []any{key, person}, &have, &a.Status, &a.Response)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if string(have) != string(digest[:]) {
		return nil, fault.New(fault.Conflict, "这个幂等键已经用于另一个请求。请为新的请求换一个键。")
	}
	return &a, nil
}

// Remember buffers the answer, in the same unit as what the request changed. When
// the same request runs twice at once, one Update gets fault.Stale: tried again it
// finds the answer.
func (tx *Tx) Remember(key, person string, digest [32]byte, a Answer) {
	tx.Exec(`INSERT INTO idempotency (key, person, digest, status, response, at) VALUES (?, ?, ?, ?, ?, ?)`,
		key, person, digest[:], a.Status, a.Response, tx.at.UnixMicro())
}

// ForgetAnswers deletes answers older than before.
func (w *Writer) ForgetAnswers(before time.Time) (int64, error) {
	return w.Exec(`DELETE FROM idempotency WHERE at < ?`, before.UnixMicro())
}

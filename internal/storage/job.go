package storage

import (
	"database/sql"
	"errors"
	"time"

	"xiaobao/internal/fault"
)

// Job is one long work: its state and progress, and what its kind keeps in Doc.
type Job struct {
	ID, Kind, Person string
	State            string
	Total, Done      int
	Created, Updated time.Time
	Doc              []byte
	File             string // digest of the file to take away, "" for none
}

const jobColumns = `id, kind, person, state, total, done, created, updated, doc, file`

func scanJob(scan func(...any) error) (j Job, err error) {
	var created, updated int64
	err = scan(&j.ID, &j.Kind, &j.Person, &j.State, &j.Total, &j.Done, &created, &updated, &j.Doc, &j.File)
	j.Created, j.Updated = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
	return j, err
}

// Job returns a job; fault.NotFound when there is none.
func (tx *Tx) Job(kind, id string) (Job, error) {
	j, err := scanJob(func(dest ...any) error {
		return tx.Scan(`SELECT `+jobColumns+` FROM job WHERE id = ? AND kind = ?`, []any{id, kind}, dest...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return j, fault.New(fault.NotFound, "没有这项任务，可能已被清理")
	}
	return j, err
}

// Jobs returns the newest jobs of a kind.
func (tx *Tx) Jobs(kind string, limit int) ([]Job, error) {
	return scanJobs(tx.Query(`SELECT `+jobColumns+` FROM job WHERE kind = ? ORDER BY created DESC, id DESC LIMIT ?`, kind, limit))
}

// JobsIn returns the jobs of a kind in a state, oldest first.
func (tx *Tx) JobsIn(kind, state string) ([]Job, error) {
	return scanJobs(tx.Query(`SELECT `+jobColumns+` FROM job WHERE kind = ? AND state = ? ORDER BY created, id`, kind, state))
}

func scanJobs(rows *sql.Rows, err error) ([]Job, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Job
	for rows.Next() {
		j, err := scanJob(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

// PutJob stores a job, new or changed. from, when given, is the state that it must
// still have: else somebody else was quicker and the answer is fault.Stale.
func (w *Writer) PutJob(j Job, from string) error {
	now := w.Now().UnixMicro()
	if from == "" {
		_, err := w.Exec(`INSERT INTO job (`+jobColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, j.ID, j.Kind, j.Person, j.State, j.Total, j.Done, now, now, string(j.Doc), j.File)
		return err
	}
	n, err := w.Exec(`UPDATE job SET state = ?, total = ?, done = ?, updated = ?, doc = ?, file = ? WHERE id = ? AND state = ?`,
		j.State, j.Total, j.Done, now, string(j.Doc), j.File, j.ID, from)
	if err == nil && n != 1 {
		return stale()
	}
	return err
}

// BeatJob notes that a job goes on and how far it is, and returns its state: a
// runner that finds another one than its own stops.
func (w *Writer) BeatJob(id string, done, total int) (state string, err error) {
	if _, err := w.Exec(`UPDATE job SET done = ?, total = ?, updated = ? WHERE id = ?`, done, total, w.Now().UnixMicro(), id); err != nil {
		return "", err
	}
	err = w.Scan(`SELECT state FROM job WHERE id = ?`, []any{id}, &state)
	return state, err
}

// ClaimJob takes a job that nobody runs any more; false when somebody was quicker
// or it has given a sign of life since j was read.
func (w *Writer) ClaimJob(j Job) (bool, error) {
	n, err := w.Exec(`UPDATE job SET updated = ? WHERE id = ? AND state = ? AND updated = ?`, w.Now().UnixMicro(), j.ID, j.State, j.Updated.UnixMicro())
	return n == 1, err
}

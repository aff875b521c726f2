package storage

import (
	"database/sql"
	"errors"
	"time"
)

// States of a Run.
const (
	RunAtWork = "at_work"
	RunGood   = "good"
	RunBad    = "bad"
)

// Run is one piece of upkeep: when it ran, how it ended, and what its kind keeps in Doc.
type Run struct {
	ID, Kind, State         string
	Started, Touched, Ended time.Time // Ended is zero while it is at work
	Doc                     []byte
}

const runColumns = `id, kind, state, started, touched, ended, doc`

func scanRun(scan func(...any) error) (r Run, err error) {
	var started, touched, ended int64
	err = scan(&r.ID, &r.Kind, &r.State, &started, &touched, &ended, &r.Doc)
	r.Started, r.Touched = time.UnixMicro(started).UTC(), time.UnixMicro(touched).UTC()
	if ended != 0 {
		r.Ended = time.UnixMicro(ended).UTC()
	}
	return r, err
}

// clockSkew is how far the clocks of copies may be apart. What a clock that ran
// further ahead has noted is in the future once it is mended, and must not keep what
// is due waiting until then.
const clockSkew = 10 * time.Minute

// Upkeep returns the newest runs of a kind, those of a clock that ran ahead left out.
func (tx *Tx) Upkeep(kind string, limit int) ([]Run, error) {
	rows, err := tx.Query(`SELECT `+runColumns+` FROM upkeep WHERE kind = ? AND started <= ? ORDER BY started DESC, id DESC LIMIT ?`, kind, tx.at.Add(clockSkew).UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Run
	for rows.Next() {
		r, err := scanRun(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// LastRun returns the newest run of a kind in a state ("" for any but one at work);
// the zero Run when there was none; those of a clock that ran ahead are left out.
func (tx *Tx) LastRun(kind, state string) (Run, error) {
	r, err := scanRun(func(dest ...any) error {
		return tx.Scan(`SELECT `+runColumns+` FROM upkeep WHERE kind = ? AND (state = ? OR ? = '' AND state <> 'at_work') AND started <= ? ORDER BY started DESC, id DESC LIMIT 1`,
			[]any{kind, state, state, tx.at.Add(clockSkew).UnixMicro()}, dest...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, nil
	}
	return r, err
}

// BeginRun notes that a run begins. A run of that id that is there already is
// fault.Stale: another copy of the program was quicker.
func (w *Writer) BeginRun(id, kind string) error {
	now := w.Now().UnixMicro()
	_, err := w.Exec(`INSERT INTO upkeep (`+runColumns+`) VALUES (?, ?, ?, ?, ?, 0, '{}')`, id, kind, RunAtWork, now, now)
	return err
}

// TouchRun notes that a run is still at work.
func (w *Writer) TouchRun(id string) error {
	_, err := w.Exec(`UPDATE upkeep SET touched = ? WHERE id = ? AND state = ?`, w.Now().UnixMicro(), id, RunAtWork)
	return err
}

// EndRun notes how a run ended.
func (w *Writer) EndRun(id, state string, doc []byte) error {
	now := w.Now().UnixMicro()
	_, err := w.Exec(`UPDATE upkeep SET state = ?, touched = ?, ended = ?, doc = ? WHERE id = ? AND state = ?`, state, now, now, string(doc), id, RunAtWork)
	return err
}

// DropRuns forgets runs of a kind that began before a time.
func (w *Writer) DropRuns(kind string, before time.Time) (int64, error) {
	return w.Exec(`DELETE FROM upkeep WHERE kind = ? AND started < ? AND state <> ?`, kind, before.UnixMicro(), RunAtWork)
}

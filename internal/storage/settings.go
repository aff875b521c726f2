package storage

import (
	"context"

	"xiaobao/internal/complaint"
)

// Settings returns the changed settings and the imported notices, by year.
func (tx *Tx) Settings() (values map[string]string, years [][]byte, err error) {
	values = map[string]string{}
	rows, err := tx.Query(`SELECT id, value FROM setting ORDER BY id`)
	if err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		var id, v string
		if err := rows.Scan(&id, &v); err != nil {
			rows.Close()
			return nil, nil, err
		}
		values[id] = v
	}
	if err := rows.Close(); err != nil {
		return nil, nil, err
	}
	rows, err = tx.Query(`SELECT doc FROM holiday_year ORDER BY year`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, nil, err
		}
		years = append(years, doc)
	}
	return values, years, rows.Err()
}

// reprojectBatch bounds how many cases one transaction derives anew, so that
// others are not kept waiting.
const reprojectBatch = 200

// Reproject derives the due dates of all open cases anew, after a change of a
// setting or of the calendar. It may be stopped and run again.
func (s *Store) Reproject(ctx context.Context) error {
	for after := int64(0); ; {
		var ids []int64
		err := s.Update(ctx, func(tx *Tx) error {
			var err error
			if ids, err = tx.openAfter(after, reprojectBatch); err != nil {
				return err
			}
			for _, id := range ids {
				c, err := tx.Complaint(complaint.ID(id))
				if err != nil {
					return err
				}
				row, err := tx.row(c)
				if err != nil {
					return err
				}
				tx.Exec(updateComplaint+" AND version = ?", append(append(row[1:], row[0]), c.Version)...)
			}
			return nil
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
	}
}

func (tx *Tx) openAfter(after int64, limit int) ([]int64, error) {
	rows, err := tx.Query(`SELECT id FROM complaint WHERE open AND id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

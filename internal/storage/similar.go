package storage

import "xiaobao/internal/complaint"

// NewestComplaints returns the ids below before (0 = no bound), greatest first.
func (tx *Tx) NewestComplaints(before complaint.ID, limit int) ([]complaint.ID, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	ids, err := scanIDs(tx.Query(`SELECT c.id FROM complaint c WHERE c.id < ? ORDER BY c.id DESC LIMIT ?`, int64(before), limit))
	out := make([]complaint.ID, len(ids))
	for i, id := range ids {
		out[i] = complaint.ID(id)
	}
	return out, err
}

package storage

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
)

// EraseComplaint destroys the personal data of a closed case in one transaction:
// the event that says so is appended, the key of its stream and the ciphertexts go,
// the read rows and the search index are written anew from what is left, and the
// consumer's way in is closed. Statistics and the chain stay. It returns the event
// and the digests of the files that were kept under the key, which the caller removes.
func (tx *Tx) EraseComplaint(id complaint.ID, by string, run int64, ground string) (*complaint.Erased, []string, error) {
	c, err := tx.Complaint(id)
	if err != nil {
		return nil, nil, err
	}
	stream := id.Stream()
	d, err := tx.toDestroy(stream)
	if err != nil {
		return nil, nil, err
	}
	cited, err := tx.citedBy(id)
	if err != nil {
		return nil, nil, err
	}
	e, err := c.Erase(run, ground, cited, d.parts)
	if err != nil {
		return nil, nil, err
	}
	if err := tx.Append(stream, c.Version+1, by, e.Kind(), e); err != nil {
		return nil, nil, err
	}
	after, err := tx.publicPart(stream)
	if err != nil {
		return nil, nil, err
	}
	after = after.Apply(e, complaint.Meta{At: tx.at, By: by})
	if err := tx.destroy(d, by, ground); err != nil {
		return nil, nil, err
	}
	tx.Exec(`DELETE FROM portal_secret WHERE case_id = ?`, int64(id))
	if err := tx.tell(c, after, by, []complaint.Event{e}); err != nil {
		return nil, nil, err
	}
	return e, c.Blobs(), tx.project(c, after, []complaint.Event{e})
}

// doomed is what an erasing of a stream destroys beside its key.
type doomed struct {
	stream string
	parts  int64  // ciphertexts, those in the archive among them
	first  int64  // seq of the first event
	pack   packed // the row in the archive, zero for none
	bare   []byte // the pack without ciphertexts
}

// toDestroy reads what belongs to a stream.
func (tx *Tx) toDestroy(stream string) (d doomed, err error) {
	d.stream = stream
	if err = tx.Scan(`SELECT count(*) FROM event e JOIN sealed s ON s.seq = e.seq WHERE e.stream = ?`, []any{stream}, &d.parts); err != nil {
		return d, err
	}
	err = tx.Scan(`SELECT seq FROM event WHERE stream = ? AND version = 1`, []any{stream}, &d.first)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	var packed bool
	if err == nil {
		d.pack, packed, err = packedAfter(tx, d.first)
	}
	if err != nil || !packed {
		return d, err
	}
	inside, bare, err := tx.bare(stream, d.pack)
	d.parts, d.bare = d.parts+inside, bare
	return d, err
}

// destroy buffers the end of the key and of the ciphertexts, in the archive too; the
// unit is stale when the archive is not as it was read. The chain stays whole and
// verifies; who did it and why is an event of the stream "erasure".
func (tx *Tx) destroy(d doomed, by, reason string) error {
	tx.lockKey(d.stream)
	guard, args := ` AND NOT EXISTS (SELECT 1 FROM archive WHERE first = ?)`, []any{d.first}
	if d.bare != nil {
		tx.ExecOne(`UPDATE archive SET pack = ? WHERE first = ? AND last = ?`, d.bare, d.first, d.pack.last)
		tx.countArchive(ArchiveSize{Bytes: int64(len(d.bare) - len(d.pack.pack))})
		guard, args = "", nil
	}
	tx.ExecOne(`UPDATE stream_key SET wrapped = NULL, erased_at = ? WHERE stream = ? AND wrapped IS NOT NULL`+guard, append([]any{tx.at.UnixMicro(), d.stream}, args...)...)
	tx.Exec(`DELETE FROM sealed WHERE seq IN (SELECT seq FROM event WHERE stream = ?)`, d.stream)
	if tx.keys == nil {
		tx.keys = make(map[string]streamKey)
	}
	tx.keys[d.stream] = streamKey{erased: true}
	return tx.AppendTail(erasureStream, by, erasureKind, Erasure{d.stream, reason, d.parts})
}

// publicPart folds a case from what an erasing leaves.
func (tx *Tx) publicPart(stream string) (complaint.Case, error) {
	var c complaint.Case
	events, err := tx.Load(stream)
	if err != nil {
		return c, err
	}
	for _, e := range events {
		d, err := complaint.Decode(e, nil)
		if err != nil {
			return c, err
		}
		c = c.Apply(d, complaint.Meta{At: e.At, By: e.By})
	}
	return c, nil
}

func (tx *Tx) citedBy(id complaint.ID) (out []complaint.CitedArticle, err error) {
	rows, err := tx.Query(`SELECT instrument, article FROM law_cited WHERE case_id = ? ORDER BY instrument, article`, int64(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a complaint.CitedArticle
		if err := rows.Scan(&a.Instrument, &a.Article); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b complaint.CitedArticle) int {
		return cmp.Or(strings.Compare(a.Instrument, b.Instrument), strings.Compare(a.Article, b.Article))
	})
	return out, rows.Err()
}

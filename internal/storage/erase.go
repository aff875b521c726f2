package storage

import (
	"cmp"
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
	var parts int64
	if err := tx.Scan(`SELECT count(*) FROM sealed WHERE seq IN (SELECT seq FROM event WHERE stream = ?)`, []any{stream}, &parts); err != nil {
		return nil, nil, err
	}
	cited, err := tx.citedBy(id)
	if err != nil {
		return nil, nil, err
	}
	e, err := c.Erase(run, ground, cited, parts)
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
	if err := tx.destroyKey(stream, by, ground, parts); err != nil {
		return nil, nil, err
	}
	tx.Exec(`DELETE FROM portal_secret WHERE case_id = ?`, int64(id))
	if err := tx.tell(after, by, []complaint.Event{e}); err != nil {
		return nil, nil, err
	}
	return e, c.Blobs(), tx.project(c, after, []complaint.Event{e})
}

// destroyKey buffers what Store.Erase does.
func (tx *Tx) destroyKey(stream, by, reason string, parts int64) error {
	tx.ExecOne(`UPDATE stream_key SET wrapped = NULL, erased_at = ? WHERE stream = ? AND wrapped IS NOT NULL`, tx.at.UnixMicro(), stream)
	tx.Exec(`DELETE FROM sealed WHERE seq IN (SELECT seq FROM event WHERE stream = ?)`, stream)
	tx.keys[stream] = streamKey{erased: true}
	return tx.AppendTail(erasureStream, by, erasureKind, Erasure{stream, reason, parts})
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

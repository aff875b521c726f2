package storage

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
)

// derivedTables are the read tables that RebuildReadTables makes anew, with the
// columns that differ each time they are written: ciphertexts.
var derivedTables = []struct {
	name string
	skip []string
}{
	{"unit", nil}, {"person", nil}, {"complaint", []string{"card"}}, {"complaint_reference", nil}, {"complaint_import", nil},
	{"complaint_recusal", nil}, {"complaint_approval", nil}, {"complaint_judgement", nil}, {"case_coding", nil}, {"access_log", nil}, {"law_version", nil}, {"law_article", nil}, {"law_cited", nil},
	{"review", []string{"card"}}, {"review_recusal", nil}, {"review_material", nil}, {"review_print", nil}, {"review_finding", nil}, {"review_point", nil}, {"review_turn", nil}, {"product", nil},
	{"precedent", []string{"card"}}, {"precedent_tag", nil}, {"examination", nil}, {"examination_case", nil},
	{"export_register", nil}, {"retention_run", nil}, {"retention_case", nil}, {"legal_hold", nil}, {"access_count", nil}, {"access_flag", nil}, {"config_change", nil}, {"inbox", []string{"card"}}, {"hook", nil},
}

// RebuiltTable is what a rebuild found of one read table.
type RebuiltTable struct {
	Name  string `json:"name"`
	Equal bool   `json:"equal"` // live and rebuilt rows were the same
}

// RebuildReadTables derives every read table and the search index from the
// ledger, in one transaction, and says which differed from the live ones.
func (s *Store) RebuildReadTables(ctx context.Context, progress func(streams int)) ([]RebuiltTable, error) {
	before, err := s.derivedDigests(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(derivedTables))
	for i, t := range derivedTables {
		names[i] = t.name
	}
	err = s.Rebuild(ctx, names, true, func(tx *Tx, w *Writer, streams iter.Seq2[string, error]) error {
		n := 0
		for stream, err := range streams {
			if err != nil {
				return err
			}
			if err := tx.rebuildStream(w, stream); err != nil {
				return err
			}
			if n++; progress != nil {
				progress(n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	after, err := s.derivedDigests(ctx)
	out := make([]RebuiltTable, len(derivedTables))
	for i, t := range derivedTables {
		out[i] = RebuiltTable{Name: t.name, Equal: before[i] == after[i]}
	}
	return out, err
}

func (s *Store) derivedDigests(ctx context.Context) ([]string, error) {
	out := make([]string, len(derivedTables))
	for i, t := range derivedTables {
		d, err := s.Digest(ctx, t.name, t.skip...)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// rebuildStream derives what one stream gives. Streams of other kinds have no read table.
func (tx *Tx) rebuildStream(w *Writer, stream string) error {
	kind, id, _ := strings.Cut(stream, "/")
	switch kind {
	case "complaint":
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return fault.Wrap(fault.Internal, err, "stream %s", stream)
		}
		return tx.rebuildComplaint(w, complaint.ID(n))
	case "review":
		n, err := parseReviewID(id)
		if err != nil {
			return err
		}
		return tx.rebuildReview(w, n)
	case "product":
		return tx.rebuildProduct(w, stream)
	case "precedent":
		return tx.rebuildPrecedent(w, stream, id)
	case "examination":
		return tx.rebuildExamination(w, stream)
	case "party":
		return tx.rebuildParty(w, stream)
	case "law":
		return tx.rebuildLaw(w, stream)
	case "access":
		return tx.rebuildAccess(w, stream)
	case "inbox":
		return tx.rebuildInbox(w, stream)
	case "hook":
		return tx.rebuildHook(w, stream)
	case "change":
		return tx.rebuildChange(w, stream)
	case "export", "retention", "hold", "reading":
		return tx.rebuildKeeping(w, stream)
	}
	return nil
}

func (tx *Tx) rebuildComplaint(w *Writer, id complaint.ID) error {
	c, history, err := tx.ComplaintHistory(id)
	if err != nil {
		return err
	}
	events := make([]complaint.Event, len(history))
	for i, h := range history {
		events[i] = h.Event
	}
	defer tx.forget(id.Stream())
	return w.Project(tx, func(sub *Tx) error {
		if err := sub.project(complaint.Case{}, c, events); err != nil {
			return err
		}
		sub.Exec(`UPDATE complaint SET archived_at = (SELECT a.at FROM archive a JOIN event e ON e.seq = a.first WHERE e.stream = ? AND e.version = 1 AND a.last = complaint.version) WHERE id = ? AND NOT open`,
			id.Stream(), int64(id))
		return nil
	})
}

// forget drops what the Tx remembers of a stream, so that a walk over all of
// them stays in bounded memory.
func (tx *Tx) forget(stream string) {
	delete(tx.heads, stream)
	delete(tx.keys, stream)
}

func (tx *Tx) rebuildParty(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	return w.Project(tx, func(sub *Tx) error {
		for _, e := range events {
			if err := sub.projectParty(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) projectParty(e ledger.Event) error {
	switch e.Kind {
	case party.KindUnitSet:
		var u party.UnitSet
		if err := tx.Decode(e, &u); err != nil {
			return err
		}
		return tx.SetUnit(u.Unit)
	case party.KindPersonSet:
		var p party.PersonSet
		if err := tx.Decode(e, &p); err != nil {
			return err
		}
		return tx.setPersonRow(p.Person)
	}
	return nil
}

// Accessed is the public part of an access event.
type Accessed struct {
	Row  int64        `json:"row"`
	Case complaint.ID `json:"case"`
	What string       `json:"what"`
	Why  string       `json:"why" seal:"true"`
}

func (tx *Tx) rebuildAccess(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	return w.Project(tx, func(sub *Tx) error {
		for _, e := range events {
			var a Accessed
			if err := sub.Decode(e, &a); err != nil {
				return err
			}
			sub.accessRow(a, e.At.UnixMicro(), e.By, e.Kind)
		}
		return nil
	})
}

// AppendAccess records a reading: an event of the access stream and its row.
func (tx *Tx) AppendAccess(stream, by, kind string, a Accessed) error {
	if err := tx.AppendTail(stream, by, kind, a); err != nil {
		return err
	}
	tx.accessRow(a, tx.at.UnixMicro(), by, kind)
	return nil
}

func (tx *Tx) accessRow(a Accessed, at int64, by, kind string) {
	tx.Exec(`INSERT INTO access_log (id, at, who, kind, case_id, what) VALUES (?, ?, ?, ?, ?, ?)`, a.Row, at, by, kind, int64(a.Case), a.What)
	tx.Exec(`INSERT INTO access_count (who, kind, hour, reads) VALUES (?, ?, ?, 1) ON CONFLICT (who, kind, hour) DO UPDATE SET reads = access_count.reads + 1`, by, kind, at-at%hourMicros)
}

// hourMicros is an hour in the unit of the tables; the institution's zone begins
// its hours with UTC.
const hourMicros = int64(time.Hour / time.Microsecond)

package storage

import (
	"context"
	"iter"
	"strings"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
)

// derivedTable is a read table that RebuildReadTables makes anew, with the columns
// that differ each time they are written: ciphertexts.
type derivedTable struct {
	name string
	skip []string
}

// otherTables are those that hold no rows of cases: see caseTables. They are made
// anew in one unit.
var otherTables = []derivedTable{
	{"unit", nil}, {"person", nil}, {"access_log", nil}, {"law_version", nil}, {"law_article", nil},
	{"review", []string{"card"}}, {"review_recusal", nil}, {"review_material", nil}, {"review_print", nil}, {"review_finding", nil}, {"review_point", nil}, {"review_turn", nil}, {"product", nil},
	{"precedent", []string{"card"}}, {"precedent_tag", nil}, {"examination", nil}, {"examination_case", nil},
	{"export_register", nil}, {"retention_run", nil}, {"retention_case", nil}, {"legal_hold", nil}, {"access_count", nil}, {"access_flag", nil}, {"config_change", nil}, {"inbox", []string{"card"}}, {"hook", nil},
}

// RebuiltTable is what a rebuild found of one read table.
type RebuiltTable struct {
	Name  string `json:"name"`
	Equal bool   `json:"equal"` // live and rebuilt rows were the same
}

// RebuildOptions says how the read tables are made anew.
type RebuildOptions struct {
	All      bool              // write every row and text, also those that stand rightly: meanwhile searches on SQLite find less
	Progress func(streams int) // called now and then; nil for nobody
}

// Rebuilt is what a rebuild found and did.
type Rebuilt struct {
	Cases   int            `json:"cases"`
	Written int64          `json:"written"` // cases of which rows or texts were written anew
	Tables  []RebuiltTable `json:"tables"`
}

// Differing are the names of the tables that were others before.
func (r Rebuilt) Differing() (names []string) {
	for _, t := range r.Tables {
		if !t.Equal {
			names = append(names, t.Name)
		}
	}
	return names
}

// RebuildReadTables derives every read table and the search index from the ledger
// and says which differed from the live ones. What belongs to cases is compared and,
// where it is other, written page by page, in a unit each; the rest is written in one.
// Where a process ended in the middle, the next run does all of it again. A text of the
// search index is written anew where what it was made from is not what it would be made
// from now, and all of them where SQLite's own check finds their index damaged (PostgreSQL
// has none for its own: REINDEX); All writes everything whatever stands there. fault.Conflict names cases that are damaged, whose
// rows stay as they are: then all else is done and the result is there too.
func (s *Store) RebuildReadTables(ctx context.Context, o RebuildOptions) (out Rebuilt, err error) {
	progress := o.Progress
	cases := &caseRebuild{s: s, all: o.All, progress: progress}
	if err := cases.run(ctx); err != nil {
		return out, err
	}
	var tables []RebuiltTable
	for i, t := range caseTables {
		tables = append(tables, RebuiltTable{Name: t.name, Equal: !cases.differ[i]})
	}
	if s.engine == sqlite {
		tables = append(tables, RebuiltTable{Name: "search_fts", Equal: !cases.damagedIndex})
	}
	before, err := s.otherDigests(ctx)
	if err != nil {
		return out, err
	}
	if err := s.rebuildOthers(ctx, func(n int) {
		if progress != nil {
			progress(cases.streams + n)
		}
	}); err != nil {
		return out, err
	}
	after, err := s.otherDigests(ctx)
	if err != nil {
		return out, err
	}
	for i, t := range otherTables {
		tables = append(tables, RebuiltTable{Name: t.name, Equal: before[i] == after[i]})
	}
	return Rebuilt{cases.streams, cases.written, tables}, cases.toldDamage()
}

// rebuildOthers derives otherTables and the documents that are not cases.
func (s *Store) rebuildOthers(ctx context.Context, progress func(streams int)) error {
	tables := make([]string, len(otherTables))
	for i, t := range otherTables {
		tables[i] = t.name
	}
	names, newest, err := s.otherStreams(ctx) // before the unit: the names of all cases stand between
	if err != nil {
		return err
	}
	derive := func(tx *Tx, w *Writer, _ iter.Seq2[string, error]) error {
		if err := w.clearOtherDocs(); err != nil {
			return err
		}
		since, err := namesOf(tx, `SELECT stream FROM event WHERE version = 1 AND seq > ? ORDER BY seq`, newest)
		if err != nil {
			return err
		}
		for i, stream := range append(names, since...) {
			if err := tx.rebuildStream(w, stream); err != nil {
				return err
			}
			progress(i + 1)
		}
		return nil
	}
	err = s.Rebuild(ctx, tables, false, derive)
	for n := 0; n < rebuildTries && (fault.Is(err, fault.Stale) || classify(err) == busy); n++ { // others wrote just before
		err = s.Rebuild(ctx, tables, false, derive)
	}
	return err
}

// otherStreams returns the names of all streams that are not cases, in order, and the
// number of the newest event that it saw.
func (s *Store) otherStreams(ctx context.Context) (names []string, newest int64, err error) {
	others := `SELECT stream FROM event WHERE version = 1 AND substr(stream, 1, 10) <> 'complaint/' ORDER BY stream`
	if s.engine == sqlite { // ordered by bytes, which PostgreSQL's need not be: what is before and after the cases, none of theirs
		others = `SELECT stream FROM event WHERE stream < 'complaint/' AND version = 1 UNION ALL SELECT stream FROM event WHERE stream >= 'complaint0' AND version = 1 ORDER BY 1`
	}
	err = s.View(ctx, func(tx *Tx) error {
		if err := tx.Scan(`SELECT coalesce(max(seq), 0) FROM event`, nil, &newest); err != nil {
			return err
		}
		names, err = namesOf(tx, others)
		return err
	})
	return names, newest, err
}

// clearOtherDocs takes the documents that are not cases out of the search index.
func (w *Writer) clearOtherDocs() error {
	docs, err := numbersOf(w, `SELECT doc FROM search_doc WHERE doc >= ?`, int64(firstOtherDoc))
	if err != nil {
		return err
	}
	for _, doc := range docs {
		if w.Unindex(doc); len(w.u.index) < projectBatch {
			continue
		}
		if err := w.writeIndex(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) otherDigests(ctx context.Context) ([]string, error) {
	out := make([]string, len(otherTables))
	for i, t := range otherTables {
		d, err := s.Digest(ctx, t.name, t.skip...)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// rebuildStream derives what one stream gives that is no case. Streams of other kinds
// have no read table.
func (tx *Tx) rebuildStream(w *Writer, stream string) error {
	kind, id, _ := strings.Cut(stream, "/")
	switch kind {
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

package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"sync"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
)

// caseTable is a read table with rows of cases: key names the case, skip the columns
// that differ each time they are written. Rows of a table that is upserted are
// written over, so that whoever else waits for them finds them; others are removed
// first.
type caseTable struct {
	derivedTable
	key    string
	upsert bool
}

// caseTables are derived a page of cases at a time.
var caseTables = []caseTable{
	{derivedTable{"complaint", []string{"card"}}, "id", true}, {derivedTable{"complaint_import", nil}, "key", true}, {derivedTable{"case_coding", nil}, "id", true},
	{derivedTable{"complaint_reference", nil}, "case_id", false}, {derivedTable{"complaint_recusal", nil}, "case_id", false},
	{derivedTable{"complaint_approval", nil}, "case_id", false}, {derivedTable{"complaint_judgement", nil}, "case_id", false}, {derivedTable{"law_cited", nil}, "case_id", false},
}

var upsertComplaint = insertComplaint + " ON CONFLICT (id) DO UPDATE SET " + excluded(complaintColumns[1:]) + ", archived_at = NULL"

func excluded(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = excluded." + c
	}
	return strings.Join(set, ", ")
}

const (
	// rebuildPage is how many cases one unit derives: others wait some tenths of a
	// second for it. Each unit is a segment of the text index, to be merged later.
	rebuildPage = 500
	// rebuildDerivers is how many pages are derived side by side, more than there may be
	// processors: where the tables are larger than memory, most of them wait for the disk.
	rebuildDerivers = 4
	// rebuildTries bounds how often a page is derived again because something happened
	// in one of its cases.
	rebuildTries = 20
	// namedDamaged is how many damaged cases the error names.
	namedDamaged = 5
)

// caseRebuild derives the rows of all cases, page by page, and compares them with those
// that stand, on one snapshot each: nobody waits for that. Cases of which anything is
// other are written in a unit of their page: people go on working, nothing grows with
// the number of cases, and what was done stays done when the process ends.
type caseRebuild struct {
	s        *Store
	all      bool       // write also what stands rightly
	columns  [][]string // of caseTables
	differ   []bool     // of caseTables
	imports  int64      // keys of imports met
	keys     int64      // exact keys of the search index met
	known    caseSet    // of the ledger
	late     []casePage
	damaged  []complaint.ID
	progress func(streams int)
	streams  int
	written  int64 // cases

	damagedIndex bool // it was emptied
}

// derivedCase is what the events of a case give.
type derivedCase struct {
	id       complaint.ID
	head     int64 // the version that it was derived from
	open     bool
	ops      []op
	index    []indexOp
	keys     []string // of imports
	packedAt any      // when its record went to the archive, nil
}

// casePage is a page of cases, derived and not yet written.
type casePage struct {
	right, cases []derivedCase // right ones stand as derived and are not written
	damaged      []complaint.ID
	before       [][32]byte // digests of the rows before they were removed; nil otherwise
	err          error
}

func (p *casePage) ids() []complaint.ID {
	out := make([]complaint.ID, len(p.cases))
	for i, c := range p.cases {
		out[i] = c.id
	}
	return out
}

// importKeys are those of the cases that are written.
func (p *casePage) importKeys() (out []any) {
	for _, c := range p.cases {
		for _, k := range c.keys {
			out = append(out, k)
		}
	}
	return out
}

// run derives every case. Damaged ones keep the rows they have; see toldDamage.
func (r *caseRebuild) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if err := r.emptyIndex(ctx); err != nil {
		return err
	}
	if err := r.walk(ctx); err != nil {
		return err
	}
	if err := r.removeOrphans(ctx); err != nil {
		return err
	}
	for _, p := range r.late { // nothing wrong is in their way any more
		if err := r.write(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// emptyIndex empties SQLite's index of texts where all is to be written or the engine says
// that it is damaged: then no case has a text, and each gets it anew. On PostgreSQL texts
// are rows, which are replaced one by one.
func (r *caseRebuild) emptyIndex(ctx context.Context) error {
	if r.s.engine != sqlite {
		return nil
	}
	bad, err := r.s.IndexIntegrity(ctx)
	if err != nil {
		return err
	}
	if r.damagedIndex = len(bad) > 0; r.damagedIndex {
		r.s.log.Error("the index of texts is damaged and is made anew: until then less is found", "damage", bad[0])
	} else if !r.all {
		return nil
	}
	return r.s.Write(ctx, func(w *Writer) error {
		_, err := w.Exec(clearText)
		return err
	})
}

// toldDamage is the error that names the damaged cases, if there are any.
func (r *caseRebuild) toldDamage() error {
	if len(r.damaged) == 0 {
		return nil
	}
	names := make([]string, 0, namedDamaged)
	for _, id := range r.damaged[:min(len(r.damaged), namedDamaged)] {
		names = append(names, id.Stream())
	}
	return fault.New(fault.Conflict, "%d 件投诉的台账记录与校验值不符（先列 %s），读表里它们的内容没有动；其余已重新推导。请运行 xiaobao verify 查明。", len(r.damaged), strings.Join(names, "、"))
}

func (r *caseRebuild) prepare(ctx context.Context) error {
	r.differ, r.known = make([]bool, len(caseTables)), caseSet{}
	return r.s.View(ctx, func(tx *Tx) error {
		for _, t := range caseTables {
			columns, err := tx.columns(t.name, t.skip)
			if err != nil {
				return err
			}
			r.columns = append(r.columns, columns)
		}
		return nil
	})
}

// walk derives the pages side by side and writes them one after the other.
func (r *caseRebuild) walk(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages, next := make(chan casePage), make(chan []complaint.ID)
	var deriving sync.WaitGroup
	for range rebuildDerivers {
		deriving.Go(func() {
			for ids := range next {
				pages <- r.derive(ctx, ids)
			}
		})
	}
	go func() {
		err := r.s.eachCasePage(ctx, func(ids []complaint.ID) bool {
			for _, id := range ids {
				r.known.add(id)
			}
			select {
			case next <- ids:
				return true
			case <-ctx.Done():
				return false
			}
		})
		close(next)
		deriving.Wait()
		if err != nil {
			pages <- casePage{err: err}
		}
		close(pages)
	}()
	var err error
	for p := range pages { // to the end, so that nobody is left who wants to send
		if err != nil {
			continue
		}
		if err = r.write(ctx, p); err != nil {
			cancel()
			continue
		}
		if r.streams += len(p.right) + len(p.cases) + len(p.damaged); r.progress != nil {
			r.progress(r.streams)
		}
	}
	return cmp.Or(err, ctx.Err())
}

// derive derives a page and, unless all is to be written, sets apart what stands rightly.
func (r *caseRebuild) derive(ctx context.Context, ids []complaint.ID) (p casePage) {
	p.err = r.s.snapshot(ctx, true, func(tx *Tx) error {
		if err := tx.deriveCases(&p, ids); err != nil || r.all {
			return err
		}
		return tx.setApart(&p, r.columns)
	})
	return p
}

// eachCasePage calls fn with the cases of the ledger, page by page in the order of
// their names, each page in that of their numbers, until it returns false. No snapshot stays open between.
func (s *Store) eachCasePage(ctx context.Context, fn func([]complaint.ID) bool) error {
	const prefix = "complaint/"
	for last := prefix; ; {
		var names []string
		err := s.View(ctx, func(tx *Tx) (err error) {
			names, err = tx.streamsAfter(prefix, last, rebuildPage)
			return err
		})
		if err != nil || len(names) == 0 {
			return err
		}
		ids := make([]complaint.ID, len(names))
		for i, name := range names {
			n, err := strconv.ParseInt(name[len(prefix):], 10, 64)
			if err != nil {
				return fault.Wrap(fault.Internal, err, "stream %s", name)
			}
			ids[i] = complaint.ID(n)
		}
		slices.Sort(ids) // the index of texts ends a segment wherever numbers do not grow
		if !fn(ids) {
			return nil
		}
		last = names[len(names)-1]
	}
}

// deriveCases derives what the events of cases give.
func (tx *Tx) deriveCases(p *casePage, ids []complaint.ID) error {
	streams := make([]any, len(ids))
	for i, id := range ids {
		streams[i] = id.Stream()
	}
	if err := tx.readAhead(streams); err != nil {
		return err
	}
	for _, id := range ids {
		c, err := tx.deriveCase(id)
		if fault.Is(err, fault.Conflict) {
			tx.s.log.Error("a case is damaged and was not derived anew", "case", int64(id), "error", err)
			p.damaged = append(p.damaged, id)
			continue
		}
		if err != nil {
			return err
		}
		p.cases = append(p.cases, c)
	}
	return nil
}

// deriveCase derives the rows of a case.
func (tx *Tx) deriveCase(id complaint.ID) (d derivedCase, err error) {
	c, history, err := tx.ComplaintHistory(id)
	if err != nil {
		return d, err
	}
	d.id, d.head, d.open = id, c.Version, c.Open()
	events := make([]complaint.Event, len(history))
	for i, h := range history {
		events[i] = h.Event
		if key := importKey(h.Event); key != "" {
			d.keys = append(d.keys, key)
		}
	}
	sub := *tx
	sub.ops, sub.index = nil, nil
	if err := sub.project(complaint.Case{}, c, events); err != nil {
		return d, err
	}
	for i := range sub.ops {
		switch o := &sub.ops[i]; o.q {
		case insertComplaint:
			o.q = upsertComplaint
		case insertImport:
			o.q = insertImport + ` ON CONFLICT (key) DO UPDATE SET case_id = excluded.case_id`
		}
	}
	sub.Exec(markArchived, id.Stream(), int64(id))
	d.ops, d.index = sub.ops, sub.index
	return d, nil
}

// markArchived notes on a closed case since when its record lies in the archive; it
// touches no row of the others, which are nearly all.
const markArchived = `UPDATE complaint SET archived_at = a.at FROM archive a JOIN event e ON e.seq = a.first
	WHERE e.stream = ? AND e.version = 1 AND complaint.id = ? AND a.last = complaint.version AND NOT complaint.open`

// errMoved says that something has happened in a case since it was derived.
var errMoved = errors.New("a case has gone on")

// write writes a page. When something happened in one of its cases meanwhile, they are
// derived again while others wait. When rows elsewhere are in its way, which must be
// wrong, its own are removed and it is written at the end.
func (r *caseRebuild) write(ctx context.Context, p casePage) error {
	if p.err != nil {
		return p.err
	}
	r.met(p.right)
	if len(p.cases)+len(p.damaged) == 0 {
		return nil
	}
	p.right = nil
	err := r.tryWrite(ctx, &p, false)
	for range rebuildTries {
		if !errors.Is(err, errMoved) && classify(err) != busy {
			break
		}
		err = r.tryWrite(ctx, &p, true)
	}
	if !fault.Is(err, fault.Stale) || p.before != nil {
		return err
	}
	err = r.s.Write(ctx, func(w *Writer) (err error) {
		if p.before, err = w.digestCases(&p, r.columns); err != nil {
			return err
		}
		return w.clearCases(p.ids())
	})
	r.late = append(r.late, p)
	return err
}

// tryWrite writes a page in one unit; with again it is derived within.
func (r *caseRebuild) tryWrite(ctx context.Context, p *casePage, again bool) error {
	var differ []bool
	err := r.s.Write(ctx, func(w *Writer) (err error) {
		ids := append(p.ids(), p.damaged...)
		if err := w.lockCases(idArgs(ids)); err != nil {
			return err
		}
		if again {
			anew := casePage{before: p.before}
			if err := r.s.snapshot(ctx, true, func(tx *Tx) error { return tx.deriveCases(&anew, ids) }); err != nil {
				return err
			}
			*p = anew
		}
		differ, err = w.rewriteCases(p, r.columns)
		return err
	})
	if err != nil {
		return err
	}
	for i, d := range differ {
		r.differ[i] = r.differ[i] || d
	}
	r.damaged = append(r.damaged, p.damaged...)
	r.written += int64(len(p.cases))
	r.met(p.cases)
	return nil
}

// met counts what stands rightly, or does now: see removeOrphans.
func (r *caseRebuild) met(cases []derivedCase) {
	for _, c := range cases {
		r.imports += int64(len(c.keys))
		for _, o := range c.index {
			r.keys += int64(len(o.doc.Keys))
		}
	}
}

// rewriteCases writes the rows of a page and says for which tables they are others
// than before. errMoved when a case has gone on since it was derived.
func (w *Writer) rewriteCases(p *casePage, columns [][]string) ([]bool, error) {
	if len(p.cases) == 0 {
		return nil, nil
	}
	ids := idArgs(p.ids())
	var ops []op
	var index []indexOp
	for _, c := range p.cases {
		h, err := readHead(w, c.id.Stream())
		if err != nil {
			return nil, err
		}
		if h.Version != c.head {
			return nil, errMoved
		}
		ops, index = append(ops, c.ops...), append(index, c.index...)
	}
	before, err := p.before, error(nil)
	if before == nil {
		if before, err = w.digestCases(p, columns); err != nil {
			return nil, err
		}
	}
	in, args := oneOf(ids)
	for _, t := range caseTables {
		if t.upsert {
			continue
		}
		if _, err := w.Exec(`DELETE FROM `+t.name+` WHERE `+t.key+` IN `+in, args...); err != nil {
			return nil, err
		}
	}
	if err := w.removeStrayTexts(index, ids); err != nil {
		return nil, err
	}
	if err := w.runOps(ops, false); err != nil {
		return nil, err
	}
	after, err := w.digestCases(p, columns)
	w.u.index = append(w.u.index, index...)
	differ := make([]bool, len(caseTables))
	for i := range differ {
		differ[i] = err == nil && before[i] != after[i]
	}
	return differ, err
}

func idArgs(ids []complaint.ID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

// oneOf is a list for IN: of any number there are few texts, which stay prepared.
func oneOf(list []any) (string, []any) {
	in, args := padded(list)
	return "(" + in + ")", args
}

// marks are places for exactly so many.
func marks(n int) string { return "(?" + strings.Repeat(", ?", n-1) + ")" }

// lockCases lets other copies of the program wait that are about to change the cases;
// within one copy everything waits for the unit.
func (w *Writer) lockCases(ids []any) error {
	if w.s.engine != postgres || len(ids) == 0 {
		return nil
	}
	in, args := oneOf(ids)
	_, err := w.Exec(`SELECT 1 FROM complaint WHERE id IN `+in+` ORDER BY id FOR UPDATE`, args...)
	return err
}

// digestCases digests the rows of a page, for each of caseTables.
func (w *Writer) digestCases(p *casePage, columns [][]string) ([][32]byte, error) {
	out := make([][32]byte, len(caseTables))
	ids := idArgs(p.ids())
	for i, t := range caseTables {
		args := ids
		if t.key == "key" {
			args = p.importKeys()
		}
		if len(args) == 0 {
			continue
		}
		h := sha256.New()
		list := strings.Join(columns[i], ", ")
		in, args := oneOf(args)
		rows, err := w.Query(`SELECT `+list+` FROM `+t.name+` WHERE `+t.key+` IN `+in+` ORDER BY `+list, args...)
		if err != nil {
			return nil, err
		}
		if err := hashRows(h, rows, len(columns[i])); err != nil {
			return nil, err
		}
		h.Sum(out[i][:0])
	}
	return out, nil
}

// hashRows writes every value of the rows into h and closes them.
func hashRows(h hash.Hash, rows *sql.Rows, columns int) error {
	defer rows.Close()
	values := make([]any, columns)
	for i := range values {
		values[i] = new([]byte)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for _, v := range values {
			b := *v.(*[]byte)
			fmt.Fprintf(h, "%d %t %s\n", len(b), b == nil, b)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// removeStrayTexts removes what stands in the index for documents that are about to
// be written and are not listed: what is listed, the index replaces itself.
func (w *Writer) removeStrayTexts(docs []indexOp, ids []any) error {
	in, args := oneOf(ids)
	listed, err := numbersOf(w, `SELECT doc FROM search_doc WHERE doc IN `+in, args...)
	if err != nil {
		return err
	}
	for _, o := range docs {
		if slices.Contains(listed, o.doc.ID) {
			continue
		}
		if err := w.removeText(o.doc); err != nil {
			return err
		}
	}
	return nil
}

// removeText removes a text and its keys that no document lists.
func (w *Writer) removeText(d Doc) error {
	if w.s.engine == postgres {
		if found, err := partExists(context.Background(), w.g.conn, d.ID>>partBits); err != nil || !found {
			return err
		}
	}
	q := w.s.engine.removeText(d.ID)
	if _, err := w.Exec(q.q, q.args...); err != nil {
		return err
	}
	for _, k := range d.Keys {
		if _, err := w.Exec(`DELETE FROM search_key WHERE key = ? AND doc = ?`, int64(k), d.ID); err != nil {
			return err
		}
	}
	return nil
}

// clearCases removes every row of cases.
func (w *Writer) clearCases(ids []complaint.ID) error {
	in, args := oneOf(idArgs(ids))
	for _, t := range caseTables {
		key := t.key
		if key == "key" {
			key = "case_id"
		}
		if _, err := w.Exec(`DELETE FROM `+t.name+` WHERE `+key+` IN `+in, args...); err != nil {
			return err
		}
	}
	return nil
}

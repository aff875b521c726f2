package app

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// run reads, decides and writes: one goroutine reads and prepares, one decides in
// the order of the file, some write.
func (im *importer) run(ctx context.Context, open func() (*document.Table, error)) (ImportReport, error) {
	if err := im.begin(ctx); err != nil {
		return im.report, err
	}
	prepared, decided := make(chan []*importRow, 2), make(chan []*importRow, 2)
	var all []*importRow
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { defer close(prepared); return im.readAll(gctx, open, prepared) })
	g.Go(func() error {
		defer close(decided)
		for rows := range prepared {
			all = append(all, rows...)
			if err := im.decide(gctx, rows); err != nil {
				return err
			}
			if !send(gctx, decided, rows) {
				return gctx.Err()
			}
		}
		return nil
	})
	for range importWriters {
		g.Go(func() error {
			for rows := range decided {
				if err := im.finish(gctx, rows); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := g.Wait()
	for range prepared { // what was read and not taken
		continue
	}
	for _, r := range all {
		if r.out.Result == ImportRejected || r.done || im.o.DryRun && r.out.Result != "" {
			im.report.Rows = append(im.report.Rows, r.out)
		}
	}
	return im.report, err
}

func send(ctx context.Context, to chan<- []*importRow, rows []*importRow) bool {
	select {
	case to <- rows:
		return true
	case <-ctx.Done():
		return false
	}
}

// begin fixes what every row is decided by. The one who acts is the program in
// the unit of who imports: nobody in person has received these rows.
func (im *importer) begin(ctx context.Context) error {
	return im.a.store.View(ctx, func(tx *storage.Tx) error {
		actor := party.Actor{ID: party.System.ID, Name: party.System.Name, Unit: im.who.Unit, Path: im.who.Path}
		var err error
		im.env, im.org, err = im.a.env(tx, actor, im.a.Today())
		return err
	})
}

func (im *importer) readAll(ctx context.Context, open func() (*document.Table, error), out chan<- []*importRow) error {
	t, err := open()
	if err != nil {
		return err
	}
	defer t.Close()
	var batch []*importRow
	rr := &rowReader{m: im.o.Map, tree: im.env.Tree}
	sheet := "\x00"
	for row, err := range t.Rows() {
		if err != nil {
			return err
		}
		if row.Sheet != sheet {
			sheet, rr.layout = row.Sheet, layoutOf(im.o.Map, row.Header)
		}
		if batch = append(batch, im.prepare(rr, row)); len(batch) == importBatch {
			if !send(ctx, out, batch) {
				return ctx.Err()
			}
			batch = nil
		}
	}
	if len(batch) > 0 && !send(ctx, out, batch) {
		return ctx.Err()
	}
	return nil
}

// finish writes a decided batch: new rows as one unit, then what belongs to cases.
// It waits for earlier batches only, so that writers never wait for each other.
func (im *importer) finish(ctx context.Context, rows []*importRow) error {
	var fresh []*importRow
	for _, r := range rows {
		if r.out.Result == ImportNew {
			fresh = append(fresh, r)
		}
	}
	if im.o.DryRun {
		im.count(rows)
		return nil
	}
	if err := im.register(ctx, fresh); err != nil {
		return err
	}
	if err := im.follow(ctx, rows); err != nil {
		return err
	}
	im.count(rows)
	for _, r := range rows {
		r.forget()
	}
	return nil
}

// register writes new rows in one unit. When that fails the rows are tried one by
// one, so that a single bad row does not take the others with it.
func (im *importer) register(ctx context.Context, rows []*importRow) error {
	if len(rows) == 0 {
		return nil
	}
	err := im.registerUnit(ctx, rows)
	if err != nil && ctx.Err() == nil && len(rows) > 1 && fault.KindOf(err) != fault.Unavailable {
		for _, r := range rows {
			if err := im.register(ctx, []*importRow{r}); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil && (ctx.Err() != nil || fault.KindOf(err) == fault.Unavailable) {
		return err
	}
	for _, r := range rows {
		if fault.Is(err, fault.Stale) {
			if id, lost := im.a.imported(ctx, r.d.ImportKey); lost == nil && id != 0 { // another import was quicker
				r.out.Result, r.out.Case, r.done = ImportDuplicate, id, true
				if r.own != nil {
					r.own.settle(id)
				}
				continue
			}
		}
		if err != nil {
			im.a.log.Error("import: row refused", "place", r.out.Place, "err", err)
			r.reject(err)
		} else {
			r.out.Case = r.e.ID
		}
		r.done = true
		if r.own != nil {
			r.own.settle(r.out.Case)
		}
	}
	return nil
}

func (im *importer) registerUnit(ctx context.Context, rows []*importRow) error {
	id, err := im.a.store.Numbers(ctx, "complaint", len(rows))
	if err != nil {
		return err
	}
	day := calendar.FromTime(im.a.now()).Time().Format("20060102")
	n, err := im.a.store.Numbers(ctx, "number/"+day, len(rows))
	if err != nil {
		return err
	}
	return im.a.store.Update(ctx, func(tx *storage.Tx) error {
		for i, r := range rows {
			e := *r.e
			e.ID, e.Number = complaint.ID(id)+complaint.ID(i), fmt.Sprintf("TS%s-%06d", day, n+int64(i))
			if _, err := tx.AppendComplaint(complaint.Case{}, im.who.ID, []complaint.Event{&e}); err != nil {
				return err
			}
			r.e = &e
		}
		return nil
	})
}

// follow completes the rows that belong to another's case: further references as
// one unit, duplicates by their case. It waits for rows of earlier batches only.
func (im *importer) follow(ctx context.Context, rows []*importRow) error {
	var further []*importRow
	for _, r := range rows {
		if r.done || r.home == nil {
			continue
		}
		select {
		case <-r.home.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if r.out.Result == ImportAttached {
			further = append(further, r)
		} else {
			r.done, r.out.Case = true, r.home.id
		}
	}
	alone, err := im.attach(ctx, further)
	for _, r := range alone {
		if err == nil {
			r.out.Result, r.out.Why = ImportNew, ""
			err = im.register(ctx, []*importRow{r})
		}
	}
	return err
}

// attach puts rows on their cases as further references and returns those whose
// case cannot take them any more: it is closed, or its row was refused.
func (im *importer) attach(ctx context.Context, rows []*importRow) (alone []*importRow, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	notes := map[*importRow]string{}
	for try := 1; try <= tries; try++ {
		known := map[*importRow]string{}
		clear(notes)
		err = im.a.store.Update(ctx, func(tx *storage.Tx) error { return im.attachIn(tx, rows, notes, known) })
		if fault.Is(err, fault.Stale) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if note, refused := notes[r]; refused {
				r.out.Notes = append(r.out.Notes, note)
				alone = append(alone, r)
				continue
			}
			if number, has := known[r]; has {
				r.out.Result, r.out.Why = ImportDuplicate, "已登记在投诉 "+number+" 中"
			}
			r.done, r.out.Case = true, r.home.id
		}
		return alone, nil
	}
	return nil, err
}

// attachIn decides the references on the cases as they are now. What cannot be
// attached is noted; what is there already is known.
func (im *importer) attachIn(tx *storage.Tx, rows []*importRow, notes, known map[*importRow]string) error {
	cases := map[complaint.ID]complaint.Case{}
	for _, r := range rows {
		if r.home.id == 0 {
			notes[r] = "同一事项的前一行没有导入，单独登记"
			continue
		}
		c, loaded := cases[r.home.id]
		if !loaded {
			var err error
			if c, err = tx.Complaint(r.home.id); err != nil {
				return err
			}
		}
		env := im.env
		env.Rules = im.a.Rules(c.ReceivedOn)
		events, err := attachEvents(c, env, r.d)
		var over errAttachOver
		switch {
		case errors.As(err, &over) && over.known:
			known[r] = c.Number
			continue
		case errors.As(err, &over):
			notes[r] = "同一事项的投诉 " + c.Number + " 已办结，按新投诉登记"
			continue
		case err != nil:
			notes[r] = "没有并入 " + c.Number + "：" + reasons(err)
			continue
		}
		if cases[r.home.id], err = tx.AppendComplaint(c, im.who.ID, events); err != nil {
			return err
		}
	}
	return nil
}

// errAttachOver says that a case takes no further reference.
type errAttachOver struct {
	number string
	known  bool // because it has this one already
}

// Error implements error.
func (e errAttachOver) Error() string { return "complaint " + e.number + " takes no reference" }

// maxFacts bounds what AddFacts takes, in characters.
const maxFacts = 8000

// attachEvents are the reference and, where the row says it in other words, its text.
func attachEvents(c complaint.Case, env complaint.Env, d complaint.Register) ([]complaint.Event, error) {
	if !c.Open() {
		return nil, errAttachOver{number: c.Number}
	}
	for _, ref := range c.LiveReferences() {
		if d.SenderNumber != "" && ref.Number == d.SenderNumber && ref.Channel == d.Channel {
			return nil, errAttachOver{c.Number, true}
		}
	}
	events, err := complaint.AddReference{Channel: d.Channel, Sender: d.Sender, Number: d.SenderNumber, ReceivedOn: d.ReceivedOn, OwnDue: d.OwnDue, ImportKey: d.ImportKey}.Decide(c, env)
	if err != nil || d.Narrative == c.Narrative || len([]rune(d.Narrative)) > maxFacts {
		return events, err
	}
	facts, err := complaint.AddFacts{On: max(d.ReceivedOn, c.ReceivedOn), Text: d.Narrative}.Decide(c, env)
	return append(events, facts...), err
}

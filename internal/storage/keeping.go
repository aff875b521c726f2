package storage

import (
	"fmt"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/ledger"
)

// foldStream folds a stream of events of one kind of thing.
func foldStream[T any, E interface{ Kind() string }](tx *Tx, stream string, kinds map[string]func() E, apply func(T, E, time.Time, string) T) (out T, n int, err error) {
	events, err := tx.Load(stream)
	if err != nil {
		return out, 0, err
	}
	for _, l := range events {
		e, err := decodeAs(tx, l, kinds)
		if err != nil {
			return out, 0, err
		}
		out = apply(out, e, l.At, l.By)
	}
	return out, len(events), nil
}

func decodeAs[E interface{ Kind() string }](tx *Tx, l ledger.Event, kinds map[string]func() E) (e E, err error) {
	empty, ok := kinds[l.Kind]
	if !ok {
		return e, fmt.Errorf("storage: unknown event kind %q in %s", l.Kind, l.Stream)
	}
	e = empty()
	return e, tx.Decode(l, e)
}

// Export returns an export; fault.NotFound when there is none.
func (tx *Tx) Export(n int64) (keeping.Export, error) {
	x, events, err := foldStream(tx, keeping.ExportStream(n), keeping.ExportKinds, keeping.Export.Apply)
	if err == nil && events == 0 {
		err = fault.New(fault.NotFound, "没有第 %d 号导出", n)
	}
	return x, err
}

// AppendExport appends an event to an export and writes its row.
func (tx *Tx) AppendExport(x keeping.Export, by string, e keeping.ExportEvent) (keeping.Export, error) {
	after := x.Apply(e, tx.at, by)
	if err := tx.Append(keeping.ExportStream(after.N), after.Version, by, e.Kind(), e); err != nil {
		return x, err
	}
	tx.projectExport(after)
	return after, nil
}

func (tx *Tx) projectExport(x keeping.Export) {
	if x.Version == 1 {
		tx.Exec(`INSERT INTO export_register (n, at, who, what, form, filter, lines, sum, case_id, path, held, state, until, decided_by, decided_at, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			x.N, x.At.UnixMicro(), x.By, x.What, x.Form, x.Filter, x.Rows, x.Sum, x.Case, unitPath(x.Path), x.Held, string(x.State), micro(x.Until), x.DecidedBy, microOrNull(x.DecidedAt), microOrNull(x.TakenAt))
		return
	}
	tx.ExecOne(`UPDATE export_register SET held = ?, state = ?, until = ?, decided_by = ?, decided_at = ?, taken_at = ? WHERE n = ?`,
		x.Held && x.State != keeping.Expired, string(x.State), micro(x.Until), x.DecidedBy, microOrNull(x.DecidedAt), microOrNull(x.TakenAt), x.N)
}

// unitPath writes a path of units so that a subtree is one comparison.
func unitPath[T ~string](path []T) string {
	var b strings.Builder
	b.WriteByte('/')
	for _, u := range path {
		b.WriteString(string(u))
		b.WriteByte('/')
	}
	return b.String()
}

// micro is a time as the tables hold it; the zero time is 0.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func microOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// Run returns a protocol of erasing; fault.NotFound when there is none.
func (tx *Tx) Run(n int64) (keeping.Run, error) {
	r, events, err := foldStream(tx, keeping.RunStream(n), keeping.RunKinds, keeping.Run.Apply)
	if err == nil && events == 0 {
		err = fault.New(fault.NotFound, "没有第 %d 号删除清单", n)
	}
	return r, err
}

// AppendRun appends an event to a protocol and writes its rows.
func (tx *Tx) AppendRun(r keeping.Run, by string, e keeping.RunEvent) (keeping.Run, error) {
	after := r.Apply(e, tx.at, by)
	if err := tx.Append(keeping.RunStream(after.N), after.Version, by, e.Kind(), e); err != nil {
		return r, err
	}
	tx.projectRun(after, e)
	return after, nil
}

func (tx *Tx) projectRun(r keeping.Run, e keeping.RunEvent) {
	switch e := e.(type) {
	case *keeping.RunOpened:
		tx.Exec(`INSERT INTO retention_run (n, at, who, ground, state, cases, erased, skipped, decided_by, ended_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0, '', NULL)`,
			r.N, r.At.UnixMicro(), r.By, string(r.Ground), string(r.State), len(r.Cases))
		for _, id := range r.Cases {
			tx.Exec(`INSERT INTO retention_case (case_id, run, state) VALUES (?, ?, 'listed') ON CONFLICT (case_id, run) DO NOTHING`, id, r.N)
		}
		return
	case *keeping.RunDecided:
		if !e.OK {
			tx.Exec(`DELETE FROM retention_case WHERE run = ?`, r.N)
		}
	case *keeping.CaseErased:
		tx.Exec(`INSERT INTO retention_case (case_id, run, state) VALUES (?, ?, 'erased') ON CONFLICT (case_id, run) DO UPDATE SET state = excluded.state`, e.Case, r.N)
	case *keeping.CaseSkipped:
		tx.Exec(`DELETE FROM retention_case WHERE case_id = ? AND run = ?`, e.Case, r.N)
	}
	tx.ExecOne(`UPDATE retention_run SET state = ?, erased = ?, skipped = ?, decided_by = ?, ended_at = ? WHERE n = ?`, string(r.State), len(r.Erased), len(r.Skipped), r.DecidedBy, microOrNull(r.EndedAt), r.N)
}

// Hold returns a legal hold; fault.NotFound when there is none.
func (tx *Tx) Hold(n int64) (keeping.Hold, error) {
	h, events, err := foldStream(tx, keeping.HoldStream(n), keeping.HoldKinds, keeping.Hold.Apply)
	if err == nil && events == 0 {
		err = fault.New(fault.NotFound, "没有第 %d 号保全", n)
	}
	return h, err
}

// AppendHold appends an event to a hold and writes its row.
func (tx *Tx) AppendHold(h keeping.Hold, by string, e keeping.HoldEvent) (keeping.Hold, error) {
	after := h.Apply(e, tx.at, by)
	if err := tx.Append(keeping.HoldStream(after.N), after.Version, by, e.Kind(), e); err != nil {
		return h, err
	}
	tx.projectHold(after)
	return after, nil
}

func (tx *Tx) projectHold(h keeping.Hold) {
	tx.Exec(`INSERT INTO legal_hold (n, case_id, at, who, until, lifted_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (n) DO UPDATE SET lifted_at = excluded.lifted_at`,
		h.N, h.Case, h.At.UnixMicro(), h.By, orNull(h.Until.String()), microOrNull(h.LiftedAt))
}

// Flag returns a flag of unusual reading; fault.NotFound when there is none.
func (tx *Tx) Flag(stream string) (keeping.Flag, error) {
	var f keeping.Flag
	if !strings.HasPrefix(stream, "reading/") {
		return f, fault.New(fault.NotFound, "没有这条提示")
	}
	f, events, err := foldStream(tx, stream, keeping.FlagKinds, keeping.Flag.Apply)
	if err == nil && events == 0 {
		err = fault.New(fault.NotFound, "没有这条提示")
	}
	return f, err
}

// AppendFlag appends an event to a flag and writes its row. Raising one that stands
// already is fault.Stale.
func (tx *Tx) AppendFlag(f keeping.Flag, by string, e keeping.FlagEvent) (keeping.Flag, error) {
	after := f.Apply(e, tx.at, by)
	if err := tx.Append(keeping.FlagStream(after.FlagRaised), after.Version, by, e.Kind(), e); err != nil {
		return f, err
	}
	tx.projectFlag(after)
	return after, nil
}

func (tx *Tx) projectFlag(f keeping.Flag) {
	tx.Exec(`INSERT INTO access_flag (stream, rule, who, start, reads, usual, at, closed_by, closed_at, verdict) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (stream) DO UPDATE SET closed_by = excluded.closed_by, closed_at = excluded.closed_at, verdict = excluded.verdict`,
		keeping.FlagStream(f.FlagRaised), f.Rule, f.Who, f.Start.UnixMicro(), f.Count, f.Usual, f.At.UnixMicro(), f.ClosedBy, microOrNull(f.ClosedAt), string(f.Verdict))
}

// rebuildKeeping derives what one stream of this house gives.
func (tx *Tx) rebuildKeeping(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	kind, _, _ := strings.Cut(stream, "/")
	return w.Project(tx, func(sub *Tx) error {
		switch kind {
		case "export":
			return eachOf(sub, events, keeping.ExportKinds, keeping.Export.Apply, func(x keeping.Export, _ keeping.ExportEvent) { sub.projectExport(x) })
		case "retention":
			return eachOf(sub, events, keeping.RunKinds, keeping.Run.Apply, sub.projectRun)
		case "hold":
			return eachOf(sub, events, keeping.HoldKinds, keeping.Hold.Apply, func(h keeping.Hold, _ keeping.HoldEvent) { sub.projectHold(h) })
		}
		return eachOf(sub, events, keeping.FlagKinds, keeping.Flag.Apply, func(f keeping.Flag, _ keeping.FlagEvent) { sub.projectFlag(f) })
	})
}

func eachOf[T any, E interface{ Kind() string }](tx *Tx, events []ledger.Event, kinds map[string]func() E, apply func(T, E, time.Time, string) T, project func(T, E)) error {
	var v T
	for _, l := range events {
		e, err := decodeAs(tx, l, kinds)
		if err != nil {
			return err
		}
		v = apply(v, e, l.At, l.By)
		project(v, e)
	}
	return nil
}

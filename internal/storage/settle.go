package storage

import "context"

const (
	// settlePages is how much of the text index one step merges: some ten
	// milliseconds in which nobody else writes.
	settlePages = 64
	// settleSteps bounds one round, so that a checkpoint is never long overdue.
	settleSteps = 4000
)

// Settle merges the segments of the text index, which every commit adds one to and
// each of which a search has to look into. It goes on in small steps until there is
// nothing left to merge, stop says so, or ctx ends; what is done stays done. On
// PostgreSQL it is settleParts.
func (s *Store) Settle(ctx context.Context, stop func() bool) error {
	if s.engine != sqlite {
		return s.settleParts(ctx, stop)
	}
	for range settleSteps {
		if err := ctx.Err(); err != nil || stop != nil && stop() {
			return err
		}
		var changed int64
		err := s.Write(ctx, func(w *Writer) (err error) {
			changed, err = w.mergeText()
			return err
		})
		if err != nil || changed < 2 { // what the statement itself counts as
			return err
		}
	}
	return nil
}

// settleParts empties the lists in which the indexes of the parts collect what is new.
// Every search reads a list from end to end, and a part that is full gets nothing new
// that would make the server empty its list: the 153 parts of ten million documents had
// 570 MB of them, and to find that nobody has a word took 616 ms instead of 10.
func (s *Store) settleParts(ctx context.Context, stop func() bool) error {
	parts, err := listParts(ctx, s.read)
	if err != nil {
		return err
	}
	for i := len(parts) - 1; i >= 0; i-- { // the newest is searched first
		if err := ctx.Err(); err != nil || stop != nil && stop() {
			return err
		}
		if _, err := s.read.ExecContext(ctx, `SELECT gin_clean_pending_list(($1)::regclass)`, partName(parts[i])+"_tokens"); err != nil {
			return err
		}
	}
	return nil
}

// mergeText does one step and returns how many rows it wrote.
func (w *Writer) mergeText() (int64, error) {
	const command = `INSERT INTO search_fts (search_fts, rank) VALUES (?, ?)`
	// Two segments of a size are enough to be merged when nobody waits.
	if _, err := w.Exec(command, "usermerge", 2); err != nil {
		return 0, err
	}
	var before, after int64
	if err := w.Scan(`SELECT total_changes()`, nil, &before); err != nil {
		return 0, err
	}
	if _, err := w.Exec(command, "merge", settlePages); err != nil {
		return 0, err
	}
	err := w.Scan(`SELECT total_changes()`, nil, &after)
	return after - before, err
}

// settleWhenIdle is a round that gives way to whoever wants to write, and to what
// was written and has no leaf yet.
func (q *sequencer) settleWhenIdle(ctx context.Context) error {
	return q.s.Settle(ctx, func() bool {
		select {
		case <-q.quit:
			return true
		default:
			return len(q.s.group.queue) > 0 || len(q.signal) > 0
		}
	})
}

package storage

import (
	"context"
	"errors"
	"time"
)

const (
	// settlePages is how much of the text index one step merges: some ten
	// milliseconds in which nobody else writes.
	settlePages = 64
	// settleSteps bounds one round, so that a checkpoint is never long overdue.
	settleSteps = 4000
	// settleDeleted is from which share of deleted documents on, in percent, a segment
	// is merged for their sake alone.
	settleDeleted = 10
)

// settlePatience is how long a step may hold others up before it is broken off: writing
// 64 pages takes less, reading past a million deleted documents takes longer. Tests
// have less of it.
var settlePatience = 100 * time.Millisecond

// errYielded says that a step of Settle was broken off because somebody waits. The
// engine has undone it, and with it whatever stood in the same transaction.
var errYielded = errors.New("storage: merging gave way")

// Settle merges the segments of the text index, which every commit adds one to and
// each of which a search has to look into, and drops what is deleted. It goes on in small
// steps until there is nothing left to merge, stop says so, or ctx ends; what is done
// stays done. A step that takes long is undone when stop says so. On PostgreSQL it is
// settleParts.
func (s *Store) Settle(ctx context.Context, stop func() bool) error {
	if s.engine != sqlite {
		return s.settleParts(ctx, stop)
	}
	for range settleSteps {
		if err := ctx.Err(); err != nil || stop != nil && stop() {
			return err
		}
		var changed int64
		yielded := false
		err := s.Write(ctx, func(w *Writer) (err error) {
			if yielded { // the others of the group are written again, this is not
				return nil
			}
			changed, err = w.mergeText(stop)
			yielded = errors.Is(err, errYielded)
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

// mergeText does one step and returns how many rows it wrote; errYielded when stop said
// so meanwhile.
func (w *Writer) mergeText(stop func() bool) (int64, error) {
	const command = `INSERT INTO search_fts (search_fts, rank) VALUES (?, ?)`
	// Two segments of a size are enough to be merged when nobody waits.
	if _, err := w.Exec(command, "usermerge", 2); err != nil {
		return 0, err
	}
	if _, err := w.Exec(command, "deletemerge", settleDeleted); err != nil {
		return 0, err
	}
	var before, after int64
	if err := w.Scan(`SELECT total_changes()`, nil, &before); err != nil {
		return 0, err
	}
	ctx, done := watched(stop)
	defer done()
	if _, err := w.g.exec(ctx, command, "merge", settlePages); err != nil {
		if ctx.Err() != nil {
			err = errYielded
		}
		return 0, err
	}
	if err := w.Scan(`SELECT total_changes()`, nil, &after); err != nil {
		return 0, err
	}
	_, err := w.Exec(command, "deletemerge", 0) // never in a commit that somebody waits for
	return after - before, err
}

// watched is a context that ends when stop says so, which is asked from settlePatience on
// until done is called.
func watched(stop func() bool) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if stop == nil {
		return ctx, cancel
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for t := time.NewTimer(settlePatience); ; t.Reset(settlePatience / 10) {
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
			if stop() {
				cancel()
				return
			}
		}
	}()
	return ctx, func() { cancel(); <-ended }
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

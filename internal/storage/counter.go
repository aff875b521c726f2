package storage

import (
	"context"
	"sync"
	"time"
)

// counterBlock is how many numbers one write reserves: large enough that ids cost
// no commit of their own, small enough that a restart skips few.
const counterBlock = 64

// counters hands out ids from reserved blocks.
type counters struct {
	mu     sync.Mutex
	blocks map[string]*block
}

type block struct {
	mu        sync.Mutex
	next, end int64
}

// Counter returns the next number of a named series, from 1. Numbers are unique
// over all copies of the program and grow within one; those reserved by a process
// that stops are skipped unless it stops in order, so it is for ids, not for numbers that
// must have no gaps.
func (s *Store) Counter(ctx context.Context, name string) (int64, error) {
	b := s.count.block(name)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == b.end {
		end, err := s.reserve(ctx, name)
		if err != nil {
			return 0, err
		}
		b.next, b.end = end-counterBlock, end
	}
	n := b.next
	b.next++
	return n, nil
}

// giveBackWait bounds how long an orderly stop waits for a database that may be gone.
const giveBackWait = 2 * time.Second

// giveBack returns the numbers that were reserved and not used, where nobody has
// reserved after them: an orderly stop leaves no gap. What cannot be given back
// is skipped, as after a crash.
func (s *Store) giveBack() {
	s.count.mu.Lock()
	defer s.count.mu.Unlock()
	blocks := s.count.blocks
	s.count.blocks = nil
	if len(blocks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), giveBackWait)
	defer cancel()
	err := s.Write(ctx, func(w *Writer) error {
		for name, b := range blocks {
			if _, err := w.Exec(`UPDATE counter SET next = ? WHERE name = ? AND next = ?`, b.next, name, b.end); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Warn("reserved numbers are skipped", "err", err)
	}
}

func (c *counters) block(name string) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocks == nil {
		c.blocks = make(map[string]*block)
	}
	if c.blocks[name] == nil {
		c.blocks[name] = new(block)
	}
	return c.blocks[name]
}

// reserve moves the series on by a block and returns the first number after it.
func (s *Store) reserve(ctx context.Context, name string) (end int64, err error) {
	err = s.Write(ctx, func(w *Writer) error {
		return w.Scan(`INSERT INTO counter (name, next) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET next = counter.next + ? RETURNING next`,
			[]any{name, 1 + counterBlock, counterBlock}, &end)
	})
	return end, err
}

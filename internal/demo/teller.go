package demo

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// teller runs the planned lives along the simulated calendar.
type teller struct {
	app    *app.App
	clock  *Clock
	actors map[party.PersonID]party.Actor
	mu     sync.Mutex
	result *Result
	total  int64
	done   int64
	show   func(done, total int64)
}

// together bounds how many lives take their next step at once: their writes
// share a commit, their sealing and rendering the processors.
const together = 12

// window bounds how far apart in time steps of one batch may be.
const window = 40 * time.Minute

// queue is the lives by the time of their next step.
type queue []*life

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].steps[q[i].done].at.Before(q[j].steps[q[j].done].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(*life)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// run takes every step that lies before now.
func (t *teller) run(ctx context.Context, lives []*life, now time.Time) error {
	q := queue{}
	for _, l := range lives {
		for _, s := range l.steps {
			if s.at.Before(now) {
				t.total++
			}
		}
		q = append(q, l)
	}
	heap.Init(&q)
	for q.Len() > 0 {
		batch := t.batch(&q, now)
		if len(batch) == 0 {
			break
		}
		if err := t.play(ctx, batch); err != nil {
			return err
		}
		for _, l := range batch {
			if l.done < len(l.steps) && !l.over {
				heap.Push(&q, l)
			}
		}
	}
	t.show(t.total, t.total)
	return nil
}

// batch takes the lives whose next steps come first and lie close together.
func (t *teller) batch(q *queue, now time.Time) []*life {
	var out []*life
	for q.Len() > 0 && len(out) < together {
		at := (*q)[0].steps[(*q)[0].done].at
		if !at.Before(now) || len(out) > 0 && at.Sub(out[0].steps[out[0].done].at) > window {
			break
		}
		out = append(out, heap.Pop(q).(*life))
		t.clock.set(at)
	}
	return out
}

// play takes one step of each life: arrivals one after another, so that numbers
// are given in the same order every time, all else at once.
func (t *teller) play(ctx context.Context, batch []*life) error {
	var wg sync.WaitGroup
	for _, l := range batch {
		if l.done == 0 {
			t.step(ctx, l)
		}
	}
	for _, l := range batch {
		if !l.fresh {
			wg.Go(func() { t.step(ctx, l) })
		}
		l.fresh = false
	}
	wg.Wait()
	t.done += int64(len(batch))
	t.show(min(t.done, t.total-1), t.total)
	return ctx.Err()
}

// step takes the next step of a life. One that the rules refuse ends the telling
// of that life where it stands, as it would for people; the case stays whole.
func (t *teller) step(ctx context.Context, l *life) {
	s := l.steps[l.done]
	l.fresh = l.done == 0
	err := s.run(ctx, t, l, t.actors[s.who])
	for try := 0; fault.Is(err, fault.Stale) && try < 3; try++ {
		err = s.run(ctx, t, l, t.actors[s.who])
	}
	l.done++
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Steps++
	if err != nil {
		l.over = true
		t.result.Refused = append(t.result.Refused, Refusal{Case: l.id, Step: l.done, Err: err})
	}
}

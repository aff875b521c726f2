package demo

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

// LoadOptions says how many believable cases a Load makes.
type LoadOptions struct {
	App       *app.App // over a store that is empty or that an earlier Load with the same options began
	Seed      uint64
	Cases     int
	Days      int      // how far back they reach; 0 means 1,095
	Begin     int      // with which case to begin; those before it come last. Several Loads may fill one server, each beginning elsewhere
	Branches  int      // beyond the demo's own, at most one for each region of load.toml; 0 means all
	Sentences []string // what real people write, mixed into the narratives; may be nil
	Password  func(login string) (string, error)
	Progress  func(done, total int64) // cases; may be nil
}

// LoadResult is what a Load made.
type LoadResult struct {
	People   []Person // of the demo, with the passwords of a first run; the others have none
	Cases    int64    // of this run
	Events   int64    // of this run
	Open     int64    // of those cases, still open
	Resumed  int64    // cases that an earlier run had made
	Took     time.Duration
	Finished bool
}

// loadBlock is how many cases stand or fall together: large, so that commits and
// segments of the search index cost little, and small enough for a stop to be quick.
const loadBlock = 500

// Load makes cases in bulk: every command is decided by the rules on the case as
// it stands and at its simulated time, by somebody who may do it, and every event is sealed, chained,
// put into the tree and projected like any other. What differs from Make is that a
// case is written once, with its whole course, and not step by step between others;
// letters are noted but not printed, and nothing is attached.
//
// The same seed, number, days and sentences give the same cases. A Load that was
// broken off goes on where it stopped: each block is there whole or not at all.
func Load(ctx context.Context, o LoadOptions) (LoadResult, error) {
	start := time.Now()
	var out LoadResult
	l, err := newLoader(ctx, o, &out)
	if err != nil {
		return out, err
	}
	var next, done atomic.Int64
	var mu sync.Mutex
	blocks := (int64(l.o.Cases) + loadBlock - 1) / loadBlock
	g, gctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) + 1 { // one waits for the writer while the others prepare
		g.Go(func() error {
			for b := next.Add(1) - 1; b < blocks && gctx.Err() == nil; b = next.Add(1) - 1 {
				b = (b + int64(l.o.Begin)/loadBlock) % blocks
				from, to := int(b)*loadBlock, min(int(b+1)*loadBlock, l.o.Cases)
				sum, err := l.block(gctx, from, to)
				if err != nil {
					return err
				}
				mu.Lock()
				out.Cases, out.Events, out.Open, out.Resumed = out.Cases+sum.Cases, out.Events+sum.Events, out.Open+sum.Open, out.Resumed+sum.Resumed
				mu.Unlock()
				l.o.Progress(done.Add(int64(to-from)), int64(l.o.Cases))
			}
			return gctx.Err()
		})
	}
	err = g.Wait()
	out.Took, out.Finished = time.Since(start), err == nil
	return out, err
}

// loader makes cases by their index; it is not changed while it does.
type loader struct {
	o     LoadOptions
	now   time.Time
	today calendar.Date
	org   *app.Org
	staff staff
	desk  []string // branches and sub-branches that handle cases, as often as they are busy
	days  season
	words loadWords
}

func newLoader(ctx context.Context, o LoadOptions, out *LoadResult) (*loader, error) {
	l := &loader{o: o, words: loadVocabulary()}
	if l.o.Days == 0 {
		l.o.Days = 1095
	}
	if n := len(l.words.Regions); l.o.Branches == 0 || l.o.Branches > n {
		l.o.Branches = n
	}
	if l.o.Progress == nil {
		l.o.Progress = func(int64, int64) {}
	}
	if err := l.mark(ctx); err != nil {
		return nil, err
	}
	l.today = calendar.FromTime(l.now)
	l.days = newSeason(l.today.AddDays(-l.o.Days+1), l.o.Days, l.o.Cases, l.words)
	if err := l.found(ctx, out); err != nil {
		return nil, err
	}
	if err := l.reserve(ctx, "complaint", l.o.Cases); err != nil {
		return nil, err
	}
	last := l.o.Days - 1
	return l, l.reserve(ctx, "number/"+l.today.Time().Format("20060102"), l.o.Cases-l.days.first(last))
}

// reserve keeps the first numbers of a series for the load: what is registered
// afterwards gets the next ones.
func (l *loader) reserve(ctx context.Context, series string, upTo int) error {
	s := l.o.App.Store()
	n, err := s.Numbers(ctx, series, 1)
	if err == nil && n <= int64(upTo) {
		_, err = s.Numbers(ctx, series, upTo-int(n)+1)
	}
	return err
}

// mark notes in the store what was begun, the time included, so that it can only be
// gone on with as it was.
func (l *loader) mark(ctx context.Context) error {
	what := fmt.Appendf(nil, "seed %d, %d cases, %d days, %d branches, %d sentences, ", l.o.Seed, l.o.Cases, l.o.Days, l.o.Branches, len(l.o.Sentences))
	now := l.o.App.Now().UTC().Truncate(time.Second)
	empty, err := l.o.App.Empty(ctx)
	if err != nil {
		return err
	}
	var found []byte
	err = l.o.App.Store().Write(ctx, func(w *storage.Writer) error {
		if empty {
			if _, err := w.Exec(`INSERT INTO meta (key, value) VALUES ('load', ?) ON CONFLICT (key) DO NOTHING`, now.AppendFormat(bytes.Clone(what), time.RFC3339)); err != nil {
				return err
			}
		}
		return w.Scan(`SELECT value FROM meta WHERE key = 'load'`, nil, &found)
	})
	rest, same := bytes.CutPrefix(found, what)
	if err == nil && same {
		if l.now, err = time.Parse(time.RFC3339, string(rest)); err == nil {
			return nil
		}
	}
	if len(found) == 0 {
		return fault.New(fault.Conflict, "这里已有别的数据，不能再生成。请指定一个空的数据目录或数据库")
	}
	return fault.New(fault.Conflict, "这里已用另外的参数生成过（%s），不能混在一起。请用同样的参数继续，或指定另一个目录", found)
}

// block makes the cases from one index to before another, or finds them made.
func (l *loader) block(ctx context.Context, from, to int) (LoadResult, error) {
	made, err := l.made(ctx, from, to)
	if err != nil || made.Resumed > 0 {
		return made, err
	}
	var sum LoadResult
	err = l.o.App.Store().Update(ctx, func(tx *storage.Tx) error {
		for i := from; i < to; i++ {
			course, err := l.course(i)
			if err != nil {
				return fmt.Errorf("demo: case %d: %w", i+1, err)
			}
			c, err := tx.AppendPast(course)
			if err != nil {
				return err
			}
			sum.Cases, sum.Events = sum.Cases+1, sum.Events+int64(len(course))
			if c.Open() {
				sum.Open++
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		// another Load may have been quicker
		if made, look := l.made(ctx, from, to); look == nil && made.Resumed > 0 {
			return made, nil
		}
	}
	return sum, err
}

// made looks whether a block is there.
func (l *loader) made(ctx context.Context, from, to int) (r LoadResult, err error) {
	err = l.o.App.Store().View(ctx, func(tx *storage.Tx) error {
		var n int64
		err := tx.Scan(`SELECT count(*) FROM complaint WHERE id = ?`, []any{from + 1}, &n)
		r.Resumed = n * int64(to-from)
		return err
	})
	return r, err
}

// course is what happens to the case with an index, up to now.
func (l *loader) course(i int) ([]storage.Recorded, error) {
	c := &course{l: l, rng: l.random(i)}
	if err := c.register(i); err != nil {
		return nil, err
	}
	err := c.run()
	return c.events, err
}

// number is what the case with an index is called: counted within its day.
func (l *loader) number(i int) (complaint.ID, string) {
	day := l.days.of(i)
	return complaint.ID(i + 1), fmt.Sprintf("TS%s-%06d", l.days.date(day).Time().Format("20060102"), i-l.days.first(day)+1)
}

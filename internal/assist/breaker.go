package assist

import (
	"sync"
	"time"
)

const (
	breakAfter = 3           // failures in a row
	breakFor   = time.Minute // rest before one question tries again
)

// breaker stops asking an endpoint that fails, so that nobody waits for it.
type breaker struct {
	mu     sync.Mutex
	failed int
	until  time.Time
}

// allow reports whether a question may go out, and else how long the rest lasts.
// After the rest one question tries; the others wait for what it finds.
func (b *breaker) allow(now time.Time) (rest time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return 0, true
	}
	if rest = b.until.Sub(now); rest > 0 {
		return rest, false
	}
	b.until = now.Add(breakFor)
	return 0, true
}

// note counts how a question ended.
func (b *breaker) note(now time.Time, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		b.failed = 0
		return
	}
	if b.failed++; b.failed >= breakAfter {
		b.until = now.Add(breakFor)
	}
}

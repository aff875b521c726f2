package demo

import (
	"sync"
	"time"
)

// Clock is the time of store and app while the demo is told: it stands where the
// simulated calendar is, and goes on with the real time afterwards.
type Clock struct {
	mu   sync.Mutex
	at   time.Time // zero: the real time
	real func() time.Time
}

// NewClock returns a clock that shows the real time.
func NewClock(real func() time.Time) *Clock { return &Clock{real: real} }

// tick is how far the simulated time goes on with every reading, so that what
// happens in one moment has an order.
const tick = 700 * time.Millisecond

// Now is the time. It never runs ahead of the real one.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	if c.at.IsZero() {
		return real
	}
	if next := c.at.Add(tick); next.Before(real) {
		c.at = next
	}
	return c.at
}

// set moves the simulated time on; it never goes back.
func (c *Clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.at) {
		c.at = t
	}
}

// release returns to the real time.
func (c *Clock) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = time.Time{}
}

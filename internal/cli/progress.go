package cli

import (
	"fmt"
	"time"
)

// progress returns a function that shows on standard error how far long work
// has come (total is 0 where the end is not known): on a screen in place, else a line every few seconds.
func (c *call) progress(zh, en string) func(done, total int64) {
	show := c.shower()
	return func(done, total int64) {
		show(done, total, func() string { return c.share(c.say(zh, en), done, total) })
	}
}

// pace is progress that also tells how many a second since it was first called,
// and how long it will go on.
func (c *call) pace(zh, en string) func(done, total int64) {
	show := c.shower()
	var begun time.Time
	var before int64
	return func(done, total int64) {
		if begun.IsZero() {
			begun, before = time.Now(), done
		}
		show(done, total, func() string {
			line := c.share(c.say(zh, en), done, total)
			spent := time.Since(begun)
			if spent < time.Second || done <= before {
				return line
			}
			rate := float64(done-before) / spent.Seconds()
			line += fmt.Sprintf(c.say("，每秒 %.0f", ", %.0f a second"), rate)
			if left := time.Duration(float64(total-done)/rate) * time.Second; left > 0 {
				line += fmt.Sprintf(c.say("，约还要 %s", ", about %s left"), left.Round(time.Second))
			}
			return line
		})
	}
}

func (c *call) share(what string, done, total int64) string {
	if total > 0 {
		return fmt.Sprintf("%s %d/%d", what, done, total)
	}
	return fmt.Sprintf("%s %d", what, done)
}

// shower returns a function that shows a line now and then, and always the last.
func (c *call) shower() func(done, total int64, line func() string) {
	var last time.Time
	every := 5 * time.Second
	if c.Terminal {
		every = 100 * time.Millisecond
	}
	return func(done, total int64, line func() string) {
		now := time.Now()
		if now.Sub(last) < every && done != total {
			return
		}
		last = now
		switch {
		case !c.Terminal:
			fmt.Fprintln(c.Err, line())
		case done == total:
			fmt.Fprintf(c.Err, "\r\x1b[K%s\n", line())
		default:
			fmt.Fprintf(c.Err, "\r\x1b[K%s", line())
		}
	}
}

// remark shows a line of its own among those of progress.
func (c *call) remark(zh, en string) {
	if c.Terminal {
		fmt.Fprint(c.Err, "\r\x1b[K")
	}
	fmt.Fprintln(c.Err, c.say(zh, en))
}

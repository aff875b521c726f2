package cli

import (
	"fmt"
	"time"
)

// progress returns a function that shows on standard error how far long work
// has come (total is 0 where the end is not known): on a screen in place, else a line every few seconds.
func (c *call) progress(zh, en string) func(done, total int64) {
	var last time.Time
	every := 5 * time.Second
	if c.Terminal {
		every = 100 * time.Millisecond
	}
	return func(done, total int64) {
		now := time.Now()
		if now.Sub(last) < every && done != total {
			return
		}
		last = now
		line := fmt.Sprintf("%s %d", c.say(zh, en), done)
		if total > 0 {
			line += fmt.Sprintf("/%d", total)
		}
		switch {
		case !c.Terminal:
			fmt.Fprintln(c.Err, line)
		case done == total:
			fmt.Fprintf(c.Err, "\r%s\n", line)
		default:
			fmt.Fprintf(c.Err, "\r%s", line)
		}
	}
}

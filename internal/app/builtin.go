package app

import (
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
)

// builtIn decodes a file of data that is built into the program, when it is first asked
// for. A file that is wrong, or says what nobody reads, ends the program: the tests of
// the package decode each. right says what else must hold; nil for nothing.
func builtIn[T any](name, text string, right func(T) bool) func() T {
	return sync.OnceValue(func() T {
		var v T
		meta, err := toml.Decode(text, &v)
		if err != nil || len(meta.Undecoded()) > 0 || right != nil && !right(v) {
			panic(name + ": wrong")
		}
		return v
	})
}

// quietHours are those of the institution's day in which heavy work may be done.
type quietHours struct {
	FromHour int `toml:"from_hour"`
	ToHour   int `toml:"to_hour"`
}

// within reports whether a time lies in them, and when they end on its day.
func (q quietHours) within(at time.Time) (end time.Time, ok bool) {
	at = at.In(calendar.Zone)
	end = time.Date(at.Year(), at.Month(), at.Day(), q.ToHour, 0, 0, 0, calendar.Zone)
	return end, at.Hour() >= q.FromHour && at.Before(end)
}

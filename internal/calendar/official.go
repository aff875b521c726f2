package calendar

import (
	"embed"
	"fmt"
	"sync"
)

//go:embed data/*.toml
var notices embed.FS

// Official returns the calendar of the holiday notices that come with the
// program, 2007 to 2026. It is parsed once.
func Official() *Calendar { return official() }

var official = sync.OnceValue(func() *Calendar {
	c, err := loadNotices()
	if err != nil {
		panic(err) // the files are part of the program and tested with it
	}
	return c
})

func loadNotices() (*Calendar, error) {
	entries, err := notices.ReadDir("data")
	if err != nil {
		return nil, err
	}
	years := make(map[int]Year, len(entries))
	for _, e := range entries {
		data, err := notices.ReadFile("data/" + e.Name())
		if err != nil {
			return nil, err
		}
		y, err := ParseNotice(data)
		if err != nil {
			return nil, fmt.Errorf("calendar: %s: %w", e.Name(), err)
		}
		years[y.Year] = y
	}
	return build(years), nil
}

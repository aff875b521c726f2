package webtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// console collects what a page complained about: uncaught errors, console.error
// and refusals by the browser such as of the security policy.
type console struct {
	mu    sync.Mutex
	lines []string
}

// hear takes every event of a tab and keeps the complaints. An answer with a
// status of error is no complaint: pages answer 4xx on purpose.
func (c *console) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.add(e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if string(e.Type) == "error" {
			c.add("console.error", e.Args...)
		}
	case *log.EventEntryAdded:
		if string(e.Entry.Level) == "error" && string(e.Entry.Source) != "network" {
			c.add(e.Entry.Text)
		}
	}
}

func (c *console) add(text string, objects ...*runtime.RemoteObject) {
	parts := []string{text}
	for _, o := range objects {
		if o != nil {
			parts = append(parts, fmt.Sprint(o.Description, string(o.Value)))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, strings.Join(parts, " "))
}

// take returns the complaints so far and forgets them.
func (c *console) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := slices.Clone(c.lines)
	c.lines = nil
	return lines
}

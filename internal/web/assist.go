package web

import (
	"strings"

	"xiaobao/internal/app"
)

// AssistNotes says in sentences what was done to the answer of a language model
// before anybody saw it.
func (c *Catalogue) AssistNotes(lang Lang, n app.AssistNotes) []string {
	var out []string
	for _, note := range []struct {
		key   string
		count int
	}{{"assist.removed", n.Removed}, {"assist.foreign", n.Foreign}, {"assist.dropped", n.Dropped}, {"assist.uncited", len(n.Uncited)}, {"assist.strange", len(n.Strange)}} {
		if note.count > 0 {
			out = append(out, c.Text(lang, note.key, "Count", note.count))
		}
	}
	if len(n.Suspects) > 0 {
		out = append(out, c.Text(lang, "assist.suspects", "Text", strings.Join(n.Suspects, "、")))
	}
	return out
}

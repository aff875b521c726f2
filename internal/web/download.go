package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// unfiltered are the fields of a request that choose nothing.
var unfiltered = []string{"version", "after", "before", "tab", "lang"}

// codeLike is what a code, a unit, a day or a period looks like: no text, and no
// more digits together than a year, a day or a unit has.
var codeLike = regexp.MustCompile(`^(\d{4}-\d{2}(-\d{2})?|\d{1,6}|[a-z][a-z_]*(\.[a-z_]+)*(/[a-z_]+)*)$`)

// maxFilter bounds what the register of exports keeps of a filter, in bytes.
const maxFilter = 400

// Filter writes what an export was asked for as the register of exports keeps it:
// the filled fields of the request, sorted. Exports are asked for by codes, units
// and days; of any other value, which may name somebody, only the field is kept:
// the register is read by people who do not reach what was exported.
func Filter(r *http.Request) string {
	if r.Form == nil {
		_ = r.ParseForm() // a broken form was refused before, by whoever reads it
	}
	var out []string
	for name, values := range r.Form {
		if slices.Contains(unfiltered, name) {
			continue
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				if !codeLike.MatchString(v) {
					v = "…"
				}
				out = append(out, name+"="+v)
			}
		}
	}
	slices.Sort(out)
	s := strings.ToValidUTF8(strings.Join(out, " "), "")
	if len(s) > maxFilter {
		s = strings.ToValidUTF8(s[:maxFilter], "") + "…"
	}
	return s
}

// Attachment is the header that has the browser keep a file under a name.
func Attachment(name string) string { return "attachment; filename*=UTF-8''" + url.PathEscape(name) }

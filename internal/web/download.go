package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// unfiltered are the fields of a request that choose nothing.
var unfiltered = []string{"version", "after", "before", "tab", "lang"}

// maxFilter bounds what the register of exports keeps of a filter, in bytes.
const maxFilter = 400

// Filter writes what an export was asked for as the register of exports keeps it:
// the filled fields of the request, sorted. Exports are asked for by codes, units
// and days, never by a name.
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

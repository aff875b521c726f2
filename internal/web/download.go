package web

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
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

// tableKinds are the media types of tables.
var tableKinds = map[document.Format]string{document.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", document.CSV: "text/csv; charset=utf-8"}

// TableFormat reads the part of a path that says which kind of table is asked for;
// fault.NotFound for any other.
func TableFormat(name string) (document.Format, error) {
	f := document.Format(name)
	if tableKinds[f] == "" {
		return "", fault.New(fault.NotFound, "只能下载 xlsx 或 csv")
	}
	return f, nil
}

// SendTable answers a table to be kept under a name, in no cache.
func SendTable(w http.ResponseWriter, f document.Format, name string, table io.Reader) error {
	w.Header().Set("Content-Type", tableKinds[f])
	w.Header().Set("Content-Disposition", Attachment(name))
	w.Header().Set("Cache-Control", "no-store")
	_, err := io.Copy(w, table)
	return err
}

package casefile

import (
	"net/http"
	"regexp"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// fieldName is what a field may be called in the access record.
var fieldName = regexp.MustCompile(`^[a-z_]{1,32}(\.[a-z0-9_]{1,32})?$`)

// RevealView is personal data in clear, on this answer only.
type RevealView struct {
	Head  Head
	Lines []Fact
}

// reveal shows personal data in clear with a reason: one value in its place for
// htmx, else a page with all of them. Pages are never kept by a browser.
func (m *room) reveal(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	typed, err := web.FormOf(r)
	if err != nil {
		return err
	}
	var only []string
	if asked := typed.Get("field"); fieldName.MatchString(asked) {
		only = append(only, asked)
	}
	clear, err := m.app.Reveal(r.Context(), web.Actor(r), id, typed.Get("reason"), typed.Get("why"), only...)
	if err != nil {
		return err
	}
	fields := append(personFields(clear.Complainant, clear.Representative, clear.Joint), personField{"narrative", "case.matter", clear.Narrative})
	asked := typed.Get("field")
	for _, f := range fields {
		if sheet(r) && f.name == asked {
			return m.site.Fragment(w, r, "case/case", "revealed", web.Masked{Text: f.value})
		}
	}
	page, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v := RevealView{Head: m.head(r, page)}
	for _, f := range fields {
		if f.value != "" && (asked == "" || f.name == asked) { // what was not asked for is not shown
			v.Lines = append(v.Lines, Fact{Label: f.label, Value: f.value})
		}
	}
	return m.site.Render(w, r, "case/reveal", v)
}

// ReadersView is who read the case.
type ReadersView struct {
	Head  Head
	Lines []ReaderLine
	More  string // path of the older ones
}

// ReaderLine is one reading.
type ReaderLine struct {
	At, Who, What string
	Detail        string
}

// readersPerPage bounds one page of the access record.
const readersPerPage = 100

func (m *room) readers(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	before := m.app.Now().Add(time.Second)
	if at := number(r.URL.Query().Get("before")); at > 0 {
		before = time.UnixMicro(at)
	}
	log, err := m.app.AccessLog(r.Context(), web.Actor(r), id, before, readersPerPage)
	if err != nil {
		return err
	}
	page, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v := ReadersView{Head: m.head(r, page), Lines: m.talk(r).readers(page, log)}
	if len(log) == readersPerPage {
		v.More = web.Link(path(id, "/access"), "before", log[len(log)-1].At.UnixMicro())
	}
	return m.site.Render(w, r, "case/access", v)
}

func (k talk) readers(p app.CasePage, log []app.AccessEntry) []ReaderLine {
	out := make([]ReaderLine, len(log))
	for i, e := range log {
		out[i] = ReaderLine{At: e.At.In(zone).Format("2006-01-02 15:04:05"), Who: k.name(p, e.Who), What: k.t("case." + e.Kind), Detail: k.texts.Reading(k.lang, e.What)}
	}
	return out
}

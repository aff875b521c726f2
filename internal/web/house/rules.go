package house

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/web"
)

// fen reads an amount in yuan as the whole number of fen that a setting keeps.
func fen(yuan string) (string, error) {
	var v struct {
		Value int64 `json:"value" doc:"Fen"`
	}
	err := web.Decode(map[string][]string{"value": {yuan}}, &v, "value")
	return fmt.Sprint(v.Value), err
}

type rulesView struct {
	Tabs        []web.Tab
	Clocks      []regulation.Clock
	Instruments []regulation.Instrument
}

// rules shows the time limits and the instruments in force today.
func (h *house) rules(w http.ResponseWriter, r *http.Request) error {
	set := h.a.Rules(h.a.Today())
	return h.site.Render(w, r, "house/rules", rulesView{Tabs: h.tabs(r, "/settings/rules"), Clocks: set.Clocks(), Instruments: set.Instruments()})
}

type dutiesView struct {
	Tabs   []web.Tab
	Query  string
	Duties []regulation.Obligation
	Empty  web.Empty
}

// duties shows the register of obligations.
func (h *house) duties(w http.ResponseWriter, r *http.Request) error {
	v := dutiesView{Tabs: h.tabs(r, "/settings/duties"), Query: strings.TrimSpace(r.URL.Query().Get("q")), Empty: web.Empty{Icon: "search", Title: "house.settings.none", Text: "house.settings.none_text"}}
	for _, d := range h.a.Rules(h.a.Today()).Obligations() {
		if v.Query == "" || strings.Contains(strings.ToLower(fmt.Sprint(d)), strings.ToLower(v.Query)) {
			v.Duties = append(v.Duties, d)
		}
	}
	return h.site.Render(w, r, "house/duties", v)
}

type calendarView struct {
	Tabs    []web.Tab
	May     bool
	Years   []yearRow
	Next    int // the year whose notice comes next
	Form    *web.Form
	Preview *calendar.Year
	Doc     string // what was uploaded, to be posted back
}

type yearRow struct {
	Year   int
	Notice calendar.Notice
}

// years are those around today that notices are known of, the newest first.
func (h *house) calendarView(r *http.Request) calendarView {
	v := calendarView{Tabs: h.tabs(r, "/settings/calendar"), May: access.May(web.Actor(r), access.ManageSettings), Form: web.NewForm()}
	cal := h.a.Calendar()
	for y := h.a.Today().Year() + 1; ; y-- {
		n, ok := cal.Notice(y)
		switch {
		case ok:
			v.Years = append(v.Years, yearRow{Year: y, Notice: n})
			v.Next = max(v.Next, y+1)
		case y < h.a.Today().Year():
			return v
		}
	}
}

func (h *house) calendar(w http.ResponseWriter, r *http.Request) error {
	return h.site.Render(w, r, "house/calendar", h.calendarView(r))
}

// previewNotice reads an uploaded notice and shows what it says; nothing is
// stored yet.
func (h *house) previewNotice(w http.ResponseWriter, r *http.Request) error {
	v := h.calendarView(r)
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	doc, err := upload(r, "file")
	if err == nil {
		var y calendar.Year
		if y, err = calendar.ParseNotice(doc); err == nil {
			_, err = h.a.Calendar().With(y)
		}
		v.Preview, v.Doc = &y, string(doc)
	}
	if err != nil {
		v.Preview, v.Form = nil, form.Refuse(err)
		return web.Again("house/calendar", v, err)
	}
	return h.site.Render(w, r, "house/calendar", v)
}

func (h *house) importNotice(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if _, err := h.a.ImportNotice(r.Context(), web.Actor(r), []byte(form.Values.Get("doc")), form.Get("reason")); err != nil {
		v := h.calendarView(r)
		if y, broken := calendar.ParseNotice([]byte(form.Values.Get("doc"))); broken == nil {
			v.Preview, v.Doc = &y, form.Values.Get("doc")
		}
		v.Form = form.Refuse(err)
		return web.Again("house/calendar", v, err)
	}
	h.site.Flash(w, "good", "house.notice_in")
	return to(w, r, "/settings/calendar")
}

// Worked returns the days of a year that are worked in exchange, in order.
func (v calendarView) Worked(p calendar.Period) string {
	days := make([]string, len(p.Work))
	for i, d := range slices.Sorted(slices.Values(p.Work)) {
		days[i] = d.String()
	}
	return strings.Join(days, ", ")
}

package house

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// auditPage is how many lines stand on a page of the auditor.
const auditPage = 50

type readingsView struct {
	Tabs   []web.Tab
	Form   *web.Form
	Kinds  []web.Option
	People []web.Option
	Rows   []readingRow
	Next   string // path of the next page
	Empty  web.Empty
	Wrong  string // a filter that cannot be read
}

type readingRow struct {
	At     time.Time
	Who    string
	Unit   string
	Kind   string // message id
	Number string
	Detail string
}

func auditTabs(here string) []web.Tab {
	return []web.Tab{{Label: "house.audit.reads", Link: "/audit", Here: here == "/audit"}, {Label: "house.audit.signs", Link: "/audit/signs", Here: here == "/audit/signs"}, {Label: "keeping.flags", Link: "/audit/flags"}}
}

// readings is the report of who read what.
func (h *house) readings(w http.ResponseWriter, r *http.Request) error {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := readingsView{Tabs: auditTabs("/audit"), Form: &web.Form{Values: q}, People: peopleOptions(org),
		Kinds: append([]web.Option{{Label: "house.all"}}, options("house.", app.AccessKinds)...), Empty: web.Empty{Icon: "history", Title: "house.audit.none", Text: "house.audit.none_text"}}
	f, err := h.readingFilter(r)
	if err != nil {
		v.Wrong = fault.Message(err)
		return h.site.Render(w, r, "house/readings", v)
	}
	lines, err := h.a.AccessReport(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	if len(lines) > auditPage {
		lines = lines[:auditPage]
		last := lines[auditPage-1].Cursor
		v.Next = web.Link("/audit", "who", q.Get("who"), "kind", q.Get("kind"), web.WordsField, web.Words(r), "from", q.Get("from"), "to", q.Get("to"), "after", fmt.Sprintf("%d-%d", last.At, last.ID))
	}
	for _, l := range lines {
		v.Rows = append(v.Rows, h.readingRow(r, org, l))
	}
	return h.site.Render(w, r, "house/readings", v)
}

// exportReadings gives the report with its filter as one sheet.
func (h *house) exportReadings(w http.ResponseWriter, r *http.Request) error {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	asked := r.Clone(r.Context())
	asked.URL.RawQuery = form.Values.Encode()
	f, err := h.readingFilter(asked)
	if err != nil {
		return err
	}
	t := func(key string) string { return h.site.Texts().Text(web.LangOf(r), key) }
	sheet := app.Sheet{Name: t("house.audit.reads"), Filter: strings.Join(strings.Fields(strings.ReplaceAll(web.Filter(r), "subject="+f.Subject, "")), " ")}
	for _, key := range []string{"house.audit.at", "house.audit.who", "house.person.unit", "house.audit.kind", "house.audit.number", "house.audit.detail"} {
		sheet.Columns = append(sheet.Columns, document.Column{Name: t(key), Width: 22})
	}
	var b app.TakenFile
	err = h.a.ExportReadings(r.Context(), web.Actor(r), f, sheet, func(l app.AccessLine) []string {
		row := h.readingRow(r, org, l)
		return []string{row.At.In(calendar.Zone).Format("2006-01-02 15:04:05"), row.Who, row.Unit, t(row.Kind), row.Number, row.Detail}
	}, &b)
	if err != nil {
		return err
	}
	return web.SendTable(w, document.XLSX, b.Name, &b)
}

func (h *house) readingRow(r *http.Request, org *app.Org, l app.AccessLine) readingRow {
	row := readingRow{At: l.At, Who: org.Name(l.Who), Kind: "house." + l.Kind, Number: l.Number, Detail: h.site.Texts().Reading(web.LangOf(r), l.What)}
	if p, ok := org.Person(party.PersonID(strings.TrimPrefix(l.Who, "person/"))); ok {
		row.Unit = org.Tree.Name(p.Unit)
	}
	return row
}

func (h *house) readingFilter(r *http.Request) (f app.AccessFilter, err error) {
	q := r.URL.Query()
	f = app.AccessFilter{Who: party.PersonID(q.Get("who")), Kind: q.Get("kind"), Subject: strings.TrimSpace(q.Get("subject")), Limit: auditPage + 1}
	if f.From, err = day(q.Get("from")); err != nil {
		return f, err
	}
	if f.To, err = day(q.Get("to")); err != nil {
		return f, err
	}
	if at, id, ok := strings.Cut(q.Get("after"), "-"); ok {
		f.Before.At, _ = strconv.ParseInt(at, 10, 64)
		f.Before.ID, _ = strconv.ParseInt(id, 10, 64)
	}
	if number := strings.TrimSpace(q.Get("number")); number != "" {
		f.Case, err = h.a.ByNumber(r.Context(), number)
	}
	return f, err
}

// day reads a day of a filter; none is no restriction.
func day(s string) (calendar.Date, error) {
	if s == "" {
		return 0, nil
	}
	return calendar.Parse(s)
}

func peopleOptions(org *app.Org) []web.Option {
	out := []web.Option{{Label: "house.everybody"}}
	for _, p := range org.People() {
		out = append(out, web.Option{Value: string(p.ID), Text: p.Name + " · " + org.Tree.Name(p.Unit)})
	}
	return out
}

type signsView struct {
	Tabs   []web.Tab
	Form   *web.Form
	Kinds  []web.Option
	People []web.Option
	Rows   []signRow
	Next   string
	Empty  web.Empty
}

type signRow struct {
	app.SignEntry
	Who, ByName string // ByName is empty where the person did it
	Label       string
	Device      string
	Bad         bool
}

func signRowOf(org *app.Org, e app.SignEntry) signRow {
	row := signRow{SignEntry: e, Who: org.Name("person/" + string(e.Person)), Label: "house." + e.Kind, Device: device(e.Agent), Bad: e.Kind == app.SignFailed || e.Kind == app.SignLocked}
	if p := strings.TrimPrefix(e.By, "person/"); p != e.By && p != string(e.Person) {
		row.ByName = org.Name(e.By)
	}
	if e.What == "password" || e.What == "code" {
		row.What = ""
	}
	return row
}

type historyView struct {
	Person party.Person
	Back   string
	Rows   []signRow
	Next   string
	Empty  web.Empty
}

// personSigns is the sign-in history of one person, for the administrator.
func (h *house) personSigns(w http.ResponseWriter, r *http.Request) error {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return err
	}
	p, ok := org.Person(party.PersonID(r.PathValue("id")))
	if err := known(ok, "没有这个人员，请从机构与人员中选择。"); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // 0 is the first page
	lines, err := h.a.SignLog(r.Context(), web.Actor(r), app.SignFilter{Person: p.ID, Before: before, Limit: auditPage + 1})
	if err != nil {
		return err
	}
	at := "/people/person/" + string(p.ID)
	v := historyView{Person: p, Back: at, Empty: web.Empty{Icon: "history", Title: "house.audit.none", Text: "house.audit.none_text"}}
	if len(lines) > auditPage {
		lines = lines[:auditPage]
		v.Next = web.Link(at+"/signs", "after", lines[auditPage-1].Seq)
	}
	for _, l := range lines {
		v.Rows = append(v.Rows, signRowOf(org, l))
	}
	return h.site.Render(w, r, "house/history", v)
}

// signs is the sign-in history of everybody.
func (h *house) signs(w http.ResponseWriter, r *http.Request) error {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	before, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	v := signsView{Tabs: auditTabs("/audit/signs"), Form: &web.Form{Values: q}, People: append(peopleOptions(org), web.Option{Value: "unknown", Label: "house.unknown"}),
		Kinds: append([]web.Option{{Label: "house.all"}}, options("house.", app.SignKinds)...), Empty: web.Empty{Icon: "history", Title: "house.audit.none", Text: "house.audit.none_text"}}
	lines, err := h.a.SignLog(r.Context(), web.Actor(r), app.SignFilter{Person: party.PersonID(q.Get("who")), Kind: q.Get("kind"), Before: before, Limit: auditPage + 1})
	if err != nil {
		return err
	}
	if len(lines) > auditPage {
		lines = lines[:auditPage]
		v.Next = web.Link("/audit/signs", "who", q.Get("who"), "kind", q.Get("kind"), "after", lines[auditPage-1].Seq)
	}
	for _, l := range lines {
		v.Rows = append(v.Rows, signRowOf(org, l))
	}
	return h.site.Render(w, r, "house/signs", v)
}

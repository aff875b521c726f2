// Package laws is the room of the law library: the instruments, their articles
// as they were in force on a day, what cites them, search, and the import of
// texts.
//
//	laws.go  list of instruments    show.go     one instrument, one article
//	find.go  search                 take.go     import with preview, withdrawal
//	text.go  words with links       compare.go  what changed between versions
package laws

import (
	"net/http"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/law"
	"xiaobao/internal/web"
)

// maxUpload is all files of one import and the rest of the form, in bytes.
const maxUpload = 48 << 20

type room struct {
	site *web.Site
	a    *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	read, manage := access.ReadLaw, access.ManageLaw
	return []web.Route{
		{Method: "GET", Path: "/laws", Need: read, Handler: m.list},
		{Method: "GET", Path: "/laws/search", Need: read, Handler: m.search, Words: []string{"q"}},
		{Method: "GET", Path: "/laws/import", Need: manage, Handler: m.choose},
		{Method: "POST", Path: "/laws/import", Need: manage, Handler: m.preview, MaxBody: maxUpload},
		{Method: "POST", Path: "/laws/import/take", Need: manage, Handler: m.take, MaxBody: 2 * maxUpload},
		{Method: "GET", Path: "/laws/{id}", Need: read, Handler: m.show},
		{Method: "GET", Path: "/laws/{id}/articles/{number}", Need: read, Handler: m.article},
		{Method: "GET", Path: "/laws/{id}/compare", Need: read, Handler: m.compare},
		{Method: "POST", Path: "/laws/{id}/versions/{n}/withdraw", Need: manage, Handler: m.withdraw},
	}
}

// askView is the search form, on every page of the room.
type askView struct {
	Query, On string
	Exact     bool
	Within    string // id of the instrument that is searched, "" for all
}

type listView struct {
	Ask   askView
	Tabs  []web.Tab
	Lines []lawLine
	May   bool // import
	Bare  bool // no text was imported yet
	Today string
}

type lawLine struct {
	Link, Title, Short, Number, Issuer, Region string
	Kind, State, Coverage                      string // message ids
	Mark, CoverMark                            string // classes
	From, Until                                string
	Articles, Versions                         int
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	lib, err := m.a.Laws(r.Context())
	if err != nil {
		return err
	}
	show := r.URL.Query().Get("show")
	v := listView{May: access.May(web.Actor(r), access.ManageLaw), Bare: true, Today: m.a.Today().String()}
	counts := map[string]int{}
	for _, e := range lib.Entries() {
		line := m.line(e)
		group := "text"
		if e.Coverage(m.a.Today()) == law.SummaryOnly {
			group = "summary"
		}
		counts[group]++
		v.Bare = v.Bare && len(e.Versions) == 0
		if show == "" || show == group {
			v.Lines = append(v.Lines, line)
		}
	}
	v.Tabs = []web.Tab{{Label: "laws.all", Link: "/laws", N: counts["text"] + counts["summary"], Here: show == ""},
		{Label: "laws.with_text", Link: "/laws?show=text", N: counts["text"], Here: show == "text"},
		{Label: "laws.summaries", Link: "/laws?show=summary", N: counts["summary"], Here: show == "summary"}}
	return m.site.Render(w, r, "laws/list", v)
}

var stateMarks = map[law.State]string{law.InForce: "good", law.NotYet: "warn", law.NoLonger: "reg"}
var coverMarks = map[law.Coverage]string{law.Verbatim: "good", law.Partial: "warn", law.SummaryOnly: "reg"}

func (m *room) line(e *law.Entry) lawLine {
	on := m.a.Today()
	state, cover := e.State(on), e.Coverage(on)
	return lawLine{Link: law.Link(e.ID, ""), Title: e.Title, Short: e.Short, Number: e.Number, Issuer: e.Issuer, Region: e.Region,
		Kind: "laws.kind." + e.Kind, State: "laws.state." + string(state), Mark: stateMarks[state], Coverage: "laws.coverage." + string(cover), CoverMark: coverMarks[cover],
		From: e.From.String(), Until: e.Until.String(), Articles: len(e.Articles(on)), Versions: len(e.Versions)}
}

// dayOf reads the day of the address; nothing is no day, and what is none is
// answered with its sentence.
func dayOf(r *http.Request, name string) (calendar.Date, error) {
	s := strings.TrimSpace(r.URL.Query().Get(name))
	if s == "" {
		return 0, nil
	}
	return calendar.Parse(s)
}

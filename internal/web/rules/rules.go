// Package rules is the room of the rule packs: what is looked for and why, a
// place to try a text, and the way in for a pack of one's own.
package rules

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/web"
)

// maxUpload is a pack or a table for a back-test with the rest of the form, in bytes.
const maxUpload = 8 << 20

type room struct {
	site *web.Site
	a    *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	read, manage := access.ReadRules, access.ManageRules
	return []web.Route{
		{Method: "GET", Path: "/rules", Need: read, Handler: m.list, Words: []string{"q"}},
		{Method: "GET", Path: "/rules/try", Need: read, Handler: m.try},
		{Method: "POST", Path: "/rules/try", Need: read, Handler: m.tryText, MaxBody: maxUpload},
		{Method: "GET", Path: "/rules/rule/{id}", Need: read, Handler: m.one},
		{Method: "POST", Path: "/rules/rule/{id}/try", Need: read, Handler: m.explain},
		{Method: "POST", Path: "/rules/rule/{id}/switch", Need: manage, Handler: m.turn},
		{Method: "POST", Path: "/rules/rule/{id}/shadow", Need: manage, Handler: m.shadow},
		{Method: "GET", Path: "/rules/import", Need: manage, Handler: m.upload},
		{Method: "POST", Path: "/rules/import", Need: manage, Handler: m.take, MaxBody: maxUpload},
		{Method: "GET", Path: "/rules/import/{number}", Need: manage, Handler: m.draft},
		{Method: "POST", Path: "/rules/import/{number}/backtest", Need: manage, Handler: m.backtest, MaxBody: maxUpload},
		{Method: "POST", Path: "/rules/import/{number}/release", Need: manage, Handler: m.release},
		{Method: "POST", Path: "/rules/import/{number}/discard", Need: manage, Handler: m.discard},
		{Method: "POST", Path: "/rules/pack/{id}/withdraw", Need: manage, Handler: m.withdraw},
	}
}

type listView struct {
	May    bool
	Query  string
	State  string
	States []rule.Switch
	Packs  []packView
	Drafts []draftLine
	Total  int
	Empty  web.Empty
}

type packView struct {
	ID, Title, Version, Owner, Note string
	Signal                          bool
	Import                          int64
	At                              time.Time
	By                              string
	Open                            bool
	Rules                           []ruleLine
}

type ruleLine struct {
	ID, Title, Grade, Source string
	Severity                 rule.Severity
	Cites                    []citeView
	From, To                 calendar.Date
	State                    rule.Switch
	Changed                  bool
	Shadows                  int
	Ended                    bool // out of force today
}

type citeView struct {
	Text, Summary, Grade, Link string
}

type draftLine struct {
	Number             int64
	Title, Version, By string
	At                 time.Time
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	book, err := m.a.RuleRoom(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	org, err := m.a.Org(r.Context())
	if err != nil {
		return err
	}
	v := listView{May: access.May(web.Actor(r), access.ManageRules), Query: strings.TrimSpace(r.URL.Query().Get("q")), State: r.URL.Query().Get("state"), States: states,
		Empty: web.Empty{Icon: "search", Title: "rules.none", Text: "rules.none_text"}}
	for _, p := range book.Packs {
		pv := packView{ID: p.ID, Title: p.Title, Version: p.Version, Owner: p.Owner, Note: p.Note, Signal: p.Signal, Import: p.Import, Open: v.Query != "" || v.State != ""}
		if p.Import > 0 {
			pv.At, pv.By = p.At, org.Name(string(p.By))
		}
		for _, x := range p.Rules {
			line := m.line(book, x)
			if v.wants(line, x) {
				pv.Rules = append(pv.Rules, line)
			}
		}
		if v.Total += len(pv.Rules); len(pv.Rules) > 0 {
			v.Packs = append(v.Packs, pv)
		}
	}
	for _, d := range book.Drafts {
		v.Drafts = append(v.Drafts, draftLine{d.Number, d.Title, d.Version, org.Name(string(d.By)), d.At})
	}
	return m.site.Render(w, r, "rules/list", v)
}

// wants reports whether the search and the filter of the list ask for a rule.
func (v listView) wants(line ruleLine, x *rule.Rule) bool {
	if v.State != "" && string(line.State) != v.State {
		return false
	}
	if v.Query == "" {
		return true
	}
	all := x.ID + x.Title + x.Source + x.Advice + strings.Join(x.Literals, " ")
	for _, c := range line.Cites {
		all += c.Text
	}
	return strings.Contains(strings.ToLower(all), strings.ToLower(v.Query))
}

func (m *room) line(book app.RuleRoom, x *rule.Rule) ruleLine {
	_, state, _ := book.Book.Rule(x.ID)
	_, changed := book.Switches[x.ID]
	return ruleLine{ID: x.ID, Title: x.Title, Grade: x.Grade, Source: x.Source, Severity: x.Severity, Cites: cites(x.Cite), From: x.From, To: x.To,
		State: state, Changed: changed, Shadows: book.Shadows[x.ID], Ended: !x.InForce(m.a.Today())}
}

// cites are citations as people read them.
func cites(list []rule.Cite) []citeView {
	var out []citeView
	for _, c := range list {
		in, _ := regulation.Embedded().Instrument(c.Instrument)
		v := citeView{Text: regulation.Citation{Title: in.Title, Article: c.Article}.String(), Grade: in.Grade}
		i := slices.IndexFunc(in.Articles, func(a regulation.Article) bool { return a.Number == c.Article })
		if i >= 0 {
			v.Summary, v.Grade = in.Articles[i].Text, in.Articles[i].Grade
		}
		v.Link = "/laws/" + c.Instrument + "#art-" + c.Article
		out = append(out, v)
	}
	return out
}

// to redirects after a change.
func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

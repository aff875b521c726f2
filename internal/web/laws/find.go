package laws

import (
	"net/http"
	"strings"

	"xiaobao/internal/law"
	"xiaobao/internal/web"
)

// found is how many articles a search shows.
const found = 20

// shownBytes is about how much of an article a hit shows: some 200 characters.
const shownBytes = 600

type searchView struct {
	Ask     askView
	Within  string // title of the instrument that is searched
	Hits    []hitView
	Widened []law.Widened
	Form    *web.Form // holds what was wrong with the question
	Empty   web.Empty
}

type hitView struct {
	Link, Title, Label, Chapter, Page string
	Pieces                            []piece
	Verbatim                          bool
	From                              string
}

func (m *room) search(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := searchView{Ask: askView{Query: strings.TrimSpace(q.Get("q")), On: q.Get("on"), Exact: q.Get("exact") != "", Within: q.Get("in")}, Form: web.NewForm(),
		Empty: web.Empty{Icon: "search", Title: "laws.nothing", Text: "laws.nothing_text", Link: "/laws", Do: "laws.to_list"}}
	on, err := dayOf(r, "on")
	if err != nil {
		v.Form.Refuse(err)
		return web.Again("laws/search", v, err)
	}
	if v.Ask.Query == "" {
		http.Redirect(w, r, "/laws", http.StatusSeeOther)
		return nil
	}
	res, err := m.a.SearchLaws(r.Context(), law.Search{Words: v.Ask.Query, On: on, Instrument: v.Ask.Within, Limit: found, Exact: v.Ask.Exact})
	if err != nil {
		v.Form.Refuse(err)
		return web.Again("laws/search", v, err)
	}
	lib, err := m.a.Laws(r.Context())
	if err != nil {
		return err
	}
	if e, ok := lib.Entry(v.Ask.Within); ok {
		v.Within = e.Title
	}
	v.Widened = res.Widened
	for _, h := range res.Hits {
		v.Hits = append(v.Hits, hitOf(h, v.Ask.On))
	}
	return m.site.Render(w, r, "laws/search", v)
}

func hitOf(h law.Hit, on string) hitView {
	text := h.Text()
	if !h.Verbatim {
		text = h.Summary
	}
	cut, marks := around(strings.ReplaceAll(text, "\n", " "), h.Marks, shownBytes)
	return hitView{Link: web.Link("/laws/"+h.Instrument, "on", on) + "#" + law.Anchor(h.Number), Page: web.Link("/laws/"+h.Instrument+"/articles/"+h.Number, "on", on),
		Title: h.Title, Label: h.Label(), Chapter: h.Chapter(), Pieces: marked(cut, marks), Verbatim: h.Verbatim, From: h.From.String()}
}

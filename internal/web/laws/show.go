package laws

import (
	"net/http"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/web"
)

type showView struct {
	Ask      askView
	Line     lawLine
	ID, Note string
	Outline  []outlineLine
	Articles []articleView
	Preamble []string
	History  []string
	Versions []versionLine
	Cited    citedView
	May      bool
	NoText   bool // the text of the day is not here
	Form     *web.Form
}

type outlineLine struct{ Text, Link string }

type versionLine struct {
	N                           int64
	Part, From, Until, File, By string
	At                          calendar.Date
	Articles                    int
	Here                        bool // in force on the day shown
	Compare, Withdraw, Link     string
	Warnings                    []law.Warning
}

type citedView struct {
	Whole bool // of the whole instrument
	app.LawCiters
}

func (m *room) entry(r *http.Request) (*law.Library, *law.Entry, error) {
	lib, err := m.a.Laws(r.Context())
	if err != nil {
		return nil, nil, err
	}
	e, ok := lib.Entry(r.PathValue("id"))
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "法规库中没有这部法规：可能编号有误，或正文还没有导入。")
	}
	return lib, e, nil
}

func (m *room) show(w http.ResponseWriter, r *http.Request) error {
	v, err := m.showView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "laws/show", v)
}

func (m *room) showView(r *http.Request) (showView, error) {
	lib, e, err := m.entry(r)
	if err != nil {
		return showView{}, err
	}
	day, err := dayOf(r, "on")
	if err != nil {
		return showView{}, err
	}
	on := day
	if on.IsZero() {
		on = m.a.Today()
	}
	v := showView{Ask: askView{On: day.String(), Within: e.ID}, Line: m.line(e), ID: e.ID, Note: e.Note, May: access.May(web.Actor(r), access.ManageLaw), Form: web.NewForm(),
		Articles: articlesOf(lib, e.Articles(on)), NoText: len(e.At(on)) == 0}
	for _, a := range v.Articles {
		for _, h := range a.Headings {
			v.Outline = append(v.Outline, outlineLine{h, "#" + a.Anchor})
		}
	}
	if at := e.At(on); len(at) == 1 {
		v.Preamble, v.History = at[0].Text.Preamble, at[0].Text.History
	}
	if v.Versions, err = m.versions(r, e, on); err != nil {
		return v, err
	}
	cited, err := m.a.CitedBy(r.Context(), web.Actor(r), e.ID, "")
	v.Cited = citedView{true, cited}
	return v, err
}

func (m *room) versions(r *http.Request, e *law.Entry, on calendar.Date) ([]versionLine, error) {
	org, err := m.a.Org(r.Context())
	if err != nil {
		return nil, err
	}
	var out []versionLine
	for i, x := range e.Versions {
		line := versionLine{N: x.N, Part: x.Text.Part, From: x.From.String(), Until: x.Until.String(), File: x.File, By: org.Name(x.By), At: calendar.FromTime(x.At), Articles: len(x.Text.Provisions),
			Here: x.InForce(on), Link: web.Link("/laws/"+e.ID, "on", x.From.String()), Warnings: x.Text.Warnings}
		if i > 0 && e.Versions[i-1].Text.Part == x.Text.Part {
			line.Compare = web.Link("/laws/"+e.ID+"/compare", "from", e.Versions[i-1].N, "to", x.N)
		}
		line.Withdraw = web.Link("/laws/" + e.ID + "/versions/" + itoa(x.N) + "/withdraw")
		out = append(out, line)
	}
	return out, nil
}

type pageView struct {
	Ask           askView
	Line          lawLine
	ID            string
	Article       articleView
	Chapter       string
	From, Until   string
	Before, After *articleView
	Back          string
	Cited         citedView
	Others        []outlineLine // the same article in other versions
}

// article shows one article with its neighbours and what cites it.
func (m *room) article(w http.ResponseWriter, r *http.Request) error {
	lib, e, err := m.entry(r)
	if err != nil {
		return err
	}
	on, err := dayOf(r, "on")
	if err != nil {
		return err
	}
	day := on.String()
	if on.IsZero() {
		on = m.a.Today()
	}
	number := r.PathValue("number")
	list := e.Articles(on)
	v := pageView{Ask: askView{On: day, Within: e.ID}, Line: m.line(e), ID: e.ID, Back: web.Link("/laws/"+e.ID, "on", day) + "#" + law.Anchor(number)}
	found := false
	for i, a := range list {
		if a.Number != number {
			continue
		}
		found = true
		v.Article, v.Chapter, v.From, v.Until = articleOf(lib, a), a.Chapter(), a.From.String(), a.Until.String()
		v.Before, v.After = neighbour(lib, list, i-1, day), neighbour(lib, list, i+1, day)
	}
	if !found {
		return fault.New(fault.NotFound, "《%s》在这一天没有%s，或这一条的正文还没有导入。", e.Title, law.Label(number))
	}
	for _, x := range e.Versions {
		if x.InForce(on) {
			continue
		}
		for _, p := range x.Text.Provisions {
			if p.Number == number {
				v.Others = append(v.Others, outlineLine{x.From.String(), web.Link("/laws/"+e.ID+"/articles/"+number, "on", x.From.String())})
			}
		}
	}
	cited, err := m.a.CitedBy(r.Context(), web.Actor(r), e.ID, number)
	if err != nil {
		return err
	}
	v.Cited = citedView{false, cited}
	return m.site.Render(w, r, "laws/article", v)
}

func neighbour(lib *law.Library, list []law.Article, i int, day string) *articleView {
	if i < 0 || i >= len(list) {
		return nil
	}
	v := articleOf(lib, list[i])
	v.Link = web.Link(v.Link, "on", day)
	return &v
}

// withdraw takes an import out again.
func (m *room) withdraw(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	n, err := atoi(r.PathValue("n"))
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := m.a.WithdrawLaw(r.Context(), web.Actor(r), id, n, form.Get("reason")); err != nil {
		v, broken := m.showView(r)
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("laws/show", v, err)
	}
	m.site.Flash(w, "good", "laws.withdrawn")
	path := "/laws/" + id
	if lib, err := m.a.Laws(r.Context()); err == nil {
		if _, ok := lib.Entry(id); !ok {
			path = "/laws"
		}
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// Brief is the beginning of an article, for its neighbours.
func (a articleView) Brief() string {
	var b strings.Builder
	for _, p := range a.Paragraphs {
		for _, x := range p.Pieces {
			b.WriteString(x.Text)
		}
	}
	s := b.String()
	if s == "" {
		s = a.Summary
	}
	if r := []rune(s); len(r) > 48 {
		return string(r[:48]) + "…"
	}
	return s
}

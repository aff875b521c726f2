package reviews

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// pageRows is how many reviews stand on a page.
const pageRows = 50

type listView struct {
	Tabs    []web.Tab
	Tiles   []web.Tile
	Query   string
	Tab     string
	Form    *web.Form
	States  []web.Option
	Kinds   []web.Option
	Tags    []tag
	Plain   string // address without filter
	Rows    []row
	On      string // next page
	First   string // first page, "" on it
	Empty   web.Empty
	Turned  string // address of one's own list, where the list opened on another
	May     bool   // submit
	Recheck bool
}

type tag struct{ Label, Value, Link string }

// row is one review in a list.
type row struct {
	Link, Number, Title  string
	Kind, Unit, Stage    string
	State, Dot           string
	Reviewer             string
	Due                  web.Due
	Found, Unjudged      int
	Points, OpenPoints   int
	Urgent               bool
	Clearance, Until     string
	Over                 bool // the clearance has run out
	CreatedOn, DecidedOn string
	Unread               string // message id: the newest version is still to be recognised
}

// query is what the address of the list says.
type query struct{ v url.Values }

var chooses = []string{"show", "state", "kind", "product"}

func (q query) get(name string) string { return strings.TrimSpace(q.v.Get(name)) }

// with is the address with values changed, on its first page.
func (q query) with(args ...string) string {
	v := url.Values{}
	for _, name := range slices.Concat([]string{"tab"}, chooses, statNames) {
		if s := q.get(name); s != "" {
			v.Set(name, s)
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		v.Set(args[i], args[i+1])
		if args[i+1] == "" {
			v.Del(args[i])
		}
	}
	if len(v) == 0 {
		return "/reviews"
	}
	return "/reviews?" + v.Encode()
}

// tab is whose reviews are listed: those who only submit or review begin with their own.
func (q query) tab(who party.Actor) string {
	switch t := q.get("tab"); {
	case t == "mine", t == "desk", t == "all":
		return t
	case !access.May(who, access.SubmitReview) && !access.May(who, access.HandleReview):
		return "all"
	case access.May(who, access.AssignReview):
		return "desk"
	}
	return "mine"
}

// turns reports whether a reviewer who has nothing on the desk is shown what waits
// to be taken instead; whoever chose something sees what was chosen.
func (q query) turns(l app.ReviewList, who party.Actor) bool {
	chosen := slices.ContainsFunc(slices.Concat([]string{"tab", "q", "before"}, chooses, statNames), func(name string) bool { return q.get(name) != "" })
	return !chosen && access.May(who, access.HandleReview) && l.Tally.Mine == 0 && l.Tally.Free > 0
}

func (q query) filter(who party.Actor, today calendar.Date) storage.ReviewFilter {
	f := storage.ReviewFilter{Kind: q.get("kind"), Product: q.get("product"), Before: review.ID(number(q.get("before"))), Limit: pageRows, Stat: statOf(q.v), Unit: party.UnitID(q.get("unit"))}
	switch q.tab(who) {
	case "mine":
		f.Mine = true
	case "desk":
		f.Open = true
	}
	if s := review.State(q.get("state")); slices.Contains(review.States, s) {
		f.States, f.Open = []review.State{s}, false
	}
	switch q.get("show") { // the numbers above the list count all in reach
	case "mine":
		f.Mine, f.Open = true, true
	case "free":
		f.Mine, f.Waits, f.Free, f.Open = false, "reviewer", true, true
	case "decide":
		f.Mine, f.Waits, f.Open = false, "decider", true
	case "over":
		f.Mine, f.DueTo, f.Open = false, today.AddDays(-1), true
	}
	return f
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	who, q, k := web.Actor(r), query{r.URL.Query()}, m.talk(r)
	f := q.filter(who, m.a.Today())
	list, err := m.a.Reviews(r.Context(), who, f)
	if err != nil {
		return err
	}
	turned := q.turns(list, who)
	if turned { // nothing of one's own: the list opens on what waits to be taken
		q.v.Set("show", "free")
		if list, err = m.a.Reviews(r.Context(), who, q.filter(who, m.a.Today())); err != nil {
			return err
		}
	}
	v := listView{Query: q.get("q"), Tab: q.tab(who), Form: web.NewForm("state", q.get("state"), "kind", q.get("kind")), States: k.states(), Kinds: k.kinds(),
		Plain: q.with(append(without(statNames), "show", "", "state", "", "kind", "", "product", "")...), Tiles: q.tiles(list.Tally, who), Tags: k.tags(q, list.Org), May: access.May(who, access.SubmitReview), Recheck: access.May(who, access.RecheckMaterial)}
	rows := list.Rows
	if v.Query != "" {
		if rows, err = m.a.SearchReviews(r.Context(), who, v.Query, 100); err != nil {
			return err
		}
		v.Tiles, list.Next = nil, 0
	}
	l := lister{k, list.Org, list.Today, m.a.SoonDays()}
	for _, one := range rows {
		next := l.row(one)
		if j, ok := list.Unread[one.ID]; ok {
			next.Unread = "reviews.unread." + j.State
		}
		v.Rows = append(v.Rows, next)
	}
	for _, t := range []string{"mine", "desk", "all"} {
		v.Tabs = append(v.Tabs, web.Tab{Label: "reviews.tab." + t, Link: q.with("tab", t, "show", ""), Here: v.Tab == t && v.Query == ""})
	}
	if list.Next != 0 {
		v.On = q.with("before", list.Next.String())
	}
	if f.Before != 0 {
		v.First = q.with()
	}
	if turned {
		v.Turned = q.with("tab", "mine", "show", "")
	}
	v.Empty = q.empty(v, who)
	return m.site.Render(w, r, "reviews/list", v)
}

func (q query) tiles(t app.ReviewTally, who party.Actor) []web.Tile {
	tile := func(id, icon, kind string, n int) web.Tile {
		here := q.get("show") == id
		link := q.with("show", id, "state", "")
		if here {
			link = q.with("show", "")
		}
		if n == 0 {
			kind = ""
		}
		return web.Tile{Label: "reviews.tile." + id, Icon: icon, N: n, More: n >= app.TallyMax, Link: link, Kind: kind, Here: here}
	}
	out := []web.Tile{tile("mine", "user-check", "", t.Mine)}
	if access.May(who, access.HandleReview) {
		out = append(out, tile("free", "hand-stop", "soon", t.Free))
	}
	return append(out, tile("decide", "gavel", "today", t.Decide), tile("over", "alert-circle", "over", t.Overdue))
}

// tags are the chosen values, each with the address without it.
func (k talk) tags(q query, org *app.Org) []tag {
	var out []tag
	if s := q.get("state"); s != "" {
		out = append(out, tag{"reviews.col.state", k.label("state", s), q.with("state", "")})
	}
	if s := q.get("kind"); s != "" {
		out = append(out, tag{"reviews.col.kind", k.kindOrGroup(s), q.with("kind", "")})
	}
	if s := q.get("product"); s != "" {
		out = append(out, tag{"reviews.col.product", s, q.with("product", "")})
	}
	if s := k.statWords(q, org); s != "" {
		out = append(out, tag{"reviews.stat.filter", s, q.with(without(statNames)...)})
	}
	return out
}

func (k talk) kindOrGroup(id string) string {
	if key := "reviews.group." + id; k.has(key) {
		return k.t(key)
	}
	return k.kind(id)
}

func (k talk) states() []web.Option {
	out := []web.Option{{Label: "reviews.any_state"}}
	for _, s := range review.States {
		out = append(out, web.Option{Value: string(s), Text: k.label("state", string(s))})
	}
	return out
}

func (k talk) kinds() []web.Option {
	out := []web.Option{{Label: "reviews.any_kind"}, {Value: "marketing", Text: k.kindOrGroup("marketing")}}
	for _, one := range review.MaterialKinds() {
		out = append(out, web.Option{Value: one.ID, Text: one.In(string(k.lang))})
	}
	return out
}

// lister turns rows of the store into rows of a page.
type lister struct {
	talk
	org   *app.Org
	today calendar.Date
	soon  int
}

func (l lister) row(r storage.ReviewRow) row {
	v := row{Link: path(r.ID, ""), Number: r.Number, Title: r.Title, Kind: l.kind(r.Kind), Unit: l.org.Tree.Name(r.Unit), Stage: l.label("stage", string(r.Stage)), State: l.label("state", string(r.State)),
		Dot: stateKind(r.State), Reviewer: l.org.Name("person/" + string(r.Reviewer)), Found: r.Found, Unjudged: r.Unjudged, Points: r.Points, OpenPoints: r.OpenPoints, Urgent: r.Urgent && r.Open,
		Clearance: r.Clearance, Over: r.State == review.Expired, CreatedOn: r.CreatedOn.String(), DecidedOn: r.DecidedOn.String()}
	if r.Reviewer == "" {
		v.Reviewer = ""
	}
	if r.Clearance != "" {
		v.Until = r.Until.String()
	}
	if !r.Due.IsZero() {
		v.Due = l.due(r.Due)
	}
	return v
}

func (l lister) due(on calendar.Date) web.Due {
	left := on.Sub(l.today)
	return web.Due{On: on.String(), Left: left, Soon: left <= l.soon}
}

// empty says what to do when the list has nothing.
func (q query) empty(v listView, who party.Actor) web.Empty {
	switch {
	case v.Query != "":
		return web.Empty{Icon: "search", Title: "reviews.empty.search", Text: "reviews.empty.search_text", Link: "/reviews", Do: "reviews.empty.clear"}
	case slices.ContainsFunc(slices.Concat(chooses, statNames), func(n string) bool { return q.get(n) != "" }):
		return web.Empty{Icon: "filter", Title: "reviews.empty.filter", Link: v.Plain, Do: "reviews.empty.clear"}
	case access.May(who, access.SubmitReview):
		return web.Empty{Icon: "writing", Title: "reviews.empty.none", Text: "reviews.empty.none_text", Link: "/reviews/new", Do: "reviews.new"}
	}
	return web.Empty{Icon: "circle-check", Title: "reviews.empty.none", Text: "reviews.empty.wait_text", Link: q.with("tab", "all"), Do: "reviews.empty.see_all"}
}

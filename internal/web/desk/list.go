package desk

import (
	"net/http"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// pageRows is how many cases stand on a page.
const pageRows = 50

// column is one that the reader may show or hide.
type column struct {
	ID    string
	Shown bool
}

// Label is the message id of its head.
func (c column) Label() string { return "desk.col." + c.ID }

type listView struct {
	Title   string // message id
	Desk    bool   // the worklist, with tabs and numbers
	Closed  bool
	Here    string // address without the page, for forms that come back
	Tabs    []web.Tab
	Tiles   []web.Tile
	Columns []column
	Views   []savedView
	Tags    []tag
	Plain   string // address without filter
	Wrong   string // data: a unit of the filter that is none
	Form    *web.Form
	Options filterOptions
	Tab     string
	Rows    []rowView
	First   int // number of the first row
	Last    int
	Back    string
	On      string
	Empty   web.Empty

	Kept []storage.KeptAway // the reader's own that he must keep away from

	MayAssign, MayRegister bool
}

type savedView struct {
	view
	Here bool
}

// Shows reports whether a column is shown.
func (v listView) Shows(id string) bool {
	return slices.ContainsFunc(v.Columns, func(c column) bool { return c.ID == id && c.Shown })
}

// filterOptions are the choices of the filter's form.
type filterOptions struct {
	States, Channels, Products, Reasons, Owners []web.Option
	Units                                       []string
}

// list shows the worklist, or under /complaints everything with the closed ones.
func (d *desk) list(w http.ResponseWriter, r *http.Request) error {
	who, q, say := web.Actor(r), readQuery(r), d.words(r)
	org, err := d.app.Org(r.Context())
	if err != nil {
		return err
	}
	if id, ok := unitNamed(org, q.typed); ok && id != "" {
		http.Redirect(w, r, q.with("unit", string(id)), http.StatusSeeOther)
		return nil
	}
	soon := d.app.SoonDays()
	f := q.filter(who, org, d.app.Today(), soon)
	f.Limit = pageRows
	p, err := d.app.Worklist(r.Context(), who, f)
	if err != nil {
		return err
	}
	moods, err := d.app.Moods(r.Context(), p.Rows)
	if err != nil {
		return err
	}
	l := lister{words: say, org: p.Org, today: p.Today, soon: soon}
	v := listView{Title: "room.desk", Desk: q.path == "/desk", Closed: q.closed(), Here: q.with(), Plain: q.plain(), Tags: q.tags(say, org), Wrong: q.wrongUnit(org), Form: q.form(org),
		Options: say.filterOptions(org, who), Rows: l.rowsWithMood(p.Rows, moods), Tab: q.get("tab"), Tabs: q.tabs(who), MayAssign: access.May(who, access.AssignComplaint) && !q.closed(), MayRegister: access.May(who, access.RegisterComplaint)}
	if v.Desk {
		v.Tiles = q.tiles(p.Tally, who)
		if v.Kept, err = d.app.KeptAway(r.Context(), who); err != nil {
			return err
		}
	} else {
		v.Title = "room.complaints"
	}
	shown := shownColumns(r, f.Reach == storage.Mine)
	for _, id := range optionalColumns {
		v.Columns = append(v.Columns, column{ID: id, Shown: slices.Contains(shown, id)})
	}
	for _, one := range savedViews(r, who) {
		v.Views = append(v.Views, savedView{one, one.Path == q.path && one.Q == q.chosen()})
	}
	v.page(q, p)
	v.Empty = q.empty(who)
	return d.site.Render(w, r, "desk/list", v)
}

func (v *listView) page(q query, p app.WorklistPage) {
	var before int
	v.Back, v.On, before = q.pages(p.Next)
	v.First = before*pageRows + 1
	v.Last = before*pageRows + len(v.Rows)
}

func (w words) filterOptions(org *app.Org, who party.Actor) filterOptions {
	book := complaint.Book()
	states := labelOptions(w, "state", complaint.States)
	return filterOptions{States: append([]web.Option{{Text: "—"}}, states...), Channels: w.channelOptions(true), Products: w.codeOptions(book.Products),
		Reasons: w.codeOptions(book.Reasons), Owners: handlerOptions(org, who), Units: unitOptions(org, who.Unit)}
}

// tabs are whose cases on the desk, and open or closed in the room of all.
func (q query) tabs(who party.Actor) []web.Tab {
	if q.path != "/desk" {
		return []web.Tab{{Label: "desk.tab.open", Link: q.with("closed", ""), Here: !q.closed()}, {Label: "desk.tab.closed", Link: q.with("closed", "1", "due", "", "due_from", "", "due_to", ""), Here: q.closed()}}
	}
	var out []web.Tab
	for _, reach := range []storage.Reach{storage.Mine, storage.MyUnit, storage.All} {
		out = append(out, web.Tab{Label: "desk.tab." + string(reach), Link: q.with("tab", string(reach)), Here: q.reach(who) == reach})
	}
	return out
}

// tiles are the four numbers that are filters.
func (q query) tiles(t app.Tally, who party.Actor) []web.Tile {
	tile := func(id, icon, kind string, n int) web.Tile {
		here := q.get("due") == id
		link := q.with("due", id, "due_from", "", "due_to", "")
		if here {
			link = q.with("due", "")
		}
		return web.Tile{Label: "desk.tile." + id, Icon: icon, N: n, More: n >= app.TallyMax, Link: link, Kind: kind, Here: here}
	}
	out := []web.Tile{tile("over", "alert-circle", "over", t.Overdue), tile("today", "clock-exclamation", "today", t.Today), tile("soon", "clock", "soon", t.Soon)}
	for i := range out {
		if out[i].N == 0 {
			out[i].Kind = ""
		}
	}
	if access.May(who, access.ApproveComplaint) {
		out = append(out, web.Tile{Label: "desk.tile.approvals", Icon: "clipboard-check", N: t.Approvals, More: t.Approvals >= app.TallyMax, Link: "/approvals"})
	}
	return out
}

// empty says what to do when the list has nothing.
func (q query) empty(who party.Actor) web.Empty {
	switch {
	case q.v.Has("after"):
		return web.Empty{Icon: "list-check", Title: "desk.empty.end", Link: q.with(), Do: "desk.empty.first"}
	case q.filtered():
		return web.Empty{Icon: "filter", Title: "desk.empty.filter", Text: "desk.empty.filter_text", Link: q.plain(), Do: "desk.empty.clear"}
	case q.closed():
		return web.Empty{Icon: "archive", Title: "desk.empty.closed", Text: "desk.empty.closed_text", Link: q.with("closed", ""), Do: "desk.empty.see_open"}
	case q.path == "/desk" && q.reach(who) == storage.Mine:
		return web.Empty{Icon: "circle-check", Title: "desk.empty.mine", Text: "desk.empty.mine_text", Link: q.with("tab", string(storage.MyUnit)), Do: "desk.empty.see_unit"}
	case access.May(who, access.RegisterComplaint):
		return web.Empty{Icon: "inbox", Title: "desk.empty.all", Text: "desk.empty.all_text", Link: "/complaints/new", Do: "desk.register"}
	}
	return web.Empty{Icon: "inbox", Title: "desk.empty.all"}
}

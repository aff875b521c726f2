package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// query is what the address of a list says. The address is the filter: it can be
// kept, shared and put under a name, and it means the same tomorrow (due=today).
type query struct {
	path  string
	v     url.Values
	typed string // name of a unit as it was typed into the form of the filter
}

// unitName is the box of the form in which a unit is typed. The address of the filter
// holds the unit's id: what was typed may be anything.
const unitName = "unit_name"

// names of the values that choose rows; paging is no part of a filter.
var chooses = []string{"due", "due_from", "due_to", "from", "to", "state", "channel", "product", "reason", "unit", "owner", "regulator", "care", "waiting"}

var knownNames = append([]string{"tab", "closed"}, chooses...)

// paging are the names that say where in the list one is.
var paging = []string{"after", "trail", "page"}

func readQuery(r *http.Request) query {
	q := query{path: r.URL.Path, v: url.Values{}, typed: strings.TrimSpace(r.URL.Query().Get(unitName))}
	for name, values := range r.URL.Query() {
		if v := strings.TrimSpace(values[0]); v != "" && len(v) < 1000 && (slices.Contains(knownNames, name) || slices.Contains(paging, name)) {
			q.v.Set(name, v)
		}
	}
	return q
}

func (q query) get(name string) string { return q.v.Get(name) }

// with returns the address with values changed, on its first page; an empty
// value takes the name away.
func (q query) with(args ...string) string {
	v := url.Values{}
	for name := range q.v {
		if slices.Contains(knownNames, name) {
			v.Set(name, q.get(name))
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		v.Set(args[i], args[i+1])
		if args[i+1] == "" {
			v.Del(args[i])
		}
	}
	return address(q.path, v)
}

// chosen returns the address's filter without tab and page, "" for none.
func (q query) chosen() string {
	_, after, _ := strings.Cut(q.with(), "?")
	return after
}

// plain returns the address without any filter.
func (q query) plain() string {
	args := make([]string, 0, 2*len(chooses))
	for _, name := range chooses {
		args = append(args, name, "")
	}
	return q.with(args...)
}

func (q query) filtered() bool { return slices.ContainsFunc(chooses, q.v.Has) }

func address(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (q query) closed() bool { return q.get("closed") != "" }

// reach is whose cases are listed. The room of all complaints shows everything;
// the desk begins with the own ones of those who handle cases.
func (q query) reach(who party.Actor) storage.Reach {
	switch tab := storage.Reach(q.get("tab")); {
	case q.path == "/complaints":
		return storage.All
	case tab == storage.Mine, tab == storage.MyUnit, tab == storage.All:
		return tab
	case !access.May(who, access.HandleComplaint):
		return storage.All
	}
	return storage.Mine
}

// day reads a date of the address; what is no date chooses nothing.
func (q query) day(name string) calendar.Date {
	d, err := calendar.Parse(q.get(name))
	if err != nil {
		return 0
	}
	return d
}

// filter returns what the store is asked for.
func (q query) filter(who party.Actor, org *app.Org, today calendar.Date, soon int) storage.Filter {
	f := storage.Filter{Reach: q.reach(who), Closed: q.closed(), Channel: party.ChannelID(q.get("channel")), Product: q.get("product"), Reason: q.get("reason"),
		Unit: q.unit(org), Owner: party.PersonID(q.get("owner")), DueFrom: q.day("due_from"), DueTo: q.day("due_to"), Regulator: q.v.Has("regulator"), Fragile: q.v.Has("care"),
		Waiting: q.v.Has("waiting"), Received: calendar.Interval{From: q.day("from"), To: q.day("to")}, After: storage.ParseCursor(q.get("after"))}
	if s := complaint.State(q.get("state")); slices.Contains(complaint.States, s) {
		f.States = []complaint.State{s}
	}
	switch q.get("due") {
	case "over":
		f.DueTo = today.AddDays(-1)
	case "today":
		f.DueFrom, f.DueTo = today, today
	case "soon":
		f.DueFrom, f.DueTo = today.AddDays(1), today.AddDays(soon)
	}
	return f
}

// unit returns the unit that the filter names by id or by its name; a name that
// is none chooses nothing and is told by wrongUnit.
func (q query) unit(org *app.Org) party.UnitID {
	id, _ := unitNamed(org, q.get("unit"))
	return id
}

func (q query) wrongUnit(org *app.Org) string {
	if q.typed != "" {
		return q.typed
	}
	if _, ok := unitNamed(org, q.get("unit")); !ok {
		return q.get("unit")
	}
	return ""
}

// firstPage stands for the first page in the trail.
const firstPage = "-"

// maxTrail bounds the trail of pages that the address carries.
const maxTrail = 40

// pages returns the addresses of the previous and the next page, and how many
// pages stand before this one. Paging is by key: the way back is the trail of
// cursors that the address carries; behind its end it leads to the first page.
func (q query) pages(next storage.Cursor) (back, on string, before int) {
	here, trail := q.get("after"), strings.FieldsFunc(q.get("trail"), func(r rune) bool { return r == '_' })
	if here == "" {
		here, trail = firstPage, nil
	} else {
		before = q.before()
		back = q.with()
	}
	if n := len(trail); n > 0 && trail[n-1] != firstPage {
		back = q.with("after", trail[n-1], "trail", strings.Join(trail[:n-1], "_"), "page", strconv.Itoa(before-1))
	}
	if next.ID != 0 {
		trail = append(trail, here)
		on = q.with("after", next.String(), "trail", strings.Join(trail[max(0, len(trail)-maxTrail):], "_"), "page", strconv.Itoa(before+1))
	}
	return back, on, before
}

// before is how many pages the address says stand before it, at least one.
func (q query) before() int {
	n, err := strconv.Atoi(q.get("page"))
	if err != nil {
		return 1
	}
	return min(max(1, n), 1_000_000)
}

// tag is one part of the filter in force, with the address without it.
type tag struct {
	Label string // message id
	Value string // data or a label in the reader's language; may be empty
	Link  string
}

func (q query) tags(w words, org *app.Org) []tag {
	book := complaint.Book()
	name := map[string]func(string) string{
		"state": func(s string) string { return w.label("state", s) }, "channel": func(s string) string { return w.channel(party.ChannelID(s)) },
		"product": func(s string) string { return w.code(book.Products, s) }, "reason": func(s string) string { return w.code(book.Reasons, s) },
		"owner": func(s string) string { return org.Name("person/" + s) }, "unit": func(string) string { return unitLabel(org, q.unit(org)) },
		"due": func(s string) string { return w.text("desk.tile." + pick(s, "over", "today", "soon")) },
	}
	var out []tag
	for _, n := range chooses {
		v := q.get(n)
		if v == "" || n == "unit" && q.unit(org) == "" {
			continue
		}
		t := tag{Label: "desk.filter." + n, Value: v, Link: q.with(n, "")}
		if of, ok := name[n]; ok {
			t.Value = of(v)
		} else if slices.Contains([]string{"regulator", "care", "waiting"}, n) {
			t.Value = ""
		}
		out = append(out, t)
	}
	return out
}

// pick returns s when it is one of the allowed, else the first of them.
func pick(s string, allowed ...string) string {
	if slices.Contains(allowed, s) {
		return s
	}
	return allowed[0]
}

// form gives the filter back as the form that changes it.
func (q query) form(org *app.Org) *web.Form {
	f := &web.Form{Values: url.Values{}}
	for name := range q.v {
		f.Values.Set(name, q.get(name))
	}
	if id := q.unit(org); id != "" {
		f.Values.Set(unitName, unitLabel(org, id))
	}
	if q.typed != "" {
		f.Values.Set(unitName, q.typed)
	}
	return f
}

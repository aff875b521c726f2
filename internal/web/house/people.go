package house

import (
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

type peopleView struct {
	Sealed string // the query as addresses carry it
	May    bool
	Query  string
	Unit   party.Unit // the chosen one; zero for all
	Tree   []branch
	All    int
	People []personRow
	Empty  web.Empty
}

// branch is a unit in the tree.
type branch struct {
	Unit  party.Unit
	Depth int
	Count int // people in it and below
	Here  bool
}

type personRow struct {
	Person party.Person
	Unit   string
	Roles  []string // message ids
}

// people shows the tree of units and the people of one of them, or those that a
// search finds.
func (h *house) people(w http.ResponseWriter, r *http.Request) error {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return err
	}
	v := peopleView{Sealed: web.Words(r), May: access.May(web.Actor(r), access.ManageParty), Query: strings.TrimSpace(r.URL.Query().Get("q")),
		Empty: web.Empty{Icon: "users", Title: "house.people.none", Text: "house.people.none_text"}}
	if id := party.UnitID(r.URL.Query().Get("unit")); id != "" {
		u, ok := org.Tree.Unit(id)
		if err := known(ok, "没有这个机构，可能代码写错了。"); err != nil {
			return err
		}
		v.Unit = u
	}
	v.Tree, v.All = tree(org, v.Unit.ID), len(org.People())
	for _, p := range org.People() {
		if v.Unit.ID != "" && !org.Tree.Within(p.Unit, v.Unit.ID) || !found(p, org.Tree.Name(p.Unit), v.Query) {
			continue
		}
		v.People = append(v.People, rowOf(org, p))
	}
	return h.site.Render(w, r, "house/people", v)
}

func rowOf(org *app.Org, p party.Person) personRow {
	row := personRow{Person: p, Unit: org.Tree.Name(p.Unit)}
	for _, role := range p.Roles {
		row.Roles = append(row.Roles, "role."+string(role))
	}
	return row
}

func found(p party.Person, unit, query string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !slices.ContainsFunc([]string{p.Name, strings.ToLower(p.Login), p.Title, unit}, func(s string) bool { return strings.Contains(s, word) }) {
			return false
		}
	}
	return true
}

func tree(org *app.Org, here party.UnitID) []branch {
	count := map[party.UnitID]int{}
	for _, p := range org.People() {
		for _, u := range org.Tree.Path(p.Unit) {
			count[u]++
		}
	}
	var out []branch
	for _, u := range org.Tree.Units() {
		out = append(out, branch{Unit: u, Depth: len(org.Tree.Path(u.ID)), Count: count[u.ID], Here: u.ID == here})
	}
	return out
}

// unitOptions are the units that stand, indented by their depth.
func unitOptions(org *app.Org) []web.Option {
	out := []web.Option{{Label: "house.choose"}}
	for _, u := range org.Tree.Units() {
		if !u.Closed {
			out = append(out, web.Option{Value: string(u.ID), Text: strings.Repeat("　", len(org.Tree.Path(u.ID))-1) + u.Name})
		}
	}
	return out
}

type personView struct {
	New      bool
	May      bool
	Person   party.Person
	Unit     string
	Roles    []string
	Form     *web.Form
	Action   *web.Form // what was typed beside the buttons, and why one did nothing
	Units    []web.Option
	AllRoles []web.Option
	Here     string
}

func (h *house) personView(r *http.Request, p party.Person) (personView, error) {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return personView{}, err
	}
	row := rowOf(org, p)
	v := personView{New: p.ID == "", May: access.May(web.Actor(r), access.ManageParty), Person: p, Unit: row.Unit, Roles: row.Roles,
		Action: web.NewForm(), Units: unitOptions(org), AllRoles: options("role.", party.Roles), Here: "/people/person/new"}
	if !v.New {
		v.Here = "/people/person/" + string(p.ID)
	}
	v.Form = web.NewForm("login", p.Login, "name", p.Name, "title", p.Title, "unit", string(p.Unit))
	for _, role := range p.Roles {
		v.Form.Values.Add("roles", string(role))
	}
	return v, nil
}

// one returns the person of the path.
func (h *house) one(r *http.Request) (party.Person, error) {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return party.Person{}, err
	}
	p, ok := org.Person(party.PersonID(r.PathValue("id")))
	return p, known(ok, "没有这个人员，可能编号写错了。")
}

func (h *house) newPerson(w http.ResponseWriter, r *http.Request) error {
	v, err := h.personView(r, party.Person{Unit: party.UnitID(r.URL.Query().Get("unit"))})
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/person", v)
}

func (h *house) person(w http.ResponseWriter, r *http.Request) error {
	p, err := h.one(r)
	if err != nil {
		return err
	}
	v, err := h.personView(r, p)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/person", v)
}

// typed is the person as the form says.
func typed(p party.Person, f *web.Form) party.Person {
	p.Login, p.Name, p.Title, p.Unit, p.Roles = f.Get("login"), f.Get("name"), f.Get("title"), party.UnitID(f.Get("unit")), nil
	for _, role := range f.Values["roles"] {
		p.Roles = append(p.Roles, party.Role(role))
	}
	return p
}

type secretView struct {
	Person   party.Person
	Password string
	Waits    int64 // number of the change that has to be confirmed first, 0 for none
}

func (h *house) hire(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	p, password, err := h.a.Hire(r.Context(), web.Actor(r), typed(party.Person{}, form), form.Get("reason"))
	waits := waiting(err)
	if err != nil && waits == 0 {
		v, broken := h.personView(r, party.Person{})
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("house/person", v, err)
	}
	return h.secret(w, r, secretView{Person: p, Password: password, Waits: waits})
}

// secret shows a password, this once.
func (h *house) secret(w http.ResponseWriter, r *http.Request, v secretView) error {
	w.Header().Set("Cache-Control", "no-store")
	return h.site.Render(w, r, "house/password", v)
}

func (h *house) changePerson(w http.ResponseWriter, r *http.Request) error {
	p, err := h.one(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := h.a.SetPerson(r.Context(), web.Actor(r), typed(p, form), form.Get("reason")); err != nil {
		v, broken := h.personView(r, p)
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("house/person", v, err)
	}
	h.site.Flash(w, "good", "house.saved")
	return to(w, r, "/people?unit="+string(p.Unit))
}

// refused shows a person's page with the reason why a button did nothing.
func (h *house) refused(r *http.Request, p party.Person, err error) error {
	v, broken := h.personView(r, p)
	if broken != nil {
		return broken
	}
	v.Action = web.NewForm("why", r.PostFormValue("why")).Refuse(err)
	return web.Again("house/person", v, err)
}

// switchPerson disables or enables a person.
func (h *house) switchPerson(w http.ResponseWriter, r *http.Request) error {
	p, err := h.one(r)
	if err != nil {
		return err
	}
	if p.ID == web.Actor(r).Person() {
		return h.refused(r, p, fault.New(fault.Conflict, "不能停用自己的账号：请由另一位系统管理员办理。"))
	}
	next := p
	next.Disabled = r.PostFormValue("state") == "off"
	if err := h.a.SetPerson(r.Context(), web.Actor(r), next, r.PostFormValue("why")); err != nil {
		return h.refused(r, p, err)
	}
	key := "house.enabled"
	if next.Disabled {
		key = "house.disabled"
	}
	h.site.Flash(w, "good", key)
	return to(w, r, "/people/person/"+string(p.ID))
}

func (h *house) resetPassword(w http.ResponseWriter, r *http.Request) error {
	p, err := h.one(r)
	if err != nil {
		return err
	}
	password, err := h.a.ResetPassword(r.Context(), web.Actor(r), p.ID)
	if err != nil {
		return h.refused(r, p, err)
	}
	return h.secret(w, r, secretView{Person: p, Password: password})
}

func (h *house) resetTOTP(w http.ResponseWriter, r *http.Request) error {
	p, err := h.one(r)
	if err != nil {
		return err
	}
	if err := h.a.ResetTOTP(r.Context(), web.Actor(r), p.ID); err != nil {
		return h.refused(r, p, err)
	}
	h.site.Flash(w, "good", "house.totp_reset")
	return to(w, r, "/people/person/"+string(p.ID))
}

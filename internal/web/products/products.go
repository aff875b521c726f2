// Package products is the room of the product register: what the institution
// sells, with its reviews and its complaints.
package products

import (
	"net/http"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/web"
)

type room struct {
	site *web.Site
	a    *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	return []web.Route{
		{Method: "GET", Path: "/products", Need: access.ReadProduct, Handler: m.list, Words: []string{"q"}},
		{Method: "GET", Path: "/products/new", Need: access.ManageProduct, Handler: m.fresh},
		{Method: "POST", Path: "/products/new", Need: access.ManageProduct, Handler: m.enter},
		{Method: "GET", Path: "/products/{id}", Need: access.ReadProduct, Handler: m.show},
		{Method: "GET", Path: "/products/{id}/edit", Need: access.ManageProduct, Handler: m.edit},
		{Method: "POST", Path: "/products/{id}/edit", Need: access.ManageProduct, Handler: m.change},
	}
}

// listed bounds the list.
const listed = 500

type listView struct {
	Query string
	Line  string
	Lines []web.Option
	Form  *web.Form
	Rows  []row
	Full  bool // there may be more
	May   bool
	Empty web.Empty
}

type row struct {
	ID, Link, Name, Issuer, Series string
	Line                           string
	Grade                          string
	Status, Dot                    string
	From, To                       string
}

// talk names things in the reader's language.
type talk struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) talk(r *http.Request) talk { return talk{web.LangOf(r), m.site.Texts()} }

func (k talk) t(key string, args ...any) string { return k.texts.Text(k.lang, key, args...) }

// lines are the business lines with their names, as the review form has them.
func (k talk) lines() []web.Option {
	for _, kind := range review.MaterialKinds() {
		for _, f := range kind.Form() {
			if f.ID != "line" {
				continue
			}
			out := make([]web.Option, len(f.Options))
			for i, o := range f.Options {
				out[i] = web.Option{Value: o.ID, Text: review.Name{Zh: o.Name, En: o.NameEn}.In(string(k.lang))}
			}
			return out
		}
	}
	return nil
}

func (k talk) line(id string) string {
	for _, o := range k.lines() {
		if o.Value == id {
			return o.Text
		}
	}
	return id
}

var dots = map[string]string{"on_sale": "good", "planned": "wait", "stopped": "none"}

func (k talk) row(p catalog.Product) row {
	return row{p.ID, "/products/" + p.ID, p.Name, p.Issuer, p.Series, k.line(p.Line), p.Grade, k.t("products.status." + p.Status), dots[p.Status], p.From.String(), p.To.String()}
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	q, k, who := r.URL.Query(), m.talk(r), web.Actor(r)
	v := listView{Query: strings.TrimSpace(q.Get("q")), Line: q.Get("line"), May: access.May(who, access.ManageProduct)}
	v.Form = web.NewForm("line", v.Line)
	v.Lines = append([]web.Option{{Label: "products.any_line"}}, k.lines()...)
	list, err := m.a.Products(r.Context(), who, v.Line, v.Query, listed)
	if err != nil {
		return err
	}
	for _, p := range list {
		v.Rows = append(v.Rows, k.row(p))
	}
	v.Full = len(v.Rows) == listed
	v.Empty = web.Empty{Icon: "package", Title: "products.none", Text: "products.none_text"}
	if v.May && v.Query == "" && v.Line == "" {
		v.Empty.Link, v.Empty.Do = "/products/new", "products.new"
	}
	return m.site.Render(w, r, "products/list", v)
}

type showView struct {
	row
	Code, Unit, Note string
	Edit             bool
	Reviews          []reviewRow
	Complaints       []countRow
	Sum              int
	Worklist         string // address of the complaints
	History          []event
	MaySubmit        bool
}

type reviewRow struct {
	Link, Number, Title, Kind, State, Dot, Until string
	Points                                       int
}

type countRow struct {
	Name, Link string
	N          int
}

// event is a state of the register: what stood after a change.
type event struct {
	Grade, Was   string
	Status, Name string
	First        bool
}

func (m *room) show(w http.ResponseWriter, r *http.Request) error {
	p, err := m.a.Product(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	k := m.talk(r)
	v := showView{row: k.row(p.Product), Unit: p.Org.Tree.Name(p.Product.Unit), Note: p.Product.Note, Edit: p.Edit, MaySubmit: access.May(web.Actor(r), access.SubmitReview), Worklist: web.Link("/complaints", "product", p.Product.Code)}
	book := complaint.Book()
	v.Code = k.code(book.Products, p.Product.Code)
	for _, x := range p.Reviews {
		kind, _ := review.KindOf(x.Kind)
		one := reviewRow{Link: "/reviews/" + x.ID.String(), Number: x.Number, Title: x.Title, Kind: kind.In(string(k.lang)), State: review.Label("state", string(x.State), string(k.lang)), Dot: stateDot(x.State), Points: x.Points}
		if x.Clearance != "" {
			one.Until = x.Until.String()
		}
		v.Reviews = append(v.Reviews, one)
	}
	for _, c := range p.Complaints {
		v.Sum += c.Cases
		v.Complaints = append(v.Complaints, countRow{k.code(book.Reasons, c.Reason), web.Link("/complaints", "product", p.Product.Code, "reason", c.Reason), c.Cases})
	}
	for i := len(p.History) - 1; i >= 0; i-- {
		h := p.History[i]
		v.History = append(v.History, event{Grade: h.Product.Grade, Was: h.Old, Status: k.t("products.status." + h.Product.Status), Name: h.Product.Name, First: i == 0})
	}
	return m.site.Render(w, r, "products/show", v)
}

func stateDot(s review.State) string {
	switch s {
	case review.Approved, review.Conditional:
		return "good"
	case review.Vetoed, review.Expired, review.Ended, review.Escalated:
		return "bad"
	}
	return "wait"
}

func (k talk) code(list []complaint.Code, id string) string {
	for _, c := range list {
		if c.ID == id && k.lang == web.English && c.NameEn != "" {
			return c.NameEn
		}
	}
	return complaint.CodeName(list, id)
}

type editView struct {
	Form     *web.Form
	ID       string // "" for a new one
	Lines    []web.Option
	Grades   []web.Option
	Statuses []web.Option
	Codes    []web.Option
	Units    []web.Option
}

func (m *room) editView(r *http.Request, form *web.Form, id string) (editView, error) {
	k := m.talk(r)
	none := web.Option{Text: "—"}
	v := editView{Form: form, ID: id, Lines: append([]web.Option{none}, k.lines()...), Grades: []web.Option{none}, Codes: []web.Option{none}, Units: []web.Option{none}}
	for _, g := range catalog.Grades {
		v.Grades = append(v.Grades, web.Option{Value: g, Text: g})
	}
	for _, s := range catalog.Statuses {
		v.Statuses = append(v.Statuses, web.Option{Value: s, Label: "products.status." + s})
	}
	book := complaint.Book()
	for _, c := range book.Products {
		v.Codes = append(v.Codes, web.Option{Value: c.ID, Text: k.code(book.Products, c.ID)})
	}
	org, err := m.a.Org(r.Context())
	if err != nil {
		return v, err
	}
	for _, u := range org.Tree.Units() {
		if !u.Closed {
			v.Units = append(v.Units, web.Option{Value: string(u.ID), Text: u.Name})
		}
	}
	return v, nil
}

func (m *room) fresh(w http.ResponseWriter, r *http.Request) error {
	v, err := m.editView(r, web.NewForm("status", "on_sale"), "")
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "products/edit", v)
}

func (m *room) edit(w http.ResponseWriter, r *http.Request) error {
	p, err := m.a.Product(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	x := p.Product
	form := web.NewForm("id", x.ID, "name", x.Name, "line", x.Line, "issuer", x.Issuer, "series", x.Series, "grade", x.Grade, "code", x.Code, "unit", string(x.Unit), "status", x.Status, "from", x.From.String(), "to", x.To.String(), "note", x.Note)
	v, err := m.editView(r, form, x.ID)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "products/edit", v)
}

// enter takes a new product; a number that is taken already is no new one.
func (m *room) enter(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if id := form.Get("id"); id != "" {
		if _, err := m.a.Product(r.Context(), web.Actor(r), id); err == nil {
			taken := "产品编号 " + id + " 已登记，请换一个编号，或修改原来的产品"
			return m.again(r, form, "", &fault.Error{Kind: fault.Invalid, Text: taken, Violations: []fault.Violation{{Field: "id", Text: taken}}})
		}
	}
	return m.save(w, r, form, "")
}

func (m *room) change(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	form.Values.Set("id", id)
	if _, err := m.a.Product(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	return m.save(w, r, form, id)
}

func (m *room) save(w http.ResponseWriter, r *http.Request, form *web.Form, id string) error {
	var p catalog.Product
	err := web.Decode(form.Values, &p)
	if err == nil {
		err = m.a.SetProduct(r.Context(), web.Actor(r), p)
	}
	if err != nil {
		return m.again(r, form, id, err)
	}
	m.site.Flash(w, "good", "products.saved", "Date", m.a.Now().In(zone).Format("15:04"))
	http.Redirect(w, r, "/products/"+p.ID, http.StatusSeeOther)
	return nil
}

var zone = time.FixedZone("CST", 8*3600)

func (m *room) again(r *http.Request, form *web.Form, id string, cause error) error {
	v, err := m.editView(r, form.Refuse(cause), id)
	if err != nil {
		return cause
	}
	return web.Again("products/edit", v, cause)
}

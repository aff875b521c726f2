package reviews

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// sideView is the right column.
type sideView struct {
	Base      string
	Product   string
	Facts     []Fact
	Edit      bool
	Checklist checklistView
	Missing   []findingRow // elements that are not there
	Materials []materialView
	People    []Fact
	Recused   []Fact
	Events    []Event
	Elements  *elementsView // nil: fetched when the page stands
	Alike     *alikeView
	Known     *knownView
	More      string // path of the page with everything, without a script
	MayScan   bool
}

// materialView is one version as it was brought and read.
type materialView struct {
	N        int
	Link     string
	Here     bool
	At, By   string
	Note     string
	Files    []fileView
	Pasted   bool
	Read     bool
	Chars    int
	Pages    int
	Warnings []string
	Found    int
	AsOf     string
}

type fileView struct{ Link, Name, Size string }

func (m *room) side(r *http.Request, p app.ReviewPage, ver int, t typedForm) (sideView, error) {
	k, rv := m.talk(r), p.Review
	v := sideView{Base: path(rv.ID, ""), Product: rv.Product, Facts: k.facts(rv), Edit: m.can(p, "edit"), Checklist: m.checklist(r, p), Materials: k.materials(p, ver), People: k.people(p), Events: k.events(p),
		More: web.Link(path(rv.ID, ""), "more", "1") + "#alike", MayScan: p.May[access.HandleReview].Allow && m.can(p, "judge-finding")}
	v.Checklist.typed = t
	for _, f := range found(rv, ver) {
		if f.Start == f.End && f.Verdict != review.Dismissed {
			v.Missing = append(v.Missing, k.row(p, f, ""))
		}
	}
	for _, x := range rv.Recused {
		v.Recused = append(v.Recused, Fact{p.Org.Name("person/" + string(x.Person)), x.Why})
	}
	if r.URL.Query().Get("more") == "" {
		return v, nil
	}
	var err error
	if v.Elements, err = m.elementsOf(r, rv.ID); err != nil {
		return v, err
	}
	if v.Alike, err = m.alikeOf(r, rv.ID); err == nil {
		v.Known, err = m.knownOf(r, rv.Product)
	}
	return v, err
}

func (k talk) people(p app.ReviewPage) []Fact {
	rv := p.Review
	out := []Fact{{k.t("reviews.creator"), k.name(p.Org, rv.CreatedBy)}}
	add := func(label string, ids ...party.PersonID) {
		var names []string
		for _, id := range ids {
			if id != "" {
				names = append(names, p.Org.Name("person/"+string(id)))
			}
		}
		if len(names) > 0 {
			out = append(out, Fact{k.t(label), strings.Join(names, k.t("reviews.comma"))})
		}
	}
	add("reviews.reviewer", rv.Reviewer)
	add("reviews.deputy", rv.Deputy)
	add("reviews.handled", rv.Handled...)
	return out
}

func (k talk) materials(p app.ReviewPage, ver int) []materialView {
	var out []materialView
	for _, m := range slices.Backward(p.Review.Materials) {
		v := materialView{N: m.N, Link: web.Link(path(p.Review.ID, ""), "v", m.N), Here: m.N == ver, At: stamp(m.At), By: k.name(p.Org, m.By), Note: m.Note, Pasted: strings.TrimSpace(m.Text) != "", Read: m.Reading != nil}
		for i, f := range m.Files {
			v.Files = append(v.Files, fileView{path(p.Review.ID, "/materials/"+itoa(m.N)+"/"+itoa(i+1)), f.Name, size(f.Size)})
		}
		if m.Reading != nil {
			v.Chars, v.Pages, v.Warnings = m.Reading.Chars, m.Reading.Pages, m.Reading.Warnings
		}
		if len(m.Scans) > 0 {
			last := m.Scans[len(m.Scans)-1]
			v.Found, v.AsOf = last.Found, last.AsOf.String()
		}
		out = append(out, v)
	}
	return out
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return itoa(int(n>>20)) + " MB"
	case n >= 1<<10:
		return itoa(int(n>>10)) + " KB"
	}
	return itoa(int(n)) + " B"
}

// checklistView is the kind's checklist with its answers.
type checklistView struct {
	Base    string
	Version int64
	May     bool
	Why     string
	Items   []itemView
	Left    int // required ones without an answer
	typed   typedForm
}

type itemView struct {
	ID, Name, Help string
	Cites          []citeView
	Source, Grade  string
	Required       bool
	Verdict, Said  string
	Note, By       string
	Icon, Class    string
}

func (m *room) checklist(r *http.Request, p app.ReviewPage) checklistView {
	k := m.talk(r)
	s, _ := specOf("check-item")
	v := checklistView{Base: path(p.Review.ID, ""), Version: p.Review.Version, Why: m.why(r, s, p), Left: len(p.Review.Unchecked())}
	v.May = v.Why == ""
	if !p.May[access.HandleReview].Allow {
		v.Why = ""
	}
	for _, i := range p.Kind.Items() {
		one := itemView{ID: i.ID, Name: k.in(i.Name, i.NameEn), Help: k.in(i.Help, i.HelpEn), Source: i.Source, Grade: i.Grade, Required: i.Required, Icon: "circle-dashed"}
		var list []review.Cite
		for _, c := range i.Cite {
			in, art, _ := strings.Cut(c, "/")
			list = append(list, review.Cite{Instrument: in, Article: art})
		}
		one.Cites = cites(list)
		if a, ok := p.Review.Checklist[i.ID]; ok {
			one.Verdict, one.Said, one.Note, one.By = string(a.Verdict), k.label("item", string(a.Verdict)), a.Note, k.name(p.Org, a.By)
			one.Icon, one.Class = itemIcons[a.Verdict][0], itemIcons[a.Verdict][1]
		}
		v.Items = append(v.Items, one)
	}
	return v
}

var itemIcons = map[review.ItemVerdict][2]string{review.ItemOK: {"circle-check", "ok"}, review.ItemProblem: {"alert-circle", "bad"}, review.ItemNA: {"ban", ""}}

// Note is what was typed about an item before it was refused.
func (v checklistView) Note(i itemView) string {
	if v.typed.verb == "check-item" && v.typed.item == i.ID {
		return v.typed.form.Get("note")
	}
	return i.Note
}

// elementsView is what the material has to say and does.
type elementsView struct{ Found []app.FoundElement }

func (m *room) elementsOf(r *http.Request, id review.ID) (*elementsView, error) {
	found, err := m.a.Elements(r.Context(), web.Actor(r), id)
	return &elementsView{found}, err
}

// elements answers the elements that are there.
func (m *room) elements(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	v, err := m.elementsOf(r, id)
	if err != nil {
		return err
	}
	if !partial(r) {
		return back(w, r, web.Link(path(id, ""), "more", "1")+"#elements")
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-elements", v)
}

// alikeView is what was reviewed before and reads alike.
type alikeView struct{ Hits []alikeRow }

type alikeRow struct {
	Link, Number, Title string
	Material            int
	State, Dot          string
	Standing            string // message id
	Share               int    // percent
	Equal               bool
	Cleared, Until      string
}

func (m *room) alikeOf(r *http.Request, id review.ID) (*alikeView, error) {
	hits, err := m.a.Alike(r.Context(), web.Actor(r), id)
	v := &alikeView{}
	for _, h := range hits {
		v.Hits = append(v.Hits, m.talk(r).alike(h))
	}
	return v, err
}

func (k talk) alike(h app.RecheckHit) alikeRow {
	return alikeRow{Link: path(h.Review, ""), Number: h.Number, Title: h.Title, Material: h.Material, State: k.label("state", string(h.State)), Dot: stateKind(h.State),
		Standing: "reviews.standing." + string(h.Standing), Share: h.Result.Share / 10, Equal: h.Result.Equal, Cleared: h.Cleared, Until: h.Until}
}

// alike answers the panel of like reviews.
func (m *room) alike(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	if !partial(r) {
		return back(w, r, web.Link(path(p.Review.ID, ""), "more", "1")+"#alike")
	}
	v, err := m.alikeOf(r, p.Review.ID)
	if err != nil {
		return err
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-alike", v)
}

// knownView is what the house knows of the product.
type knownView struct {
	Link, Name string
	Grade      string
	Complaints []countRow
	Reviews    []alikeRow
	Code       bool // complaints are coded with it
}

// countRow is a number of complaints with a reason.
type countRow struct {
	Name string
	N    int
	Link string
}

func (m *room) knownOf(r *http.Request, id string) (*knownView, error) {
	if id == "" || !access.May(web.Actor(r), access.ReadProduct) {
		return nil, nil
	}
	p, err := m.a.Product(r.Context(), web.Actor(r), id)
	if err != nil {
		return nil, err
	}
	k := m.talk(r)
	v := &knownView{Link: "/products/" + id, Name: p.Product.Name, Grade: p.Product.Grade, Code: p.Product.Code != ""}
	for _, c := range p.Complaints {
		v.Complaints = append(v.Complaints, countRow{k.reason(c.Reason), c.Cases, web.Link("/complaints", "product", p.Product.Code, "reason", c.Reason)})
	}
	slices.SortStableFunc(v.Complaints, func(a, b countRow) int { return cmp.Compare(b.N, a.N) })
	for _, x := range p.Reviews {
		if path(x.ID, "") != path(review.ID(number(r.PathValue("id"))), "") && len(v.Reviews) < 5 {
			v.Reviews = append(v.Reviews, alikeRow{Link: path(x.ID, ""), Number: x.Number, Title: x.Title, State: k.label("state", string(x.State)), Dot: stateKind(x.State)})
		}
	}
	return v, nil
}

// reason names a reason of complaints.
func (k talk) reason(id string) string {
	for _, c := range complaint.Book().Reasons {
		if c.ID == id {
			return k.in(c.Name, c.NameEn)
		}
	}
	return id
}

// product answers the panel of the product.
func (m *room) product(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	if !partial(r) {
		return back(w, r, web.Link(path(p.Review.ID, ""), "more", "1")+"#product")
	}
	v, err := m.knownOf(r, p.Review.Product)
	if err != nil {
		return err
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-known", v)
}

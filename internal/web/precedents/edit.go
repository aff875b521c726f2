package precedents

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/precedent"
	"xiaobao/internal/web"
)

// propose composes a draft of a case and opens it.
func (m *room) propose(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "case")
	if err != nil {
		return err
	}
	p, err := m.a.ProposePrecedent(r.Context(), web.Actor(r), complaint.ID(id))
	if err != nil {
		return err
	}
	m.site.Flash(w, "good", "precedents.composed")
	http.Redirect(w, r, "/precedents/"+p.ID.String()+"/edit", http.StatusSeeOther)
	return nil
}

type editView struct {
	ID        precedent.ID
	Link      string
	Number    string
	Version   int64
	Masked    int
	Points    []int
	Outcomes  []web.Option
	Hide      []hideView
	Findings  []answerView
	Open      int
	Returned  string
	ReturnBy  string
	Published bool
	Form      *web.Form
}

type hideView struct {
	Topic, Label string // message id
	Values       []string
	Hidden       bool
}

// answerView is a finding with the field for its answer.
type answerView struct {
	findingView
	I   int
	Key string
	Why string
}

func (m *room) edit(w http.ResponseWriter, r *http.Request) error {
	page, err := m.writable(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "precedents/edit", m.editView(r, page, formOf(page.Precedent)))
}

func (m *room) writable(r *http.Request) (app.PrecedentPage, error) {
	id, err := number(r, "id")
	if err != nil {
		return app.PrecedentPage{}, err
	}
	page, err := m.a.Precedent(r.Context(), web.Actor(r), precedent.ID(id))
	if err == nil && !page.MayEdit {
		err = fault.New(fault.Forbidden, "您不能修改这件案例：它由其他人员提出，或已经撤下")
	}
	return page, err
}

// formOf is the draft as the form holds it.
func formOf(p precedent.Precedent) *web.Form {
	c := p.Content
	f := web.NewForm("title", c.Title, "situation", c.Situation, "handling", c.Handling, "letter", c.Letter, "result", c.Result, "lessons", c.Lessons)
	for i, x := range c.Points {
		at := "points[" + strconv.Itoa(i) + "]."
		for _, v := range [][2]string{{"text", x.Text}, {"outcome", x.Outcome}, {"evidence", x.Evidence}, {"basis", x.Basis}, {"explanation", x.Explanation}} {
			f.Values.Set(at+v[0], v[1])
		}
	}
	f.Values["hidden"] = p.Hidden
	return f
}

func (m *room) editView(r *http.Request, page app.PrecedentPage, form *web.Form) editView {
	p, k := page.Precedent, m.say(r)
	v := editView{ID: p.ID, Link: "/precedents/" + p.ID.String(), Number: p.Number, Version: p.Version, Masked: p.Masked, Returned: p.Returned, Published: page.Published, Form: form,
		Open: len(precedent.Open(page.Findings)), Outcomes: []web.Option{{Value: "", Label: "precedents.no_outcome"}}}
	if p.Returned != "" {
		v.ReturnBy = page.Org.Name(p.ReturnBy)
	}
	for i := range max(len(p.Content.Points), points(form)) {
		v.Points = append(v.Points, i)
	}
	for _, o := range complaint.Outcomes {
		v.Outcomes = append(v.Outcomes, web.Option{Value: string(o), Text: complaint.Label("outcome", string(o), string(k.lang))})
	}
	for _, topic := range precedent.Topics {
		if list := k.values(p.Facts, topic); len(list) > 0 {
			v.Hide = append(v.Hide, hideView{topic, "precedents.topic." + topic, list, form.Has("hidden", topic)})
		}
	}
	seen := map[string]bool{}
	for i, f := range page.Findings {
		if key := f.Key(); !seen[key] {
			seen[key] = true
			why := f.Cleared
			if typed := answers(form)[key]; typed != "" {
				why = typed
			}
			v.Findings = append(v.Findings, answerView{k.findings([]precedent.Finding{f})[0], i, key, why})
		}
	}
	return v
}

// points is how many allegations a form holds.
func points(f *web.Form) (n int) {
	for n < precedent.MaxPoints && f.Values.Has("points["+strconv.Itoa(n)+"].text") {
		n++
	}
	return n
}

// answers are the reasons typed beside findings, by key.
func answers(f *web.Form) map[string]string {
	out := map[string]string{}
	for name, v := range f.Values {
		if at, ok := strings.CutSuffix(name, "].key"); ok && strings.HasPrefix(at, "cleared[") && len(v) > 0 {
			if why := f.Get(at + "].why"); why != "" {
				out[v[0]] = why
			}
		}
	}
	return out
}

// save keeps the draft and, when asked, hands it in. What the check still finds
// brings the form back with the saved draft.
func (m *room) save(w http.ResponseWriter, r *http.Request) error {
	page, err := m.writable(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	cmd, err := m.editOf(form, page.Precedent)
	if err == nil {
		_, err = m.a.DoPrecedent(r.Context(), web.Actor(r), page.Precedent.ID, version(form), cmd)
	}
	if err != nil {
		return web.Again("precedents/edit", m.editView(r, page, form.Refuse(err)), err)
	}
	if form.Get("do") != "hand-in" {
		m.site.Flash(w, "good", "precedents.saved")
		http.Redirect(w, r, "/precedents/"+page.Precedent.ID.String()+"/edit", http.StatusSeeOther)
		return nil
	}
	if _, err = m.a.DoPrecedent(r.Context(), web.Actor(r), page.Precedent.ID, 0, &precedent.HandIn{}); err == nil {
		m.site.Flash(w, "good", "precedents.handed_in")
		http.Redirect(w, r, "/precedents/"+page.Precedent.ID.String(), http.StatusSeeOther)
		return nil
	}
	if page, broken := m.writable(r); broken == nil {
		return web.Again("precedents/edit", m.editView(r, page, formOf(page.Precedent).Refuse(err)), err)
	}
	return err
}

// editOf reads the form. Answers to findings that the page no longer shows stay.
func (m *room) editOf(form *web.Form, p precedent.Precedent) (*precedent.Edit, error) {
	cmd := &precedent.Edit{}
	if err := web.Decode(form.Values, cmd); err != nil {
		return nil, err
	}
	cmd.Cleared = nil
	all := map[string]string{}
	for key, why := range p.Cleared {
		if !form.Has("shown", key) {
			all[key] = why
		}
	}
	for key, why := range answers(form) {
		all[key] = why
	}
	for key, why := range all {
		cmd.Cleared = append(cmd.Cleared, precedent.Clearance{Key: key, Why: why})
	}
	slices.SortFunc(cmd.Cleared, func(a, b precedent.Clearance) int { return strings.Compare(a.Key, b.Key) })
	return cmd, nil
}

func version(f *web.Form) int64 {
	n, _ := strconv.ParseInt(f.Get("version"), 10, 64)
	return n
}

// do runs a command of the reading page.
func (m *room) do(name string) func(http.ResponseWriter, *http.Request) error {
	verb, _ := precedent.VerbOf(name)
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := number(r, "id")
		if err != nil {
			return err
		}
		form, err := web.FormOf(r)
		if err != nil {
			return err
		}
		cmd := verb.New()
		if err = web.Decode(form.Values, cmd); err == nil {
			_, err = m.a.DoPrecedent(r.Context(), web.Actor(r), precedent.ID(id), version(form), cmd)
		}
		if err != nil {
			v, broken := m.showView(r)
			if broken != nil {
				return broken
			}
			v.Form, v.Verb = form.Refuse(err), name
			return web.Again("precedents/show", v, err)
		}
		m.site.Flash(w, "good", "precedents.done."+name)
		http.Redirect(w, r, "/precedents/"+strconv.FormatInt(id, 10), http.StatusSeeOther)
		return nil
	}
}

// place names the field of a finding: a message id, and the number of the point.
func place(field string) (key string, n int) {
	if rest, ok := strings.CutPrefix(field, "points["); ok {
		at, name, _ := strings.Cut(rest, "].")
		i, _ := strconv.Atoi(at)
		return "precedents.point." + name, i + 1
	}
	return "precedents.part." + field, 0
}

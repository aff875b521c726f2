package reviews

import (
	"errors"
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

type freshView struct {
	Groups    []kindGroup // to choose from; nil once a kind is chosen
	Kind      review.Kind
	KindName  string
	KindHelp  string
	Form      *web.Form
	Questions []Question
	Products  []web.Option
	Prior     *priorView
}

type kindGroup struct {
	Name  string
	Kinds []kindCard
}

type kindCard struct{ Link, Name, Help string }

// priorView is the cleared review whose material changes.
type priorView struct{ ID, Link, Number, Title string }

// fresh is the page of a new draft: first the kind, then its form.
func (m *room) fresh(w http.ResponseWriter, r *http.Request) error {
	form := web.NewForm("kind", r.URL.Query().Get("kind"), "prior", r.URL.Query().Get("prior"), "product", r.URL.Query().Get("product"))
	v, err := m.freshView(r, form)
	if err != nil {
		return err
	}
	if v.Prior != nil {
		m.startFrom(r, v)
	}
	return m.site.Render(w, r, "reviews/new", v)
}

// startFrom fills the form of a change with what was cleared.
func (m *room) startFrom(r *http.Request, v *freshView) {
	p, err := m.a.Review(r.Context(), web.Actor(r), review.ID(number(v.Prior.ID)))
	if err != nil {
		return
	}
	for name, values := range typed(p.Review).Values {
		v.Form.Values[name] = values
	}
}

func (m *room) freshView(r *http.Request, form *web.Form) (*freshView, error) {
	k := m.talk(r)
	v := &freshView{Form: form}
	if prior := number(form.Get("prior")); prior > 0 {
		p, err := m.a.Review(r.Context(), web.Actor(r), review.ID(prior))
		if err != nil {
			return nil, err
		}
		v.Prior = &priorView{ID: p.Review.ID.String(), Link: path(p.Review.ID, ""), Number: p.Review.Number, Title: p.Review.Title}
		form.Values.Set("kind", p.Review.Kind)
	}
	kind, ok := review.KindOf(form.Get("kind"))
	if !ok {
		v.Groups = k.kindGroups(form.Get("product"))
		return v, nil
	}
	v.Kind, v.KindName, v.KindHelp = kind, kind.In(string(k.lang)), k.in(kind.Help, kind.HelpEn)
	v.Questions = k.questions(kind, form)
	products, err := m.a.Products(r.Context(), web.Actor(r), "", "", 500)
	for _, p := range products {
		v.Products = append(v.Products, web.Option{Value: p.ID, Text: p.Name})
	}
	return v, err
}

// kindGroups are the kinds as cards under their headings.
func (k talk) kindGroups(product string) []kindGroup {
	var out []kindGroup
	for _, one := range review.MaterialKinds() {
		name := k.t("reviews.group." + one.Group)
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, kindGroup{Name: name})
		}
		g := &out[len(out)-1]
		g.Kinds = append(g.Kinds, kindCard{Link: web.Link("/reviews/new", "kind", one.ID, "product", product), Name: one.In(string(k.lang)), Help: k.in(one.Help, one.HelpEn)})
	}
	return out
}

// draft opens a review with its first material, when one was given.
func (m *room) draft(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	kind, _ := review.KindOf(form.Get("kind"))
	d := review.NewDraft{Kind: kind.ID, Title: form.Get("title"), Product: productID(form.Get("product")), Form: answers(kind, form.Values), Prior: review.ID(number(form.Get("prior")))}
	made, err := m.a.Draft(r.Context(), web.Actor(r), d)
	if err != nil {
		v, e := m.freshView(r, form.Refuse(err))
		if e != nil || partial(r) {
			return errors.Join(err, e)
		}
		return web.Again("reviews/new", v, err)
	}
	if !brings(r, form) {
		m.site.Flash(w, "good", "reviews.drafted")
		return back(w, r, path(made.ID, "#submit"))
	}
	if err := m.addMaterial(r, made, form); err != nil {
		return m.draftAlone(w, r, made, form, err)
	}
	m.readFlash(w, r, made.ID)
	return back(w, r, path(made.ID, ""))
}

// draftAlone answers when the draft stands and its material was refused.
func (m *room) draftAlone(w http.ResponseWriter, r *http.Request, made review.Review, form *web.Form, cause error) error {
	if fault.KindOf(cause) == fault.Internal {
		return cause
	}
	m.site.Flash(w, "warn", "reviews.drafted_only", "Text", short(fault.Message(cause)))
	return back(w, r, path(made.ID, "#submit"))
}

func short(s string) string {
	if runes := []rune(s); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return s
}

// brings reports whether a form has a material.
func brings(r *http.Request, form *web.Form) bool {
	return form.Get("text") != "" || len(files(r)) > 0
}

// files are the chosen files.
func files(r *http.Request) []*web.File { return web.Files(r, "files") }

// uploads are the chosen files as the use cases take them.
func uploads(r *http.Request) (out []app.Upload) {
	for _, f := range files(r) {
		out = append(out, app.Upload{Name: f.Filename, Body: f.Open()})
	}
	return out
}

func (m *room) addMaterial(r *http.Request, on review.Review, form *web.Form) error {
	expect := int64(number(form.Get("version")))
	if expect == 0 {
		expect = on.Version
	}
	text := strings.ReplaceAll(form.Values.Get("text"), "\r\n", "\n")
	_, err := m.a.AddMaterial(r.Context(), web.Actor(r), on.ID, expect, text, form.Get("note"), uploads(r))
	return err
}

// material takes a version of the material.
func (m *room) material(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := m.addMaterial(r, review.Review{ID: id}, form); err != nil {
		if partial(r) {
			return err
		}
		return m.again(r, id, "material", form, err)
	}
	m.readFlash(w, r, id)
	return back(w, r, path(id, ""))
}

// scan lets the rules run again, after a pack has changed.
func (m *room) scan(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if _, err := m.a.ScanReview(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	m.site.Flash(w, "good", "reviews.scanned")
	return back(w, r, path(id, ""))
}

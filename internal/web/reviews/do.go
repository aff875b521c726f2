package reviews

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// doView is the form of one command, in the side sheet or as a page of its own.
type doView struct {
	Head        headView
	Verb, Title string
	Help        string // message id, "" for none
	Post, Back  string
	Fields      []Field
	Ask         []Question
	Form        *web.Form
	Why         string
	Sheet       bool
	Danger      bool
	Goods       []web.Option
	Instruments []web.Option
}

// form answers with the form of a command.
func (m *room) form(s spec) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := m.open(r)
		if err != nil {
			return err
		}
		v, err := m.doView(r, s, p, nil)
		if err != nil {
			return err
		}
		v.Why = m.why(r, s, p)
		if partial(r) {
			return m.site.Fragment(w, r, "reviews/do", "sheet", v)
		}
		return m.site.Render(w, r, "reviews/do", v)
	}
}

func (m *room) doView(r *http.Request, s spec, p app.ReviewPage, typed *web.Form) (doView, error) {
	k := m.talk(r)
	f := &formOf{talk: k, verb: s.verb, m: m, p: p, who: web.Actor(r), values: typed, posted: typed != nil}
	if !f.posted {
		f.values = &web.Form{Values: maps.Clone(r.URL.Query())}
	}
	var err error
	if s.verb == "assign-reviewer" || s.verb == "recuse" {
		if f.people, err = m.a.MayAssign(r.Context(), f.who, p.Review.ID); err != nil {
			return doView{}, err
		}
	}
	s.fields(f)
	v := doView{Head: m.head(r, p), Verb: s.verb, Title: k.t("reviews.verb." + s.verb), Post: path(p.Review.ID, "/"+s.verb), Back: path(p.Review.ID, "#"+s.at), Fields: f.fields, Ask: f.ask, Form: f.values, Danger: s.danger, Sheet: partial(r)}
	if key := "reviews.help." + s.verb; k.has(key) {
		v.Help = key
	}
	switch s.verb {
	case "edit":
		v.Goods, err = m.goods(r.Context(), f.who)
	case "add-finding":
		for _, in := range regulation.Embedded().Instruments() {
			v.Instruments = append(v.Instruments, web.Option{Value: in.ID, Text: in.Title})
		}
	}
	return v, err
}

// goods are the products that the register offers.
func (m *room) goods(ctx context.Context, who party.Actor) ([]web.Option, error) {
	list, err := m.a.Products(ctx, who, "", "", 500)
	var out []web.Option
	for _, p := range list {
		out = append(out, web.Option{Value: p.ID, Text: p.Name})
	}
	return out, err
}

// do takes the form of a command.
func (m *room) do(s spec) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := idOf(r)
		if err != nil {
			return err
		}
		form, err := web.FormOf(r)
		if err != nil {
			return err
		}
		after, err := m.run(r, s, id, form)
		if err == nil {
			return m.done(w, r, s, after, form)
		}
		if s.fields == nil {
			if partial(r) {
				return err
			}
			return m.again(r, id, s.verb, form, err)
		}
		return m.formAgain(w, r, s, id, form, err)
	}
}

// run decodes and runs the command.
func (m *room) run(r *http.Request, s spec, id review.ID, form *web.Form) (review.Review, error) {
	values, cmd, who := maps.Clone(form.Values), s.command(), web.Actor(r)
	if s.verb == "give-opinion" {
		dropUnused(values)
	}
	if list := values["n"]; len(list) > 1 && (s.verb == "check-point" || s.verb == "answer-point") {
		return m.runEach(r, s, id, form, list)
	}
	if err := web.Decode(values, cmd); err != nil {
		return review.Review{}, err
	}
	if err := m.finish(r, id, form, cmd); err != nil {
		return review.Review{}, err
	}
	return m.a.DoReview(r.Context(), who, id, int64(number(form.Get("version"))), cmd)
}

// maxEach bounds what one form does at once.
const maxEach = 100

// runEach runs the command on several points, one after the other; what was done
// before a refusal stays done.
func (m *room) runEach(r *http.Request, s spec, id review.ID, form *web.Form, list []string) (after review.Review, err error) {
	expect := int64(number(form.Get("version")))
	for _, n := range list[:min(len(list), maxEach)] {
		values, cmd := maps.Clone(form.Values), s.command()
		values["n"] = []string{n}
		if err := web.Decode(values, cmd); err != nil {
			return after, err
		}
		if after, err = m.a.DoReview(r.Context(), web.Actor(r), id, expect, cmd); err != nil {
			return after, err
		}
		expect = after.Version
	}
	return after, nil
}

// finish completes a command with what a form says in another way.
func (m *room) finish(r *http.Request, id review.ID, form *web.Form, cmd review.Command) error {
	switch c := cmd.(type) {
	case *review.JudgeFinding:
		return m.finishJudge(r, id, form, c)
	case *review.AddFinding:
		return m.finishFinding(r, id, c)
	case *review.Edit:
		p, err := m.a.Review(r.Context(), web.Actor(r), id)
		c.Form, c.Product = answers(p.Kind, form.Values), productID(c.Product)
		return err
	case *review.Clear:
		c.Conditions = slices.DeleteFunc(strings.Split(strings.ReplaceAll(form.Values.Get("conditions"), "\r\n", "\n"), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	}
	return nil
}

func (m *room) finishJudge(r *http.Request, id review.ID, form *web.Form, c *review.JudgeFinding) error {
	if c.Verdict != review.Edited {
		c.Advice, c.Rewrite, c.Severity = "", "", ""
	}
	if form.Get("same") == "" || c.Verdict == review.Edited {
		return nil
	}
	p, err := m.a.Review(r.Context(), web.Actor(r), id)
	c.N = sameRule(p.Review, c.N)
	return err
}

// finishFinding gives a finding its place: by the words that were marked, or by
// those that were typed.
func (m *room) finishFinding(r *http.Request, id review.ID, c *review.AddFinding) error {
	p, err := m.a.Review(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	text := p.Document.Text
	if c.Start >= c.End || c.End > len(text) || text[c.Start:c.End] != c.Quote {
		c.Start, c.End = 0, 0
		if i := strings.Index(text, strings.TrimSpace(c.Quote)); c.Quote != "" && i >= 0 {
			c.Start, c.End = i, i+len(strings.TrimSpace(c.Quote))
		}
	}
	if b, ok := p.Document.At(c.Start); ok && c.End > c.Start {
		c.Page, c.Place = b.Page, b.Place
	}
	c.Cites = slices.DeleteFunc(c.Cites, func(c review.Cite) bool { return c.Instrument == "" && c.Article == "" })
	return nil
}

// dropUnused takes the points out of an opinion that the reviewer has left out.
func dropUnused(values url.Values) {
	for key := range values {
		row, _, ok := strings.Cut(key, "]")
		if ok && strings.HasPrefix(row, "points[") && values.Get(row+"].use") == "" {
			delete(values, key)
		}
	}
}

// done leads back to where the change shows.
func (m *room) done(w http.ResponseWriter, r *http.Request, s spec, after review.Review, form *web.Form) error {
	switch s.verb {
	case "judge-finding", "check-item":
		if partial(r) {
			return m.refreshed(w, r, s)
		}
	}
	k := m.talk(r)
	m.site.Flash(w, "good", "reviews.done", "Name", k.t("reviews.verb."+s.verb))
	to := "#" + s.at
	if n := form.Get("n"); s.at == "points" && n != "" && len(form.Values["n"]) == 1 {
		to = "#point-" + itoa(number(n))
	}
	if s.verb == "judge-finding" || s.verb == "add-finding" {
		to = web.Link("", "show", form.Get("show"), "f", nextOpen(after, number(form.Get("n")))) + to
	}
	return back(w, r, path(after.ID, to))
}

// nextOpen is the first open finding after n, or n itself.
func nextOpen(r review.Review, n int) any {
	open := r.Unjudged()
	if len(open) == 0 {
		return ""
	}
	at, _ := r.Finding(n)
	best := open[0]
	for _, f := range slices.Backward(open) {
		if f.Start >= at.Start {
			best = f
		}
	}
	return best.N
}

// refreshed answers a judgement made beside the document with the parts that changed.
func (m *room) refreshed(w http.ResponseWriter, r *http.Request, s spec) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	r.URL.RawQuery = url.Values{"show": {r.PostForm.Get("show")}}.Encode()
	w.Header().Set("HX-Trigger", "review:changed")
	if s.verb == "check-item" {
		return m.site.Fragment(w, r, "reviews/show", "rv-checklist", m.checklist(r, p))
	}
	n := number(r.PostForm.Get("n"))
	if next, ok := nextOpen(p.Review, n).(int); ok {
		n = next
	}
	v := m.work(r, p, len(p.Review.Materials), n)
	v.Redrawn = redrawn(newArtist(p.Document, found(p.Review, v.V), m.talk(r).drawn(p, ""), v.Base, v.V, n), judgedWith(p.Review, number(r.PostForm.Get("n"))))
	return m.site.Fragment(w, r, "reviews/show", "rv-work", v)
}

// judgedWith are the findings that were judged in one stroke with finding n.
func judgedWith(r review.Review, n int) []review.Finding {
	at, ok := r.Finding(n)
	if !ok || at.Verdict == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f review.Finding) bool {
		return f.Verdict == "" || f.JudgedBy != at.JudgedBy || !f.JudgedAt.Equal(at.JudgedAt)
	})
}

// mends reports whether a fault is one that the person can mend on the page.
func mends(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Stale) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.TooLarge)
}

// again shows the page of the review with the refused form and its words.
func (m *room) again(r *http.Request, id review.ID, verb string, form *web.Form, cause error) error {
	if !mends(cause) {
		return cause
	}
	p, err := m.a.Review(r.Context(), web.Actor(r), id)
	if err != nil || !p.May[access.ReadReview].Allow {
		return cause
	}
	v, err := m.view(r, p, typedForm{verb, number(form.Get("n")), form.Get("item"), form.Refuse(cause)})
	if err != nil {
		return cause
	}
	return web.Again("reviews/show", v, cause)
}

// formAgain shows a command's own form with what was typed.
func (m *room) formAgain(w http.ResponseWriter, r *http.Request, s spec, id review.ID, form *web.Form, cause error) error {
	if !mends(cause) {
		return cause
	}
	p, err := m.a.Review(r.Context(), web.Actor(r), id)
	if err != nil {
		return cause
	}
	v, err := m.doView(r, s, p, form.Refuse(cause))
	if err != nil {
		return cause
	}
	if fault.Is(cause, fault.Stale) {
		form.Values.Set("version", strconv.FormatInt(p.Review.Version, 10))
	}
	if partial(r) {
		return m.site.Fragment(w, r, "reviews/do", "sheet", v)
	}
	return web.Again("reviews/do", v, cause)
}

// typedForm is the one form of the page that was refused.
type typedForm struct {
	verb string
	n    int
	item string
	form *web.Form
}

// of returns the refused form when it is this one, else a fresh one.
func (t typedForm) of(verb string, n int, fresh *web.Form) *web.Form {
	if t.form != nil && t.verb == verb && t.n == n {
		return t.form
	}
	return fresh
}

func missing() error { return fault.New(fault.NotFound, "没有这一项，可能编号写错了") }

package reviews

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// showView is the page of one review.
type showView struct {
	Head   headView
	Clear  *clearanceView
	Closed *closedView
	Doc    docView
	Diff   *diffView
	Tabs   []versionTab
	Work   workView
	Side   sideView
	Foot   footView
	Form   *web.Form // the refused form, for the summary on top
}

// show is the page.
func (m *room) show(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	if part := r.URL.Query().Get("part"); partial(r) && (part == "work" || part == "list") {
		return m.site.Fragment(w, r, "reviews/show", "rv-"+part, m.work(r, p, version(r, p.Review), number(r.URL.Query().Get("f"))))
	}
	v, err := m.view(r, p, typedForm{})
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "reviews/show", v)
}

func (m *room) view(r *http.Request, p app.ReviewPage, typed typedForm) (showView, error) {
	k, q := m.talk(r), r.URL.Query()
	ver := version(r, p.Review)
	n := number(q.Get("f"))
	if typed.verb == "judge-finding" {
		n = typed.n
	}
	v := showView{Head: m.head(r, p), Clear: k.clearance(p), Closed: k.closed(p), Work: m.work(r, p, ver, n), Form: typed.form}
	v.Work.Blank = len(p.Review.Materials) == 0
	if f := v.Work.Focus; f != nil {
		f.Form = typed.of("judge-finding", f.N, f.Form)
	}
	d, err := m.document(r, p, ver)
	if err != nil {
		return v, err
	}
	art := newArtist(d, found(p.Review, ver), k.drawn(p, v.Work.Show), v.Head.Link, ver, here(v.Work))
	at := number(q.Get("at"))
	if at == 0 && v.Work.Focus != nil {
		at = sheetOf(d, art.starts, v.Work.Focus.Start)
	}
	if against := number(q.Get("against")); against > 0 && against != ver && against <= len(p.Review.Materials) {
		if v.Diff, err = m.diff(r, p, d, ver, against); err != nil {
			return v, err
		}
	} else {
		v.Doc = art.view(at)
		v.Doc.Wait = m.waiting(p, ver)
	}
	v.Tabs = k.versions(p, ver, v.Diff)
	if v.Clear != nil && p.May[access.SubmitReview].Allow {
		v.Clear.Change = web.Link("/reviews/new", "prior", p.Review.ID)
	}
	if v.Side, err = m.side(r, p, ver, typed); err != nil {
		return v, err
	}
	v.Foot = m.foot(r, p, typed)
	return v, nil
}

func here(w workView) int {
	if w.Focus == nil {
		return 0
	}
	return w.Focus.N
}

// versionTab is one way to look at the document.
type versionTab struct {
	Link, Text string
	Here       bool
}

// versions are the tabs above the document: each version, and the one that is
// shown against the one before.
func (k talk) versions(p app.ReviewPage, ver int, diff *diffView) []versionTab {
	var out []versionTab
	base := path(p.Review.ID, "")
	for _, mat := range p.Review.Materials {
		out = append(out, versionTab{web.Link(base, "v", mat.N), k.t("reviews.version", "Number", itoa(mat.N)), mat.N == ver && diff == nil})
	}
	if ver > 1 {
		out = append(out, versionTab{web.Link(base, "v", ver, "against", ver-1), k.t("reviews.changes", "Number", itoa(ver-1)), diff != nil})
	}
	return out
}

// clearanceView is the permission to circulate.
type clearanceView struct {
	Number      string
	Scope       string
	Channels    string
	From, Until string
	Left        web.Due
	Conditions  []string
	By, At      string
	Material    int
	Over, Ended bool
	Change      string // where a change of the material begins, "" for who may not
}

func (k talk) clearance(p app.ReviewPage) *clearanceView {
	c := p.Review.Clearance
	if c == nil {
		return nil
	}
	left := c.Until.Sub(p.Today)
	return &clearanceView{Number: c.Number, Scope: c.Scope, Channels: k.channels(c.Channels), From: c.From.String(), Until: c.Until.String(), Left: web.Due{On: c.Until.String(), Left: left, Soon: left <= 30},
		Conditions: c.Conditions, By: k.name(p.Org, c.By), At: stamp(c.At), Material: c.Material, Over: left < 0, Ended: !p.Review.Cleared()}
}

// closedView is how a review ended otherwise.
type closedView struct{ Label, Why, By, At string }

func (k talk) closed(p app.ReviewPage) *closedView {
	c, label := p.Review.Veto, "reviews.vetoed"
	if c == nil {
		c, label = p.Review.Closed, "reviews.ended"
		if p.Review.Clearance == nil {
			label = "reviews.withdrawn"
		}
	}
	if c == nil {
		return nil
	}
	return &closedView{label, c.Why, k.name(p.Org, c.By), stamp(c.At)}
}

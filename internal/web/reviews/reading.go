package reviews

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// waitView is the recognition of scanned pages, or why there is none.
type waitView struct {
	Base    string
	Running bool
	Done    int
	All     int
	State   string // message id
	Failure string // data
	May     bool   // the reader may stop it or go on
}

// waiting is what happens to a version that was not read yet; nil for one that was.
func (m *room) waiting(p app.ReviewPage, ver int) *waitView {
	cur, ok := p.Review.Current()
	if !ok || cur.Reading != nil || ver != cur.N || p.Reading.State == "" {
		return nil
	}
	j := p.Reading
	return &waitView{Base: path(p.Review.ID, ""), Running: j.Active(), Done: j.Done, All: max(j.All, 1), State: "reviews.reading." + j.State, Failure: j.Failure, May: p.May[access.SubmitReview].Allow && p.Review.Open()}
}

// reading answers the part that replaces itself while pages are recognised; when
// they are, the whole page comes.
func (m *room) reading(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	if !partial(r) {
		return back(w, r, path(p.Review.ID, ""))
	}
	v := m.waiting(p, len(p.Review.Materials))
	if v == nil || !v.Running {
		w.Header().Set("HX-Refresh", "true")
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-waiting", v)
}

func (m *room) stopReading(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err == nil {
		err = m.a.StopReading(r.Context(), web.Actor(r), id)
	}
	if err != nil {
		return err
	}
	return back(w, r, path(id, ""))
}

func (m *room) readAgain(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err == nil {
		err = m.a.ReadAgain(r.Context(), web.Actor(r), id)
	}
	if err != nil {
		return err
	}
	return back(w, r, path(id, ""))
}

// readFlash says that a material was read, or that it is still being read.
func (m *room) readFlash(w http.ResponseWriter, r *http.Request, id review.ID) {
	key := "reviews.read"
	if p, err := m.a.Review(r.Context(), web.Actor(r), id); err == nil && m.waiting(p, len(p.Review.Materials)) != nil {
		key = "reviews.reading_later"
	}
	m.site.Flash(w, "good", key)
}

// Package reviews is the room of consumer-protection review: the list, drafts,
// one review with its document and findings, opinions and decisions, the
// re-check of what circulates and the load of the desks.
//
//	list.go load.go          the list, who has how much
//	stats.go                 counts that open the list
//	scan.go                  many files checked or re-checked as a job
//	fresh.go form.go         drafting, and the forms of the kinds
//	show.go head.go side.go  the page of one review
//	doc.go mark.go diff.go   the document with its marks, versions compared
//	find.go point.go         findings, opinion and points
//	act.go spec.go do.go     what may be done, why not, and the forms
//	tell.go paper.go         how it came to be, the file for an inspector
//	recheck.go               is what circulates what was cleared?
package reviews

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// maxUpload is a form with the files of one version, in bytes: one file of the
// largest size that is read, with room for the others.
const maxUpload = 220 << 20

// room holds what the handlers need.
type room struct {
	site *web.Site
	a    *app.App
}

// Routes returns the addresses of the room. Each command has an address of its
// own, so that it names the permission it needs.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	const at = "/reviews/{id}"
	read, submit := access.ReadReview, access.SubmitReview
	out := []web.Route{
		{Method: "GET", Path: "/reviews", Need: read, Handler: m.list, Words: []string{"q"}},
		{Method: "GET", Path: "/reviews/new", Need: submit, Handler: m.fresh},
		{Method: "POST", Path: "/reviews/new", Need: submit, Handler: m.draft, MaxBody: maxUpload},
		{Method: "GET", Path: "/reviews/recheck", Need: access.RecheckMaterial, Handler: m.recheck},
		{Method: "POST", Path: "/reviews/recheck", Need: access.RecheckMaterial, Handler: m.recheckText, MaxBody: maxUpload},
		{Method: "GET", Path: "/reviews/load", Need: read, Handler: m.load},
		{Method: "GET", Path: "/reviews/stats", Need: read, Handler: m.stats},
		{Method: "POST", Path: "/reviews/stats/export", Need: read, Fresh: true, Handler: m.statsExport},
		{Method: "GET", Path: at, Need: read, Handler: m.show},
		{Method: "GET", Path: at + "/findings/{n}", Need: read, Handler: m.finding},
		{Method: "GET", Path: at + "/pages", Need: read, Handler: m.pages},
		{Method: "GET", Path: at + "/opinion", Need: read, Handler: m.opinion},
		{Method: "GET", Path: at + "/elements", Need: read, Handler: m.elements},
		{Method: "GET", Path: at + "/alike", Need: read, Handler: m.alike},
		{Method: "GET", Path: at + "/product", Need: read, Handler: m.product},
		{Method: "GET", Path: at + "/print", Need: read, Handler: m.paper},
		{Method: "GET", Path: at + "/materials/{v}/{n}", Need: read, Handler: m.download},
		{Method: "GET", Path: at + "/letter/{form}", Need: read, Handler: m.letter},
		{Method: "POST", Path: at + "/material", Need: submit, Handler: m.material, MaxBody: maxUpload},
		{Method: "GET", Path: at + "/reading", Need: read, Handler: m.reading},
		{Method: "POST", Path: at + "/stop-reading", Need: submit, Handler: m.stopReading},
		{Method: "POST", Path: at + "/read-again", Need: submit, Handler: m.readAgain},
		{Method: "POST", Path: at + "/scan", Need: access.HandleReview, Handler: m.scan},
	}
	out = append(out, m.bulkRoutes()...)
	for _, s := range specs {
		need := s.command().Action()
		if s.fields != nil {
			out = append(out, web.Route{Method: "GET", Path: at + "/do/" + s.verb, Need: need, Handler: m.form(s)})
		}
		out = append(out, web.Route{Method: "POST", Path: at + "/" + s.verb, Need: need, Handler: m.do(s)})
	}
	return out
}

// idOf reads the review of an address.
func idOf(r *http.Request) (review.ID, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "没有找到这件审查，请核对编号")
	}
	return review.ID(n), nil
}

// path is an address of the review.
func path(id review.ID, more string) string { return "/reviews/" + id.String() + more }

// open returns the review of an address.
func (m *room) open(r *http.Request) (app.ReviewPage, error) {
	id, err := idOf(r)
	if err != nil {
		return app.ReviewPage{}, err
	}
	return m.a.Review(r.Context(), web.Actor(r), id)
}

// talk gives texts in the reader's language.
type talk struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) talk(r *http.Request) talk { return talk{web.LangOf(r), m.site.Texts()} }

func (k talk) t(key string, args ...any) string { return k.texts.Text(k.lang, key, args...) }

func (k talk) has(key string) bool { return k.texts.Has(k.lang, key) }

// label names a value of an enumeration.
func (k talk) label(group, id string) string {
	if id == "" {
		return ""
	}
	return review.Label(group, id, string(k.lang))
}

// in chooses between two wordings that the data brings.
func (k talk) in(zh, en string) string { return review.Name{Zh: zh, En: en}.In(string(k.lang)) }

// kind names a kind of material.
func (k talk) kind(id string) string {
	kind, ok := review.KindOf(id)
	if !ok {
		return id
	}
	return kind.In(string(k.lang))
}

// name is who acted; the program has a name in both languages.
func (k talk) name(org *app.Org, actor string) string {
	switch {
	case actor == party.System.ID:
		return k.t("reviews.machine")
	case actor == "":
		return ""
	}
	return org.Name(actor)
}

// channels names channels of a list such as "app,sms".
func (k talk) channels(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = k.label("channel", id)
	}
	return strings.Join(out, k.t("reviews.comma"))
}

var zone = time.FixedZone("CST", 8*3600)

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

func itoa(n int) string { return strconv.Itoa(n) }

// number reads a whole number that is not negative; anything else is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// partial reports whether htmx asks for a part of a page.
func partial(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }

// back redirects after a change, or lets htmx load the page.
func back(w http.ResponseWriter, r *http.Request, to string) error {
	if partial(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// stateKind is the dot of a state.
func stateKind(s review.State) string {
	switch s {
	case review.Approved, review.Conditional:
		return "good"
	case review.Vetoed, review.Expired, review.Ended, review.Escalated:
		return "bad"
	case review.InReview, review.Answered:
		return "active"
	case review.Submitted, review.Questions, review.Opinion, review.Confirmed:
		return "wait"
	}
	return "none"
}

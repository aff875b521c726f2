// Package casefile is the room of one complaint: its page, the forms of every
// command, people, documents, letters, the access record and the print view.
//
//	page.go head.go steps.go people.go points.go side.go   what the page shows
//	timeline.go events.go                                   how it came to be, in sentences
//	clock.go                                                due dates with their counts
//	action.go                                               what may be done now, and why not
//	form.go spec*.go do.go                                  the forms of the commands
//	relate.go file.go letter.go reveal.go paper.go          merge and split, files, letters, reading
//	dossier.go                                              the sealed case file
package casefile

import (
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// maxUpload is a form with its attachments, in bytes: one recording of the
// largest size that is taken.
const maxUpload = 510 << 20

// room holds what the handlers need.
type room struct {
	site *web.Site
	app  *app.App
}

// Routes returns the addresses of the room. Each command has an address of its
// own, so that it names the permission it needs.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site: site, app: a}
	const at = "/complaints/{id}"
	out := []web.Route{
		{Method: "GET", Path: at, Need: access.ReadComplaint, Handler: m.show},
		{Method: "GET", Path: at + "/person", Need: access.ReadComplaint, Handler: m.person},
		{Method: "GET", Path: at + "/similar", Need: access.ReadComplaint, Handler: m.similar},
		{Method: "GET", Path: at + "/negotiation", Need: access.ReadComplaint, Handler: m.negotiation},
		{Method: "GET", Path: at + "/negotiation/print", Need: access.ReadComplaint, Handler: m.negotiationPaper},
		{Method: "GET", Path: at + "/print", Need: access.ReadComplaint, Handler: m.paper},
		{Method: "GET", Path: at + "/case-file", Need: access.ExportComplaint, Handler: m.dossierForm},
		{Method: "POST", Path: at + "/case-file", Need: access.ExportComplaint, Handler: m.dossier, Fresh: true},
		{Method: "GET", Path: at + "/access", Need: access.TraceComplaint, Handler: m.readers},
		{Method: "POST", Path: at + "/reveal", Need: access.RevealComplaint, Fresh: true, Handler: m.reveal},
		{Method: "POST", Path: at + "/files", Need: access.HandleComplaint, Handler: m.upload, MaxBody: maxUpload},
		{Method: "GET", Path: at + "/files/{n}", Need: access.ReadComplaint, Handler: m.download},
		{Method: "GET", Path: at + "/letters/preview", Need: access.HandleComplaint, Handler: m.preview},
		{Method: "POST", Path: at + "/issue-letter", Need: access.HandleComplaint, Handler: m.issue},
		{Method: "GET", Path: at + "/letters/{n}/{form}", Need: access.ReadComplaint, Handler: m.letterFile},
		{Method: "POST", Path: at + "/approvals/{n}", Need: access.ApproveComplaint, Handler: m.approval},
	}
	out = append(out, m.replyRoutes(at)...)
	out = append(out, m.assistRoutes(at)...)
	for _, s := range specs {
		need := s.need()
		out = append(out, web.Route{Method: "GET", Path: at + "/do/" + s.name, Need: need, Handler: m.form(s)},
			web.Route{Method: "POST", Path: at + "/" + s.name, Need: need, Handler: m.do(s)})
	}
	return out
}

// idOf reads the case of an address.
func idOf(r *http.Request) (complaint.ID, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "没有找到这件投诉，请核对编号")
	}
	return complaint.ID(n), nil
}

// path is an address of the case.
func path(id complaint.ID, more string) string { return "/complaints/" + id.String() + more }

// talk gives texts in the reader's language.
type talk struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) talk(r *http.Request) talk { return talk{web.LangOf(r), m.site.Texts()} }

// t returns a message of the catalogue.
func (k talk) t(key string, args ...any) string { return k.texts.Text(k.lang, key, args...) }

// has reports whether the catalogue knows a message.
func (k talk) has(key string) bool { return k.texts.Has(k.lang, key) }

// label names a value of an enumeration.
func (k talk) label(group, id string) string {
	if id == "" {
		return ""
	}
	return complaint.Label(group, id, string(k.lang))
}

// code names a classification.
func (k talk) code(list []complaint.Code, id string) string {
	for _, c := range list {
		if c.ID == id && k.lang == web.English && c.NameEn != "" {
			return c.NameEn
		}
	}
	return complaint.CodeName(list, id)
}

// either chooses between two wordings that the data brings.
func (k talk) either(zh, en string) string {
	if k.lang == web.English && en != "" {
		return en
	}
	return zh
}

// show is the page.
func (m *room) show(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	page, err := m.app.Complaint(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	view := m.view(r, page)
	if view.Look, err = m.outlook(r, page, view.Act); err != nil {
		return err
	}
	return m.site.Render(w, r, "case/case", view)
}

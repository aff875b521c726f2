// Package desk is the desk: worklist, list of complaints, registration, search
// and approvals.
//
//	list.go filter.go prefs.go rows.go   the worklist and what chooses its rows
//	pane.go                              the row under the cursor, the count of a date
//	assign.go                            several cases to one person or unit
//	register.go fields.go aside.go       taking a complaint in, with receipt.go
//	search.go approvals.go card.go       two of the other rooms
//	inbox.go                             what comes by mail
package desk

import (
	"context"
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

type desk struct {
	site *web.Site
	app  *app.App
}

// Routes returns the addresses of the desk.
func Routes(site *web.Site, a *app.App) []web.Route {
	d := &desk{site: site, app: a}
	read, register, approve := access.ReadComplaint, access.RegisterComplaint, access.ApproveComplaint
	return []web.Route{
		{Method: "GET", Path: "/desk", Need: read, Handler: d.list, Words: []string{unitName}},
		{Method: "GET", Path: "/complaints", Need: read, Handler: d.list, Words: []string{unitName}},
		{Method: "POST", Path: "/desk/columns", Need: read, Handler: d.columns},
		{Method: "POST", Path: "/desk/views", Need: read, Handler: d.views},
		{Method: "GET", Path: "/desk/preview/{id}", Need: read, Handler: d.pane},
		{Method: "GET", Path: "/desk/count/{id}", Need: read, Handler: d.count},
		{Method: "POST", Path: "/desk/assign", Need: access.AssignComplaint, Handler: d.assign},
		{Method: "GET", Path: "/complaints/new", Need: register, Handler: d.registerForm},
		{Method: "POST", Path: "/complaints/new", Need: register, Handler: d.register},
		{Method: "POST", Path: "/complaints/new/preview", Need: register, Handler: d.registerPreview},
		{Method: "GET", Path: "/complaints/{id}/receipt", Need: register, Handler: d.receipt},
		{Method: "GET", Path: "/inbox", Need: access.ReadInbox, Handler: d.inbox},
		{Method: "GET", Path: "/inbox/mail", Need: access.ReadInbox, Handler: d.mail},
		{Method: "POST", Path: "/inbox/file", Need: access.ReadInbox, Handler: d.fileMail},
		{Method: "POST", Path: "/inbox/dismiss", Need: access.ReadInbox, Handler: d.dismissMail},
		{Method: "GET", Path: "/search", Need: read, Handler: d.search, Words: []string{"q"}},
		{Method: "GET", Path: "/approvals", Need: approve, Handler: d.approvals},
		{Method: "POST", Path: "/approvals/{id}/{n}/approve", Need: approve, Handler: d.approve},
		{Method: "POST", Path: "/approvals/{id}/{n}/return", Need: approve, Handler: d.returnApproval},
	}
}

// Counts returns the small numbers beside the rooms: what of the person's own
// cases is overdue or due today, and what waits for the person's approval. It
// costs one row and four counts over indexes.
func Counts(ctx context.Context, a *app.App, who party.Actor) map[string]int {
	if !access.May(who, access.ReadComplaint) {
		return nil
	}
	p, err := a.Worklist(ctx, who, storage.Filter{Reach: storage.Mine, Limit: 1})
	if err != nil {
		return nil // a page without its small numbers is still a page
	}
	return map[string]int{"desk": p.Tally.Overdue + p.Tally.Today, "approvals": p.Tally.Approvals}
}

// caseID reads the id of a case from the address.
func caseID(r *http.Request) (complaint.ID, error) {
	return parseID(r.PathValue("id"))
}

func parseID(s string) (complaint.ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.New(fault.NotFound, "没有编号为 %q 的投诉，请核对地址", s)
	}
	return complaint.ID(n), nil
}

// words gives names in the reader's language.
type words struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (d *desk) words(r *http.Request) words {
	return words{lang: web.LangOf(r), texts: d.site.Texts()}
}

func (w words) text(key string, args ...any) string { return w.texts.Text(w.lang, key, args...) }

func (w words) label(group, id string) string { return complaint.Label(group, id, string(w.lang)) }

func (w words) channel(id party.ChannelID) string {
	if _, ok := party.ChannelOf(id); !ok {
		return string(id)
	}
	return w.text("desk.channel." + string(id))
}

func (w words) code(list []complaint.Code, id string) string {
	for _, c := range list {
		if c.ID == id && w.lang == web.English {
			return c.NameEn
		}
	}
	return complaint.CodeName(list, id)
}

// due is a date of a case as the pages show it. The plain day is shown: it is
// the one to work by, the rolled one stands in the count.
func due(d complaint.Deadline, today calendar.Date, soon int) web.Due {
	out := web.Due{On: d.Due.String(), Unknown: d.Due.IsZero()}
	if !d.MetOn.IsZero() {
		out.Done, out.On = true, d.MetOn.String()
		return out
	}
	out.Left = d.Due.Sub(today)
	out.Soon = out.Left <= soon
	return out
}

// Package keeping is the rooms that look after what leaves and what stays: the
// register of exports with its approvals, the flags of unusual reading, and the
// erasing of personal data with its protocols and legal holds.
package keeping

import (
	"fmt"
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

type room struct {
	site *web.Site
	a    *app.App
}

// pageRows is how many lines stand on a page.
const pageRows = 50

// Routes returns the addresses of the rooms.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	return []web.Route{
		{Method: "GET", Path: "/exports", Need: access.ReadExports, Handler: m.exports, Words: []string{"sum"}},
		{Method: "GET", Path: "/exports/{n}", Need: access.ReadExports, Handler: m.export},
		{Method: "POST", Path: "/exports/{n}/ask", Need: access.ReadExports, Handler: m.ask},
		{Method: "POST", Path: "/exports/{n}/decide", Need: access.ApproveExport, Handler: m.decideExport},
		{Method: "POST", Path: "/exports/{n}/file", Need: access.ReadExports, Fresh: true, Handler: m.file},
		{Method: "GET", Path: "/audit/flags", Need: access.ReadAudit, Handler: m.flags},
		{Method: "GET", Path: "/audit/flags/{rule}/{who}/{start}", Need: access.ReadAudit, Handler: m.flag},
		{Method: "POST", Path: "/audit/flags/{rule}/{who}/{start}", Need: access.CloseFlag, Handler: m.closeFlag},
		{Method: "GET", Path: "/retention", Need: access.ReadRetention, Handler: m.retention},
		{Method: "POST", Path: "/retention/propose", Need: access.ProposeErasure, Handler: m.propose},
		{Method: "GET", Path: "/retention/erase", Need: access.ProposeErasure, Handler: m.eraseForm},
		{Method: "POST", Path: "/retention/erase", Need: access.ProposeErasure, Handler: m.erase},
		{Method: "GET", Path: "/retention/runs/{n}", Need: access.ReadRetention, Handler: m.run},
		{Method: "POST", Path: "/retention/runs/{n}", Need: access.ApproveErasure, Handler: m.decideRun},
		{Method: "GET", Path: "/retention/holds", Need: access.ReadRetention, Handler: m.holds},
		{Method: "POST", Path: "/retention/holds", Need: access.HoldComplaint, Handler: m.place},
		{Method: "POST", Path: "/retention/holds/{n}", Need: access.HoldComplaint, Handler: m.lift},
	}
}

// talk names things in the reader's language.
type talk struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) talk(r *http.Request) talk { return talk{web.LangOf(r), m.site.Texts()} }

func (k talk) either(zh, en string) string {
	if k.lang == web.English {
		return en
	}
	return zh
}

// number reads the number in the address.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "没有编号为 %q 的记录", r.PathValue("n"))
	}
	return n, nil
}

// done answers a change: a note and the page it belongs to.
func (m *room) done(w http.ResponseWriter, r *http.Request, key, path string) error {
	m.site.Flash(w, "good", key)
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

func options[T ~string](prefix string, values []T) []web.Option {
	out := make([]web.Option, len(values))
	for i, v := range values {
		out[i] = web.Option{Value: string(v), Label: prefix + string(v)}
	}
	return out
}

func itoa(n int64) string { return fmt.Sprint(n) }

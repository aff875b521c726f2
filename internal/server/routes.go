package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// RouteInfo is one line of the authorization matrix: who may enter where.
type RouteInfo struct {
	Method, Path string
	Need         access.Action
	Fresh        bool // asks for a fresh proof
}

// Table returns the routes as the tests of the authorization matrix want them.
func Table(routes []web.Route) []RouteInfo {
	out := make([]RouteInfo, len(routes))
	for i, r := range routes {
		out[i] = RouteInfo{Method: r.Method, Path: r.Path, Need: r.Need, Fresh: r.Fresh}
	}
	return out
}

// hall is what the handlers share.
type hall struct {
	o      Options
	site   *web.Site
	a      *app.App
	mux    *http.ServeMux
	needs  map[string]access.Action // of the GET routes, by path
	words  map[string][]string      // fields in which people type, by pattern
	meters *meters
}

// Handler returns the whole server without its listener.
func Handler(o Options) (http.Handler, error) {
	site, err := web.New(web.Options{Viewer: viewer, Log: o.log(), Secure: o.Secure})
	if err != nil {
		return nil, err
	}
	h := &hall{o: o, site: site, a: o.App, mux: http.NewServeMux(), needs: map[string]access.Action{}, words: map[string][]string{}, meters: newMeters(o.App)}
	for _, r := range h.routes() {
		h.mount(r)
	}
	h.mux.Handle("GET /assets/", h.named("/assets/", site.Assets()))
	h.mux.Handle("POST /preferences", h.named("/preferences", site.Preferences()))
	h.mux.Handle("GET /healthz", h.named("/healthz", http.HandlerFunc(alive)))
	h.mux.Handle("GET /readyz", h.named("/readyz", http.HandlerFunc(h.ready)))
	h.mux.Handle("GET /metrics", h.named("/metrics", h.metrics()))
	if o.API != nil {
		h.mux.Handle("/api/", h.named("/api/", limited(o.API(site, o.App), apiBody, transferTime)))
	}
	h.mux.Handle("/", h.named("", http.HandlerFunc(h.nothing)))
	return h.observed(web.Secure(h.mux)), nil
}

// routes are those of the door and of all rooms.
func (h *hall) routes() []web.Route {
	open := h.o.Rooms
	if open == nil {
		open = Rooms
	}
	return append(h.door(), open(h.site, h.a)...)
}

// mount puts a route behind its limits and its need.
func (h *hall) mount(r web.Route) {
	if r.Method == http.MethodGet {
		h.needs[r.Path] = r.Need
	}
	size, time := int64(maxBody), requestTime
	if r.MaxBody > size {
		size, time = r.MaxBody, transferTime
	}
	handler := h.site.Handle(r.Handler)
	if len(r.Words) > 0 {
		h.words[r.Method+" "+r.Path] = r.Words
		handler = h.worded(r.Words, handler)
	}
	if r.Need != web.Public {
		handler = h.guarded(r, handler)
	}
	h.mux.Handle(r.Method+" "+r.Path, h.named(r.Path, limited(h.tooLarge(handler, size), size, time)))
}

// guarded lets a person in whose session is good and whose roles give what the
// route needs; a new password or an authenticator that is due comes first.
func (h *hall) guarded(route web.Route, next http.Handler) http.Handler {
	return h.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		info, err := h.a.SessionActor(r.Context(), h.site.SessionToken(r))
		if err != nil {
			return err
		}
		traceOf(r).actor = info.Actor.ID
		if must := due(info); must != "" && !strings.HasPrefix(route.Path, "/account/") && route.Path != "/sign-out" {
			return lead(w, r, must)
		}
		if route.Need != web.Signed && !access.May(info.Actor, route.Need) {
			return access.Can(info.Actor, route.Need, access.Target{}).Err()
		}
		if route.Fresh && !info.Fresh {
			return prove(w, r)
		}
		ctx := web.WithActor(r.Context(), info.Actor)
		next.ServeHTTP(w, r.WithContext(withViewer(ctx, h.viewerOf(r, info))))
		return nil
	})
}

// due returns where somebody has to go before anything else, "" for nowhere.
func due(info app.SessionInfo) string {
	switch {
	case info.MustChange:
		return "/account/password"
	case info.MustEnrol:
		return "/account/authenticator"
	}
	return ""
}

// lead sends a browser to a path, and from there back.
func lead(w http.ResponseWriter, r *http.Request, path string) error {
	if r.Method == http.MethodGet {
		path = web.Link(path, "back", web.LocalPath(web.Address(r)))
	}
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", path)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// prove sends a browser to the proof of who sits there, and from there back to the
// page where it was.
func prove(w http.ResponseWriter, r *http.Request) error {
	from := r.URL
	if r.Method != http.MethodGet || r.Header.Get("HX-Request") != "" {
		from, _ = url.Parse(cmp.Or(r.Header.Get("HX-Current-URL"), r.Referer(), "/"))
	}
	to := "/"
	if from != nil {
		to = web.LocalPath(from.RequestURI())
	}
	path := web.Link("/account/proof", "back", to)
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", path)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// nothing answers what no route takes: OPTIONS and a wrong method with the
// methods that the path has, else the page that says so.
func (h *hall) nothing(w http.ResponseWriter, r *http.Request) {
	allowed := h.methods(r)
	switch {
	case len(allowed) == 0:
		h.site.NotFound().ServeHTTP(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		http.Error(w, "这个地址不接受 "+cleanMethod(r.Method)+" 请求。", http.StatusMethodNotAllowed)
	}
}

func (h *hall) methods(r *http.Request) []string {
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := h.mux.Handler(probe); pattern != "" && pattern != "/" {
			out = append(out, m)
		}
	}
	if slices.Contains(out, http.MethodGet) {
		out = append(out, http.MethodHead)
	}
	if len(out) > 0 {
		out = append(out, http.MethodOptions)
	}
	return out
}

// cleanMethod keeps what a client calls a method out of answers and metrics.
func cleanMethod(m string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, m) {
		return m
	}
	return "OTHER"
}

// tooLarge refuses a body that says itself that it is over the limit, before it
// is sent.
func (h *hall) tooLarge(next http.Handler, size int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > size {
			w.Header().Set("Connection", "close")
			h.site.Fail(w, r, &fault.Error{Kind: fault.TooLarge, Key: "fault.form_large", Text: "提交的内容太大，没有保存。请减少附件或分几次提交。"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// roleID is the message id of the role that comes first in the list of roles.
func roleID(who party.Actor) string {
	for _, r := range party.Roles {
		if who.Has(r) {
			return "role." + string(r)
		}
	}
	return "role.handler"
}

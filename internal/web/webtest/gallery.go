package webtest

import (
	"embed"
	"net/http"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

//go:embed page
var galleryFiles embed.FS

// Gallery serves pages that show every shared part in every state, for tests
// and for people who work on the look: /gallery/desk, /gallery/case,
// /gallery/parts, /portal, /sign-in and the other pages before the door.
func Gallery() (http.Handler, error) {
	person := &web.Viewer{Name: "李雯", Unit: "北京分行 消保部", Role: "role.office", Rooms: map[string]bool{}, Counts: map[string]int{"desk": 12, "approvals": 3}}
	for _, room := range web.Rooms {
		person.Rooms[room.ID] = true
	}
	site, err := web.New(web.Options{Viewer: func(r *http.Request) *web.Viewer {
		if web.LangOf(r) == web.English {
			english := *person
			english.Name, english.Unit = "Li Wen", "Beijing branch"
			return &english
		}
		return person
	}}, galleryFiles)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", site.Assets())
	mux.Handle("POST /preferences", site.Preferences())
	for name, sample := range Samples() {
		mux.Handle("GET /gallery/"+name, site.Handle(func(w http.ResponseWriter, r *http.Request) error {
			return site.Render(w, r, name, sample(web.LangOf(r)))
		}))
	}
	mux.Handle("GET /desk", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return site.Render(w, r, "gallery/desk", deskSample(web.LangOf(r)))
	}))
	mux.Handle("GET /progress", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return site.Fragment(w, r, "gallery/parts", "progress", partsSample(web.LangOf(r)).Progress)
	}))
	mux.Handle("GET /count", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return site.Fragment(w, r, "gallery/parts", "count", dues(web.LangOf(r))[0].Count)
	}))
	mux.Handle("GET /preview", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return site.Fragment(w, r, "gallery/desk", "pane", deskSample(web.LangOf(r)))
	}))
	mux.Handle("POST /reveal", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return site.Fragment(w, r, "gallery/case", "revealed", web.Masked{Text: "13812345678"})
	}))
	mux.Handle("POST /x", site.Handle(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Stale, "这件投诉刚被他人修改。")
	}))
	mux.Handle("GET /refused", site.Handle(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Conflict, "这件投诉已办结，不能再分派。")
	}))
	mux.Handle("/", site.NotFound())
	return web.Secure(mux), nil
}

package reviews

import (
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

type recheckView struct {
	Form  *web.Form
	Done  bool
	Hits  []recheckHit
	Said  string // message id of the answer
	Kind  string // good, warn, bad
	Icon  string
	Chars int
	Notes []string // what could not be read
}

type recheckHit struct {
	alikeRow
	Reach   bool
	Kept    int
	Changes []clause
	Counts  []web.Result
	Dropped []string // sentences of the cleared version that are gone
}

// standings say how an answer looks.
var standings = map[app.Standing][2]string{
	app.StandsCleared: {"good", "shield-check"}, app.StandsExpired: {"bad", "calendar-due"}, app.StandsEnded: {"bad", "ban"}, app.StandsOther: {"bad", "alert-triangle"}, app.StandsRefused: {"bad", "ban"},
	app.StandsPending: {"warn", "hourglass"}, app.StandsDiffers: {"bad", "alert-triangle"}, app.StandsUnknown: {"warn", "help"},
}

func (m *room) recheck(w http.ResponseWriter, r *http.Request) error {
	return m.site.Render(w, r, "reviews/recheck", recheckView{Form: web.NewForm()})
}

// recheckText says what a circulating text is to what was cleared.
func (m *room) recheckText(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	v := recheckView{Form: form}
	d, err := m.brought(r, form)
	if err == nil {
		var found app.Recheck
		if found, err = m.a.Recheck(r.Context(), web.Actor(r), d); err == nil {
			v.answer(m.talk(r), found, d)
			return m.site.Render(w, r, "reviews/recheck", v)
		}
	}
	v.Form = form.Refuse(err)
	return web.Again("reviews/recheck", v, err)
}

// brought reads what was uploaded or pasted.
func (m *room) brought(r *http.Request, form *web.Form) (extract.Document, error) {
	var read []extract.Named
	if text := form.Values.Get("text"); strings.TrimSpace(text) != "" {
		read = append(read, extract.Named{Name: "text", Document: extract.Plain(text)})
	}
	for _, u := range uploads(r) {
		d, err := m.a.ReadUpload(r.Context(), u)
		if err != nil {
			return d, err
		}
		read = append(read, extract.Named{Name: u.Name, Document: d})
	}
	if len(read) == 0 {
		return extract.Document{}, &fault.Error{Kind: fault.Invalid, Key: "reviews.recheck.nothing", Text: "请粘贴文字或选择文件", Violations: []fault.Violation{{Field: "text", Text: "请粘贴文字或选择文件"}}}
	}
	return extract.Join(read), nil
}

func (v *recheckView) answer(k talk, found app.Recheck, d extract.Document) {
	v.Done, v.Said, v.Chars, v.Notes = true, "reviews.verdict."+string(found.Standing), len([]rune(d.Text)), d.Warnings
	look := standings[found.Standing]
	v.Kind, v.Icon = look[0], look[1]
	for _, h := range found.Hits {
		one := recheckHit{alikeRow: k.alike(h), Reach: h.Reach, Kept: h.Result.Kept / 10}
		one.Changes, one.Counts = changes(h.Result.Changes)
		for _, c := range one.Changes {
			if c.Kind == "removed" {
				one.Dropped = append(one.Dropped, strings.TrimSpace(c.Pieces[0].Text))
			}
		}
		v.Hits = append(v.Hits, one)
	}
}

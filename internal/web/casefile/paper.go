package casefile

import (
	"net/http"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// PaperView is the whole file as an inspector wants it.
type PaperView struct {
	View
	Institution string
	Events      []Event // oldest first
	Clocks      []Clock
	Printed     string
	By          string
	Checks      []web.Check
}

// paper is the print view; printing is recorded as a reading of its own kind.
func (m *room) paper(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	page, err := m.app.PrintComplaint(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	k, v := m.talk(r), m.view(r, page)
	events := k.events(page)
	slices.Reverse(events)
	return m.site.Render(w, r, "paper/case", PaperView{View: v, Institution: m.app.Institution(), Events: events, Clocks: append(slices.Clone(v.Live), v.Past...),
		Printed: m.app.Now().In(zone).Format("2006-01-02 15:04"), By: web.Actor(r).Name, Checks: m.paperChecks(k, page)})
}

// paperChecks are the checks without the links that mend them.
func (m *room) paperChecks(k talk, p app.CasePage) []web.Check {
	out := m.checks(k, p)
	for i := range out {
		out[i].Mend = ""
	}
	return out
}

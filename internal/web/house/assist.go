package house

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// assistView is the page of the attached language model.
type assistView struct {
	Tabs  []web.Tab
	May   bool // try the connection
	Usage app.AssistUsage
	Form  *web.Form
	Empty web.Empty
}

func (h *house) assistView(r *http.Request) (assistView, error) {
	v := assistView{Tabs: h.tabs(r, "/settings/assist"), May: access.May(web.Actor(r), access.ManageSettings), Form: web.NewForm(),
		Empty: web.Empty{Icon: "sparkles", Title: "assist.off", Text: "assist.off.text"}}
	var err error
	v.Usage, err = h.a.AssistUsage(r.Context(), web.Actor(r))
	return v, err
}

// assist shows whether a model is attached and what it was asked today.
func (h *house) assist(w http.ResponseWriter, r *http.Request) error {
	v, err := h.assistView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/assist", v)
}

// probeAssist tries the connection.
func (h *house) probeAssist(w http.ResponseWriter, r *http.Request) error {
	if refused := h.a.AssistProbe(r.Context(), web.Actor(r)); refused != nil {
		v, err := h.assistView(r)
		if err != nil {
			return err
		}
		v.Form.Refuse(refused)
		return web.Again("house/assist", v, refused)
	}
	h.site.Flash(w, "good", "assist.probe.fine")
	http.Redirect(w, r, "/settings/assist", http.StatusSeeOther)
	return nil
}

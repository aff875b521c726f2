package casefile

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// DossierView is the form that makes a sealed case file.
type DossierView struct {
	Head     Head
	Form     *web.Form
	Post     string
	Reasons  []web.Option
	Variants []web.Option
	Clear    bool // the person may take personal data out
}

func (m *room) dossierView(r *http.Request, form *web.Form) (DossierView, error) {
	id, err := idOf(r)
	if err != nil {
		return DossierView{}, err
	}
	page, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return DossierView{}, err
	}
	if err := page.May[access.ExportComplaint].Err(); err != nil {
		return DossierView{}, err
	}
	k := m.talk(r)
	v := DossierView{Head: m.head(r, page), Form: form, Post: path(id, "/case-file"), Clear: page.May[access.RevealComplaint].Allow, Variants: []web.Option{{Value: "masked", Label: "proof.masked"}}}
	if v.Clear {
		v.Variants = append([]web.Option{{Value: "clear", Label: "proof.clear"}}, v.Variants...)
	}
	for _, reason := range complaint.CaseFileReasons {
		v.Reasons = append(v.Reasons, web.Option{Value: reason, Text: k.label("case_file_reason", reason)})
	}
	return v, nil
}

// dossierForm asks why a sealed case file is made and what goes in.
func (m *room) dossierForm(w http.ResponseWriter, r *http.Request) error {
	v, err := m.dossierView(r, web.NewForm())
	if err != nil {
		return err
	}
	v.Form.Values.Set("variant", v.Variants[0].Value)
	return m.site.Render(w, r, "case/dossier", v)
}

// dossier makes the file and sends it.
func (m *room) dossier(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	typed, err := web.FormOf(r)
	if err != nil {
		return err
	}
	file, err := m.app.CaseFile(r.Context(), web.Actor(r), id, app.CaseFileRequest{Reason: typed.Get("reason"), Why: typed.Get("why"), Masked: typed.Get("variant") != "clear"})
	if err != nil {
		view, broken := m.dossierView(r, typed.Refuse(err))
		if broken != nil {
			return err
		}
		return web.Again("case/dossier", view, err)
	}
	return m.send(w, r, file, nil)
}

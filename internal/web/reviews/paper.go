package reviews

import (
	"io"
	"mime"
	"net/http"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// paperView is the whole file as an inspector wants it.
type paperView struct {
	showView
	Institution string
	Printed, By string
	Findings    []paperFinding
	Events      []Event // oldest first
	Words       []string
}

type paperFinding struct {
	findingRow
	Whole    string
	Cites    []citeView
	Advice   string
	Reason   string
	JudgedBy string
	JudgedAt string
}

// paper is the print view.
func (m *room) paper(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	v, err := m.view(r, p, typedForm{})
	if err != nil {
		return err
	}
	k := m.talk(r)
	out := paperView{showView: v, Institution: m.a.Institution(), Printed: stamp(m.a.Now()), By: web.Actor(r).Name, Events: slices.Clone(v.Side.Events)}
	slices.Reverse(out.Events)
	for _, f := range p.Review.Findings {
		out.Findings = append(out.Findings, paperFinding{k.row(p, &f, ""), f.Quote, cites(f.Cites), f.Advice, f.Reason, k.name(p.Org, f.JudgedBy), stamp(f.JudgedAt)})
	}
	for _, b := range p.Document.Blocks {
		out.Words = append(out.Words, p.Document.Text[b.Start:b.End])
	}
	return m.site.Render(w, r, "paper/review", out)
}

// download answers with an original, which the browser keeps and never shows.
func (m *room) download(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	f, err := m.a.OpenMaterial(r.Context(), web.Actor(r), id, number(r.PathValue("v")), number(r.PathValue("n")))
	if err != nil {
		return err
	}
	return send(w, f, "application/octet-stream")
}

// letter answers with the opinion letter as docx or pdf.
func (m *room) letter(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	f, err := m.a.ReviewLetter(r.Context(), web.Actor(r), id, r.PathValue("form"))
	if err != nil {
		return err
	}
	return send(w, f, f.Content)
}

func send(w http.ResponseWriter, f app.OpenedFile, content string) error {
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", content)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = io.Copy(w, f) // the status is gone: a broken connection cannot be told
	return nil
}

package casefile

import (
	"net/http"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// assistRoutes are what the attached language model does for a case.
func (m *room) assistRoutes(at string) []web.Route {
	return []web.Route{{Method: "POST", Path: at + "/assist/summary", Need: access.HandleComplaint, Handler: m.assistSummary}}
}

// SummaryView is the machine's summary of the contacts.
type SummaryView struct {
	Head  Head
	Lines []SummaryLine
	Asked app.AssistAsked
	Notes []string // what was done to the answer
	Form  *web.Form
}

// SummaryLine is one line of it, with the numbers of the contacts it rests on.
type SummaryLine struct {
	Text     string
	Contacts []int
}

// assistSummary answers with the summary: for the case page the part alone, else a page.
func (m *room) assistSummary(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	p, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v := SummaryView{Head: m.head(r, p), Form: web.NewForm()}
	s, refused := m.app.AssistSummary(r.Context(), web.Actor(r), id)
	for _, l := range s.Lines {
		v.Lines = append(v.Lines, SummaryLine{Text: l.Text, Contacts: l.Contacts})
	}
	v.Asked, v.Notes = s.Asked, m.site.Texts().AssistNotes(web.LangOf(r), s.AssistNotes)
	if refused != nil {
		v.Form.Refuse(refused)
	}
	switch {
	case sheet(r): // htmx swaps no answer with an error status
		return m.site.Fragment(w, r, "case/assist", "assist-summary", v)
	case refused != nil:
		return web.Again("case/assist", v, refused)
	}
	return m.site.Render(w, r, "case/assist", v)
}

// replyAssist saves what was typed and lets the model draft a version after it.
func (m *room) replyAssist(w http.ResponseWriter, r *http.Request, in replyForm) error {
	c, err := m.replySave(r, in, false)
	if err != nil {
		return m.replyShow(w, r, in, in.words, err, false)
	}
	saved, _ := c.Draft(in.kind)
	in.base = saved.Rev
	d, err := m.app.AssistReply(r.Context(), web.Actor(r), in.id, in.kind, in.base)
	if err != nil {
		return m.replyShow(w, r, in, in.words, err, false)
	}
	if notes := m.site.Texts().AssistNotes(web.LangOf(r), d.AssistNotes); len(notes) > 0 {
		m.site.Flash(w, "warn", "assist.done_notes", "Text", strings.Join(notes, " "))
	} else {
		m.site.Flash(w, "good", "assist.done")
	}
	http.Redirect(w, r, web.Link(path(in.id, "/reply"), "kind", string(in.kind)), http.StatusSeeOther)
	return nil
}

// machine marks the paragraphs that the model wrote and nobody has changed since.
func machine(paras []Para, d complaint.Draft, words complaint.Reply) (waiting int) {
	for _, name := range d.Machine {
		for i := range paras {
			if paras[i].Name == name && words.Paragraph(name) == d.Reply.Paragraph(name) {
				paras[i].Machine = true
				waiting++
			}
		}
	}
	return waiting
}

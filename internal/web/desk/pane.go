package desk

import (
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// paneView is the case under the cursor: what one needs to know before opening it.
type paneView struct {
	Number, Link string
	Name         string // masked
	Due          web.Due
	DueName      string
	Next         string // data: what comes next
	NextDo       string // name of its command
	Last         *contactView
	Points       []string // data: allegations without a finding
	More         int      // further ones
	Found, Of    int
	Hints        []string // data
}

type contactView struct{ Icon, At, By, Text string }

// panePoints is how many allegations the pane shows.
const panePoints = 4

// pane shows the case under the cursor. It counts as opening the case.
func (d *desk) pane(w http.ResponseWriter, r *http.Request) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	p, err := d.app.Complaint(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return d.site.Fragment(w, r, "desk/list", "desk-pane", paneOf(d.words(r), p, d.app.SoonDays()))
}

func paneOf(say words, p app.CasePage, soon int) paneView {
	c := p.Case
	v := paneView{Number: c.Number, Link: "/complaints/" + c.ID.String(), Name: c.Complainant.Name, Next: p.Why, Of: len(c.Live())}
	if p.Mend != "" {
		v.NextDo = say.label("command", p.Mend)
	}
	if next := p.Next(); next != nil {
		v.Due, v.DueName = due(*next, p.Today, soon), say.label("deadline", string(next.Kind))
	}
	for _, a := range c.Live() {
		switch {
		case a.Finding != nil:
			v.Found++
		case len(v.Points) < panePoints:
			v.Points = append(v.Points, a.Text)
		default:
			v.More++
		}
	}
	if n := len(c.Contacts); n > 0 {
		k := c.Contacts[n-1]
		at, _ := web.DateTime(k.At)
		v.Last = &contactView{Icon: contactIcon(k), At: at, By: p.Org.Name(k.By), Text: clip(k.Summary, 160)}
	}
	for _, h := range c.Hints(p.Today) {
		v.Hints = append(v.Hints, h.Text)
	}
	return v
}

func contactIcon(k complaint.Contact) string {
	switch k.Channel {
	case "phone":
		return "phone"
	case "visit":
		return "users"
	case "letter", "email":
		return "mail"
	}
	return "message"
}

// clip shortens a text to n characters.
func clip(s string, n int) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > n {
		return string(r[:n]) + "…"
	}
	return strings.TrimSpace(s)
}

// count shows how the next date of a case was counted, day by day.
func (d *desk) count(w http.ResponseWriter, r *http.Request) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	p, err := d.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	say := d.words(r)
	out := web.Count{}
	for i := range p.Deadlines {
		if p.Deadlines[i].Live() {
			out = countOf(say, p, i)
			break
		}
	}
	return d.site.Fragment(w, r, "desk/list", "desk-count", out)
}

func countOf(say words, p app.CasePage, i int) web.Count {
	at := p.Deadlines[i]
	out := web.Count{From: at.Start.String(), Due: at.Due.String(), Cite: at.Clock.Cite.String()}
	if at.Rolled > at.Due {
		out.Note = say.text("desk.rolled", "Date", at.Rolled.String())
	}
	if at.Clock.Days == 0 {
		out.Note = at.Clock.Name
	}
	for _, day := range p.Trace(i) {
		out.Days = append(out.Days, web.CountDay{Date: day.Date.String(), N: day.N, Why: day.Why})
	}
	return out
}

package desk

import (
	"net/http"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// readView is what the attached model read in the letter, beside the form.
type readView struct {
	app.AssistLetter
	Notes []string // what was done to the answer
}

// readLetter lets the model read the narrative and fills the fields that are
// empty. What was typed stays, and a person registers.
func (d *desk) readLetter(r *http.Request, t typed) (*readView, error) {
	l, err := d.app.AssistLetter(r.Context(), web.Actor(r), t.cmd)
	if err != nil {
		return nil, err
	}
	v := &readView{AssistLetter: l, Notes: d.site.Texts().AssistNotes(web.LangOf(r), l.AssistNotes)}
	fill := func(name, value string) {
		if strings.TrimSpace(t.form.Get(name)) == "" && value != "" {
			t.form.Values.Set(name, value)
		}
	}
	fill("complainant.name", l.Name)
	fill("demand", l.Wants)
	if !hasPoints(t.cmd) {
		for i, c := range l.Claims {
			fill("points["+strconv.Itoa(i)+"]", c.Text)
		}
	}
	return v, nil
}

func hasPoints(d complaint.Register) bool {
	return strings.TrimSpace(strings.Join(d.Points, "")) != ""
}

// showRead renders the form with what was read, or why nothing was.
func (d *desk) showRead(w http.ResponseWriter, r *http.Request, t typed) error {
	read, refused := d.readLetter(r, t)
	form := t.form
	if refused != nil {
		form = form.Refuse(refused)
	}
	v, err := d.registerView(r, form, false)
	if err != nil {
		return err
	}
	v.Read = read
	if refused != nil {
		return web.Again("desk/register", v, refused)
	}
	return d.site.Render(w, r, "desk/register", v)
}

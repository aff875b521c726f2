package desk

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// asideView is what stands beside the form while it is typed.
type asideView struct {
	Unit       string // data
	Dates      []dateView
	Duplicates []duplicateView
	Forbidden  string // rule 2020-3 art. 13, as cited
	Guide      []guideLine
	Care       string // what a text of distress asks for, data
}

// likeliest is how many earlier cases are shown at once; the others are folded
// away, so that the dates below them stay in sight.
const likeliest = 3

// First returns the likeliest earlier cases.
func (v asideView) First() []duplicateView { return v.Duplicates[:min(likeliest, len(v.Duplicates))] }

// Further returns the others.
func (v asideView) Further() []duplicateView { return v.Duplicates[len(v.First()):] }

// dateView is one date that starts with the registration.
type dateView struct {
	Name string
	Due  web.Due
	Days string // "15 天"
	Cite string // data
}

type duplicateView struct {
	rowView
	Reasons []string // message ids
	May     bool     // a reference may be added to it here
	Again   referenceForm
}

// referenceForm is what goes along when the arrival is added to an earlier case.
type referenceForm struct{ Channel, ReceivedOn, Sender, Number, OwnDue string }

// registerPreview answers while somebody types. Half a form is no fault: it
// shows what can be told already.
func (d *desk) registerPreview(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	org, err := d.app.Org(r.Context())
	if err != nil {
		return err
	}
	v, err := d.asideOf(r, readRegister(f, org), org)
	if err != nil {
		return err
	}
	return d.site.Fragment(w, r, "desk/register", "aside", v)
}

func (d *desk) asideOf(r *http.Request, t typed, org *app.Org) (asideView, error) {
	who := web.Actor(r)
	p, err := d.app.Preview(r.Context(), who, t.cmd)
	if err != nil {
		return asideView{}, err
	}
	today, soon, say := d.app.Today(), d.app.SoonDays(), d.words(r)
	v := asideView{Unit: p.UnitName}
	again := referenceForm{Channel: t.form.Get("channel"), ReceivedOn: t.form.Get("received_on"), Sender: t.form.Get("sender"), Number: t.form.Get("sender_number"), OwnDue: t.form.Get("own_due")}
	for _, one := range p.Deadlines {
		if one.Live() { // who calls has been reached: that clock is met already
			v.Dates = append(v.Dates, say.date(one, today, soon))
		}
	}
	if a, ok := d.app.Rules(today).Article("nfra-2020-3", "13"); ok {
		v.Forbidden = a.Text
	}
	if err := d.guide(r, t, say, &v); err != nil {
		return v, err
	}
	l := lister{words: say, org: org, today: today, soon: soon}
	for _, one := range p.Duplicates {
		row := duplicateView{rowView: l.row(one.Row), Again: again, May: one.Row.Open && access.May(who, complaint.AddReference{}.Action())}
		row.Due.More = "" // one thing to press beside a form is enough
		for _, why := range one.Reasons {
			row.Reasons = append(row.Reasons, "desk.same."+why)
		}
		v.Duplicates = append(v.Duplicates, row)
	}
	return v, nil
}

// date is a deadline with its length and its rule.
func (w words) date(d complaint.Deadline, today calendar.Date, soon int) dateView {
	v := dateView{Name: w.label("deadline", string(d.Kind)), Due: due(d, today, soon), Cite: d.Clock.Cite.String()}
	switch {
	case d.Clock.Days > 0 && d.Clock.Working:
		v.Days = w.text("desk.days.working", "Count", d.Clock.Days)
	case d.Clock.Days > 0:
		v.Days = w.text("desk.days.natural", "Count", d.Clock.Days)
	}
	return v
}

package desk

import (
	"net/http"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// receiptView is the answer to a registration.
type receiptView struct {
	Number, Link string
	Owner, Unit  string // data
	Dates        []dateView
	Say          string // the sentence for the consumer, in Chinese
}

// receipt shows number, dates, first owner and what to tell the consumer.
func (d *desk) receipt(w http.ResponseWriter, r *http.Request) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	receipt, org, err := d.app.ReceiptOf(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	say := d.words(r)
	v := receiptView{Number: receipt.Number, Link: "/complaints/" + id.String(), Owner: org.Name("person/" + string(receipt.Owner)), Unit: org.Tree.Name(receipt.Unit)}
	for _, one := range receipt.Deadlines {
		v.Dates = append(v.Dates, say.date(one, d.app.Today(), d.app.SoonDays()))
	}
	v.Say = d.sentence(receipt, org)
	return d.site.Render(w, r, "desk/receipt", v)
}

// sentence is what the consumer is told. It is said in Chinese whatever the
// language of the page.
func (d *desk) sentence(r app.Receipt, org *app.Org) string {
	chinese := words{lang: web.Chinese, texts: d.site.Texts()}
	unit, _ := org.Tree.Unit(r.Unit)
	key, date := "desk.say.open", promised(r.Deadlines)
	if !date.IsZero() {
		key = "desk.say.date"
	}
	out := chinese.text(key, "Number", r.Number, "Date", date.String(), "Unit", unit.Name)
	if unit.Phone != "" {
		out += chinese.text("desk.say.phone", "Number", unit.Phone)
	}
	return out
}

// promised is the day by which the consumer is told the outcome.
func promised(all []complaint.Deadline) (on calendar.Date) {
	for _, d := range all {
		if (d.Kind == complaint.DecideBy || d.Kind == complaint.ReplyBy) && d.Live() && !d.Due.IsZero() && (on.IsZero() || d.Due < on) {
			on = d.Due
		}
	}
	return on
}

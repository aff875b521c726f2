package desk

import (
	"slices"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// mark is one small sign of a row with its meaning.
type mark struct{ Text, Title, Class, Icon string }

// rowView is one case in a list.
type rowView struct {
	ID          string
	Number      string
	Version     int64
	Link        string
	Due         web.Due
	DueName     string // what is due
	Name, About string // data, masked; empty when the case was erased
	Product     string
	Reason      string
	Channel     string
	Marks       []mark
	Sent        bool   // a mark names the sender, the channel need not
	State, Kind string // its name, and the kind of its dot
	Owner       string // data
	Offered     string // data: who is asked to take it over
	Unit        string // data
	Age         int    // days since receipt
	ReceivedOn  string
	Amount      int64
	Parts       []part // About cut at what was searched for
	Found       []string
	ClosedOn    string
	Mood        *mood // that a person confirmed, nil while nobody did
}

// mood is a face with its word.
type mood struct{ ID, Name, Icon string }

// lister turns rows of the store into rows of a page.
type lister struct {
	words
	org   *app.Org
	today calendar.Date
	soon  int
}

func (l lister) rows(rows []storage.Row) []rowView {
	out := make([]rowView, len(rows))
	for i, r := range rows {
		out[i] = l.row(r)
	}
	return out
}

// rowsWithMood adds the temper that a person confirmed.
func (l lister) rowsWithMood(rows []storage.Row, confirmed map[complaint.ID]string) []rowView {
	out := l.rows(rows)
	for i, r := range rows {
		if m := confirmed[r.ID]; m != "" {
			out[i].Mood = &mood{ID: m, Name: l.label("emotion", m), Icon: web.Faces[m]}
		}
	}
	return out
}

func (l lister) row(r storage.Row) rowView {
	book := complaint.Book()
	v := rowView{ID: r.ID.String(), Number: r.Number, Version: r.Version, Link: "/complaints/" + r.ID.String(), Name: r.Card.Name, About: r.Card.Line,
		Product: l.code(book.Products, r.Product), Reason: l.code(book.Reasons, r.Reason), Channel: l.channel(r.Channel), Marks: l.marks(r), Sent: sent(r.Channel), Owner: l.org.Name("person/" + string(r.Owner)),
		Unit: l.org.Tree.Name(r.Unit), Age: l.today.Sub(r.ReceivedOn), ReceivedOn: r.ReceivedOn.String(), Amount: r.Amount, ClosedOn: r.ClosedOn.String()}
	v.State, v.Kind = l.state(r)
	switch {
	case r.OfferPerson != "":
		v.Offered = l.org.Name("person/" + string(r.OfferPerson))
	case r.OfferUnit != "":
		v.Offered = l.org.Tree.Name(r.OfferUnit)
	}
	if r.Open {
		v.Due = l.due(r.NextDue)
		v.Due.More = "/desk/count/" + v.ID
		v.DueName = l.label("deadline", string(r.NextKind))
	}
	return v
}

func (l lister) due(on calendar.Date) web.Due {
	d := web.Due{On: on.String(), Left: on.Sub(l.today), Unknown: on.IsZero()}
	d.Soon = d.Left <= l.soon
	return d
}

// state is where the case stands: the step while it is being handled, and the
// kind of the dot before it.
func (l lister) state(r storage.Row) (name, kind string) {
	name = l.label("state", string(r.State))
	switch r.State {
	case complaint.New:
		kind = "wait"
	case complaint.Handling:
		kind = "active"
		if int(r.Step) < len(complaint.Guides()) {
			name = l.step(complaint.Guides()[r.Step])
		}
	case complaint.Deciding:
		kind = "wait"
	case complaint.Decided:
		kind = "active"
	case complaint.Noticed, complaint.Closed:
		kind = "good"
	}
	return name, kind
}

func (w words) step(g complaint.StepGuide) string {
	if w.lang == web.English {
		return g.NameEn
	}
	return g.Name
}

// marks are the senders of the references, how many there are, and what needs care.
func (l lister) marks(r storage.Row) []mark {
	var out []mark
	for _, c := range r.Marks {
		i := slices.IndexFunc(party.Channels(), func(ch party.Channel) bool { return ch.Mark == string(c) })
		if i < 0 {
			continue
		}
		ch := party.Channels()[i]
		m := mark{Text: l.text("desk.mark." + string(ch.ID)), Title: l.channel(ch.ID)}
		if ch.Regulator {
			m.Class = "mark-reg"
		}
		out = append(out, m)
	}
	if r.References > 1 {
		out = append(out, mark{Text: "×" + strconv.Itoa(r.References), Title: l.text("desk.references", "Count", r.References)})
	}
	if r.Vulnerable {
		out = append(out, mark{Icon: "heart-handshake", Title: l.text("desk.care"), Class: "mark-warn"})
	}
	if r.Waiting > 0 {
		out = append(out, mark{Icon: "clipboard-check", Title: l.text("desk.waiting"), Class: "mark-warn"})
	}
	return out
}

// sent reports whether the channel has a mark of its own.
func sent(id party.ChannelID) bool {
	ch, _ := party.ChannelOf(id)
	return ch.Mark != ""
}

package desk

import (
	"net/http"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// inboxPage is how many messages stand on a page.
const inboxPage = 50

// inboxView is the list of what came by mail.
type inboxView struct {
	Tabs  []web.Tab
	State app.BoxState
	Bad   string // why the newest fetch failed
	Rows  []inboxRow
	Next  string
	Empty web.Empty
}

type inboxRow struct {
	app.MailItem
	Link    string
	Subject string // numbers hidden
	Label   string // message id of the state
	Late    bool   // waits since another day
	Size    string // of the original
}

// inbox lists messages: those that wait unless another state is asked for.
func (d *desk) inbox(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	loose, err := d.app.ReadsMailbox(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	first, states := storage.InboxNew, storage.InboxStates
	if !loose { // what belongs to no case is head office's
		first, states = storage.InboxMatched, []storage.InboxState{storage.InboxMatched, storage.InboxRegistered, storage.InboxFiled}
	}
	state := storage.InboxState(q.Get("state"))
	if state == "" {
		state = first
	}
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64) // 0 is the first page
	v := inboxView{Empty: web.Empty{Icon: "mail", Title: "inbox.none", Text: "inbox.none.text"}}
	switch {
	case !d.app.FetchesMail():
		v.Empty.Text = "inbox.off"
	case !loose:
		v.Empty.Text = "inbox.none.branch"
	}
	list, next, err := d.app.Inbox(r.Context(), web.Actor(r), state, after, inboxPage)
	if err != nil {
		return err
	}
	if v.State, err = d.app.BoxState(r.Context()); err != nil {
		return err
	}
	v.Bad = v.State.Last.Failure
	for _, s := range states {
		if n := int(v.State.Counts[s]); n > 0 || s == state || s == first {
			tab := web.Tab{Label: "inbox.state." + string(s), Link: web.Link("/inbox", "state", string(s)), Here: s == state}
			if s == storage.InboxNew {
				tab.N = n
			}
			v.Tabs = append(v.Tabs, tab)
		}
	}
	for _, m := range list {
		v.Rows = append(v.Rows, inboxRow{MailItem: m, Link: web.Link("/inbox/mail", "n", m.ID), Subject: complaint.MaskNumbers(m.Card.Subject), Label: "inbox.state." + string(m.State),
			Size: web.Size(int64(m.Size)), Late: m.Days > 0 && (m.State == storage.InboxNew || m.State == storage.InboxMatched)})
	}
	if next != 0 {
		v.Next = web.Link("/inbox", "state", string(state), "after", next)
	}
	return d.site.Render(w, r, "desk/inbox", v)
}

// mailView is one message, as plain text.
type mailView struct {
	Mail    app.ReceivedMail
	Subject string
	Text    string // numbers hidden
	Files   []post.LetterFile
	Label   string
	Open    bool // nobody has settled it
	Form    *web.Form
}

func (d *desk) mailView(r *http.Request, n int64, f *web.Form) (mailView, error) {
	m, err := d.app.Mailed(r.Context(), web.Actor(r), n)
	if err != nil {
		return mailView{}, err
	}
	if f.Get("number") == "" && m.Number != "" {
		f.Values.Set("number", m.Number)
	}
	return mailView{Mail: m, Subject: complaint.MaskNumbers(m.Letter.Subject), Text: complaint.MaskNumbers(m.Letter.Text), Files: m.Letter.Files, Label: "inbox.state." + string(m.State),
		Open: !m.State.Done() && m.State != storage.InboxArriving && !m.Erased, Form: f}, nil
}

func (d *desk) mail(w http.ResponseWriter, r *http.Request) error {
	n, _ := strconv.ParseInt(r.URL.Query().Get("n"), 10, 64) // none is 0
	v, err := d.mailView(r, n, web.NewForm())
	if err != nil {
		return err
	}
	return d.site.Render(w, r, "desk/mail", v)
}

// settle runs what a person says of a message and leads back to the list, or
// shows the message again with what was wrong.
func (d *desk) settle(w http.ResponseWriter, r *http.Request, said string, do func(n int64, f *web.Form) error) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(f.Get("n"), 10, 64)
	if refused := do(n, f); refused != nil {
		v, err := d.mailView(r, n, f.Refuse(refused))
		if err != nil {
			return err
		}
		return web.Again("desk/mail", v, refused)
	}
	d.site.Flash(w, "good", said)
	back := "/inbox"
	if id, err := strconv.ParseInt(f.Get("case"), 10, 64); err == nil { // from the page of the case
		back = "/complaints/" + complaint.ID(id).String()
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// fileMail makes a message a contact of the case whose number was typed.
func (d *desk) fileMail(w http.ResponseWriter, r *http.Request) error {
	return d.settle(w, r, "inbox.filed", func(n int64, f *web.Form) error {
		id, err := d.app.ByNumber(r.Context(), f.Get("number"))
		if err != nil {
			return err
		}
		return d.app.FileMail(r.Context(), web.Actor(r), n, id)
	})
}

// dismissMail says that a message is no complaint.
func (d *desk) dismissMail(w http.ResponseWriter, r *http.Request) error {
	return d.settle(w, r, "inbox.dismissed", func(n int64, f *web.Form) error {
		return d.app.DismissMail(r.Context(), web.Actor(r), n, f.Get("why"))
	})
}

// prefill fills the form of registration from a message: who wrote, what, and the
// day on which the mail server took it in.
func (d *desk) prefill(r *http.Request, f *web.Form) error {
	n, err := strconv.ParseInt(r.URL.Query().Get("mail"), 10, 64)
	if err != nil {
		return nil // not from a message
	}
	m, err := d.app.Mailed(r.Context(), web.Actor(r), n)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"mail": strconv.FormatInt(n, 10), "channel": "email", "received_on": m.ReceivedOn().String(), "complainant.name": m.Letter.Name,
		"complainant.email": m.Letter.From, "narrative": m.Letter.Text} {
		f.Values.Set(name, value)
	}
	if m.Letter.Name == "" {
		f.Values.Set("complainant.name", m.Letter.From)
	}
	return nil
}

// taken registers what was typed; from a message together with it.
func (d *desk) taken(r *http.Request, f *web.Form, cmd complaint.Register) (complaint.ID, error) {
	if n, err := strconv.ParseInt(f.Get("mail"), 10, 64); err == nil {
		return d.app.RegisterMail(r.Context(), web.Actor(r), n, cmd)
	}
	return d.app.RegisterOnce(r.Context(), web.Actor(r), f.Get("form"), cmd)
}

package house

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// mailPage is how many lines of the log stand on a page.
const mailPage = 50

// mailView is the page of outgoing mail.
type mailView struct {
	Tabs   []web.Tab
	May    bool // send a test, try again
	Status app.MailStatus
	Filter []web.Tab // by state
	Rows   []mailRow
	Next   string
	Form   *web.Form
	Empty  web.Empty
}

type mailRow struct {
	app.MailLine
	Label string // message id of the kind
	Took  string
}

// outFilters are the tabs of a log of what leaves the house.
func outFilters(path, state string) (out []web.Tab) {
	for _, s := range []string{"", storage.OutWaiting, storage.OutSent, storage.OutGivenUp} {
		label := "mail.state.all"
		if s != "" {
			label = "mail.state." + s
		}
		out = append(out, web.Tab{Label: label, Link: web.Link(path, "state", s), Here: s == state})
	}
	return out
}

func (h *house) mailView(r *http.Request) (mailView, error) {
	who, q := web.Actor(r), r.URL.Query()
	state := q.Get("state")
	v := mailView{Tabs: h.tabs(r, "/settings/mail"), May: access.May(who, access.ManageSettings), Form: web.NewForm(), Filter: outFilters("/settings/mail", state),
		Empty: web.Empty{Icon: "mail", Title: "mail.none", Text: "mail.none.text"}}
	var err error
	if v.Status, err = h.a.Mail(r.Context(), who); err != nil {
		return v, err
	}
	lines, err := h.a.MailLog(r.Context(), who, state, q.Get("before"), mailPage+1)
	if len(lines) > mailPage {
		lines = lines[:mailPage]
		v.Next = web.Link("/settings/mail", "state", state, "before", lines[mailPage-1].Cursor())
	}
	for _, l := range lines {
		v.Rows = append(v.Rows, mailRow{MailLine: l, Label: "mail.kind." + l.Kind, Took: spanText(l.Took)})
	}
	return v, err
}

// mail shows how sending mail stands, and the log.
func (h *house) mail(w http.ResponseWriter, r *http.Request) error {
	v, err := h.mailView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/mail", v)
}

// testMail sends a mail to an address that the administrator names.
func (h *house) testMail(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if refused := h.a.TestMail(r.Context(), web.Actor(r), form.Get("to")); refused != nil {
		v, err := h.mailView(r)
		if err != nil {
			return err
		}
		v.Form = form.Refuse(refused)
		return web.Again("house/mail", v, refused)
	}
	h.site.Flash(w, "good", "mail.test.done")
	return to(w, r, "/settings/mail")
}

// mailAgain lets a mail be tried at once.
func (h *house) mailAgain(w http.ResponseWriter, r *http.Request) error {
	if err := h.a.MailAgain(r.Context(), web.Actor(r), r.PostFormValue("id")); err != nil {
		return err
	}
	h.site.Flash(w, "good", "mail.again.done")
	return to(w, r, "/settings/mail")
}

// setMailWish keeps what a person wants by e-mail.
func (h *house) setMailWish(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	m := app.MailWish{Address: form.Get("address"), Digest: form.Has("mail", "digest"), Overdue: form.Has("mail", "overdue"), Urgent: form.Has("mail", "urgent")}
	if refused := h.a.SetMailWish(r.Context(), web.Actor(r), m); refused != nil {
		v, err := h.meView(r)
		if err != nil {
			return err
		}
		v.Mail = form.Refuse(refused)
		return web.Again("house/me", v, refused)
	}
	h.site.Flash(w, "good", "mail.wish.done")
	return to(w, r, "/me")
}

// wishForm shows what a person wants; nil where no mail is sent.
func (h *house) wishForm(r *http.Request, v *meView) error {
	m, err := h.a.MailWish(r.Context(), web.Actor(r))
	if err != nil || !m.On {
		return err
	}
	v.Mail = web.NewForm("address", m.Address)
	for name, on := range map[string]bool{"digest": m.Digest, "overdue": m.Overdue, "urgent": m.Urgent} {
		if on {
			v.Mail.Values.Add("mail", name)
		}
	}
	v.Wishes = []web.Option{{Value: "digest", Label: "mail.wish.digest"}, {Value: "urgent", Label: "mail.wish.urgent"}}
	if m.Leads {
		v.Wishes = append(v.Wishes, web.Option{Value: "overdue", Label: "mail.wish.overdue"})
	}
	return nil
}

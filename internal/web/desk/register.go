package desk

import (
	"crypto/rand"
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// usualChannel is what the form begins with: a clerk who takes something down
// has somebody on the phone.
const usualChannel = party.ChannelID("phone")

// registerView is the form in the order of a phone call.
type registerView struct {
	Form        *web.Form
	Channels    []channelOption
	Natures     []web.Option
	Kinds       []web.Option // of representatives
	Own         []ownField   // the institution's own tree; empty when it has none
	Products    []string
	Reasons     []web.Option
	Units       []string
	Staff       []string
	Vulnerable  []web.Option
	Requests    []web.Option
	Points      []string // names of the lines
	Respondents []string // names of the rows
	Joint       []string
	Aside       asideView
	Assist      bool      // a language model is attached
	Read        *readView // what it read in the letter
}

type channelOption struct {
	ID, Name string
	Sender   bool // an organisation sent it: its number and date are asked
}

// Opens reports whether a part that is folded away has something in it.
func (v registerView) Opens(prefixes ...string) bool {
	for _, prefix := range prefixes {
		for name := range v.Form.Values {
			if strings.HasPrefix(name, prefix) && v.Form.Get(name) != "" {
				return true
			}
		}
		if v.Form.Fault == nil {
			continue
		}
		for _, wrong := range v.Form.Fault.Violations {
			if strings.HasPrefix(wrong.Field, prefix) {
				return true
			}
		}
	}
	return false
}

// registerForm shows the empty form; ?channel= chooses the channel, ?mail= the
// message that it begins with.
func (d *desk) registerForm(w http.ResponseWriter, r *http.Request) error {
	channel := party.ChannelID(r.URL.Query().Get("channel"))
	if _, ok := party.ChannelOf(channel); !ok {
		channel = usualChannel
	}
	f := web.NewForm("channel", string(channel), "received_on", d.app.Today().String(), "nature", string(complaint.Complaint), "form", rand.Text())
	if err := d.prefill(r, f); err != nil {
		return err
	}
	v, err := d.registerView(r, f, false)
	if err != nil {
		return err
	}
	return d.site.Render(w, r, "desk/register", v)
}

func (d *desk) registerView(r *http.Request, f *web.Form, more bool) (registerView, error) {
	org, err := d.app.Org(r.Context())
	if err != nil {
		return registerView{}, err
	}
	say := d.words(r)
	book := complaint.Book()
	extra := 0
	if more {
		extra = morePoints
	}
	v := registerView{Form: f, Natures: labelOptions(say, "nature", complaint.Natures), Kinds: append([]web.Option{{Text: "—"}}, labelOptions(say, "representative", complaint.RepresentativeKinds)...),
		Reasons: say.codeOptions(book.Reasons), Units: unitOptions(org, ""), Vulnerable: labelOptions(say, "vulnerability", complaint.Vulnerabilities), Requests: labelOptions(say, "request", complaint.Requests),
		Points: lines(f, "points", fewPoints, extra), Joint: lines(f, "joint.representatives", 5, 0), Staff: staff(org)}
	v.Respondents = v.respondentRows(extra)
	if v.Own, err = d.ownFields(r, f); err != nil {
		return registerView{}, err
	}
	for _, c := range party.Channels() {
		v.Channels = append(v.Channels, channelOption{ID: string(c.ID), Name: say.channel(c.ID), Sender: c.Sender})
	}
	for _, c := range book.Products {
		v.Products = append(v.Products, say.code(book.Products, c.ID))
	}
	v.Assist = d.app.Assist().On
	v.Aside, err = d.asideOf(r, readRegister(f, org), org)
	return v, err
}

func staff(org *app.Org) []string {
	var out []string
	for _, p := range org.People() {
		if !p.Disabled {
			out = append(out, personLabel(org, p))
		}
	}
	return out
}

// respondentRows are the rows of the units and people complained about.
func (v registerView) respondentRows(more int) []string {
	filled := 0
	for i, row := range lines(&web.Form{}, "respondents", maxLines, 0) {
		if v.Form.Get(row+".unit") != "" || v.Form.Get(row+".name") != "" {
			filled = i + 1
		}
	}
	return lines(&web.Form{}, "respondents", max(fewRespondents, filled+min(more, 1)), 0)
}

// register takes the complaint in and leads to the receipt. The button "more
// lines" and, without scripts, "check" come here too and register nothing.
func (d *desk) register(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	org, err := d.app.Org(r.Context())
	if err != nil {
		return err
	}
	t := readRegister(f, org)
	if f.Get("do") == "read" {
		return d.showRead(w, r, t)
	}
	if do := f.Get("do"); do != "" {
		v, err := d.registerView(r, t.form, do == "more")
		if err != nil {
			return err
		}
		return d.site.Render(w, r, "desk/register", v)
	}
	id := complaint.ID(0)
	if err = t.err; err == nil {
		id, err = d.taken(r, f, t.cmd)
	}
	if err != nil {
		err = rename(err)
		v, broken := d.registerView(r, t.form.Refuse(err), false)
		if broken != nil {
			return broken
		}
		return web.Again("desk/register", v, err)
	}
	http.Redirect(w, r, "/complaints/"+id.String()+"/receipt", http.StatusSeeOther)
	return nil
}

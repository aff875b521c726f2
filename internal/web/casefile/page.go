package casefile

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// View is the page of a case.
type View struct {
	Head    Head
	Main    []Action
	Groups  []ActionGroup
	Closed  []Action // what cannot be done now, with the reasons
	Act     map[string]Action
	Next    Next
	Hints   []web.Check
	Groups5 []StepGroup
	People  People
	Files   []File
	Upload  bool
	Locked  bool // letters and files may not be opened by the reader
	Mails   []MailLine
	Letters []Letter
	Drafts  []Draft
	Matter  Matter
	Points  []Point
	Codings []CodingLine
	Coded   int // of the codings
	Uncoded int // that wait for an entry or a person
	Shown   []Event
	Filters []web.Tab
	Live    []Clock
	Past    []Clock
	Side
	Approvals []Approval
	Granted   int    // approvals that no longer wait
	Trace     string // path of the access record; "" when not allowed
	Print     string
	Beside    bool      // the reader may read the case library
	Archived  string    // the day since which its record is packed, "" when it is not
	CaseFile  string    // path of the form that makes the sealed case file
	Summarise string    // path on which the attached model summarises the contacts; "" without a model or contacts
	Reply     string    // path of the page on which the reply is written; "" when there is nothing to write
	Into      *Relation // the case that this one was merged into
	Look      Outlook   // what may happen next and what to ask; not on paper
}

// Head is what stands on top of every page of the case.
type Head struct {
	ID        complaint.ID
	Number    string
	Version   int64
	State     string
	StateKind string
	Nature    string // "" for a complaint
	Marks     []Mark
	Due       web.Due
	HasDue    bool
	About     string
	Owner     string
	Unit      string
	Offer     string // to whom it is offered, "" when it is not
	Received  string
	Age       int
	Link      string
}

// Mark is a small sign beside the number.
type Mark struct {
	Text, Kind, Icon string
}

var stateKinds = map[complaint.State]string{complaint.New: "wait", complaint.Handling: "active", complaint.Deciding: "wait", complaint.Decided: "active",
	complaint.Noticed: "good", complaint.Ended: "bad", complaint.Merged: "bad", complaint.Closed: "good"}

func (m *room) head(r *http.Request, p app.CasePage) Head {
	k, c := m.talk(r), p.Case
	h := Head{ID: c.ID, Number: c.Number, Version: c.Version, State: k.label("state", string(c.State)), StateKind: stateKinds[c.State], About: about(c), Owner: k.person(c.Owner, p.Org.Name),
		Unit: p.Org.Tree.Name(c.Unit), Received: c.ReceivedOn.String(), Age: p.Today.Sub(c.ReceivedOn), Link: path(c.ID, "")}
	if c.Nature != complaint.Complaint {
		h.Nature = k.label("nature", string(c.Nature))
	}
	if c.Offer != nil {
		h.Offer = p.Org.Tree.Name(c.Offer.Unit)
		if c.Offer.Person != "" {
			h.Offer = k.person(c.Offer.Person, p.Org.Name)
		}
	}
	h.Due, h.HasDue = k.next(p, m.app.SoonDays())
	h.Marks = k.marks(p)
	return h
}

// about is the case in one line.
func about(c complaint.Case) string {
	for _, a := range c.Live() {
		return clip(a.Text, 90)
	}
	return clip(c.Narrative, 90)
}

func (k talk) marks(p app.CasePage) []Mark {
	var out []Mark
	for _, r := range p.Case.LiveReferences() {
		ch, _ := party.ChannelOf(r.Channel)
		m := Mark{Text: k.channel(r.Channel), Icon: "inbox"}
		if ch.Regulator {
			m.Kind, m.Icon = "reg", "building-bank"
		}
		if r.N == 1 || ch.Regulator || ch.Sender {
			out = append(out, m)
		}
	}
	if major := p.Case.Major; major != nil {
		out = append(out, Mark{Text: k.t("case.major"), Kind: "bad", Icon: "alert-triangle"})
	}
	for _, v := range p.Case.Vulnerable {
		out = append(out, Mark{Text: k.label("vulnerability", v), Kind: "warn", Icon: "heart-handshake"})
	}
	if p.Case.Reopened > 0 {
		out = append(out, Mark{Text: k.t("case.reopened", "Count", p.Case.Reopened), Icon: "repeat"})
	}
	return out
}

// mainVerbs are the buttons of the head; those that the case refuses stay, with the reason.
func mainVerbs(c complaint.Case) []string {
	switch {
	case c.State == complaint.Merged:
		return []string{"unmerge"}
	case !c.Active():
		return []string{"record-follow-up", "reopen", "close"}
	case c.Nature != complaint.Complaint:
		return []string{"record-contact", "assign", "answer-other"}
	}
	return []string{"record-contact", "assign", "propose-decision"}
}

func (m *room) view(r *http.Request, p app.CasePage) View {
	k, show := m.talk(r), r.URL.Query().Get("show")
	acts := m.actions(r, p)
	v := View{Head: m.head(r, p), Act: acts, Next: m.next(k, p, acts), Hints: m.hints(k, p), Groups5: k.steps(p, m.app.Now(), acts["finish-step"]), People: k.people(p), Matter: k.matter(p), Points: k.points(p, acts["find"])}
	for _, name := range mainVerbs(p.Case) {
		if needs := slices.IndexFunc(specs, func(s spec) bool { return s.name == name }); needs >= 0 && p.May[specs[needs].need()].Allow {
			v.Main = append(v.Main, acts[name]) // what the role never gives is not held out here; the list of all says why
		}
	}
	v.Groups, v.Closed = grouped(acts)
	v.Files, v.Letters, v.Drafts = k.files(p), k.letters(p), k.drafts(p)
	v.Locked = !p.Originals && len(v.Files)+len(v.Letters) > 0
	v.Upload = may(p, complaint.Attach{}.Action()) && p.Case.State != complaint.Merged
	v.Mails = mails(p)
	all := k.digest(p)
	v.Shown, v.Filters = shown(all, show), filters(p, all, show)
	v.Live, v.Past = k.clocks(p, m.app.SoonDays())
	v.Side = k.side(p)
	v.Codings = k.codings(p)
	for _, c := range v.Codings {
		if c.Has() {
			v.Coded++
		} else {
			v.Uncoded++
		}
	}
	v.Approvals = m.approvals(k, p)
	for _, a := range v.Approvals {
		if !a.Waiting {
			v.Granted++
		}
	}
	if may(p, "complaint.trace") {
		v.Trace = path(p.Case.ID, "/access")
	}
	if may(p, complaint.SaveDraft{}.Action()) && p.Case.Open() {
		v.Reply = path(p.Case.ID, "/reply")
	}
	if len(p.Case.Contacts) > 0 && m.app.Assist().On && may(p, access.HandleComplaint) {
		v.Summarise = path(p.Case.ID, "/assist/summary")
	}
	if !p.ArchivedAt.IsZero() {
		v.Archived = p.ArchivedAt.In(zone).Format("2006-01-02")
	}
	v.Beside = access.May(web.Actor(r), access.ReadPrecedent)
	v.Print = path(p.Case.ID, "/print")
	if may(p, access.ExportComplaint) {
		v.CaseFile = path(p.Case.ID, "/case-file")
	}
	if p.Case.MergedInto != 0 {
		v.Into = &v.Related[0]
	}
	return v
}

// hints are what a handler should not forget; they stop nothing.
func (m *room) hints(k talk, p app.CasePage) []web.Check {
	if e := p.Case.Erased; e != nil { // nothing else can be done
		return []web.Check{{Text: k.t("case.erased", "Date", e.At.In(zone).Format("2006-01-02"), "Number", strconv.FormatInt(e.Run, 10))}}
	}
	var out []web.Check
	for _, h := range p.Case.Hints(p.Today) {
		c := web.Check{Text: h.Text, MendBy: "case.mend"}
		if k.lang == web.English {
			c.Text, c.Label = "", "case.hint."+h.ID
		}
		if h.Mend != "" {
			c.Mend = mend(p, h.Mend)
		}
		out = append(out, c)
	}
	return out
}

// Matter is what was taken down.
type Matter struct {
	Narrative web.Masked
	Demand    string
	Requests  []string
	Facts     []Fact
}

// Fact is one line of a list of facts; Label is a message id.
type Fact struct {
	Label, Value string
	Num          bool
}

func (k talk) matter(p app.CasePage) Matter {
	c, book := p.Case, complaint.Book()
	m := Matter{Narrative: web.Masked{Text: c.Narrative, Field: "narrative"}, Demand: c.Demand}
	if strings.Contains(c.Narrative, "**") && may(p, access.RevealComplaint) {
		m.Narrative.Reveal = path(c.ID, "/reveal") // only a text that hides a number has something to show
	}
	for _, q := range c.Requests {
		m.Requests = append(m.Requests, k.label("request", q))
	}
	var rights []string
	for _, id := range c.Codes.Rights {
		rights = append(rights, k.code(book.Rights, id))
	}
	add := func(label, value string) {
		if value != "" {
			m.Facts = append(m.Facts, Fact{Label: label, Value: value})
		}
	}
	add("case.f.product", k.code(book.Products, c.Codes.Product))
	add("case.f.reason", k.code(book.Reasons, c.Codes.Reason))
	add("case.f.rights", strings.Join(rights, k.t("case.comma")))
	add("case.f.life_cycle", k.code(book.LifeCycle, c.Codes.LifeCycle))
	add("case.f.business_channel", k.code(book.Business, c.Codes.Business))
	if c.Amount != 0 {
		add("case.f.amount", web.Money(c.Amount))
	}
	return m
}

// Point is one allegation as a card.
type Point struct {
	complaint.Allegation
	Outcome string
	Kind    string
	Find    Action
	Change  string
}

var outcomeKinds = map[complaint.Outcome]string{complaint.Upheld: "bad", complaint.Partly: "warn", complaint.NotUpheld: "good"}

func (k talk) points(p app.CasePage, find Action) []Point {
	var out []Point
	for _, a := range p.Case.Live() {
		pt := Point{Allegation: a, Find: find, Change: web.Link(path(p.Case.ID, "/do/change-point"), "n", a.N)}
		pt.Find.Link = web.Link(find.Link, "n", a.N)
		if a.Finding != nil {
			pt.Outcome, pt.Kind = k.label("outcome", string(a.Finding.Outcome)), outcomeKinds[a.Finding.Outcome]
		}
		out = append(out, pt)
	}
	return out
}

// spent writes a duration as people say it.
func (k talk) spent(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Hour:
		return k.t("case.minutes", "Count", int(d.Minutes())+1)
	case d < 48*time.Hour:
		return k.t("case.hours", "Count", int(d.Hours()))
	}
	return k.t("case.days", "Count", int(d.Hours()/24))
}

package demo

import (
	"bytes"
	"context"
	_ "embed"
	"io"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
)

//go:embed data/reviews.toml
var reviewsTOML string

// dossier is one review of the demo: what is handed in and what becomes of it.
type dossier struct {
	Kind, Title   string
	By            party.PersonID
	Reviewer      party.PersonID
	Product, Line string
	Ago           int
	Fate          string
	File          string // name of the file that holds the text; "" is pasted
	Prior         string // title of the review that it changes
	Form          map[string]string
	Text, Mended  string
	Final         string // the version that head office asks for
}

type reviewBook struct {
	Defaults map[string]string
	Product  []struct {
		ID, Name, Line, Issuer, Series, Grade, Code, Unit, Status string
	}
	Review []dossier
}

var theReviews = sync.OnceValue(func() reviewBook {
	var b reviewBook
	if _, err := toml.Decode(reviewsTOML, &b); err != nil {
		panic("reviews.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return b
})

// fates are what becomes of a review: acts of docket, in order.
var fates = map[string]string{
	"draft":         "",
	"sent-back":     "hand-in take send-back",
	"submitted":     "hand-in",
	"urgent":        "hand-in-urgent take",
	"in-review":     "hand-in take judge-some",
	"late":          "hand-in idle take judge-some",
	"questions":     "hand-in take ask",
	"opinion":       "hand-in take judge opinion",
	"noted":         "hand-in take judge note opinion",
	"answered":      "hand-in take judge opinion mend adopt",
	"escalated":     "hand-in take judge opinion refuse raise",
	"confirmed":     "hand-in take judge opinion mend adopt check judge",
	"withdrawn":     "hand-in take judge opinion take-back",
	"vetoed":        "hand-in take judge opinion veto",
	"approved":      "hand-in take judge opinion mend adopt check judge clear",
	"approved-late": "hand-in linger take judge opinion mend adopt check judge clear",
	"returned":      "hand-in take send-back hand-in judge opinion mend adopt check judge clear",
	"conditional":   "hand-in take ask reply judge opinion mend adopt check judge conditions",
	"expired":       "hand-in take judge opinion mend adopt check judge clear-short",
	"revoked":       "hand-in take judge opinion mend adopt check judge clear idle revoke",
	"replaced":      "hand-in take judge opinion mend adopt check judge clear",
	"two-stage":     "hand-in take judge opinion mend adopt check judge pass-up take-head disagree judge opinion mend-final adopt check judge clear",
}

// deskOf are the people who decide at the desk of an institution, and who settles
// what a reviewer raised.
var deskOf = map[party.UnitID][2]party.PersonID{headOffice: {"p2", "p1"}, "0110": {"p15", "p16"}, "0131": {"p19", "p20"}, "0144": {"p23", "p24"}}

// headReviewer reviews at head office what a branch passed up.
const headReviewer party.PersonID = "v2"

// docket runs one dossier.
type docket struct {
	dossier
	life  *life
	staff staff
	file  map[string]review.ID // by title, shared
	r     review.Review
	head  bool // at head office by now, while planning
}

// reviews plans the reviews of the demo, each with a life of its own on the same calendar.
func (p *planner) reviews(seed uint64) []*life {
	rng := rand.New(rand.NewPCG(seed, 20220009))
	file := map[string]review.ID{}
	var out []*life
	for _, d := range theReviews().Review {
		l := &life{rng: rng, cal: p.cal, staff: p.staff, pace: 0.5}
		if d.Ago > 20 { // what is long over took its time
			l.pace = 1.5
		}
		l.at = p.arrival("counter", d.Ago)
		k := &docket{dossier: d, life: l, staff: p.staff, file: file}
		k.draft()
		for act := range strings.FieldsSeq(fates[d.Fate]) {
			acts[act](k)
		}
		out = append(out, l)
	}
	return out
}

// products enters the register.
func products(ctx context.Context, a *app.App, who party.Actor) error {
	for _, x := range theReviews().Product {
		if x.Status == "" {
			x.Status = "on_sale"
		}
		p := catalog.Product{ID: x.ID, Name: x.Name, Line: x.Line, Issuer: x.Issuer, Series: x.Series, Grade: x.Grade, Code: x.Code, Unit: party.UnitID(x.Unit), Status: x.Status, From: a.Today()}
		if err := a.SetProduct(ctx, who, p); err != nil {
			return err
		}
	}
	return nil
}

// act plans an act of a person after some office hours. An error says which review.
func (k *docket) act(who party.PersonID, hours float64, run func(context.Context, *teller, party.Actor) error) {
	k.life.wait(hours)
	k.life.act(who, func(ctx context.Context, t *teller, _ *life, by party.Actor) error {
		err := run(ctx, t, by)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s（%s）：%s", k.Title, k.r.State, fault.Message(err))
		}
		return nil
	})
}

// do plans a command that is made when its time has come; nil leaves it out.
func (k *docket) do(who party.PersonID, hours float64, make func(r review.Review, today calendar.Date) []review.Command) {
	k.act(who, hours, func(ctx context.Context, t *teller, by party.Actor) error {
		for _, c := range make(k.r, t.app.Today()) {
			r, err := t.app.DoReview(ctx, by, k.r.ID, 0, c)
			if err != nil {
				return err
			}
			k.r = r
		}
		return nil
	})
}

func just(c review.Command) func(review.Review, calendar.Date) []review.Command {
	return func(review.Review, calendar.Date) []review.Command { return []review.Command{c} }
}

// draft plans the first step: the form with its material.
func (k *docket) draft() {
	k.life.act(k.By, func(ctx context.Context, t *teller, _ *life, by party.Actor) error {
		r, err := t.app.Draft(ctx, by, review.NewDraft{Kind: k.Kind, Title: k.Title, Product: k.Product, Form: k.form(t.app.Today()), Prior: k.file[k.Prior]})
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s：%s", k.Title, fault.Message(err))
		}
		k.r = r
		k.file[k.Title] = r.ID
		return k.add(ctx, t, by, k.Text, "")
	})
}

// form answers what the kind asks, from the dossier, else from the defaults.
func (k *docket) form(today calendar.Date) map[string]string {
	kind, _ := review.KindOf(k.Kind)
	out := map[string]string{}
	for _, f := range kind.Form() {
		v, ok := k.Form[f.ID]
		switch {
		case ok:
		case f.ID == "line":
			v = k.Line
		case f.ID == "publish_on":
			v = today.AddDays(12).String()
		case f.ID == "publish_until":
			v = today.AddDays(100).String()
		case f.ID == "announce_on":
			v = today.AddDays(5).String()
		case f.Required || f.ID == "channels":
			v = theReviews().Defaults[f.ID]
		}
		if v != "" {
			out[f.ID] = v
		}
	}
	return out
}

// add hands in a version: a pasted text or a document that is written here.
func (k *docket) add(ctx context.Context, t *teller, by party.Actor, text, note string) error {
	text = strings.TrimSpace(text)
	var files []app.Upload
	if k.File != "" {
		b, err := paperOf(k.File, text)
		if err != nil {
			return err
		}
		files, text = []app.Upload{{Name: k.File, Body: b}}, ""
	}
	r, err := t.app.AddMaterial(ctx, by, k.r.ID, 0, text, note, files)
	if err == nil {
		k.r = r
	}
	return err
}

// paperOf writes a text as the document its name says: the first line is the
// title, lines that begin with 第 are headings.
func paperOf(name, text string) (io.Reader, error) {
	lines := strings.Split(text, "\n")
	l := document.Letter{Issuer: "青禾示范银行", Title: lines[0]}
	for _, s := range lines[1:] {
		kind := document.Paragraph
		if strings.HasPrefix(s, "第") && len([]rune(s)) < 20 {
			kind = document.Heading
		}
		l.Blocks = append(l.Blocks, document.Block{Kind: kind, Text: s})
	}
	var b bytes.Buffer
	if strings.HasSuffix(name, ".pdf") {
		_, err := document.WritePDF(&b, l)
		return &b, err
	}
	return &b, document.WriteDOCX(&b, l)
}

package house

import (
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// examinationsView is the page of the examinations and the form of a new one.
type examinationsView struct {
	May   bool
	Form  *web.Form
	Rows  []examinationRow
	Fresh *app.OpenedExamination // its password is shown this once
	Waits int64                  // number of the change that has to be confirmed first, 0 for none
	Empty web.Empty
}

type examinationRow struct {
	app.ExaminationView
	Drawn int
	Bad   string // why the draw does not repeat
	End   string // path of the early end, "" when it is over
}

func (h *house) examinationsView(r *http.Request, form *web.Form) (examinationsView, error) {
	v := examinationsView{May: access.May(web.Actor(r), access.ManageParty), Form: form, Empty: web.Empty{Icon: "report-search", Title: "examine.none", Text: "examine.none.text"}}
	list, err := h.a.Examinations(r.Context(), web.Actor(r))
	for _, e := range list {
		row := examinationRow{ExaminationView: e, Drawn: len(e.Cases)}
		if e.Repeated != nil {
			row.Bad = fault.Message(e.Repeated)
		}
		if e.Live && v.May {
			row.End = "/people/examinations/" + strconv.FormatInt(e.ID, 10) + "/end"
		}
		v.Rows = append(v.Rows, row)
	}
	return v, err
}

// examinations lists them.
func (h *house) examinations(w http.ResponseWriter, r *http.Request) error {
	today := h.a.Today()
	v, err := h.examinationsView(r, web.NewForm("size", "20", "until", today.AddDays(30).String(), "from", today.AddDays(-365).String(), "to", today.String()))
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/examinations", v)
}

// openExamination draws a sample and shows the password of the account, once.
func (h *house) openExamination(w http.ResponseWriter, r *http.Request) error {
	typed, err := web.FormOf(r)
	if err != nil {
		return err
	}
	size, _ := strconv.Atoi(typed.Get("size"))
	ask := examine.Request{Name: typed.Get("name"), Login: typed.Get("login"), Reason: typed.Get("reason"), Seed: typed.Get("seed"), Size: size}
	for name, into := range map[string]*calendar.Date{"until": &ask.Until, "from": &ask.From, "to": &ask.To} {
		*into, _ = calendar.Parse(typed.Get(name)) // the check says which is missing
	}
	e, refused := h.a.OpenExamination(r.Context(), web.Actor(r), ask)
	waits := waiting(refused)
	if refused != nil && waits == 0 {
		v, err := h.examinationsView(r, typed.Refuse(refused))
		if err != nil {
			return refused
		}
		return web.Again("house/examinations", v, refused)
	}
	v, err := h.examinationsView(r, web.NewForm())
	if err != nil {
		return err
	}
	v.Fresh, v.Waits = &e, waits
	w.Header().Set("Cache-Control", "no-store")
	return h.site.Render(w, r, "house/examinations", v)
}

// endExamination ends one before its time.
func (h *house) endExamination(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("examination"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "没有这次检查")
	}
	if err := h.a.EndExamination(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	h.site.Flash(w, "good", "examine.ended")
	return to(w, r, "/people/examinations")
}

// sampleView is what an examiner works through.
type sampleView struct {
	app.Sample
	Rows []sampleRow
	Root string
}

type sampleRow struct {
	app.SampledCase
	Link, Bad string
}

// sample is the examiner's own page.
func (h *house) sample(w http.ResponseWriter, r *http.Request) error {
	s, err := h.a.Sample(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	v := sampleView{Sample: s, Root: s.Checkpoint.Root.String()}
	for _, c := range s.Cases {
		row := sampleRow{SampledCase: c, Link: "/complaints/" + c.ID.String()}
		if c.Broken != nil {
			row.Bad = fault.Message(c.Broken)
		}
		v.Rows = append(v.Rows, row)
	}
	return h.site.Render(w, r, "house/sample", v)
}

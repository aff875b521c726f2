package keeping

import (
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// shownDue bounds the lists of the schedule.
const shownDue = 100

func retentionTabs(here string) []web.Tab {
	tabs := []web.Tab{{Label: "keeping.due", Link: "/retention"}, {Label: "keeping.holds", Link: "/retention/holds"}}
	for i := range tabs {
		tabs[i].Here = tabs[i].Link == here
	}
	return tabs
}

type retentionView struct {
	Tabs    []web.Tab
	May     bool
	Due     []dueRow
	Held    []dueRow
	Runs    []runRow
	Classes []classRow
	Empty   web.Empty
	Archive archiveView
}

// archiveView is how the archive stands.
type archiveView struct {
	app.ArchiveStatus
	Dot, StateKey, Size string
}

func (m *room) archive(r *http.Request) (v archiveView, err error) {
	if v.ArchiveStatus, err = m.a.Archive(r.Context(), web.Actor(r)); err != nil {
		return v, err
	}
	v.Dot, v.StateKey, v.Size = dots[v.State], "keeping.archive."+v.State, web.Size(v.ArchiveStatus.Size.Bytes)
	return v, nil
}

type dueRow struct {
	Link, Number, Unit string
	Closed, Until      string
	Classes            []string
	Hold               int64
}

type runRow struct {
	storage.RunRow
	Link, Name, Decider   string
	GroundKey, State, Dot string
}

type classRow struct {
	Name, Note, Grade string
	Years             int64
	Cites             []string
}

func (k talk) due(org *app.Org, list []app.DueCase) (out []dueRow) {
	for _, d := range list {
		row := dueRow{Link: "/complaints/" + d.ID.String(), Number: d.Number, Unit: org.Tree.Name(d.Unit), Closed: d.Closed.String(), Until: d.Until.String(), Hold: d.Hold}
		for _, c := range d.Kept {
			row.Classes = append(row.Classes, k.either(c.Class.Name, c.Class.NameEn))
		}
		out = append(out, row)
	}
	return out
}

func (m *room) retention(w http.ResponseWriter, r *http.Request) error {
	who, k := web.Actor(r), m.talk(r)
	org, err := m.a.Org(r.Context())
	if err != nil {
		return err
	}
	due, held, err := m.a.DueForErasure(r.Context(), who, shownDue)
	if err != nil {
		return err
	}
	runs, err := m.a.ErasureRuns(r.Context(), who, 0, pageRows)
	if err != nil {
		return err
	}
	v := retentionView{Tabs: retentionTabs("/retention"), May: access.May(who, access.ProposeErasure), Due: k.due(org, due), Held: k.due(org, held), Empty: web.Empty{Icon: "circle-check", Title: "keeping.due.none", Text: "keeping.due.none_text"}}
	for _, one := range runs {
		row := runRow{RunRow: one, Link: "/retention/runs/" + itoa(one.N), Name: org.Name(one.Who), GroundKey: "keeping.ground." + one.Ground, State: "keeping.run." + one.State, Dot: dots[one.State]}
		if one.DecidedBy != "" {
			row.Decider = org.Name(one.DecidedBy)
		}
		v.Runs = append(v.Runs, row)
	}
	if v.Classes, err = m.classes(k); err != nil {
		return err
	}
	if v.Archive, err = m.archive(r); err != nil {
		return err
	}
	return m.site.Render(w, r, "keeping/retention", v)
}

func (m *room) classes(k talk) (out []classRow, err error) {
	classes, err := m.a.RetentionYears()
	if err != nil {
		return nil, err
	}
	rules := m.a.Rules(m.a.Today())
	short := map[string]string{}
	for _, i := range rules.Instruments() {
		short[i.ID] = i.Short
	}
	for _, c := range classes {
		row := classRow{Name: k.either(c.Class.Name, c.Class.NameEn), Note: k.either(c.Class.Note, c.Class.NoteEn), Grade: "keeping.grade." + c.Class.Grade, Years: c.Years}
		for _, s := range c.Class.Cite {
			row.Cites = append(row.Cites, short[s.Instrument]+" "+articleText(s.Article))
		}
		out = append(out, row)
	}
	return out, nil
}

// articleText writes the number of an article; a name of one stays as it is.
func articleText(number string) string {
	if number != "" && number[0] >= '0' && number[0] <= '9' {
		return "第" + number + "条"
	}
	return number
}

// propose opens a protocol over what is due.
func (m *room) propose(w http.ResponseWriter, r *http.Request) error {
	n, err := m.a.ProposeDue(r.Context(), web.Actor(r), 0)
	if err != nil {
		return err
	}
	return m.done(w, r, "keeping.run.opened", "/retention/runs/"+itoa(n))
}

type eraseView struct {
	Form    *web.Form
	Grounds []web.Option
}

func newEraseView(f *web.Form) eraseView {
	return eraseView{f, options("keeping.ground.", keeping.Grounds)}
}

func (m *room) eraseForm(w http.ResponseWriter, r *http.Request) error {
	return m.site.Render(w, r, "keeping/erase", newEraseView(web.NewForm("number", r.URL.Query().Get("number"), "ground", string(keeping.GroundConsent))))
}

// erase opens a protocol over one case.
func (m *room) erase(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	n, err := m.eraseCase(r, f)
	if err != nil {
		return web.Again("keeping/erase", newEraseView(f.Refuse(err)), err)
	}
	return m.done(w, r, "keeping.run.opened", "/retention/runs/"+itoa(n))
}

func (m *room) eraseCase(r *http.Request, f *web.Form) (int64, error) {
	id, err := m.caseOf(r, f)
	if err != nil {
		return 0, err
	}
	return m.a.ProposeErasure(r.Context(), web.Actor(r), id, keeping.Ground(f.Get("ground")), f.Get("reason"), f.Get("despite"))
}

func (m *room) caseOf(r *http.Request, f *web.Form) (complaint.ID, error) {
	var v fault.Fields
	v.Need(f.Get("number") != "", "number", "请填写投诉编号")
	if err := v.Err(); err != nil {
		return 0, err
	}
	return m.a.ByNumber(r.Context(), f.Get("number"))
}

type runView struct {
	app.RunPage
	Name, Decider string
	GroundKey     string
	StateKey, Dot string
	Still         []dueRow
	Backups       time.Time // older ones still hold the keys
	Decide        bool
	Own           bool // the reader proposed it
	Form          *web.Form
}

func (m *room) runView(r *http.Request) (v runView, err error) {
	n, err := number(r)
	if err != nil {
		return v, err
	}
	who := web.Actor(r)
	if v.RunPage, err = m.a.ErasureRun(r.Context(), who, n); err != nil {
		return v, err
	}
	v.Name, v.GroundKey, v.StateKey, v.Dot, v.Form = v.Org.Name(v.By), "keeping.ground."+string(v.Ground), "keeping.run."+string(v.State), dots[string(v.State)], &web.Form{}
	if v.DecidedBy != "" {
		v.Decider = v.Org.Name(v.DecidedBy)
	}
	v.Still, v.Backups, v.Own = m.talk(r).due(v.Org, v.Listed), app.BackupWarning(v.Run), v.By == who.ID
	v.Decide = v.State == keeping.RunProposed && !v.Own && access.May(who, access.ApproveErasure)
	return v, nil
}

func (m *room) run(w http.ResponseWriter, r *http.Request) error {
	v, err := m.runView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "keeping/run", v)
}

func (m *room) decideRun(w http.ResponseWriter, r *http.Request) error {
	v, err := m.runView(r)
	if err != nil {
		return err
	}
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	ok := f.Get("verdict") == "approve"
	if err := m.a.DecideRun(r.Context(), web.Actor(r), v.N, ok, f.Get("why")); err != nil {
		v.Form = f.Refuse(err)
		return web.Again("keeping/run", v, err)
	}
	return m.done(w, r, "keeping.run.decided", "/retention/runs/"+itoa(v.N))
}

type holdsView struct {
	Tabs []web.Tab
	May  bool
	Form *web.Form
	Rows []holdRow
}

type holdRow struct {
	keeping.Hold
	Link, Name, Lifter string
	UntilText          string
	Stands             bool
}

func (m *room) holdsView(r *http.Request, f *web.Form) (v holdsView, err error) {
	who := web.Actor(r)
	list, err := m.a.Holds(r.Context(), who, shownDue)
	if err != nil {
		return v, err
	}
	org, err := m.a.Org(r.Context())
	if err != nil {
		return v, err
	}
	v = holdsView{Tabs: retentionTabs("/retention/holds"), May: access.May(who, access.HoldComplaint), Form: f}
	for _, h := range list {
		row := holdRow{Hold: h, Link: "/complaints/" + complaint.ID(h.Case).String(), Name: org.Name(h.By), UntilText: h.Until.String(), Stands: h.Holds(m.a.Today())}
		if h.LiftedBy != "" {
			row.Lifter = org.Name(h.LiftedBy)
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

func (m *room) holds(w http.ResponseWriter, r *http.Request) error {
	v, err := m.holdsView(r, web.NewForm("number", r.URL.Query().Get("number")))
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "keeping/holds", v)
}

func (m *room) place(w http.ResponseWriter, r *http.Request) error {
	return m.changeHold(w, r, "keeping.hold.placed", func(f *web.Form) error {
		id, err := m.caseOf(r, f)
		if err != nil {
			return err
		}
		var until calendar.Date
		if day := f.Get("until"); day != "" {
			if until, err = calendar.Parse(day); err != nil {
				var v fault.Fields
				v.Add("until", "截止日不是正确的日期，请写成 2026-05-01 的样子")
				return v.Err()
			}
		}
		_, err = m.a.PlaceHold(r.Context(), web.Actor(r), id, until, f.Get("reason"))
		return err
	})
}

func (m *room) lift(w http.ResponseWriter, r *http.Request) error {
	return m.changeHold(w, r, "keeping.hold.lifted", func(f *web.Form) error {
		n, err := number(r)
		if err != nil {
			return err
		}
		return m.a.LiftHold(r.Context(), web.Actor(r), n, f.Get("why"))
	})
}

func (m *room) changeHold(w http.ResponseWriter, r *http.Request, done string, do func(*web.Form) error) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := do(f); err != nil {
		v, broken := m.holdsView(r, f.Refuse(err))
		if broken != nil {
			return err
		}
		return web.Again("keeping/holds", v, err)
	}
	return m.done(w, r, done, "/retention/holds")
}

package reviews

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// bulkRoutes are the addresses of checking and re-checking many files.
func (m *room) bulkRoutes() []web.Route {
	need := access.RecheckMaterial
	return []web.Route{
		{Method: "GET", Path: "/reviews/scan", Need: need, Handler: m.bulk},
		{Method: "POST", Path: "/reviews/scan", Need: need, Handler: m.bulkStart, MaxBody: app.MaxBulkUpload},
		{Method: "GET", Path: "/review-jobs/{job}", Need: need, Handler: m.bulkJob},
		{Method: "GET", Path: "/review-jobs/{job}/progress", Need: need, Handler: m.bulkProgress},
		{Method: "POST", Path: "/review-jobs/{job}/stop", Need: need, Handler: m.bulkStop},
		{Method: "GET", Path: "/review-jobs/{job}/result/{form}", Need: need, Fresh: true, Handler: m.bulkResult},
	}
}

type bulkView struct {
	Form  *web.Form
	Kinds []web.Option
	Lines []web.Option
}

func (m *room) bulkView(r *http.Request, form *web.Form) bulkView {
	k := m.talk(r)
	v := bulkView{Form: form, Lines: []web.Option{{Label: "reviews.bulk.any_line"}}}
	for _, one := range review.MaterialKinds() {
		v.Kinds = append(v.Kinds, web.Option{Value: one.ID, Text: k.kind(one.ID)})
	}
	for _, f := range review.MaterialKinds()[0].Form() {
		for _, o := range f.Options {
			if f.ID == "line" {
				v.Lines = append(v.Lines, web.Option{Value: o.ID, Text: k.in(o.Name, o.NameEn)})
			}
		}
	}
	return v
}

func (m *room) bulk(w http.ResponseWriter, r *http.Request) error {
	form := web.NewForm("mode", app.BulkScan, "kind", "marketing.poster", "on", m.a.Today().String())
	return m.site.Render(w, r, "reviews/scan", m.bulkView(r, form))
}

// bulkStart takes the files in and leads to the page of the job.
func (m *room) bulkStart(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	id, err := m.startBulk(r, form)
	if err != nil {
		return web.Again("reviews/scan", m.bulkView(r, form.Refuse(err)), err)
	}
	http.Redirect(w, r, "/review-jobs/"+id, http.StatusSeeOther)
	return nil
}

func (m *room) startBulk(r *http.Request, form *web.Form) (string, error) {
	o := app.BulkOrder{Mode: form.Get("mode"), Kind: form.Get("kind"), Line: form.Get("line")}
	if on := form.Get("on"); on != "" {
		var err error
		if o.On, err = calendar.Parse(on); err != nil {
			var f fault.Fields
			f.Add("on", "日期不正确，例如 2026-05-01")
			return "", f.Err()
		}
	}
	return m.a.StartBulk(r.Context(), web.Actor(r), o, uploads(r))
}

type bulkJobView struct {
	Job      app.BulkJob
	Kind     string
	Progress web.Progress
	Lines    []bulkLine
}

type bulkLine struct {
	app.BulkLine
	Said string // message id of the result
	Mark string
}

// bulkMarks colour the results; what is not listed is neutral.
var bulkMarks = map[string]string{app.BulkFound: "bad", app.BulkUnread: "warn", string(app.StandsExpired): "bad", string(app.StandsEnded): "bad", string(app.StandsRefused): "bad",
	string(app.StandsUnknown): "bad", string(app.StandsDiffers): "warn", string(app.StandsOther): "warn", string(app.StandsPending): "warn"}

func (m *room) bulkJobView(r *http.Request) (bulkJobView, error) {
	j, err := m.a.BulkJob(r.Context(), web.Actor(r), r.PathValue("job"))
	if err != nil {
		return bulkJobView{}, err
	}
	k := m.talk(r)
	v := bulkJobView{Job: j, Kind: k.kind(j.Order.Kind)}
	title := ""
	if len(j.Names) > 0 {
		title = k.t("reviews.bulk.files", "Name", j.Names[0], "Count", len(j.Names))
	}
	state := j.State
	if state == "running" {
		state = "checking" // nothing is imported here
	}
	p := web.Progress{Title: title, State: "imports.state." + state, Done: j.Done, All: max(j.All, j.Done, 1)}
	if j.Goes() {
		p.Refresh, p.Stop = "/review-jobs/"+j.ID+"/progress", "/review-jobs/"+j.ID+"/stop"
	}
	if j.Result {
		p.File, p.FileName = "/review-jobs/"+j.ID+"/result/xlsx", "result.xlsx"
	}
	for _, result := range bulkResults(j.Order.Mode) {
		if n := j.Counts[result]; n > 0 {
			p.Results = append(p.Results, web.Result{Label: "reviews.bulk." + result, N: n})
		}
	}
	v.Progress = p
	for _, l := range j.Lines {
		v.Lines = append(v.Lines, bulkLine{l, "reviews.bulk." + l.Result, bulkMarks[l.Result]})
	}
	return v, nil
}

// bulkResults lists what may become of a file, best first.
func bulkResults(mode string) []string {
	if mode == app.BulkScan {
		return []string{app.BulkClean, app.BulkFound, app.BulkUnread}
	}
	var out []string
	for _, s := range app.Standings {
		out = append(out, string(s))
	}
	return append(out, app.BulkUnread)
}

func (m *room) bulkJob(w http.ResponseWriter, r *http.Request) error {
	v, err := m.bulkJobView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "reviews/scan-job", v)
}

// bulkProgress answers the part that replaces itself while the job runs; at its
// end the whole page comes, with the results.
func (m *room) bulkProgress(w http.ResponseWriter, r *http.Request) error {
	v, err := m.bulkJobView(r)
	if err != nil {
		return err
	}
	if !v.Job.Goes() {
		w.Header().Set("HX-Refresh", "true")
	}
	return m.site.Fragment(w, r, "reviews/scan-job", "progress", v.Progress)
}

func (m *room) bulkStop(w http.ResponseWriter, r *http.Request) error {
	if err := m.a.StopBulk(r.Context(), web.Actor(r), r.PathValue("job")); err != nil {
		return err
	}
	http.Redirect(w, r, "/review-jobs/"+r.PathValue("job"), http.StatusSeeOther)
	return nil
}

func (m *room) bulkResult(w http.ResponseWriter, r *http.Request) error {
	form, err := web.TableFormat(r.PathValue("form"))
	if err != nil {
		return err
	}
	k := m.talk(r)
	var b app.TakenFile
	if err := m.a.BulkResult(r.Context(), web.Actor(r), r.PathValue("job"), form, func(result string) string { return k.t("reviews.bulk." + result) }, &b); err != nil {
		return err
	}
	return web.SendTable(w, form, b.Name, &b)
}

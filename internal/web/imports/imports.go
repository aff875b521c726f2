// Package imports is the room where ledgers of complaints are taken in: upload,
// check, import, and what could not be taken.
package imports

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

const (
	// maxUpload is the table, the map and the rest of the form, in bytes.
	maxUpload = 66 << 20
	// maxMap bounds a map file, in bytes.
	maxMap = 256 << 10
	// listed is how many earlier imports the page shows.
	listed = 20
)

type room struct {
	site *web.Site
	app  *app.App
}

// Routes returns the addresses of the room.
func Routes(site *web.Site, a *app.App) []web.Route {
	m := &room{site, a}
	need := access.ImportComplaint
	return []web.Route{
		{Method: "GET", Path: "/imports", Need: need, Handler: m.list},
		{Method: "POST", Path: "/imports", Need: need, Handler: m.upload, MaxBody: maxUpload},
		{Method: "GET", Path: "/imports/{id}", Need: need, Handler: m.job},
		{Method: "GET", Path: "/imports/{id}/progress", Need: need, Handler: m.progress},
		{Method: "POST", Path: "/imports/{id}/run", Need: need, Handler: m.run},
		{Method: "POST", Path: "/imports/{id}/stop", Need: need, Handler: m.stop},
		{Method: "GET", Path: "/imports/{id}/rejected/{form}", Need: need, Fresh: true, Handler: m.rejected},
	}
}

type listView struct {
	Form     *web.Form
	Channels []web.Option
	Jobs     []jobLine
	Empty    web.Empty
}

type jobLine struct {
	Link, Name, State, Mark string // State is a message id
	By, At                  string
	Counts                  app.ImportCounts
}

func (m *room) list(w http.ResponseWriter, r *http.Request) error {
	v, err := m.listView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "imports/list", v)
}

func (m *room) listView(r *http.Request) (listView, error) {
	jobs, org, err := m.app.ImportJobs(r.Context(), web.Actor(r), listed)
	if err != nil {
		return listView{}, err
	}
	v := listView{Form: web.NewForm(), Empty: web.Empty{Icon: "file-import", Title: "imports.none", Text: "imports.none_text"},
		Channels: []web.Option{{Value: "", Label: "imports.channel_in_file"}}}
	for _, c := range party.Channels() {
		v.Channels = append(v.Channels, web.Option{Value: string(c.ID), Text: m.channelName(c, web.LangOf(r))})
	}
	for _, j := range jobs {
		v.Jobs = append(v.Jobs, jobLine{Link: "/imports/" + j.ID, Name: j.Name, State: "imports.state." + j.State, Mark: mark(j.State), By: org.Name(j.By), At: stamp(j.Created), Counts: j.Counts})
	}
	return v, nil
}

// channelName names a channel in the reader's language.
func (m *room) channelName(c party.Channel, lang web.Lang) string {
	if key := "desk.channel." + string(c.ID); lang == web.English && m.site.Texts().Has(lang, key) {
		return m.site.Texts().Text(lang, key)
	}
	return c.Name
}

// stamp writes a time for a list; the zero time is nothing.
func stamp(t time.Time) string {
	s, err := web.DateTime(t)
	if err != nil {
		return ""
	}
	return s
}

func mark(state string) string {
	switch state {
	case app.ImportDone:
		return "good"
	case app.ImportFailed:
		return "bad"
	case app.ImportStopped, app.ImportInterrupted, app.ImportChecked:
		return "warn"
	}
	return "reg"
}

// upload stores the table and leads to its page, where it is being checked.
func (m *room) upload(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	id, err := m.take(r, form)
	if err != nil {
		v, broken := m.listView(r)
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("imports/list", v, err)
	}
	http.Redirect(w, r, "/imports/"+id, http.StatusSeeOther)
	return nil
}

func (m *room) take(r *http.Request, form *web.Form) (string, error) {
	files := web.Files(r, "file")
	if len(files) == 0 {
		return "", wrong("file", "请选择要导入的文件（.xlsx 或 .csv）")
	}
	ext := strings.ToLower(filepath.Ext(files[0].Filename))
	if ext != ".xlsx" && ext != ".csv" && ext != ".tsv" && ext != ".txt" {
		return "", wrong("file", "只能导入 .xlsx 或 .csv 文件。旧版 .xls 请另存为 .xlsx")
	}
	text, err := mapText(r)
	if err != nil {
		return "", err
	}
	id, err := m.app.UploadImport(r.Context(), web.Actor(r), filepath.Base(files[0].Filename), files[0].Open(), text, party.ChannelID(form.Get("channel")))
	if fault.Is(err, fault.Invalid) && len(text) > 0 {
		return "", wrong("map", fault.Message(err))
	}
	return id, err
}

func wrong(field, text string) error {
	var f fault.Fields
	f.Add(field, "%s", text)
	return f.Err()
}

func mapText(r *http.Request) ([]byte, error) {
	files := web.Files(r, "map")
	if len(files) == 0 {
		return nil, nil // none was chosen
	}
	b, err := io.ReadAll(io.LimitReader(files[0].Open(), maxMap+1))
	if err != nil || len(b) > maxMap {
		return nil, wrong("map", "对照文件太大：最多 256 KB。请检查是否选错了文件")
	}
	return b, nil
}

type jobView struct {
	Job      app.ImportJob
	By       string
	Mark     string
	Progress web.Progress
	Columns  []columnLine
	Run      string // message id of the button
	Again    bool   // running goes on with what was begun
}

type columnLine struct {
	Sheet, Name, Field string // Field is a message id, "" for columns that are left out
}

func (m *room) job(w http.ResponseWriter, r *http.Request) error {
	v, err := m.jobView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "imports/job", v)
}

func (m *room) jobView(r *http.Request) (jobView, error) {
	j, err := m.app.ImportJob(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return jobView{}, err
	}
	org, err := m.app.Org(r.Context())
	if err != nil {
		return jobView{}, err
	}
	v := jobView{Job: j, By: org.Name(j.By), Mark: mark(j.State), Progress: progressOf(j), Run: "imports.run", Again: j.State != app.ImportChecked}
	if v.Again {
		v.Run = "imports.go_on"
	}
	for _, c := range j.Columns {
		line := columnLine{Sheet: c.Sheet, Name: c.Name}
		if c.Field != "" {
			line.Field = "imports.field." + c.Field
		}
		v.Columns = append(v.Columns, line)
	}
	return v, nil
}

func progressOf(j app.ImportJob) web.Progress {
	p := web.Progress{Title: j.Name, State: "imports.state." + j.State, Done: j.Done, All: max(j.All, j.Done, 1)}
	if !j.Goes() {
		p.Results = []web.Result{{Label: "imports.new", N: j.Counts.New}, {Label: "imports.attached", N: j.Counts.Attached},
			{Label: "imports.duplicate", N: j.Counts.Duplicate}, {Label: "imports.rejected", N: j.Counts.Rejected}}
	} else {
		p.Refresh, p.Stop = "/imports/"+j.ID+"/progress", "/imports/"+j.ID+"/stop"
	}
	return p
}

// progress answers the part that replaces itself while the job runs; at its end
// the whole page comes, with the results.
func (m *room) progress(w http.ResponseWriter, r *http.Request) error {
	v, err := m.jobView(r)
	if err != nil {
		return err
	}
	if !v.Job.Goes() {
		w.Header().Set("HX-Refresh", "true")
	}
	return m.site.Fragment(w, r, "imports/job", "progress", v.Progress)
}

func (m *room) run(w http.ResponseWriter, r *http.Request) error {
	if err := m.app.RunImport(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, "/imports/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

func (m *room) stop(w http.ResponseWriter, r *http.Request) error {
	if err := m.app.StopImport(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, "/imports/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

func (m *room) rejected(w http.ResponseWriter, r *http.Request) error {
	form, err := web.TableFormat(r.PathValue("form"))
	if err != nil {
		return err
	}
	var b app.TakenFile
	if err := m.app.RejectedRows(r.Context(), web.Actor(r), r.PathValue("id"), form, &b); err != nil {
		return err
	}
	return web.SendTable(w, form, b.Name, &b)
}

package laws

import (
	"encoding/base64"
	"io"
	"net/http"
	"path/filepath"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// maxFiles bounds the files of one import; the command line takes folders.
const maxFiles = 60

type importView struct {
	Form  *web.Form
	Files []previewLine // what the files hold; none before they were chosen
	Some  bool          // at least one would be taken
}

type previewLine struct {
	app.LawPreview
	Data    string // the file, posted back
	Message string // message id of the effect
	Mark    string
	Wrong   string // why the file cannot be taken
	Take    bool
}

func (m *room) choose(w http.ResponseWriter, r *http.Request) error {
	return m.site.Render(w, r, "laws/import", importView{Form: web.NewForm()})
}

var effectMarks = map[string]string{app.LawNew: "good", app.LawVersion: "good", app.LawReplaces: "warn", app.LawUnchanged: "reg"}

// preview reads the files and shows what they hold; nothing is stored yet.
func (m *room) preview(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	v := importView{Form: form}
	files, err := uploaded(r)
	if err == nil {
		for _, f := range files {
			line := m.previewLine(r, f)
			v.Some = v.Some || line.Take
			v.Files = append(v.Files, line)
		}
		return m.site.Render(w, r, "laws/import", v)
	}
	v.Form = form.Refuse(err)
	return web.Again("laws/import", v, err)
}

func (m *room) previewLine(r *http.Request, f app.LawFile) previewLine {
	p, err := m.a.PreviewLaw(r.Context(), web.Actor(r), f)
	if err != nil {
		return previewLine{LawPreview: app.LawPreview{File: f.Name}, Wrong: fault.Message(err), Message: "laws.effect.refused", Mark: "bad"}
	}
	take := p.Effect != app.LawUnchanged
	line := previewLine{LawPreview: p, Message: "laws.effect." + p.Effect, Mark: effectMarks[p.Effect], Take: take}
	if take {
		line.Data = base64.StdEncoding.EncodeToString(f.Data)
	}
	return line
}

// uploaded reads the files of the form.
func uploaded(r *http.Request) ([]app.LawFile, error) {
	heads := web.Files(r, "file")
	var f fault.Fields
	f.Need(len(heads) > 0, "file", "请选择要导入的法规正文（.txt、.md 或 .docx）。")
	f.Need(len(heads) <= maxFiles, "file", "一次最多 %d 个文件；更多的请用命令 xiaobao law import 目录。", maxFiles)
	if f.Err() != nil {
		return nil, f.Err()
	}
	var out []app.LawFile
	for _, h := range heads {
		data, err := io.ReadAll(h.Open())
		if err != nil {
			return nil, err
		}
		out = append(out, app.LawFile{Name: filepath.Base(h.Filename), Data: data})
	}
	return out, nil
}

// take imports what was previewed, with the ids and days that the person put right.
func (m *room) take(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	taken := 0
	names, datas, ids, froms := form.Values["name"], form.Values["data"], form.Values["id"], form.Values["from"]
	if len(datas) != len(names) || len(ids) != len(names) || len(froms) != len(names) {
		return fault.New(fault.Invalid, "提交的内容不完整，没有导入。请重新选择文件。")
	}
	var wrong error
	for i := range names {
		if err := m.takeOne(r, names[i], datas[i], ids[i], froms[i]); err != nil {
			wrong = err
			break
		}
		taken++
	}
	if wrong != nil {
		v := importView{Form: form.Refuse(wrong)}
		return web.Again("laws/import", v, wrong)
	}
	m.site.Flash(w, "good", "laws.taken", "Count", itoa(int64(taken)))
	http.Redirect(w, r, "/laws", http.StatusSeeOther)
	return nil
}

func (m *room) takeOne(r *http.Request, name, data, id, from string) error {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return fault.New(fault.Invalid, "%s 没有完整传回，请重新选择文件。", name)
	}
	var day calendar.Date
	if from != "" {
		if day, err = calendar.Parse(from); err != nil {
			return err
		}
	}
	_, err = m.a.ImportLaw(r.Context(), web.Actor(r), app.LawFile{Name: filepath.Base(name), Data: raw, Instrument: id, From: day})
	return err
}

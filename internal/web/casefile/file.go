package casefile

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// File is one attachment.
type File struct {
	N                    int
	Name, Size, At, By   string
	Link                 string
	FromConsumer, Sealed bool
}

func (k talk) files(p app.CasePage) []File {
	var out []File
	for _, f := range p.Case.Files {
		v := File{N: f.N, Name: f.Name, Size: size(f.Size), At: f.At.In(zone).Format("2006-01-02"), By: k.name(p, f.By), FromConsumer: f.Public, Sealed: f.Name == ""}
		if p.Originals {
			v.Link = path(p.Case.ID, "/files/"+itoa(f.N))
		}
		out = append(out, v)
	}
	return out
}

// upload takes one or more attachments. Each is a change of its own: when a later
// one is refused, the earlier ones are kept and the sentence names the one that was not.
func (m *room) upload(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if _, err := web.FormOf(r); err != nil {
		return err
	}
	files := web.Files(r, "file")
	if len(files) == 0 {
		return fault.New(fault.Invalid, "请选择要上传的文件")
	}
	for _, f := range files {
		if _, err = m.app.AttachFile(r.Context(), web.Actor(r), id, 0, f.Filename, f.Open()); err != nil {
			return err
		}
	}
	m.site.Flash(w, "good", "case.done", "Name", m.talk(r).label("command", "attach"))
	m.back(w, r, path(id, "#documents"))
	return nil
}

func (m *room) download(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return fault.New(fault.NotFound, "没有这个附件")
	}
	file, err := m.app.OpenFile(r.Context(), web.Actor(r), id, n)
	return m.send(w, r, file, err)
}

func (m *room) letterFile(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return fault.New(fault.NotFound, "没有这份文书")
	}
	file, err := m.app.OpenLetter(r.Context(), web.Actor(r), id, n, r.PathValue("form"))
	return m.send(w, r, file, err)
}

// send answers with a file that the browser keeps, never shows: what a consumer
// sent does not run on our site.
func (m *room) send(w http.ResponseWriter, _ *http.Request, file app.OpenedFile, err error) error {
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", file.Content)
	if file.Content == "" {
		h.Set("Content-Type", "application/octet-stream")
	}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if file.Size > 0 {
		h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	}
	_, _ = io.Copy(w, file) // the status is gone: a broken connection cannot be told
	return nil
}

// MailLine is a message that came by mail, names the case, and waits for somebody to
// confirm that it belongs to it.
type MailLine struct {
	app.MailWaiting
	Subject string // numbers hidden
	Link    string // "" for who may not read messages
	Confirm bool
}

func mails(p app.CasePage) (out []MailLine) {
	read := may(p, access.ReadInbox)
	for _, r := range p.Mails {
		line := MailLine{MailWaiting: r, Subject: complaint.MaskNumbers(r.Card.Subject), Confirm: read && may(p, complaint.RecordContact{}.Action())}
		if read {
			line.Link = web.Link("/inbox/mail", "n", r.ID)
		}
		out = append(out, line)
	}
	return out
}

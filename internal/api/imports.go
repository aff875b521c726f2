package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

const tagImport = "Imports"

// ImportView is one import of a table as it stands.
type ImportView struct {
	ID       string             `json:"id"`
	Name     string             `json:"name" doc:"Of the file"`
	State    string             `json:"state" doc:"checking, checked, running, done, stopped, interrupted, failed"`
	By       string             `json:"by"`
	Created  time.Time          `json:"created"`
	Updated  time.Time          `json:"updated"`
	Done     int                `json:"done" doc:"Rows decided"`
	All      int                `json:"all" doc:"Rows of the file"`
	Counts   app.ImportCounts   `json:"counts"`
	Columns  []app.ImportColumn `json:"columns,omitempty"`
	Notes    []string           `json:"notes,omitempty"`
	Problems []app.ImportedRow  `json:"problems,omitempty" doc:"Rows that were rejected or need a look"`
	Channel  party.ChannelID    `json:"channel,omitempty"`
	Mapped   bool               `json:"mapped,omitempty" doc:"With a map file"`
	Rejected bool               `json:"rejected,omitempty" doc:"Rejected rows can be downloaded"`
	Failure  string             `json:"failure,omitempty"`
	MayRun   bool               `json:"may_run"`
}

func importView(j app.ImportJob) ImportView {
	return ImportView{j.ID, j.Name, j.State, j.By, j.Created, j.Updated, j.Done, j.All, j.Counts, j.Columns, j.Notes, j.Problems, j.Channel, j.Mapped, j.Rejected, j.Failure, j.MayRun()}
}

// ImportsView lists imports, newest first.
type ImportsView struct {
	Imports []ImportView `json:"imports"`
}

// ImportIn is an import in the address.
type ImportIn struct {
	Import string `path:"import" maxLength:"64"`
}

type rejectedIn struct {
	ImportIn
	Format string `query:"format" enum:"xlsx,csv" default:"xlsx"`
}

func (s *rest) imports() {
	upload := post("/imports", "upload-import", tagImport, "Upload a table and check it (导入：上传并试算)", access.ImportComplaint, "UploadImport").answers(http.StatusCreated).
		says("multipart/form-data with file (XLSX or CSV), and if wanted map (TOML) and channel. The rows are checked at once and nothing is written until it is run; ask for the import to see how far it is.")
	answer(s, upload, s.uploadImport)
	s.api.OpenAPI().Paths[upload.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary"}, "map": {Type: huma.TypeString, Description: "TOML"}, "channel": {Type: huma.TypeString}}}}}}
	answer(s, get("/imports", "list-imports", tagImport, "Imports (导入记录)", access.ImportComplaint, "ImportJobs"), func(ctx context.Context, who party.Actor, in *pageIn) (*out[ImportsView], error) {
		jobs, _, err := s.ImportJobs(ctx, who, in.Limit)
		return body(ImportsView{each(jobs, importView)}), err
	})
	answer(s, get("/imports/{import}", "get-import", tagImport, "One import with its progress (导入进度)", access.ImportComplaint, "ImportJob"), func(ctx context.Context, who party.Actor, in *ImportIn) (*out[ImportView], error) {
		return s.importAs(ctx, who, in.Import)
	})
	answer(s, post("/imports/{import}/run", "run-import", tagImport, "Take the rows in, or go on (开始导入)", access.ImportComplaint, "RunImport").
		says("Running the same file twice changes nothing: rows are known by their keys."), func(ctx context.Context, who party.Actor, in *ImportIn) (*out[ImportView], error) {
		if err := s.RunImport(ctx, who, in.Import); err != nil {
			return nil, err
		}
		return s.importAs(ctx, who, in.Import)
	})
	answer(s, post("/imports/{import}/stop", "stop-import", tagImport, "Stop after the rows in hand (停止导入)", access.ImportComplaint, "StopImport"), func(ctx context.Context, who party.Actor, in *ImportIn) (*out[ImportView], error) {
		if err := s.StopImport(ctx, who, in.Import); err != nil {
			return nil, err
		}
		return s.importAs(ctx, who, in.Import)
	})
	answer(s, get("/imports/{import}/rejected", "download-rejected", tagImport, "The rejected rows with the reasons in a column (下载未导入的行)", access.ImportComplaint, "RejectedRows"), s.rejected)
}

func (s *rest) importAs(ctx context.Context, who party.Actor, id string) (*out[ImportView], error) {
	j, err := s.ImportJob(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &out[ImportView]{Location: Prefix + "/imports/" + id, Body: importView(j)}, nil
}

// formWithFile reads a form that brings one file under the name file.
func formWithFile(r *http.Request) (*web.Form, *web.File, error) {
	form, err := web.FormOf(r)
	if err != nil {
		return nil, nil, err
	}
	files := web.Files(r, "file")
	if len(files) != 1 {
		return nil, nil, fault.New(fault.Invalid, "请求里须有一个名为 file 的文件，现在有 %d 个", len(files))
	}
	return form, files[0], nil
}

func (s *rest) uploadImport(ctx context.Context, who party.Actor, _ *struct{}) (*out[ImportView], error) {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil { // before a large body is read
		return nil, err
	}
	r := callOf(ctx).r
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "multipart/form-data" {
		return nil, unsupported("表格须以 multipart/form-data 上传，文件放在名为 file 的部分")
	}
	form, file, err := formWithFile(r)
	if err != nil {
		return nil, err
	}
	id, err := s.UploadImport(ctx, who, file.Filename, file.Open(), []byte(form.Values.Get("map")), party.ChannelID(form.Values.Get("channel")))
	if err != nil {
		return nil, err
	}
	return s.importAs(ctx, who, id)
}

func (s *rest) rejected(ctx context.Context, who party.Actor, in *rejectedIn) (*huma.StreamResponse, error) {
	format := map[string]document.Format{"xlsx": document.XLSX, "csv": document.CSV}[in.Format]
	t, _ := document.TypeOf(in.Format)
	var b app.TakenFile
	err := s.RejectedRows(ctx, who, in.Import, format, &b)
	return s.stream(app.OpenedFile{Name: b.Name, Content: t.MIME, Size: int64(b.Len()), ReadCloser: io.NopCloser(&b)}, err)
}

// lateWriter sends the headers of a download with its first byte, so that an error
// before can still be answered as one.
type lateWriter struct {
	ctx   huma.Context
	name  string
	begun bool
	w     io.Writer
}

// Write implements io.Writer.
func (l *lateWriter) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun, l.w = true, l.ctx.BodyWriter()
		l.ctx.SetHeader("Content-Type", "application/octet-stream")
		l.ctx.SetHeader("X-Content-Type-Options", "nosniff")
		l.ctx.SetHeader("Cache-Control", "private, no-store")
		l.ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.name}))
		l.ctx.SetStatus(http.StatusOK)
	}
	return l.w.Write(b)
}

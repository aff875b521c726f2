package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const tagFile = "Letters and attachments"

type letterIn struct {
	CaseID
	What      string `query:"what" required:"true" enum:"acknowledgement,extension,exclusion,decision,not_handled,withdrawal,reexamination,regulator_answer"`
	Reference int    `query:"reference" minimum:"1" doc:"Reference that a regulator_answer answers"`
}

// DraftView is a letter as it would be issued now.
type DraftView struct {
	Title  string           `json:"title"`
	To     string           `json:"to"`
	Signer string           `json:"signer"`
	Date   string           `json:"date"`
	Blocks []DraftBlockView `json:"blocks"`
	Text   string           `json:"text" doc:"The whole letter as plain text"`
}

// DraftBlockView is one block of a letter's body.
type DraftBlockView struct {
	Kind  document.BlockKind `json:"kind" enum:"paragraph,heading,list,table,note"`
	Text  string             `json:"text,omitempty"`
	Items []string           `json:"items,omitempty"`
	Rows  [][]string         `json:"rows,omitempty"`
}

func draftView(l document.Letter) DraftView {
	return DraftView{Title: l.Title, To: l.To, Signer: l.Signer, Date: l.Date, Text: l.Text(), Blocks: each(l.Blocks, func(b document.Block) DraftBlockView { return DraftBlockView(b) })}
}

func (s *rest) letters() {
	answer(s, get("/complaints/{id}/letters/preview", "preview-letter", tagFile, "A letter as it would be issued now (文书预览)", access.HandleComplaint, "PreviewLetter").
		says("Holds the consumer's name in clear, as the letter will."),
		func(ctx context.Context, who party.Actor, in *letterIn) (*out[DraftView], error) {
			l, err := s.PreviewLetter(ctx, who, complaint.ID(in.ID), complaint.LetterKind(in.What), in.Reference)
			if err != nil {
				return nil, err
			}
			return body(draftView(l)), nil
		})
	take(s, post("/complaints/{id}/letters", "issue-letter", tagFile, "Fix a letter in its wording (出具文书)", access.HandleComplaint, "IssueLetter").
		says("DOCX and PDF are rendered and kept by their digest. Answers with the case; the letter is the last of letters."),
		func(ctx context.Context, who party.Actor, in *commandIn, b complaint.IssueLetter) (*out[CaseView], error) {
			expect, err := in.version()
			if err != nil {
				return nil, err
			}
			c, err := s.IssueLetter(ctx, who, complaint.ID(in.ID), expect, b.What, b.Reference)
			return s.changed(ctx, who, complaint.ID(in.ID), expect, c, err)
		})
	answer(s, get("/complaints/{id}/letters/{n}", "download-letter", tagFile, "Download a letter (下载文书)", access.ReadComplaint, "OpenLetter"), s.openLetter)
}

type openLetterIn struct {
	CaseID
	N      int    `path:"n" minimum:"1"`
	Format string `query:"format" enum:"docx,pdf" default:"pdf"`
}

func (s *rest) openLetter(ctx context.Context, who party.Actor, in *openLetterIn) (*huma.StreamResponse, error) {
	f, err := s.OpenLetter(ctx, who, complaint.ID(in.ID), in.N, in.Format)
	return s.stream(f, err)
}

type openFileIn struct {
	CaseID
	N int `path:"n" minimum:"1"`
}

func (s *rest) openFile(ctx context.Context, who party.Actor, in *openFileIn) (*huma.StreamResponse, error) {
	f, err := s.OpenFile(ctx, who, complaint.ID(in.ID), in.N)
	return s.stream(f, err)
}

// stream sends a file as a download, whatever it is: no browser may run it here.
func (s *rest) stream(f app.OpenedFile, err error) (*huma.StreamResponse, error) {
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		ctx.SetHeader("Content-Type", f.Content)
		ctx.SetHeader("X-Content-Type-Options", "nosniff")
		ctx.SetHeader("Cache-Control", "private, no-store")
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		if f.Size > 0 {
			ctx.SetHeader("Content-Length", strconv.FormatInt(f.Size, 10))
		}
		ctx.SetStatus(http.StatusOK)
		if _, err := io.Copy(ctx.BodyWriter(), f); err != nil {
			s.o.Log.Warn("api download broke off", "err", err)
		}
	}}, nil
}

type uploadIn struct {
	CaseID
	Expected
}

func (s *rest) attachments() {
	take(s, post("/complaints/{id}/case-file", "make-case-file", tagFile, "Make the sealed case file (密封案卷)", access.ExportComplaint, "CaseFile").
		says("A ZIP with the case as PDF, originals, events with inclusion proofs, the signed checkpoint and a page that verifies it offline. Without masked it needs `complaint.reveal` too. The making is recorded with its reason, so that it needs the scope write."), s.caseFile)
	upload := post("/complaints/{id}/files", "attach-file", tagFile, "Attach a file (上传附件)", access.HandleComplaint, "AttachFile").
		says("multipart/form-data with one part named file, or several: each is attached in turn. The kind of a file is told by its content; one that is not what its name says is refused. Answers with the case.")
	answer(s, upload, s.attach)
	s.api.OpenAPI().Paths[upload.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}}
	answer(s, get("/complaints/{id}/files/{n}", "download-file", tagFile, "Download an attachment (下载附件)", access.ReadComplaint, "OpenFile").
		says("The reading is recorded."), s.openFile)
}

type caseFileIn struct {
	CaseID
	Raw
}

// caseFile makes the sealed case file and sends it.
func (s *rest) caseFile(ctx context.Context, who party.Actor, in *caseFileIn, ask app.CaseFileRequest) (*huma.StreamResponse, error) {
	f, err := s.CaseFile(ctx, who, complaint.ID(in.ID), ask)
	return s.stream(f, err)
}

func (s *rest) attach(ctx context.Context, who party.Actor, in *uploadIn) (*out[CaseView], error) {
	expect, err := in.version()
	if err != nil {
		return nil, err
	}
	id := complaint.ID(in.ID)
	parts, err := callOf(ctx).r.MultipartReader()
	if err != nil {
		return nil, unsupported("附件须以 multipart/form-data 上传，文件放在名为 file 的部分")
	}
	var c complaint.Case
	for n := 0; ; n++ {
		part, err := filePart(parts)
		if errors.Is(err, io.EOF) && n > 0 {
			return s.changed(ctx, who, id, expect, c, nil)
		}
		if err != nil {
			return nil, partFault(err)
		}
		if c, err = s.AttachFile(ctx, who, id, expect, part.FileName(), part); err != nil {
			return nil, s.stale(ctx, who, id, expect, err)
		}
		if expect != 0 {
			expect = c.Version
		}
	}
}

// filePart returns the next part that is a file.
func filePart(r *multipart.Reader) (*multipart.Part, error) {
	for {
		p, err := r.NextPart()
		if err != nil || p.FormName() == "file" && p.FileName() != "" {
			return p, err
		}
	}
}

func partFault(err error) error {
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "请求里没有名为 file 的文件")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(fault.TooLarge, err, "附件太大，没有保存；请压缩或拆分后上传")
	}
	return fault.Wrap(fault.Invalid, err, "附件没有传完，请重新上传")
}

package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const tagCoding = "Codings"

// CodingsView is the schemes that apply, each with its table.
type CodingsView struct {
	Institution coding.Institution `json:"institution"`
	Schemes     []SchemeView       `json:"schemes"`
	Rules       []coding.LeaveOut  `json:"left_out" doc:"What is received but not counted"`
}

// SchemeView is a scheme and table in force, with what is proposed.
type SchemeView struct {
	Scheme  coding.Scheme   `json:"scheme"`
	Mapping coding.Mapping  `json:"mapping"`
	Draft   *coding.Scheme  `json:"proposed_scheme,omitempty"`
	Table   *coding.Mapping `json:"proposed_mapping,omitempty"`
}

// CodingIn is the cases that a question about codes is about.
type CodingIn struct {
	From string `query:"from" format:"date" doc:"First day of receipt"`
	To   string `query:"to" format:"date" doc:"Last day of receipt"`
	Unit string `query:"unit" maxLength:"32" doc:"Handling unit and below; without it all in reach"`
}

func (in CodingIn) ask() (app.CodingAsk, error) {
	var f fault.Fields
	ask := app.CodingAsk{Received: calendar.Interval{From: day(&f, "from", in.From), To: day(&f, "to", in.To)}, Unit: party.UnitID(in.Unit), Basis: coding.AtRegistration}
	f.Need(in.From == "" || in.To == "" || ask.Received.From <= ask.Received.To, "to", "结束日早于开始日")
	return ask, f.Err()
}

// CodingBasisIn is those cases by versions of a scheme.
type CodingBasisIn struct {
	CodingIn
	Basis string `query:"basis" enum:"registered,newest,before" default:"registered" doc:"Versions in force at registration, the newest, or those before"`
}

func (in CodingBasisIn) ask() (app.CodingAsk, error) {
	ask, err := in.CodingIn.ask()
	ask.Basis = coding.Basis(in.Basis)
	return ask, err
}

type codedCasesIn struct {
	CodingBasisIn
	Cells  []string `query:"cell,explode" maxItems:"8" doc:"all, counted, out/{rule}, or in/{scheme}/{facet}/{code or <state>}; several are read as and"`
	Cursor int64    `query:"cursor" minimum:"1" doc:"next of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// ReconciliationView is the counts by every coding side by side.
type ReconciliationView struct {
	Received int            `json:"received"`
	LeftOut  map[string]int `json:"left_out" doc:"By rule"`
	Counted  int            `json:"counted"`
	Agrees   bool           `json:"agrees" doc:"Every column adds up to what is counted"`
	Columns  []ColumnView   `json:"columns"`
	Families []FamilyView   `json:"families" doc:"Facets that answer the same question, line by line"`
}

// ColumnView is the counts of one facet.
type ColumnView struct {
	Scheme string               `json:"scheme"`
	Facet  string               `json:"facet"`
	Codes  map[string]int       `json:"codes" doc:"Lowest level"`
	States map[coding.State]int `json:"states"`
	Older  int                  `json:"older" doc:"Coded under an older version"`
	Moved  int                  `json:"moved" doc:"Of these, coded otherwise by the newest"`
}

// FamilyView is how the facets of a family differ.
type FamilyView struct {
	Family  string      `json:"family"`
	Columns []int       `json:"columns" doc:"Places in columns"`
	Lines   []CrossView `json:"lines"`
}

// CrossView is a number of cases that have these values.
type CrossView struct {
	Values []string `json:"values" doc:"Codes, or states in angle brackets"`
	N      int      `json:"n"`
}

// QueueView is the situations without a code.
type QueueView struct {
	Open []OpenView `json:"open"`
}

// OpenView is one situation in one facet.
type OpenView struct {
	coding.Coding
	Situation string       `json:"situation" doc:"For choosing"`
	Entry     coding.Entry `json:"entry"`
	N         int          `json:"n"`
}

// MovesView is what a proposal moves.
type MovesView struct {
	Moves []MoveView `json:"moves"`
}

// MoveView is a number of cases that a proposal codes otherwise.
type MoveView struct {
	Facet    string `json:"facet"`
	From     string `json:"from"`
	To       string `json:"to"`
	N        int    `json:"n"`
	Official int    `json:"official" doc:"Of these, registered from the day on"`
}

// SchemeIn is a scheme in the address.
type SchemeIn struct {
	Scheme string `path:"scheme" maxLength:"64"`
}

type schemeBody struct {
	Raw
	SchemeIn
}

type changeIn struct {
	SchemeIn
	From string `query:"from" required:"true" format:"date" doc:"Day of release"`
}

type codingFileIn struct {
	SchemeIn
	What   string `query:"what" enum:"scheme,mapping" default:"mapping"`
	Format string `query:"format" enum:"xlsx,csv" default:"csv"`
	Draft  bool   `query:"proposed" doc:"What is proposed instead of what is in force"`
}

// ReleaseBody puts a proposal in force.
type ReleaseBody struct {
	What string        `json:"what" enum:"scheme,mapping"`
	From calendar.Date `json:"from" doc:"For cases registered from this day"`
	Why  string        `json:"why" maxLength:"500"`
}

// DropBody gives a proposal up.
type DropBody struct {
	What string `json:"what" enum:"scheme,mapping"`
}

type chooseIn struct {
	Raw
	CodingIn
}

func (s *rest) codings() {
	read, manage := access.ReadCoding, access.ManageCoding
	answer(s, get("/codings", "get-codings", tagCoding, "Schemes and mapping tables in force (编码体系与对照表)", read, "Codings"), s.listCodings)
	answer(s, get("/codings/report", "get-coding-report", tagCoding, "Counts by every coding side by side (对账)", read, "Reconcile").
		says("Every number is that of cases which /codings/cases lists for the same question: same permission filter."), s.codingReport)
	answer(s, get("/codings/cases", "list-coded", tagCoding, "The cases behind a count (对账明细)", access.ReadComplaint, "CodingCases"), s.codedCases)
	answer(s, get("/codings/queue", "get-coding-queue", tagCoding, "Situations without a code (待定)", read, "CodingQueue"), s.codingQueue)
	take(s, post("/codings/queue", "choose-alike", tagCoding, "Pick a code for all cases alike (批量选定)", access.HandleComplaint, "ChooseAlike"),
		func(ctx context.Context, who party.Actor, in *chooseIn, d app.ChooseAlike) (*out[app.Chosen], error) {
			ask, err := in.ask()
			if err != nil {
				return nil, err
			}
			v, err := s.ChooseAlike(ctx, who, ask, d)
			return body(v), err
		})
	answer(s, get("/codings/{scheme}/change", "get-coding-change", tagCoding, "What a proposal moves (新版影响)", read, "CodingChange"), s.codingChange)
	answer(s, get("/codings/{scheme}/file", "get-coding-file", tagCoding, "A code list or table as a file (导出编码表、对照表)", read, "ExportCoding"), s.codingFile)
	upload := post("/codings/{scheme}/proposal", "propose-coding", tagCoding, "Check a file and propose it (导入新版)", manage, "ProposeCoding").answers(http.StatusNoContent).
		says("multipart/form-data with file (XLSX or CSV, up to 4 MB) and what (scheme or mapping). One wrong row and nothing is proposed; the answer names each.")
	answer(s, upload, s.proposeCoding)
	s.api.OpenAPI().Paths[upload.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file", "what"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary"}, "what": {Type: huma.TypeString, Enum: []any{"scheme", "mapping"}}}}}}}
	take(s, post("/codings/{scheme}/line", "edit-mapping", tagCoding, "Change one line of the table as a proposal (修改对照表)", manage, "EditMapping").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *schemeBody, d app.EditMapping) (*done, error) {
			return &done{}, s.EditMapping(ctx, who, in.Scheme, d)
		})
	take(s, post("/codings/{scheme}/release", "release-coding", tagCoding, "Put a proposal in force (发布新版)", manage, "ReleaseCoding").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *schemeBody, d ReleaseBody) (*done, error) {
			return &done{}, s.ReleaseCoding(ctx, who, in.Scheme, d.What, d.From, d.Why)
		})
	take(s, post("/codings/{scheme}/drop", "drop-coding", tagCoding, "Give a proposal up (放弃新版)", manage, "DropCoding").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *schemeBody, d DropBody) (*done, error) {
			return &done{}, s.DropCoding(ctx, who, in.Scheme, d.What)
		})
}

func (s *rest) listCodings(ctx context.Context, who party.Actor, _ *struct{}) (*out[CodingsView], error) {
	c, err := s.Codings(ctx, who)
	if err != nil {
		return nil, err
	}
	v := CodingsView{Institution: c.Kind, Rules: coding.LeaveOuts()}
	for _, scheme := range c.Catalogue.Schemes(c.Kind) {
		t, d := c.Catalogue.Table(scheme.ID, coding.AtRegistration, c.Today), c.Catalogue.Draft(scheme.ID)
		v.Schemes = append(v.Schemes, SchemeView{t.Scheme, t.Mapping, d.Scheme, d.Mapping})
	}
	return body(v), nil
}

func (s *rest) codingReport(ctx context.Context, who party.Actor, in *CodingBasisIn) (*out[ReconciliationView], error) {
	ask, err := in.ask()
	if err != nil {
		return nil, err
	}
	r, err := s.Reconcile(ctx, who, ask)
	if err != nil {
		return nil, err
	}
	return body(ReconciliationView{Received: r.Report.Received, LeftOut: r.Report.LeftOut, Counted: r.Report.Counted, Agrees: r.Report.Agrees(),
		Columns: each(r.Report.Columns, func(c coding.Column) ColumnView {
			return ColumnView{c.Scheme.ID, c.Facet.ID, c.Codes, c.States, c.Older, c.Moved}
		}),
		Families: each(r.Report.Families, func(f coding.Family) FamilyView {
			return FamilyView{f.ID, f.Columns, each(f.Lines, func(l coding.Cross) CrossView { return CrossView(l) })}
		})}), nil
}

func (s *rest) codedCases(ctx context.Context, who party.Actor, in *codedCasesIn) (*out[ListView], error) {
	ask, err := in.ask()
	if err != nil {
		return nil, err
	}
	var cells []coding.Cell
	for _, text := range in.Cells {
		c, ok := coding.ParseCell(text)
		if !ok {
			return nil, fault.New(fault.Invalid, "cell“%s”无法识别：可用 all、counted、out/规则、in/体系/分面/编码", text)
		}
		cells = append(cells, c)
	}
	rows, org, err := s.CodingCases(ctx, who, ask, cells, complaint.ID(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	v := ListView{Complaints: rowViews(rows, org), Today: s.Today().String()}
	if len(rows) == in.Limit {
		v.Next = rows[len(rows)-1].ID.String()
	}
	return body(v), nil
}

func (s *rest) codingQueue(ctx context.Context, who party.Actor, in *CodingIn) (*out[QueueView], error) {
	ask, err := in.ask()
	if err != nil {
		return nil, err
	}
	q, err := s.CodingQueue(ctx, who, ask)
	return body(QueueView{each(q.Open, func(o coding.Open) OpenView { return OpenView{o.Coding, o.Key, o.Entry, o.N} })}), err
}

func (s *rest) codingChange(ctx context.Context, who party.Actor, in *changeIn) (*out[MovesView], error) {
	var f fault.Fields
	from := day(&f, "from", in.From)
	if err := f.Err(); err != nil {
		return nil, err
	}
	moves, err := s.CodingChange(ctx, who, in.Scheme, from)
	return body(MovesView{each(moves, func(m coding.Move) MoveView { return MoveView{m.Facet, m.From, m.To, m.N, m.Official} })}), err
}

func (s *rest) codingFile(ctx context.Context, who party.Actor, in *codingFileIn) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		w := &lateWriter{ctx: hc, name: in.Scheme + "-" + in.What + "." + in.Format}
		err := s.ExportCoding(ctx, who, in.Scheme, in.What, in.Draft, map[string]document.Format{"xlsx": document.XLSX, "csv": document.CSV}[in.Format], w)
		switch {
		case err != nil && !w.begun:
			s.refuse(hc, err)
		case err != nil:
			s.o.Log.Warn("api download broke off", "err", err)
		}
	}}, nil
}

func (s *rest) proposeCoding(ctx context.Context, who party.Actor, in *SchemeIn) (*done, error) {
	if err := access.Can(who, access.ManageCoding, access.Target{}).Err(); err != nil { // before a large body is read
		return nil, err
	}
	r := callOf(ctx).r
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, unsupported("表格须以 multipart/form-data 上传，文件放在名为 file 的部分")
	}
	form, file, err := formWithFile(r)
	if err != nil {
		return nil, err
	}
	return &done{}, s.ProposeCoding(ctx, who, in.Scheme, form.Values.Get("what"), file.Filename, file.Open(), file.Size)
}

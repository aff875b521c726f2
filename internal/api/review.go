package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

const tagReview = "Consumer-protection review"

// ReviewIn is a review in the address.
type ReviewIn struct {
	Review int64 `path:"review" minimum:"1" maximum:"9007199254740991"`
}

type reviewChange struct {
	ReviewIn
	Expected
	Raw
}

type reviewUpload struct {
	ReviewIn
	Expected
	Note string `query:"note" maxLength:"500" doc:"What changed against the version before"`
}

type reviewVersion struct {
	ReviewIn
	N int `path:"n" minimum:"1"`
}

// reviewFile names its fields itself: parameters in an embedded type that is not
// exported are not read.
type reviewFile struct {
	ReviewIn
	N    int `path:"n" minimum:"1"`
	File int `path:"file" minimum:"1"`
}

type reviewsIn struct {
	Waits   string `query:"waits" enum:"submitter,reviewer,decider"`
	State   string `query:"state" doc:"States, with commas"`
	Kind    string `query:"kind" maxLength:"40" doc:"A kind or the beginning of one, such as marketing"`
	Product string `query:"product" maxLength:"40"`
	Unit    string `query:"unit" maxLength:"32"`
	Mine    bool   `query:"mine"`
	Open    bool   `query:"open"`
	Before  int64  `query:"before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// reviewVerb is a command on a review as an operation.
type reviewVerb struct {
	name  string
	mount func(*rest)
}

func onReview[C review.Command](name, summary string) reviewVerb {
	return reviewVerb{name, func(s *rest) {
		var zero C
		take(s, post("/reviews/{review}/"+name, "review-"+name, tagReview, summary, zero.Action(), "DoReview").says("Answers with the review as it then stands."),
			func(ctx context.Context, who party.Actor, in *reviewChange, cmd C) (*out[ReviewView], error) {
				expect, err := in.version()
				if err != nil {
					return nil, err
				}
				r, err := s.DoReview(ctx, who, review.ID(in.Review), expect, any(&cmd).(review.Command))
				return s.reviewed(r, err)
			})
	}}
}

// reviewVerbs lists every command; a test compares it with review.Verbs.
var reviewVerbs = []reviewVerb{
	onReview[review.Edit]("edit", "Correct a draft (修改送审内容)"),
	onReview[review.HandIn]("hand-in", "Hand in for review (送审)"),
	onReview[review.TakeBack]("take-back", "Take a submission back (撤回送审)"),
	onReview[review.AnswerQuestion]("answer-question", "Answer a question (答复问题)"),
	onReview[review.AnswerPoint]("answer-point", "Answer a point of the opinion: adopted, otherwise, not adopted (答复意见)"),
	onReview[review.Take]("take", "Become the reviewer (领取)"),
	onReview[review.AssignReviewer]("assign-reviewer", "Give the review to a person, with a deputy (分派审查)"),
	onReview[review.Recuse]("recuse", "Keep a person away from the review (回避)"),
	onReview[review.SendBack]("send-back", "Return an incomplete submission (退回补正)"),
	onReview[review.Ask]("ask", "Ask the submitter; the limit rests (提问)"),
	onReview[review.AddFinding]("add-finding", "Record a finding of a person (添加问题)"),
	onReview[review.JudgeFinding]("judge-finding", "Accept, edit or dismiss findings (判断问题)"),
	onReview[review.CheckItem]("check-item", "Answer a line of the checklist (审查要点)"),
	onReview[review.GiveOpinion]("give-opinion", "Give the written opinion (出具审查意见)"),
	onReview[review.CheckPoint]("check-point", "Confirm an answer or send it back (复核答复)"),
	onReview[review.RaisePoint]("raise-point", "Bring a point before the superior (提请决定)"),
	onReview[review.SettlePoint]("settle-point", "Decide on a raised point (上级决定)"),
	onReview[review.Clear]("clear", "Clear the material, or pass it up (通过)"),
	onReview[review.Veto]("veto", "Veto the material (否决)"),
	onReview[review.Revoke]("revoke", "End a clearance before its last day (撤销通过)"),
}

func (s *rest) reviews() {
	answer(s, get("/reviews", "list-reviews", tagReview, "Reviews, newest first (审查列表)", access.ReadReview, "Reviews"), s.listReviews)
	take(s, post("/reviews/search", "search-reviews", tagReview, "Search reviews by words, number or clearance (检索审查)", access.ReadReview, "SearchReviews").reads().says(inBody), s.searchReviews)
	take(s, post("/reviews", "draft-review", tagReview, "Open a review (送审登记)", access.SubmitReview, "Draft").answers(http.StatusCreated).
		says("Add the material, then hand it in. prior names the cleared review whose material changes."),
		func(ctx context.Context, who party.Actor, _ *rawIn, d review.NewDraft) (*out[ReviewView], error) {
			return s.reviewed(s.Draft(ctx, who, d))
		})
	answer(s, get("/reviews/{review}", "get-review", tagReview, "One review (审查详情)", access.ReadReview, "Review"),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*out[ReviewView], error) {
			p, err := s.Review(ctx, who, review.ID(in.Review))
			if err != nil {
				return nil, err
			}
			var due *regulation.Deadline
			if p.HasDue {
				due = &p.Due
			}
			v := reviewView(p.Review, p.State, due)
			v.Reading = readingOf(p.Review.ID, p.Reading)
			return &out[ReviewView]{ETag: etag(p.Review.Version), Body: v}, nil
		})
	answer(s, get("/reviews/load", "review-load", tagReview, "Who has how much to review (工作量)", access.ReadReview, "ReviewLoad"),
		func(ctx context.Context, who party.Actor, _ *none) (*out[ReviewLoadView], error) {
			l, err := s.ReviewLoad(ctx, who)
			if err != nil {
				return nil, err
			}
			return body(ReviewLoadView{Days: l.Days, People: each(l.People, reviewLoadRow), Units: each(l.Units, reviewLoadRow)}), nil
		})
	for _, v := range reviewVerbs {
		v.mount(s)
	}
	s.materials()
	s.rechecks()
	s.reviewChecks()
	s.reviewStats()
	s.reviewBulk()
}

type rawIn struct{ Raw }

// reviewed answers with a review that was just changed.
func (s *rest) reviewed(r review.Review, err error) (*out[ReviewView], error) {
	if err != nil {
		return nil, err
	}
	return &out[ReviewView]{ETag: etag(r.Version), Location: "/api/v1/reviews/" + r.ID.String(), Body: reviewView(r, r.StateOn(s.Today()), nil)}, nil
}

func (s *rest) listReviews(ctx context.Context, who party.Actor, in *reviewsIn) (*out[ReviewsView], error) {
	f := storage.ReviewFilter{Waits: in.Waits, Kind: in.Kind, Product: in.Product, Unit: party.UnitID(in.Unit), Mine: in.Mine, Open: in.Open, Before: review.ID(in.Before), Limit: in.Limit}
	for state := range strings.SplitSeq(in.State, ",") {
		if state != "" {
			f.States = append(f.States, review.State(state))
		}
	}
	list, err := s.Reviews(ctx, who, f)
	if err != nil {
		return nil, err
	}
	return body(ReviewsView{Reviews: each(list.Rows, func(r storage.ReviewRow) ReviewRowView { return reviewRowView(r, list.Org) }), Next: list.Next}), nil
}

type materialBody struct {
	Text string `json:"text" maxLength:"400000"`
	Note string `json:"note,omitempty" maxLength:"500"`
}

func (s *rest) materials() {
	take(s, post("/reviews/{review}/material", "add-material-text", tagReview, "Add a version of the material as text (送审文字)", access.SubmitReview, "AddMaterial").
		says("The text is read and scanned by the rule packs of its kind; the findings stand in the answer."),
		func(ctx context.Context, who party.Actor, in *reviewChange, b materialBody) (*out[ReviewView], error) {
			expect, err := in.version()
			if err != nil {
				return nil, err
			}
			return s.reviewed(s.AddMaterial(ctx, who, review.ID(in.Review), expect, b.Text, b.Note, nil))
		})
	upload := post("/reviews/{review}/files", "add-material-files", tagReview, "Add a version of the material as files (送审文件)", access.SubmitReview, "AddMaterial").
		says("multipart/form-data with parts named file; all of them are one version. A file that cannot be read is refused with the reason, and nothing is kept. " +
			"Scanned pages are recognised afterwards: reading says how far that is and where to ask.")
	answer(s, upload, s.uploadMaterial)
	s.api.OpenAPI().Paths[upload.path].Post.RequestBody = multipartFiles()
	answer(s, get("/reviews/{review}/materials/{n}", "read-material", tagReview, "A version as it was read, with the place of every piece (材料文字)", access.ReadReview, "Material"),
		func(ctx context.Context, who party.Actor, in *reviewVersion) (*out[extract.Document], error) {
			d, err := s.Material(ctx, who, review.ID(in.Review), in.N)
			if err != nil {
				return nil, err
			}
			return body(d), nil
		})
	answer(s, get("/reviews/{review}/materials/{n}/files/{file}", "download-material", tagReview, "A file as it was handed in (下载材料)", access.ReadReview, "OpenMaterial"),
		func(ctx context.Context, who party.Actor, in *reviewFile) (*huma.StreamResponse, error) {
			f, err := s.OpenMaterial(ctx, who, review.ID(in.Review), in.N, in.File)
			return s.stream(f, err)
		})
	take(s, post("/reviews/{review}/scan", "scan-review", tagReview, "Let the rules run again (重新检查)", access.HandleReview, "ScanReview").
		says("Findings that a person judged stay; the others are found anew by the rules in force."),
		func(ctx context.Context, who party.Actor, in *reviewChange, _ struct{}) (*out[ReviewView], error) {
			return s.reviewed(s.ScanReview(ctx, who, review.ID(in.Review)))
		})
	answer(s, get("/reviews/{review}/alike", "alike-reviews", tagReview, "Reviewed versions that equal it or are near (相似审查)", access.ReadReview, "Alike"),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*out[RecheckView], error) {
			hits, err := s.Alike(ctx, who, review.ID(in.Review))
			if err != nil {
				return nil, err
			}
			return body(RecheckView{Hits: each(hits, recheckHitView)}), nil
		})
	answer(s, get("/reviews/{review}/reviewers", "list-reviewers", tagReview, "People who may review it (可选审查人)", access.ReadReview, "MayAssign"),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*out[PeopleView], error) {
			people, err := s.MayAssign(ctx, who, review.ID(in.Review))
			if err != nil {
				return nil, err
			}
			return body(PeopleView{People: people}), nil
		})
}

func multipartFiles() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}}
}

// uploadMaterial takes the files of one version. They are spooled one after the
// other, so that the request is never held in memory.
func (s *rest) uploadMaterial(ctx context.Context, who party.Actor, in *reviewUpload) (*out[ReviewView], error) {
	expect, err := in.version()
	if err != nil {
		return nil, err
	}
	files, done, err := s.spooled(ctx)
	defer done()
	if err != nil {
		return nil, err
	}
	made, err := s.reviewed(s.AddMaterial(ctx, who, review.ID(in.Review), expect, "", in.Note, files))
	if err != nil {
		return nil, err
	}
	p, err := s.Review(ctx, who, made.Body.ID)
	made.Body.Reading = readingOf(made.Body.ID, p.Reading)
	return made, err
}

// spooled reads the parts named file into temporary files; done takes them away.
func (s *rest) spooled(ctx context.Context) (files []app.Upload, done func(), err error) {
	var opened []io.Closer
	done = func() {
		for _, c := range opened {
			_ = c.Close()
		}
	}
	parts, err := callOf(ctx).r.MultipartReader()
	if err != nil {
		return nil, done, unsupported("材料须以 multipart/form-data 上传，文件放在名为 file 的部分")
	}
	for {
		part, err := filePart(parts)
		if errors.Is(err, io.EOF) && len(files) > 0 {
			return files, done, nil
		}
		if err != nil {
			return nil, done, partFault(err)
		}
		if len(files) == review.MaxFiles {
			return nil, done, fault.New(fault.Invalid, "一次最多 %d 个文件", review.MaxFiles)
		}
		f, err := app.Spool(part)
		if err != nil {
			return nil, done, err
		}
		opened = append(opened, f)
		files = append(files, app.Upload{Name: part.FileName(), Body: f})
	}
}

type recheckBody struct {
	Text string `json:"text" maxLength:"400000"`
}

func (s *rest) rechecks() {
	take(s, post("/recheck", "recheck-text", tagReview, "What a circulating text is to what was cleared (回检)", access.RecheckMaterial, "Recheck").reads().
		says("standing: cleared, expired, ended, other (a reviewed version that is not the cleared one), refused, pending, differs, unknown. Of reviews out of reach only number and standing are told."),
		func(ctx context.Context, who party.Actor, _ *rawIn, b recheckBody) (*out[RecheckView], error) {
			r, err := s.Recheck(ctx, who, extract.Plain(b.Text))
			if err != nil {
				return nil, err
			}
			return body(recheckView(r)), nil
		})
}

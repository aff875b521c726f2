package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// BulkJobIn is a bulk job in the address.
type BulkJobIn struct {
	Job string `path:"job" maxLength:"40"`
}

type bulkResultIn struct {
	BulkJobIn
	Format string `query:"format" enum:"xlsx,csv" default:"csv"`
}

type bulkStartIn struct {
	Mode string `query:"mode" enum:"scan,recheck" default:"scan"`
	Kind string `query:"kind" maxLength:"40" doc:"Kind of material, for a scan"`
	Line string `query:"line" maxLength:"20" doc:"Business line, for a scan"`
	On   string `query:"as_of" format:"date" doc:"The day whose rules apply, for a scan; today when absent"`
}

// BulkStarted names a job that was started.
type BulkStarted struct {
	Job string `json:"job"`
}

// BulkJobView is a job over many files.
type BulkJobView struct {
	ID      string         `json:"id"`
	State   string         `json:"state" enum:"running,done,stopped,failed,interrupted"`
	Mode    string         `json:"mode" enum:"scan,recheck"`
	Files   []string       `json:"files" doc:"As uploaded"`
	Created time.Time      `json:"created"`
	Done    int            `json:"done"`
	All     int            `json:"all" doc:"Files, those inside archives included"`
	Counts  map[string]int `json:"counts" doc:"By result: clean, found, unread, or a standing"`
	Lines   []app.BulkLine `json:"lines" doc:"The first that need a look; the result has all"`
	Failure string         `json:"failure,omitempty"`
}

func (s *rest) reviewBulk() {
	start := post("/review-jobs", "start-review-job", tagReview, "Check or re-check many files (批量检查与回检)", access.RecheckMaterial, "StartBulk").answers(http.StatusAccepted).
		says("multipart/form-data with parts named file, up to 20; a ZIP counts as the files in it. Files that cannot be read are listed and hold up nothing.")
	answer(s, start, s.startBulk)
	s.api.OpenAPI().Paths[start.path].Post.RequestBody = multipartFiles()
	answer(s, get("/review-jobs/{job}", "get-review-job", tagReview, "A job over many files (批量任务)", access.RecheckMaterial, "BulkJob"),
		func(ctx context.Context, who party.Actor, in *BulkJobIn) (*out[BulkJobView], error) {
			j, err := s.BulkJob(ctx, who, in.Job)
			if err != nil {
				return nil, err
			}
			return body(BulkJobView{ID: j.ID, State: j.State, Mode: j.Order.Mode, Files: j.Names, Created: j.Created, Done: j.Done, All: j.All, Counts: j.Counts, Lines: j.Lines, Failure: j.Failure}), nil
		})
	take(s, post("/review-jobs/{job}/stop", "stop-review-job", tagReview, "Stop a job after the file in hand (停止批量任务)", access.RecheckMaterial, "StopBulk"),
		func(ctx context.Context, who party.Actor, in *bulkStopIn, _ struct{}) (*out[BulkStarted], error) {
			return body(BulkStarted{in.Job}), s.StopBulk(ctx, who, in.Job)
		})
	answer(s, get("/review-jobs/{job}/result", "review-job-result", tagReview, "The whole result as a table (批量结果)", access.RecheckMaterial, "BulkResult"),
		func(ctx context.Context, who party.Actor, in *bulkResultIn) (*huma.StreamResponse, error) {
			t, _ := document.TypeOf(in.Format)
			var b app.TakenFile
			err := s.BulkResult(ctx, who, in.Job, document.Format(in.Format), func(result string) string { return result }, &b)
			return s.stream(app.OpenedFile{Name: b.Name, Content: t.MIME, Size: int64(b.Len()), ReadCloser: io.NopCloser(&b)}, err)
		})
}

type bulkStopIn struct {
	BulkJobIn
	Raw
}

func (s *rest) startBulk(ctx context.Context, who party.Actor, in *bulkStartIn) (*out[BulkStarted], error) {
	o := app.BulkOrder{Mode: in.Mode, Kind: in.Kind, Line: in.Line}
	if in.On != "" {
		on, err := calendar.Parse(in.On)
		var f fault.Fields
		f.Need(err == nil, "as_of", "%s 不是正确的日期，例如 2026-05-01", in.On)
		if err := f.Err(); err != nil {
			return nil, err
		}
		o.On = on
	}
	files, done, err := s.spooled(ctx)
	defer done()
	if err != nil {
		return nil, err
	}
	id, err := s.StartBulk(ctx, who, o, files)
	if err != nil {
		return nil, err
	}
	return &out[BulkStarted]{Location: "/api/v1/review-jobs/" + id, Body: BulkStarted{id}}, nil
}

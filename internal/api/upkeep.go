package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

const tagExamination = "Examinations"

// BackupView is one backup as the program made and checked it.
type BackupView struct {
	State   string    `json:"state" enum:"at_work,good,bad"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	File    string    `json:"file,omitempty"`
	Events  int64     `json:"events,omitempty" doc:"Restored into a temporary place and verified"`
	Bytes   int64     `json:"bytes,omitempty"`
	SHA256  string    `json:"sha256,omitempty"`
	Failure string    `json:"failure,omitempty"`
}

// BackupsView is how the backups stand.
type BackupsView struct {
	Alarm string       `json:"alarm,omitempty" enum:"failed,stale,none" doc:"What is wrong: the newest failed, is too old, or there is none"`
	Next  time.Time    `json:"next,omitzero"`
	Runs  []BackupView `json:"runs" doc:"Newest first"`
}

func backupView(r app.BackupRun) BackupView {
	return BackupView{State: r.State, Started: r.Started, Ended: r.Ended, File: r.File, Events: r.Events, Bytes: r.Backup.Size, SHA256: r.Backup.Sum, Failure: r.Failure}
}

func (s *rest) backups() {
	answer(s, get("/backups", "list-backups", tagSetting, "Backups and what their checks found (备份)", access.ReadSettings, "Backups"),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[BackupsView], error) {
			b, err := s.Backups(ctx, who)
			if err != nil {
				return nil, err
			}
			return body(BackupsView{Alarm: b.Alarm, Next: b.Next, Runs: each(b.Runs, backupView)}), nil
		})
	answer(s, post("/backups", "start-backup", tagSetting, "Make a backup at once, in the background (立即备份)", access.ManageSettings, "StartBackup").answers(http.StatusAccepted),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*done, error) {
			return &done{}, s.StartBackup(ctx, who)
		})
}

// ExaminationView is a time-limited reading of a drawn sample.
type ExaminationView struct {
	ID         int64         `json:"id"`
	Examiner   string        `json:"examiner"`
	Login      string        `json:"login"`
	Reason     string        `json:"reason"`
	Until      calendar.Date `json:"until"`
	From       calendar.Date `json:"from"`
	To         calendar.Date `json:"to"`
	Seed       string        `json:"seed"`
	Population int           `json:"population"`
	Sum        string        `json:"sum" doc:"Digest of the population"`
	Cases      int           `json:"cases"`
	Checkpoint string        `json:"checkpoint" doc:"Signed note that vouches for the population"`
	Drawn      time.Time     `json:"drawn"`
	Live       bool          `json:"live"`
	Repeated   bool          `json:"repeated" doc:"Drawing again gives the same sample"`
	Failure    string        `json:"failure,omitempty" doc:"Why it does not"`
	Password   string        `json:"password,omitempty" doc:"Only when it is opened, shown once"`
	Waits
}

func examinationView(e app.ExaminationView) ExaminationView {
	v := ExaminationView{ID: e.ID, Examiner: e.Name, Login: e.Login, Reason: e.Reason, Until: e.Until, From: e.From, To: e.To, Seed: e.Seed, Population: e.Population,
		Sum: e.Sum, Cases: len(e.Cases), Checkpoint: e.Checkpoint, Drawn: e.At, Live: e.Live, Repeated: e.Repeated == nil}
	if e.Repeated != nil {
		v.Failure = fault.Message(e.Repeated)
	}
	return v
}

// ExaminationsView lists the examinations, newest first.
type ExaminationsView struct {
	Examinations []ExaminationView `json:"examinations"`
}

// SampledView is a case of one's sample.
type SampledView struct {
	RowView
	Events int    `json:"events" doc:"In the case's chain"`
	Broken string `json:"broken,omitempty" doc:"Why the chain is not whole; absent when every event stands in the signed tree"`
}

// SampleView is what an examiner works through.
type SampleView struct {
	Seed  string        `json:"seed"`
	Until calendar.Date `json:"until"`
	Size  int64         `json:"size" doc:"Events in the tree that the cases were compared with"`
	Root  string        `json:"root"`
	Cases []SampledView `json:"cases"`
}

type examinationIn struct {
	N int64 `path:"n" minimum:"1"`
}

func (s *rest) examinations() {
	answer(s, get("/examinations", "list-examinations", tagExamination, "Examinations, each drawn again (外部检查)", access.ReadExaminations, "Examinations"),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[ExaminationsView], error) {
			list, err := s.Examinations(ctx, who)
			if err != nil {
				return nil, err
			}
			return body(ExaminationsView{each(list, examinationView)}), nil
		})
	take(s, post("/examinations", "open-examination", tagExamination, "Draw a sample and open an account that may read it (开始外部检查)", access.ManageParty, "OpenExamination").answers(http.StatusCreated).
		says("The password is shown once. The account ends by itself after its last day. "+saysWaits),
		func(ctx context.Context, who party.Actor, _ *Raw, ask examine.Request) (*kept[ExaminationView], error) {
			e, err := s.OpenExamination(ctx, who, ask)
			v := examinationView(app.ExaminationView{Examination: e.Examination, Live: true, Name: ask.Name, Login: e.Login})
			v.Password = e.Password
			return orWaiting(&v, &v.Change, http.StatusCreated, err)
		})
	answer(s, post("/examinations/{n}/end", "end-examination", tagExamination, "End one before its time (提前结束检查)", access.ManageParty, "EndExamination").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *examinationIn) (*done, error) {
			return &done{}, s.EndExamination(ctx, who, in.N)
		})
	answer(s, get("/sample", "get-sample", tagExamination, "One's own sample, each case verified as of now (样本)", access.ReadSample, "Sample"), s.sample)
}

func (s *rest) sample(ctx context.Context, who party.Actor, _ *struct{}) (*out[SampleView], error) {
	sample, err := s.Sample(ctx, who)
	if err != nil {
		return nil, err
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	v := SampleView{Seed: sample.Seed, Until: sample.Until, Size: sample.Checkpoint.Size, Root: sample.Checkpoint.Root.String(), Cases: []SampledView{}}
	for _, c := range sample.Cases {
		one := SampledView{RowView: rowView(c.Row, org), Events: c.Events}
		if c.Broken != nil {
			one.Broken = fault.Message(c.Broken)
		}
		v.Cases = append(v.Cases, one)
	}
	return body(v), nil
}

// ElementView is a required element that a material has.
type ElementView struct {
	Rule  string `json:"rule"`
	Name  string `json:"name"`
	Quote string `json:"quote"`
	Place string `json:"place"`
}

// ElementsView lists them.
type ElementsView struct {
	Elements []ElementView `json:"elements"`
}

func (s *rest) readings() {
	answer(s, get("/reviews/{review}/elements", "list-elements", tagReview, "Required elements that the material has (已有的必备要素)", access.ReadReview, "Elements").
		says("What is missing stands in the findings."),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*out[ElementsView], error) {
			list, err := s.Elements(ctx, who, review.ID(in.Review))
			if err != nil {
				return nil, err
			}
			return body(ElementsView{each(list, func(e app.FoundElement) ElementView { return ElementView{e.Rule, e.Name, e.Quote, e.Place} })}), nil
		})
	answer(s, post("/reviews/{review}/stop-reading", "stop-reading", tagReview, "Stop the recognition of scanned pages (停止识别)", access.SubmitReview, "StopReading").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*done, error) {
			return &done{}, s.StopReading(ctx, who, review.ID(in.Review))
		})
	answer(s, post("/reviews/{review}/read-again", "read-again", tagReview, "Go on with a recognition that stopped or failed (继续识别)", access.SubmitReview, "ReadAgain").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *ReviewIn) (*done, error) {
			return &done{}, s.ReadAgain(ctx, who, review.ID(in.Review))
		})
}

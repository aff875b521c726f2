package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// SimilarView is a case that resembles another.
type SimilarView struct {
	Case    RowView           `json:"case"`
	Value   float64           `json:"value" doc:"0 to 1: how much of what is rare in one stands in the other"`
	Copy    bool              `json:"copy,omitempty" doc:"The narratives are nearly the same"`
	Shared  []string          `json:"shared" doc:"The words that both have, rarest first"`
	Outcome complaint.Outcome `json:"outcome,omitempty" doc:"Of the first finding"`
	Redress int64             `json:"redress,omitempty" doc:"fen"`
	Days    int               `json:"days,omitempty" doc:"From receipt to closing"`
}

// SimilarListView is a list of them, best first.
type SimilarListView struct {
	Similar []SimilarView `json:"similar"`
}

func similarViews(list []app.SimilarCase, org *app.Org) *out[SimilarListView] {
	return body(SimilarListView{each(list, func(c app.SimilarCase) SimilarView {
		return SimilarView{Case: rowView(c.Row, org), Value: c.Score.Value, Copy: c.Copy(), Shared: c.Score.Shared, Outcome: c.Outcome, Redress: c.Redress, Days: c.Days}
	})})
}

type similarIn struct {
	CaseID
	Limit int `query:"limit" minimum:"1" maximum:"30" default:"5"`
}

type similarBody struct {
	Text  string `json:"text" maxLength:"20000"`
	Limit int    `json:"limit,omitempty" minimum:"1" maximum:"30" default:"5"`
}

func (s *rest) similar() {
	answer(s, get("/complaints/{id}/similar", "list-similar", tagCase, "Cases that resemble one (相似投诉)", access.ReadComplaint, "Similar").
		says("Within the reach of the holder of the token, by what is rare in the narratives, with the words that both have and how they ended."),
		func(ctx context.Context, who party.Actor, in *similarIn) (*out[SimilarListView], error) {
			list, org, err := s.Similar(ctx, who, complaint.ID(in.ID), in.Limit)
			if err != nil {
				return nil, err
			}
			return similarViews(list, org), nil
		})
	take(s, post("/complaints/similar", "search-similar", tagCase, "Cases that resemble a text (按文字找相似投诉)", access.ReadComplaint, "SimilarText").reads().
		says("The text stands in the body and not in the address, because it may hold personal data. It is not kept."),
		func(ctx context.Context, who party.Actor, _ *Raw, b similarBody) (*out[SimilarListView], error) {
			if b.Limit == 0 {
				b.Limit = 5
			}
			var f fault.Fields
			f.Need(b.Text != "", "text", "请填写要比较的文字")
			f.Need(len([]rune(b.Text)) <= 20000, "text", "文字不能超过 20000 个字")
			f.Need(b.Limit > 0 && b.Limit <= 30, "limit", "1 至 30 件")
			if err := f.Err(); err != nil {
				return nil, err
			}
			list, org, err := s.SimilarText(ctx, who, b.Text, b.Limit)
			if err != nil {
				return nil, err
			}
			return similarViews(list, org), nil
		})
}

// ModelView is what is known of the model of a topic. Shares are per mille, on
// examples that the measured model had not seen.
type ModelView struct {
	Topic     complaint.Topic `json:"topic"`
	Ready     bool            `json:"ready"`
	Docs      int             `json:"docs" doc:"Examples there were at the last training"`
	Need      int             `json:"need" doc:"Examples that a model needs"`
	Labels    int             `json:"labels,omitempty"`
	TrainedAt time.Time       `json:"trained_at,omitzero"`
	Version   int64           `json:"version,omitempty" doc:"Of the training in the ledger"`
	Digest    string          `json:"digest,omitempty" doc:"SHA-256 of the examples"`
	HeldOut   int             `json:"held_out,omitempty"`
	Accuracy  int             `json:"accuracy,omitempty"`
	MacroF1   int             `json:"macro_f1,omitempty"`
	Constant  int             `json:"constant,omitempty" doc:"Accuracy of always giving the commonest label"`
	ECE       int             `json:"calibration_error,omitempty"`
	Answered  int             `json:"answered,omitempty" doc:"Not abstained"`
	Precision int             `json:"precision,omitempty" doc:"Of what was answered"`
}

// TrainingView is how far the newest training is.
type TrainingView struct {
	State   string    `json:"state" enum:"running,done,stopped,failed,interrupted"`
	Done    int       `json:"done" doc:"Cases read"`
	All     int       `json:"all"`
	Started time.Time `json:"started"`
	Failure string    `json:"failure,omitempty"`
}

// ModelsView is the models with the newest training.
type ModelsView struct {
	Models   []ModelView   `json:"models"`
	Training *TrainingView `json:"training,omitempty"`
}

const tagModel = "Models"

func (s *rest) models() {
	answer(s, get("/models", "list-models", tagModel, "What the classifiers learnt from and how good they are (分类模型)", access.ReadCoding, "Models", "Training"), s.listModels)
	answer(s, post("/models/train", "train-models", tagModel, "Train the classifiers anew (重新训练)", access.ManageCoding, "StartTraining").answers(http.StatusAccepted).
		says("On closed cases and confirmed answers, in the background: GET /models says how far it is."),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[ModelsView], error) {
			if err := s.StartTraining(ctx, who); err != nil {
				return nil, err
			}
			return s.listModels(ctx, who, nil)
		})
}

func (s *rest) listModels(ctx context.Context, who party.Actor, _ *struct{}) (*out[ModelsView], error) {
	t, err := s.Training(ctx, who)
	if err != nil {
		return nil, err
	}
	list, err := s.Models(ctx)
	if err != nil {
		return nil, err
	}
	v := ModelsView{Models: each(list, func(i app.ModelInfo) ModelView {
		return ModelView{Topic: i.Topic, Ready: i.Ready(), Docs: i.Docs, Need: i.Need, Labels: i.Labels, TrainedAt: i.At, Version: i.Version, Digest: i.Digest,
			HeldOut: i.HeldOut, Accuracy: i.Accuracy, MacroF1: i.MacroF1, Constant: i.Constant, ECE: i.ECE, Answered: i.Answered, Precision: i.Precision}
	})}
	if t.State != "" {
		v.Training = &TrainingView{State: t.State, Done: t.Done, All: t.All, Started: t.Created, Failure: t.Failure}
	}
	return body(v), nil
}

package api

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

const tagReply = "Reply"

type replyIn struct {
	CaseID
	Kind string `query:"kind" enum:"decision,message,regulator" default:"decision"`
}

type replyRawIn struct {
	CaseID
	Raw
}

type replyBody struct {
	Kind  complaint.ReplyKind `json:"kind" enum:"decision,message,regulator"`
	Reply complaint.Reply     `json:"reply"`
}

type mendBody struct {
	Kind    complaint.ReplyKind `json:"kind" enum:"decision,message,regulator"`
	Reply   complaint.Reply     `json:"reply"`
	Finding string              `json:"finding" doc:"Id of the finding"`
}

type kindBody struct {
	Kind complaint.ReplyKind `json:"kind" enum:"decision,message,regulator"`
}

// VersionView is one version of a draft.
type VersionView struct {
	N     int             `json:"n"`
	Rev   int             `json:"rev" doc:"Send it as base with the next save"`
	By    string          `json:"by"`
	At    time.Time       `json:"at"`
	Auto  bool            `json:"auto,omitempty"`
	Reply complaint.Reply `json:"reply"`

	Machine []string `json:"machine,omitempty" doc:"Paragraphs written by a model that nobody changed or confirmed: opening, answer-1 and so on"`
}

// ReplyView is a reply with its check.
type ReplyView struct {
	Kind     complaint.ReplyKind `json:"kind"`
	Saved    bool                `json:"saved" doc:"false: a first draft made of the findings"`
	Rev      int                 `json:"rev"`
	Reply    complaint.Reply     `json:"reply"`
	Versions []VersionView       `json:"versions" doc:"Newest first"`
	Check    app.ReplyCheck      `json:"check"`
}

// MendedView is a wording after a mend.
type MendedView struct {
	Reply complaint.Reply `json:"reply"`
}

func (s *rest) replies() {
	answer(s, get("/complaints/{id}/reply", "get-reply", tagReply, "The draft of a reply with its check (起草答复)", access.HandleComplaint, "ReplyDraft").
		says("Without a draft the answer is one composed of the findings. For who may handle the case."), func(ctx context.Context, who party.Actor, in *replyIn) (*out[ReplyView], error) {
		p, err := s.ReplyDraft(ctx, who, complaint.ID(in.ID), complaint.ReplyKind(in.Kind))
		if err != nil {
			return nil, err
		}
		v := ReplyView{Kind: p.Kind, Saved: p.Draft.N > 0, Rev: p.Draft.Rev, Reply: p.Reply, Check: p.Check, Versions: []VersionView{}}
		for _, d := range p.Past {
			v.Versions = append(v.Versions, VersionView{N: d.N, Rev: d.Rev, By: d.By, At: d.At, Auto: d.Auto, Reply: d.Reply, Machine: d.Machine})
		}
		return body(v), nil
	})
	take(s, post("/complaints/{id}/reply/check", "check-reply", tagReply, "Check a wording against the case (检查答复)", access.HandleComplaint, "CheckReply").reads().
		says("Saves nothing. Stops lists the findings that keep the reply from being proposed and issued."), func(ctx context.Context, who party.Actor, in *replyRawIn, b replyBody) (*out[app.ReplyCheck], error) {
		c, err := s.CheckReply(ctx, who, complaint.ID(in.ID), b.Kind, b.Reply)
		return body(c), err
	})
	take(s, post("/complaints/{id}/reply/mend", "mend-reply", tagReply, "Make the mend of a finding (改正)", access.HandleComplaint, "MendReply").reads().
		says("Saves nothing."), func(ctx context.Context, who party.Actor, in *replyRawIn, b mendBody) (*out[MendedView], error) {
		r, err := s.MendReply(ctx, who, complaint.ID(in.ID), b.Kind, b.Reply, b.Finding)
		return body(MendedView{r}), err
	})
	take(s, post("/complaints/{id}/reply/compose", "compose-reply", tagReply, "Compose a first draft of the findings (生成初稿)", access.HandleComplaint, "ComposeReply").reads().
		says("Saves nothing."), func(ctx context.Context, who party.Actor, in *replyRawIn, b kindBody) (*out[MendedView], error) {
		r, err := s.ComposeReply(ctx, who, complaint.ID(in.ID), b.Kind)
		return body(MendedView{r}), err
	})
	take(s, post("/complaints/{id}/reply/preview", "preview-reply", tagReply, "The decision letter as a wording would print it (预览)", access.HandleComplaint, "PreviewReply").reads().
		says("Saves nothing."), func(ctx context.Context, who party.Actor, in *replyRawIn, b replyBody) (*out[DraftView], error) {
		l, err := s.PreviewReply(ctx, who, complaint.ID(in.ID), b.Reply)
		return body(draftView(l)), err
	})
}

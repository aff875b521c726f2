package api

import (
	"context"
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

const tagAssist = "Attached model"

type assistReplyBody struct {
	Kind complaint.ReplyKind `json:"kind" enum:"decision,regulator"`
	Base int                 `json:"base,omitempty" minimum:"0" doc:"Rev of the draft that was read, 0 for none"`
}

type assistLetterBody struct {
	Text        string                `json:"text" maxLength:"20000" doc:"The letter"`
	Complainant complaint.Complainant `json:"complainant,omitzero" doc:"What is known already; it is masked wherever it stands"`
}

const assistDoc = " Personal data are replaced by placeholders before anything leaves and put back afterwards; the ledger keeps digests, tokens, time and cost, no text. " +
	"Without a model (the default) the answer is 409, and when it fails 503, with a sentence; nothing is changed."

func (s *rest) assisting() {
	answer(s, get("/assist", "get-assist", tagAssist, "The attached model and what it was asked today (大模型用量)", access.ReadSettings, "Assist", "AssistUsage"),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[app.AssistUsage], error) {
			u, err := s.AssistUsage(ctx, who)
			return body(u), err
		})
	answer(s, post("/assist/probe", "probe-assist", tagAssist, "Try to reach the attached model (检查连接)", access.ManageSettings, "AssistProbe").answers(http.StatusNoContent).
		says("Asks for its list of models; no text of any complaint is sent."), func(ctx context.Context, who party.Actor, _ *struct{}) (*struct{}, error) {
		return nil, s.AssistProbe(ctx, who)
	})
	take(s, post("/complaints/{id}/reply/assist", "assist-reply", tagAssist, "Let the attached model draft a reply (机器起草)", access.HandleComplaint, "AssistReply").
		says("Writes the opening and a paragraph for each allegation with a finding, and saves a new version. The paragraphs under machine wait for a person: they are changed, or confirmed with save-draft, before the decision can be proposed."+assistDoc),
		func(ctx context.Context, who party.Actor, in *replyRawIn, b assistReplyBody) (*out[app.AssistDraft], error) {
			d, err := s.AssistReply(ctx, who, complaint.ID(in.ID), b.Kind, b.Base)
			return body(d), err
		})
	answer(s, post("/complaints/{id}/contacts/summary", "assist-summary", tagAssist, "Let the attached model summarise the contacts (机器摘要)", access.HandleComplaint, "AssistSummary").
		says("Stored nowhere; every line names the contacts it rests on."+assistDoc), func(ctx context.Context, who party.Actor, in *CaseID) (*out[app.AssistSummary], error) {
		v, err := s.AssistSummary(ctx, who, complaint.ID(in.ID))
		return body(v), err
	})
	take(s, post("/complaints/read-letter", "assist-letter", tagAssist, "Let the attached model read a letter (读信)", access.RegisterComplaint, "AssistLetter").
		says("Suggestions for a registration; each rests on words of the letter. Nothing is registered."+assistDoc), func(ctx context.Context, who party.Actor, _ *Raw, b assistLetterBody) (*out[app.AssistLetter], error) {
		v, err := s.AssistLetter(ctx, who, complaint.Register{Narrative: b.Text, Complainant: b.Complainant})
		return body(v), err
	})
}

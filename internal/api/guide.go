package api

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const tagGuide = "Guidance"

// SuggestionView is the answer to one topic with what weighed. Send it to the
// command judge to accept, correct or refuse it.
type SuggestionView struct {
	Topic      complaint.Topic `json:"topic"`
	Subject    int             `json:"subject,omitempty" doc:"Number of the contact, 0 for the narrative"`
	Value      string          `json:"value,omitempty"`
	Name       string          `json:"name,omitempty" doc:"In Chinese"`
	Confidence int             `json:"confidence" doc:"Per mille"`
	Unsure     bool            `json:"unsure,omitempty" doc:"Too weak to suggest anything"`
	Dispute    bool            `json:"dispute,omitempty" doc:"Rules and model differ"`
	Source     string          `json:"source,omitempty"`
	Evidence   []EvidenceView  `json:"evidence"`
}

// EvidenceView is words that weighed. Start and end are bytes of that text.
type EvidenceView struct {
	Text   string `json:"text" doc:"narrative, demand or contact"`
	Quote  string `json:"quote"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Title  string `json:"title,omitempty"`
	Source string `json:"source"`
	Row    string `json:"row,omitempty"`
	Weight int    `json:"weight"`
}

// MoodView is the emotion at one moment.
type MoodView struct {
	Subject   int       `json:"subject"`
	At        time.Time `json:"at"`
	Value     string    `json:"value,omitempty" doc:"Empty: cannot be told"`
	Confirmed bool      `json:"confirmed,omitempty"`
	Abusive   bool      `json:"abusive,omitempty"`
	Words     []string  `json:"words,omitempty"`
}

// ReadingView is what texts say about the person.
type ReadingView struct {
	Suggestions []SuggestionView `json:"suggestions"`
	Course      []MoodView       `json:"course"`
	Care        *guide.Care      `json:"care,omitempty" doc:"A person is in danger or in need"`
	Strategies  []guide.Strategy `json:"strategies" doc:"What helps, with the row it comes from"`
	Judgements  []JudgementView  `json:"judgements,omitempty" doc:"What people decided"`
}

// JudgementView is a person's answer.
type JudgementView struct {
	Topic      complaint.Topic   `json:"topic"`
	Subject    int               `json:"subject,omitempty"`
	Value      string            `json:"value,omitempty"`
	Suggested  string            `json:"suggested,omitempty"`
	Source     string            `json:"source,omitempty"`
	Confidence int               `json:"confidence,omitempty"`
	Verdict    complaint.Verdict `json:"verdict"`
	By         string            `json:"by"`
	At         time.Time         `json:"at"`
}

// ReadText is a text that stands in no case yet.
type ReadText struct {
	Narrative string `json:"narrative" maxLength:"20000"`
	Demand    string `json:"demand,omitempty" maxLength:"2000"`
}

// AccuracyView is how the suggestions fared that somebody answered.
type AccuracyView struct {
	From     calendar.Date      `json:"from"`
	To       calendar.Date      `json:"to"`
	Topics   []app.AccuracyLine `json:"topics"`
	Sources  []app.AccuracyLine `json:"sources"`
	Units    []app.AccuracyLine `json:"units"`
	Days     []app.AccuracyLine `json:"days"`
	Confused []app.Confused     `json:"confused" doc:"Corrected most, commonest first"`
}

// AnswerView is one answer with its case.
type AnswerView struct {
	Case   complaint.ID `json:"case"`
	Number string       `json:"number"`
	Unit   UnitRef      `json:"unit"`
	JudgementView
}

type answersIn struct {
	Unit      string `query:"unit" doc:"Handling unit and below"`
	Topic     string `query:"topic"`
	From      string `query:"from" required:"true" format:"date"`
	To        string `query:"to" required:"true" format:"date"`
	Source    string `query:"source" doc:"Rule with version or model; * at the end for a beginning"`
	Verdict   string `query:"verdict" enum:"accepted,corrected,refused,stated"`
	Suggested string `query:"suggested"`
	Value     string `query:"value"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// AnswersView is answers, newest first.
type AnswersView struct {
	Answers []AnswerView `json:"answers"`
}

func (s *rest) guidance() {
	answer(s, get("/complaints/{id}/person", "read-person", tagGuide, "Emotion, causes, needs, stage and codes that the texts suggest (读懂消费者)", access.ReadComplaint, "Guide").
		says("Suggestions with the words that weighed; the command judge decides them. Texts are read masked."), s.readPerson)
	take(s, post("/suggestions/read", "read-text", tagGuide, "The same of a text that is not registered yet", access.RegisterComplaint, "GuideText").reads(),
		func(ctx context.Context, who party.Actor, _ *Raw, d ReadText) (*out[ReadingView], error) {
			r, err := s.GuideText(ctx, who, d.Narrative, d.Demand)
			if err != nil {
				return nil, err
			}
			return body(readingView(r, guide.Of(complaint.Case{Narrative: d.Narrative, Demand: d.Demand}))), nil
		})
	answer(s, get("/suggestions/accuracy", "get-accuracy", tagGuide, "How the answered suggestions fared (建议的准确度)", access.ReadOverview, "Accuracy"), s.accuracy)
	answer(s, get("/suggestions/answers", "list-answers", tagGuide, "The answers behind a number of it", access.ReadComplaint, "JudgedCases"), s.answers)
}

func (s *rest) readPerson(ctx context.Context, who party.Actor, in *CaseID) (*out[ReadingView], error) {
	p, err := s.Guide(ctx, who, complaint.ID(in.ID))
	if err != nil {
		return nil, err
	}
	v := readingView(p.Reading, p.Input)
	v.Judgements = each(p.Case.Judgements, judgementView)
	return body(v), nil
}

func judgementView(j complaint.Judgement) JudgementView {
	return JudgementView{Topic: j.Topic, Subject: j.Subject, Value: j.Value, Suggested: j.Suggested, Source: j.Source, Confidence: j.Confidence, Verdict: j.Verdict, By: j.By, At: j.At}
}

func readingView(r guide.Reading, in guide.Input) ReadingView {
	v := ReadingView{Care: r.Care, Strategies: r.Strategies, Suggestions: []SuggestionView{}}
	for _, s := range r.Suggestions {
		out := SuggestionView{Topic: s.Topic, Subject: s.Subject, Value: s.Value, Name: s.Topic.Name(s.Value, "zh"), Confidence: s.Confidence, Unsure: s.Unsure, Dispute: s.Dispute, Source: s.Source()}
		out.Evidence = each(s.Evidence, func(e guide.Evidence) EvidenceView {
			return EvidenceView{Text: in.Parts[e.Part].Kind, Quote: e.Quote, Start: e.Start, End: e.End, Title: e.Title, Source: e.Source, Row: e.Row, Weight: e.Weight}
		})
		v.Suggestions = append(v.Suggestions, out)
	}
	v.Course = each(r.Course, func(m guide.Mood) MoodView {
		return MoodView{Subject: m.Subject, At: m.At, Value: m.Value, Confirmed: m.Confirmed, Abusive: m.Abusive, Words: m.Words}
	})
	return v
}

func (in answersIn) filter() (storage.JudgementFilter, error) {
	var f fault.Fields
	out := storage.JudgementFilter{Unit: party.UnitID(in.Unit), Topic: complaint.Topic(in.Topic), Source: in.Source, Verdict: complaint.Verdict(in.Verdict), Asked: in.Suggested, Value: in.Value, Limit: in.Limit,
		Span: calendar.Interval{From: day(&f, "from", in.From), To: day(&f, "to", in.To)}}
	f.Need(out.Span.From <= out.Span.To, "to", "结束日早于开始日")
	return out, f.Err()
}

func (s *rest) accuracy(ctx context.Context, who party.Actor, in *answersIn) (*out[AccuracyView], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	a, err := s.Accuracy(ctx, who, f.Unit, f.Topic, f.Span)
	if err != nil {
		return nil, err
	}
	return body(AccuracyView{From: a.Span.From, To: a.Span.To, Topics: a.Topics, Sources: a.Sources, Units: a.Units, Days: a.Days, Confused: a.Confused}), nil
}

func (s *rest) answers(ctx context.Context, who party.Actor, in *answersIn) (*out[AnswersView], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	rows, org, err := s.JudgedCases(ctx, who, f)
	if err != nil {
		return nil, err
	}
	return body(AnswersView{Answers: each(rows, func(r storage.JudgedRow) AnswerView {
		return AnswerView{Case: r.Case, Number: r.Number, Unit: unitRef(org, r.Unit), JudgementView: judgementView(r.Judgement)}
	})}), nil
}

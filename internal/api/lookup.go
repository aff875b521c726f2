package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

const (
	tagLookup  = "Enumerations and deadlines"
	tagAccount = "One's own account"
)

// MeView is for whom a token acts.
type MeView struct {
	ID          string       `json:"id" doc:"Actor as it stands in events"`
	Name        string       `json:"name"`
	Unit        UnitRef      `json:"unit" doc:"Unit whose affairs the person answers for"`
	Roles       []party.Role `json:"roles"`
	Permissions []string     `json:"permissions" doc:"What the person could do to some case or thing"`
	Institution string       `json:"institution"`
	Today       string       `json:"today"`
}

// SessionView is one place where the person is signed in.
type SessionView struct {
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	LastSeen time.Time `json:"last_seen"`
	IP       string    `json:"ip,omitempty"`
	Agent    string    `json:"agent,omitempty"`
}

// SessionsView lists them, last used first.
type SessionsView struct {
	Sessions []SessionView `json:"sessions"`
}

type sessionIn struct {
	Session string `path:"session" doc:"Id of a session, or others for all"`
}

func (s *rest) account() {
	answer(s, get("/me", "get-me", tagAccount, "For whom the token acts", "", "Institution", "Today"), s.me)
	answer(s, get("/me/sessions", "list-sessions", tagAccount, "Where the person is signed in (登录设备)", "", "Sessions"), func(ctx context.Context, who party.Actor, _ *none) (*out[SessionsView], error) {
		list, err := s.Sessions(ctx, who, "")
		return body(SessionsView{each(list, func(x app.OwnSession) SessionView { return SessionView{x.ID, x.Created, x.LastSeen, x.IP, x.Agent} })}), err
	})
	answer(s, del("/me/sessions/{session}", "end-session", tagAccount, "End a sign-in (退出设备)", "", "EndSession").answers(204), func(ctx context.Context, who party.Actor, in *sessionIn) (*done, error) {
		return &done{}, s.EndSession(ctx, who, in.Session, "", app.Client{Agent: "API"})
	})
}

func (s *rest) me(ctx context.Context, who party.Actor, _ *none) (*out[MeView], error) {
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	v := MeView{ID: who.ID, Name: who.Name, Unit: unitRef(org, who.Unit), Roles: who.Roles, Institution: s.Institution(), Today: s.Today().String(), Permissions: []string{}}
	for _, do := range access.Actions() {
		if access.May(who, do) {
			v.Permissions = append(v.Permissions, string(do))
		}
	}
	return body(v), nil
}

// ChannelView is a way on which complaints arrive (投诉渠道).
type ChannelView struct {
	ID        party.ChannelID `json:"id"`
	Name      string          `json:"name"`
	Regime    string          `json:"regime" doc:"Ladder of limits: nfra or pbc"`
	Sender    bool            `json:"sender,omitempty" doc:"An organisation sent it and must be answered too"`
	Regulator bool            `json:"regulator,omitempty"`
	Contact   bool            `json:"contact,omitempty" doc:"Receiving it this way is a contact with the consumer"`
	Mark      string          `json:"mark,omitempty"`
}

// CodeView is one entry of a classification.
type CodeView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
	Group  string `json:"group,omitempty"`
}

// CodesView is the classifications that a case is coded with.
type CodesView struct {
	Products  []CodeView `json:"products"`
	Reasons   []CodeView `json:"reasons"`
	Rights    []CodeView `json:"rights"`
	LifeCycle []CodeView `json:"life_cycle"`
	Business  []CodeView `json:"business_channels"`
}

// LabelView is a value of an enumeration with its names.
type LabelView struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

// GuideView is the guidance of one of the seven steps.
type GuideView struct {
	ID      string           `json:"id"`
	Name    string           `json:"name"`
	NameEn  string           `json:"name_en"`
	Group   string           `json:"group"`
	Aim     string           `json:"aim"`
	AimEn   string           `json:"aim_en"`
	Prompts []string         `json:"prompts"`
	Checks  []GuideCheckView `json:"checks"`
}

// GuideCheckView is one line of a step's checklist.
type GuideCheckView struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	TextEn   string `json:"text_en"`
	Required bool   `json:"required,omitempty"`
}

// FileTypeView is a kind of file that may be attached.
type FileTypeView struct {
	ID         string         `json:"id"`
	MIME       string         `json:"mime"`
	Extensions []string       `json:"extensions"`
	Class      document.Class `json:"class" enum:"image,document,audio,video"`
}

// VocabularyView is every enumeration that a client needs for its forms.
type VocabularyView struct {
	Channels  []ChannelView          `json:"channels"`
	Codes     CodesView              `json:"codes"`
	Steps     []GuideView            `json:"steps" doc:"The seven steps in order"`
	FileTypes []FileTypeView         `json:"file_types"`
	Reveal    []string               `json:"reveal_reasons"`
	Labels    map[string][]LabelView `json:"labels" doc:"Names of the values of every enumeration, by group: state, nature, outcome …"`
}

func (s *rest) lookups() {
	answer(s, get("/vocabulary", "get-vocabulary", tagLookup, "Channels, codes, steps and the names of every enumeration (代码表)", ""), func(context.Context, party.Actor, *none) (*out[VocabularyView], error) {
		return body(vocabulary()), nil
	})
	answer(s, get("/deadlines", "compute-deadline", tagLookup, "Compute a deadline without a case (期限计算)", "", "Rules", "Calendar").
		says("By regime and stage, or by working_days. Days that the holiday notices do not cover are never guessed: announced is then false."), s.deadline)
}

func vocabulary() VocabularyView {
	b := complaint.Book()
	codes := func(list []complaint.Code) []CodeView {
		return each(list, func(c complaint.Code) CodeView { return CodeView(c) })
	}
	v := VocabularyView{Channels: each(party.Channels(), func(c party.Channel) ChannelView { return ChannelView(c) }),
		Codes: CodesView{codes(b.Products), codes(b.Reasons), codes(b.Rights), codes(b.LifeCycle), codes(b.Business)},
		Steps: each(complaint.Guides(), guideView), FileTypes: each(document.Types(), func(t document.Type) FileTypeView { return FileTypeView(t) }),
		Reveal: app.RevealReasons, Labels: map[string][]LabelView{}}
	for _, g := range complaint.LabelGroups() {
		v.Labels[g] = each(complaint.LabelIDs(g), func(id string) LabelView {
			return LabelView{id, complaint.Label(g, id, "zh"), complaint.Label(g, id, "en")}
		})
	}
	return v
}

func guideView(g complaint.StepGuide) GuideView {
	return GuideView{g.ID, g.Name, g.NameEn, g.Group, g.Aim, g.AimEn, g.Prompts, each(g.Checks, func(c complaint.StepCheck) GuideCheckView { return GuideCheckView(c) })}
}

type deadlineIn struct {
	Regime   string   `query:"regime" enum:"nfra,pbc,house" doc:"Ladder of limits"`
	Stage    string   `query:"stage" doc:"simple, complex, special or reexamination"`
	Working  int      `query:"working_days" minimum:"1" maximum:"3650" doc:"Instead of regime and stage"`
	Received string   `query:"received" required:"true" format:"date" doc:"Day of the trigger; not counted"`
	Exclude  []string `query:"exclude" doc:"Comma-separated FROM..TO, such as 2026-05-06..2026-05-20"`
}

// ComputedView is a computed deadline with its count.
type ComputedView struct {
	Received  calendar.Date         `json:"received"`
	Due       calendar.Date         `json:"due,omitzero"`
	Rolled    calendar.Date         `json:"rolled,omitzero"`
	Announced bool                  `json:"announced"`
	Excluded  int                   `json:"excluded_days,omitempty"`
	Name      string                `json:"name,omitempty"`
	Citation  *CitationView         `json:"citation,omitempty"`
	Trace     []regulation.DayCount `json:"trace"`
}

func (s *rest) deadline(_ context.Context, _ party.Actor, in *deadlineIn) (*out[ComputedView], error) {
	var f fault.Fields
	received := day(&f, "received", in.Received)
	var excluded []calendar.Interval
	for _, text := range in.Exclude {
		v, err := calendar.ParseInterval(text)
		if err != nil {
			f.Add("exclude", "%s", fault.Message(err))
		}
		excluded = append(excluded, v)
	}
	f.Need((in.Working > 0) != (in.Regime != "" || in.Stage != ""), "regime", "请写明 regime 和 stage，或者只写 working_days")
	if err := f.Err(); err != nil {
		return nil, err
	}
	clock, err := clockOf(s.Rules(received), in)
	if err != nil {
		return nil, err
	}
	d := regulation.Compute(clock, received, excluded, s.Calendar())
	return body(ComputedView{Received: received, Due: d.Due, Rolled: d.Rolled, Announced: d.Announced, Excluded: d.Excluded, Name: clock.Name, Citation: citationView(clock.Cite),
		Trace: regulation.Explain(clock, received, excluded, s.Calendar())}), nil
}

// clockOf finds the clock that is asked for among those in force on the day.
func clockOf(rules regulation.Set, in *deadlineIn) (regulation.Clock, error) {
	if in.Working > 0 {
		return regulation.Plain(in.Working, true)
	}
	if in.Stage == "reexamination" {
		return rules.Clock(in.Regime + ".reexam.decide")
	}
	ladder := rules.Ladder(in.Regime)
	i := slices.IndexFunc(ladder, func(k regulation.Clock) bool { return k.ID == in.Regime+"."+in.Stage })
	if i < 0 {
		stages := each(ladder, func(k regulation.Clock) string { return strings.TrimPrefix(k.ID, in.Regime+".") })
		return regulation.Clock{}, &fault.Error{Kind: fault.Invalid, Text: "没有这个阶段：" + in.Regime + " 在当天有 " + strings.Join(stages, "、"),
			Violations: []fault.Violation{{Field: "stage", Text: "可选：" + strings.Join(stages, "、")}}}
	}
	return ladder[i], nil
}

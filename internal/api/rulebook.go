package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/text"
	"xiaobao/internal/text/rule"
)

const tagRule = "Rules and scanning"

// RulePackView is a pack of rules in use.
type RulePackView struct {
	ID      string           `json:"id"`
	Version string           `json:"version"`
	Title   string           `json:"title"`
	Owner   string           `json:"owner"`
	Note    string           `json:"note,omitempty"`
	Signal  bool             `json:"signal,omitempty" doc:"Tells what a text is about; used only when it is named"`
	Import  int64            `json:"import,omitempty" doc:"Number of the import; absent for a pack of the program"`
	Rules   []RuleStatusView `json:"rules"`
}

// RuleStatusView is a rule with its switch.
type RuleStatusView struct {
	ID       string        `json:"id"`
	Version  string        `json:"version"`
	Title    string        `json:"title"`
	Severity rule.Severity `json:"severity" enum:"error,warn,info"`
	Cite     []rule.Cite   `json:"cite,omitempty"`
	Source   string        `json:"source,omitempty"`
	Grade    string        `json:"grade" enum:"A,B,C"`
	From     calendar.Date `json:"from,omitzero"`
	To       calendar.Date `json:"to,omitzero"`
	State    rule.Switch   `json:"state" enum:"on,off,shadow"`
	Shadows  int           `json:"shadows,omitempty" doc:"What it would have found in 90 days, while in the shadow; for those who manage rules"`
}

// RulebookView is the packs in use and the imports that wait for their release.
type RulebookView struct {
	Packs  []RulePackView  `json:"packs"`
	Drafts []RuleDraftView `json:"drafts,omitempty"`
}

// RuleDraftView is an imported pack that waits.
type RuleDraftView struct {
	Import  int64          `json:"import"`
	Pack    string         `json:"pack"`
	Version string         `json:"version"`
	Title   string         `json:"title"`
	By      party.PersonID `json:"by"`
	At      time.Time      `json:"at"`
}

// RuleView is one rule in full, with its examples.
type RuleView struct {
	RuleStatusView
	Pack      string            `json:"pack"`
	Kinds     []string          `json:"kinds,omitempty"`
	Sections  []string          `json:"sections,omitempty"`
	Speakers  []string          `json:"speakers,omitempty"`
	Products  []string          `json:"products,omitempty"`
	Advice    string            `json:"advice"`
	Rewrite   string            `json:"rewrite,omitempty"`
	Note      string            `json:"note,omitempty"`
	Literals  []string          `json:"literals"`
	Reasoning []string          `json:"reasoning" doc:"The conditions in words"`
	Examples  []RuleExampleView `json:"examples"`
}

// RuleExampleView is a text of which the rule's author says whether it is hit.
type RuleExampleView struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
	Why  string `json:"why,omitempty"`
}

type ruleIn struct {
	Rule string `path:"rule" maxLength:"64"`
}

type ruleRawIn struct {
	Rule string `path:"rule" maxLength:"64"`
	Raw
}

type releaseIn struct {
	PackImportIn
	Because
}

type withdrawIn struct {
	PackIn
	Because
}

// PackIn is a pack in the address.
type PackIn struct {
	Pack string `path:"pack" maxLength:"64"`
}

// PackImportIn is an import of a pack in the address.
type PackImportIn struct {
	Import int64 `path:"import" minimum:"1"`
}

type importRawIn struct {
	Import int64 `path:"import" minimum:"1"`
	Raw
}

type scanBody struct {
	Text    string        `json:"text" doc:"At most 2 MB of UTF-8"`
	Kind    string        `json:"kind,omitempty" doc:"Kind of material, such as reply or marketing.sms; absent: any"`
	Product string        `json:"product,omitempty"`
	Speaker string        `json:"speaker,omitempty" enum:"staff,consumer" doc:"Who says all of it; absent: as the lines of a transcript say"`
	On      calendar.Date `json:"on,omitzero" doc:"The day whose rules apply; absent: today"`
	Packs   []string      `json:"packs,omitempty" doc:"Ids of packs; absent: all that check"`
}

type explainBody struct {
	Text    string        `json:"text"`
	Kind    string        `json:"kind,omitempty"`
	Product string        `json:"product,omitempty"`
	Speaker string        `json:"speaker,omitempty" enum:"staff,consumer"`
	On      calendar.Date `json:"on,omitzero"`
}

type switchBody struct {
	State rule.Switch `json:"state" enum:"on,off,shadow"`
	Why   string      `json:"why" maxLength:"300"`
}

type packBody struct {
	File   string `json:"file" maxLength:"200" doc:"Name for messages"`
	Source string `json:"source" doc:"The pack in TOML"`
}

type corpusBody struct {
	Texts []string `json:"texts,omitempty" doc:"Absent: the newest closed complaints in scope"`
	Kind  string   `json:"kind,omitempty"`
}

// RuleFindingView is one place where a rule applies. Offsets are bytes; both are
// 0 when the text lacks something.
type RuleFindingView struct {
	Pack     string        `json:"pack"`
	Rule     string        `json:"rule"`
	Version  string        `json:"version"`
	Title    string        `json:"title"`
	Severity rule.Severity `json:"severity" enum:"error,warn,info"`
	Start    int           `json:"start"`
	End      int           `json:"end"`
	Quote    string        `json:"quote"`
	Words    []text.Span   `json:"words" doc:"What weighed: the hit and the neighbours that the rule asked for"`
	Cite     []rule.Cite   `json:"cite" doc:"Of the instruments in force on the day"`
	Source   string        `json:"source,omitempty"`
	Grade    string        `json:"grade"`
	Advice   string        `json:"advice"`
	Rewrite  string        `json:"rewrite,omitempty"`
	Shadow   bool          `json:"shadow,omitempty"`
	Same     string        `json:"same,omitempty" doc:"The matter: rules of one matter that hit one place make one finding"`
	Also     []rule.Also   `json:"also,omitempty" doc:"The other rules that said the same"`
}

// RuleStepView is one thing that was looked at.
type RuleStepView struct {
	At   text.Span `json:"at"`
	OK   bool      `json:"ok" doc:"Speaks for a finding"`
	Text string    `json:"text"`
}

// RuleExplanationView says why a rule hit a text or did not.
type RuleExplanationView struct {
	Rule     string            `json:"rule"`
	Hit      bool              `json:"hit"`
	Steps    []RuleStepView    `json:"steps"`
	Findings []RuleFindingView `json:"findings,omitempty"`
}

// RuleChangeView is a finding with the words around it.
type RuleChangeView struct {
	Doc     int             `json:"doc" doc:"Index of the text"`
	Finding RuleFindingView `json:"finding"`
	Excerpt string          `json:"excerpt"`
}

// RuleBacktestView says what a change of the rules does to a corpus.
type RuleBacktestView struct {
	Docs   int              `json:"docs"`
	Before int              `json:"before"`
	After  int              `json:"after"`
	New    []RuleChangeView `json:"new" doc:"The first of them"`
	Missed []RuleChangeView `json:"missed" doc:"The first of them"`
	Gained map[string]int   `json:"gained" doc:"By rule, all of them"`
	Lost   map[string]int   `json:"lost" doc:"By rule, all of them"`
}

func ruleFinding(f rule.Finding) RuleFindingView { return RuleFindingView(f) }

func ruleChange(c rule.Change) RuleChangeView {
	return RuleChangeView{c.Doc, ruleFinding(c.Finding), c.Excerpt}
}

func backtestView(t *rule.Backtest) RuleBacktestView {
	if t == nil {
		return RuleBacktestView{}
	}
	return RuleBacktestView{t.Docs, t.Before, t.After, each(t.New, ruleChange), each(t.Missed, ruleChange), t.Gained, t.Lost}
}

// RuleFindingsView is what a scan found, in the order of the text; offsets are bytes.
type RuleFindingsView struct {
	Findings []RuleFindingView `json:"findings"`
}

// RuleImportedView is the number of an import.
type RuleImportedView struct {
	Import int64 `json:"import"`
}

// RuleChangesView is what a shadow rule would say.
type RuleChangesView struct {
	Findings []RuleChangeView `json:"findings"`
}

func (s *rest) rulebook() {
	answer(s, get("/rules", "list-rules", tagRule, "Rule packs with their rules (规则包)", access.ReadRules, "RuleRoom", "Rulebook"), s.listRules)
	answer(s, get("/rules/{rule}", "get-rule", tagRule, "One rule with its examples (规则)", access.ReadRules, "RuleRoom"), s.oneRule)
	take(s, post("/rules/scan", "scan-text", tagRule, "Check a text with the rules (检查文字)", access.ReadRules, "ScanText").reads().
		says("Shadow findings are counted and not shown. Rules that say the same of one place make one finding. For a material of a kind of review see /check."), func(ctx context.Context, who party.Actor, _ *Raw, b scanBody) (*out[RuleFindingsView], error) {
		found, err := s.ScanText(ctx, who, docOf(explainBody{b.Text, b.Kind, b.Product, b.Speaker, b.On}), b.Packs...)
		return body(RuleFindingsView{each(rule.Merge(found), ruleFinding)}), err
	})
	take(s, post("/rules/{rule}/explain", "explain-rule", tagRule, "Why a rule hits a text or does not (说明)", access.ReadRules, "ExplainRule").reads(),
		func(ctx context.Context, who party.Actor, in *ruleRawIn, b explainBody) (*out[RuleExplanationView], error) {
			x, err := s.ExplainRule(ctx, who, in.Rule, docOf(b))
			return body(RuleExplanationView{x.Rule, x.Hit, each(x.Steps, func(st rule.Step) RuleStepView { return RuleStepView(st) }), each(x.Findings, ruleFinding)}), err
		})
	take(s, put("/rules/{rule}/state", "switch-rule", tagRule, "Switch a rule on, off or to the shadow (开关规则)", access.ManageRules, "SwitchRule").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *ruleRawIn, b switchBody) (*done, error) {
			return &done{}, s.SwitchRule(ctx, who, in.Rule, b.State, b.Why)
		})
	answer(s, post("/rules/{rule}/shadow", "shadow-findings", tagRule, "What a shadow rule would find in closed complaints (影子试扫)", access.ManageRules, "ShadowFindings"),
		func(ctx context.Context, who party.Actor, in *ruleIn) (*out[RuleChangesView], error) {
			list, err := s.ShadowFindings(ctx, who, in.Rule)
			return body(RuleChangesView{each(list, ruleChange)}), err
		})
	s.ruleImports()
}

func (s *rest) ruleImports() {
	take(s, post("/rule-imports", "import-rules", tagRule, "Take in a pack for a trial (导入规则包)", access.ManageRules, "ImportPack").answers(http.StatusCreated).
		says("A pack whose examples fail is refused with every failure. Its rules run for nobody until it is released."),
		func(ctx context.Context, who party.Actor, _ *Raw, b packBody) (*out[RuleImportedView], error) {
			n, err := s.ImportPack(ctx, who, b.File, []byte(b.Source))
			return body(RuleImportedView{n}), err
		})
	take(s, post("/rule-imports/{import}/backtest", "backtest-rules", tagRule, "What the release would newly find and miss (回测)", access.ManageRules, "BacktestPack"),
		func(ctx context.Context, who party.Actor, in *importRawIn, b corpusBody) (*out[RuleBacktestView], error) {
			var docs []rule.Doc
			for _, t := range b.Texts {
				docs = append(docs, rule.Doc{Text: t, Kind: b.Kind})
			}
			t, err := s.BacktestPack(ctx, who, in.Import, docs)
			return body(backtestView(t)), err
		})
	answer(s, post("/rule-imports/{import}/release", "release-rules", tagRule, "Put an imported pack to use (发布)", access.ManageRules, "ReleasePack").answers(http.StatusNoContent).says(saysWaits),
		func(ctx context.Context, who party.Actor, in *releaseIn) (*done, error) {
			return &done{}, s.ReleasePack(ctx, who, in.Import, in.Reason)
		})
	answer(s, post("/rule-imports/{import}/discard", "discard-rules", tagRule, "Drop an imported pack (放弃)", access.ManageRules, "DiscardPack").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *PackImportIn) (*done, error) {
			return &done{}, s.DiscardPack(ctx, who, in.Import)
		})
	answer(s, post("/rule-packs/{pack}/withdraw", "withdraw-rules", tagRule, "Take a released import out of use (撤下)", access.ManageRules, "WithdrawPack").answers(http.StatusNoContent).says(saysWaits),
		func(ctx context.Context, who party.Actor, in *withdrawIn) (*done, error) {
			return &done{}, s.WithdrawPack(ctx, who, in.Pack, in.Reason)
		})
}

func docOf(b explainBody) rule.Doc {
	d := rule.Doc{Text: b.Text, Kind: b.Kind, Product: b.Product, On: b.On, Segments: rule.Dialogue(b.Text)}
	if b.Speaker != "" {
		d.Segments = []rule.Segment{{End: len(b.Text), Speaker: b.Speaker}}
	}
	return d
}

func ruleStatus(room app.RuleRoom, r *rule.Rule) RuleStatusView {
	_, state, _ := room.Book.Rule(r.ID)
	return RuleStatusView{ID: r.ID, Version: r.Version, Title: r.Title, Severity: r.Severity, Cite: r.Cite, Source: r.Source, Grade: r.Grade, From: r.From, To: r.To,
		State: state, Shadows: room.Shadows[r.ID]}
}

func (s *rest) listRules(ctx context.Context, who party.Actor, _ *none) (*out[RulebookView], error) {
	room, err := s.RuleRoom(ctx, who)
	if err != nil {
		return nil, err
	}
	v := RulebookView{Packs: []RulePackView{}}
	for _, p := range room.Packs {
		v.Packs = append(v.Packs, RulePackView{ID: p.ID, Version: p.Version, Title: p.Title, Owner: p.Owner, Note: p.Note, Signal: p.Signal, Import: p.Import,
			Rules: each(p.Rules, func(r *rule.Rule) RuleStatusView { return ruleStatus(room, r) })})
	}
	for _, d := range room.Drafts {
		v.Drafts = append(v.Drafts, RuleDraftView{d.Number, d.ID, d.Version, d.Title, d.By, d.At})
	}
	return body(v), nil
}

func (s *rest) oneRule(ctx context.Context, who party.Actor, in *ruleIn) (*out[RuleView], error) {
	room, err := s.RuleRoom(ctx, who)
	if err != nil {
		return nil, err
	}
	r, _, known := room.Book.Rule(in.Rule)
	if !known {
		return nil, fault.New(fault.NotFound, "没有编号为“%s”的规则：请核对编号。", in.Rule)
	}
	return body(RuleView{RuleStatusView: ruleStatus(room, r), Pack: r.Pack, Kinds: r.Kinds, Sections: r.Sections, Speakers: r.Speakers, Products: r.Products,
		Advice: r.Advice, Rewrite: r.Rewrite, Note: r.Note, Literals: append([]string{}, r.Literals...), Reasoning: r.Reasoning,
		Examples: each(r.Examples, func(e rule.Example) RuleExampleView { return RuleExampleView{e.Text, e.Hit, e.Why} })}), nil
}

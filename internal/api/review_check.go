package api

import (
	"context"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/text/rule"
)

// ReviewKindView is a kind of material with its form, its checklist and its standard.
type ReviewKindView struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	NameEn string            `json:"name_en"`
	Help   string            `json:"help"`
	HelpEn string            `json:"help_en"`
	Group  string            `json:"group"`
	Head   bool              `json:"head" doc:"Head office reviews what a branch submits"`
	Limit  *ReviewLimitView  `json:"limit,omitempty"`
	Form   []ReviewFieldView `json:"form"`
	Items  []ReviewItemView  `json:"checklist"`
	Packs  []KindPackView    `json:"packs" doc:"What reads it, in force on the day"`
	Checks []ReviewCheckView `json:"checks" doc:"What is looked for beyond words"`
}

// ReviewLimitView is how long a review may take.
type ReviewLimitView struct {
	Days    int    `json:"days"`
	Working bool   `json:"working" doc:"Working days"`
	Name    string `json:"name"`
}

// ReviewFieldView is a question of a form.
type ReviewFieldView struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	NameEn   string             `json:"name_en"`
	Type     string             `json:"type" enum:"text,long,date,percent,yes,channels,choice"`
	Required bool               `json:"required"`
	Options  []ReviewOptionView `json:"options,omitempty"`
}

// ReviewOptionView is one value of a choice.
type ReviewOptionView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
}

// ReviewItemView is a line of the checklist.
type ReviewItemView struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	NameEn   string   `json:"name_en"`
	Help     string   `json:"help,omitempty"`
	Cite     []string `json:"cite,omitempty" doc:"instrument/article"`
	Source   string   `json:"source,omitempty"`
	Required bool     `json:"required"`
}

// KindPackView is a pack with those of its rules that read a kind on a day.
type KindPackView struct {
	ID      string           `json:"id"`
	Version string           `json:"version"`
	Title   string           `json:"title"`
	Rules   []RuleStatusView `json:"rules"`
}

// ReviewCheckView is something looked for beyond words.
type ReviewCheckView struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Severity review.Severity `json:"severity" enum:"error,warn,info"`
	Advice   string          `json:"advice"`
	Cite     []string        `json:"cite" doc:"Instrument and article"`
}

// ReviewKindsView is the kinds of material as of a day.
type ReviewKindsView struct {
	On    calendar.Date    `json:"on"`
	Kinds []ReviewKindView `json:"kinds"`
}

func kindView(k app.KindStandard) ReviewKindView {
	v := ReviewKindView{ID: k.ID, Name: k.Name, NameEn: k.NameEn, Help: k.Help, HelpEn: k.HelpEn, Group: k.Group, Head: k.Head}
	if k.Limit.Days > 0 {
		v.Limit = &ReviewLimitView{k.Limit.Days, k.Limit.Working, k.Limit.Name}
	}
	v.Form = each(k.Form(), func(f review.Field) ReviewFieldView {
		return ReviewFieldView{f.ID, f.Name, f.NameEn, f.Type, f.Required, each(f.Options, func(o review.Option) ReviewOptionView { return ReviewOptionView(o) })}
	})
	v.Items = each(k.Items(), func(i review.Item) ReviewItemView {
		return ReviewItemView{i.ID, i.Name, i.NameEn, i.Help, i.Cite, i.Source, i.Required}
	})
	v.Packs = each(k.Packs, func(p app.PackState) KindPackView {
		return KindPackView{p.ID, p.Version, p.Title, each(p.Rules, func(r *rule.Rule) RuleStatusView {
			return RuleStatusView{ID: r.ID, Version: r.Version, Title: r.Title, Severity: r.Severity, Cite: r.Cite, Source: r.Source, Grade: r.Grade, From: r.From, To: r.To, State: k.States[r.ID]}
		})}
	})
	v.Checks = each(k.Checks, func(c check.Sort) ReviewCheckView {
		return ReviewCheckView{check.Pack + "." + c.ID, c.Title, c.Severity, c.Advice, c.Cite}
	})
	return v
}

// CheckedView is what was found in one text or file.
type CheckedView struct {
	File     string           `json:"file,omitempty"`
	On       calendar.Date    `json:"on"`
	Rules    string           `json:"rules" doc:"Digest of the rules that were used"`
	Warnings []string         `json:"warnings,omitempty" doc:"What could not be read well"`
	Error    int              `json:"error"`
	Warn     int              `json:"warn"`
	Info     int              `json:"info"`
	Findings []review.Finding `json:"findings" doc:"In the order of the text; offsets are bytes of it"`
}

// CheckedFilesView is what was found in several files.
type CheckedFilesView struct {
	Files  []CheckedView    `json:"files"`
	Unread []UnreadFileView `json:"unread" doc:"Files that could not be read; they hold up nothing"`
}

// UnreadFileView is a file that could not be read.
type UnreadFileView struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// RecheckedFilesView is what several files are to what was cleared.
type RecheckedFilesView struct {
	Files  []RecheckedFileView `json:"files"`
	Unread []UnreadFileView    `json:"unread"`
}

// RecheckedFileView is what one file is.
type RecheckedFileView struct {
	File string `json:"file"`
	RecheckView
}

func checkedView(file string, m app.MaterialChecked, d extract.Document) CheckedView {
	v := CheckedView{File: file, On: m.On, Rules: m.Rules, Warnings: d.Warnings, Findings: append([]review.Finding{}, m.Findings...)}
	for _, f := range m.Findings {
		switch f.Severity {
		case review.Severity(rule.Error):
			v.Error++
		case review.Severity(rule.Warn):
			v.Warn++
		default:
			v.Info++
		}
	}
	return v
}

type kindsIn struct {
	On string `query:"on" format:"date" doc:"The day whose rules apply; today when absent"`
}

type checkIn struct {
	Kind string   `query:"kind" maxLength:"40" required:"true" doc:"Kind of material"`
	On   string   `query:"on" format:"date" doc:"Planned publication; today when absent"`
	Form []string `query:"form,explode" doc:"An answer of the form, field=value, such as line=wealth; may be repeated"`
}

type checkBody struct {
	Text string            `json:"text" maxLength:"400000"`
	Kind string            `json:"kind" maxLength:"40"`
	On   calendar.Date     `json:"on,omitzero" doc:"Planned publication; today when absent"`
	Form map[string]string `json:"form,omitempty" doc:"What the form of the kind asks; line is the business line"`
}

func (s *rest) reviewChecks() {
	answer(s, get("/review-kinds", "list-review-kinds", tagReview, "Kinds of material with form, checklist and standard (材料类型与标准)", access.RecheckMaterial, "MaterialKinds").
		says("Packs and rules are those in force on the day."), s.listKinds)
	take(s, post("/check", "check-text", tagReview, "Check a text as its submission would be (全套检查文字)", access.RecheckMaterial, "CheckMaterial").reads().
		says("The packs of the kind, and what no single word tells: figures that disagree, missing warnings, dates past, the form. Nothing is kept. What says the same of one place is one finding."),
		func(ctx context.Context, who party.Actor, _ *rawIn, b checkBody) (*out[CheckedView], error) {
			d := extract.Plain(b.Text)
			m, err := s.CheckMaterial(ctx, who, app.CheckOrder{Kind: b.Kind, Form: b.Form, On: b.On}, d)
			if err != nil {
				return nil, err
			}
			return body(checkedView("", m, d)), nil
		})
	files := post("/check/files", "check-files", tagReview, "Check files as their submission would be (全套检查文件)", access.RecheckMaterial, "CheckMaterial", "ReadUpload").reads().
		says("multipart/form-data with parts named file. Nothing is kept.")
	answer(s, files, s.checkFiles)
	s.api.OpenAPI().Paths[files.path].Post.RequestBody = multipartFiles()
	again := post("/recheck/files", "recheck-files", tagReview, "What circulating files are to what was cleared (回检文件)", access.RecheckMaterial, "Recheck", "ReadUpload").reads().
		says("multipart/form-data with parts named file. Nothing is kept.")
	answer(s, again, s.recheckFiles)
	s.api.OpenAPI().Paths[again.path].Post.RequestBody = multipartFiles()
}

func (s *rest) listKinds(ctx context.Context, who party.Actor, in *kindsIn) (*out[ReviewKindsView], error) {
	var f fault.Fields
	on := day(&f, "on", in.On)
	if err := f.Err(); err != nil {
		return nil, err
	}
	list, err := s.MaterialKinds(ctx, who, on)
	if err != nil {
		return nil, err
	}
	return body(ReviewKindsView{On: list[0].On, Kinds: each(list, kindView)}), nil
}

func (s *rest) checkFiles(ctx context.Context, who party.Actor, in *checkIn) (*out[CheckedFilesView], error) {
	var f fault.Fields
	on := day(&f, "on", in.On)
	if err := f.Err(); err != nil {
		return nil, err
	}
	o := app.CheckOrder{Kind: in.Kind, Form: map[string]string{}, On: on}
	for _, x := range in.Form {
		id, value, _ := strings.Cut(x, "=")
		o.Form[id] = value
	}
	v := CheckedFilesView{Files: []CheckedView{}}
	var err error
	v.Unread, err = s.eachUpload(ctx, func(name string, d extract.Document) error {
		m, err := s.CheckMaterial(ctx, who, o, d)
		if err != nil {
			return err
		}
		v.Files = append(v.Files, checkedView(name, m, d))
		return nil
	})
	return body(v), err
}

func (s *rest) recheckFiles(ctx context.Context, who party.Actor, _ *none) (*out[RecheckedFilesView], error) {
	v := RecheckedFilesView{Files: []RecheckedFileView{}}
	var err error
	v.Unread, err = s.eachUpload(ctx, func(name string, d extract.Document) error {
		r, err := s.Recheck(ctx, who, d)
		if err != nil {
			return err
		}
		v.Files = append(v.Files, RecheckedFileView{name, recheckView(r)})
		return nil
	})
	return body(v), err
}

// eachUpload reads the files of a request. Those that cannot be read are listed;
// fn's own faults end it.
func (s *rest) eachUpload(ctx context.Context, fn func(name string, d extract.Document) error) ([]UnreadFileView, error) {
	unread := []UnreadFileView{}
	files, done, err := s.spooled(ctx)
	defer done()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		d, err := s.ReadUpload(ctx, f)
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			unread = append(unread, UnreadFileView{f.Name, fault.Message(err)})
			continue
		}
		if err := fn(f.Name, d); err != nil {
			return nil, err
		}
	}
	return unread, nil
}

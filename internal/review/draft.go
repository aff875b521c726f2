package review

import (
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// NewDraft opens a review (送审登记). What the kind's form asks for is checked
// when it is handed in, so that a draft may be incomplete.
type NewDraft struct {
	Kind    string            `json:"kind" maxLength:"40"`
	Title   string            `json:"title" maxLength:"120"`
	Product string            `json:"product,omitempty" maxLength:"40" doc:"Id in the product register"`
	Unit    party.UnitID      `json:"unit,omitempty" doc:"Submitting unit; the person's own when empty"`
	Form    map[string]string `json:"form,omitempty" doc:"Field id -> value, as the kind's form asks"`
	Prior   ID                `json:"prior,omitempty" doc:"The cleared review whose material changes"`
}

// New decides a new review.
func (d NewDraft) New(id ID, number string, env Env) (Event, error) {
	var f fault.Fields
	kind, ok := KindOf(d.Kind)
	f.Need(ok, "kind", "请选择送审类型")
	text(&f, "title", d.Title, "标题", true, 120)
	unit := d.Unit
	if unit == "" {
		unit = env.By.Seat
	}
	u, known := env.Tree.Unit(unit)
	f.Need(known && !u.Closed, "unit", "请选择送审机构")
	f.Need(!known || access.InScope(env.By, env.Tree.Path(unit)) || env.By.Seat == unit, "unit", "您不能替%s送审", u.Name)
	kind.checkForm(&f, d.Form, false, env)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return &Drafted{ID: id, Number: number, What: d.Kind, Title: strings.TrimSpace(d.Title), Product: d.Product, Unit: unit, Path: env.Tree.Path(unit), Form: clean(d.Form), Prior: d.Prior}, nil
}

// clean drops empty answers.
func clean(form map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range form {
		if v = strings.TrimSpace(v); v != "" {
			out[k] = v
		}
	}
	return out
}

// Edit corrects a draft.
type Edit struct {
	Title   string            `json:"title" maxLength:"120"`
	Product string            `json:"product,omitempty" maxLength:"40"`
	Form    map[string]string `json:"form,omitempty"`
}

// Action implements Command.
func (Edit) Action() access.Action { return access.SubmitReview }

// Decide implements Command.
func (d Edit) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("修改送审内容", Draft, Questions, Opinion); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "title", d.Title, "标题", true, 120)
	kind, _ := KindOf(r.Kind)
	kind.checkForm(&f, d.Form, r.State != Draft, env)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Changed{Title: strings.TrimSpace(d.Title), Product: d.Product, Form: clean(d.Form)}}, nil
}

// MaxFiles bounds the files of one version.
const MaxFiles = 20

// AddMaterial adds a version of the material: a pasted text or files already stored.
type AddMaterial struct {
	Text  string `json:"text,omitempty" maxLength:"400000"`
	Files []File `json:"files,omitempty"`
	Note  string `json:"note,omitempty" maxLength:"500" doc:"What changed against the version before"`
}

// Action implements Command.
func (AddMaterial) Action() access.Action { return access.SubmitReview }

// Decide implements Command. A version may come while nothing is decided; what
// is being read is not exchanged under the reviewer's eyes.
func (d AddMaterial) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("更换材料", Draft, Questions, Opinion); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "text", d.Text, "材料文字", false, MaxMaterialText)
	text(&f, "note", d.Note, "改动说明", len(r.Materials) > 0, 500)
	f.Need(strings.TrimSpace(d.Text) != "" || len(d.Files) > 0, "files", "请上传送审材料，或粘贴文字")
	f.Need(len(d.Files) <= MaxFiles, "files", "一次最多 %d 个文件", MaxFiles)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&MaterialAdded{N: len(r.Materials) + 1, Text: d.Text, Files: d.Files, Note: d.Note}}, nil
}

// HandIn submits for review, or hands a mended draft in again (送审).
type HandIn struct {
	Urgent bool   `json:"urgent,omitempty"`
	Why    string `json:"why,omitempty" maxLength:"500" doc:"Reason of the urgent track"`
}

// Action implements Command.
func (HandIn) Action() access.Action { return access.SubmitReview }

// Decide implements Command.
func (d HandIn) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("送审", Draft); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	kind, _ := KindOf(r.Kind)
	kind.checkForm(&f, r.Form, true, env)
	text(&f, "why", d.Why, "加急原因", d.Urgent, 500)
	m, ok := r.Current()
	f.Need(ok, "files", "请先上传送审材料")
	f.Need(!ok || m.Reading != nil, "files", "材料还没有读取完毕，请稍候再送审")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&HandedIn{On: env.Today(), Urgent: d.Urgent, Why: d.Why}}, nil
}

// TakeBack ends a review that is no longer wanted (撤回送审).
type TakeBack struct {
	Why string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (TakeBack) Action() access.Action { return access.SubmitReview }

// Decide implements Command.
func (d TakeBack) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("撤回", Draft, Submitted, InReview, Questions, Opinion, Answered, Escalated, Confirmed); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "撤回原因", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&TakenBack{Why: d.Why}}, nil
}

// PublishOn is the planned publication date of the form, zero when none: the
// articles in force on it are what the material is measured by.
func (r Review) PublishOn() calendar.Date {
	d, err := calendar.Parse(r.Form["publish_on"])
	if err != nil {
		return 0
	}
	return d
}

// Channels are the channels of the form.
func (r Review) Channels() []string {
	list := strings.FieldsFunc(r.Form["channels"], func(c rune) bool { return c == ',' })
	slices.Sort(list)
	return slices.Compact(list)
}

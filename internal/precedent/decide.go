package precedent

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Env is what a decision may depend on beside the precedent.
type Env struct {
	By     party.Actor
	At     time.Time
	Check  func(Precedent) []Finding // what still looks like a person
	Number string                    // for the first approval
}

// Command is what a person asks of a precedent.
type Command interface {
	// Action is the permission it needs.
	Action() access.Action
	// Decide returns the events it gives, or the sentence that says why not.
	Decide(p Precedent, env Env) ([]Event, error)
}

// Verb is a command under the name by which addresses know it.
type Verb struct {
	Name string
	New  func() Command // a pointer to an empty command
}

func verb[C Command](name string) Verb {
	return Verb{Name: name, New: func() Command { return any(new(C)).(Command) }}
}

// Verbs lists every command on an existing precedent.
func Verbs() []Verb {
	return []Verb{verb[Edit]("edit"), verb[HandIn]("hand-in"), verb[Approve]("approve"), verb[Return]("return"), verb[Withdraw]("withdraw"), verb[Drop]("drop"), verb[Cite]("cite")}
}

// VerbOf returns a verb by name.
func VerbOf(name string) (Verb, bool) {
	i := slices.IndexFunc(Verbs(), func(v Verb) bool { return v.Name == name })
	if i < 0 {
		return Verb{}, false
	}
	return Verbs()[i], true
}

// MaxPoints bounds the allegations of one precedent.
const MaxPoints = 30

// Edit writes the draft. On an approved precedent it begins the next edition; the
// approved text stays until that one is approved.
type Edit struct {
	Content
	Hidden  []string    `json:"hidden,omitempty" doc:"Topics left out because they would single the case out"`
	Cleared []Clearance `json:"cleared,omitempty" doc:"Findings of the check that name nobody, with the reason"`
}

// Action implements Command.
func (Edit) Action() access.Action { return access.ProposePrecedent }

// Decide implements Command.
func (d Edit) Decide(p Precedent, _ Env) ([]Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	d.check(&f)
	for _, t := range d.Hidden {
		f.Need(slices.Contains(Topics, t), "hidden", "%s 不在可隐去的项目之内", t)
	}
	for i, c := range d.Cleared {
		at := "cleared[" + itoa(i) + "].why"
		prose(&f, at, c.Why, "理由", true, 200)
		f.Need(!hardKey(c.Key), at, "“%s”来自原投诉的当事人信息，不能说明后保留，请改写", keyText(c.Key))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	slices.Sort(d.Hidden)
	return []Event{&Edited{Content: d.tidy(), Hidden: slices.Compact(d.Hidden), Cleared: d.Cleared}}, nil
}

func (c Content) check(f *fault.Fields) {
	prose(f, "title", c.Title, "标题", true, 120)
	prose(f, "situation", c.Situation, "情形", true, 8000)
	prose(f, "handling", c.Handling, "处理", true, 8000)
	prose(f, "letter", c.Letter, "答复要点", false, 8000)
	prose(f, "result", c.Result, "结果", true, 4000)
	prose(f, "lessons", c.Lessons, "启示", false, 8000)
	f.Need(len(c.Points) <= MaxPoints, "points", "争议点最多 %d 项", MaxPoints)
	for i, p := range c.Points {
		at := "points[" + itoa(i) + "]."
		prose(f, at+"text", p.Text, "争议点", true, 2000)
		prose(f, at+"outcome", p.Outcome, "核查结论", false, 32)
		prose(f, at+"evidence", p.Evidence, "核查情况", false, 4000)
		prose(f, at+"basis", p.Basis, "依据", false, 1000)
		prose(f, at+"explanation", p.Explanation, "说明", false, 4000)
	}
}

// tidy trims the texts and gives all lines one kind of end.
func (c Content) tidy() Content {
	c.each(func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) })
	return c
}

// HandIn asks a second person to approve the draft.
type HandIn struct{}

// Action implements Command.
func (HandIn) Action() access.Action { return access.ProposePrecedent }

// Decide implements Command. What still looks like a person stops it here, before
// anybody else reads it.
func (HandIn) Decide(p Precedent, env Env) ([]Event, error) {
	if err := p.working(Draft, "提交"); err != nil {
		return nil, err
	}
	var f fault.Fields
	prose(&f, "lessons", p.Content.Lessons, "启示（这件投诉教给我们什么）", true, 8000)
	unanswered(&f, p, env)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&HandedIn{}}, nil
}

// unanswered adds every finding that nobody has answered for.
func unanswered(f *fault.Fields, p Precedent, env Env) {
	for _, x := range Open(env.Check(p)) {
		f.Add(x.Field, "%s", x.Sentence())
	}
}

// Approve puts the draft into the library (second person).
type Approve struct{}

// Action implements Command.
func (Approve) Action() access.Action { return access.ApprovePrecedent }

// Decide implements Command. The check runs again: what was known of the case may
// have grown since.
func (Approve) Decide(p Precedent, env Env) ([]Event, error) {
	if err := p.second(env, "批准"); err != nil {
		return nil, err
	}
	var f fault.Fields
	unanswered(&f, p, env)
	if err := f.Err(); err != nil {
		return nil, err
	}
	number := p.Number
	if number == "" {
		number = env.Number
	}
	return []Event{&Accepted{Number: number, Edition: len(p.Editions) + 1}}, nil
}

// Return sends the draft back to its writer.
type Return struct {
	Why string `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (Return) Action() access.Action { return access.ApprovePrecedent }

// Decide implements Command.
func (d Return) Decide(p Precedent, env Env) ([]Event, error) {
	if err := p.second(env, "退回"); err != nil {
		return nil, err
	}
	return why(d.Why, "退回的理由", &SentBack{Why: strings.TrimSpace(d.Why)})
}

// Withdraw takes a precedent out of the library, or gives a draft up.
type Withdraw struct {
	Why string `json:"why" maxLength:"1000"`
}

// Action implements Command. A draft is its proposer's to give up; what is
// approved leaves the library only by the office.
func (Withdraw) Action() access.Action { return access.ProposePrecedent }

// Decide implements Command.
func (d Withdraw) Decide(p Precedent, env Env) ([]Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	if p.State == Approved && !mayApprove(env.By, p) {
		return nil, fault.New(fault.Forbidden, "已入库的案例只能由消保办撤下；您可以修订，或请消保办处理")
	}
	return why(d.Why, "撤下的理由", &TakenOut{Why: strings.TrimSpace(d.Why)})
}

// Drop gives up the work on a further edition.
type Drop struct{}

// Action implements Command.
func (Drop) Action() access.Action { return access.ProposePrecedent }

// Decide implements Command.
func (Drop) Decide(p Precedent, _ Env) ([]Event, error) {
	if p.State != Approved || p.Work == "" {
		return nil, fault.New(fault.Conflict, "这件案例没有正在修订的版本")
	}
	return []Event{&Dropped{}}, nil
}

// Cite notes that the precedent was used.
type Cite struct {
	What string `json:"what" enum:"training,reply,review,other"`
	Note string `json:"note,omitempty" maxLength:"200" doc:"Where: name of the training, number of the paper; no personal data"`
}

// Action implements Command.
func (Cite) Action() access.Action { return access.ReadPrecedent }

// Decide implements Command. The note is read by everybody, so it must not name anybody.
func (d Cite) Decide(p Precedent, env Env) ([]Event, error) {
	if p.State != Approved {
		return nil, fault.New(fault.Conflict, "只有已入库的案例可以引用")
	}
	var f fault.Fields
	f.Need(slices.Contains(Uses, d.What), "what", "请选择引用的用途")
	prose(&f, "note", d.Note, "引用说明", false, 200)
	for _, x := range env.Check(Precedent{Content: Content{Lessons: d.Note}}) {
		f.Add("note", "引用说明里不要写个人信息：%s", x.Sentence())
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Cited{What: d.What, Note: strings.TrimSpace(d.Note)}}, nil
}

func why(s, label string, e Event) ([]Event, error) {
	var f fault.Fields
	prose(&f, "why", s, label, true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

func (p Precedent) alive() error {
	switch {
	case p.Version == 0:
		return fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
	case p.State == Withdrawn:
		return fault.New(fault.Conflict, "这件案例已经撤下，不能再改")
	}
	return nil
}

func (p Precedent) working(s State, what string) error {
	if err := p.alive(); err != nil {
		return err
	}
	if p.Work != s {
		return fault.New(fault.Conflict, "这件案例现在不能%s：它不在%s的阶段", what, map[State]string{Draft: "起草", Waiting: "等待审批"}[s])
	}
	return nil
}

// second refuses the proposer and whoever wrote the draft.
func (p Precedent) second(env Env, what string) error {
	if err := p.working(Waiting, what); err != nil {
		return err
	}
	if env.By.ID == p.Proposer || env.By.ID == p.Editor {
		return fault.New(fault.Forbidden, "提出和撰写案例的人不能自己%s，须由另一位消保办人员决定", what)
	}
	return nil
}

// Target is what access needs to know of a precedent.
func (p Precedent) Target() access.Target {
	t := access.Target{Path: p.Path}
	if who, ok := strings.CutPrefix(p.Proposer, "person/"); ok {
		t.Owners = []party.PersonID{party.PersonID(who)}
	}
	return t
}

func mayApprove(who party.Actor, p Precedent) bool {
	return access.Can(who, access.ApprovePrecedent, access.Target{Path: p.Path}).Allow
}

func prose(f *fault.Fields, field, s, label string, required bool, most int) {
	if required && strings.TrimSpace(s) == "" {
		f.Add(field, "请填写%s", label)
	}
	if n := utf8.RuneCountInString(s); n > most {
		f.Add(field, "%s共 %d 字，超过 %d 字，请缩短", label, n, most)
	}
	f.Need(utf8.ValidString(s), field, "%s含有无法识别的字符编码，请重新输入", label)
	f.Need(!strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }), field, "%s含有控制字符，请删除后再提交", label)
}

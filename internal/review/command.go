package review

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// Env is what a decision may depend on beside the review.
type Env struct {
	By     party.Actor
	At     time.Time
	Rules  regulation.Set // in force on the day of the act
	Cal    *calendar.Calendar
	Tree   *party.Tree
	People func(party.PersonID) (party.Person, bool)
}

// Today is the day of the act in the institution's zone.
func (e Env) Today() calendar.Date { return calendar.FromTime(e.At) }

func (e Env) setting(id string) int64 {
	s, err := e.Rules.Setting(id)
	if err != nil {
		return 0
	}
	return s.Int()
}

func (e Env) settingOn(id string) bool {
	s, err := e.Rules.Setting(id)
	return err == nil && s.Bool()
}

// Command is what a person asks of a review. Decide answers with events or with
// the sentence that says why not; it changes nothing.
type Command interface {
	// Action is the permission it needs; the review itself may ask for more.
	Action() access.Action
	// Decide returns the events that the command gives on the review.
	Decide(r Review, env Env) ([]Event, error)
}

// Verb is a command under the name by which addresses know it.
type Verb struct {
	Name string         // as in /reviews/{id}/{name}
	New  func() Command // a pointer to an empty command, to be filled from a form or a body
}

func verb[C Command](name string) Verb {
	return Verb{Name: name, New: func() Command { return any(new(C)).(Command) }}
}

// Verbs lists every command on an existing review that needs nothing but the
// review itself. Drafting, materials, scanning and revising have their own use cases.
func Verbs() []Verb {
	return []Verb{
		verb[Edit]("edit"), verb[HandIn]("hand-in"), verb[TakeBack]("take-back"), verb[AnswerQuestion]("answer-question"), verb[AnswerPoint]("answer-point"),
		verb[Take]("take"), verb[AssignReviewer]("assign-reviewer"), verb[Recuse]("recuse"), verb[SendBack]("send-back"), verb[Ask]("ask"),
		verb[AddFinding]("add-finding"), verb[JudgeFinding]("judge-finding"), verb[CheckItem]("check-item"), verb[GiveOpinion]("give-opinion"),
		verb[CheckPoint]("check-point"), verb[RaisePoint]("raise-point"), verb[SettlePoint]("settle-point"),
		verb[Clear]("clear"), verb[Veto]("veto"), verb[Revoke]("revoke"),
	}
}

// VerbOf returns a verb by name.
func VerbOf(name string) (Verb, bool) {
	for _, v := range Verbs() {
		if v.Name == name {
			return v, true
		}
	}
	return Verb{}, false
}

// in refuses a command in a state where it makes no sense.
func (r Review) in(what string, states ...State) error {
	switch {
	case r.Number == "":
		return fault.New(fault.NotFound, "没有这件审查")
	case !one(states, r.State):
		return fault.New(fault.Conflict, "这件审查现在是“%s”，不能%s", Label("state", string(r.State), "zh"), what)
	}
	return nil
}

// mustSubmit refuses anybody but those who may speak for the submitter.
func (r Review) mustSubmit(env Env) error {
	if env.By.ID == r.CreatedBy || env.By.ID == party.System.ID || (env.By.Has(party.BranchLead) && access.InScope(env.By, r.Path)) {
		return nil
	}
	return fault.New(fault.Forbidden, "只有送审人或其机构负责人可以这样做")
}

// mustReview refuses anybody but the reviewer and the deputy.
func (r Review) mustReview(env Env) error {
	switch me := env.By.Person(); {
	case r.Reviewer == "":
		return fault.New(fault.Conflict, "这件审查还没有审查人，请先领取或分派")
	case me != r.Reviewer && me != r.Deputy:
		return fault.New(fault.Forbidden, "这件审查由其他人员负责审查，您可以请消保办改派")
	}
	return nil
}

// Desk is the institution whose consumer-protection desk reviews at the stage.
func (r Review) Desk(tree *party.Tree) party.UnitID {
	if r.Stage == Head {
		return tree.Root()
	}
	return tree.Institution(r.Unit)
}

// MaxText bounds free text, in characters. A longer text is refused, never cut.
const MaxText = 20000

// MaxMaterialText bounds a pasted material, in characters.
const MaxMaterialText = 400000

func text(f *fault.Fields, field, s, label string, required bool, max int) {
	if required && strings.TrimSpace(s) == "" {
		f.Add(field, "请填写%s", label)
	}
	if n := utf8.RuneCountInString(s); n > max {
		f.Add(field, "%s共 %d 字，超过 %d 字；请缩短，或作为附件上传", label, n, max)
	}
	f.Need(utf8.ValidString(s), field, "%s含有无法识别的字符编码，请重新输入", label)
	f.Need(!strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }), field, "%s含有控制字符，请删除后再提交", label)
}

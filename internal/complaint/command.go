package complaint

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// Env is everything outside the case that a decision may depend on.
type Env struct {
	By    party.Actor
	At    time.Time
	Rules regulation.Set // in force on the day of receipt
	Cal   *calendar.Calendar
	Tree  *party.Tree
	// Coding is the schemes as they stand; nil means those before any import.
	Coding *coding.Catalogue
	// People finds staff by id: to whom a case may be given, whose fault it is.
	People func(party.PersonID) (party.Person, bool)
	// Duty names who is responsible in a unit for what no person received: the
	// portal, an import. "" when nobody is; see DutyOf.
	Duty func(unit party.UnitID, keepAway access.Target) party.PersonID
	// Range is what comparable closed cases in the actor's reach were given; nil
	// when nobody can tell, as in a try of a command.
	Range func(Case) (RedressRange, error)
}

func (e Env) person(id party.PersonID) (party.Person, bool) {
	if e.People == nil {
		return party.Person{}, false
	}
	return e.People(id)
}

// Today is the day of the act in the institution's zone.
func (e Env) Today() calendar.Date { return calendar.FromTime(e.At) }

// setting returns the number of a setting; settings are complete by a test.
func (e Env) setting(id string) int64 { return settingInt(e.Rules, id) }

func settingInt(rules regulation.Set, id string) int64 {
	s, err := rules.Setting(id)
	if err != nil {
		return 0
	}
	return s.Int()
}

// Command is what a person asks of a case. Decide answers with events or with
// the sentence that says why not; it changes nothing. One set of commands
// serves pages, API, import and demo, so that none of them can do what another may not.
type Command interface {
	// Action is the permission it needs; the case itself may ask for more.
	Action() access.Action
	// Decide returns the events that the command gives on the case.
	Decide(c Case, env Env) ([]Event, error)
}

func (c Case) mustBeOpen() error {
	switch {
	case c.Number == "":
		return fault.New(fault.NotFound, "没有这件投诉")
	case c.State == Merged:
		return fault.New(fault.Conflict, "该投诉已并入 %s，请在那里继续办理", c.MergedNumber)
	case c.State == Closed:
		return fault.New(fault.Conflict, "该投诉已办结；如需继续办理，请先重新打开")
	}
	return nil
}

func (c Case) mustBeActive() error {
	if err := c.mustBeOpen(); err != nil {
		return err
	}
	if !c.Active() {
		return fault.New(fault.Conflict, "处理决定已告知或投诉已终止，此项操作不再适用；消费者不服的，请登记核查申请或重新打开")
	}
	return nil
}

// MaxAmount bounds an amount of money, in fen, so that sums cannot overflow.
const MaxAmount = 1_000_000_000_000_000

func amount(f *fault.Fields, field string, fen int64) {
	f.Need(fen >= 0, field, "金额不能为负数")
	f.Need(fen <= MaxAmount, field, "金额过大，请核对单位")
}

// Date rules shared by commands.
func notFuture(f *fault.Fields, field string, d, today calendar.Date) {
	f.Need(!d.IsZero(), field, "请填写日期，例如 %s", today)
	f.Need(d <= today, field, "日期 %s 晚于今天（%s）", d, today)
}

func notBefore(f *fault.Fields, field string, d, floor calendar.Date, what string) {
	f.Need(d.IsZero() || d >= floor, field, "日期 %s 早于%s（%s）", d, what, floor)
}

// MaxText bounds free text, in characters. A longer text is refused with its
// length, never cut.
const MaxText = 20000

func text(f *fault.Fields, field, s, label string, required bool, max int) {
	if required && strings.TrimSpace(s) == "" {
		f.Add(field, "请填写%s", label)
	}
	if n := utf8.RuneCountInString(s); n > max {
		f.Add(field, "%s共 %d 字，超过 %d 字；请缩短，或作为附件上传全文", label, n, max)
	}
	if !utf8.ValidString(s) {
		f.Add(field, "%s含有无法识别的字符编码，请重新输入", label)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		f.Add(field, "%s含有控制字符，请删除后再提交", label)
	}
}

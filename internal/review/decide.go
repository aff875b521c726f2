package review

import (
	"fmt"
	"slices"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Clear gives the clearance, or ends the first stage where head office reviews
// too (通过). Number is filled by the program.
type Clear struct {
	Scope      string        `json:"scope,omitempty" maxLength:"500" doc:"Where and for whom it may be used"`
	Channels   []string      `json:"channels,omitempty"`
	Until      calendar.Date `json:"until,omitzero" doc:"Last day of use"`
	Conditions []string      `json:"conditions,omitempty"`
	Note       string        `json:"note,omitempty" maxLength:"500"`
}

// Action implements Command.
func (Clear) Action() access.Action { return access.DecideReview }

// mustDecide asks for a person who neither submitted nor reviewed.
func (r Review) mustDecide(env Env) error {
	me := env.By.Person()
	switch {
	case env.By.ID == r.CreatedBy:
		return fault.New(fault.Recused, "送审人不能决定自己送审的材料")
	case env.settingOn("review.four_eyes") && (me == r.Reviewer || me == r.Deputy || one(r.Handled, me)):
		return fault.New(fault.Forbidden, "审查人不能决定自己审查的材料，请由另一人决定")
	case !env.By.Serves(r.Desk(env.Tree), env.Tree):
		return fault.New(fault.Forbidden, "这件材料由%s决定", env.Tree.Name(r.Desk(env.Tree)))
	}
	return nil
}

// Decide implements Command. Nothing is cleared with an open point, an unread
// version or an unjudged finding (2022-9 art. 9: nothing unread reaches consumers).
func (d Clear) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("通过", Confirmed); err != nil {
		if n := len(r.OpenPoints()); n > 0 {
			return nil, fault.New(fault.Conflict, "还有 %d 条意见没有办结，不能通过", n)
		}
		return nil, err
	}
	if err := r.mustDecide(env); err != nil {
		return nil, err
	}
	m, _ := r.Current()
	var f fault.Fields
	f.Need(r.readByPerson(m.N), "findings", "第 %d 版材料在最后一次意见之后又有改动，须由审查人重新判断", m.N)
	r.allSpoken(&f, m.N, nil)
	last := r.Opinions[len(r.Opinions)-1]
	f.Need(last.Conclusion != Disagree || r.improved(last), "conclusion", "审查结论是不同意，不能通过；请否决，或由审查人重新出具意见")
	text(&f, "note", d.Note, "说明", false, 500)
	kind, _ := KindOf(r.Kind)
	if kind.Head && r.Stage == Local && env.Tree.Institution(r.Unit) != env.Tree.Root() {
		if err := f.Err(); err != nil {
			return nil, err
		}
		return []Event{&PassedUp{On: env.Today(), Note: d.Note}}, nil
	}
	d.checkClearance(&f, r, env)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ClearanceGiven{Number: clearanceNumber(r, env), Material: m.N, Scope: d.Scope, Channels: d.Channels, From: env.Today(), Until: d.Until, Conditions: d.Conditions}}, nil
}

// readByPerson reports whether the version was read, scanned and wholly judged.
func (r Review) readByPerson(material int) bool {
	m, ok := r.Current()
	return ok && m.N == material && m.Reading != nil && len(m.Scans) > 0 && r.Left() == 0
}

// improved reports whether every point of the opinion was let go.
func (r Review) improved(o Issued) bool {
	return len(o.Points) > 0 && !slices.ContainsFunc(r.Points, func(p Point) bool { return p.Opinion == o.N && p.Open() })
}

func (d Clear) checkClearance(f *fault.Fields, r Review, env Env) {
	text(f, "scope", d.Scope, "适用范围", true, 500)
	f.Need(len(d.Channels) > 0, "channels", "请选择可以使用的渠道")
	for _, c := range d.Channels {
		f.Need(one(ChannelIDs(), c), "channels", "没有渠道 %s", c)
	}
	f.Need(!d.Until.IsZero(), "until", "请填写有效期的最后一天")
	f.Need(d.Until.IsZero() || d.Until >= env.Today(), "until", "有效期 %s 早于今天（%s）", d.Until, env.Today())
	longest := env.Today().AddDays(int(env.setting("review.clearance.days")))
	f.Need(d.Until <= longest, "until", "有效期最长 %d 天，最晚 %s", env.setting("review.clearance.days"), longest)
	for i, c := range d.Conditions {
		text(f, "conditions["+itoa(i)+"]", c, "条件", true, 500)
	}
}

// clearanceNumber is what stands on the material: year and the review's own number.
func clearanceNumber(r Review, env Env) string {
	return fmt.Sprintf("消保审〔%d〕%s", env.Today().Year(), r.Number)
}

// Veto says that the material must not be used (否决).
type Veto struct {
	Why string `json:"why" maxLength:"2000"`
}

// Action implements Command.
func (Veto) Action() access.Action { return access.DecideReview }

// Decide implements Command.
func (d Veto) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("否决", Opinion, Answered, Escalated, Confirmed); err != nil {
		return nil, err
	}
	if err := r.mustDecide(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "否决理由", true, 2000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&VetoCast{Why: d.Why}}, nil
}

// Revoke ends a clearance before its last day (撤销通过).
type Revoke struct {
	Why string `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (Revoke) Action() access.Action { return access.DecideReview }

// Decide implements Command.
func (d Revoke) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("撤销", Approved, Conditional); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "撤销原因", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ClearanceEnded{Why: d.Why}}, nil
}

// Replace ends a clearance because a changed material was cleared. It is for the
// program, in the transaction that clears the new one.
func Replace(prior Review, by ID) []Event {
	if !prior.Cleared() {
		return nil
	}
	return []Event{&ClearanceEnded{By: by, Why: "材料变更，由新的审查替代"}}
}

// Read records what the program read of a material.
func Read(r Review, n int, x Reading) ([]Event, error) {
	if i := slices.IndexFunc(r.Materials, func(m Material) bool { return m.N == n }); i < 0 {
		return nil, fault.New(fault.NotFound, "没有第 %d 版材料", n)
	}
	return []Event{&MaterialRead{N: n, Extract: x.Extract, Sum: x.Sum, Chars: x.Chars, Pages: x.Pages, Warnings: x.Warnings, Prints: x.Prints}}, nil
}

// Scanning records a run of the rules over the current material. Findings get
// their numbers; verdicts on the same passage and rule of an earlier version go
// on where same says so.
func Scanning(r Review, asOf calendar.Date, rules string, found []Finding, same func(old, fresh Finding) bool) ([]Event, error) {
	m, ok := r.Current()
	if !ok || m.Reading == nil {
		return nil, fault.New(fault.Conflict, "材料还没有读取，不能检查")
	}
	e := &Scanned{Material: m.N, AsOf: asOf, Rules: rules}
	n := r.nextFinding()
	for _, f := range found {
		if r.hasJudged(m.N, f) {
			continue
		}
		f.N, f.Material = n, m.N
		n++
		e.Findings = append(e.Findings, f)
		if c, ok := r.carry(f, m.N, same); ok {
			e.Judged = append(e.Judged, c)
		}
	}
	e.Count = len(found)
	return []Event{e}, nil
}

// hasJudged reports whether a person has judged the same finding on this version,
// with every rule that speaks in it now.
func (r Review) hasJudged(material int, f Finding) bool {
	return slices.ContainsFunc(r.Findings, func(o Finding) bool {
		return o.Material == material && o.Verdict != "" && o.covers(f) && o.Start == f.Start && o.End == f.End
	})
}

// carry finds the verdict that goes on to a finding of a newer version. Only
// dismissals go on: what was accepted has to be mended, and if it stands there
// still it is found anew.
func (r Review) carry(f Finding, material int, same func(old, fresh Finding) bool) (Carried, bool) {
	for _, o := range slices.Backward(r.Findings) {
		if o.Material < material && o.Verdict == Dismissed && o.covers(f) && same != nil && same(o, f) {
			return Carried{N: f.N, From: o.N, Verdict: o.Verdict, Reason: o.Reason}, true
		}
	}
	return Carried{}, false
}

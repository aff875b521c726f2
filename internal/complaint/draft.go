package complaint

import (
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// ReplyKind says to whom a drafted reply speaks.
type ReplyKind string

// The kinds of replies.
const (
	DecisionReply  ReplyKind = "decision"  // the decision letter to the consumer (rule 2020-3 art. 19)
	MessageReply   ReplyKind = "message"   // a message to the consumer on the way
	RegulatorReply ReplyKind = "regulator" // the answer to a regulator that transferred the case
)

// ReplyKinds lists the kinds of replies.
var ReplyKinds = []ReplyKind{DecisionReply, MessageReply, RegulatorReply}

// Reply is the wording of an answer, paragraph by paragraph. What the letter
// prints besides, such as remedies and signature, follows from the case.
type Reply struct {
	Opening  string   `json:"opening,omitempty" maxLength:"4000" doc:"Thanks, and the demand restated"`
	Answers  []Answer `json:"answers,omitempty" doc:"One paragraph for each allegation"`
	Decision string   `json:"decision,omitempty" maxLength:"4000" doc:"What is decided, with the redress"`
	Options  string   `json:"options,omitempty" maxLength:"4000" doc:"The ways the person may choose from"`
	Closing  string   `json:"closing,omitempty" maxLength:"4000" doc:"Closing courtesy"`
}

// Answer is the paragraph on one allegation.
type Answer struct {
	Point int    `json:"point" minimum:"1" doc:"Number of the allegation"`
	Text  string `json:"text" maxLength:"4000"`
}

// Answer returns the paragraph on an allegation, "" when there is none.
func (r Reply) Answer(point int) string {
	for _, a := range r.Answers {
		if a.Point == point {
			return a.Text
		}
	}
	return ""
}

// Paragraph returns a paragraph by name: opening, answer-1, decision, options or
// closing.
func (r Reply) Paragraph(name string) string {
	if n, ok := strings.CutPrefix(name, "answer-"); ok {
		for _, a := range r.Answers {
			if itoa(a.Point) == n {
				return a.Text
			}
		}
		return ""
	}
	return map[string]string{"opening": r.Opening, "decision": r.Decision, "options": r.Options, "closing": r.Closing}[name]
}

// Same reports whether both say the same words.
func (r Reply) Same(other Reply) bool {
	if r.Opening != other.Opening || r.Decision != other.Decision || r.Options != other.Options || r.Closing != other.Closing {
		return false
	}
	said := func(a Answer) bool { return a.Text == "" }
	return slices.Equal(slices.DeleteFunc(slices.Clone(r.Answers), said), slices.DeleteFunc(slices.Clone(other.Answers), said))
}

// Draft is one version of a reply. Saving by itself while somebody types goes on
// with the version; saving by hand, or another person, begins a new one.
type Draft struct {
	N     int // of the version, from 1 in each kind
	Rev   int // counts every save of the kind; the next save names it
	Kind  ReplyKind
	Reply Reply
	By    string
	At    time.Time
	Auto  bool // saved by itself

	// Machine names the paragraphs that a model wrote and nobody has changed or
	// confirmed yet, as Paragraph does. Such a draft cannot be proposed.
	Machine []string
}

// Override says that findings of the check were seen and do not stop the reply,
// by whom and why.
type Override struct {
	Findings []string // ids of the findings, which depend on the words
	Says     []string // the findings in words
	Why      string
	By       string
	At       time.Time
}

// Overridden is a finding with the name of who let it stand; an approver sees it.
type Overridden struct {
	Finding string `json:"finding"`
	Says    string `json:"says"`
	Why     string `json:"why"`
	By      string `json:"by"`
}

// Draft returns the latest version of a kind.
func (c Case) Draft(kind ReplyKind) (Draft, bool) {
	for _, d := range slices.Backward(c.Drafts) {
		if d.Kind == kind {
			return d, true
		}
	}
	return Draft{}, false
}

// DraftVersion returns a version of a kind.
func (c Case) DraftVersion(kind ReplyKind, n int) (Draft, bool) {
	i := slices.IndexFunc(c.Drafts, func(d Draft) bool { return d.Kind == kind && d.N == n })
	if i < 0 {
		return Draft{}, false
	}
	return c.Drafts[i], true
}

// OverrideOf returns the override that covers a finding, the newest first.
func (c Case) OverrideOf(finding string) (Override, bool) {
	for _, o := range slices.Backward(c.Overrides) {
		if slices.Contains(o.Findings, finding) {
			return o, true
		}
	}
	return Override{}, false
}

// LastReturned is the decision that was sent back last, nil when none was: what
// changed since is shown to the approver.
func (c Case) LastReturned() *Approval {
	for i := len(c.Approvals) - 1; i >= 0; i-- {
		if a := c.Approvals[i]; a.Kind == ForDecision && a.State == SentBack {
			return &a
		}
	}
	return nil
}

// SaveDraft keeps the wording of a reply. Base is the Rev of the draft that the
// person had before the eyes, 0 when there was none: what somebody else saved
// meanwhile is not written over.
type SaveDraft struct {
	Kind  ReplyKind `json:"kind" enum:"decision,message,regulator"`
	Reply Reply     `json:"reply"`
	Base  int       `json:"base,omitempty" minimum:"0" doc:"Rev of the draft that was read, 0 for none"`
	Auto  bool      `json:"auto,omitempty" doc:"Saved by itself while typing: goes on with the version"`

	Confirm []string `json:"confirm,omitempty" doc:"Paragraphs written by a model that stand as they are: opening, answer-1 and so on"`
	Machine []string `json:"-"` // paragraphs that a model has just written
}

// unconfirmed are the paragraphs of the model that nobody changed or confirmed.
// White space alone is no change.
func (d SaveDraft) unconfirmed(last Draft) []string {
	out := slices.Clone(d.Machine)
	for _, name := range last.Machine {
		same := strings.Join(strings.Fields(d.Reply.Paragraph(name)), "") == strings.Join(strings.Fields(last.Reply.Paragraph(name)), "")
		if same && d.Reply.Paragraph(name) != "" && !slices.Contains(d.Confirm, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Action implements Command.
func (SaveDraft) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. What is saved unchanged gives no event.
func (d SaveDraft) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if err := d.fits(c); err != nil {
		return nil, err
	}
	last, had := c.Draft(d.Kind)
	if last.Rev != d.Base {
		return nil, fault.New(fault.Stale, "您起草期间，这份答复已有新的版本（第 %d 版）。您写的内容还在页面上，没有保存；请对照最新版本后再保存。", last.N)
	}
	if !had && d.Reply.Same(Reply{}) {
		if d.Auto {
			return nil, nil // nothing was written yet
		}
		return nil, fault.New(fault.Invalid, "草稿还是空的：请先写内容，或按争议点生成")
	}
	left := d.unconfirmed(last)
	if had && last.Reply.Same(d.Reply) && (d.Auto || !last.Auto) && slices.Equal(left, last.Machine) {
		return nil, nil
	}
	return []Event{&DraftSaved{What: d.Kind, Rev: last.Rev + 1, Auto: d.Auto, Reply: d.Reply, Machine: left, Written: len(d.Machine) > 0}}, nil
}

func (d SaveDraft) fits(c Case) error {
	var f fault.Fields
	f.Need(one(ReplyKinds, d.Kind), "kind", "请选择答复种类")
	f.Need(d.Kind != DecisionReply || c.Active(), "kind", "处理决定已告知或投诉已终止，不能再起草处理决定")
	d.Reply.check(&f)
	for i, a := range d.Reply.Answers {
		known := slices.ContainsFunc(c.Points, func(p Allegation) bool { return p.N == a.Point })
		f.Need(known, "reply.answers["+itoa(i)+"].point", "没有第 %d 个争议点", a.Point)
	}
	return f.Err()
}

// check bounds the lengths; empty paragraphs may be saved.
func (r Reply) check(f *fault.Fields) {
	for _, p := range []struct{ field, value, label string }{
		{"opening", r.Opening, "开头"}, {"decision", r.Decision, "处理决定"}, {"options", r.Options, "可选方案"}, {"closing", r.Closing, "结尾"},
	} {
		text(f, "reply."+p.field, p.value, p.label, false, 4000)
	}
	seen := map[int]bool{}
	for i, a := range r.Answers {
		field := "reply.answers[" + itoa(i) + "]"
		text(f, field+".text", a.Text, "第 "+itoa(a.Point)+" 个争议点的答复", false, 4000)
		f.Need(!seen[a.Point], field+".point", "第 %d 个争议点写了两段答复", a.Point)
		seen[a.Point] = true
	}
}

// OverrideReply lets a reply go out with findings of the check that would stop
// it. Who may approve may do it, by name and with a reason; the approver of the
// decision sees both.
type OverrideReply struct {
	Kind     ReplyKind `json:"kind,omitempty" enum:"decision,message,regulator" doc:"Empty for the decision"`
	Findings []string  `json:"findings" doc:"Ids of the findings"`
	Why      string    `json:"why" maxLength:"500"`
	Text     string    `json:"text,omitempty" maxLength:"4000" doc:"Wording of the decision that was refused, when no draft was written"`
	Says     []string  `json:"-"` // the findings in words, from the check
}

// NeedsSecond reports whether somebody else must let findings of a reply stand: a
// person who wrote a version of it, where the house asks for a second person.
func (c Case) NeedsSecond(kind ReplyKind, env Env) bool {
	return env.secondOverrides() && slices.ContainsFunc(c.Drafts, func(d Draft) bool { return d.Kind == kind && d.By == env.By.ID })
}

// ForProposal returns the case with the overrides that count when a person proposes
// the decision: not the own ones, where the house asks for a second person.
func (c Case) ForProposal(env Env) Case {
	if env.secondOverrides() {
		c.Overrides = slices.DeleteFunc(slices.Clone(c.Overrides), func(o Override) bool { return o.By == env.By.ID })
	}
	return c
}

func (e Env) secondOverrides() bool {
	s, err := e.Rules.Setting("reply.override.second")
	return err == nil && s.Bool()
}

// Action implements Command.
func (OverrideReply) Action() access.Action { return access.ApproveComplaint }

// Decide implements Command.
func (d OverrideReply) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	kind := d.Kind
	if kind == "" {
		kind = DecisionReply
	}
	if c.NeedsSecond(kind, env) {
		return nil, fault.New(fault.Forbidden, "这份答复有您写的内容，不能由您放行自己的检查意见；请由另一名有审批权限的人放行")
	}
	var f fault.Fields
	f.Need(len(d.Findings) > 0 && len(d.Findings) <= maxItems, "findings", "请选择要放行的检查意见")
	for _, id := range d.Findings {
		f.Need(id != "" && len(id) <= 80 && !strings.ContainsFunc(id, func(r rune) bool { return r < '!' || r > '~' }), "findings", "没有这条检查意见，请重新检查")
	}
	text(&f, "why", d.Why, "放行理由", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ReplyOverridden{Findings: d.Findings, Says: d.Says, Why: d.Why}}, nil
}

// DraftSaved keeps a version of a reply.
type DraftSaved struct {
	What  ReplyKind `json:"what"`
	Rev   int       `json:"rev"`
	Auto  bool      `json:"auto"`
	Reply Reply     `json:"reply" seal:"true"`

	Machine []string `json:"machine,omitempty"` // paragraphs of a model that nobody confirmed
	Written bool     `json:"written,omitempty"` // by the model just now
}

// Kind implements Event.
func (*DraftSaved) Kind() string { return "complaint.DraftSaved" }

func (e *DraftSaved) apply(c *Case, m Meta) {
	last, had := c.Draft(e.What)
	d := Draft{N: last.N + 1, Rev: e.Rev, Kind: e.What, Reply: e.Reply, By: m.By, At: m.At, Auto: e.Auto, Machine: e.Machine}
	if had && last.Auto && last.By == m.By && !e.Written { // the same sitting
		d.N = last.N
		c.Drafts = edit(c.Drafts, func(k Draft) bool { return k.Kind == e.What && k.N == last.N }, func(k *Draft) { *k = d })
		return
	}
	c.Drafts = add(c.Drafts, d)
}

// ReplyOverridden lets findings stand.
type ReplyOverridden struct {
	Findings []string `json:"findings"`
	Says     []string `json:"says" seal:"true"`
	Why      string   `json:"why" seal:"true"`
}

// Kind implements Event.
func (*ReplyOverridden) Kind() string { return "complaint.ReplyOverridden" }

func (e *ReplyOverridden) apply(c *Case, m Meta) {
	c.Overrides = add(c.Overrides, Override{Findings: e.Findings, Says: e.Says, Why: e.Why, By: m.By, At: m.At})
}

package complaint

import (
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

// IssueLetter fixes a letter in its wording. The caller has rendered and stored
// the files; the case checks that the letter belongs to its state.
type IssueLetter struct {
	What      LetterKind `json:"what" enum:"acknowledgement,extension,exclusion,decision,not_handled,withdrawal,reexamination,regulator_answer"`
	Reference int        `json:"reference,omitempty" doc:"Reference that a regulator_answer answers"`
	Title     string     `json:"-"`
	Template  string     `json:"-"`
	Edition   int        `json:"-"`
	Docx      string     `json:"-"`
	PDF       string     `json:"-"`
}

// Action implements Command.
func (IssueLetter) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d IssueLetter) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.MayIssue(d.What, d.Reference); err != nil {
		return nil, err
	}
	return []Event{&LetterIssued{N: len(c.Letters) + 1, What: d.What, Template: d.Template, Edition: d.Edition, Reference: d.Reference, Docx: d.Docx, PDF: d.PDF, Title: d.Title}}, nil
}

// MayIssue says whether a letter of the kind fits the case as it stands.
func (c Case) MayIssue(kind LetterKind, reference int) error {
	if err := c.mustBeOpen(); err != nil {
		return err
	}
	if !one(LetterKinds, kind) {
		return fault.New(fault.Invalid, "没有这种文书")
	}
	needs := map[LetterKind]struct {
		ok  bool
		why string
	}{
		Acknowledgement:   {true, ""},
		ExtensionLetter:   {c.extended(), "还没有批准的延期"},
		ExclusionLetter:   {len(c.Exclusions) > 0, "还没有登记鉴定或调解"},
		DecisionLetter:    {c.Decision != nil, "处理决定还没有批准"},
		NotHandledLetter:  {c.Refusal != nil, "不予办理还没有批准"},
		WithdrawalLetter:  {c.Withdrawal != nil, "投诉没有撤回"},
		ReexamLetter:      {slices.ContainsFunc(c.Reexams, func(r Reexamination) bool { return r.Decided }), "核查决定还没有作出"},
		RegulatorResponse: {c.Decision != nil || c.Ending != "", "还没有处理结果可以答复"},
	}[kind]
	if !needs.ok {
		return fault.New(fault.Conflict, "现在还不能出具这份文书：%s", needs.why)
	}
	if kind == RegulatorResponse {
		if r, ok := c.Reference(reference); !ok || r.Sender == "" {
			return fault.New(fault.Invalid, "请选择要答复的来文")
		}
	}
	return nil
}

func (c Case) extended() bool {
	return slices.ContainsFunc(c.LiveReferences(), func(r Reference) bool { return r.Stage != "" })
}

// settledAt is when a letter's subject was settled: an older letter speaks of another decision.
func (c Case) settledAt(kind LetterKind) time.Time {
	var at time.Time
	switch kind {
	case DecisionLetter:
		if c.Decision != nil {
			at = c.Decision.ApprovedAt
		}
	case NotHandledLetter:
		for _, a := range c.Approvals {
			if a.Kind == ForRefusal && a.State == Granted {
				at = a.At
			}
		}
	case ReexamLetter:
		for _, r := range c.Reexams {
			if r.DecidedAt.After(at) {
				at = r.DecidedAt
			}
		}
	}
	return at
}

// GiveNotice proves that the consumer was told. The proof follows from the mode
// (art. 21): signature, postal receipt, message id, call record; a consumer who
// cannot be reached needs the log of at least as many attempts as the setting says.
type GiveNotice struct {
	Letter   int           `json:"letter" minimum:"1" doc:"Number of the letter"`
	Mode     NoticeMode    `json:"mode" enum:"handed_over,posted,sent,called,unreachable"`
	On       calendar.Date `json:"on"`
	Proof    string        `json:"proof" maxLength:"500" doc:"Receipt number, message id, call record, signature or log of attempts"`
	Attempts int           `json:"attempts,omitempty" doc:"Number of attempts for unreachable"`
}

// Action implements Command.
func (GiveNotice) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d GiveNotice) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Letters, func(l Letter) bool { return l.N == d.Letter })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "没有第 %d 号文书，请先出具", d.Letter)
	}
	letter := c.Letters[i]
	var f fault.Fields
	f.Need(!letter.At.Before(c.settledAt(letter.What)), "letter", "第 %d 号文书早于现在的决定，请重新出具", letter.N)
	f.Need(letter.What != RegulatorResponse, "letter", "给转办机关的复函请在“答复来文”中登记")
	f.Need(one(NoticeModes, d.Mode), "mode", "请选择告知方式")
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, calendar.FromTime(letter.At), "文书出具日期")
	text(&f, "proof", d.Proof, proofLabel(d.Mode), true, 500)
	least := int(env.setting("notice.unreachable_attempts"))
	f.Need(d.Mode != Unreachable || d.Attempts >= least, "attempts", "无法联系须至少尝试 %d 次并逐次记录", least)
	f.Need(d.Mode != Called || letter.What != ReexamLetter, "mode", "核查决定须书面告知")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&NoticeGiven{Letter: d.Letter, What: letter.What, Mode: d.Mode, On: d.On, Proof: d.Proof, Attempts: d.Attempts}}, nil
}

func proofLabel(m NoticeMode) string {
	return map[NoticeMode]string{HandedOver: "签收凭证", Posted: "邮寄凭证（单号）", Sent: "短信或邮件的发送编号", Called: "通话录音编号和时间", Unreachable: "历次联系记录"}[m]
}

// AnswerReference says that the sender of a reference was answered.
type AnswerReference struct {
	N      int           `json:"n" minimum:"1" doc:"Number of the reference"`
	On     calendar.Date `json:"on"`
	Letter int           `json:"letter,omitempty" doc:"Number of the letter"`
	Proof  string        `json:"proof" maxLength:"500"`
}

// Action implements Command.
func (AnswerReference) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AnswerReference) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	r, ok := c.Reference(d.N)
	switch {
	case !ok:
		return nil, fault.New(fault.NotFound, "没有第 %d 件来文", d.N)
	case !r.owed():
		return nil, fault.New(fault.Conflict, "这件来文没有需要答复的机关")
	case !r.AnsweredOn.IsZero():
		return nil, fault.New(fault.Conflict, "这件来文已于 %s 答复", r.AnsweredOn)
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, r.ReceivedOn, "收到来文的日期")
	text(&f, "proof", d.Proof, "答复凭证", true, 500)
	if d.Letter != 0 {
		f.Need(slices.ContainsFunc(c.Letters, func(l Letter) bool { return l.N == d.Letter && l.What == RegulatorResponse }), "letter", "没有第 %d 号复函", d.Letter)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ReferenceAnswered{N: d.N, On: d.On, Letter: d.Letter, Proof: d.Proof}}, nil
}

// Remedy is one way that is open to a consumer who disagrees.
type Remedy struct {
	Kind string // "reexamination", "mediation", "arbitration", "litigation"
	Unit string // superior unit for a re-examination
	Addr string
	Days int // window in natural days, 0 when none
	Cite regulation.Citation
}

// Remedies returns the remedies that really apply to the decision (art. 19-20):
// a decision of head office offers no re-examination by a superior.
func (c Case) Remedies(env Env) []Remedy {
	var out []Remedy
	if c.Decision != nil && !c.Decision.HeadOffice {
		if up, ok := env.Tree.Unit(env.Tree.InstitutionAbove(c.Decision.Unit)); ok {
			clock, _ := env.Rules.Clock("nfra.reexam.apply")
			out = append(out, Remedy{Kind: "reexamination", Unit: up.Name, Addr: up.Address, Days: clock.Days, Cite: clock.Cite})
		}
	}
	for _, kind := range []string{"mediation", "arbitration", "litigation"} {
		out = append(out, Remedy{Kind: kind})
	}
	return out
}

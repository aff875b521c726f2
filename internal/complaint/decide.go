package complaint

import (
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// maxItems bounds one request for redress.
const maxItems = 50

// ProposeRedress asks for approval of what is to be given to the consumer.
type ProposeRedress struct {
	Items []Redress `json:"items"`
	Why   string    `json:"why" maxLength:"1000"`
	// Deviation is why the sum lies outside of what comparable cases were given.
	Deviation string `json:"deviation,omitempty" maxLength:"1000" doc:"Reason for a sum outside the range of comparable closed cases; needed when there is a range (S1.3)"`
}

// Action implements Command.
func (ProposeRedress) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. Who may approve follows from the sum and the
// authority limits, which are settings.
func (d ProposeRedress) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	var sum int64
	f.Need(len(d.Items) > 0 && len(d.Items) <= maxItems, "items", "请填写补偿或补救内容，最多 %d 项", maxItems)
	for i, r := range d.Items {
		field := "items[" + itoa(i) + "]"
		f.Need(one(RedressKinds, r.What), field+".what", "请选择补偿方式")
		amount(&f, field+".amount", r.Amount)
		text(&f, field+".text", r.Text, "说明", true, 1000)
		sum += r.Amount
	}
	text(&f, "why", d.Why, "理由", true, 1000)
	_, waiting := c.Pending(ForRedress)
	f.Need(!waiting, "items", "已有一笔补偿正在等待审批")
	if err := d.deviates(&f, c, env, sum); err != nil {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Requested{N: len(c.Approvals) + 1, What: ForRedress, Rule: "redress", Amount: sum, Redress: d.Items, Why: d.Why, Deviation: d.Deviation, FromState: c.State}}, nil
}

// PerformRedress proves that a redress was paid or done.
type PerformRedress struct {
	N     int           `json:"n" minimum:"1"`
	On    calendar.Date `json:"on"`
	Proof string        `json:"proof" maxLength:"500"`
}

// Action implements Command.
func (PerformRedress) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d PerformRedress) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Redress, func(r Redress) bool { return r.N == d.N && r.PerformedOn.IsZero() })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "没有待履行的第 %d 项补偿", d.N)
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	text(&f, "proof", d.Proof, "履行凭证", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&RedressPerformed{N: d.N, On: d.On, Proof: d.Proof}}, nil
}

// ProposeDecision submits the decision. It cannot be submitted while an
// allegation is unanswered or something else waits for approval.
type ProposeDecision struct {
	Text  string `json:"text,omitempty" maxLength:"4000" doc:"The decision, as the letter will say it; left out when a draft says it"`
	Draft int    `json:"draft,omitempty" minimum:"0" doc:"Version of the drafted reply that becomes the letter, 0 for none"`

	Overridden []Overridden `json:"-"` // from the check of the reply
}

// Action implements Command.
func (ProposeDecision) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d ProposeDecision) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	switch {
	case c.Nature != Complaint:
		return nil, fault.New(fault.Conflict, "这不是消费投诉，请用“答复”办理")
	case c.State == Deciding:
		return nil, fault.New(fault.Conflict, "决定已提交，正在等待审批")
	case c.State == Decided:
		return nil, fault.New(fault.Conflict, "决定已批准，请告知消费者")
	}
	var f fault.Fields
	reply := d.reply(c, &f)
	text(&f, "text", d.Text, "处理决定", true, 4000)
	for _, a := range c.Live() {
		f.Need(a.Finding != nil, "points", "第 %d 个争议点还没有核查结论：%s", a.N, a.Text)
	}
	if c.Regulator() {
		f.Need(c.FaultKnown, "faults", "监管转办件须先定责，才能作出决定")
	}
	for _, kind := range []ApprovalKind{ForRedress, ForExtension, ForRefusal} {
		_, waiting := c.Pending(kind)
		f.Need(!waiting, "approvals", "还有%s申请在等待审批", Label("approval", string(kind), "zh"))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	decision := &Decision{Text: d.Text, Unit: c.Unit, HeadOffice: IsHead(c.Unit, env.Tree), ProposedBy: env.By.ID, On: env.Today(), Reply: reply, Overridden: d.Overridden}
	ask := &Requested{N: len(c.Approvals) + 1, What: ForDecision, Rule: "four_eyes", Decision: decision, FromState: c.State}
	if s, err := env.Rules.Setting("approval.decision"); err == nil && !s.Bool() {
		return []Event{ask, &Approved{N: ask.N}}, nil
	}
	return []Event{ask}, nil
}

// reply takes the wording from the version of the draft that is proposed.
func (d *ProposeDecision) reply(c Case, f *fault.Fields) *Reply {
	if d.Draft == 0 {
		return nil
	}
	draft, ok := c.DraftVersion(DecisionReply, d.Draft)
	f.Need(ok, "draft", "没有第 %d 版处理决定草稿", d.Draft)
	for _, a := range c.Live() {
		f.Need(!ok || strings.TrimSpace(draft.Reply.Answer(a.N)) != "", "draft", "草稿没有答复第 %d 个争议点：%s", a.N, a.Text)
	}
	f.Need(len(draft.Machine) == 0, "draft", "草稿里有 %d 段由机器起草、还没有人确认：请在“起草答复”里逐段修改或勾选“已核对”", len(draft.Machine))
	d.Text = draft.Reply.Decision
	return &draft.Reply
}

// IsHead reports whether a unit is the head office or one of its departments:
// nobody is above it who could re-examine (rule 2020-3 art. 20).
func IsHead(unit party.UnitID, tree *party.Tree) bool {
	return unit == tree.Root() || isHeadDepartment(unit, tree)
}

func isHeadDepartment(unit party.UnitID, tree *party.Tree) bool {
	u, _ := tree.Unit(unit)
	return u.Level == party.Department && u.Parent == tree.Root()
}

// Refuse asks to leave a complaint unhandled. The only ground in the rule is
// that no entitled person raised it (art. 18 last paragraph); the raiser is told.
type Refuse struct {
	Reason string `json:"reason" enum:"not_entitled"`
	Text   string `json:"text" maxLength:"1000" doc:"How it was found out"`
}

// Action implements Command.
func (Refuse) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d Refuse) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	if c.Nature != Complaint {
		return nil, fault.New(fault.Conflict, "这不是消费投诉，请用“答复”办理")
	}
	var f fault.Fields
	f.Need(one(RefusalReasons, d.Reason), "reason", "不予办理只有一种法定情形：投诉不是由投诉人本人、法定代理人或受托人提出（第十八条）")
	text(&f, "text", d.Text, "查明情况", true, 1000)
	_, waiting := c.Pending(ForRefusal)
	f.Need(!waiting, "reason", "不予办理的申请正在等待审批")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Requested{N: len(c.Approvals) + 1, What: ForRefusal, Rule: "four_eyes", Refusal: &Refusal{Reason: d.Reason, Text: d.Text}, Why: d.Text, FromState: c.State}}, nil
}

// Approve grants an approval.
type Approve struct {
	N    int    `json:"n" minimum:"1" doc:"Number of the approval"`
	Note string `json:"note,omitempty" maxLength:"500"`
}

// Action implements Command.
func (Approve) Action() access.Action { return access.ApproveComplaint }

// Decide implements Command. Nobody approves what he asked for himself.
func (d Approve) Decide(c Case, env Env) ([]Event, error) {
	a, err := c.waiting(d.N, env)
	if err != nil {
		return nil, err
	}
	if err := c.mayGrant(a, env); err != nil {
		return nil, err
	}
	if err := c.stillHolds(a, env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "note", d.Note, "意见", false, 500)
	return []Event{&Approved{N: d.N, Note: d.Note}}, f.Err()
}

// ReturnApproval sends a request back with the reason.
type ReturnApproval struct {
	N   int    `json:"n" minimum:"1"`
	Why string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (ReturnApproval) Action() access.Action { return access.ApproveComplaint }

// Decide implements Command.
func (d ReturnApproval) Decide(c Case, env Env) ([]Event, error) {
	if _, err := c.waiting(d.N, env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "退回原因", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Returned{N: d.N, Why: d.Why}}, nil
}

func (c Case) waiting(n int, env Env) (Approval, error) {
	if err := c.mustBeOpen(); err != nil {
		return Approval{}, err
	}
	i := slices.IndexFunc(c.Approvals, func(a Approval) bool { return a.N == n })
	switch {
	case i < 0:
		return Approval{}, fault.New(fault.NotFound, "没有第 %d 号审批", n)
	case c.Approvals[i].State != Asked:
		return Approval{}, fault.New(fault.Conflict, "第 %d 号审批已经处理", n)
	case c.Approvals[i].AskedBy == env.By.ID:
		return Approval{}, fault.New(fault.Forbidden, "不能审批自己提出的申请，须由另一人审批")
	}
	return c.Approvals[i], nil
}

// stillHolds checks again what may have changed since the request: a limit runs
// on while it waits, and a regulator's transfer may have arrived.
func (c Case) stillHolds(a Approval, env Env) error {
	switch {
	case a.Kind == ForExtension:
		return c.notExpired(a.Extends, env)
	case a.Kind == ForDecision && c.Regulator() && !c.FaultKnown:
		return fault.New(fault.Conflict, "监管转办件须先定责，才能批准决定")
	}
	return nil
}

// mayGrant checks the authority that the request's rule needs.
func (c Case) mayGrant(a Approval, env Env) error {
	who := env.By
	switch a.Rule {
	case regulation.SuperiorOrExecutive:
		institution := env.Tree.Path(env.Tree.Institution(c.Unit))
		above := slices.Contains(institution[:max(0, len(institution)-1)], who.Unit) && !who.Has(party.Handler)
		if head := who.Unit == env.Tree.Root() && who.Has(party.Executive); !above && !head {
			return fault.New(fault.Forbidden, "延长至六十日须由上级机构或总部高级管理人员批准（《银行业保险业消费投诉处理管理办法》第十八条）")
		}
	case regulation.ComplaintHead:
		if !who.Has(party.Office) && !who.Has(party.Executive) || !c.headOfComplaints(who, env.Tree) {
			return fault.New(fault.Forbidden, "人民银行转办件延期须由本机构投诉处理工作负责人（消保办）批准")
		}
	case regulation.BranchLead, regulation.Office, regulation.Executive:
		if !who.Has(party.Role(a.Rule)) && !who.Has(party.Executive) && !who.Has(party.Office) {
			return fault.New(fault.Forbidden, "此项延期须由%s或更高权限人员批准", map[string]string{"branch_lead": "分支机构负责人", "office": "消保办", "executive": "高级管理人员"}[a.Rule])
		}
	case "redress":
		// The limit is for the case: two halves need the same authority as the whole.
		if limit, sum := RedressLimit(env.Rules, who.Roles), a.Amount+c.granted(); sum > limit {
			return fault.New(fault.Forbidden, "补偿金额累计 %s 元超过您的审批权限 %s 元，请提交更高权限人员", yuan(sum), yuan(limit))
		}
	}
	return nil
}

func (c Case) granted() int64 {
	var sum int64
	for _, r := range c.Redress {
		sum += r.Amount
	}
	return sum
}

func (c Case) headOfComplaints(who party.Actor, tree *party.Tree) bool {
	return who.Unit == tree.Root() || isHeadDepartment(who.Unit, tree) || slices.Contains(c.Path, who.Unit)
}

// RedressLimit is the highest amount in fen that the roles may approve.
func RedressLimit(rules regulation.Set, roles []party.Role) int64 {
	var limit int64
	for _, r := range roles {
		limit = max(limit, settingInt(rules, "redress.limit."+string(r)))
	}
	return limit
}

func yuan(fen int64) string {
	s := itoa(int(fen / 100))
	if fen%100 != 0 {
		s += "." + string([]byte{'0' + byte(fen%100/10), '0' + byte(fen%10)})
	}
	return s
}

// AnswerOther answers a matter that is no complaint.
type AnswerOther struct {
	On   calendar.Date `json:"on"`
	Text string        `json:"text" maxLength:"4000"`
}

// Action implements Command.
func (AnswerOther) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AnswerOther) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	if c.Nature == Complaint {
		return nil, fault.New(fault.Conflict, "这是消费投诉，须作出处理决定；如判断有误，请先更正事项类型")
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到日期")
	text(&f, "text", d.Text, "答复内容", true, 4000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&OtherAnswered{On: d.On, Text: d.Text}}, nil
}

// Reclassify corrects the nature. What becomes a complaint has its clock from
// the receipt, not from the correction.
type Reclassify struct {
	Nature Nature `json:"nature" enum:"complaint,consultation,suggestion,report,petition"`
	Why    string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (Reclassify) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d Reclassify) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(one(Natures, d.Nature), "nature", "请选择事项类型")
	f.Need(d.Nature != c.Nature, "nature", "事项类型没有变化")
	text(&f, "why", d.Why, "理由", true, 500)
	f.Need(c.State != Deciding && c.State != Decided, "nature", "决定正在审批或已批准，不能更改事项类型")
	for _, kind := range []ApprovalKind{ForRefusal, ForExtension} {
		_, waiting := c.Pending(kind)
		f.Need(!waiting, "nature", "还有%s申请在等待审批", Label("approval", string(kind), "zh"))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	out := []Event{&Reclassified{Nature: d.Nature, Why: d.Why}} // the clocks follow from the nature
	if d.Nature == Complaint && len(c.Live()) == 0 {
		out = append(out, &PointAdded{N: len(c.Points) + 1, Text: Register{Narrative: c.Narrative, Nature: Complaint}.points()[0]})
	}
	return out, nil
}

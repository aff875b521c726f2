package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// templateOf is the letter template of each kind of letter.
var templateOf = map[complaint.LetterKind]string{
	complaint.Acknowledgement: "acknowledgement", complaint.ExtensionLetter: "extension", complaint.ExclusionLetter: "exclusion", complaint.DecisionLetter: "decision",
	complaint.NotHandledLetter: "not-handled", complaint.WithdrawalLetter: "withdrawal", complaint.ReexamLetter: "re-examination", complaint.RegulatorResponse: "regulator-reply",
}

// PreviewLetter returns the letter as it would be issued now, marked as a draft.
func (a *App) PreviewLetter(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.LetterKind, reference int) (document.Letter, error) {
	var l document.Letter
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.HandleComplaint)
		if err != nil {
			return err
		}
		env, org, err := a.env(tx, who, c.ReceivedOn)
		if err != nil {
			return err
		}
		l, _, err = a.letter(c, env, org, kind, reference)
		l.Draft = true
		return err
	})
	return l, err
}

// IssueLetter fixes a letter in its wording: DOCX and PDF are rendered, stored
// by their digest and noted in the ledger.
func (a *App) IssueLetter(ctx context.Context, who party.Actor, id complaint.ID, expect int64, kind complaint.LetterKind, reference int) (complaint.Case, error) {
	desk, err := a.replyDesk(ctx)
	if err != nil {
		return complaint.Case{}, err
	}
	return a.change(ctx, who, id, expect, access.HandleComplaint, func(c complaint.Case, env complaint.Env) ([]complaint.Event, error) {
		org, err := a.Org(ctx)
		if err != nil {
			return nil, err
		}
		if err := desk.mayIssue(c, env, kind); err != nil {
			return nil, err
		}
		l, t, err := a.letter(c, env, org, kind, reference)
		if err != nil {
			return nil, err
		}
		docx, pdf, err := a.renderLetter(ctx, c.ID, l)
		if err != nil {
			return nil, err
		}
		return complaint.IssueLetter{What: kind, Reference: reference, Title: l.Title, Template: t.ID, Edition: t.Version, Docx: docx, PDF: pdf}.Decide(c, env)
	})
}

// renderLetter stores the two forms and returns their digests. A character that the
// PDF's font lacks is refused: a name must not be printed with a gap.
func (a *App) renderLetter(ctx context.Context, id complaint.ID, l document.Letter) (docx, pdf string, err error) {
	var d, p bytes.Buffer
	if err := document.WriteDOCX(&d, l); err != nil {
		return "", "", err
	}
	missing, err := document.WritePDF(&p, l)
	if err != nil {
		return "", "", err
	}
	if len(missing) > 0 {
		return "", "", fault.New(fault.Invalid, "字库里没有这些字：%s。请核对姓名或文字；如确系生僻字，请用 DOCX 稿手工出具并作为附件上传。", string(missing))
	}
	if docx, err = a.putBlob(ctx, id, &d); err != nil {
		return "", "", err
	}
	pdf, err = a.putBlob(ctx, id, &p)
	return docx, pdf, err
}

func (a *App) letter(c complaint.Case, env complaint.Env, org *Org, kind complaint.LetterKind, reference int) (document.Letter, *document.Template, error) {
	if err := c.MayIssue(kind, reference); err != nil {
		return document.Letter{}, nil, err
	}
	template := templateOf[kind]
	if kind == complaint.DecisionLetter && c.Decision.Reply != nil {
		template = "decision-reply" // the paragraphs that were checked and approved, unchanged
	}
	if _, ok := regulatorDraft(c); ok && kind == complaint.RegulatorResponse {
		template = "regulator-answer" // as somebody wrote it; issuing checks it
	}
	t, ok := document.TemplateOf(template)
	if !ok {
		return document.Letter{}, nil, fault.New(fault.Internal, "no template for %s", kind)
	}
	l, err := t.Render(a.letterData(c, env, org, kind, reference))
	return l, t, err
}

// letterData gathers what a letter may say of the case.
func (a *App) letterData(c complaint.Case, env complaint.Env, org *Org, kind complaint.LetterKind, reference int) document.LetterData {
	unit, _ := org.Tree.Unit(c.Unit)
	root, _ := org.Tree.Unit(org.Tree.Root())
	d := document.LetterData{Number: c.Number, Institution: a.institution, We: we(a.institution), Unit: unit.Name, Signer: a.institution + signerUnit(unit, root),
		Contact: contactLine(unit, root), Date: env.Today(), Received: c.ReceivedOn,
		Points: letterPoints(c), Redress: redressLine(c)}
	d.Complainant, d.Salutation = addressee(c)
	if next := decideDeadline(c, env); next != nil {
		d.Due = next.Due
	}
	if c.Decision != nil {
		d.Decision, d.Branch = c.Decision.Text, !c.Decision.HeadOffice
		composed(c, &d)
		if r := c.Decision.Reply; r != nil && kind == complaint.DecisionLetter && len(reply.Unsaid(*r, c.Redress)) == 0 {
			d.Redress = "" // the wording says it
		}
		d.Remedies = remediesOf(c, env, org)
	}
	if c.Refusal != nil {
		d.Grounds = c.Refusal.Text
	}
	if c.Withdrawal != nil {
		d.Withdrawn = c.Withdrawal.On
	}
	if c.Faults.Note != "" {
		d.Improvement = c.Faults.Note
	}
	d.Extension = extensionOf(c, env)
	d.Excluded = exclusionOf(c)
	if kind == complaint.ReexamLetter {
		reexamData(c, org, &d)
	}
	if kind == complaint.RegulatorResponse {
		regulatorData(c, reference, &d)
	}
	return d
}

// composed puts the paragraphs of a composed decision into the letter.
func composed(c complaint.Case, d *document.LetterData) {
	r := c.Decision.Reply
	if r == nil {
		return
	}
	d.Opening, d.Options, d.Closing = r.Opening, r.Options, r.Closing
	for i, p := range c.Live() {
		d.Points[i].Reply = r.Answer(p.N)
	}
}

// we is how the institution names itself after 我 and 贵.
func we(institution string) string {
	if strings.Contains(institution, "银行") {
		return "行"
	}
	return "公司"
}

func signerUnit(unit, root party.Unit) string {
	if unit.ID == root.ID {
		return ""
	}
	return unit.Name
}

// addressee is whom a letter addresses: the complainant, or the heir of one who
// has died.
func addressee(c complaint.Case) (name, salute string) {
	if r := c.Representative; r != nil && r.Kind == complaint.Heir && r.Name != "" {
		return r.Name, salutation(complaint.Complainant{})
	}
	return c.Complainant.Name, salutation(c.Complainant)
}

func salutation(c complaint.Complainant) string {
	if c.Salutation == "" && !c.Entity {
		return "先生/女士"
	}
	return c.Salutation
}

func contactLine(unit, root party.Unit) string {
	if unit.Phone == "" {
		unit = root
	}
	return strings.Join(strings.Fields(unit.Name+" "+unit.Phone+" "+unit.Address), "，")
}

func decideDeadline(c complaint.Case, env complaint.Env) *complaint.Deadline {
	for _, d := range c.Deadlines(env.Rules, env.Cal) {
		if d.Kind == complaint.DecideBy || d.Kind == complaint.ReplyBy {
			return &d
		}
	}
	return nil
}

func letterPoints(c complaint.Case) []document.Point {
	var out []document.Point
	for _, p := range c.Live() {
		pt := document.Point{Claim: p.Text}
		if p.Finding != nil {
			pt.Finding = complaint.Label("outcome", string(p.Finding.Outcome), "zh") + "。" + p.Finding.Evidence
			pt.Basis, pt.Reason = p.Finding.Basis, p.Finding.Explanation
		}
		out = append(out, pt)
	}
	return out
}

func redressLine(c complaint.Case) string {
	var parts []string
	for _, r := range c.Redress {
		line := strings.TrimRight(r.Text, "。；")
		if r.Amount > 0 {
			line += "（" + yuan(r.Amount) + "元）"
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, "；")
}

func remediesOf(c complaint.Case, env complaint.Env, org *Org) []document.Remedy {
	var out []document.Remedy
	for _, r := range c.Remedies(env) {
		d := document.Remedy{Kind: document.RemedyKind(r.Kind), Body: r.Unit, Address: r.Addr, Days: r.Days}
		if d.Body == "" {
			d.Body = remedyBodyFor(r.Kind, c.Region)
		}
		if up, ok := org.Tree.Unit(org.Tree.Superior(c.Decision.Unit)); ok && r.Kind == "reexamination" {
			d.Phone = up.Phone
		}
		out = append(out, d)
	}
	return out
}

// extensionOf is the last extension granted: the due date with it and without.
func extensionOf(c complaint.Case, env complaint.Env) document.Extension {
	now, before := decideDeadline(c, env), c.BeforeExtension(env.Rules)
	if now == nil || before == nil {
		return document.Extension{}
	}
	x := document.Extension{To: now.Due, Reason: c.ExtendedWhy}
	if was := decideDeadline(*before, env); was != nil {
		x.From = was.Due
	}
	return x
}

// usualReason is why time does not count where nobody wrote more about it.
var usualReason = map[complaint.ExclusionKind]string{complaint.Appraisal: "查明投诉事实须有专业意见", complaint.Mediation: "双方同意以调解解决争议"}

func exclusionOf(c complaint.Case) document.Exclusion {
	if len(c.Exclusions) == 0 {
		return document.Exclusion{}
	}
	x := c.Exclusions[len(c.Exclusions)-1]
	return document.Exclusion{Kind: complaint.Label("exclusion", string(x.What), "zh"), Reason: cmp.Or(x.Why, usualReason[x.What]), Body: x.Body, From: x.From, To: x.To}
}

func reexamData(c complaint.Case, org *Org, d *document.LetterData) {
	for _, r := range c.Reexams {
		if r.Decided {
			d.Received, d.Decision = r.On, r.Decision
			up, _ := org.Tree.Unit(r.Unit)
			d.Unit, d.Signer = up.Name, d.Institution+signerUnit(up, party.Unit{ID: org.Tree.Root()})
			if c.Decision != nil {
				d.Reexamined = org.Tree.Name(c.Decision.Unit)
			}
			d.Points = []document.Point{{Claim: r.Grounds, Finding: r.Process + r.InTime, Basis: "《银行业保险业消费投诉处理管理办法》第二十条", Reason: r.Decision}}
		}
	}
	d.Branch = false
	d.Remedies = nil
	for _, kind := range []document.RemedyKind{document.Mediation, document.Arbitration, document.Litigation} {
		d.Remedies = append(d.Remedies, document.Remedy{Kind: kind, Body: remedyBodyFor(string(kind), c.Region)})
	}
}

func regulatorData(c complaint.Case, reference int, d *document.LetterData) {
	r, _ := c.Reference(reference)
	d.Regulator, d.RegulatorNumber, d.RegulatorWe = r.Sender, r.Number, "单位"
	if strings.Contains(r.Sender, "局") {
		d.RegulatorWe = "局"
	}
	if d.RegulatorNumber == "" {
		d.RegulatorNumber = "来文未编号"
	}
	d.Received = r.ReceivedOn
	d.Opening, d.Options, d.Closing = "", "", "" // written to the consumer
	if draft, ok := regulatorDraft(c); ok {
		w := draft.Reply
		d.Opening, d.Decision, d.Closing = w.Opening, strings.TrimSpace(w.Decision+"\n"+w.Options), w.Closing
		for i, p := range c.Live() {
			d.Points[i].Reply = w.Answer(p.N)
		}
		d.Redress = redressLine(c)
		if len(reply.Unsaid(w, c.Redress)) == 0 {
			d.Redress = ""
		}
	}
	d.Remedies = nil // they are the consumer's, told in the decision
	d.Told = toldLine(c)
	if d.Decision == "" && c.Withdrawal != nil {
		d.Decision = "消费者已于" + c.Withdrawal.On.Chinese() + "撤回投诉。"
	}
	if d.Decision == "" && c.Refusal != nil {
		d.Decision = "不予办理：" + c.Refusal.Text
	}
	if d.Decision == "" && c.OtherReply != nil {
		d.Decision = c.OtherReply.Text
	}
	if len(d.Points) == 0 { // no complaint, so nothing was alleged
		d.Points = []document.Point{{Claim: c.Narrative}}
	}
	for i := range d.Points {
		if d.Points[i].Finding == "" { // ended without a finding: withdrawn, not handled, another matter
			d.Points[i].Finding = "见“二、处理结果”"
		}
	}
}

// toldLine says how the consumer was told, and nothing that is not recorded.
func toldLine(c complaint.Case) string {
	line := "处理结果尚未告知消费者，告知后另行报告。"
	switch {
	case c.Withdrawal != nil:
		line = "消费者已撤回投诉。"
	case c.OtherReply != nil:
		line = "已于" + c.OtherReply.On.Chinese() + "答复消费者。"
	}
	for _, n := range c.Notices {
		if n.What == complaint.DecisionLetter || n.What == complaint.NotHandledLetter {
			line = "已于" + n.On.Chinese() + "以" + complaint.Label("notice_mode", string(n.Mode), "zh") + "方式告知消费者。"
			if n.Mode == complaint.Unreachable {
				line = "经多次联系未能联系到消费者，" + n.On.Chinese() + "前的联系记录已留存。"
			}
		}
	}
	return line
}

// yuan writes fen as a letter prints money: 2,017.00.
func yuan(fen int64) string {
	whole, out := strconv.FormatInt(fen/100, 10), ""
	for len(whole) > 3 {
		whole, out = whole[:len(whole)-3], ","+whole[len(whole)-3:]+out
	}
	return fmt.Sprintf("%s%s.%02d", whole, out, fen%100)
}

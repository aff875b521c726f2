package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/dossier"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// casePaper is the case in words for the sealed case file.
func (a *App) casePaper(tx *storage.Tx, c complaint.Case, out dossier.Case, checkpoint ledger.Checkpoint) ([]byte, error) {
	_, history, err := tx.ComplaintHistory(c.ID)
	if err != nil {
		return nil, err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return nil, err
	}
	hide := func(s string) string { return s }
	if out.Variant == dossier.Masked {
		c, hide = c.Masked(), complaint.MaskNumbers
	}
	p := paper{org: org, hide: hide, history: history}
	stamp := out.By + " " + out.At.In(calendar.Zone).Format("2006-01-02 15:04:05")
	l := document.Letter{Issuer: a.institution, Number: c.Number, Title: "投诉案卷", Mark: stamp, Footer: c.Number + " · " + stamp}
	for _, part := range [][]document.Block{p.facts(c), p.matter(c), p.points(c), p.decision(c), p.papers(c), p.chronology(), proof(out, checkpoint)} {
		l.Blocks = append(l.Blocks, part...)
	}
	return renderPaper(l)
}

// paper gathers the blocks of a case's PDF.
type paper struct {
	org     *Org
	hide    func(string) string // masks numbers in free text, or nothing
	history []storage.Recorded
}

func heading(text string) document.Block {
	return document.Block{Kind: document.Heading, Text: text}
}

func paragraph(text string) document.Block {
	return document.Block{Kind: document.Paragraph, Text: text}
}

// grid is a table, nil when it has no row below its header.
func grid(header []string, rows [][]string) []document.Block {
	if len(rows) == 0 {
		return nil
	}
	return []document.Block{{Kind: document.Grid, Rows: append([][]string{header}, rows...)}}
}

// filled leaves out the pairs without a value.
func filled(pairs ...[2]string) (rows [][]string) {
	for _, p := range pairs {
		if p[1] != "" {
			rows = append(rows, []string{p[0], p[1]})
		}
	}
	return rows
}

func (p paper) facts(c complaint.Case) []document.Block {
	book, closed := complaint.Book(), ""
	if !c.ClosedOn.IsZero() {
		closed = c.ClosedOn.Chinese()
	}
	amount := ""
	if c.Amount > 0 {
		amount = yuan(c.Amount) + " 元"
	}
	channel := ""
	if len(c.References) > 0 {
		if ch, ok := party.ChannelOf(c.References[0].Channel); ok {
			channel = ch.Name
		}
	}
	rows := filled([2]string{"投诉编号", c.Number}, [2]string{"类型", complaint.Label("nature", string(c.Nature), "zh")}, [2]string{"状态", complaint.Label("state", string(c.State), "zh")},
		[2]string{"收到日期", c.ReceivedOn.Chinese()}, [2]string{"来源", channel}, [2]string{"承办机构", p.org.Tree.Name(c.Unit)}, [2]string{"承办人", p.org.Name("person/" + string(c.Owner))},
		[2]string{"产品", complaint.CodeName(book.Products, c.Codes.Product)}, [2]string{"原因", complaint.CodeName(book.Reasons, c.Codes.Reason)}, [2]string{"涉及金额", amount}, [2]string{"办结日期", closed})
	who := c.Complainant
	rows = append(rows, filled([2]string{"投诉人", who.Name}, [2]string{"证件号码", who.IDNumber}, [2]string{"电话", who.Phone}, [2]string{"电子邮箱", who.Email}, [2]string{"地址", who.Address}, [2]string{"保单、卡或合同", who.Policy})...)
	if r := c.Representative; r != nil {
		rows = append(rows, filled([2]string{"代理人", r.Name}, [2]string{"代理人电话", r.Phone}, [2]string{"代理证明", r.Proof})...)
	}
	return grid([]string{"项目", "内容"}, rows)
}

func (p paper) matter(c complaint.Case) []document.Block {
	out := []document.Block{heading("一、投诉事项"), paragraph(p.hide(c.Narrative))}
	if c.Demand != "" {
		out = append(out, paragraph("诉求："+p.hide(c.Demand)))
	}
	return out
}

func (p paper) points(c complaint.Case) []document.Block {
	out := []document.Block{heading("二、争议点与认定")}
	for i, point := range c.Live() {
		out = append(out, paragraph(fmt.Sprintf("%d. %s", i+1, p.hide(point.Text))))
		if f := point.Finding; f != nil {
			for _, pair := range [][2]string{{"结论", complaint.Label("outcome", string(f.Outcome), "zh")}, {"查明", p.hide(f.Evidence)}, {"依据", f.Basis}, {"理由", p.hide(f.Explanation)}} {
				if pair[1] != "" {
					out = append(out, paragraph(pair[0]+"："+pair[1]))
				}
			}
		}
	}
	if len(out) == 1 {
		out = append(out, paragraph("没有登记争议点。"))
	}
	return out
}

func (p paper) decision(c complaint.Case) []document.Block {
	out := []document.Block{heading("三、处理决定")}
	if d := c.Decision; d != nil {
		out = append(out, paragraph(p.hide(d.Text)), paragraph(fmt.Sprintf("%s 提出，%s 批准，%s", p.org.Name(d.ProposedBy), p.org.Name(d.ApprovedBy), d.On.Chinese())))
	} else {
		out = append(out, paragraph("尚未作出处理决定。"))
	}
	var rows [][]string
	for _, r := range c.Redress {
		amount, done := "", "尚未履行"
		if r.Amount > 0 {
			amount = yuan(r.Amount) + " 元"
		}
		if !r.PerformedOn.IsZero() {
			done = r.PerformedOn.Chinese() + " " + p.hide(r.Proof)
		}
		rows = append(rows, []string{complaint.Label("redress", r.What, "zh"), amount, p.hide(r.Text), done})
	}
	return append(out, grid([]string{"补偿", "金额", "说明", "履行"}, rows)...)
}

// papers lists letters, how they were told, and attachments with their digests.
func (p paper) papers(c complaint.Case) []document.Block {
	out := []document.Block{heading("四、文书、告知与附件")}
	var letters, notices, files [][]string
	for _, l := range c.Letters {
		letters = append(letters, []string{fmt.Sprint(l.N), l.Title, l.At.In(calendar.Zone).Format("2006-01-02"), l.PDF})
	}
	for _, n := range c.Notices {
		notices = append(notices, []string{n.On.String(), complaint.Label("letter", string(n.What), "zh"), complaint.Label("notice_mode", string(n.Mode), "zh"), p.hide(n.Proof)})
	}
	for _, f := range c.Files {
		files = append(files, []string{fmt.Sprint(f.N), p.hide(f.Name), fmt.Sprint(f.Size), f.Digest})
	}
	out = append(out, grid([]string{"文书", "名称", "日期", "PDF 的 SHA-256"}, letters)...)
	out = append(out, grid([]string{"告知日期", "文书", "方式", "凭证"}, notices)...)
	out = append(out, grid([]string{"附件", "名称", "字节", "SHA-256"}, files)...)
	if len(out) == 1 {
		out = append(out, paragraph("没有文书和附件。"))
	}
	return out
}

// spokenFields are the fields of events that hold what somebody wrote, in the order
// in which the chronology tells them.
var spokenFields = []string{"summary", "text", "why", "grounds", "explanation", "decision", "result", "comment", "note", "proof", "name", "title"}

// chronology is every event in one line; drafts that saved themselves are left out.
func (p paper) chronology() []document.Block {
	var rows [][]string
	for _, r := range p.history {
		if d, ok := r.Event.(*complaint.DraftSaved); ok && d.Auto {
			continue
		}
		rows = append(rows, []string{fmt.Sprint(r.Version), r.At.In(calendar.Zone).Format("2006-01-02 15:04"), p.org.Name(r.By), complaint.Label("event", r.Kind, "zh"), p.hide(spoken(r.Event))})
	}
	return append([]document.Block{heading("五、经过")}, grid([]string{"序号", "时间", "经办", "事项", "内容"}, rows)...)
}

// maxSpoken bounds what one line of the chronology tells, in characters.
const maxSpoken = 300

// spoken is what somebody wrote in an event.
func spoken(e complaint.Event) string {
	public, private, err := ledger.Encode(e)
	if err != nil {
		return ""
	}
	fields := map[string]any{}
	for _, part := range [][]byte{public, private} {
		if part != nil {
			_ = json.Unmarshal(part, &fields) // canonical JSON of our own
		}
	}
	var said []string
	for _, name := range spokenFields {
		if s, ok := fields[name].(string); ok && s != "" && !slices.Contains(said, s) {
			said = append(said, s)
		}
	}
	text := []rune(strings.Join(said, "；"))
	if len(text) > maxSpoken {
		text = append(text[:maxSpoken], '…')
	}
	return string(text)
}

// proof says what the case file rests on.
func proof(out dossier.Case, c ledger.Checkpoint) []document.Block {
	rows := [][]string{{"出具系统", c.Origin}, {"检查点", fmt.Sprintf("%d 条，%s 签署", c.Size, c.At.In(calendar.Zone).Format("2006-01-02 15:04:05"))}, {"根摘要", base64.StdEncoding.EncodeToString(c.Root[:])},
		{"公钥指纹", dossier.Fingerprint(out.PublicKey)}, {"本案记录", fmt.Sprintf("%d 条", len(out.Records))}, {"导出", out.By + "，" + out.At.In(calendar.Zone).Format("2006-01-02 15:04:05")}, {"导出原因", out.Reason}}
	return append([]document.Block{heading("六、核验")}, append(grid([]string{"项目", "内容"}, rows), document.Block{Kind: document.SmallNote, Text: "本件随同密封案卷出具。用案卷里的 verify.html 或 xiaobao verify 可核对每一条记录和每一个文件，不需要网络。"})...)
}

// sameJSON reports whether two texts are the same JSON but for white space.
func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

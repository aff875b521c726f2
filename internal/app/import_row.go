package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// anonymous is who complains where a row does not say it (rule 2020-3 art. 13
// lets a name be asked for, a ledger may not hold it).
const anonymous = "匿名"

// rowReader turns rows of one sheet into registrations.
type rowReader struct {
	m      ImportMap
	layout layout
	tree   *party.Tree
	row    document.Row
	notes  []string
	wrong  []string
}

func (r *rowReader) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}
func (r *rowReader) refuse(format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// get returns the text of a field: its columns joined, else the constant.
func (r *rowReader) get(field string) string {
	var parts []string
	for _, i := range r.layout.columns[field] {
		if v := strings.TrimSpace(r.row.Cells[i]); v != "" && !slices.Contains(parts, v) {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return r.m.Constants[field]
	}
	if slices.Contains(joinedFields, field) {
		return strings.Join(parts, "\n")
	}
	return parts[0]
}

// value returns the text of a field after the map's and the usual values.
func (r *rowReader) value(field string) string {
	v := r.get(field)
	for _, table := range []map[string]string{r.m.Values[field], usualColumns().Values[field]} {
		if to, ok := table[v]; ok {
			return to
		}
		if to, ok := table[strings.ToLower(v)]; ok {
			return to
		}
	}
	return v
}

// read decodes a row. The error is why it cannot be taken, all reasons in one
// sentence; notes are what a person should look at.
func (r *rowReader) read(row document.Row) (d complaint.Register, notes []string, err error) {
	r.row, r.notes, r.wrong = row, nil, nil
	if row.Err != nil {
		return d, nil, row.Err
	}
	for _, n := range row.Notes {
		if n.Code == document.NoteDigits || n.Code == document.NoteFormula {
			r.notes = append(r.notes, n.Text)
		}
	}
	d = complaint.Register{Channel: r.channel(), Nature: r.nature(), ReceivedOn: r.day("received_on"), OwnDue: r.day("own_due"), Sender: r.get("sender"),
		SenderNumber: r.get("sender_number"), Complainant: r.complainant(), Respondents: r.respondents(), Unit: r.unit(), Demand: r.get("demand"), Amount: r.amount()}
	d.Codes.Product = r.code("product", "产品类别", complaint.Book().Products)
	d.Codes.Reason = r.code("reason", "投诉原因", complaint.Book().Reasons)
	if v := r.value("vulnerable"); slices.Contains(complaint.Vulnerabilities, v) {
		d.Vulnerable = []string{v}
	} else if v != "" {
		r.note("特殊群体“%s”不在目录中，没有录入", v)
	}
	if rep := r.get("representative"); rep != "" {
		d.Representative = &complaint.Representative{Kind: complaint.Agent, Name: rep, Phone: r.phone("representative_phone")}
	}
	r.words(&d)
	if len(r.wrong) > 0 {
		return d, r.notes, fault.New(fault.Invalid, "%s", strings.Join(r.wrong, "；"))
	}
	d.ImportKey = r.key(d)
	return d, r.notes, nil
}

// words fills narrative and allegation; a title leads the narrative and is the allegation.
func (r *rowReader) words(d *complaint.Register) {
	title, text := r.get("title"), r.get("narrative")
	switch {
	case text == "":
		text = title
	case title != "" && !strings.HasPrefix(text, title):
		text = title + "\n" + text
	}
	if title != "" {
		d.Points = []string{strings.ReplaceAll(title, "\n", " ")}
	}
	if d.Narrative = text; text == "" {
		r.refuse("投诉内容是空的")
	}
}

func (r *rowReader) channel() party.ChannelID {
	v := r.value("channel")
	for _, c := range party.Channels() {
		if string(c.ID) == v || c.Name == v || strings.HasPrefix(c.Name, v+"（") {
			return c.ID
		}
	}
	if v == "" {
		r.refuse("没有写投诉渠道")
	} else {
		r.refuse("不认识投诉渠道“%s”，请在对照文件的 [values.channel] 中写明", v)
	}
	return ""
}

func (r *rowReader) nature() complaint.Nature {
	v := r.value("nature")
	for _, n := range complaint.Natures {
		if string(n) == v || complaint.Label("nature", string(n), "zh") == v {
			return n
		}
	}
	if v != "" {
		r.refuse("不认识事项类型“%s”，请在对照文件的 [values.nature] 中写明", v)
	}
	return ""
}

func (r *rowReader) day(field string) (d calendar.Date) {
	v := r.get(field)
	if v == "" {
		if field == "received_on" {
			r.refuse("没有写收到日期，期限无法起算")
		}
		return 0
	}
	w, err := document.ParseWhen(v, r.m.MonthFirst)
	if err != nil {
		r.refuse("%s", strings.TrimRight(fault.Message(err), "。"))
		return 0
	}
	return w.Date
}

func (r *rowReader) complainant() complaint.Complainant {
	c := complaint.Complainant{Name: r.get("name"), Phone: r.phone("phone"), IDNumber: r.whole("id_number", "证件号码"), Email: r.whole("email", "电子邮箱"),
		Address: r.get("address"), Policy: r.whole("policy", "保单、卡号或合同号")}
	if c.Name == "" {
		c.Name = anonymous
	}
	return c
}

// whole returns an identifier, but none that was masked by whoever made the
// table: it would match all who share its ends.
func (r *rowReader) whole(field, name string) string {
	v := r.get(field)
	if strings.ContainsAny(v, "*＊×") {
		r.note("%s已脱敏，没有录入", name)
		return ""
	}
	return v
}

var phoneExtra = regexp.MustCompile(`[^0-9+()（）\-— ]`)

// phone keeps a number that can be dialled; whatever else stands in the cell is noted.
func (r *rowReader) phone(field string) string {
	v := r.whole(field, "电话")
	if v == "" {
		return ""
	}
	first := strings.TrimSpace(phoneExtra.ReplaceAllString(strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune("/,，、;；\n", c) })[0], ""))
	if len(first) < 5 || len(first) > 32 {
		r.note("电话“%s”不像号码，没有录入", v)
		return ""
	}
	if first != v {
		r.note("电话单元格里不止一个号码或夹有文字，只录入了第一个号码")
	}
	return first
}

func (r *rowReader) respondents() []complaint.Respondent {
	unit, name := r.get("respondent_unit"), r.get("respondent")
	if unit == "" && name == "" {
		return nil
	}
	d := complaint.Respondent{Name: name}
	if unit != "" {
		id, ok := findUnit(r.tree, r.value("respondent_unit"))
		if d.Unit = id; !ok {
			r.note("被投诉机构“%s”不在机构树中，没有登记回避", unit)
		}
	}
	return []complaint.Respondent{d}
}

func (r *rowReader) unit() party.UnitID {
	v := r.value("unit")
	if v == "" {
		return ""
	}
	id, ok := findUnit(r.tree, v)
	if !ok {
		r.refuse("机构“%s”不在机构树中，请改成机构代码或全称，或在对照文件的 [values.unit] 中写明", v)
	}
	return id
}

// findUnit finds a unit by id or name; a name that is longer or shorter at its
// front, such as 示例银行北京分行 for 北京分行, must fit one unit only.
func findUnit(tree *party.Tree, v string) (party.UnitID, bool) {
	if u, ok := tree.Unit(party.UnitID(v)); ok {
		return u.ID, true
	}
	var found []party.UnitID
	for _, u := range tree.Units() {
		if u.Name == v {
			return u.ID, true
		}
		if strings.HasSuffix(u.Name, v) || strings.HasSuffix(v, u.Name) {
			found = append(found, u.ID)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return "", false
}

func (r *rowReader) code(field, name string, list []complaint.Code) string {
	v := r.value(field)
	if v == "" {
		return ""
	}
	for _, c := range list {
		if c.ID == v || c.Name == v || strings.EqualFold(c.NameEn, v) {
			return c.ID
		}
	}
	r.note("%s“%s”不在目录中，没有录入", name, v)
	return ""
}

var amountText = regexp.MustCompile(`^[¥￥]?([0-9]{1,12})(?:\.([0-9]{1,4}))?(万)?元?$`)

// amount reads yuan, also 1,234.50元 and 1.2万, as fen.
func (r *rowReader) amount() int64 {
	v := r.get("amount")
	if v == "" {
		return 0
	}
	m := amountText.FindStringSubmatch(strings.NewReplacer(",", "", "，", "", " ", "").Replace(v))
	if m == nil || m[3] == "" && len(m[2]) > 2 {
		r.note("金额“%s”看不懂，没有录入", v)
		return 0
	}
	whole, _ := strconv.ParseInt(m[1], 10, 64)               // digits by the pattern
	part, _ := strconv.ParseInt((m[2] + "0000")[:4], 10, 64) // ten-thousandths
	n := whole*10_000 + part
	if m[3] != "" {
		return n * 100
	}
	return n / 100
}

// key names the row for good: the sender's number or the row's own id with its
// channel, else a digest of what stands in the row.
func (r *rowReader) key(d complaint.Register) string {
	id := r.get("key")
	if id == "" {
		id = d.SenderNumber
	}
	if id != "" {
		if len(id) > 64 {
			return rowDigest("number", []string{string(d.Channel), id})
		}
		return "import/" + string(d.Channel) + "/" + id
	}
	var cells []string
	ignored := usualColumns().Ignored.Names
	for i, name := range r.row.Header {
		if r.row.Cells[i] != "" && !slices.Contains(ignored, name) {
			cells = append(cells, name, r.row.Cells[i])
		}
	}
	return rowDigest("row", append(cells, string(d.Channel)))
}

func rowDigest(kind string, parts []string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return "import/" + kind + "/" + hex.EncodeToString(h.Sum(nil)[:20])
}

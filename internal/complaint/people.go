package complaint

import (
	"regexp"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Complainant is who complains. Of a natural person the rule allows to ask for
// name, identity and contact only (2020-3 art. 13); nothing else has a field.
type Complainant struct {
	Entity     bool   `json:"entity,omitempty" doc:"A legal person or other organisation"`
	Name       string `json:"name" maxLength:"80"`
	IDNumber   string `json:"id_number,omitempty" maxLength:"32" doc:"Identity card, passport or unified social credit code"`
	Phone      string `json:"phone,omitempty" maxLength:"32"`
	Email      string `json:"email,omitempty" maxLength:"120"`
	Address    string `json:"address,omitempty" maxLength:"200"`
	HeadName   string `json:"head_name,omitempty" maxLength:"40" doc:"Head of an organisation"`
	Policy     string `json:"policy,omitempty" maxLength:"64" doc:"Policy, card or contract number the complaint is about"`
	Salutation string `json:"salutation,omitempty" maxLength:"8" doc:"先生, 女士 or empty"`
}

// RepresentativeKind is by what right somebody else complains (rule 2020-3 art. 14).
type RepresentativeKind string

// The kinds of representatives.
const (
	Agent    RepresentativeKind = "agent"    // 受托人, original authorisation
	Guardian RepresentativeKind = "guardian" // 法定代理人
	Heir     RepresentativeKind = "heir"     // 继承人, proof of inheritance
)

// RepresentativeKinds lists the kinds.
var RepresentativeKinds = []RepresentativeKind{Agent, Guardian, Heir}

// Representative acts for the complainant. Agents and heirs must be accepted;
// a missing proof delays what is told to them, never the clock.
type Representative struct {
	Kind  RepresentativeKind `json:"kind" enum:"agent,guardian,heir"`
	Name  string             `json:"name" maxLength:"80"`
	Phone string             `json:"phone,omitempty" maxLength:"32"`
	Proof string             `json:"proof,omitempty" maxLength:"200" doc:"What proves the right; empty while it is awaited"`
}

// Joint says that several people complain together in person; they choose at
// most MaxRepresentatives (rule 2020-3 art. 12).
type Joint struct {
	Count           int      `json:"count" minimum:"2" doc:"How many people"`
	Representatives []string `json:"representatives" doc:"Their names"`
}

// Respondent is the unit or member of staff complained about. Both are recused.
type Respondent struct {
	Unit   party.UnitID   `json:"unit,omitempty"`
	Person party.PersonID `json:"person,omitempty"`
	Name   string         `json:"name,omitempty" maxLength:"40" doc:"As the consumer named the person, when no record matches"`
}

var phoneText = regexp.MustCompile(`^[0-9+()（）\-— ]{5,32}$`)

func (c Complainant) check(f *fault.Fields) {
	f.Need(strings.TrimSpace(c.Name) != "", "complainant.name", "请填写投诉人姓名或单位名称；匿名的请填“匿名”")
	for _, t := range []struct {
		field, value, label string
		max                 int
	}{
		{"name", c.Name, "姓名", 80}, {"id_number", c.IDNumber, "证件号码", 32}, {"email", c.Email, "电子邮箱", 120}, {"address", c.Address, "地址", 200},
		{"head_name", c.HeadName, "负责人姓名", 40}, {"policy", c.Policy, "保单、卡号或合同号", 64}, {"salutation", c.Salutation, "称谓", 8},
	} {
		text(f, "complainant."+t.field, t.value, t.label, false, t.max)
	}
	f.Need(c.Phone == "" || phoneText.MatchString(c.Phone), "complainant.phone", "电话号码只能包含数字、空格、括号和短横线，例如 13800001234 或 010-12345678")
	f.Need(c.Email == "" || strings.Count(c.Email, "@") == 1 && !strings.ContainsAny(c.Email, " \r\n"), "complainant.email", "电子邮箱格式不对，例如 name@example.com")
}

func (r *Representative) check(f *fault.Fields) {
	if r == nil {
		return
	}
	f.Need(one(RepresentativeKinds, r.Kind), "representative.kind", "请选择代理人类型：受托人、法定代理人或继承人")
	text(f, "representative.name", r.Name, "代理人姓名", true, 80)
	text(f, "representative.proof", r.Proof, "代理证明", false, 200)
	f.Need(r.Phone == "" || phoneText.MatchString(r.Phone), "representative.phone", "代理人电话格式不对")
}

func (j *Joint) check(f *fault.Fields, max int) {
	if j == nil {
		return
	}
	f.Need(j.Count >= 2, "joint.count", "共同投诉人数至少为 2 人")
	for i, name := range j.Representatives {
		text(f, "joint.representatives["+itoa(i)+"]", name, "代表姓名", true, 80)
	}
	f.Need(len(j.Representatives) >= 1, "joint.representatives", "请填写推选的代表")
	f.Need(len(j.Representatives) <= max, "joint.representatives", "代表不得超过 %d 名（《银行业保险业消费投诉处理管理办法》第十二条）", max)
}

// MaskName hides a name but for its first character: 王*, 欧阳** stays 欧***.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	if len(r) <= 1 {
		return string(r)
	}
	return string(r[:1]) + strings.Repeat("*", min(len(r)-1, 3))
}

// MaskNumber keeps the first three and last four characters of a number of at
// least eight, and the last two of a shorter one.
func MaskNumber(s string) string {
	r := []rune(strings.TrimSpace(s))
	switch {
	case len(r) == 0:
		return ""
	case len(r) >= 8:
		return string(r[:3]) + strings.Repeat("*", min(len(r)-7, 8)) + string(r[len(r)-4:])
	case len(r) > 2:
		return strings.Repeat("*", len(r)-2) + string(r[len(r)-2:])
	}
	return strings.Repeat("*", len(r))
}

// MaskText hides a free text such as an address or an e-mail but for its head.
func MaskText(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= 3 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:3]) + "***"
}

// Masked returns the complainant with every personal field masked.
func (c Complainant) Masked() Complainant {
	c.Name, c.HeadName = MaskName(c.Name), MaskName(c.HeadName)
	c.IDNumber, c.Phone, c.Policy = MaskNumber(c.IDNumber), MaskNumber(c.Phone), MaskNumber(c.Policy)
	c.Email, c.Address = MaskText(c.Email), MaskText(c.Address)
	return c
}

package party

import (
	"slices"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// UnitSet is the event of a unit opened or changed; it carries the whole unit.
type UnitSet struct {
	Unit Unit `json:"unit"`
}

// PersonSet is the event of a person hired, moved, given roles, disabled or
// enabled; it carries the whole person. Names of staff are business records.
type PersonSet struct {
	Person Person `json:"person"`
}

// Kinds of party events as they stand in the ledger.
const (
	KindUnitSet   = "party.UnitSet"
	KindPersonSet = "party.PersonSet"
)

// SetUnit checks a unit against the tree it will join or change.
func SetUnit(t *Tree, u Unit) (UnitSet, error) {
	var f fault.Fields
	f.Need(u.ID != "" && len(u.ID) <= 32, "id", "请填写机构代码，不超过 32 个字符")
	f.Need(u.Name != "" && utf8.RuneCountInString(u.Name) <= 80, "name", "请填写机构名称，不超过 80 个字")
	f.Need(slices.Contains(Levels, u.Level), "level", "机构层级不在可选范围内")
	old, known := t.Unit(u.ID)
	switch {
	case known && old.Parent != u.Parent:
		f.Add("parent", "上级机构不能直接改动：请新建机构并转办在办投诉，历史才不会改写")
	case u.Parent == "" && t.Root() != "" && t.Root() != u.ID:
		f.Add("parent", "请选择上级机构：总部已存在（%s）", t.Name(t.Root()))
	case u.Parent != "" && t.Path(u.Parent) == nil:
		f.Add("parent", "上级机构 %s 不存在", u.Parent)
	case len(t.Path(u.Parent)) >= MaxDepth:
		f.Add("parent", "机构层级最多 %d 级", MaxDepth)
	}
	return UnitSet{Unit: u}, f.Err()
}

// SetPerson checks a person against the tree. A login name is unique; the
// caller (which sees all people) answers for that.
func SetPerson(t *Tree, p Person) (PersonSet, error) {
	var f fault.Fields
	f.Need(p.ID != "", "id", "缺少人员编号")
	f.Need(p.Login != "" && len(p.Login) <= 64, "login", "请填写登录名，不超过 64 个字符")
	f.Need(p.Name != "" && utf8.RuneCountInString(p.Name) <= 40, "name", "请填写姓名，不超过 40 个字")
	u, ok := t.Unit(p.Unit)
	f.Need(ok, "unit", "机构 %s 不存在", p.Unit)
	f.Need(!ok || !u.Closed, "unit", "机构 %s 已撤销", u.Name)
	f.Need(len(p.Roles) > 0, "roles", "请至少选择一个角色")
	for _, r := range p.Roles {
		f.Need(slices.Contains(Roles, r) || r == Examiner && len(p.Roles) == 1, "roles", "角色 %s 不存在", r)
	}
	f.Need(len(p.Roles) <= 1 || !slices.Contains(p.Roles, Administrator), "roles", "系统管理员不能兼任业务角色：管理员不得接触投诉内容")
	f.Need(len(p.Roles) <= 1 || !slices.Contains(p.Roles, Auditor), "roles", "审计人员不能兼任业务角色：审计须独立")
	return PersonSet{Person: p}, f.Err()
}

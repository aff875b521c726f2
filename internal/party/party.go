// Package party is the shared vocabulary of who: institutions and their units,
// people and their roles, and the channels on which consumers reach them.
package party

import (
	"slices"
	"strings"

	"xiaobao/internal/fault"
)

// UnitID names an organisational unit for good; it is short and readable, such as "0100".
type UnitID string

// PersonID names a member of staff for good.
type PersonID string

// Level is a unit's place in the institution.
type Level string

// The levels of units (机构层级).
const (
	HeadOffice Level = "head_office" // 总行/总公司
	Branch     Level = "branch"      // 分行/分公司
	SubBranch  Level = "sub_branch"  // 支行/支公司
	Department Level = "department"  // 部门
)

// Levels lists the levels from the top.
var Levels = []Level{HeadOffice, Branch, SubBranch, Department}

// MaxDepth bounds the tree: head office is depth 1. Read tables keep one scope
// column per depth, so that a subtree is one equality and needs no recursion.
const MaxDepth = 5

// Unit is an organisational unit.
type Unit struct {
	ID      UnitID `json:"id" maxLength:"32"`
	Name    string `json:"name" maxLength:"80"`
	Parent  UnitID `json:"parent,omitempty"`
	Level   Level  `json:"level" enum:"head_office,branch,sub_branch,department"`
	Region  string `json:"region,omitempty" maxLength:"32" doc:"Province or city; decides which local rules apply"`
	Address string `json:"address,omitempty" maxLength:"200"`
	Phone   string `json:"phone,omitempty" maxLength:"32"`
	Closed  bool   `json:"closed,omitempty"`
}

// Role is a duty that carries permissions (see package access).
type Role string

// The roles.
const (
	Handler       Role = "handler"       // 投诉处理人员
	BranchLead    Role = "branch_lead"   // 分支机构负责人
	Office        Role = "office"        // 消保办
	Executive     Role = "executive"     // 高级管理人员
	Auditor       Role = "auditor"       // 审计人员, read-only
	Administrator Role = "administrator" // 系统管理员, no case access
	Submitter     Role = "submitter"     // 业务人员, hands material in for review
	Reviewer      Role = "reviewer"      // 消保审查人员
	Examiner      Role = "examiner"      // 外部检查人员, reads the sample of one examination; never given by hand
)

// Roles lists all roles of people.
var Roles = []Role{Handler, BranchLead, Office, Executive, Auditor, Administrator, Submitter, Reviewer}

// Person is a member of staff.
type Person struct {
	ID       PersonID `json:"id"`
	Login    string   `json:"login" maxLength:"64"`
	Name     string   `json:"name" maxLength:"40"`
	Title    string   `json:"title,omitempty" maxLength:"40"`
	Unit     UnitID   `json:"unit"`
	Roles    []Role   `json:"roles"`
	Disabled bool     `json:"disabled,omitempty"`
}

// Actor is who acts: a person, the consumer on the portal, or the program.
type Actor struct {
	ID    string   // "person/…", "consumer", "system"; what events keep in By
	Name  string   // as shown to colleagues
	Unit  UnitID   // unit whose affairs the actor answers for; "" for the consumer and the program
	Path  []UnitID // from head office down to Unit
	Seat  UnitID   // unit where the person sits: a department of Unit, or Unit itself
	Roles []Role

	Examination int64   // of an examiner: lists hold its sample and nothing else
	Sample      []int64 // ids of the sampled cases
}

// System is the program itself: timers, imports' bookkeeping.
var System = Actor{ID: "system", Name: "系统"}

// Shell is who types commands at the machine: whoever holds the data and the keys
// may do everything there is, and the ledger says that it was done so.
var Shell = Actor{ID: "system/shell", Name: "服务器命令行"}

// Consumer is the complainant on the public portal, known by number and secret.
var Consumer = Actor{ID: "consumer", Name: "消费者"}

// ActorOf returns the person as an actor of the tree. A department serves its
// institution: its office, reviewers, executives and auditors answer for the whole of it
// (消保部, 审计部), while its handlers answer for the department.
func ActorOf(p Person, tree *Tree) Actor {
	if slices.Contains(p.Roles, Examiner) { // belongs to no unit: sees nothing until the sample is given
		return Actor{ID: "person/" + string(p.ID), Name: p.Name, Roles: []Role{Examiner}}
	}
	unit := p.Unit
	if slices.ContainsFunc(p.Roles, func(r Role) bool { return r == Office || r == Executive || r == Auditor || r == Reviewer }) {
		unit = tree.Institution(p.Unit)
	}
	return Actor{ID: "person/" + string(p.ID), Name: p.Name, Unit: unit, Path: tree.Path(unit), Seat: p.Unit, Roles: p.Roles}
}

// Person returns the id of the person who acts, "" for others.
func (a Actor) Person() PersonID {
	id, ok := strings.CutPrefix(a.ID, "person/")
	if !ok {
		return ""
	}
	return PersonID(id)
}

// Serves reports whether the actor is on duty in the unit or in a department of it.
func (a Actor) Serves(unit UnitID, tree *Tree) bool {
	return unit != "" && (a.Unit == unit || a.Seat == unit || tree.Institution(a.Unit) == unit)
}

// Has reports whether the actor holds the role.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// Tree is the units of one institution as of now. It is immutable.
type Tree struct {
	units map[UnitID]Unit
	paths map[UnitID][]UnitID
	root  UnitID
}

// NewTree builds the tree. The only unit without a parent is head office.
func NewTree(units []Unit) (*Tree, error) {
	t := &Tree{units: make(map[UnitID]Unit, len(units)), paths: make(map[UnitID][]UnitID, len(units))}
	for _, u := range units {
		if u.Parent == "" {
			if t.root != "" {
				return nil, fault.New(fault.Invalid, "机构树只能有一个总部，%s 与 %s 都没有上级", t.root, u.ID)
			}
			t.root = u.ID
		}
		t.units[u.ID] = u
	}
	for id := range t.units {
		path, err := t.climb(id)
		if err != nil {
			return nil, err
		}
		t.paths[id] = path
	}
	return t, nil
}

func (t *Tree) climb(id UnitID) ([]UnitID, error) {
	var path []UnitID
	for at := id; at != ""; at = t.units[at].Parent {
		if _, ok := t.units[at]; !ok {
			return nil, fault.New(fault.Invalid, "机构 %s 的上级 %s 不存在", id, at)
		}
		if len(path) == MaxDepth {
			return nil, fault.New(fault.Invalid, "机构 %s 的层级超过 %d 级或上级循环", id, MaxDepth)
		}
		path = append(path, at)
	}
	slices.Reverse(path)
	return path, nil
}

// Root returns head office, "" for an empty tree.
func (t *Tree) Root() UnitID { return t.root }

// Unit returns a unit by id.
func (t *Tree) Unit(id UnitID) (Unit, bool) {
	u, ok := t.units[id]
	return u, ok
}

// Name returns the unit's name, or its id when it is not known.
func (t *Tree) Name(id UnitID) string {
	if u, ok := t.units[id]; ok {
		return u.Name
	}
	return string(id)
}

// Path returns the units from head office down to id, nil when id is unknown.
func (t *Tree) Path(id UnitID) []UnitID { return t.paths[id] }

// Within reports whether id is root or stands below it.
func (t *Tree) Within(id, root UnitID) bool { return slices.Contains(t.paths[id], root) }

// Superior returns the unit above id, "" for head office.
func (t *Tree) Superior(id UnitID) UnitID { return t.units[id].Parent }

// Institution returns the unit itself, or for a department the institution that
// it belongs to: a department is no level of its own (2020-3 art. 18, 20).
func (t *Tree) Institution(id UnitID) UnitID {
	for t.units[id].Level == Department && t.units[id].Parent != "" {
		id = t.units[id].Parent
	}
	return id
}

// InstitutionAbove returns the institution above that of id, "" for head office
// and its departments.
func (t *Tree) InstitutionAbove(id UnitID) UnitID {
	return t.Institution(t.Superior(t.Institution(id)))
}

// Units returns all units in depth-first order, children by id.
func (t *Tree) Units() []Unit {
	out := make([]Unit, 0, len(t.units))
	for _, u := range t.units {
		out = append(out, u)
	}
	key := func(id UnitID) string {
		var b strings.Builder
		for _, p := range t.paths[id] {
			b.WriteString(string(p))
			b.WriteByte(0)
		}
		return b.String()
	}
	slices.SortFunc(out, func(a, b Unit) int { return strings.Compare(key(a.ID), key(b.ID)) })
	return out
}

// Children returns the units directly below id.
func (t *Tree) Children(id UnitID) []Unit {
	var out []Unit
	for _, u := range t.Units() {
		if u.Parent == id {
			out = append(out, u)
		}
	}
	return out
}

// Package access decides who may do what to which case, and says why not.
// The matrix is data (data/matrix.toml); the rules that are not a matter of
// role stand here: scope by subtree of units, ownership and recusal.
package access

import (
	_ "embed"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

//go:embed data/matrix.toml
var matrixTOML string

// Action names something a person may be allowed to do.
type Action string

// The actions. Every route of web and api names one of them.
const (
	RegisterComplaint  Action = "complaint.register"
	ReadComplaint      Action = "complaint.read"
	ReadInbox          Action = "inbox.read"         // what came by mail and belongs to no case is head office's
	ReadSample         Action = "examination.sample" // an examiner's own
	ReadExaminations   Action = "examination.read"   // who examines what
	HandleComplaint    Action = "complaint.handle"
	AcceptComplaint    Action = "complaint.accept"
	AssignComplaint    Action = "complaint.assign"
	RemindComplaint    Action = "complaint.remind"
	SuperviseComplaint Action = "complaint.supervise"
	ApproveComplaint   Action = "complaint.approve"
	MergeComplaint     Action = "complaint.merge"
	RevealComplaint    Action = "complaint.reveal"
	ExportComplaint    Action = "complaint.export"
	ImportComplaint    Action = "complaint.import"
	TraceComplaint     Action = "complaint.trace"
	ReadAgent          Action = "complaint.agent_read"    // suspicions of organised agents
	FlagAgent          Action = "complaint.agent_flag"    // propose or lift one
	ConfirmAgent       Action = "complaint.agent_confirm" // as the second person
	SubmitReview       Action = "review.submit"
	ReadReview         Action = "review.read"
	HandleReview       Action = "review.handle"
	AssignReview       Action = "review.assign"
	DecideReview       Action = "review.decide"
	RecheckMaterial    Action = "review.recheck" // what circulates against what was cleared
	ReadProduct        Action = "product.read"
	ManageProduct      Action = "product.manage"
	ReadRules          Action = "rule.read"
	ManageRules        Action = "rule.manage" // switch rules, take packs in
	ReadOverview       Action = "overview.read"
	ReadParty          Action = "party.read"
	ManageParty        Action = "party.manage"
	ReadSettings       Action = "settings.read"
	ManageSettings     Action = "settings.manage"
	ReadAudit          Action = "audit.read"
	ReadLaw            Action = "law.read"
	ManageLaw          Action = "law.manage" // take texts in and out
	ManageTokens       Action = "token.manage"
	ReadCoding         Action = "coding.read"
	ManageCoding       Action = "coding.manage"
	ReadPrecedent      Action = "precedent.read"
	ProposePrecedent   Action = "precedent.propose"
	ApprovePrecedent   Action = "precedent.approve" // as the second person
	ReadExports        Action = "export.read"       // the register; everybody sees their own
	ApproveExport      Action = "export.approve"    // as the second person
	ReadChanges        Action = "change.read"       // of the configuration; who may make one may confirm another's
	CloseFlag          Action = "audit.close"       // of unusual reading
	ReadRetention      Action = "retention.read"
	ProposeErasure     Action = "retention.propose"
	ApproveErasure     Action = "retention.approve" // as the second person
	HoldComplaint      Action = "retention.hold"    // keep from erasing, and lift it
)

// Reach is how far a permission goes.
type Reach string

// The reaches, weakest first. None is the zero value.
const (
	None  Reach = ""
	Drawn Reach = "drawn" // the cases of an examiner's sample
	Own   Reach = "own"
	Scope Reach = "scope"
	All   Reach = "all"
)

// Target is what an action is done to. The zero Target is a thing without a
// unit, such as the register form or the list of units.
type Target struct {
	Case           int64            // id of the complaint, 0 for other things
	Path           []party.UnitID   // head office down to the handling unit; nil for things without one
	Offered        []party.UnitID   // head office down to the unit that is asked to take it over, nil when none
	Owners         []party.PersonID // who owns it, was offered it, or first received it
	RecusedUnits   []party.UnitID   // units that are parties to the complaint
	RecusedPersons []party.PersonID // people who are parties to the complaint
}

// Decision is the answer with its reason.
type Decision struct {
	Allow  bool
	Kind   fault.Kind // Forbidden or Recused when not allowed
	Reason string     // sentence for the person, "" when allowed
}

// Err returns nil when allowed, and the reason as an error otherwise.
func (d Decision) Err() error {
	if d.Allow {
		return nil
	}
	return fault.New(d.Kind, "%s", d.Reason)
}

var matrix = sync.OnceValue(func() map[Action]map[party.Role]Reach {
	var file map[string]map[string]map[party.Role]Reach
	if _, err := toml.Decode(matrixTOML, &file); err != nil {
		panic("matrix.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	m := map[Action]map[party.Role]Reach{}
	for room, actions := range file {
		for name, roles := range actions {
			m[Action(room+"."+name)] = roles
		}
	}
	return m
})

// Actions lists the actions of the matrix, sorted.
func Actions() []Action {
	var out []Action
	for a := range matrix() {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

// ReachOf returns the widest reach that the actor's roles give for the action.
func ReachOf(who party.Actor, do Action) Reach {
	best := None
	for _, r := range who.Roles {
		if reach := matrix()[do][r]; rank(reach) > rank(best) {
			best = reach
		}
	}
	return best
}

func rank(r Reach) int { return slices.Index([]Reach{None, Drawn, Own, Scope, All}, r) }

// May reports whether the actor could do the action to some target: it decides
// which rooms and buttons a page shows. The act itself asks Can.
func May(who party.Actor, do Action) bool { return ReachOf(who, do) != None }

// Can decides. Recusal is asked first, so that no role outweighs it
// (rule 2020-3 art. 17).
func Can(who party.Actor, do Action, on Target) Decision {
	if who.ID == party.System.ID || who.ID == party.Shell.ID {
		return Decision{Allow: true}
	}
	if Recused(who, on) {
		return Decision{Kind: fault.Recused, Reason: "该投诉涉及您本人或您所在机构，您须回避：只能知道有此投诉，不能查看、办理或审批（《银行业保险业消费投诉处理管理办法》第十七条）"}
	}
	reach := ReachOf(who, do)
	switch {
	case reach == None:
		return Decision{Kind: fault.Forbidden, Reason: "您的角色没有此项权限，请联系消保办或系统管理员"}
	case reach == All, on.Path == nil && len(on.Owners) == 0:
		return Decision{Allow: true}
	case reach == Drawn && !slices.Contains(who.Sample, on.Case):
		return Decision{Kind: fault.Forbidden, Reason: "该投诉不在本次检查的样本之内"}
	case reach == Drawn, slices.Contains(on.Owners, who.Person()):
		return Decision{Allow: true}
	case reach == Own:
		return Decision{Kind: fault.Forbidden, Reason: "该投诉由其他人员负责，您可以催办，或请负责人转给您"}
	case !inReach(who, do, on):
		return Decision{Kind: fault.Forbidden, Reason: "该投诉不在您所在机构的管辖范围内"}
	}
	return Decision{Allow: true}
}

// offerable lists what a unit may do with a case that it is asked to take over.
func offerable(do Action) bool { return do == ReadComplaint || do == AcceptComplaint }

// inReach is how far a reach of Scope goes.
func inReach(who party.Actor, do Action, on Target) bool {
	return InScope(who, on.Path) || offerable(do) && InScope(who, on.Offered)
}

// UnitReads reports whether the unit at the end of a path from the head office may read
// the target as a unit: what somebody of it may whose reach is Scope, and who is no
// party. It is the rule of Can, for receivers that are no people.
func UnitReads(path []party.UnitID, on Target) bool {
	if len(path) == 0 {
		return false
	}
	unit := path[len(path)-1]
	who := party.Actor{Unit: unit, Path: path, Seat: unit}
	return !Recused(who, on) && inReach(who, ReadComplaint, on)
}

// InScope reports whether the target's unit is the actor's unit or below it.
func InScope(who party.Actor, path []party.UnitID) bool {
	return who.Unit != "" && slices.Contains(path, who.Unit)
}

// Recused reports whether the actor is a party to the complaint: named himself,
// or on duty in a named unit or below it.
func Recused(who party.Actor, on Target) bool {
	if p := who.Person(); p != "" && slices.Contains(on.RecusedPersons, p) {
		return true
	}
	for _, u := range on.RecusedUnits {
		if slices.Contains(who.Path, u) || who.Seat == u && u != "" {
			return true
		}
	}
	return false
}

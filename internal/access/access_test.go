package access_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

func actor(role party.Role, path ...party.UnitID) party.Actor {
	return party.Actor{ID: "person/me", Name: "我", Unit: path[len(path)-1], Path: path, Roles: []party.Role{role}}
}

func TestCan(t *testing.T) {
	mine := access.Target{Path: []party.UnitID{"01", "0101"}, Owners: []party.PersonID{"me"}}
	others := access.Target{Path: []party.UnitID{"01", "0101"}, Owners: []party.PersonID{"you"}}
	elsewhere := access.Target{Path: []party.UnitID{"01", "0102"}, Owners: []party.PersonID{"you"}}
	named := access.Target{Path: []party.UnitID{"01", "0101"}, Owners: []party.PersonID{"me"}, RecusedPersons: []party.PersonID{"me"}}
	unit := access.Target{Path: []party.UnitID{"01", "0101"}, RecusedUnits: []party.UnitID{"0101"}}
	branch := []party.UnitID{"01", "0101"}
	head := []party.UnitID{"01"}
	for _, test := range []struct {
		name string
		who  party.Actor
		do   access.Action
		on   access.Target
		want fault.Kind // Internal (0) for allowed
	}{
		{"handler handles own", actor(party.Handler, branch...), access.HandleComplaint, mine, 0},
		{"handler reads a colleague's", actor(party.Handler, branch...), access.ReadComplaint, others, 0},
		{"handler does not handle a colleague's", actor(party.Handler, branch...), access.HandleComplaint, others, fault.Forbidden},
		{"handler does not read another branch", actor(party.Handler, branch...), access.ReadComplaint, elsewhere, fault.Forbidden},
		{"owner keeps access when transferred away", actor(party.Handler, "01", "0102"), access.ReadComplaint, mine, 0},
		{"lead handles the unit's", actor(party.BranchLead, branch...), access.HandleComplaint, others, 0},
		{"office of head office handles all", actor(party.Office, head...), access.HandleComplaint, elsewhere, 0},
		{"auditor reads", actor(party.Auditor, head...), access.ReadComplaint, others, 0},
		{"auditor changes nothing", actor(party.Auditor, head...), access.HandleComplaint, others, fault.Forbidden},
		{"administrator sees no case", actor(party.Administrator, head...), access.ReadComplaint, others, fault.Forbidden},
		{"executive approves", actor(party.Executive, head...), access.ApproveComplaint, others, 0},
		{"named person is recused although owner", actor(party.Handler, branch...), access.ReadComplaint, named, fault.Recused},
		{"named unit is recused", actor(party.BranchLead, branch...), access.ApproveComplaint, unit, fault.Recused},
		{"unit below a named one is recused", actor(party.Handler, "01", "0101", "010101"), access.ReadComplaint, unit, fault.Recused},
		{"superior of a named unit is not", actor(party.Office, head...), access.HandleComplaint, unit, 0},
		{"registering needs no target", actor(party.Handler, branch...), access.RegisterComplaint, access.Target{}, 0},
	} {
		got := access.Can(test.who, test.do, test.on)
		if got.Allow != (test.want == 0) || !got.Allow && got.Kind != test.want {
			t.Errorf("%s: got %+v, want kind %v", test.name, got, test.want)
		}
		if !got.Allow && got.Reason == "" {
			t.Errorf("%s: refused without a reason", test.name)
		}
	}
}

// The auditor and the administrator must never be able to change a case,
// whatever is added to the matrix later.
func TestMatrixKeepsDutiesApart(t *testing.T) {
	reading := map[access.Action]bool{access.ReadComplaint: true, access.RevealComplaint: true, access.ExportComplaint: true, access.TraceComplaint: true, access.ReadAgent: true}
	for _, do := range access.Actions() {
		isCase := len(do) > 10 && do[:10] == "complaint."
		if isCase && access.May(actor(party.Administrator, "01"), do) {
			t.Errorf("administrator has %s", do)
		}
		if isCase && !reading[do] && access.May(actor(party.Auditor, "01"), do) {
			t.Errorf("auditor has %s", do)
		}
	}
}

// A unit that is asked to take a case over may read and accept it, no more; a
// department that is a party keeps its people away although they act for the institution.
func TestOfferedUnitAndSeat(t *testing.T) {
	asked := access.Target{Path: []party.UnitID{"01", "0101"}, Offered: []party.UnitID{"01", "0102"}, Owners: []party.PersonID{"you"}}
	them := actor(party.Handler, "01", "0102")
	for do, want := range map[access.Action]bool{access.ReadComplaint: true, access.AcceptComplaint: true, access.RemindComplaint: false, access.HandleComplaint: false, access.TraceComplaint: false} {
		if got := access.Can(them, do, asked).Allow; got != want {
			t.Errorf("%s: %v, want %v", do, got, want)
		}
	}
	desk := actor(party.Office, "01")
	desk.Seat = "01D"
	if got := access.Can(desk, access.ReadComplaint, access.Target{Path: []party.UnitID{"01"}, RecusedUnits: []party.UnitID{"01D"}}); got.Allow || got.Kind != fault.Recused {
		t.Errorf("the department that is complained about reads the case: %+v", got)
	}
}

// What a unit may read as a unit is what somebody of it may.
func TestUnitReads(t *testing.T) {
	here, asked := access.Target{Path: []party.UnitID{"01", "0101", "010101"}}, access.Target{Path: []party.UnitID{"01", "0101"}, Offered: []party.UnitID{"01", "0102"}}
	party1 := access.Target{Path: []party.UnitID{"01"}, RecusedUnits: []party.UnitID{"0101"}, Offered: []party.UnitID{"01", "0101"}}
	for _, test := range []struct {
		name string
		path []party.UnitID
		on   access.Target
		want bool
	}{
		{"the unit itself", []party.UnitID{"01", "0101", "010101"}, here, true},
		{"one above", []party.UnitID{"01", "0101"}, here, true},
		{"one beside", []party.UnitID{"01", "0102"}, here, false},
		{"one below", []party.UnitID{"01", "0101", "010101"}, asked, false},
		{"one that is asked to take it", []party.UnitID{"01", "0102"}, asked, true},
		{"above a party to it", []party.UnitID{"01"}, party1, true},
		{"a party to it", []party.UnitID{"01", "0101"}, party1, false},
		{"below a party to it", []party.UnitID{"01", "0101", "010101"}, party1, false},
		{"no unit", nil, here, false}, {"nothing yet", []party.UnitID{"01"}, access.Target{}, false},
	} {
		if got := access.UnitReads(test.path, test.on); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if len(test.path) > 0 && len(test.on.Path) > 0 && access.Can(actor(party.Handler, test.path...), access.ReadComplaint, test.on).Allow != test.want {
			t.Errorf("%s: somebody of it may do otherwise", test.name)
		}
	}
}

// Every action of the matrix has a constant and every constant stands in the
// matrix: one without the other would allow nobody, or nobody would ask for it.
func TestMatrixHasEveryAction(t *testing.T) {
	src, err := os.ReadFile("access.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []access.Action
	for _, m := range regexp.MustCompile(`Action\s+= "([a-z_.]+)"`).FindAllStringSubmatch(string(src), -1) {
		want = append(want, access.Action(m[1]))
	}
	slices.Sort(want)
	if got := access.Actions(); !slices.Equal(got, want) {
		t.Errorf("matrix %v\nconstants %v", got, want)
	}
}

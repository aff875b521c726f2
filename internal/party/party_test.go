package party_test

import (
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

func tree(t *testing.T) *party.Tree {
	t.Helper()
	tr, err := party.NewTree([]party.Unit{
		{ID: "01", Name: "总行", Level: party.HeadOffice},
		{ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京"},
		{ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
		{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestTree(t *testing.T) {
	tr := tree(t)
	for _, test := range []struct {
		id, root party.UnitID
		want     bool
	}{
		{"010101", "01", true}, {"010101", "0101", true}, {"010101", "010101", true},
		{"010101", "0102", false}, {"01", "0101", false}, {"nowhere", "01", false},
	} {
		if got := tr.Within(test.id, test.root); got != test.want {
			t.Errorf("Within(%s, %s) = %v, want %v", test.id, test.root, got, test.want)
		}
	}
	if got := tr.Superior("010101"); got != "0101" {
		t.Errorf("superior: %s", got)
	}
	if got := tr.Units()[2].ID; got != "010101" {
		t.Errorf("depth first order broken: third unit is %s", got)
	}
}

func TestNewTreeRefuses(t *testing.T) {
	for name, units := range map[string][]party.Unit{
		"two roots":      {{ID: "a"}, {ID: "b"}},
		"unknown parent": {{ID: "a"}, {ID: "b", Parent: "x"}},
		"cycle":          {{ID: "r"}, {ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}},
	} {
		if _, err := party.NewTree(units); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want an invalid fault", name, err)
		}
	}
}

func TestSetUnit(t *testing.T) {
	tr := tree(t)
	for _, test := range []struct {
		name string
		unit party.Unit
		want string // part of the sentence, "" for accepted
	}{
		{"new", party.Unit{ID: "0103", Name: "广州分行", Parent: "01", Level: party.Branch}, ""},
		{"rename", party.Unit{ID: "0101", Name: "首都分行", Parent: "01", Level: party.Branch}, ""},
		{"moved", party.Unit{ID: "010101", Name: "朝阳支行", Parent: "0102", Level: party.SubBranch}, "不能直接改动"},
		{"second root", party.Unit{ID: "99", Name: "另一总行", Level: party.HeadOffice}, "总部已存在"},
		{"unknown parent", party.Unit{ID: "0105", Name: "某分行", Parent: "77", Level: party.Branch}, "不存在"},
		{"no name", party.Unit{ID: "0105", Parent: "01", Level: party.Branch}, "机构名称"},
	} {
		_, err := party.SetUnit(tr, test.unit)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestSetPersonKeepsDutiesApart(t *testing.T) {
	tr := tree(t)
	for _, test := range []struct {
		roles []party.Role
		want  string
	}{
		{[]party.Role{party.Handler, party.BranchLead}, ""},
		{[]party.Role{party.Administrator}, ""},
		{[]party.Role{party.Administrator, party.Handler}, "管理员"},
		{[]party.Role{party.Auditor, party.Office}, "审计"},
		{[]party.Role{"king"}, "不存在"},
		{nil, "至少选择一个角色"},
	} {
		_, err := party.SetPerson(tr, party.Person{ID: "p", Login: "p", Name: "人", Unit: "0101", Roles: test.roles})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%v: got %v, want %q", test.roles, err, test.want)
		}
	}
}

func TestChannels(t *testing.T) {
	if n := len(party.Channels()); n != 13 {
		t.Errorf("got %d channels, want the 13 that complaints arrive on", n)
	}
	for _, c := range party.Channels() {
		if c.Name == "" || c.Regime != "nfra" && c.Regime != "pbc" {
			t.Errorf("channel %s: name %q regime %q", c.ID, c.Name, c.Regime)
		}
		if c.Regulator && !c.Sender {
			t.Errorf("channel %s: a regulator is a sender to be answered", c.ID)
		}
	}
	if c, ok := party.ChannelOf("pbc"); !ok || c.Regime != "pbc" {
		t.Errorf("pbc channel: %+v", c)
	}
}

// A department serves its institution: its office answers for the whole of it,
// its handlers for the department; the superior is the institution above.
func TestDepartmentsServeTheirInstitution(t *testing.T) {
	tr, err := party.NewTree([]party.Unit{
		{ID: "01", Level: party.HeadOffice}, {ID: "01D", Parent: "01", Level: party.Department}, {ID: "01DD", Parent: "01D", Level: party.Department},
		{ID: "0101", Parent: "01", Level: party.Branch}, {ID: "0101D", Parent: "0101", Level: party.Department},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ unit, institution, above party.UnitID }{
		{"01", "01", ""}, {"01D", "01", ""}, {"01DD", "01", ""}, {"0101", "0101", "01"}, {"0101D", "0101", "01"},
	} {
		if in, up := tr.Institution(test.unit), tr.InstitutionAbove(test.unit); in != test.institution || up != test.above {
			t.Errorf("%s: institution %q, above %q, want %q and %q", test.unit, in, up, test.institution, test.above)
		}
	}
	for role, want := range map[party.Role]party.UnitID{party.Office: "0101", party.Executive: "0101", party.Auditor: "0101", party.Handler: "0101D", party.BranchLead: "0101D"} {
		a := party.ActorOf(party.Person{ID: "p", Unit: "0101D", Roles: []party.Role{role}}, tr)
		if a.Unit != want || a.Seat != "0101D" || !a.Serves("0101", tr) || a.Serves("01", tr) || a.Serves("", tr) {
			t.Errorf("%s acts for %s, seat %s, serves 0101: %v", role, a.Unit, a.Seat, a.Serves("0101", tr))
		}
	}
}

package demo

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/party"
)

//go:embed data/institution.toml
var institutionTOML string

// institution is the invented institution: its full name, units with superiors
// first, and people.
type institution struct {
	Name   string
	Units  []party.Unit
	People []party.Person
}

var theInstitution = sync.OnceValue(func() institution {
	var file struct {
		Name string `toml:"name"`
		Unit []struct {
			ID, Name, Parent, Level, Region, Address, Phone string
		} `toml:"unit"`
		Person []struct {
			ID, Login, Name, Title, Unit string
			Roles                        []party.Role
		} `toml:"person"`
	}
	if _, err := toml.Decode(institutionTOML, &file); err != nil {
		panic("institution.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	out := institution{Name: file.Name}
	for _, u := range file.Unit {
		out.Units = append(out.Units, party.Unit{ID: party.UnitID(u.ID), Name: u.Name, Parent: party.UnitID(u.Parent), Level: party.Level(u.Level),
			Region: u.Region, Address: u.Address, Phone: u.Phone})
	}
	for _, p := range file.Person {
		out.People = append(out.People, party.Person{ID: party.PersonID(p.ID), Login: p.Login, Name: p.Name, Title: p.Title, Unit: party.UnitID(p.Unit), Roles: p.Roles})
	}
	return out
})

// Institution is the full name of the demo's institution, as letters bear it.
func Institution() string { return theInstitution().Name }

// staff finds the demo's people by what they do.
type staff struct {
	tree  *party.Tree
	by    map[party.UnitID]map[party.Role][]party.PersonID
	units map[party.UnitID]party.Unit
}

func newStaff(in institution) (staff, error) {
	tree, err := party.NewTree(in.Units)
	s := staff{tree: tree, by: map[party.UnitID]map[party.Role][]party.PersonID{}, units: map[party.UnitID]party.Unit{}}
	for _, u := range in.Units {
		s.units[u.ID] = u
	}
	for _, p := range in.People {
		if s.by[p.Unit] == nil {
			s.by[p.Unit] = map[party.Role][]party.PersonID{}
		}
		for _, r := range p.Roles {
			s.by[p.Unit][r] = append(s.by[p.Unit][r], p.ID)
		}
	}
	return s, err
}

// handler returns the n-th handler of a unit, or of the nearest one above it that has one.
func (s staff) handler(unit party.UnitID, n int) party.PersonID {
	for u := unit; u != ""; u = s.tree.Superior(u) {
		if list := s.by[u][party.Handler]; len(list) > 0 {
			return list[n%len(list)]
		}
	}
	return s.by[consumerOffice][party.Handler][0]
}

// lead returns who approves in a unit: its lead, else the consumer office or the
// lead of the institution above.
func (s staff) lead(unit party.UnitID) party.PersonID {
	for u := unit; u != ""; u = s.tree.Superior(u) {
		for _, r := range []party.Role{party.BranchLead, party.Office} {
			if list := s.by[u][r]; len(list) > 0 {
				return list[0]
			}
		}
	}
	return s.by[consumerOffice][party.Office][0]
}

// office returns who heads complaint work for a unit: of its branch, else of head office.
func (s staff) office(unit party.UnitID) party.PersonID {
	for u := unit; u != ""; u = s.tree.Superior(u) {
		if list := s.by[u][party.Office]; len(list) > 0 {
			return list[0]
		}
	}
	return s.by[consumerOffice][party.Office][0]
}

// superior returns who may grant what only the superior institution grants.
func (s staff) superior(unit party.UnitID) party.PersonID {
	up := s.tree.InstitutionAbove(unit)
	if up == "" {
		return s.executive()
	}
	return s.office(up)
}

func (s staff) executive() party.PersonID { return s.by[headOffice][party.Executive][0] }

// The units that the plans name.
const (
	headOffice     party.UnitID = "0100"
	consumerOffice party.UnitID = "010010"
	cardCentre     party.UnitID = "010030"
)

// PeopleOf lists the enabled people of a demo made earlier, without passwords.
func PeopleOf(people []party.Person, tree *party.Tree) []Person {
	var out []Person
	for _, p := range people {
		if !p.Disabled {
			out = append(out, Person{Login: p.Login, Name: p.Name, Title: p.Title, Unit: tree.Name(p.Unit), Roles: p.Roles})
		}
	}
	return out
}

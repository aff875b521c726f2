package demo

import (
	"context"
	"fmt"

	"xiaobao/internal/party"
)

// founded is the institution of a Load: the demo's with more branches.
func (l *loader) founded() (units []party.Unit, people []party.Person) {
	for i, region := range l.words.Regions[:l.o.Branches] {
		branch := party.Unit{ID: party.UnitID(fmt.Sprintf("05%02d", i+1)), Name: region + "分行", Parent: headOffice, Level: party.Branch, Region: region}
		units = append(units, branch)
		people = append(people, l.member(branch, "lead", party.BranchLead), l.member(branch, "clerk", party.Handler))
		for j, place := range l.words.Places {
			sub := party.Unit{ID: party.UnitID(fmt.Sprintf("%s%02d", branch.ID, j+1)), Name: region + place + "支行", Parent: branch.ID, Level: party.SubBranch, Region: region}
			units = append(units, sub)
			people = append(people, l.member(sub, "clerk", party.Handler))
		}
	}
	return units, people
}

// member is somebody of a generated unit; nobody of them has a password.
func (l *loader) member(u party.Unit, login string, role party.Role) party.Person {
	r := l.random(-1 - len(u.ID)*100000 - int(hash(string(u.ID)+login)%100000))
	w := vocabulary()
	id := login + string(u.ID)
	return party.Person{ID: party.PersonID(id), Login: id, Name: one(r, w.Surnames) + one(r, append(w.Women[:len(w.Women):len(w.Women)], w.Men...)), Title: string(role), Unit: u.ID, Roles: []party.Role{role}}
}

func hash(s string) (h uint32) {
	for i := range len(s) {
		h = h*31 + uint32(s[i])
	}
	return h
}

// found founds the institution, or what an earlier run left of it to do.
func (l *loader) found(ctx context.Context, out *LoadResult) error {
	in, a := theInstitution(), l.o.App
	empty, err := a.Empty(ctx)
	if err != nil {
		return err
	}
	passwords := map[string]string{}
	if empty {
		if passwords, err = a.Bootstrap(ctx, in.Units, in.People, l.o.Password); err != nil {
			return err
		}
	}
	units, people := l.founded()
	org, err := a.Org(ctx)
	if err != nil {
		return err
	}
	for _, u := range units {
		if _, known := org.Tree.Unit(u.ID); !known {
			if err := a.SetUnit(ctx, party.System, u, ""); err != nil {
				return err
			}
		}
	}
	for _, p := range people {
		if _, known := org.Person(p.ID); !known {
			if err := a.SetPerson(ctx, party.System, p, ""); err != nil {
				return err
			}
		}
	}
	if l.org, err = a.Org(ctx); err != nil {
		return err
	}
	for _, p := range in.People {
		out.People = append(out.People, Person{p.Login, passwords[p.Login], p.Name, p.Title, l.org.Tree.Name(p.Unit), p.Roles})
	}
	if l.staff, err = newStaff(institution{Units: append(in.Units[:len(in.Units):len(in.Units)], units...), People: append(in.People[:len(in.People):len(in.People)], people...)}); err != nil {
		return err
	}
	l.busy()
	return nil
}

// busy lists the units by how much they have to do: a branch as much as three of
// its sub-branches, the card centre as much as ten.
func (l *loader) busy() {
	for _, u := range l.staff.tree.Units() {
		n := map[party.Level]int{party.Branch: 3, party.SubBranch: 1}[u.Level]
		if u.ID == cardCentre {
			n = 10 * l.o.Branches
		}
		for range n {
			l.desk = append(l.desk, string(u.ID))
		}
	}
}

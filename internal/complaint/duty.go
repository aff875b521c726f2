package complaint

import (
	"cmp"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/party"
)

// DutyOf returns an Env.Duty over the people: who is responsible in a unit for
// what no person received. It takes the unit's office first, then its handlers,
// then its lead, and climbs when a unit has nobody who may act. Of equals the
// one with the lowest id has the duty, so that the answer is the same everywhere.
func DutyOf(people []party.Person, tree *party.Tree) func(party.UnitID, access.Target) party.PersonID {
	people = slices.Clone(people)
	slices.SortFunc(people, func(a, b party.Person) int {
		return cmp.Or(cmp.Compare(dutyRank(a), dutyRank(b)), cmp.Compare(a.ID, b.ID))
	})
	return func(unit party.UnitID, keepAway access.Target) party.PersonID {
		for at := unit; at != ""; at = tree.Superior(at) {
			for _, p := range people {
				who := party.ActorOf(p, tree)
				if dutyRank(p) < len(dutyRoles) && who.Serves(at, tree) && !access.Recused(who, keepAway) {
					return p.ID
				}
			}
		}
		return ""
	}
}

var dutyRoles = []party.Role{party.Office, party.Handler, party.BranchLead}

// dutyRank is the place of a person's best role, len(dutyRoles) for none.
func dutyRank(p party.Person) int {
	if p.Disabled {
		return len(dutyRoles)
	}
	for i, r := range dutyRoles {
		if slices.Contains(p.Roles, r) {
			return i
		}
	}
	return len(dutyRoles)
}

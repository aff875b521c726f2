package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// orgStream holds every unit and person of the institution.
const orgStream = "party"

// Org is the institution as of one version of its stream. It is immutable.
type Org struct {
	Tree    *party.Tree
	people  map[party.PersonID]party.Person
	logins  map[string]party.PersonID
	version int64
}

// Person returns a person by id.
func (o *Org) Person(id party.PersonID) (party.Person, bool) {
	p, ok := o.people[id]
	return p, ok
}

// duty names who is responsible in a unit for what no person received.
func (o *Org) duty(unit party.UnitID, keepAway access.Target) party.PersonID {
	return complaint.DutyOf(o.People(), o.Tree)(unit, keepAway)
}

// People returns all people by unit and name.
func (o *Org) People() []party.Person {
	out := make([]party.Person, 0, len(o.people))
	for _, p := range o.people {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y party.Person) int {
		if c := strings.Compare(string(x.Unit), string(y.Unit)); c != 0 {
			return c
		}
		return strings.Compare(x.Login, y.Login)
	})
	return out
}

// Name returns the name of an actor id such as "person/p3".
func (o *Org) Name(actor string) string {
	switch actor {
	case party.System.ID:
		return party.System.Name
	case party.Shell.ID:
		return party.Shell.Name
	case party.Consumer.ID:
		return party.Consumer.Name
	}
	if p, ok := o.people[party.PersonID(strings.TrimPrefix(actor, "person/"))]; ok {
		return p.Name
	}
	return actor
}

// Handlers returns the people who may handle complaints in a unit or below it.
func (o *Org) Handlers(unit party.UnitID) []party.Person {
	return slices.DeleteFunc(o.People(), func(p party.Person) bool {
		return p.Disabled || !o.Tree.Within(p.Unit, unit) || !access.May(party.ActorOf(p, o.Tree), access.HandleComplaint)
	})
}

// Org returns the institution as it stands.
func (a *App) Org(ctx context.Context) (org *Org, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		org, err = a.orgIn(tx)
		return err
	})
	return org, err
}

// orgIn returns the institution as the snapshot sees it: the cached one while
// the stream's head has not moved.
func (a *App) orgIn(tx *storage.Tx) (*Org, error) {
	version, err := tx.Outset(orgStream)
	if err != nil {
		return nil, err
	}
	a.orgMu.Lock()
	cached := a.org
	a.orgMu.Unlock()
	if cached != nil && cached.version == version {
		return cached, nil
	}
	fresh, err := readOrg(tx, version)
	if err != nil {
		return nil, err
	}
	a.orgMu.Lock()
	defer a.orgMu.Unlock()
	if a.org == nil || a.org.version < fresh.version {
		a.org = fresh
	}
	return fresh, nil
}

func readOrg(tx *storage.Tx, version int64) (*Org, error) {
	units, err := docs[party.Unit](tx, `SELECT doc FROM unit ORDER BY id`)
	if err != nil {
		return nil, err
	}
	people, err := docs[party.Person](tx, `SELECT doc FROM person ORDER BY id`)
	if err != nil {
		return nil, err
	}
	tree, err := party.NewTree(units)
	if err != nil {
		return nil, err
	}
	o := &Org{Tree: tree, people: make(map[party.PersonID]party.Person, len(people)), logins: make(map[string]party.PersonID, len(people)), version: version}
	for _, p := range people {
		o.people[p.ID] = p
		o.logins[strings.ToLower(p.Login)] = p.ID
	}
	return o, nil
}

func docs[T any](tx *storage.Tx, q string) ([]T, error) {
	rows, err := tx.Query(q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var doc []byte
		var v T
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(doc, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Actor returns an enabled person as an actor.
func (a *App) Actor(ctx context.Context, id party.PersonID) (party.Actor, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return party.Actor{}, err
	}
	p, ok := org.Person(id)
	if !ok || p.Disabled {
		return party.Actor{}, fault.New(fault.Unauthed, "账号不存在或已停用，请联系系统管理员")
	}
	var who party.Actor
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		who, err = a.actorIn(tx, p, org)
		return err
	})
	return who, err
}

package app

import (
	"context"
	"strconv"

	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// Empty reports whether there is no institution yet.
func (a *App) Empty(ctx context.Context) (empty bool, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		head, err := tx.Head(orgStream)
		empty = head.Version == 0
		return err
	})
	return empty, err
}

// Bootstrap founds an institution where there is none: its units, superiors
// first, and its people, as events of the program itself, in one unit. It returns
// the password of each login name. password chooses it, and the person may keep
// it; where password is nil it is random and to be changed at the first sign-in.
// Where there is an institution already, nothing is done and the answer is a
// Conflict.
func (a *App) Bootstrap(ctx context.Context, units []party.Unit, people []party.Person, password func(login string) (string, error)) (map[string]string, error) {
	if empty, err := a.Empty(ctx); err != nil || !empty {
		return nil, orFounded(err)
	}
	must := password == nil
	if must {
		password = func(login string) (string, error) { return identity.NewPassword(a.rand, login) }
	}
	passwords, hashes := make(map[string]string, len(people)), make(map[party.PersonID]string, len(people))
	for _, p := range people {
		text, err := password(p.Login)
		if err != nil {
			return nil, err
		}
		if hashes[p.ID], err = a.hasher.Hash(ctx, text); err != nil {
			return nil, err
		}
		passwords[p.Login] = text
	}
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		tree, err := foundUnits(tx, units)
		if err != nil {
			return err
		}
		return foundPeople(tx, tree, people, hashes, must)
	})
	if fault.Is(err, fault.Stale) {
		return nil, orFounded(nil)
	}
	return passwords, err
}

func orFounded(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "机构与人员已经建立，没有做任何改动。如要增减人员，请用系统管理员登录后在“机构与人员”中办理")
}

func foundUnits(tx *storage.Tx, units []party.Unit) (*party.Tree, error) {
	tree, err := party.NewTree(nil)
	if err != nil {
		return nil, err
	}
	for i, u := range units {
		e, err := party.SetUnit(tree, u)
		if err != nil {
			return nil, err
		}
		if err := tx.Append(orgStream, int64(i)+1, party.System.ID, party.KindUnitSet, e); err != nil {
			return nil, err
		}
		if err := tx.SetUnit(u); err != nil {
			return nil, err
		}
		if tree, err = party.NewTree(units[:i+1]); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

func foundPeople(tx *storage.Tx, tree *party.Tree, people []party.Person, hashes map[party.PersonID]string, must bool) error {
	seen := map[string]bool{}
	for _, p := range people {
		e, err := party.SetPerson(tree, p)
		if err != nil {
			return err
		}
		if seen[loginName(p.Login)] {
			return fault.New(fault.Invalid, "登录名 %s 出现了两次，请换一个", p.Login)
		}
		seen[loginName(p.Login)] = true
		if _, err := tx.AppendNext(orgStream, party.System.ID, party.KindPersonSet, e); err != nil {
			return err
		}
		if err := tx.SetPerson(p); err != nil {
			return err
		}
		tx.Exec(passwordUpsert, string(p.ID), hashes[p.ID], must)
	}
	return nil
}

// Hire adds a person under a new id, with a random password that is returned once
// and must be changed at the first sign-in. Where a second person has to confirm,
// the answer is a *WaitingChange, and the password is in force once that is done.
func (a *App) Hire(ctx context.Context, who party.Actor, p party.Person, reason string) (party.Person, string, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return p, "", err
	}
	for taken := true; taken; {
		n, err := a.store.Counter(ctx, "person")
		if err != nil {
			return p, "", err
		}
		p.ID = party.PersonID("p" + strconv.FormatInt(n, 10))
		_, taken = org.Person(p.ID)
	}
	password, hash, err := a.firstPassword(ctx, p.Login)
	if err != nil {
		return p, "", err
	}
	return p, password, a.alter(ctx, who, change.Person, &personChange{Person: p, Password: hash}, reason)
}

func (a *App) firstPassword(ctx context.Context, login string) (password, hash string, err error) {
	if password, err = identity.NewPassword(a.rand, login); err != nil {
		return "", "", err
	}
	hash, err = a.hasher.Hash(ctx, password)
	return password, hash, err
}

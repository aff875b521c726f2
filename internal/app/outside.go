package app

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// UseSources lets people of a directory or an issuer sign in. It is called before
// the program serves; without it there are passwords of our own only.
func (a *App) UseSources(s identity.Sources) { a.outside = s }

// SingleSignOn is the text of the button of the issuer, "" when there is none.
func (a *App) SingleSignOn() string {
	if a.outside.OIDC == nil {
		return ""
	}
	return a.outside.OIDC.Label
}

// BeginOIDC returns the address of the issuer to send a browser to, and what it is
// to bring back. again asks for a new proof from somebody who is signed in there.
func (a *App) BeginOIDC(ctx context.Context, back string, again bool) (string, identity.Errand, error) {
	if a.outside.OIDC == nil {
		return "", identity.Errand{}, fault.New(fault.NotFound, "没有配置单点登录，请用登录名和密码登录。")
	}
	return a.outside.OIDC.Begin(ctx, back, again)
}

// FinishOIDC takes what the issuer sent a browser back with and begins a session.
func (a *App) FinishOIDC(ctx context.Context, e identity.Errand, state, code string, from Client) (SignedIn, error) {
	if a.outside.OIDC == nil {
		return SignedIn{}, fault.New(fault.NotFound, "没有配置单点登录，请用登录名和密码登录。")
	}
	if err := a.loadRules(ctx); err != nil {
		return SignedIn{}, err
	}
	o, err := a.outside.OIDC.Finish(ctx, e, state, code)
	if err != nil {
		a.log.Warn("single sign-on refused", "err", errors.Unwrap(err))
		return SignedIn{}, a.failed(ctx, "", identity.Account{}, from, "oidc", err)
	}
	return a.admit(ctx, o, o.Login, from)
}

// signInByDirectory is SignIn for a name that has no password of ours. The work of
// a password is done all the same, so that the time does not tell which it was.
func (a *App) signInByDirectory(ctx context.Context, login, password string, acc identity.Account, from Client) (SignedIn, error) {
	if _, _, err := a.hasher.Check(ctx, password, ""); err != nil {
		return SignedIn{}, err
	}
	o, err := a.outside.LDAP.SignIn(ctx, loginName(login), password)
	if fault.Is(err, fault.Unavailable) {
		a.log.Error("directory does not answer", "err", errors.Unwrap(err))
		return SignedIn{}, errors.Join(err, a.takeBack(ctx, login))
	}
	if err != nil {
		return SignedIn{}, a.failed(ctx, login, acc, from, "password", err)
	}
	return a.admit(ctx, o, login, from)
}

// takeBack takes back an attempt that was none: nobody looked at the password.
func (a *App) takeBack(ctx context.Context, login string) error {
	return a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`UPDATE attempt SET failures = failures - 1 WHERE login = ? AND failures > 0`, a.attemptKey(login))
		return err
	})
}

// admit begins a session for somebody who proved outside who he is, with the unit
// and the roles that he has there now.
func (a *App) admit(ctx context.Context, o identity.Outside, login string, from Client) (SignedIn, error) {
	p, err := a.tie(ctx, o)
	if err != nil {
		return SignedIn{}, a.failed(ctx, login, identity.Account{Person: p.ID}, from, "outside", err)
	}
	var acc identity.Account
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		acc, err = a.account(tx, p)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	s, token, err := identity.NewSession(a.rand, acc, a.now(), from.IP, from.Agent, false)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error { return a.enter(w, login, acc, s, from) })
	return SignedIn{Token: token, Pending: acc.NeedsSecond()}, err
}

// tie finds the person of somebody from outside, at the first sign-in as the
// sources allow, and brings unit, name and roles to what the source says. A source
// that gives no role any more, or has switched the account off, ends every session.
func (a *App) tie(ctx context.Context, o identity.Outside) (party.Person, error) {
	n, err := a.store.Counter(ctx, "person")
	if err != nil {
		return party.Person{}, err
	}
	var p party.Person
	var gone error
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		id, err := outsider(tx, o)
		if err != nil {
			return err
		}
		p, gone = org.people[id], nil
		was, first := p, id == ""
		if first {
			if p, err = a.firstTime(tx, org, o, "x"+strconv.FormatInt(n, 10)); err != nil {
				return err
			}
			was = org.people[p.ID]
		}
		if p, gone = a.brought(p, o); gone != nil {
			tx.Exec(`DELETE FROM session WHERE person = ?`, string(p.ID))
			return nil
		}
		if first {
			tx.Exec(`INSERT INTO account (person, password, must_change, totp_step, recovery, epoch) VALUES (?, '', ?, 0, '', 1)
				ON CONFLICT (person) DO UPDATE SET password = '', must_change = excluded.must_change, epoch = account.epoch + 1`, string(p.ID), false)
		}
		now := tx.Now().UnixMicro()
		tx.Exec(`INSERT INTO external_identity (source, subject, person, created, last_in) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (source, subject) DO UPDATE SET last_in = excluded.last_in`, o.Source, o.Subject, string(p.ID), now, now)
		return a.setOutsider(tx, org, was, p)
	})
	if err == nil {
		err = gone
	}
	return p, err
}

// outsider returns the person who is tied to somebody outside, "" for nobody.
func outsider(tx *storage.Tx, o identity.Outside) (id party.PersonID, err error) {
	err = tx.Scan(`SELECT person FROM external_identity WHERE source = ? AND subject = ?`, []any{o.Source, o.Subject}, &id)
	return id, none(err)
}

// firstTime is the person of somebody who comes for the first time.
func (a *App) firstTime(tx *storage.Tx, org *Org, o identity.Outside, fresh string) (party.Person, error) {
	p, taken := org.people[org.logins[loginName(o.Login)]]
	switch {
	case o.Login == "" || a.outside.First == identity.FirstRefuse || a.outside.First == "":
		return p, fault.New(fault.Forbidden, "您还没有开通本系统：请系统管理员先为您开通。")
	case taken && slices.Contains(p.Roles, party.Administrator): // must get in when the source does not answer
		return party.Person{}, fault.New(fault.Forbidden, "登录名 %s 是本系统的系统管理员，只能用本地密码登录。", o.Login)
	case taken:
		n := 0
		if err := tx.Scan(`SELECT count(*) FROM external_identity WHERE person = ?`, []any{string(p.ID)}, &n); err != nil {
			return p, err
		}
		if n > 0 { // tied to somebody else: a name that was given anew at the source
			return party.Person{}, fault.New(fault.Forbidden, "登录名 %s 已对应另一个外部身份：请系统管理员核对。", o.Login)
		}
		return p, nil
	case a.outside.First != identity.FirstCreate:
		return p, fault.New(fault.Forbidden, "您还没有开通本系统：请系统管理员先为您开通。")
	}
	return party.Person{ID: party.PersonID(fresh), Login: o.Login, Name: o.Name}, nil
}

// brought is a person as the source has him now, or why he may not come in.
func (a *App) brought(p party.Person, o identity.Outside) (party.Person, error) {
	if o.Disabled {
		return p, fault.New(fault.Forbidden, "这个账号在来源系统中已停用：如需恢复，请联系系统管理员。")
	}
	if p.Disabled {
		return p, fault.New(fault.Forbidden, "这个账号已停用：如需恢复，请联系系统管理员。")
	}
	if len(a.outside.Roles) > 0 {
		if p.Roles = a.outside.RolesOf(o.Groups); len(p.Roles) == 0 {
			return p, fault.New(fault.Forbidden, "您在来源系统中没有本系统的任何角色：请联系系统管理员。")
		}
	}
	if unit := a.outside.UnitOf(o.Unit); unit != "" {
		p.Unit = unit
	}
	if o.Name != "" {
		p.Name = o.Name
	}
	return p, nil
}

// setOutsider writes the change of a person that the source has brought, as the
// program's own event.
func (a *App) setOutsider(tx *storage.Tx, org *Org, was, is party.Person) error {
	if was.ID == is.ID && was.Name == is.Name && was.Unit == is.Unit && slices.Equal(was.Roles, is.Roles) {
		return nil
	}
	e, err := party.SetPerson(org.Tree, is)
	if err != nil {
		return fault.New(fault.Forbidden, "来源系统给出的机构或角色不能用（%s）：请系统管理员核对对应关系。", err.Error())
	}
	if _, err := tx.AppendNext(orgStream, party.System.ID, party.KindPersonSet, e); err != nil {
		return err
	}
	return tx.SetPerson(e.Person)
}

// source returns where somebody signs in outside, "" for somebody with a password of ours.
func source(r scanner, id party.PersonID) (string, error) {
	var s string
	err := r.Scan(`SELECT source FROM external_identity WHERE person = ?`, []any{string(id)}, &s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return s, err
}

// notOutside refuses what only makes sense for a password of ours.
func (a *App) notOutside(ctx context.Context, id party.PersonID) error {
	return a.store.View(ctx, func(tx *storage.Tx) error {
		s, err := source(tx, id)
		if err == nil && s != "" {
			err = fault.New(fault.Conflict, "这个账号由外部身份系统登录，本系统没有它的密码：请在该系统中修改或重设。")
		}
		return err
	})
}

// ownPassword checks the password of somebody who is signed in, with the directory
// where that is where he signs in.
func (a *App) ownPassword(ctx context.Context, p party.Person, acc identity.Account, password string) (bool, error) {
	if acc.Hash != "" || a.outside.LDAP == nil {
		ok, _, err := a.hasher.Check(ctx, password, acc.Hash)
		return ok, err
	}
	o, err := a.outside.LDAP.SignIn(ctx, p.Login, password)
	if fault.Is(err, fault.Unauthed) {
		return false, nil
	}
	if err != nil {
		return false, errors.Join(err, a.takeBack(ctx, p.Login))
	}
	same := false
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		id, err := outsider(tx, o)
		same = id == p.ID
		return err
	})
	return same && !o.Disabled, err
}

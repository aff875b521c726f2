package app

import (
	"context"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// confirm checks the person's own password once more before something that
// matters, under the same lock as signing in: whoever sits down at an open page
// must not guess.
func (a *App) confirm(ctx context.Context, who party.Actor, password, field string, from Client) (party.Person, identity.Account, error) {
	p, err := a.person(ctx, who.Person())
	if err != nil {
		return p, identity.Account{}, err
	}
	var acc identity.Account
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		acc, err = a.account(tx, p)
		return err
	})
	if err != nil {
		return p, acc, err
	}
	if err := a.begin(ctx, p.Login); err != nil {
		return p, acc, err
	}
	ok, err := a.ownPassword(ctx, p, acc, password)
	if err != nil {
		return p, acc, err
	}
	if !ok {
		wrong := &fault.Error{Kind: fault.Invalid, Text: "现在的密码不对，请重新输入。", Violations: []fault.Violation{{Field: field, Text: "现在的密码不对，请重新输入。"}}}
		refused := a.failed(ctx, p.Login, acc, from, "password", fault.Wrap(fault.Unauthed, wrong, "%s", wrong.Text))
		if fault.Is(refused, fault.Unauthed) {
			return p, acc, wrong
		}
		return p, acc, refused
	}
	return p, acc, a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`DELETE FROM attempt WHERE login = ?`, a.attemptKey(p.Login))
		return err
	})
}

// ChangePassword gives a person a password of his own choice. All sessions end;
// the token returned is that of the one that goes on here.
func (a *App) ChangePassword(ctx context.Context, who party.Actor, old, password string, from Client) (token string, err error) {
	if err := a.notOutside(ctx, who.Person()); err != nil {
		return "", err
	}
	p, acc, err := a.confirm(ctx, who, old, "old", from)
	if err != nil {
		return "", err
	}
	if err := passwordFields(identity.CheckPolicy(password, p.Login), "new"); err != nil {
		return "", err
	}
	if password == old {
		return "", passwordFields(&fault.Error{Kind: fault.Invalid, Text: "新密码与现在的相同，请换一个。", Violations: []fault.Violation{{Field: "password", Text: "新密码与现在的相同，请换一个。"}}}, "new")
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return a.renew(ctx, acc, from, PasswordChanged, func(w *storage.Writer) error {
		return oneRow(w.Exec(`UPDATE account SET password = ?, must_change = ?, epoch = epoch + 1 WHERE person = ? AND epoch = ?`, hash, false, string(acc.Person), acc.Epoch))
	})
}

// renew changes an account under a new epoch: every session ends, one begins
// here. change must raise the epoch by one.
func (a *App) renew(ctx context.Context, acc identity.Account, from Client, kind string, change func(*storage.Writer) error) (string, error) {
	next := acc
	next.Epoch++
	s, token, err := identity.NewSession(a.rand, next, a.now(), from.IP, from.Agent, true)
	if err != nil {
		return "", err
	}
	return token, a.store.Write(ctx, func(w *storage.Writer) error {
		if err := change(w); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM session WHERE person = ?`, string(acc.Person)); err != nil {
			return err
		}
		if err := insertSession(w, s); err != nil {
			return err
		}
		_, err := w.AppendTail(signStream(acc.Person), "person/"+string(acc.Person), kind, from.signed(""))
		return err
	})
}

func oneRow(n int64, err error) error {
	if err == nil && n != 1 {
		return fault.New(fault.Stale, "您的账号刚才在别处有变更，本次修改没有保存。请重新登录后再试。")
	}
	return err
}

// passwordFields moves the violations of a password to the field of a form.
func passwordFields(err error, field string) error {
	e, ok := err.(*fault.Error)
	if !ok {
		return err
	}
	for i := range e.Violations {
		e.Violations[i].Field = field
	}
	return e
}

// ResetPassword gives a person a random password, returned once, to be changed at
// the next sign-in. All sessions of the person end. Only the administrator may.
func (a *App) ResetPassword(ctx context.Context, who party.Actor, id party.PersonID) (string, error) {
	if err := access.Can(who, access.ManageParty, access.Target{}).Err(); err != nil {
		return "", err
	}
	p, err := a.person(ctx, id)
	if err != nil {
		return "", err
	}
	if err := a.notOutside(ctx, p.ID); err != nil {
		return "", err
	}
	if p.Disabled {
		return "", fault.New(fault.Conflict, "%s 的账号已停用，不能重设密码：如需恢复，请先启用", p.Name)
	}
	password, err := identity.NewPassword(a.rand, p.Login)
	if err != nil {
		return "", err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return password, a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.Exec(passwordUpsert, string(p.ID), hash, true); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM session WHERE person = ?`, string(p.ID)); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM attempt WHERE login = ?`, a.attemptKey(p.Login)); err != nil {
			return err
		}
		_, err := w.AppendTail(signStream(p.ID), who.ID, PasswordReset, signed{})
		return err
	})
}

// passwordUpsert sets a hash and raises the epoch: every session before it is over.
const passwordUpsert = `INSERT INTO account (person, password, must_change, totp_step, recovery, epoch) VALUES (?, ?, ?, 0, '', 1)
	ON CONFLICT (person) DO UPDATE SET password = excluded.password, must_change = excluded.must_change, epoch = account.epoch + 1`

package app

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// recoveryCodes is how many codes a person gets against the loss of the phone.
const recoveryCodes = 8

// issuer is what the authenticator app shows beside the login name: short and in
// ASCII, so that the picture to scan stays coarse.
const issuer = "Xiaobao"

// totpRequired reports whether the setting totp.policy asks the person for an
// authenticator: everybody, or the roles that see many consumers' data.
func (a *App) totpRequired(p party.Person) bool {
	s, err := a.setting("totp.policy")
	if err != nil {
		return false
	}
	wide := slices.ContainsFunc(p.Roles, func(r party.Role) bool {
		return r == party.Office || r == party.Executive || r == party.Auditor || r == party.Administrator
	})
	return s.Text() == "required" || s.Text() == "required_for_office" && wide
}

// TOTPState is how a person's authenticator stands.
type TOTPState struct {
	On       bool
	Codes    int  // recovery codes left
	Required bool // the settings ask for it
}

// TOTP returns the state of the person's own authenticator.
func (a *App) TOTP(ctx context.Context, who party.Actor) (TOTPState, error) {
	p, acc, err := a.own(ctx, who)
	return TOTPState{On: acc.TOTP != "", Codes: len(acc.Recovery), Required: a.totpRequired(p)}, err
}

func (a *App) own(ctx context.Context, who party.Actor) (p party.Person, acc identity.Account, err error) {
	if p, err = a.person(ctx, who.Person()); err != nil {
		return p, acc, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		acc, err = a.account(tx, p)
		return err
	})
	return p, acc, err
}

// EnrolTOTP returns the secret that waits for its first code, a new one when none
// waits. It is in force only after ConfirmTOTP.
func (a *App) EnrolTOTP(ctx context.Context, who party.Actor) (identity.TOTP, error) {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return identity.TOTP{}, err
	}
	if acc.TOTP != "" {
		return identity.TOTP{}, fault.New(fault.Conflict, "动态口令已经启用：如要换手机，请先停用再重新启用。")
	}
	fresh, err := identity.NewTOTP(a.rand, issuer, p.Login)
	if err != nil {
		return fresh, err
	}
	b, err := a.sealSecret(p.ID, fresh)
	if err != nil {
		return fresh, err
	}
	var kept []byte
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.Exec(`UPDATE account SET totp_new = ? WHERE person = ? AND totp_new IS NULL`, b, string(p.ID)); err != nil {
			return err
		}
		return w.Scan(`SELECT totp_new FROM account WHERE person = ?`, []any{string(p.ID)}, &kept)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return fresh, fault.New(fault.Conflict, "您还没有密码，请联系系统管理员重设密码后再启用动态口令。")
	}
	if err != nil {
		return fresh, err
	}
	return a.openSecret(p.ID, kept)
}

// ConfirmTOTP puts the waiting secret in force when the code is right. It returns
// the recovery codes, shown once, and the token of the session that goes on; all
// others end.
func (a *App) ConfirmTOTP(ctx context.Context, who party.Actor, code string, from Client) (codes []string, token string, err error) {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return nil, "", err
	}
	var waiting []byte
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		return none(tx.Scan(`SELECT totp_new FROM account WHERE person = ?`, []any{string(p.ID)}, &waiting))
	})
	if err != nil {
		return nil, "", err
	}
	secret, err := a.openSecret(p.ID, waiting)
	if err != nil || secret.Secret == "" {
		return nil, "", errors.Join(err, fault.New(fault.Conflict, "没有待启用的动态口令：请重新打开启用页面扫码。"))
	}
	step, err := identity.CheckTOTP(secret.Secret, code, a.now(), 0)
	if err != nil {
		return nil, "", codeFault(err)
	}
	codes, hashes, err := identity.NewRecoveryCodes(a.rand, recoveryCodes)
	if err != nil {
		return nil, "", err
	}
	token, err = a.renew(ctx, acc, from, TOTPOn, func(w *storage.Writer) error {
		return oneRow(w.Exec(`UPDATE account SET totp = totp_new, totp_new = NULL, totp_step = ?, recovery = ?, epoch = epoch + 1 WHERE person = ? AND epoch = ? AND totp IS NULL`,
			step, joined(hashes), string(p.ID), acc.Epoch))
	})
	return codes, token, err
}

// codeFault makes a wrong code a wrong field: the person is signed in.
func codeFault(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	return &fault.Error{Kind: fault.Invalid, Text: e.Text, Violations: []fault.Violation{{Field: "code", Text: e.Text}}}
}

// RenewCodes gives new recovery codes in place of the old; password is the
// person's own.
func (a *App) RenewCodes(ctx context.Context, who party.Actor, password string, from Client) ([]string, error) {
	_, acc, err := a.confirm(ctx, who, password, "password", from)
	if err != nil {
		return nil, err
	}
	if acc.TOTP == "" {
		return nil, fault.New(fault.Conflict, "动态口令没有启用，不需要恢复码。")
	}
	codes, hashes, err := identity.NewRecoveryCodes(a.rand, recoveryCodes)
	if err != nil {
		return nil, err
	}
	return codes, a.store.Write(ctx, func(w *storage.Writer) error {
		if err := oneRow(w.Exec(`UPDATE account SET recovery = ? WHERE person = ? AND epoch = ?`, joined(hashes), string(acc.Person), acc.Epoch)); err != nil {
			return err
		}
		_, err := w.AppendTail(signStream(acc.Person), who.ID, CodesRenewed, from.signed(""))
		return err
	})
}

// RemoveTOTP takes the person's own authenticator away; password is the person's
// own. It is refused where the settings ask for one.
func (a *App) RemoveTOTP(ctx context.Context, who party.Actor, password string, from Client) (token string, err error) {
	p, acc, err := a.confirm(ctx, who, password, "password", from)
	if err != nil {
		return "", err
	}
	if a.totpRequired(p) && acc.Passkeys == 0 {
		return "", fault.New(fault.Conflict, "本机构要求您的角色使用动态口令，不能停用：换手机请联系系统管理员重设。")
	}
	return a.renew(ctx, acc, from, TOTPOff, func(w *storage.Writer) error {
		return oneRow(w.Exec(`UPDATE account SET totp = NULL, totp_new = NULL, totp_step = 0, recovery = '', epoch = epoch + 1 WHERE person = ? AND epoch = ?`, string(acc.Person), acc.Epoch))
	})
}

// ResetTOTP takes away the authenticator and the security keys of somebody who lost them. Only the
// administrator may; all sessions of the person end.
func (a *App) ResetTOTP(ctx context.Context, who party.Actor, id party.PersonID) error {
	if err := access.Can(who, access.ManageParty, access.Target{}).Err(); err != nil {
		return err
	}
	p, err := a.person(ctx, id)
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.Exec(`UPDATE account SET totp = NULL, totp_new = NULL, totp_step = 0, recovery = '', epoch = epoch + 1 WHERE person = ?`, string(p.ID)); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM passkey WHERE person = ?`, string(p.ID)); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM session WHERE person = ?`, string(p.ID)); err != nil {
			return err
		}
		_, err := w.AppendTail(signStream(p.ID), who.ID, TOTPOff, signed{})
		return err
	})
}

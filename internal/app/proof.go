package app

import (
	"context"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// proofLasts is how long a proof of who somebody is opens what shows personal data
// in clear or takes it away, by the setting; 0 asks for none.
func (a *App) proofLasts() time.Duration {
	return time.Duration(a.number("stepup.minutes", 0)) * time.Minute
}

// Prove takes a proof of who the person is within a session: the code of the
// authenticator where one is given, else the password. It returns the token under
// which the session goes on. Both stand under the lock of signing in.
func (a *App) Prove(ctx context.Context, who party.Actor, token, password, code string, from Client) (string, error) {
	var err error
	if code != "" {
		err = a.proveByCode(ctx, who, code, from)
	} else {
		_, _, err = a.confirm(ctx, who, password, "password", from)
	}
	if err != nil {
		return "", err
	}
	return a.proved(ctx, who, token, from)
}

// proved notes on the session that the person has proved who he is, under a new
// token: whatever knew the old one has not.
func (a *App) proved(ctx context.Context, who party.Actor, token string, from Client) (string, error) {
	fresh, next, err := identity.NewSession(a.rand, identity.Account{Person: who.Person()}, a.now(), from.IP, from.Agent, true)
	if err != nil {
		return "", err
	}
	return next, a.store.Write(ctx, func(w *storage.Writer) error {
		n, err := w.Exec(`UPDATE session SET hash = ?, proved = ?, last_seen = ? WHERE hash = ? AND person = ?`,
			fresh.Hash, w.Now().UnixMicro(), w.Now().UnixMicro(), identity.SessionHash(token), string(who.Person()))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Unauthed, "请先登录。")
		}
		_, err = w.AppendTail(signStream(who.Person()), who.ID, SignProved, from.signed(""))
		return err
	})
}

func (a *App) proveByCode(ctx context.Context, who party.Actor, code string, from Client) error {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return err
	}
	if acc.TOTP == "" {
		return codeFault(fault.New(fault.Invalid, "您没有启用动态口令，请输入密码。"))
	}
	if err := a.begin(ctx, p.Login); err != nil {
		return err
	}
	checked, err := identity.SecondFactor(acc, code, a.now())
	if err != nil {
		return codeFault(a.failed(ctx, p.Login, acc, from, "code", err))
	}
	return a.store.Write(ctx, func(w *storage.Writer) error {
		if err := useFactor(w, acc, checked); err != nil {
			return err
		}
		_, err := w.Exec(`DELETE FROM attempt WHERE login = ?`, a.attemptKey(p.Login))
		return err
	})
}

package app

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// maxPasskeys bounds how many keys a person registers.
const maxPasskeys = 10

// SetPasskeys says by which address people open the pages; security keys are bound to
// it. It is called before serving.
func (a *App) SetPasskeys(base string) { a.passkeys, a.noPasskeys = identity.NewPasskeys(base, issuer) }

// PasskeyState is how a person's security keys stand.
type PasskeyState struct {
	Missing error // why none can be used here, nil when they can
	Keys    []identity.Passkey
}

// Passkeys returns the person's own security keys.
func (a *App) Passkeys(ctx context.Context, who party.Actor) (st PasskeyState, err error) {
	if a.passkeys == nil {
		st.Missing = a.passkeyFault()
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		st.Keys, err = readPasskeys(tx, who.Person())
		return err
	})
	return st, err
}

func (a *App) passkeyFault() error {
	if a.noPasskeys != nil {
		return a.noPasskeys
	}
	_, err := identity.NewPasskeys("", issuer)
	return err
}

func readPasskeys(tx *storage.Tx, id party.PersonID) (out []identity.Passkey, err error) {
	rows, err := tx.Query(`SELECT id, name, doc, created, last_in FROM passkey WHERE person = ? ORDER BY created, id`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k identity.Passkey
		var created, last int64
		if err := rows.Scan(&k.ID, &k.Name, &k.Doc, &created, &last); err != nil {
			return nil, err
		}
		if k.Created = time.UnixMicro(created).UTC(); last > 0 {
			k.LastIn = time.UnixMicro(last).UTC()
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// passkeyUser is the person as security keys know him.
func (a *App) passkeyUser(ctx context.Context, p party.Person) (u identity.PasskeyUser, err error) {
	if a.passkeys == nil {
		return u, a.passkeyFault()
	}
	u = identity.PasskeyUser{Person: p.ID, Handle: a.store.Keys().Blind("passkey", string(p.ID)).AppendText(nil), Login: p.Login, Name: p.Name}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		u.Keys, err = readPasskeys(tx, p.ID)
		return err
	})
	return u, err
}

// keepChallenge remembers what the session of a token was asked to sign.
func (a *App) keepChallenge(ctx context.Context, token string, keep []byte) error {
	return a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.Exec(`DELETE FROM passkey_challenge WHERE expires < ?`, w.Now().UnixMicro()); err != nil {
			return err
		}
		_, err := w.Exec(`INSERT INTO passkey_challenge (session, doc, expires) VALUES (?, ?, ?) ON CONFLICT (session) DO UPDATE SET doc = excluded.doc, expires = excluded.expires`,
			identity.SessionHash(token), string(keep), w.Now().Add(identity.PasskeyTime).UnixMicro())
		return err
	})
}

// takeChallenge returns it once: whatever the answer is worth, it answers no second time.
func (a *App) takeChallenge(ctx context.Context, token string) (keep []byte, err error) {
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		keep = nil
		hash := identity.SessionHash(token)
		err := w.Scan(`SELECT doc FROM passkey_challenge WHERE session = ? AND expires >= ?`, []any{hash, w.Now().UnixMicro()}, &keep)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = w.Exec(`DELETE FROM passkey_challenge WHERE session = ?`, hash)
		return err
	})
	return keep, err
}

// NewPasskey asks for a new key; the answer goes to AddPasskey. It is JSON for the browser.
func (a *App) NewPasskey(ctx context.Context, who party.Actor, token string) ([]byte, error) {
	p, err := a.person(ctx, who.Person())
	if err != nil {
		return nil, err
	}
	u, err := a.passkeyUser(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(u.Keys) >= maxPasskeys {
		return nil, fault.New(fault.Conflict, "最多登记 %d 把安全密钥，请先移除不用的。", maxPasskeys)
	}
	ask, keep, err := a.passkeys.Register(u)
	if err != nil {
		return nil, err
	}
	return ask, a.keepChallenge(ctx, token, keep)
}

// AddPasskey registers a key under a name. The session goes on under the token
// returned; all others of the person end.
func (a *App) AddPasskey(ctx context.Context, who party.Actor, token, name string, answer []byte, from Client) (string, error) {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return "", err
	}
	u, err := a.passkeyUser(ctx, p)
	if err != nil {
		return "", err
	}
	name = cut(strings.TrimSpace(name), 60)
	if name == "" {
		var f fault.Fields
		f.Add("name", "请给这把密钥起个名字，以后好认。")
		return "", f.Err()
	}
	keep, err := a.takeChallenge(ctx, token)
	if err != nil {
		return "", err
	}
	k, err := a.passkeys.Registered(u, keep, answer)
	if err != nil {
		return "", err
	}
	return a.renew(ctx, acc, from, PasskeyOn, func(w *storage.Writer) error {
		if _, err := w.Exec(`INSERT INTO passkey (id, person, name, doc, created, last_in) VALUES (?, ?, ?, ?, ?, 0)`,
			k.ID, string(p.ID), name, string(k.Doc), w.Now().UnixMicro()); err != nil {
			return err
		}
		return oneRow(w.Exec(`UPDATE account SET epoch = epoch + 1 WHERE person = ? AND epoch = ?`, string(p.ID), acc.Epoch))
	})
}

// RemovePasskey takes one of the person's own keys away. The last second factor of
// somebody who needs one stays.
func (a *App) RemovePasskey(ctx context.Context, who party.Actor, id string, from Client) (string, error) {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return "", err
	}
	if a.totpRequired(p) && acc.TOTP == "" && acc.Passkeys == 1 {
		return "", fault.New(fault.Conflict, "本机构要求您的角色使用第二重验证，最后一把安全密钥不能移除：请先启用动态口令或登记另一把。")
	}
	return a.renew(ctx, acc, from, PasskeyOff, func(w *storage.Writer) error {
		n, err := w.Exec(`DELETE FROM passkey WHERE id = ? AND person = ?`, id, string(p.ID))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.NotFound, "没有这把安全密钥，可能已经移除。")
		}
		return oneRow(w.Exec(`UPDATE account SET epoch = epoch + 1 WHERE person = ? AND epoch = ?`, string(p.ID), acc.Epoch))
	})
}

// Factors says which second factors the session of a token may use, whether it is
// pending or proves once more.
type Factors struct {
	Code    bool  // an authenticator or a recovery code
	Passkey bool  // a security key is registered
	Missing error // why a registered key cannot be used, nil when it can
}

// Factors returns those of the person of a token; none for a token that is none.
func (a *App) Factors(ctx context.Context, token string) (f Factors, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		_, _, acc, err := a.sessionIn(tx, token)
		f = Factors{Code: acc.TOTP != "", Passkey: acc.Passkeys > 0}
		return err
	})
	if f.Passkey && a.passkeys == nil {
		f.Missing = a.passkeyFault()
	}
	if fault.Is(err, fault.Unauthed) {
		return Factors{Code: true}, nil // the page of somebody who is nobody tells nothing
	}
	return f, err
}

// AskPasskey asks for a key of the person of a token, whose session may be pending:
// JSON for the browser.
func (a *App) AskPasskey(ctx context.Context, token string) ([]byte, error) {
	var p party.Person
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		s, person, acc, err := a.sessionIn(tx, token)
		if err != nil {
			return err
		}
		p, s.TOTP = person, true
		return a.sessionPolicy().Check(s, acc, tx.Now())
	})
	if err != nil {
		return nil, err
	}
	u, err := a.passkeyUser(ctx, p)
	if err != nil {
		return nil, err
	}
	ask, keep, err := a.passkeys.Ask(u)
	if err != nil {
		return nil, err
	}
	return ask, a.keepChallenge(ctx, token, keep)
}

// passkeyAnswered checks a key's answer, under the lock of signing in.
func (a *App) passkeyAnswered(ctx context.Context, p party.Person, acc identity.Account, token string, answer []byte, from Client) (identity.Passkey, error) {
	u, err := a.passkeyUser(ctx, p)
	if err != nil {
		return identity.Passkey{}, err
	}
	if err := a.begin(ctx, p.Login); err != nil {
		return identity.Passkey{}, err
	}
	keep, err := a.takeChallenge(ctx, token)
	if err != nil {
		return identity.Passkey{}, err
	}
	k, err := a.passkeys.Answered(u, keep, answer)
	if err != nil {
		return k, a.failed(ctx, p.Login, acc, from, "passkey", err)
	}
	return k, nil
}

// usePasskey stores a key's counter, if the key is still registered and nobody used
// it since it was read.
func usePasskey(w *storage.Writer, p party.PersonID, k identity.Passkey, was []identity.Passkey) error {
	for _, old := range was {
		if old.ID != k.ID {
			continue
		}
		n, err := w.Exec(`UPDATE passkey SET doc = ?, last_in = ? WHERE id = ? AND person = ? AND doc = ?`, string(k.Doc), w.Now().UnixMicro(), k.ID, string(p), string(old.Doc))
		if err != nil || n == 1 {
			return err
		}
	}
	return fault.New(fault.Unauthed, "这把安全密钥刚被移除或在别处用过，请重试。")
}

// SecondFactorByKey is SecondFactor with a security key in place of a code.
func (a *App) SecondFactorByKey(ctx context.Context, token string, answer []byte, from Client) (SignedIn, error) {
	s, p, acc, err := a.pending(ctx, token)
	if err != nil {
		return SignedIn{}, err
	}
	was, err := a.passkeyUser(ctx, p)
	if err != nil {
		return SignedIn{}, err
	}
	k, err := a.passkeyAnswered(ctx, p, acc, token, answer, from)
	if err != nil {
		return SignedIn{}, err
	}
	fresh, next, err := identity.NewSession(a.rand, acc, a.now(), from.IP, from.Agent, true)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: next}, a.store.Write(ctx, func(w *storage.Writer) error {
		if err := usePasskey(w, p.ID, k, was.Keys); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM session WHERE hash = ?`, s.Hash); err != nil {
			return err
		}
		return a.enter(w, p.Login, acc, fresh, from)
	})
}

// ProveByPasskey is Prove with a security key.
func (a *App) ProveByPasskey(ctx context.Context, who party.Actor, token string, answer []byte, from Client) (string, error) {
	p, acc, err := a.own(ctx, who)
	if err != nil {
		return "", err
	}
	was, err := a.passkeyUser(ctx, p)
	if err != nil {
		return "", err
	}
	k, err := a.passkeyAnswered(ctx, p, acc, token, answer, from)
	if err != nil {
		return "", codeFault(err)
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if err := usePasskey(w, p.ID, k, was.Keys); err != nil {
			return err
		}
		_, err := w.Exec(`DELETE FROM attempt WHERE login = ?`, a.attemptKey(p.Login))
		return err
	})
	if err != nil {
		return "", err
	}
	return a.proved(ctx, who, token, from)
}

package app

import (
	"context"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// Kinds of the events of a person's sign stream ("sign/<person>").
const (
	SignIn          = "sign.In"
	SignFailed      = "sign.Failed"
	SignLocked      = "sign.Locked" // failed, and the name is locked for a while
	SignOut         = "sign.Out"
	SignEnded       = "sign.Ended" // a session ended from elsewhere
	PasswordChanged = "sign.PasswordChanged"
	PasswordReset   = "sign.PasswordReset"
	TOTPOn          = "sign.TOTPOn"
	TOTPOff         = "sign.TOTPOff"
	PasskeyOn       = "sign.PasskeyOn"
	PasskeyOff      = "sign.PasskeyOff"
	CodesRenewed    = "sign.CodesRenewed"
	TokenCreated    = "sign.TokenCreated"
	TokenRevoked    = "sign.TokenRevoked"
	SignProved      = "sign.Proved" // proved once more, within a session
)

// signed is the body of those events. Where and With are of the computer of a
// member of staff, never of a consumer.
type signed struct {
	Where string `json:"where"` // address
	With  string `json:"with"`  // browser
	What  string `json:"what"`  // "password", "code"; name of a token
}

// unknownStream takes the failures under names that nobody has. The name itself
// is not kept: it may be a password typed into the wrong field.
const unknownStream = "sign/unknown"

func signStream(id party.PersonID) string {
	if id == "" {
		return unknownStream
	}
	return "sign/" + string(id)
}

// Client is the computer that a request comes from.
type Client struct{ IP, Agent string }

func (c Client) signed(what string) signed {
	return signed{Where: c.IP, With: cut(c.Agent, 200), What: what}
}

// SignedIn is the outcome of a step of signing in.
type SignedIn struct {
	Token   string // for the cookie
	Pending bool   // the second factor is still to come; Token is good for nothing else
}

// SignIn checks a login name and a password and begins a session. A name that
// nobody has takes the same way and gets the same answer as a wrong password.
func (a *App) SignIn(ctx context.Context, login, password string, from Client) (SignedIn, error) {
	if err := a.loadRules(ctx); err != nil {
		return SignedIn{}, err
	}
	acc, err := a.accountByLogin(ctx, login)
	if err != nil {
		return SignedIn{}, err
	}
	if err := a.begin(ctx, login); err != nil {
		return SignedIn{}, err
	}
	if acc.Hash == "" && a.outside.LDAP != nil {
		return a.signInByDirectory(ctx, login, password, acc, from)
	}
	checked, err := a.hasher.SignIn(ctx, acc, password)
	if err != nil {
		return SignedIn{}, a.failed(ctx, login, acc, from, "password", err)
	}
	s, token, err := identity.NewSession(a.rand, checked, a.now(), from.IP, from.Agent, false)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if checked.Hash != acc.Hash {
			if _, err := w.Exec(`UPDATE account SET password = ? WHERE person = ? AND password = ?`, checked.Hash, string(acc.Person), acc.Hash); err != nil {
				return err
			}
		}
		return a.enter(w, login, acc, s, from)
	})
	return SignedIn{Token: token, Pending: acc.NeedsSecond()}, err
}

// enter stores a session and what a right password takes back of the attempts.
func (a *App) enter(w *storage.Writer, login string, acc identity.Account, s identity.Session, from Client) error {
	forget := `DELETE FROM attempt WHERE login = ?`
	if acc.NeedsSecond() && !s.TOTP {
		forget = `UPDATE attempt SET failures = failures - 1 WHERE login = ? AND failures > 0`
	}
	if _, err := w.Exec(forget, a.attemptKey(login)); err != nil {
		return err
	}
	if err := insertSession(w, s); err != nil || acc.NeedsSecond() && !s.TOTP {
		return err
	}
	_, err := w.AppendTail(signStream(acc.Person), "person/"+string(acc.Person), SignIn, from.signed(""))
	return err
}

// accountByLogin returns the account of a login name, the zero one when nobody has it.
func (a *App) accountByLogin(ctx context.Context, login string) (acc identity.Account, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		if p, ok := org.people[org.logins[loginName(login)]]; ok {
			acc, err = a.account(tx, p)
		}
		return err
	})
	return acc, err
}

// failed records a refused attempt and returns why it was refused.
func (a *App) failed(ctx context.Context, login string, acc identity.Account, from Client, what string, why error) error {
	if kind := fault.KindOf(why); kind != fault.Unauthed && kind != fault.Forbidden {
		return why
	}
	policy := a.lockPolicy()
	err := a.store.Write(ctx, func(w *storage.Writer) error {
		got, err := readAttempts(w, a.attemptKey(login))
		if err != nil {
			return err
		}
		kind := SignFailed
		if policy.Left(got, w.Now()) > 0 {
			kind = SignLocked
		}
		_, err = w.AppendTail(signStream(acc.Person), party.System.ID, kind, from.signed(what))
		return err
	})
	if err != nil {
		return err
	}
	return why
}

// SecondFactor takes the code of the authenticator, or a recovery code, for the
// pending session of a token, and begins a session with all rights.
func (a *App) SecondFactor(ctx context.Context, token, code string, from Client) (SignedIn, error) {
	s, p, acc, err := a.pending(ctx, token)
	if err != nil {
		return SignedIn{}, err
	}
	if err := a.begin(ctx, p.Login); err != nil {
		return SignedIn{}, err
	}
	checked, err := identity.SecondFactor(acc, code, a.now())
	if err != nil {
		return SignedIn{}, a.failed(ctx, p.Login, acc, from, "code", err)
	}
	fresh, newToken, err := identity.NewSession(a.rand, checked, a.now(), from.IP, from.Agent, true)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if err := useFactor(w, acc, checked); err != nil {
			return err
		}
		if _, err := w.Exec(`DELETE FROM session WHERE hash = ?`, s.Hash); err != nil {
			return err
		}
		return a.enter(w, p.Login, checked, fresh, from)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: newToken}, nil
}

// pending returns the session of a token that waits for the second factor.
func (a *App) pending(ctx context.Context, token string) (s identity.Session, p party.Person, acc identity.Account, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if s, p, acc, err = a.sessionIn(tx, token); err != nil {
			return err
		}
		passed := s
		passed.TOTP = true
		return a.sessionPolicy().Check(passed, acc, tx.Now())
	})
	if err == nil && (!acc.NeedsSecond() || s.TOTP) {
		err = fault.New(fault.Unauthed, "请先登录。")
	}
	return s, p, acc, err
}

// useFactor stores that a code was used, on condition that nobody else used one
// since the account was read.
func useFactor(w *storage.Writer, was, is identity.Account) error {
	n, err := w.Exec(`UPDATE account SET totp_step = ?, recovery = ? WHERE person = ? AND totp_step = ? AND recovery = ? AND epoch = ?`,
		is.LastStep, joined(is.Recovery), string(is.Person), was.LastStep, joined(was.Recovery), was.Epoch)
	if err == nil && n != 1 {
		return fault.New(fault.Unauthed, "这个动态验证码已经用过：请等验证器换出下一个再输入。")
	}
	return err
}

// SignOut ends the session of a token. A token that is none is no error.
func (a *App) SignOut(ctx context.Context, token string, from Client) error {
	return a.store.Write(ctx, func(w *storage.Writer) error {
		var person string
		hash := identity.SessionHash(token)
		if err := w.Scan(`SELECT person FROM session WHERE hash = ?`, []any{hash}, &person); err != nil {
			return none(err)
		}
		if _, err := w.Exec(`DELETE FROM session WHERE hash = ?`, hash); err != nil {
			return err
		}
		_, err := w.AppendTail("sign/"+person, "person/"+person, SignOut, from.signed(""))
		return err
	})
}

package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
)

// scanner reads one row, from a snapshot or within the writer.
type scanner interface {
	Scan(q string, args []any, dest ...any) error
}

// account reads how a person signs in. Somebody without a row has no password;
// Disabled comes from the institution's list of people.
func (a *App) account(r scanner, p party.Person) (identity.Account, error) {
	acc := identity.Account{Person: p.ID, Disabled: p.Disabled}
	var totp []byte
	var recovery string
	err := r.Scan(`SELECT password, must_change, totp, totp_step, recovery, epoch FROM account WHERE person = ?`, []any{string(p.ID)},
		&acc.Hash, &acc.MustChange, &totp, &acc.LastStep, &recovery, &acc.Epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return acc, nil
	}
	if err != nil {
		return acc, err
	}
	acc.Recovery = strings.Fields(recovery)
	if err := r.Scan(`SELECT count(*) FROM passkey WHERE person = ?`, []any{string(p.ID)}, &acc.Passkeys); err != nil {
		return acc, err
	}
	secret, err := a.openSecret(p.ID, totp)
	acc.TOTP = secret.Secret
	return acc, err
}

// wrappedKey is the length of a wrapped key, which stands before what it seals.
const wrappedKey = 61

func secretAAD(id party.PersonID) string { return "account/" + string(id) + "/totp" }

// sealSecret seals an authenticator's secret under a key of its own.
func (a *App) sealSecret(id party.PersonID, t identity.TOTP) ([]byte, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	key, err := seal.NewCaseKey(a.rand, a.store.Keys().Suite())
	if err != nil {
		return nil, err
	}
	wrapped, err := a.store.Keys().Wrap(a.rand, key, secretAAD(id))
	if err != nil {
		return nil, err
	}
	ct, err := key.Seal(a.rand, plain, secretAAD(id))
	return append(wrapped, ct...), err
}

// openSecret opens what sealSecret sealed; nil is no authenticator.
func (a *App) openSecret(id party.PersonID, b []byte) (t identity.TOTP, err error) {
	if len(b) <= wrappedKey {
		return t, nil
	}
	key, err := a.store.Keys().Unwrap(b[:wrappedKey], secretAAD(id))
	if err != nil {
		return t, err
	}
	plain, err := key.Open(b[wrappedKey:], secretAAD(id))
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(plain, &t)
}

// begin counts an attempt under a login name before anything is checked, so that
// guesses made at once cannot slip by the lock.
func (a *App) begin(ctx context.Context, login string) error {
	policy, key := a.lockPolicy(), a.attemptKey(login)
	return a.store.Write(ctx, func(w *storage.Writer) error {
		got, err := readAttempts(w, key)
		if err != nil {
			return err
		}
		got, err = policy.Begin(got, w.Now())
		if err != nil {
			return err
		}
		_, err = w.Exec(`INSERT INTO attempt (login, failures, last) VALUES (?, ?, ?)
			ON CONFLICT (login) DO UPDATE SET failures = excluded.failures, last = excluded.last`, key, got.Failures, got.Last.UnixMicro())
		return err
	})
}

func readAttempts(r scanner, key string) (identity.Attempts, error) {
	var got identity.Attempts
	var last int64
	err := r.Scan(`SELECT failures, last FROM attempt WHERE login = ?`, []any{key}, &got.Failures, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return got, nil
	}
	got.Last = time.UnixMicro(last).UTC()
	return got, err
}

// attemptKey blinds a login name: people type passwords into the wrong field.
func (a *App) attemptKey(login string) string {
	return string(a.store.Keys().Blind("login", loginName(login)).AppendText(nil))
}

func loginName(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// lockPolicy is the lock-out of the settings.
func (a *App) lockPolicy() identity.LockPolicy {
	p := identity.DefaultLock
	p.Free = int(a.number("lockout.attempts", int64(p.Free)+1)) - 1
	p.First = time.Duration(a.number("lockout.minutes", 1)) * time.Minute
	p.Longest = max(p.Longest, p.First)
	return p
}

// sessionPolicy is how long sessions last by the settings.
func (a *App) sessionPolicy() identity.SessionPolicy {
	p := identity.DefaultSessions
	p.Idle = time.Duration(a.number("session.idle_minutes", int64(p.Idle/time.Minute))) * time.Minute
	p.Longest = time.Duration(a.number("session.hours", int64(p.Longest/time.Hour))) * time.Hour
	return p
}

func (a *App) setting(id string) (regulation.Setting, error) { return a.Rules(a.Today()).Setting(id) }

func (a *App) number(id string, otherwise int64) int64 {
	if s, err := a.setting(id); err == nil {
		return s.Int()
	}
	return otherwise
}

// person returns an enabled or disabled person by id.
func (a *App) person(ctx context.Context, id party.PersonID) (party.Person, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return party.Person{}, err
	}
	p, ok := org.Person(id)
	if !ok {
		return p, fault.New(fault.NotFound, "没有编号为 %s 的人员，请核对", id)
	}
	return p, nil
}

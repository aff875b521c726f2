package app

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// SessionInfo is what the rim has to know of a session beside who it is.
type SessionInfo struct {
	Actor      party.Actor
	UnitName   string
	MustChange bool // a new password is due before anything else
	MustEnrol  bool // the settings ask this person for an authenticator, and there is none
	Fresh      bool // the person proved who he is within the minutes of the setting stepup.minutes
}

// SessionActor returns the person of a session token and notes, at most once a
// minute, that it is in use. An Unauthed fault says why the session is over: the
// account, the person and the settings are read each time, so that a disabled
// person is out with the next request, whichever copy of the program gets it.
func (a *App) SessionActor(ctx context.Context, token string) (SessionInfo, error) {
	if token == "" {
		return SessionInfo{}, fault.New(fault.Unauthed, "请先登录。")
	}
	if err := a.loadRules(ctx); err != nil {
		return SessionInfo{}, err
	}
	policy := a.sessionPolicy()
	var s identity.Session
	var info SessionInfo
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var p party.Person
		var acc identity.Account
		var err error
		if s, p, acc, err = a.sessionIn(tx, token); err != nil {
			return err
		}
		if err := policy.Check(s, acc, tx.Now()); err != nil {
			return err
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		who, err := a.actorIn(tx, p, org)
		if err != nil {
			return err
		}
		info = SessionInfo{Actor: who, UnitName: org.Tree.Name(p.Unit), MustChange: acc.MustChange,
			MustEnrol: !acc.NeedsSecond() && a.totpRequired(p), Fresh: s.Fresh(a.proofLasts(), tx.Now())}
		return nil
	})
	if err != nil || !policy.NeedsTouch(s, a.now()) {
		return info, err
	}
	return info, a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`UPDATE session SET last_seen = ? WHERE hash = ? AND last_seen < ?`, w.Now().UnixMicro(), s.Hash, w.Now().UnixMicro())
		return err
	})
}

// sessionIn reads a session with its person and account.
func (a *App) sessionIn(tx *storage.Tx, token string) (s identity.Session, p party.Person, acc identity.Account, err error) {
	s, err = readSession(tx, identity.SessionHash(token))
	if err != nil {
		return s, p, acc, err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return s, p, acc, err
	}
	p, ok := org.Person(s.Person)
	if !ok {
		return s, p, acc, fault.New(fault.Unauthed, "请先登录。")
	}
	acc, err = a.account(tx, p)
	return s, p, acc, err
}

func readSession(r scanner, hash string) (identity.Session, error) {
	s := identity.Session{Hash: hash}
	var created, seen, proved int64
	err := r.Scan(`SELECT person, epoch, created, last_seen, ip, agent, totp, proved FROM session WHERE hash = ?`, []any{hash},
		&s.Person, &s.Epoch, &created, &seen, &s.IP, &s.Agent, &s.TOTP, &proved)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fault.New(fault.Unauthed, "请先登录。")
	}
	s.Created, s.LastSeen, s.Proved = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC(), time.UnixMicro(proved).UTC()
	return s, err
}

func insertSession(w *storage.Writer, s identity.Session) error {
	_, err := w.Exec(`INSERT INTO session (hash, person, epoch, created, last_seen, ip, agent, totp, proved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.Hash, string(s.Person), s.Epoch, s.Created.UnixMicro(), s.LastSeen.UnixMicro(), s.IP, s.Agent, s.TOTP, s.Proved.UnixMicro())
	return err
}

// OwnSession is one place where a person is signed in.
type OwnSession struct {
	ID                string // names it to EndSession; no secret
	Created, LastSeen time.Time
	IP, Agent         string
	Here              bool // the one that asks
}

// Sessions lists where a person is signed in, last used first; token is the one
// that asks.
func (a *App) Sessions(ctx context.Context, who party.Actor, token string) ([]OwnSession, error) {
	policy, here := a.sessionPolicy(), identity.SessionHash(token)
	var out []OwnSession
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Query(`SELECT hash, created, last_seen, ip, agent FROM session WHERE person = ? ORDER BY last_seen DESC, hash`, string(who.Person()))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s identity.Session
			var created, seen int64
			if err := rows.Scan(&s.Hash, &created, &seen, &s.IP, &s.Agent); err != nil {
				return err
			}
			s.Created, s.LastSeen = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
			if tx.Now().Before(policy.Expiry(s)) {
				out = append(out, OwnSession{ID: s.Hash[:16], Created: s.Created, LastSeen: s.LastSeen, IP: s.IP, Agent: s.Agent, Here: s.Hash == here})
			}
		}
		return rows.Err()
	})
	return out, err
}

// EndSession ends one of the person's own sessions, or with id "others" all but
// the one of the token.
func (a *App) EndSession(ctx context.Context, who party.Actor, id, token string, from Client) error {
	own, err := a.Sessions(ctx, who, token)
	if err != nil {
		return err
	}
	own = slices.DeleteFunc(own, func(s OwnSession) bool { return s.ID != id && (id != "others" || s.Here) })
	if len(own) == 0 && id != "others" {
		return fault.New(fault.NotFound, "这个登录已经结束。")
	}
	return a.store.Write(ctx, func(w *storage.Writer) error {
		for _, s := range own {
			if _, err := w.Exec(`DELETE FROM session WHERE person = ? AND substr(hash, 1, 16) = ?`, string(who.Person()), s.ID); err != nil {
				return err
			}
			if _, err := w.AppendTail(signStream(who.Person()), who.ID, SignEnded, from.signed(s.IP)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropSessions deletes sessions that are over by age and attempts that are
// forgotten; a timer calls it.
func (a *App) DropSessions(ctx context.Context) (n int64, err error) {
	sessions, lock := a.sessionPolicy(), a.lockPolicy()
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if n, err = w.Exec(`DELETE FROM session WHERE last_seen < ? OR created < ?`, w.Now().Add(-sessions.Idle).UnixMicro(), w.Now().Add(-sessions.Longest).UnixMicro()); err != nil {
			return err
		}
		_, err = w.Exec(`DELETE FROM attempt WHERE last < ?`, w.Now().Add(-lock.Forget).UnixMicro())
		return err
	})
	return n, err
}

func joined(list []string) string { return strings.Join(list, " ") }

// none turns "no such row" into no error.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// cut shortens a text to so many bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

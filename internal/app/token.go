package app

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// Scopes of tokens: a token may do what its person may, reading or writing.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
)

// CreateToken makes a token with which a program acts as a person, and returns
// its text, which is shown once. The zero expires is never. Only the administrator
// may; the person sees it among his own and may end it. Where a second person has
// to confirm, the answer is a *WaitingChange, and the text works once that is done.
func (a *App) CreateToken(ctx context.Context, who party.Actor, id party.PersonID, name string, scopes []string, expires time.Time, reason string) (identity.APIToken, string, error) {
	t, text, err := identity.NewAPIToken(a.rand)
	if err != nil {
		return t, "", err
	}
	t.Name, t.Person, t.Scopes, t.Expires, t.Created = name, id, scopes, expires, a.now().UTC().Truncate(time.Microsecond)
	if err = a.alter(ctx, who, change.Token, &tokenChange{Token: t}, reason); err != nil {
		if _, waits := errors.AsType[*WaitingChange](err); !waits {
			return identity.APIToken{}, "", err
		}
	}
	return t, text, err
}

// tokenChange makes a token. Its Token has the hash of the text, never the text.
type tokenChange struct {
	Token identity.APIToken
}

func (x *tokenChange) about(a *App, tx *storage.Tx) (about, error) {
	t := x.Token
	if err := checkToken(t.Name, t.Scopes, t.Expires, tx.Now()); err != nil {
		return about{}, err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return about{}, err
	}
	p, ok := org.Person(t.Person)
	switch {
	case !ok:
		return about{}, fault.New(fault.NotFound, "没有编号为 %s 的人员，请核对", t.Person)
	case p.Disabled:
		return about{}, fault.New(fault.Conflict, "%s 的账号已停用，不能创建令牌", p.Name)
	}
	lines := differing(change.Line{Field: "token", New: t.Name}, change.Line{Field: "person", New: p.Name}, change.Line{Field: "scopes", New: strings.Join(t.Scopes, ",")})
	if !t.Expires.IsZero() {
		lines = append(lines, change.Line{Field: "expires", New: calendar.FromTime(t.Expires.Add(-time.Second)).String()})
	}
	return about{subject: t.ID, title: t.Name, affects: []party.PersonID{p.ID}, lines: lines, plain: !slices.Contains(t.Scopes, ScopeWrite)}, nil
}

func (x *tokenChange) take(_ *App, tx *storage.Tx, by string) error {
	t := x.Token
	tx.Exec(`INSERT INTO api_token (id, hash, person, name, scopes, created, expires, last_use, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		t.ID, t.Hash, string(t.Person), t.Name, joined(t.Scopes), tx.Now().UnixMicro(), unix(t.Expires), false)
	return tx.AppendTail(signStream(t.Person), by, TokenCreated, signed{What: t.Name + " (" + t.ID + ")"})
}

func checkToken(name string, scopes []string, expires, now time.Time) error {
	var f fault.Fields
	f.Need(strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= 80, "name", "请填写令牌的用途，不超过 80 个字")
	f.Need(len(scopes) > 0, "scopes", "请至少选择一种权限")
	for _, s := range scopes {
		f.Need(s == ScopeRead || s == ScopeWrite, "scopes", "没有“%s”这种权限，只有 read 和 write", s)
	}
	f.Need(expires.IsZero() || expires.After(now), "expires", "有效期须晚于现在")
	return f.Err()
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromUnix(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

const tokenColumns = `id, hash, person, name, scopes, created, expires, last_use, revoked`

func scanToken(scan func(...any) error) (t identity.APIToken, err error) {
	var scopes string
	var created, expires, used int64
	err = scan(&t.ID, &t.Hash, &t.Person, &t.Name, &scopes, &created, &expires, &used, &t.Revoked)
	t.Scopes, t.Created, t.Expires, t.LastUsed = strings.Fields(scopes), fromUnix(created), fromUnix(expires), fromUnix(used)
	return t, err
}

// Tokens lists tokens without their hashes, newest first: all for the
// administrator, else the person's own.
func (a *App) Tokens(ctx context.Context, who party.Actor) ([]identity.APIToken, error) {
	var out []identity.APIToken
	all := access.May(who, access.ManageTokens)
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Query(`SELECT ` + tokenColumns + ` FROM api_token ORDER BY created DESC, id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			t, err := scanToken(rows.Scan)
			if err != nil {
				return err
			}
			if t.Hash = ""; all || t.Person == who.Person() {
				out = append(out, t)
			}
		}
		return rows.Err()
	})
	return out, err
}

// RevokeToken ends a token at once: the administrator any, a person his own.
func (a *App) RevokeToken(ctx context.Context, who party.Actor, id string) error {
	own, err := a.Tokens(ctx, who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(t identity.APIToken) bool { return t.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "没有编号为 %s 的令牌，请核对", id)
	}
	t := own[i]
	return a.store.Write(ctx, func(w *storage.Writer) error {
		n, err := w.Exec(`UPDATE api_token SET revoked = ? WHERE id = ? AND revoked = ?`, true, id, false)
		if err != nil || n == 0 {
			return err
		}
		_, err = w.AppendTail(signStream(t.Person), who.ID, TokenRevoked, signed{What: t.Name + " (" + t.ID + ")"})
		return err
	})
}

// TokenActor returns the person a program acts for by the text of its token, and
// the token, whose Check(t.Hash, scope, now) says whether it has a scope.
func (a *App) TokenActor(ctx context.Context, text string) (party.Actor, identity.APIToken, error) {
	id, hash, err := identity.ParseAPIToken(text)
	if err != nil {
		return party.Actor{}, identity.APIToken{}, err
	}
	var t identity.APIToken
	var who party.Actor
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		row := tx.QueryRow(`SELECT `+tokenColumns+` FROM api_token WHERE id = ?`, id)
		if t, err = scanToken(row.Scan); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := t.Check(hash, "", tx.Now()); err != nil {
			return err
		}
		if err := a.rulesIn(tx); err != nil { // another copy of the program may have changed a setting
			return err
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		p, ok := org.Person(t.Person)
		if !ok || p.Disabled {
			return fault.New(fault.Unauthed, "接口令牌所属的人员已停用。")
		}
		who, err = a.actorIn(tx, p, org)
		return err
	})
	if err != nil || a.now().Sub(t.LastUsed) < identity.DefaultSessions.Touch {
		return who, t, err
	}
	return who, t, a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`UPDATE api_token SET last_use = ? WHERE id = ?`, w.Now().UnixMicro(), id)
		return err
	})
}

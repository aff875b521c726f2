package app

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// SignEntry is one line of the sign-in history.
type SignEntry struct {
	Seq    int64 // its place in the ledger; the cursor of the list
	At     time.Time
	Person party.PersonID // "unknown" for names that nobody has
	Kind   string
	By     string // actor
	IP     string
	Agent  string
	What   string
}

// SignFilter says which lines of the sign-in history are wanted.
type SignFilter struct {
	Person party.PersonID
	Kind   string
	Before int64 // lines before this place; 0 begins with the newest
	Limit  int
}

// SignLog returns the sign-in history, newest first: of everybody for the
// auditor, of one person for the administrator, else the person's own.
func (a *App) SignLog(ctx context.Context, who party.Actor, f SignFilter) ([]SignEntry, error) {
	if f.Person == "" || f.Person != who.Person() && !access.May(who, access.ManageParty) {
		if err := access.Can(who, access.ReadAudit, access.Target{}).Err(); err != nil {
			return nil, err
		}
	}
	q, args := `SELECT seq, stream, kind, at, by_, body FROM event WHERE substr(stream, 1, 5) = 'sign/'`, []any{}
	if f.Person != "" {
		q, args = `SELECT seq, stream, kind, at, by_, body FROM event WHERE stream = ?`, []any{signStream(f.Person)}
	}
	if f.Kind != "" {
		q, args = q+` AND kind = ?`, append(args, f.Kind)
	}
	if f.Before > 0 {
		q, args = q+` AND seq < ?`, append(args, f.Before)
	}
	var out []SignEntry
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Query(q+` ORDER BY seq DESC LIMIT ?`, append(args, f.Limit)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanSign(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return rows.Err()
	})
	return out, err
}

func scanSign(scan func(...any) error) (e SignEntry, err error) {
	var stream string
	var at int64
	var body []byte
	if err = scan(&e.Seq, &stream, &e.Kind, &at, &e.By, &body); err != nil {
		return e, err
	}
	var s signed
	err = ledger.Decode(body, nil, &s)
	e.At, e.Person = time.UnixMicro(at).UTC(), party.PersonID(stream[len("sign/"):])
	e.IP, e.Agent, e.What = s.Where, s.With, s.What
	return e, err
}

// Ready reports whether the database answers.
func (a *App) Ready(ctx context.Context) error {
	_, err := a.LedgerSize(ctx)
	return err
}

// LedgerSize returns how many events the ledger holds.
func (a *App) LedgerSize(ctx context.Context) (n int64, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT COALESCE(MAX(seq), 0) FROM event`, nil, &n)
	})
	return n, err
}

// WaitingApprovals returns how many requests wait for a decision in the person's
// reach, for the number beside the room; it stops at TallyMax.
func (a *App) WaitingApprovals(ctx context.Context, who party.Actor) (n int, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		n, err = tx.CountApprovals(who, TallyMax)
		return err
	})
	return n, err
}

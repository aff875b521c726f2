package storage

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// ByMail is the way out of the house by e-mail.
const ByMail = "mail"

// States of what is to leave.
const (
	OutWaiting = "waiting" // for its first or its next try
	OutSent    = "sent"
	OutGivenUp = "given_up"
)

// Outgoing is one message that leaves or left the house.
type Outgoing struct {
	ID, Way, Target, Kind string // Target: a person, an address or what the way calls its receivers
	State                 string
	Created, Due          time.Time
	Tries                 int
	Tried                 time.Time // last try, zero before the first
	Code                  int
	Took                  time.Duration
	Answer                string
	Doc                   []byte // what is sent, in the form of its way
}

const outboxColumns = `id, way, target, kind, state, created, due, tries, tried, code, took, answer, doc`

func scanOutgoing(scan func(...any) error) (o Outgoing, err error) {
	var created, due, tried, took int64
	err = scan(&o.ID, &o.Way, &o.Target, &o.Kind, &o.State, &created, &due, &o.Tries, &tried, &o.Code, &took, &o.Answer, &o.Doc)
	o.Created, o.Due, o.Took = time.UnixMicro(created).UTC(), time.UnixMicro(due).UTC(), time.Duration(took)*time.Microsecond
	if tried != 0 {
		o.Tried = time.UnixMicro(tried).UTC()
	}
	return o, err
}

func scanOutgoings(rows *sql.Rows, err error) ([]Outgoing, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Outgoing
	for rows.Next() {
		o, err := scanOutgoing(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// Post puts a message into the outbox with the rest of the transaction. One of the
// same id that is there already stays as it is.
func (tx *Tx) Post(o Outgoing) { tx.Exec(insertOutgoing, o.row(tx.at)...) }

// Post is Tx.Post within a unit of the writer.
func (w *Writer) Post(o Outgoing) error {
	_, err := w.Exec(insertOutgoing, o.row(w.at)...)
	return err
}

const insertOutgoing = `INSERT INTO outbox (` + outboxColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '', ?) ON CONFLICT (id) DO NOTHING`

func (o Outgoing) row(at time.Time) []any {
	return []any{o.ID, o.Way, o.Target, o.Kind, OutWaiting, at.UnixMicro(), at.UnixMicro(), string(o.Doc)}
}

// outboxFar is longer than any wait between tries: what is due later was put off by a
// clock that ran ahead, and is due now.
const outboxFar = 8 * 24 * time.Hour

// claimable says which messages may be tried now: those that wait, whose time has
// come, and whose receiver has not asked to be left alone. A time that is too far away
// was set by a clock that ran ahead. It takes claimArgs.
const claimable = `state = 'waiting' AND (due <= ? OR due > ?) AND way = ? AND NOT EXISTS (SELECT 1 FROM outbox_hold h WHERE h.way = outbox.way AND h.target = outbox.target AND h.until > ? AND h.until <= ?)`

func claimArgs(now time.Time, way string) []any {
	at, far := now.UnixMicro(), now.Add(outboxFar).UnixMicro()
	return []any{at, far, way, at, far}
}

// OutboxDue reports whether anything waits whose time has come.
func (tx *Tx) OutboxDue(way string) (bool, error) {
	var n int
	err := tx.Scan(`SELECT count(*) FROM (SELECT 1 FROM outbox WHERE `+claimable+` LIMIT 1) x`, claimArgs(tx.at, way), &n)
	return n > 0, err
}

// ClaimOutgoing takes up to n messages whose time has come and counts the try: until lease is
// over nobody else takes them. A claim that is never settled ends with the lease.
func (w *Writer) ClaimOutgoing(way string, n int, lease time.Duration) ([]Outgoing, error) {
	now := w.Now()
	skip := ""
	if w.s.engine == postgres {
		skip = ` FOR UPDATE SKIP LOCKED` // rows that another copy is claiming
	}
	args := append([]any{now.Add(lease).UnixMicro(), now.UnixMicro()}, claimArgs(now, way)...)
	return scanOutgoings(w.Query(`UPDATE outbox SET due = ?, tries = tries + 1, tried = ? WHERE id IN (SELECT id FROM outbox WHERE `+claimable+` ORDER BY due, id LIMIT ?`+skip+`) RETURNING `+outboxColumns, append(args, n)...))
}

// SettleOutgoing notes what came of the try that o was claimed for: it was taken,
// is tried again at next, or is given up. A claim that somebody else has taken over
// since is left to them.
func (w *Writer) SettleOutgoing(o Outgoing, state string, next time.Time) error {
	_, err := w.Exec(`UPDATE outbox SET state = ?, due = ?, code = ?, took = ?, answer = ? WHERE id = ? AND state = 'waiting' AND tries = ?`,
		state, next.UnixMicro(), o.Code, o.Took.Microseconds(), o.Answer, o.ID, o.Tries)
	return err
}

// HoldOutgoing leaves a receiver alone until a time, as it has asked for: nothing that
// waits for it, now or meanwhile, is claimed before. Of two such times the later counts.
func (w *Writer) HoldOutgoing(way, target string, until time.Time) error {
	if _, err := w.Exec(`DELETE FROM outbox_hold WHERE until <= ?`, w.Now().UnixMicro()); err != nil {
		return err
	}
	_, err := w.Exec(`INSERT INTO outbox_hold (way, target, until) VALUES (?, ?, ?) ON CONFLICT (way, target) DO UPDATE SET until = excluded.until WHERE excluded.until > outbox_hold.until`, way, target, until.UnixMicro())
	return err
}

const endHold = `DELETE FROM outbox_hold WHERE way = ? AND target = ?`

// EndHold lets a receiver be tried again, because a person wants it.
func (tx *Tx) EndHold(way, target string) { tx.Exec(endHold, way, target) }

// EndHold is Tx.EndHold within a unit of the writer.
func (w *Writer) EndHold(way, target string) error {
	_, err := w.Exec(endHold, way, target)
	return err
}

// PostAgain lets a message that was given up, or waits, be tried at once, as often
// as a new one, whatever its receiver has asked for.
func (w *Writer) PostAgain(way, id string) error {
	if _, err := w.Exec(`DELETE FROM outbox_hold WHERE way = ? AND target IN (SELECT target FROM outbox WHERE id = ?)`, way, id); err != nil {
		return err
	}
	n, err := w.Exec(`UPDATE outbox SET state = 'waiting', due = ?, tries = 0 WHERE id = ? AND way = ? AND state <> 'sent'`, w.Now().UnixMicro(), id, way)
	if err == nil && n != 1 {
		return fault.New(fault.NotFound, "没有这条待发送的记录，可能已经发出或被清理。请刷新后再看。")
	}
	return err
}

// OutboxFilter chooses lines of the log.
type OutboxFilter struct {
	Way, State, Target string // "" for all; Way is always given
	Before             string // cursor of the page before, "" for the first
	Limit              int
}

// Cursor is where the page after this line begins.
func (o Outgoing) Cursor() string { return o.Created.Format(time.RFC3339Nano) + "_" + o.ID }

// Outbox returns the log, newest first.
func (tx *Tx) Outbox(f OutboxFilter) ([]Outgoing, error) {
	var w where
	w.add("way = ?", f.Way)
	if f.State != "" {
		w.add("state = ?", f.State)
	}
	if f.Target != "" {
		w.add("target = ?", f.Target)
	}
	if at, id, ok := strings.Cut(f.Before, "_"); ok {
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			w.add("(created, id) < (?, ?)", t.UnixMicro(), id)
		}
	}
	return scanOutgoings(tx.Query(`SELECT `+outboxColumns+` FROM outbox`+w.String()+` ORDER BY created DESC, id DESC LIMIT ?`, append(w.args, f.Limit)...))
}

// OutboxState is how a way out stands.
type OutboxState struct {
	Waiting  int64
	Oldest   time.Time // when the oldest waiting message was written; zero when none waits
	GivenUp  int64     // not sent again, and not yet dropped from the log
	LastSent time.Time // zero: never
	Held     time.Time // until then it is left alone, as it has asked for; zero for no such time, or all targets
	Last     Outgoing  // newest try that failed and still waits; the zero value when there is none
}

// OutboxState returns how a way out stands, or what of it goes to one target; "" is all.
func (tx *Tx) OutboxState(way, target string) (s OutboxState, err error) {
	var oldest, sent sql.NullInt64
	one, args := `way = ?`, []any{way}
	if target != "" {
		var held sql.NullInt64
		if err = tx.Scan(`SELECT max(until) FROM outbox_hold WHERE way = ? AND target = ? AND until > ?`, []any{way, target, tx.at.UnixMicro()}, &held); err != nil {
			return s, err
		}
		if held.Valid {
			s.Held = time.UnixMicro(held.Int64).UTC()
		}
		one, args = `way = ? AND target = ?`, []any{way, target}
	}
	if err = tx.Scan(`SELECT count(*), min(created) FROM outbox WHERE state = 'waiting' AND `+one, args, &s.Waiting, &oldest); err != nil {
		return s, err
	}
	if err = tx.Scan(`SELECT count(*) FROM outbox WHERE state = 'given_up' AND `+one, args, &s.GivenUp); err != nil {
		return s, err
	}
	if err = tx.Scan(`SELECT max(tried) FROM outbox WHERE state = 'sent' AND `+one, args, &sent); err != nil {
		return s, err
	}
	if oldest.Valid {
		s.Oldest = time.UnixMicro(oldest.Int64).UTC()
	}
	if sent.Valid {
		s.LastSent = time.UnixMicro(sent.Int64).UTC()
	}
	s.Last, err = scanOutgoing(func(dest ...any) error {
		return tx.Scan(`SELECT `+outboxColumns+` FROM outbox WHERE state = 'waiting' AND answer <> '' AND `+one+` ORDER BY tried DESC, id LIMIT 1`, args, dest...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	return s, err
}

// DropOutgoing forgets messages that were sent or given up before a time.
func (w *Writer) DropOutgoing(before time.Time) (int64, error) {
	return w.Exec(`DELETE FROM outbox WHERE state <> 'waiting' AND created < ?`, before.UnixMicro())
}

// MailWish is what a person wants by e-mail.
type MailWish struct {
	Person  string
	Address string
	Digest  bool // what is due and overdue in the own list, once a day
	Overdue bool // what is overdue in the unit, for those who lead
	Urgent  bool // reminders and supervision orders, at once
}

// MailWishes returns everybody's, or those of the people named.
func (tx *Tx) MailWishes(people ...string) ([]MailWish, error) {
	q, args := `SELECT person, address, digest, overdue, urgent FROM mail_wish`, make([]any, len(people))
	for i, p := range people {
		args[i] = p
	}
	if len(people) > 0 {
		q += ` WHERE person IN (?` + strings.Repeat(", ?", len(people)-1) + `)`
	}
	rows, err := tx.Query(q+` ORDER BY person`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []MailWish
	for rows.Next() {
		var m MailWish
		if err := rows.Scan(&m.Person, &m.Address, &m.Digest, &m.Overdue, &m.Urgent); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// PutMailWish keeps what a person wants.
func (w *Writer) PutMailWish(m MailWish) error {
	_, err := w.Exec(`INSERT INTO mail_wish (person, address, digest, overdue, urgent) VALUES (?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET
		address = excluded.address, digest = excluded.digest, overdue = excluded.overdue, urgent = excluded.urgent`, m.Person, m.Address, m.Digest, m.Overdue, m.Urgent)
	return err
}

package storage

import (
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// InboxState is what became of a message. It has one of them at any time.
type InboxState string

// The states. Arriving is left by the program itself, New and Matched wait for a
// person, the others are the end unless a person takes the message up after all.
const (
	InboxArriving   InboxState = "arriving"   // known, its text not yet kept
	InboxNew        InboxState = "new"        // waits for somebody to register it
	InboxMatched    InboxState = "matched"    // names a case; waits for its owner
	InboxDuplicate  InboxState = "duplicate"  // came before
	InboxAutomatic  InboxState = "automatic"  // bounce, automatic answer, list
	InboxRefused    InboxState = "refused"    // too large, a program inside, unreadable
	InboxRegistered InboxState = "registered" // became a case
	InboxFiled      InboxState = "filed"      // became a contact of a case
	InboxDismissed  InboxState = "dismissed"  // no complaint, with a reason
)

// InboxStates lists them in the order of a list's tabs.
var InboxStates = []InboxState{InboxNew, InboxMatched, InboxRegistered, InboxFiled, InboxDismissed, InboxDuplicate, InboxAutomatic, InboxRefused, InboxArriving}

// Done reports whether a person has said what it is.
func (s InboxState) Done() bool {
	return s == InboxRegistered || s == InboxFiled || s == InboxDismissed
}

// InboxCard is who wrote what about.
type InboxCard struct {
	From    string `json:"from,omitempty"`
	Name    string `json:"name,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// InboxReceived is the first event of a message: that it is there.
type InboxReceived struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"` // when the mail server took it in
	Box      string    `json:"box"`
	Validity uint32    `json:"validity"`
	UID      uint32    `json:"uid"`
	Size     int64     `json:"size"`
	Sum      string    `json:"sum"` // of what is kept, SHA-256
	MID      string    `json:"mid"` // digest of its Message-ID, "" without one
	Card     InboxCard `json:"card" seal:"true"`
}

// InboxSorted is the second: its text is kept, and what the program makes of it.
type InboxSorted struct {
	State  InboxState   `json:"state"`
	Case   complaint.ID `json:"case"`
	Digest string       `json:"digest"` // of the kept file
	Why    string       `json:"why"`    // words of ours, nothing of the message
}

// InboxSettled is what a person made of it.
type InboxSettled struct {
	State InboxState   `json:"state"`
	Case  complaint.ID `json:"case"`
	Why   string       `json:"why" seal:"true"`
}

// Kinds of the events.
const (
	kindInboxReceived = "inbox.Received"
	kindInboxSorted   = "inbox.Sorted"
	kindInboxSettled  = "inbox.Settled"
)

// InboxItem is a message as its events tell.
type InboxItem struct {
	InboxReceived
	State   InboxState
	Case    complaint.ID
	Why     string
	By      string
	Settled time.Time // when a person settled it
	Version int64
	Erased  bool
}

// InboxStream is the stream of a message.
func InboxStream(id int64) string { return "inbox/" + strconv.FormatInt(id, 10) }

// InboxItem returns a message; fault.NotFound when there is none.
func (tx *Tx) InboxItem(id int64) (InboxItem, error) {
	events, err := tx.Load(InboxStream(id))
	if err != nil {
		return InboxItem{}, err
	}
	if len(events) == 0 {
		return InboxItem{}, fault.New(fault.NotFound, "没有这封来信，请刷新列表")
	}
	return tx.foldInbox(events)
}

func (tx *Tx) foldInbox(events []ledger.Event) (it InboxItem, err error) {
	for _, e := range events {
		switch it.Version = e.Version; e.Kind {
		case kindInboxReceived:
			it.State, it.Erased = InboxArriving, e.Sealed == nil
			err = tx.Decode(e, &it.InboxReceived)
		case kindInboxSorted:
			var s InboxSorted
			err = tx.Decode(e, &s)
			it.State, it.Case, it.Why = s.State, s.Case, s.Why
		case kindInboxSettled:
			var s InboxSettled
			err = tx.Decode(e, &s)
			it.State, it.Case, it.Why, it.By, it.Settled = s.State, s.Case, s.Why, e.By, e.At
		}
		if err != nil {
			return it, err
		}
	}
	return it, nil
}

// ReceiveMail notes that a message is there. Somebody else who has noted it already
// is fault.Stale.
func (tx *Tx) ReceiveMail(by string, r InboxReceived) error {
	stream := InboxStream(r.ID)
	if err := tx.Append(stream, 1, by, kindInboxReceived, r); err != nil {
		return err
	}
	return tx.projectInbox(InboxItem{InboxReceived: r, State: InboxArriving, Version: 1})
}

// SortMail says what the program makes of a message that arrived.
func (tx *Tx) SortMail(by string, it InboxItem, s InboxSorted) error {
	if it.State != InboxArriving {
		return stale()
	}
	if err := tx.Append(InboxStream(it.ID), it.Version+1, by, kindInboxSorted, s); err != nil {
		return err
	}
	it.State, it.Case, it.Why = s.State, s.Case, s.Why
	return tx.projectInbox(it)
}

// SettleMail says what a person made of a message.
func (tx *Tx) SettleMail(by string, it InboxItem, s InboxSettled) error {
	if err := tx.Append(InboxStream(it.ID), it.Version+1, by, kindInboxSettled, s); err != nil {
		return err
	}
	it.State, it.Case, it.Why, it.By, it.Settled = s.State, s.Case, s.Why, by, tx.at
	return tx.projectInbox(it)
}

// projectInbox writes the row of a message. A person's own words stand in the
// ledger only.
func (tx *Tx) projectInbox(it InboxItem) error {
	var card []byte
	if !it.Erased {
		b, err := json.Marshal(it.Card)
		if err != nil {
			return err
		}
		if card, err = tx.SealText(InboxStream(it.ID), "inbox.card", b); err != nil {
			return err
		}
	}
	why := it.Why
	if it.State == InboxDismissed {
		why = ""
	}
	tx.Exec(`INSERT INTO inbox (id, state, at, box, validity, uid, size, sum, mid, case_id, why, by_, settled, card) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, case_id = excluded.case_id, why = excluded.why, by_ = excluded.by_, settled = excluded.settled, card = excluded.card`,
		it.ID, string(it.State), it.At.UnixMicro(), it.Box, int64(it.Validity), int64(it.UID), it.Size, it.Sum, it.MID, int64(it.Case), why, it.By, microOrNull(it.Settled), card)
	return nil
}

func (tx *Tx) rebuildInbox(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	it, err := tx.foldInbox(events)
	if err != nil {
		return err
	}
	return w.Project(tx, func(sub *Tx) error { return sub.projectInbox(it) })
}

// InboxFrom says what is to be fetched of a folder: all after the newest message
// that is known, and those that have not quite arrived.
func (tx *Tx) InboxFrom(box string, validity uint32) (after uint32, also []uint32, err error) {
	var last sql.NullInt64
	if err := tx.Scan(`SELECT max(uid) FROM inbox WHERE box = ? AND validity = ?`, []any{box, int64(validity)}, &last); err != nil {
		return 0, nil, err
	}
	rows, err := tx.Query(`SELECT uid FROM inbox WHERE state = 'arriving' AND box = ? AND validity = ? ORDER BY uid`, box, int64(validity))
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var uid int64
		if err := rows.Scan(&uid); err != nil {
			return 0, nil, err
		}
		also = append(also, uint32(uid)) // #nosec G115: was one
	}
	return uint32(last.Int64), also, rows.Err() // #nosec G115: was one
}

// InboxID returns the message of a folder's number, 0 for one that is not known.
func (tx *Tx) InboxID(box string, validity, uid uint32) (id int64, err error) {
	var found sql.NullInt64
	err = tx.Scan(`SELECT max(id) FROM inbox WHERE box = ? AND validity = ? AND uid = ?`, []any{box, int64(validity), int64(uid)}, &found)
	return found.Int64, err
}

// InboxBefore returns an earlier message with the same content or Message-ID, 0 for none.
func (tx *Tx) InboxBefore(it InboxItem) (id int64, err error) {
	var first sql.NullInt64
	err = tx.Scan(`SELECT min(id) FROM (SELECT min(id) AS id FROM inbox WHERE sum = ? AND id < ? UNION ALL SELECT min(id) FROM inbox WHERE mid = ? AND mid <> '' AND id < ?) x`,
		[]any{it.Sum, it.ID, it.MID, it.ID}, &first)
	return first.Int64, err
}

// InboxRow is a line of the list of messages.
type InboxRow struct {
	ID      int64
	State   InboxState
	At      time.Time
	Size    int64
	Case    complaint.ID
	Why     string
	By      string
	Settled time.Time
	Card    InboxCard // zero when it was erased
}

// Inbox returns messages in a state ("" for all), oldest first among those that
// wait, else newest first; after is the id of the last line of the page before.
func (tx *Tx) Inbox(state InboxState, after int64, limit int) ([]InboxRow, error) {
	return tx.inbox(state, 0, after, limit)
}

// InboxMatched returns the messages that name a case and wait for somebody to confirm
// it, oldest first.
func (tx *Tx) InboxMatched(id complaint.ID, limit int) ([]InboxRow, error) {
	return tx.inbox(InboxMatched, id, 0, limit)
}

func (tx *Tx) inbox(state InboxState, id complaint.ID, after int64, limit int) ([]InboxRow, error) {
	var w where
	order := "DESC"
	if id != 0 {
		w.add("case_id = ?", int64(id))
	}
	if state != "" {
		w.add("state = ?", string(state))
	}
	if state == InboxNew || state == InboxMatched {
		order = "ASC"
		w.add("id > ?", after)
	} else if after != 0 {
		w.add("id < ?", after)
	}
	rows, err := tx.Query(`SELECT id, state, at, size, case_id, why, by_, settled, card FROM inbox`+w.String()+` ORDER BY id `+order+` LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []InboxRow
	var cards [][]byte
	for rows.Next() {
		var r InboxRow
		var at int64
		var settled sql.NullInt64
		var card []byte
		if err := rows.Scan(&r.ID, &r.State, &at, &r.Size, &r.Case, &r.Why, &r.By, &settled, &card); err != nil {
			return nil, err
		}
		r.At = time.UnixMicro(at).UTC()
		if settled.Valid {
			r.Settled = time.UnixMicro(settled.Int64).UTC()
		}
		out, cards = append(out, r), append(cards, card)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		b, err := tx.OpenText(InboxStream(out[i].ID), "inbox.card", cards[i])
		if err != nil {
			return nil, err
		}
		if b != nil {
			if err := json.Unmarshal(b, &out[i].Card); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// InboxCounts returns how many messages are in each state.
func (tx *Tx) InboxCounts() (map[InboxState]int64, error) {
	rows, err := tx.Query(`SELECT state, count(*) FROM inbox GROUP BY state ORDER BY state`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[InboxState]int64{}
	for rows.Next() {
		var s InboxState
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, err
		}
		out[s] = n
	}
	return out, rows.Err()
}

// InboxOld returns settled or sorted-out messages from before a time that still
// hold their text.
func (tx *Tx) InboxOld(before time.Time, limit int) ([]int64, error) {
	return scanIDs(tx.Query(`SELECT id FROM inbox WHERE state NOT IN ('arriving', 'new', 'matched') AND card IS NOT NULL AND at < ? ORDER BY id LIMIT ?`, before.UnixMicro(), limit))
}

// EraseMail destroys the key of a message: who wrote it, what about, and its text.
// That it came and what became of it stays.
func (tx *Tx) EraseMail(by string, it InboxItem, reason string) error {
	d, err := tx.toDestroy(InboxStream(it.ID))
	if err != nil {
		return err
	}
	tx.Exec(`UPDATE inbox SET card = NULL WHERE id = ?`, it.ID)
	return tx.destroy(d, by, reason)
}

package app

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// Kinds of access events.
const (
	readOpened   = "access.Opened"
	readRevealed = "access.Revealed"
	readFile     = "access.FileRead"
	readPrinted  = "access.Printed"
	readExported = "access.Exported"
	readSearched = "access.Searched"
)

// note records a reading in the access stream of the case and in the read table.
func (a *App) note(ctx context.Context, who party.Actor, id complaint.ID, kind, what, why string) error {
	n, err := a.store.Counter(ctx, "access")
	if err != nil {
		return err
	}
	stream := "access/" + id.String()
	if id == 0 {
		stream = "access/search/" + strings.TrimPrefix(who.ID, "person/")
	}
	why = strings.ToValidUTF8(why, "\uFFFD") // what was searched for may be any bytes
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		return tx.AppendAccess(stream, who.ID, kind, storage.Accessed{Row: n, Case: id, What: what, Why: why})
	})
}

// noteOpening records that a case was opened, once within the minutes that the
// setting reading.merge_minutes says.
func (a *App) noteOpening(ctx context.Context, who party.Actor, id complaint.ID) error {
	if s, err := a.Rules(a.Today()).Setting("reading.merge_minutes"); err == nil && s.Int() > 0 {
		var recent bool
		since := a.now().Add(-time.Duration(s.Int()) * time.Minute)
		err := a.store.View(ctx, func(tx *storage.Tx) error {
			var n int
			err := tx.Scan(`SELECT count(*) FROM access_log WHERE case_id = ? AND at > ? AND who = ? AND kind = ?`, []any{int64(id), since.UnixMicro(), who.ID, readOpened}, &n)
			recent = n > 0
			return err
		})
		if err != nil || recent {
			return err
		}
	}
	return a.note(ctx, who, id, readOpened, "case", "")
}

// RevealReasons are the reasons a person may choose when personal data is shown in clear.
var RevealReasons = []string{"contact", "verify_identity", "payment", "letter", "audit", "other"}

// maxRevealWhy bounds the words of a reason, in characters.
const maxRevealWhy = 500

// Revealed is the personal data of a case in clear.
type Revealed struct {
	Complainant    complaint.Complainant     `json:"complainant"`
	Representative *complaint.Representative `json:"representative,omitempty"`
	Joint          *complaint.Joint          `json:"joint,omitempty"`
	Narrative      string                    `json:"narrative" doc:"With its long numbers, which pages hide"`
}

// Reveal shows personal data in clear, with a reason, and records it before it
// answers: who, why, and which fields; none means all of them.
func (a *App) Reveal(ctx context.Context, who party.Actor, id complaint.ID, reason, why string, fields ...string) (Revealed, error) {
	known := false
	for _, r := range RevealReasons {
		known = known || r == reason
	}
	if !known || reason == "other" && strings.TrimSpace(why) == "" {
		return Revealed{}, fault.New(fault.Invalid, "查看个人信息须选择原因；选“其他”时请写明")
	}
	if utf8.RuneCountInString(why) > maxRevealWhy {
		return Revealed{}, fault.New(fault.Invalid, "原因超过 %d 字，请写得短些", maxRevealWhy)
	}
	var out Revealed
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.RevealComplaint)
		out = Revealed{Complainant: c.Complainant, Representative: c.Representative, Joint: c.Joint, Narrative: c.Narrative}
		return err
	})
	if err != nil {
		return Revealed{}, err
	}
	what := "personal:" + reason
	if len(fields) > 0 {
		what += "/" + strings.Join(fields, ",")
	}
	if err := a.note(ctx, who, id, readRevealed, what, why); err != nil {
		return Revealed{}, err
	}
	return out, nil
}

// AccessEntry is one line of the access report.
type AccessEntry struct {
	At   time.Time
	Who  string
	Kind string
	Case complaint.ID
	What string
}

// AccessLog returns who read what, newest first: of one case for those who may
// trace it, of everything for the auditor.
func (a *App) AccessLog(ctx context.Context, who party.Actor, id complaint.ID, before time.Time, limit int) ([]AccessEntry, error) {
	var out []AccessEntry
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		if id != 0 {
			if _, err := a.loadFor(tx, who, id, access.TraceComplaint); err != nil {
				return err
			}
		} else if err := access.Can(who, access.ReadAudit, access.Target{}).Err(); err != nil {
			return err
		}
		q, args := `SELECT at, who, kind, case_id, what FROM access_log WHERE at < ?`, []any{before.UnixMicro()}
		if id != 0 {
			q, args = q+` AND case_id = ?`, append(args, int64(id))
		}
		rows, err := tx.Query(q+` ORDER BY at DESC, id DESC LIMIT ?`, append(args, limit)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e AccessEntry
			var at int64
			if err := rows.Scan(&at, &e.Who, &e.Kind, &e.Case, &e.What); err != nil {
				return err
			}
			e.At = time.UnixMicro(at).UTC()
			out = append(out, e)
		}
		return rows.Err()
	})
	return out, err
}

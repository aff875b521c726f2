package app

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// longestScan bounds how far back readings are looked at after a long stop.
const longestScan = 31

// FlagReadings looks at what was read since it last looked, whole days at a time,
// raises what the rules find unusual, and returns how many flags are new. It is for
// a timer; a flag that stands is never raised again, whoever looks.
func (a *App) FlagReadings(ctx context.Context) (int64, error) {
	var flags []keeping.FlagRaised
	now := a.now()
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		flags = nil
		last, err := tx.Scanned()
		if err != nil {
			return err
		}
		first := calendar.FromTime(now).AddDays(-longestScan)
		if day := calendar.FromTime(last).AddDays(-1); !last.IsZero() && day > first { // a night begins on the day before
			first = day
		}
		flags, err = unusualIn(tx, first.Time())
		return err
	})
	if err != nil {
		return 0, err
	}
	var n int64
	for _, f := range flags {
		err := a.store.Update(ctx, func(tx *storage.Tx) error {
			_, err := tx.AppendFlag(keeping.Flag{}, party.System.ID, &f)
			return err
		})
		if err == nil {
			n++
		} else if !fault.Is(err, fault.Stale) { // stale: it stands already
			return n, err
		}
	}
	return n, a.store.Update(ctx, func(tx *storage.Tx) error {
		tx.SetScanned(now)
		return nil
	})
}

// unusualIn looks at each person with enough readings since a time by themselves.
func unusualIn(tx *storage.Tx, since time.Time) (out []keeping.FlagRaised, err error) {
	rules := keeping.ReadingRules()
	least := rules[0].Least
	for _, r := range rules {
		least = min(least, r.Least)
	}
	readers, err := tx.Readers(since, least)
	if err != nil {
		return nil, err
	}
	for _, who := range readers {
		readings, err := tx.ReadingsOf(who, since)
		if err != nil {
			return nil, err
		}
		flags, err := keeping.Unusual(rules, readings, tx.UsualReads)
		if err != nil {
			return nil, err
		}
		for _, f := range flags {
			if head, err := tx.Head(keeping.FlagStream(f)); err != nil {
				return nil, err
			} else if head.Version == 0 {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// Flags lists flags of unusual reading for the auditor, the newest first: the open
// ones, or all; of one person, or of everybody.
func (a *App) Flags(ctx context.Context, who party.Actor, open bool, of party.PersonID, limit int) (out []storage.FlagRow, err error) {
	if err := access.Can(who, access.ReadAudit, access.Target{}).Err(); err != nil {
		return nil, err
	}
	actor := ""
	if of != "" {
		actor = "person/" + string(of)
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		out, err = tx.Flags(open, actor, limit)
		return err
	})
	return out, err
}

// FlagPage is a flag with the lines of the access record that raised it.
type FlagPage struct {
	keeping.Flag
	Lines []AccessLine
	Org   *Org
}

// shownFlagLines bounds the lines on the page of a flag.
const shownFlagLines = 200

// Flag returns a flag with its lines.
func (a *App) Flag(ctx context.Context, who party.Actor, stream string) (p FlagPage, err error) {
	if err := access.Can(who, access.ReadAudit, access.Target{}).Err(); err != nil {
		return p, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if p.Flag, err = tx.Flag(stream); err != nil {
			return err
		}
		p.Org, err = a.orgIn(tx)
		return err
	})
	if err != nil {
		return p, err
	}
	ids := p.Rows
	if len(ids) > shownFlagLines {
		ids = ids[:shownFlagLines]
	}
	p.Lines, err = a.AccessReport(ctx, who, AccessFilter{IDs: ids, Limit: shownFlagLines})
	return p, err
}

// CloseFlag says what the auditor made of a flag, with a note.
func (a *App) CloseFlag(ctx context.Context, who party.Actor, stream string, verdict keeping.Verdict, note string) error {
	if err := access.Can(who, access.CloseFlag, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		f, err := tx.Flag(stream)
		if err != nil {
			return err
		}
		e, err := f.Close(who.ID, verdict, note)
		if err != nil {
			return err
		}
		_, err = tx.AppendFlag(f, who.ID, e)
		return err
	})
}

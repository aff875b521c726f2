package app

import (
	"context"
	_ "embed" // the data
	"encoding/json"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

//go:embed data/archive.toml
var archiveTOML string

// archiveRules is when the archive takes cases in, and how many at a time.
type archiveRules struct {
	quietHours
	Cases   int `toml:"cases"`
	PauseMS int `toml:"pause_ms"`
}

var archiveRule = builtIn("archive.toml", archiveTOML, func(r archiveRules) bool { return r.Cases > 0 })

const archiveKind = "archive"

// archiveYears names the setting: so many years after closing, 0 for never.
const archiveYears = "archive.years"

// Archived is what one run of the archive took in.
type Archived struct {
	storage.ArchiveSize
	Before calendar.Date `json:"before"` // closed on or before
	Later  int64         `json:"later"`  // cases that something happened in meanwhile, left for the next run
	// Damaged counts the cases whose record does not agree with its chain; they stay
	// where they are. Which names the first few.
	Damaged int64          `json:"damaged,omitempty"`
	Which   []complaint.ID `json:"which,omitempty"`
	Failure string         `json:"failure,omitempty"`
}

// ArchiveStatus is how the archive stands.
type ArchiveStatus struct {
	Size  storage.ArchiveSize
	Years int64     // after closing; 0 for never
	At    time.Time // of the newest run, zero when there was none
	State string    // storage.RunGood and the like
	Last  Archived
}

// Archive returns how the archive stands.
func (a *App) Archive(ctx context.Context, who party.Actor) (s ArchiveStatus, err error) {
	if err := access.Can(who, access.ReadRetention, access.Target{}).Err(); err != nil {
		return s, err
	}
	if s.Years, err = a.archiveYears(ctx); err != nil {
		return s, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if s.Size, err = tx.ArchiveSize(); err != nil {
			return err
		}
		runs, err := tx.Upkeep(archiveKind, 1)
		if err != nil || len(runs) == 0 {
			return err
		}
		s.At, s.State = runs[0].Started, runs[0].State
		return json.Unmarshal(runs[0].Doc, &s.Last)
	})
	return s, err
}

func (a *App) archiveYears(ctx context.Context) (int64, error) {
	if err := a.loadRules(ctx); err != nil {
		return 0, err
	}
	s, err := a.Rules(a.Today()).Setting(archiveYears)
	return s.Int(), err
}

// KeepArchive packs the cases that are old enough, in the quiet hours of each day.
// Of several copies of the program one does it; the run is on record. What is left
// when the hours are over comes the next day. It is called every minute or so.
func (a *App) KeepArchive(ctx context.Context) error {
	now := a.now().In(calendar.Zone)
	end, quiet := archiveRule().within(now)
	if !quiet {
		return nil
	}
	years, err := a.archiveYears(ctx)
	if err != nil || years == 0 {
		return err
	}
	id := archiveKind + "/" + now.Format("20060102")
	var last []storage.Run
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		last, err = tx.Upkeep(archiveKind, 1)
		return err
	})
	if err != nil || len(last) > 0 && last[0].ID == id {
		return err
	}
	if mine, err := a.claimUpkeep(ctx, id, archiveKind); err != nil || !mine {
		return err
	}
	return a.runArchive(ctx, id, years, func() bool { return a.now().Before(end) })
}

// ArchiveAsSet stands for the years of the setting.
const ArchiveAsSet = -1

// ArchiveNow packs every case that was closed so many years ago (ArchiveAsSet: as the
// setting says), and waits for it: the command line. progress gets what is packed so
// far; it may be nil.
func (a *App) ArchiveNow(ctx context.Context, years int64, progress func(Archived)) (Archived, error) {
	if years < 0 {
		var err error
		if years, err = a.archiveYears(ctx); err != nil {
			return Archived{}, err
		}
		if years == 0 {
			return Archived{}, fault.New(fault.Conflict, "设置里没有开启归档（年数为 0）。要现在归档，请用 --years 写明办结满几年。")
		}
	}
	return a.archive(ctx, years, func() bool { return true }, progress)
}

// runArchive notes how a run ended. The error is of the run itself.
func (a *App) runArchive(ctx context.Context, id string, years int64, goOn func() bool) error {
	done, failed := a.archive(ctx, years, goOn, nil)
	if failed != nil {
		done.Failure = fault.Message(failed)
	}
	if done.Cases > 0 {
		a.log.Info("cases were archived", "cases", done.Cases, "events", done.Events, "bytes", done.Bytes)
	}
	return a.endUpkeep(ctx, id, archiveKind, done, failed)
}

// archive packs what is old enough. Damaged cases hinder no other; they are told of
// at the end.
func (a *App) archive(ctx context.Context, years int64, goOn func() bool, progress func(Archived)) (done Archived, err error) {
	done.Before = calendar.FromTime(a.Today().Time().AddDate(-int(years), 0, 0))
	if err := a.archiveClosed(ctx, &done, goOn, progress); err != nil || done.Damaged == 0 {
		return done, err
	}
	return done, fault.New(fault.Conflict, "%d 件投诉（%s）的台账记录与校验值不符，没有归档；其余照常归档。请管理员运行 xiaobao verify 查明。", done.Damaged, nameCases(done.Which, done.Damaged))
}

// nameCases lists cases by number of record, and says when there are more.
func nameCases(ids []complaint.ID, all int64) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.Stream()
	}
	out := strings.Join(names, "、")
	if int64(len(ids)) < all {
		out += " 等"
	}
	return out
}

// archiveClosed walks the closed cases, the oldest first, while goOn says so.
func (a *App) archiveClosed(ctx context.Context, done *Archived, goOn func() bool, progress func(Archived)) error {
	rule := archiveRule()
	for after := (storage.ClosedCursor{}); goOn(); {
		var page []storage.ClosedCursor
		err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
			page, err = tx.ToArchive(done.Before, after, rule.Cases)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		if err := a.archivePage(ctx, page, done); err != nil {
			return err
		}
		if progress != nil {
			progress(*done)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rule.PauseMS) * time.Millisecond):
		}
	}
	return nil
}

// namedDamaged is how many damaged cases a run names.
const namedDamaged = 5

// archivePage packs cases in one transaction; when something has happened in one
// of them, or one is damaged, each by itself.
func (a *App) archivePage(ctx context.Context, page []storage.ClosedCursor, done *Archived) error {
	ids := make([]complaint.ID, len(page))
	for i, at := range page {
		ids[i] = at.ID
	}
	added, err := a.store.Archive(ctx, ids)
	stale, damaged := fault.Is(err, fault.Stale), fault.Is(err, fault.Conflict)
	switch {
	case (stale || damaged) && len(page) > 1:
		for i := range page {
			if err := a.archivePage(ctx, page[i:i+1], done); err != nil {
				return err
			}
		}
		return nil
	case stale:
		done.Later++
		return nil
	case damaged:
		if done.Damaged++; len(done.Which) < namedDamaged {
			done.Which = append(done.Which, ids[0])
		}
		a.log.Error("a case is damaged and was not archived", "case", int64(ids[0]), "error", err)
		return nil
	}
	done.Cases, done.Events, done.Bytes = done.Cases+added.Cases, done.Events+added.Events, done.Bytes+added.Bytes
	return err
}

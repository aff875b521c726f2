package app

import (
	"context"
	_ "embed" // the data
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

//go:embed data/strays.toml
var straysTOML string

// strayRules is when and within which bounds files that nothing names are removed.
type strayRules struct {
	quietHours
	EveryDays int `toml:"every_days"`
	AgeHours  int `toml:"age_hours"`
	Always    int `toml:"always"`
	Percent   int `toml:"percent"`
}

var strayRule = builtIn("strays.toml", straysTOML, func(r strayRules) bool { return r.AgeHours > 0 && r.EveryDays > 0 })

const filesKind = "files"

// KeepFiles removes, in a quiet hour of every so many days, the files that an
// upload left which was broken off. Of several copies of the program one does it;
// the run is on record. It is called every minute or so.
func (a *App) KeepFiles(ctx context.Context) error {
	rule := strayRule()
	now := a.now().In(calendar.Zone)
	if _, quiet := rule.within(now); !quiet {
		return nil
	}
	var last []storage.Run
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		last, err = tx.Upkeep(filesKind, 1)
		return err
	})
	if err != nil || len(last) > 0 && now.Sub(last[0].Started) < time.Duration(rule.EveryDays)*24*time.Hour-time.Hour {
		return err
	}
	id := filesKind + "/" + now.Format("20060102")
	if mine, err := a.claimUpkeep(ctx, id, filesKind); err != nil || !mine {
		return err
	}
	return a.removeStrays(ctx, id, storage.Strays{Age: time.Duration(rule.AgeHours) * time.Hour, Always: rule.Always, Percent: rule.Percent})
}

// straysDoc is what a run leaves on record.
type straysDoc struct {
	storage.RemovedStrays
	Failure string `json:"failure,omitempty"`
}

func (a *App) removeStrays(ctx context.Context, id string, bounds storage.Strays) error {
	var doc straysDoc
	var failed error
	if doc.RemovedStrays, failed = a.store.RemoveStrays(ctx, bounds); failed != nil {
		doc.Failure = fault.Message(failed)
	}
	if doc.Removed > 0 {
		a.log.Info("files that nothing names were removed", "files", doc.Removed, "bytes", doc.Bytes)
	}
	return a.endUpkeep(ctx, id, filesKind, doc, failed)
}

package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const (
	checkpointKind = "checkpoint"
	// checkpointMemory is how long the list of exports goes back; the files stay.
	checkpointMemory = 5 * 365 * 24 * time.Hour
	// checkpointPause is how long after a failed export the next is tried.
	checkpointPause = 10 * time.Minute
	checkpointRows  = 30
)

// CheckpointExport is one checkpoint that was written to the folder.
type CheckpointExport struct {
	At      time.Time `json:"-"`
	Good    bool      `json:"-"`
	Note    string    `json:"note"`            // the signed text
	File    string    `json:"file"`            // name in the folder
	Proof   string    `json:"proof,omitempty"` // name of the growth file since the one before
	By      string    `json:"by,omitempty"`    // who asked; "" is the schedule
	Failure string    `json:"failure,omitempty"`

	Checkpoint ledger.Checkpoint `json:"-"`
	Agrees     error             `json:"-"` // nil: the ledger of today begins with what it vouches for

	growth []byte // what stands in the file Proof
}

// CheckpointStatus is how the export of checkpoints stands.
type CheckpointStatus struct {
	Dir         string   // "": into no folder
	Mail        []string // addresses that they are mailed to, masked
	Every       time.Duration
	PublicKey   string
	Fingerprint string
	Algorithms  storage.Algorithms // what new events and new texts are made with
	Exports     []CheckpointExport // newest first
}

// SetCheckpoints says into which folder checkpoints are written; "" is none. It is
// called before serving.
func (a *App) SetCheckpoints(dir string) { a.checkpoints = dir }

// Checkpoints returns the exported checkpoints, each compared with the ledger as it
// is today.
func (a *App) Checkpoints(ctx context.Context, who party.Actor) (CheckpointStatus, error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return CheckpointStatus{}, err
	}
	s := CheckpointStatus{Dir: a.checkpoints, Mail: a.checkpointReaders(), Every: a.checkpointEvery(), PublicKey: a.store.PublicKey(), Fingerprint: dossier.Fingerprint(a.store.PublicKey()), Algorithms: a.store.Algorithms()}
	note, err := a.store.Checkpoint(ctx)
	if err != nil {
		return s, err
	}
	now, err := ledger.VerifyCheckpoint(note, s.PublicKey)
	if err != nil {
		return s, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		runs, err := tx.Upkeep(checkpointKind, checkpointRows)
		for _, r := range runs {
			s.Exports = append(s.Exports, a.checkpointExport(tx, r, now))
		}
		return err
	})
	return s, err
}

// checkpointExport reads a run and compares its checkpoint with today's.
func (a *App) checkpointExport(tx *storage.Tx, r storage.Run, now ledger.Checkpoint) CheckpointExport {
	e := CheckpointExport{At: r.Started, Good: r.State == storage.RunGood}
	_ = json.Unmarshal(r.Doc, &e) // a row of a newer program shows its time at least
	if e.Note == "" {
		return e
	}
	if e.Checkpoint, e.Agrees = ledger.VerifyCheckpoint([]byte(e.Note), a.store.PublicKey()); e.Agrees == nil {
		_, e.Agrees = tx.Growth(e.Checkpoint, now)
	}
	return e
}

func (a *App) checkpointEvery() time.Duration {
	s, err := a.Rules(a.Today()).Setting("checkpoint.export_hours")
	if err != nil {
		return 24 * time.Hour
	}
	return time.Duration(s.Int()) * time.Hour
}

// KeepCheckpoints exports a checkpoint when one is due. It is called every minute
// or so, by any number of copies of the program: one of them writes each.
func (a *App) KeepCheckpoints(ctx context.Context) error {
	if !a.keepsCheckpoints() {
		return nil
	}
	if err := a.loadRules(ctx); err != nil {
		return err
	}
	var last storage.Run
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		last, err = tx.LastRun(checkpointKind, "")
		return err
	})
	wait := a.checkpointEvery()
	if last.State == storage.RunBad {
		wait = min(wait, checkpointPause)
	}
	if err != nil || last.ID != "" && a.now().Sub(last.Started) < wait {
		return err
	}
	_, err = a.exportCheckpoint(ctx, fmt.Sprintf("%s/%d", checkpointKind, a.now().Truncate(min(wait, time.Hour)).Unix()), "")
	if fault.Is(err, fault.Stale) {
		return nil // another copy was quicker
	}
	return err
}

// ExportCheckpoint exports one at once.
func (a *App) ExportCheckpoint(ctx context.Context, who party.Actor) (CheckpointExport, error) {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return CheckpointExport{}, err
	}
	if !a.keepsCheckpoints() {
		return CheckpointExport{}, fault.New(fault.Conflict, "没有设置检查点目录，也没有设置接收检查点的邮箱。请在配置文件里写明 checkpoint-dir 或 checkpoint-mail，或用命令 xiaobao checkpoint --out。")
	}
	return a.exportCheckpoint(ctx, fmt.Sprintf("%s/%d", checkpointKind, a.now().UnixMicro()), who.ID)
}

// exportCheckpoint writes checkpoint and growth file and notes how it went. An
// older export that does not agree with the ledger is a failure that says so, and
// the files of the new one are written all the same.
func (a *App) exportCheckpoint(ctx context.Context, id, by string) (CheckpointExport, error) {
	if err := a.store.Write(ctx, func(w *storage.Writer) error { return w.BeginRun(id, checkpointKind) }); err != nil {
		return CheckpointExport{}, err
	}
	e, err := a.writeCheckpoint(ctx)
	e.By, e.At, e.Good = by, a.now(), err == nil
	state := storage.RunGood
	if err != nil {
		state, e.Failure = storage.RunBad, fault.Message(err)
	}
	doc, jerr := json.Marshal(e)
	mails, merr := a.checkpointMails(e)
	noted := a.store.Write(context.WithoutCancel(ctx), func(w *storage.Writer) error {
		for _, o := range mails {
			if err := w.Post(o); err != nil {
				return err
			}
		}
		if _, err := w.DropRuns(checkpointKind, a.now().Add(-checkpointMemory)); err != nil {
			return err
		}
		return w.EndRun(id, state, doc)
	})
	return e, errors.Join(err, jerr, merr, noted)
}

func (a *App) writeCheckpoint(ctx context.Context) (CheckpointExport, error) {
	var e CheckpointExport
	note, err := a.store.Checkpoint(ctx)
	if err != nil {
		return e, err
	}
	if e.Checkpoint, err = ledger.VerifyCheckpoint(note, a.store.PublicKey()); err != nil {
		return e, err
	}
	e.Note, e.File = string(note), fmt.Sprintf("checkpoint-%012d.txt", e.Checkpoint.Size)
	if err := a.checkpointDir(); err != nil {
		return e, err
	}
	if err := a.writeProofFile(e.File, note); err != nil {
		return e, err
	}
	if err := a.writeProofFile(dossier.KeyName, []byte(a.store.PublicKey()+"\n")); err != nil {
		return e, err
	}
	return e, a.writeGrowth(ctx, &e)
}

// writeGrowth proves that the newest good export is the beginning of this one.
func (a *App) writeGrowth(ctx context.Context, e *CheckpointExport) error {
	var g ledger.Growth
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		last, err := tx.LastRun(checkpointKind, storage.RunGood)
		if err != nil || last.ID == "" {
			return err
		}
		older := a.checkpointExport(tx, last, e.Checkpoint)
		if older.Agrees != nil {
			return older.Agrees
		}
		g = ledger.Growth{Origin: e.Checkpoint.Origin, Old: older.Checkpoint.Size, New: e.Checkpoint.Size}
		g.Proof, err = tx.Growth(older.Checkpoint, e.Checkpoint)
		return err
	})
	if err != nil || g.Old == g.New {
		return err
	}
	e.Proof = fmt.Sprintf("growth-%012d-%012d.txt", g.Old, g.New)
	e.growth = g.Text()
	return a.writeProofFile(e.Proof, e.growth)
}

func (a *App) checkpointDir() error {
	if a.checkpoints == "" {
		return nil
	}
	return a.unwrittenProof(folder.MkdirAll(a.checkpoints, 0o750))
}

// writeProofFile writes a small file whole or not at all; the same again is no
// change. Without a folder there is nothing to write.
func (a *App) writeProofFile(name string, content []byte) error {
	if a.checkpoints == "" {
		return nil
	}
	path := filepath.Join(a.checkpoints, name)
	if old, err := os.ReadFile(path); err == nil && slices.Equal(old, content) { // #nosec G304: folder of the configuration, name of ours
		return nil
	}
	f, err := os.CreateTemp(a.checkpoints, ".checkpoint-*")
	if err == nil {
		_, err = f.Write(content)
		err = errors.Join(err, folder.Own(f, a.checkpoints), f.Chmod(0o640), f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}
	return a.unwrittenProof(err)
}

func (a *App) unwrittenProof(err error) error {
	switch {
	case err == nil:
		return nil
	case folder.Refused(err):
		return fault.Wrap(fault.Unavailable, err, "检查点没有写到 %s。"+folder.Mend, a.checkpoints)
	}
	return fault.Wrap(fault.Unavailable, err, "检查点没有写到 %s，请检查目录和空间", a.checkpoints)
}

// CompareCheckpoints checks exported checkpoints against each other and the ledger:
// the first error found, or how many were compared.
func (a *App) CompareCheckpoints(ctx context.Context, all []ledger.Checkpoint) error {
	all = slices.SortedFunc(slices.Values(all), func(x, y ledger.Checkpoint) int { return int(x.Size - y.Size) })
	return a.store.View(ctx, func(tx *storage.Tx) error {
		for i := 1; i < len(all); i++ {
			if _, err := tx.Growth(all[i-1], all[i]); err != nil {
				return err
			}
		}
		if len(all) == 1 {
			_, err := tx.Growth(all[0], all[0])
			return err
		}
		return nil
	})
}

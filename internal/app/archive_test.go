package app_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
)

// seen is everything that a person is shown of a case.
func (w world) seen(id complaint.ID) string {
	w.Helper()
	p := w.caseOf(id)
	out, err := json.Marshal([]any{p.Case, p.History})
	w.ok(err)
	f, err := w.app.OpenFile(ctx, w.who("bj"), id, 1)
	w.ok(err)
	text, err := io.ReadAll(f)
	w.ok(err)
	w.ok(f.Close())
	return string(out) + string(text)
}

// another complaint than the one that is archived.
var another = complaint.Register{Narrative: "理财经理没有说明风险等级。", Complainant: complaint.Complainant{Name: "诸葛明", Phone: "13900005678"}}

func (w world) archived() app.ArchiveStatus {
	w.Helper()
	s, err := w.app.Archive(ctx, w.who("office"))
	w.ok(err)
	return s
}

// TestKeepArchive: at night what was closed long ago is packed, and nobody who reads
// it, finds it, verifies, rebuilds, erases or reopens it notices anything but the note.
func TestKeepArchive(t *testing.T) {
	each(t, func(w world) {
		r := w.erasable()
		young := w.register("bj", another)
		_, err := w.s.Checkpoint(ctx)
		w.ok(err)
		w.register("bj", another)
		before := w.seen(r.ID)

		w.ok(w.app.KeepArchive(ctx)) // at ten in the morning
		if s := w.archived(); s.Size.Cases != 0 || !s.At.IsZero() || s.Years != 1 {
			w.Fatalf("by day: %+v", s)
		}
		*w.now = calendar.Of(2031, 4, 2).Time().Add(2 * 3600e9)
		w.ok(w.app.KeepArchive(ctx))
		w.ok(w.app.KeepArchive(ctx))
		s := w.archived()
		if s.Size.Cases != 1 || s.State != storage.RunGood || s.Last.Cases != 1 || s.Last.Before != calendar.Of(2030, 4, 2) {
			w.Errorf("%+v", s)
		}
		if got := w.seen(r.ID); got != before {
			w.Errorf("now\n%s\nbefore\n%s", got, before)
		}
		if at := w.caseOf(r.ID).ArchivedAt; !at.Equal(*w.now) {
			w.Errorf("archived at %v", at)
		}
		if at := w.caseOf(young.ID).ArchivedAt; !at.IsZero() {
			w.Errorf("an open case archived at %v", at)
		}
		found, err := w.app.Find(ctx, w.who("office"), "欧阳春晓", 0, 10)
		w.ok(err)
		if len(found.Rows) != 1 {
			w.Errorf("found %d", len(found.Rows))
		}
		if r := w.verified(w.caseFile("bjlead", r.ID, app.CaseFileRequest{Reason: "regulator", Why: "调阅"})); r.Events < 5 {
			w.Errorf("case file: %+v", r)
		}
		w.archivedStays(r)
		w.archivedIsErased(r)
	})
}

// archivedStays: a rebuild and the removal of files that nothing names change nothing.
func (w world) archivedStays(r app.Receipt) {
	w.Helper()
	w.alike()
	key, err := seal.NewCaseKey(zeros{}, seal.AES256GCM)
	w.ok(err)
	_, _, err = w.s.Files().Put(ctx, key, r.ID.Stream(), strings.NewReader("欧阳春晓 三月五日扣年费三百元"), 99) // the attachment: an event in the archive names it
	w.ok(err)
	gone, err := w.s.RemoveStrays(ctx, storage.Strays{Age: -1, Always: 100, Percent: 100})
	w.ok(err)
	if gone.Removed != 0 || gone.Files != 1 {
		w.Errorf("of %d files %d were removed", gone.Files, gone.Removed)
	}
	check, err := w.s.Verify(ctx, storage.VerifyOptions{})
	w.ok(err)
	if !check.OK() || check.Archived == 0 {
		w.Errorf("verify: %+v", check)
	}
}

// archivedIsErased erases an archived case, which brings it back among the living,
// and packs it again.
func (w world) archivedIsErased(r app.Receipt) {
	w.Helper()
	*w.now = calendar.Of(2031, 4, 2).Time().Add(10 * 3600e9)
	n, err := w.app.ProposeDue(ctx, w.who("office"), 0)
	w.ok(err)
	w.ok(w.app.DecideRun(ctx, w.who("exec"), n, true, ""))
	w.gone(r.ID, n)
	if at := w.caseOf(r.ID).ArchivedAt; !at.IsZero() {
		w.Errorf("with something new in it, archived at %v", at)
	}
	_, err = w.s.Checkpoint(ctx)
	w.ok(err)
	w.register("bj", another)
	done, err := w.app.ArchiveNow(ctx, app.ArchiveAsSet, nil)
	w.ok(err)
	if done.Cases != 0 || done.Events != 1 || w.caseOf(r.ID).ArchivedAt.IsZero() {
		w.Errorf("packed again: %+v", done)
	}
	w.gone(r.ID, n)
}

// A damaged case is left where it is and told of; what is behind it is packed.
func TestArchivePassesDamagedCases(t *testing.T) {
	each(t, func(w world) {
		bad := w.erasable()
		*w.now = calendar.Of(2026, 4, 1).Time().Add(10 * 3600e9)
		good := w.erasable()
		_, err := w.s.Checkpoint(ctx)
		w.ok(err)
		w.register("bj", another)
		w.ok(w.s.Write(ctx, func(tx *storage.Writer) error {
			_, err := tx.Exec(`UPDATE event SET kind = 'other' WHERE stream = ? AND version = 2`, bad.ID.Stream())
			return err
		}))

		done, err := w.app.ArchiveNow(ctx, 0, nil)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), bad.ID.Stream()) || done.Damaged != 1 || done.Cases != 1 {
			w.Errorf("%v, %+v", err, done)
		}
		if at := w.caseOf(good.ID).ArchivedAt; at.IsZero() {
			w.Error("the case behind the damaged one was not packed")
		}
		*w.now = calendar.Of(2033, 4, 2).Time().Add(2 * 3600e9)
		if err := w.app.KeepArchive(ctx); !fault.Is(err, fault.Conflict) {
			w.Errorf("at night: %v", err)
		}
		if s := w.archived(); s.State != storage.RunBad || !strings.Contains(s.Last.Failure, bad.ID.Stream()) {
			w.Errorf("on record: %+v", s)
		}
	})
}

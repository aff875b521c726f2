package storage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
)

// ByHook is the way out of the house by webhook.
const ByHook = "hook"

// Hook returns a target of webhooks; fault.NotFound when there is none, or none any more.
func (tx *Tx) Hook(id int64) (hook.Target, error) {
	t, events, err := foldStream(tx, hook.Stream(id), hook.EventKinds, hook.Target.Apply)
	if err == nil && (events == 0 || t.IsDeleted) {
		err = fault.New(fault.NotFound, "没有第 %d 号接收方，可能已被删除", id)
	}
	return t, err
}

// Hooks returns every target, the oldest first.
func (tx *Tx) Hooks() ([]hook.Target, error) {
	ids, err := scanIDs(tx.Query(`SELECT id FROM hook ORDER BY id`))
	if err != nil {
		return nil, err
	}
	out := make([]hook.Target, len(ids))
	for i, id := range ids {
		if out[i], err = tx.Hook(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// HookRow says what a target that is on is told of.
type HookRow struct {
	ID int64
	hook.Config
}

// outset is what a snapshot knows of what nearly every command asks.
type outset struct {
	version map[string]int64
	hooks   []HookRow
}

// Separators of the targets of webhooks, and of what is said of each, in one text.
const (
	targetEnd = "\x1e"
	fieldEnd  = "\x1f"
)

const askOutset = `SELECT coalesce((SELECT max(version) FROM event WHERE stream = ?), 0),
	coalesce((SELECT string_agg(CAST(id AS TEXT) || '` + fieldEnd + `' || unit || '` + fieldEnd + `' || kinds, '` + targetEnd + `') FROM hook WHERE active = ?), '')`

// Outset returns the last version of a stream by which a command begins, 0 for none. In
// the same question it asks for the targets of webhooks that are on: an append costs
// none of its own, and sees them as of its snapshot, whichever copy has changed them. A
// snapshot asks once. It is not for streams that the archive takes in.
func (tx *Tx) Outset(stream string) (int64, error) {
	if v, known := tx.outset.version[stream]; known {
		return v, nil
	}
	var version int64
	var hooks string
	if err := tx.Scan(askOutset, []any{stream, true}, &version, &hooks); err != nil {
		return 0, err
	}
	if tx.outset.version == nil {
		tx.outset.version = map[string]int64{}
	}
	tx.outset.version[stream], tx.outset.hooks = version, parseHooks(hooks)
	return version, nil
}

func parseHooks(text string) (out []HookRow) {
	if text == "" {
		return nil
	}
	for target := range strings.SplitSeq(text, targetEnd) {
		id, rest, _ := strings.Cut(target, fieldEnd)
		unit, kinds, _ := strings.Cut(rest, fieldEnd)
		n, _ := strconv.ParseInt(id, 10, 64) // the database wrote it
		out = append(out, HookRow{n, hook.Config{Unit: party.UnitID(unit), Kinds: strings.Fields(kinds)}})
	}
	slices.SortFunc(out, func(a, b HookRow) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// ActiveHooks returns the targets that are on, as of the snapshot; of the configuration
// kinds and unit only. After an Outset it costs nothing.
func (tx *Tx) ActiveHooks() ([]HookRow, error) {
	if tx.outset.version == nil {
		if _, err := tx.Outset(""); err != nil {
			return nil, err
		}
	}
	return tx.outset.hooks, nil
}

// AppendHook appends events to a target and writes its row.
func (tx *Tx) AppendHook(t hook.Target, by string, events ...hook.Event) (hook.Target, error) {
	for _, e := range events {
		after := t.Apply(e, tx.at, by)
		if err := tx.Append(hook.Stream(after.ID), after.Version, by, e.Kind(), e); err != nil {
			return t, err
		}
		t = after
	}
	tx.projectHook(t)
	return t, nil
}

func (tx *Tx) projectHook(t hook.Target) {
	if t.IsDeleted {
		tx.Exec(`DELETE FROM hook WHERE id = ?`, t.ID)
		return
	}
	tx.Exec(`INSERT INTO hook (id, active, unit, kinds) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET active = excluded.active, unit = excluded.unit, kinds = excluded.kinds`,
		t.ID, t.On, string(t.Unit), strings.Join(t.Kinds, " "))
}

// DeleteHook ends a target: its key with address and secrets is destroyed, and what
// waits for it, or was given up, does not go any more.
func (tx *Tx) DeleteHook(t hook.Target, by string) error {
	stream := hook.Stream(t.ID)
	if _, err := tx.AppendHook(t, by, &hook.Deleted{}); err != nil {
		return err
	}
	d, err := tx.toDestroy(stream)
	if err != nil {
		return err
	}
	tx.Exec(`DELETE FROM outbox WHERE way = ? AND target = ? AND state <> 'sent'`, ByHook, stream)
	tx.EndHold(ByHook, stream)
	return tx.destroy(d, by, "接收方已删除")
}

func (tx *Tx) rebuildHook(w *Writer, stream string) error {
	t, _, err := foldStream(tx, stream, hook.EventKinds, hook.Target.Apply)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	return w.Project(tx, func(sub *Tx) error {
		sub.projectHook(t)
		return nil
	})
}

// SwitchHookOff turns a target off that is on, for a reason of the program's own.
func (w *Writer) SwitchHookOff(id int64, why string) error {
	n, err := w.Exec(`UPDATE hook SET active = ? WHERE id = ? AND active = ?`, false, id, true)
	if err != nil || n == 0 {
		return err
	}
	_, err = w.AppendTail(hook.Stream(id), party.System.ID, hook.KindSwitched, &hook.Switched{Why: why})
	return err
}

// SentSince reports whether a target has taken anything since a time.
func (w *Writer) SentSince(way, target string, since time.Time) (bool, error) {
	var n int
	err := w.Scan(`SELECT count(*) FROM (SELECT 1 FROM outbox WHERE way = ? AND target = ? AND state = 'sent' AND tried > ? LIMIT 1) x`, []any{way, target, since.UnixMicro()}, &n)
	return n > 0, err
}

// PutOff lets everything that waits for a target wait until a time at least, but what
// somebody is trying at the moment, which the lease shows.
func (w *Writer) PutOff(way, target string, until time.Time, lease time.Duration) error {
	_, err := w.Exec(`UPDATE outbox SET due = ? WHERE way = ? AND target = ? AND state = 'waiting' AND due < ? AND due <> tried + ?`, until.UnixMicro(), way, target, until.UnixMicro(), lease.Microseconds())
	return err
}

// CallIn lets everything that waits for a target be tried at once.
func (w *Writer) CallIn(way, target string, lease time.Duration) error {
	now := w.Now().UnixMicro()
	_, err := w.Exec(`UPDATE outbox SET due = ? WHERE way = ? AND target = ? AND state = 'waiting' AND due > ? AND due <> tried + ?`, now, way, target, now, lease.Microseconds())
	return err
}

// PostAllAgain lets everything that was given up for a target be tried anew, as often
// as if it were new. It returns how many there are.
func (w *Writer) PostAllAgain(way, target string) (int64, error) {
	if err := w.EndHold(way, target); err != nil {
		return 0, err
	}
	return w.Exec(`UPDATE outbox SET state = 'waiting', due = ?, tries = 0 WHERE way = ? AND target = ? AND state = 'given_up'`, w.Now().UnixMicro(), way, target)
}

// DropTries forgets messages of a kind to a target that do not wait.
func (tx *Tx) DropTries(way, target, kind string) {
	tx.Exec(`DELETE FROM outbox WHERE way = ? AND target = ? AND kind = ? AND state <> 'waiting'`, way, target, kind)
}

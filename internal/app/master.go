package app

import (
	"bytes"
	"context"
	"encoding/json"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// ModelRewrapped is the event of a model's key wrapped under another master key.
type ModelRewrapped struct {
	Topic complaint.Topic `json:"topic"`
	Key   []byte          `json:"key"` // wrapped
}

// Rewrap wraps every key that the master key wraps under the newest one: those of
// streams, second factors, jobs and models. A change must have been begun. Broken
// off, it goes on where it was. Jobs must not be running: they hold their keys.
func (a *App) Rewrap(ctx context.Context, progress func(done, total int64)) (int64, error) {
	if err := a.noJobRuns(ctx); err != nil {
		return 0, err
	}
	n, err := a.store.RewrapStreams(ctx, progress)
	if err != nil {
		return n, err
	}
	for _, step := range []func(context.Context) (int64, error){a.rewrapSecrets, a.rewrapJobs, a.rewrapModels} {
		m, err := step(ctx)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (a *App) noJobRuns(ctx context.Context) error {
	return a.store.View(ctx, func(tx *storage.Tx) error {
		var n int64
		if err := tx.Scan(`SELECT count(*) FROM job WHERE state IN (?, ?)`, []any{ImportRunning, ImportChecking}, &n); err != nil || n == 0 {
			return err
		}
		return fault.New(fault.Conflict, "有 %d 项任务（导入、批量扫描、识别或训练）正在运行，它们拿着旧的密钥。请等它们结束，或在页面上停止，再运行一次。", n)
	})
}

// rewrapRow is one value to be changed, if it is still what was read.
type rewrapRow struct {
	key      string
	old, new []byte
}

// rewrapRows reads rows of a key and a value, changes what is stale and stores it.
func (a *App) rewrapRows(ctx context.Context, query, update string, change func(key string, value []byte) ([]byte, error), store func([]byte) any) (n int64, err error) {
	var todo []rewrapRow
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r rewrapRow
			if err := rows.Scan(&r.key, &r.old); err != nil {
				return err
			}
			if r.new, err = change(r.key, r.old); err != nil {
				return err
			}
			if r.new != nil {
				todo = append(todo, r)
			}
		}
		return rows.Err()
	})
	if err != nil || len(todo) == 0 {
		return 0, err
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		n = 0
		for _, r := range todo {
			m, err := w.Exec(update, store(r.new), r.key, store(r.old))
			if n += m; err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// rewrapSecrets changes the keys that stand before authenticators' secrets.
func (a *App) rewrapSecrets(ctx context.Context) (n int64, err error) {
	for _, column := range []string{"totp", "totp_new"} {
		m, err := a.rewrapRows(ctx, `SELECT person, `+column+` FROM account WHERE `+column+` IS NOT NULL ORDER BY person`,
			`UPDATE account SET `+column+` = ? WHERE person = ? AND `+column+` = ?`,
			func(person string, b []byte) ([]byte, error) {
				if len(b) <= wrappedKey {
					return nil, nil
				}
				fresh, err := a.store.Keys().Rewrap(a.rand, b[:wrappedKey], secretAAD(party.PersonID(person)))
				if fresh == nil || err != nil {
					return nil, err
				}
				return append(fresh, b[wrappedKey:]...), nil
			}, func(b []byte) any { return b })
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// rewrapJobs changes the keys in the documents of jobs that have one.
func (a *App) rewrapJobs(ctx context.Context) (int64, error) {
	return a.rewrapRows(ctx, `SELECT id, doc FROM job ORDER BY id`, `UPDATE job SET doc = ? WHERE id = ? AND doc = ?`,
		func(id string, b []byte) ([]byte, error) {
			var head struct {
				Key []byte `json:"key"`
			}
			if json.Unmarshal(b, &head) != nil || len(head.Key) != wrappedKey {
				return nil, nil
			}
			fresh, err := a.store.Keys().Rewrap(a.rand, head.Key, jobOwner(id))
			if fresh == nil || err != nil {
				return nil, err
			}
			old, err := json.Marshal(head.Key)
			if err != nil {
				return nil, err
			}
			put, err := json.Marshal(fresh)
			if err != nil {
				return nil, err
			}
			return bytes.Replace(b, old, put, 1), nil // the rest of the document stays to the byte
		}, func(b []byte) any { return string(b) })
}

// rewrapModels notes the changed keys of models: the events that made them stay as they are.
func (a *App) rewrapModels(ctx context.Context) (n int64, err error) {
	infos, err := a.Models(ctx)
	if err != nil {
		return 0, err
	}
	for _, info := range infos {
		if !info.Ready() {
			continue
		}
		fresh, err := a.store.Keys().Rewrap(a.rand, info.Key, info.owner())
		if err != nil {
			return n, err
		}
		if fresh == nil {
			continue
		}
		if err := a.noteModel(ctx, party.System, "model.Rewrapped", ModelRewrapped{info.Topic, fresh}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

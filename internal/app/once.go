package app

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// KeyedRequest is a request that may be sent again under the same key. Digest is
// a hash of what it asks for.
type KeyedRequest struct {
	Key    string
	Digest [32]byte
}

// RegisterKeyed is Register for a program that repeats a request when it got no
// answer: the same key of the same person is answered as it was the first time,
// byte for byte, and nothing is registered again. answer writes what is kept;
// it is stored in the same transaction as the case. The same key with another
// request is Invalid.
func (a *App) RegisterKeyed(ctx context.Context, who party.Actor, req KeyedRequest, d complaint.Register, answer func(Receipt) ([]byte, error)) (kept []byte, again bool, err error) {
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return nil, false, err
	}
	for try := 1; ; try++ {
		if kept, err = a.answered(ctx, who, req); kept != nil || err != nil {
			return kept, true, err
		}
		kept, err = a.registerKeyed(ctx, who, req, d, answer)
		if fault.Is(err, fault.Stale) && try < tries {
			continue // the same request ran at once: its answer is there now
		}
		return kept, false, err
	}
}

// keepAnswers is how long a program may repeat a request under its key.
const keepAnswers = 7 * 24 * time.Hour

// DropAnswers deletes the answers of requests that are too old to be repeated; a
// timer calls it.
func (a *App) DropAnswers(ctx context.Context) (n int64, err error) {
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		n, err = w.ForgetAnswers(w.Now().Add(-keepAnswers))
		return err
	})
	return n, err
}

// answered returns what the request was answered before, nil when it is new.
func (a *App) answered(ctx context.Context, who party.Actor, req KeyedRequest) (kept []byte, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		old, err := tx.Answered(req.Key, who.ID, req.Digest)
		if old != nil {
			kept = old.Response
		}
		return err
	})
	if fault.Is(err, fault.Conflict) {
		text := "这个幂等键（Idempotency-Key）已经用于另一个内容不同的请求：请为新的请求换一个键"
		err = &fault.Error{Kind: fault.Invalid, Text: text, Violations: []fault.Violation{{Field: "Idempotency-Key", Text: text}}, Cause: err}
	}
	return kept, err
}

func (a *App) registerKeyed(ctx context.Context, who party.Actor, req KeyedRequest, d complaint.Register, answer func(Receipt) ([]byte, error)) (kept []byte, err error) {
	id, number, err := a.newNumber(ctx)
	if err != nil {
		return nil, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		c, env, err := a.open(tx, who, d, id, number)
		if err != nil {
			return err
		}
		kept, err = answer(Receipt{ID: id, Number: number, Owner: c.Owner, Unit: c.Unit, Version: c.Version, Deadlines: c.Deadlines(env.Rules, env.Cal)})
		if err == nil {
			tx.Remember(req.Key, who.ID, req.Digest, storage.Answer{Status: http.StatusCreated, Response: kept})
		}
		return err
	})
	return kept, err
}

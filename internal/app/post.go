package app

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"time"

	"golang.org/x/sync/errgroup"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/post"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// PostConfig is how the program reaches others. The zero value reaches nobody.
type PostConfig struct {
	SMTP        post.SMTP
	IMAP        post.IMAP
	Hooks       post.HookPolicy
	Base        string   // address of the pages, such as https://xiaobao.bank.example
	Checkpoints []string // addresses that signed checkpoints are mailed to
}

//go:embed data/post.toml
var postTOML string

// postData are the waits and defaults of data/post.toml.
type postData struct {
	Mail struct {
		Waits                   []time.Duration
		Lines                   int
		Digest, Overdue, Urgent bool
	}
	Hook struct {
		Waits                     []time.Duration
		Timeout, Overlap, Longest time.Duration
		Most                      int
	}
	Inbox struct {
		Most   int64
		Refuse []string
		Days   int
	}
	Log struct{ Days int }
}

var postRules = builtIn[postData]("post.toml", postTOML, nil)

const (
	// postLease is how long a claimed message is left to who claimed it: longer than
	// one try can take. After a crash it is tried again when the lease is over.
	postLease = 5 * time.Minute
	// postAtOnce is how many messages are tried side by side.
	postAtOnce = 4
)

// SetPost says how the program reaches others. It is called before serving.
func (a *App) SetPost(c PostConfig) { a.post = c }

// postID names a message: the same thing said to the same receiver has the same
// name, at this installation and no other.
func (a *App) postID(parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{a.store.PublicKey()}, parts...) {
		_, _ = h.Write([]byte(p + "\x00")) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// page is the address of a page, "" when the configuration does not say where the
// pages are.
func (p PostConfig) page(path string) string {
	if p.Base == "" {
		return ""
	}
	return p.Base + path
}

// herald posts what the events of a case cause, in their own transaction.
func (a *App) herald(tx *storage.Tx, before, after complaint.Case, by string, events []complaint.Event) error {
	for _, e := range events {
		if r, ok := e.(*complaint.Reminded); ok && a.post.SMTP.On() {
			if err := a.mailReminder(tx, after, by, r); err != nil {
				return err
			}
		}
	}
	return a.tellHooks(tx, happened{"complaint", after.ID.String(), after.Number, after.Version, [2]access.Target{before.Target(), after.Target()}}, kindsOf(events))
}

// heraldReview is herald for reviews.
func (a *App) heraldReview(tx *storage.Tx, before, after review.Review, _ string, events []review.Event) error {
	return a.tellHooks(tx, happened{"review", after.ID.String(), after.Number, after.Version, [2]access.Target{before.Target(), after.Target()}}, kindsOf(events))
}

func kindsOf[E interface{ Kind() string }](events []E) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Kind()
	}
	return out
}

// wayOut is one way out of the house: how often a message is tried, how it is handed
// over, and what else a try means, in the unit that notes it.
type wayOut struct {
	name    string
	waits   func(storage.Outgoing) []time.Duration
	longest time.Duration // most that is waited because the other side asks for it
	send    func(context.Context, storage.Outgoing) post.Outcome
	settled func(w *storage.Writer, o storage.Outgoing, state string, next time.Time) error // nil: nothing
}

// deliver tries every message of a way whose time has come, some side by side. It returns how
// many were tried. When the program dies in between, what was claimed is tried again.
func (a *App) deliver(ctx context.Context, way wayOut) (n int64, err error) {
	for {
		var waiting bool
		if err := a.store.View(ctx, func(tx *storage.Tx) error {
			waiting, err = tx.OutboxDue(way.name)
			return err
		}); err != nil || !waiting {
			return n, err
		}
		var claimed []storage.Outgoing
		if err := a.store.Write(ctx, func(w *storage.Writer) error {
			claimed, err = w.ClaimOutgoing(way.name, postAtOnce, postLease)
			return err
		}); err != nil {
			return n, err
		}
		n += int64(len(claimed))
		var all errgroup.Group
		for _, o := range claimed {
			all.Go(func() error { return a.deliverOne(ctx, way, o) })
		}
		if err := all.Wait(); err != nil || len(claimed) == 0 {
			return n, err
		}
	}
}

func (a *App) deliverOne(ctx context.Context, way wayOut, o storage.Outgoing) error {
	begin := time.Now()
	out := way.send(ctx, o)
	if out.Err != nil && ctx.Err() != nil {
		return ctx.Err() // stopped in the middle: the lease gives it back
	}
	o.Took, o.Code, o.Answer = time.Since(begin), out.Code, out.Text
	now := a.now()
	state, next, waits := storage.OutSent, now, way.waits(o)
	switch {
	case out.Err == nil:
	case out.Final || o.Tries > len(waits):
		state = storage.OutGivenUp
	default:
		state, next = storage.OutWaiting, next.Add(max(waits[o.Tries-1], min(out.After, way.longest)))
	}
	if state == storage.OutGivenUp {
		a.log.Error("given up", "way", o.Way, "kind", o.Kind, "id", o.ID, "tries", o.Tries, "code", o.Code)
	}
	return a.store.Write(context.WithoutCancel(ctx), func(w *storage.Writer) error {
		if err := w.SettleOutgoing(o, state, next); err != nil {
			return err
		}
		if wait := min(out.After, way.longest); wait > 0 {
			if err := w.HoldOutgoing(o.Way, o.Target, now.Add(wait)); err != nil {
				return err
			}
		}
		if way.settled == nil {
			return nil
		}
		return way.settled(w, o, state, next)
	})
}

// PostStates says how each way out stands that is in use, for metrics and doctor.
func (a *App) PostStates(ctx context.Context) (map[string]storage.OutboxState, error) {
	out := map[string]storage.OutboxState{}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		for _, way := range []string{storage.ByMail, storage.ByHook} {
			s, err := tx.OutboxState(way, "")
			if err != nil {
				return err
			}
			out[way] = s
		}
		return nil
	})
	return out, err
}

// DropPost forgets the log of what was sent or given up long ago.
func (a *App) DropPost(ctx context.Context) (n int64, err error) {
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		n, err = w.DropOutgoing(w.Now().AddDate(0, 0, -postRules().Log.Days))
		return err
	})
	return n, err
}

// again lets a message of a way be tried anew.
func (a *App) again(ctx context.Context, way, id string) error {
	if id == "" {
		return fault.New(fault.NotFound, "没有这条待发送的记录")
	}
	return a.store.Write(ctx, func(w *storage.Writer) error { return w.PostAgain(way, id) })
}

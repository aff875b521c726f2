package app

import (
	"context"
	"io"
	"strconv"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
)

// HookTimeout is how long one try of a webhook may take.
func HookTimeout() time.Duration { return postRules().Hook.Timeout }

// happened is what webhooks are told of: a case or a review after its last event.
type happened struct {
	object, id, number string
	version            int64
	seen               [2]access.Target // before and after
}

// byUnit reports whether a unit may know of it: whether it may read the thing as it was
// before or as it is now. So the unit that a case leaves hears that it has left, and
// the one that is asked to take it that it is asked.
func (h happened) byUnit(tree *party.Tree, unit party.UnitID) bool {
	path := tree.Path(unit)
	return access.UnitReads(path, h.seen[0]) || access.UnitReads(path, h.seen[1])
}

// tellHooks posts a message for each event to each target that asked for it, in the
// transaction of the events.
func (a *App) tellHooks(tx *storage.Tx, what happened, events []string) error {
	if !a.post.Hooks.On() {
		return nil
	}
	targets, err := tx.ActiveHooks()
	if err != nil || len(targets) == 0 {
		return err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return err
	}
	for i, e := range events {
		kind, version := hook.KindOf(e), what.version-int64(len(events)-1-i)
		for _, t := range targets {
			if !t.Tells(kind) || t.Unit != "" && !what.byUnit(org.Tree, t.Unit) {
				continue
			}
			m := hook.Message{Type: kind, Timestamp: tx.Now(), Data: hook.Data{Object: what.object, ID: what.id, Number: what.number, Step: e, URL: a.post.page("/" + what.object + "s/" + what.id)}}
			if err := a.postHook(tx, t.ID, m, what.object+"/"+what.id, version); err != nil {
				return err
			}
		}
	}
	return nil
}

// postHook puts a message into the outbox. about and version name it: at every try,
// and should it be posted twice, it has the same id.
func (a *App) postHook(tx *storage.Tx, target int64, m hook.Message, about string, version int64) error {
	body, err := m.Body()
	if err != nil {
		return err
	}
	to := hook.Stream(target)
	tx.Post(storage.Outgoing{ID: "msg_" + a.postID(storage.ByHook, to, about, strconv.FormatInt(version, 10)), Way: storage.ByHook, Target: to, Kind: m.Type, Doc: body})
	return nil
}

// SendHooks hands over the messages of webhooks whose time has come.
func (a *App) SendHooks(ctx context.Context) (int64, error) {
	if !a.post.Hooks.On() {
		return 0, nil
	}
	return a.deliver(ctx, wayOut{name: storage.ByHook, waits: hookWaits, longest: postRules().Hook.Longest, send: a.sendHook, settled: a.hookSettled})
}

// hookWaits are the waits between tries; somebody waits for the answer to a test.
func hookWaits(o storage.Outgoing) []time.Duration {
	if o.Kind == hook.Test {
		return nil
	}
	return postRules().Hook.Waits
}

// errOff says that a target is not told anything.
var errOff = fault.New(fault.Conflict, "接收方已停用，启用后可以再发")

func (a *App) sendHook(ctx context.Context, o storage.Outgoing) post.Outcome {
	var t hook.Target
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		t, err = tx.Hook(hook.Parse(o.Target))
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return post.Outcome{Text: fault.Message(err), Final: true, Err: err}
	case err != nil:
		return post.Outcome{Text: "database", Err: err}
	case !t.On && o.Kind != hook.Test:
		return post.Outcome{Text: fault.Message(errOff), Final: true, Err: errOff}
	}
	now := a.now()
	var secrets []post.Secret
	for _, s := range t.Secrets(now) {
		secrets = append(secrets, post.Secret(s))
	}
	return a.post.Hooks.Deliver(ctx, t.Address, secrets, post.HookMessage{ID: o.ID, At: now, Body: o.Doc})
}

// hookSettled draws the consequences of a try. A receiver that is down, or asks to
// wait, is asked once a wait, not once for each message, and gets all of them when it
// is back; one that took nothing until a message was given up is turned off, and so at
// once is one that says that it is gone, be it to a test.
func (a *App) hookSettled(w *storage.Writer, o storage.Outgoing, state string, next time.Time) error {
	switch {
	case state == storage.OutGivenUp && o.Code == gone:
		return w.SwitchHookOff(hook.Parse(o.Target), "对方答复 410：不再需要")
	case o.Kind == hook.Test:
		return nil
	case state == storage.OutWaiting && (o.Code == 0 || o.Code >= 500 || o.Code == tooMany):
		return w.PutOff(storage.ByHook, o.Target, next, postLease)
	case state == storage.OutSent:
		return w.CallIn(storage.ByHook, o.Target, postLease)
	case state != storage.OutGivenUp:
		return nil
	}
	taken, err := w.SentSince(storage.ByHook, o.Target, o.Created)
	if err != nil || taken {
		return err
	}
	return w.SwitchHookOff(hook.Parse(o.Target), "一条消息重试到最后仍没有送达，其间也没有送达别的消息。最后一次的结果："+o.Answer)
}

// Answers of HTTP that mean something here.
const (
	gone    = 410
	tooMany = 429
)

// secretBytes is the length of a secret: what Standard Webhooks takes is 24 to 64.
const secretBytes = 32

func (a *App) hookSecret() (string, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(a.rand, b); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法生成密钥")
	}
	return string(post.HookSecret(b)), nil
}

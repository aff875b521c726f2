package ledger

import "fmt"

// DamageKind says what happened to a ledger.
type DamageKind string

// The kinds of damage a walk can find.
const (
	Changed   DamageKind = "changed"    // an event's content differs from its hash
	Missing   DamageKind = "missing"    // an event is gone, later ones of the stream are there
	Reordered DamageKind = "reordered"  // an event stands elsewhere than its version says, or twice
	WrongLink DamageKind = "wrong_link" // an event does not follow the one before it, or is of another stream
	Truncated DamageKind = "truncated"  // fewer events than a checkpoint vouches for
	WrongRoot DamageKind = "wrong_root" // the events up to a checkpoint are not those it vouches for
)

// Damage is the first thing found wrong. It is an error; its text is Chinese
// and holds no content of the event.
type Damage struct {
	Kind    DamageKind `json:"kind"`
	Stream  string     `json:"stream,omitempty"`  // empty for a damage of the tree
	Version int64      `json:"version,omitempty"` // version at which the walk stopped
	Seq     int64      `json:"seq,omitempty"`
	Text    string     `json:"text"`
}

// Error returns where and what.
func (d *Damage) Error() string {
	if d.Stream == "" {
		return "台账：" + d.Text
	}
	return fmt.Sprintf("台账：%s 第 %d 条：%s", d.Stream, d.Version, d.Text)
}

func (e Event) damage(kind DamageKind, text string) *Damage {
	return &Damage{Kind: kind, Stream: e.Stream, Version: e.Version, Seq: e.Seq, Text: text}
}

// Head is the end of a stream: what its next event has to follow. The zero Head
// is the beginning of any stream.
type Head struct {
	Stream  string
	Version int64
	Hash    [32]byte
}

// VerifyStream walks all events of one stream from its first and returns the
// first damage as a *Damage, or nil. That events were cut off the end a chain
// cannot know: see VerifyCheckpoints.
func VerifyStream(events []Event) error {
	_, err := VerifyFrom(Head{}, events)
	return err
}

// VerifyFrom walks the events that follow head, so that a long stream can be
// verified in pieces, and returns the new head.
func VerifyFrom(head Head, events []Event) (Head, error) {
	for i, e := range events {
		if head.Version == 0 {
			head.Stream = e.Stream
		}
		if e.Stream != head.Stream {
			return head, e.damage(WrongLink, "记录属于另一条流水")
		}
		if want := head.Version + 1; e.Version != want {
			return head, misplaced(e, want, events[i:])
		}
		if err := e.Check(head.Hash); err != nil {
			return head, err
		}
		head.Version, head.Hash = e.Version, e.Hash
	}
	return head, nil
}

// misplaced tells a gap from a wrong order: the wanted version is either gone
// or further down.
func misplaced(e Event, want int64, rest []Event) *Damage {
	if e.Version < want {
		return e.damage(Reordered, fmt.Sprintf("此处应为第 %d 条，记录重复或顺序被改动", want))
	}
	for _, later := range rest {
		if later.Version == want {
			return e.damage(Reordered, fmt.Sprintf("此处应为第 %d 条，顺序被改动", want))
		}
	}
	gone := e
	gone.Version, gone.Seq = want, 0
	return gone.damage(Missing, fmt.Sprintf("缺少第 %d 条，其后的记录仍在", want))
}

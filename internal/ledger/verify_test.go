package ledger_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/ledger"
)

func chain(stream string, n int) []ledger.Event {
	events := make([]ledger.Event, n)
	var prev [32]byte
	for i := range events {
		events[i] = ledger.Event{Seq: int64(i) + 1, Stream: stream, Version: int64(i) + 1, Kind: "complaint.noted", By: "p1",
			At: time.UnixMicro(1_777_000_000_000_000 + int64(i)), Body: fmt.Appendf(nil, `{"n":%d}`, i)}
		if i%2 == 0 {
			events[i].Sealed = []byte{1, 2, byte(i)}
		}
		events[i].Link(prev)
		prev = events[i].Hash
	}
	return events
}

func TestVerifyStream(t *testing.T) {
	relink := func(e *ledger.Event) { e.Link(e.Prev) }
	for _, test := range []struct {
		name    string
		damage  func([]ledger.Event) []ledger.Event
		want    ledger.DamageKind
		version int64
	}{
		{"whole", func(e []ledger.Event) []ledger.Event { return e }, "", 0},
		{"no events", func(e []ledger.Event) []ledger.Event { return nil }, "", 0},
		{"sealed part erased", func(e []ledger.Event) []ledger.Event { e[2].Sealed = nil; return e }, "", 0},
		{"other sequence number", func(e []ledger.Event) []ledger.Event { e[2].Seq = 99; return e }, "", 0},
		{"body", func(e []ledger.Event) []ledger.Event { e[2].Body = []byte(`{"n":7}`); return e }, ledger.Changed, 3},
		{"kind", func(e []ledger.Event) []ledger.Event { e[2].Kind = "x"; return e }, ledger.Changed, 3},
		{"by", func(e []ledger.Event) []ledger.Event { e[2].By = "p2"; return e }, ledger.Changed, 3},
		{"at", func(e []ledger.Event) []ledger.Event { e[2].At = e[2].At.Add(time.Microsecond); return e }, ledger.Changed, 3},
		{"field border moved", func(e []ledger.Event) []ledger.Event { e[2].Kind, e[2].By = e[2].Kind+"p", "1"; return e }, ledger.Changed, 3},
		{"algorithm", func(e []ledger.Event) []ledger.Event { e[2].Alg = "none"; return e }, ledger.Changed, 3},
		{"sealed part", func(e []ledger.Event) []ledger.Event { e[2].Sealed = []byte{9}; return e }, ledger.Changed, 3},
		{"sealed part and its sum", func(e []ledger.Event) []ledger.Event {
			e[2].Sealed, e[2].SealedSum = e[0].Sealed, e[0].SealedSum
			return e
		}, ledger.Changed, 3},
		{"sealed part where none was", func(e []ledger.Event) []ledger.Event { e[1].Sealed = []byte{9}; return e }, ledger.Changed, 2},
		{"sum wiped", func(e []ledger.Event) []ledger.Event { e[2].Sealed, e[2].SealedSum = nil, [32]byte{}; return e }, ledger.Changed, 3},
		{"changed and hashed anew", func(e []ledger.Event) []ledger.Event { e[2].By = "p2"; relink(&e[2]); return e }, ledger.WrongLink, 4},
		{"first missing", func(e []ledger.Event) []ledger.Event { return e[1:] }, ledger.Missing, 1},
		{"one missing", func(e []ledger.Event) []ledger.Event { return slices.Delete(e, 2, 3) }, ledger.Missing, 3},
		{"two missing", func(e []ledger.Event) []ledger.Event { return slices.Delete(e, 2, 4) }, ledger.Missing, 3},
		{"missing and renumbered", func(e []ledger.Event) []ledger.Event {
			e = slices.Delete(e, 2, 3)
			e[2].Version = 3
			return e
		}, ledger.Changed, 3},
		{"missing, renumbered and hashed anew", func(e []ledger.Event) []ledger.Event {
			e = slices.Delete(e, 2, 3)
			e[2].Version = 3
			relink(&e[2])
			return e
		}, ledger.WrongLink, 3},
		{"two swapped", func(e []ledger.Event) []ledger.Event { e[2], e[3] = e[3], e[2]; return e }, ledger.Reordered, 4},
		{"twice", func(e []ledger.Event) []ledger.Event { return slices.Insert(e, 3, e[2]) }, ledger.Reordered, 3},
		{"swapped with their versions", func(e []ledger.Event) []ledger.Event {
			e[2].Body, e[3].Body = e[3].Body, e[2].Body
			return e
		}, ledger.Changed, 3},
		{"from another stream", func(e []ledger.Event) []ledger.Event { e[2] = chain("complaint/2", 5)[2]; return e }, ledger.WrongLink, 3},
		{"from another stream, linked", func(e []ledger.Event) []ledger.Event {
			e[2].Stream = "complaint/2"
			relink(&e[2])
			return e
		}, ledger.WrongLink, 3},
		{"last twice", func(e []ledger.Event) []ledger.Event { return append(e, e[4]) }, ledger.Reordered, 5},
		{"unknown algorithm, hashed anew", func(e []ledger.Event) []ledger.Event {
			e[2].Alg = "none"
			e[2].Hash = hashOf(e[2])
			return e
		}, ledger.Changed, 3},
		{"from another stream, renamed", func(e []ledger.Event) []ledger.Event {
			e[2] = chain("complaint/2", 5)[2]
			e[2].Stream = "complaint/1"
			return e
		}, ledger.Changed, 3},
	} {
		err := ledger.VerifyStream(test.damage(chain("complaint/1", 5)))
		d, _ := errors.AsType[*ledger.Damage](err)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: got %v", test.name, err)
			}
			continue
		}
		if d == nil || d.Kind != test.want || d.Version != test.version {
			t.Errorf("%s: got %+v, want %s at %d", test.name, d, test.want, test.version)
		}
	}
}

// hashOf is what Hash is by its definition.
func hashOf(e ledger.Event) [32]byte {
	var b []byte
	for _, s := range []string{"xiaobao event", e.Alg, e.Stream, e.Kind, e.By} {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(e.Version))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = slices.Concat(b, e.SealedSum[:], e.Prev[:])
	b = append(binary.BigEndian.AppendUint64(b, uint64(len(e.Body))), e.Body...)
	return sha256.Sum256(b)
}

// Hashes that stand in databases and in exported checkpoints must never change.
func TestHashIsFixed(t *testing.T) {
	e := chain("complaint/1", 3)[2]
	if e.Hash != hashOf(e) {
		t.Error("not the hash of the definition")
	}
	const want = "1c91862fdacfc661288c93dd6ee8302f39c0bc1604c0da3dd0d0881f4601f98a"
	if got := hex.EncodeToString(e.Hash[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerifyFromPieces(t *testing.T) {
	events := chain("access/2026", 10)
	var head ledger.Head
	for piece := range slices.Chunk(events, 3) {
		var err error
		if head, err = ledger.VerifyFrom(head, piece); err != nil {
			t.Fatal(err)
		}
	}
	if head.Version != 10 || head.Hash != events[9].Hash || head.Stream != "access/2026" {
		t.Errorf("got head %+v", head)
	}
	if _, err := ledger.VerifyFrom(head, events[9:]); err == nil {
		t.Error("a repeated piece passed")
	}
}

func TestLinkCutsTime(t *testing.T) {
	e := ledger.Event{At: time.Date(2026, 5, 1, 8, 0, 0, 1999, time.FixedZone("CST", 8*3600))}
	e.Link([32]byte{})
	if want := time.Date(2026, 5, 1, 0, 0, 0, 1000, time.UTC); e.At != want {
		t.Errorf("got %v, want %v", e.At, want)
	}
	stored := e
	stored.At = time.UnixMicro(e.At.UnixMicro())
	if err := stored.Check([32]byte{}); err != nil {
		t.Error(err)
	}
}

// Any single changed bit of a body, of a hash or of a link is found.
func TestVerifyFindsAnyBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := chain("s", rapid.IntRange(1, 8).Draw(t, "n"))
		e := &events[rapid.IntRange(0, len(events)-1).Draw(t, "event")]
		part := [][]byte{e.Body, e.Hash[:], e.Prev[:], e.SealedSum[:]}[rapid.IntRange(0, 3).Draw(t, "part")]
		part[rapid.IntRange(0, len(part)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if ledger.VerifyStream(events) == nil {
			t.Fatal("not found")
		}
	})
}

func BenchmarkLink(b *testing.B) {
	e := chain("complaint/123456", 1)[0]
	e.Body = make([]byte, 600)
	b.ReportAllocs()
	for b.Loop() {
		e.Link(e.Hash)
	}
}

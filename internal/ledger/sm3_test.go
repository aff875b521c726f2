package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/fault"
)

// The vectors of GB/T 32905-2016, annex A.
func TestSM3Vectors(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := SealedSum(AlgSM3, []byte(in)); fmt.Sprintf("%x", got) != want {
			t.Errorf("%q: %x, want %s", in, got, want)
		}
		if got := sm3Sum([]byte(in)); fmt.Sprintf("%x", got) != want {
			t.Errorf("our own, %q: %x, want %s", in, got, want)
		}
	}
}

// The library agrees with the standard as written out, whatever the length.
func TestSM3IsTheStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 1, 600).Draw(t, "msg")
		if got, want := SealedSum(AlgSM3, msg), sm3Sum(msg); got != want {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

func TestAlgOf(t *testing.T) {
	for name, want := range map[string]string{"sha256": AlgSHA256, "sm3": AlgSM3} {
		if got, err := AlgOf(name); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "SM3", "sm3/1", "md5"} {
		if _, err := AlgOf(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The sum of the sealed part is made the same way as that of the event, except in
// the first way of SM3.
func TestSealedSum(t *testing.T) {
	ct := []byte("ct")
	for alg, want := range map[string][32]byte{AlgSHA256: sha256.Sum256(ct), algSM3Fields: sha256.Sum256(ct), AlgSM3: sm3Sum(ct)} {
		if got := SealedSum(alg, ct); got != want {
			t.Errorf("%s: %x", alg, got)
		}
		if SealedSum(alg, nil) != [32]byte{} {
			t.Errorf("%s: nothing has a sum", alg)
		}
	}
}

func BenchmarkLink(b *testing.B) {
	for name, alg := range Algs {
		b.Run(name, func(b *testing.B) {
			e := Event{Stream: "case/1", Version: 1, Kind: "case.registered", Body: make([]byte, 400), Sealed: make([]byte, 1024)}
			for b.Loop() {
				e.LinkAs(alg, [32]byte{})
			}
		})
	}
}

// A stream whose events are hashed in two ways verifies; a changed byte, or the name
// of the other way, does not.
func TestMixedLedgerVerifies(t *testing.T) {
	var events []Event
	var prev [32]byte
	for i, alg := range []string{AlgSHA256, AlgSM3, algSM3Fields, AlgSM3, AlgSHA256} {
		e := Event{Stream: "s", Version: int64(i + 1), Kind: "k", By: "p", At: time.Unix(1e9, 0), Body: []byte(`{"n":1}`), Sealed: []byte("ct")}
		e.LinkAs(alg, prev)
		prev = e.Hash
		events = append(events, e)
	}
	if err := VerifyStream(events); err != nil {
		t.Fatal(err)
	}
	for i := range events {
		e := events[i]
		e.Body = []byte(`{"n":2}`)
		if e.Check(e.Prev) == nil {
			t.Errorf("event %d: changed and not found", i)
		}
		e = events[i]
		for _, alg := range []string{AlgSHA256, AlgSM3, algSM3Fields} {
			if e.Alg = alg; alg != events[i].Alg && e.Check(e.Prev) == nil {
				t.Errorf("event %d: the way was exchanged for %s and not found", i, alg)
			}
		}
		if e = events[i]; e.SealedSum[0] == 0 && e.SealedSum[1] == 0 {
			t.Errorf("event %d: no sum of the sealed part", i)
		}
	}
	e := events[0]
	if e.Alg = "md5/1"; e.Check(e.Prev) == nil {
		t.Error("an unknown way is taken")
	}
}

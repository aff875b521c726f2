package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The vectors of GB/T 32905-2016, annex A.
func TestSM3Vectors(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := sm3Sum([]byte(in)); fmt.Sprintf("%x", got) != want {
			t.Errorf("%q: %x, want %s", in, got, want)
		}
	}
}

// A stream whose events are hashed in two ways verifies; a changed byte, or the name
// of the other way, does not.
func TestMixedLedgerVerifies(t *testing.T) {
	var events []Event
	var prev [32]byte
	for i, alg := range []string{AlgSHA256, AlgSM3, AlgSM3, AlgSHA256} {
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
		if e.Alg = AlgSM3; events[i].Alg == AlgSM3 {
			e.Alg = AlgSHA256
		}
		if e.Check(e.Prev) == nil {
			t.Errorf("event %d: the way was exchanged and not found", i)
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

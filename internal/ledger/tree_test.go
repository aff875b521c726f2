package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// store keeps a tree's hashes in memory.
type store struct {
	hashes []ledger.Hash
	size   int64
}

func (s *store) read(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(s.hashes)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = s.hashes[x]
	}
	return out, nil
}

func (s *store) add(t interface{ Fatal(...any) }, events ...[32]byte) {
	hashes, err := ledger.AppendLeaves(s.size, events, s.read)
	if err != nil {
		t.Fatal(err)
	}
	s.hashes, s.size = append(s.hashes, hashes...), s.size+int64(len(events))
	if int64(len(s.hashes)) != ledger.StoredCount(s.size) {
		t.Fatal("stored count")
	}
}

func (s *store) root(t interface{ Fatal(...any) }, n int64) ledger.Hash {
	root, err := ledger.Root(n, s.read)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func eventHashes(n int) [][32]byte {
	out := make([][32]byte, n)
	for i := range out {
		out[i] = sha256.Sum256([]byte{byte(i), byte(i >> 8)})
	}
	return out
}

// However the events are cut into batches, the stored hashes and roots are the
// same, and the frontier gives the same root without any of them.
func TestTreeBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := eventHashes(rapid.IntRange(0, 200).Draw(t, "n"))
		var single, batched store
		var frontier ledger.Frontier
		for _, e := range events {
			single.add(t, e)
			frontier.Add(e)
		}
		for rest := events; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
			batched.add(t, rest[:n]...)
			rest = rest[n:]
		}
		root := single.root(t, single.size)
		if !slices.Equal(single.hashes, batched.hashes) || frontier.Root() != root || frontier.Size() != single.size {
			t.Fatal("trees differ")
		}
		for i, e := range events {
			if single.hashes[ledger.LeafIndex(int64(i))] != ledger.Leaf(e) {
				t.Fatalf("leaf %d is not where it should be", i)
			}
		}
	})
}

func TestRootIsRFC6962(t *testing.T) {
	leaf := func(e [32]byte) [32]byte { return sha256.Sum256(append([]byte{0}, e[:]...)) }
	node := func(l, r [32]byte) [32]byte { return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:])) }
	e := eventHashes(3)
	var s store
	s.add(t, e...)
	want := node(node(leaf(e[0]), leaf(e[1])), leaf(e[2]))
	if got := s.root(t, 3); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 300).Draw(t, "n")
		events := eventHashes(n)
		var s store
		s.add(t, events...)
		size, i := int64(n), rapid.Int64Range(0, int64(n)-1).Draw(t, "event")
		root := s.root(t, size)
		proof, err := ledger.ProveEvent(size, i, s.read)
		if err != nil || ledger.CheckEvent(proof, size, root, i, events[i]) != nil {
			t.Fatalf("event %d of %d: %v", i, n, err)
		}
		other := (i + 1) % size
		if ledger.CheckEvent(proof, size, root, i, events[other]) == nil {
			t.Fatal("another event passed")
		}
		old := rapid.Int64Range(1, size).Draw(t, "old")
		growth, err := ledger.ProveGrowth(size, old, s.read)
		if err != nil || ledger.CheckGrowth(growth, size, root, old, s.root(t, old)) != nil {
			t.Fatalf("growth %d to %d: %v", old, n, err)
		}
		if ledger.CheckGrowth(growth, size, root, old, ledger.Hash{1}) == nil {
			t.Fatal("another beginning passed")
		}
	})
}

func TestStoreThatFails(t *testing.T) {
	gone := errors.New("disk gone")
	for name, read := range map[string]ledger.ReadHashes{
		"error":   func([]int64) ([]ledger.Hash, error) { return nil, gone },
		"too few": func([]int64) ([]ledger.Hash, error) { return nil, nil },
	} {
		if _, err := ledger.AppendLeaves(1, eventHashes(1), read); err == nil {
			t.Errorf("%s: append passed", name)
		}
		if _, err := ledger.Root(2, read); err == nil {
			t.Errorf("%s: root passed", name)
		}
	}
}

func signer(t *testing.T, seed byte) *ledger.Signer {
	s, err := ledger.NewSigner("bank-01", [32]byte{seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, ledgerZone)

var ledgerZone = time.FixedZone("CST", 8*3600)

func TestCheckpoint(t *testing.T) {
	s := signer(t, 1)
	msg, err := s.SignCheckpoint(12345, ledger.Hash{1, 2, 3}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.Checkpoint{Origin: "xiaobao/bank-01", Size: 12345, Root: ledger.Hash{1, 2, 3}, At: noon.UTC()}
	got, err := ledger.VerifyCheckpoint(msg, s.PublicKey()+"\n")
	if err != nil || got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
	if lines := strings.Split(string(msg), "\n"); lines[0] != "xiaobao/bank-01" || lines[1] != "12345" || lines[3] != "2026-05-01T04:00:00Z" || lines[4] != "" {
		t.Errorf("got note\n%s", msg)
	}
	again, _ := signer(t, 1).SignCheckpoint(12345, ledger.Hash{1, 2, 3}, noon)
	if !bytes.Equal(msg, again) {
		t.Error("signing is not deterministic")
	}
}

func TestVerifyCheckpointRefuses(t *testing.T) {
	s, other := signer(t, 1), signer(t, 2)
	msg, _ := s.SignCheckpoint(12345, ledger.Hash{1}, noon)
	replaced := func(old, with string) []byte { return bytes.Replace(msg, []byte(old), []byte(with), 1) }
	for _, test := range []struct {
		name string
		msg  []byte
		key  string
		want string
	}{
		{"size changed", replaced("12345", "12344"), s.PublicKey(), "改动"},
		{"time changed", replaced("04:00", "05:00"), s.PublicKey(), "改动"},
		{"line added", replaced("Z\n", "Z\nx\n"), s.PublicKey(), "改动"},
		{"origin changed", replaced("xiaobao/bank-01", "xiaobao/bank-02"), s.PublicKey(), "改动"},
		{"signature of another key", msg, other.PublicKey(), "不是用这把公钥"},
		{"no signature", msg[:bytes.Index(msg, []byte("\n\n"))+1], s.PublicKey(), "格式"},
		{"empty", nil, s.PublicKey(), "格式"},
		{"no key", msg, "", "公钥"},
	} {
		_, err := ledger.VerifyCheckpoint(test.msg, test.key)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// The key of one installation cannot vouch for another.
func TestVerifyCheckpointOfAnotherOrigin(t *testing.T) {
	s := signer(t, 1)
	msg, err := note.Sign(&note.Note{Text: "xiaobao/bank-02\n7\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n2026-05-01T04:00:00Z\n"}, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.VerifyCheckpoint(msg, s.PublicKey()); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "bank-02") {
		t.Errorf("got %v", err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	root := "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	good := "xiaobao/a\n7\n" + root + "\n2026-05-01T04:00:00Z\n"
	if cp, err := ledger.ParseCheckpoint(good + "later line\n"); err != nil || cp.Size != 7 || cp.Root[0] != 1 {
		t.Fatalf("got %+v, %v", cp, err)
	}
	for name, text := range map[string]string{
		"empty":          "",
		"short":          "xiaobao/a\n7\n",
		"foreign":        strings.Replace(good, "xiaobao/", "sum/", 1),
		"negative size":  strings.Replace(good, "7", "-7", 1),
		"odd size":       strings.Replace(good, "7", "007", 1),
		"short root":     strings.Replace(good, root, "AQ==", 1),
		"root no base64": strings.Replace(good, "AQAA", "....", 1),
		"time":           strings.Replace(good, "2026-05", "2026-13", 1),
	} {
		if _, err := ledger.ParseCheckpoint(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNewSignerRefuses(t *testing.T) {
	for _, id := range []string{"", "a b", "a+b", "a\nb", "支行", strings.Repeat("x", 65)} {
		if _, err := ledger.NewSigner(id, [32]byte{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestVerifyCheckpoints(t *testing.T) {
	events := eventHashes(100)
	var s store
	s.add(t, events...)
	at := func(n int64) ledger.Checkpoint { return ledger.Checkpoint{Size: n, Root: s.root(t, n), At: noon} }
	checkpoints := []ledger.Checkpoint{at(70), at(0), at(100), at(1), at(70)}
	swapped := slices.Clone(events)
	swapped[10], swapped[11] = swapped[11], swapped[10]
	other := slices.Clone(events)
	other[69][0] ^= 1
	for _, test := range []struct {
		name   string
		events [][32]byte
		want   ledger.DamageKind
		seq    int64
	}{
		{"whole", events, "", 0},
		{"grown", append(slices.Clone(events), [32]byte{1}), "", 0},
		{"last cut off", events[:99], ledger.Truncated, 99},
		{"all cut off", nil, ledger.Truncated, 0},
		{"cut between checkpoints", events[:80], ledger.Truncated, 80},
		{"one deleted and one added", slices.Concat(events[:5], events[6:], events[:1]), ledger.WrongRoot, 70},
		{"two swapped", swapped, ledger.WrongRoot, 70},
		{"one changed", other, ledger.WrongRoot, 70},
		{"first changed", slices.Concat(events[1:2], events[1:]), ledger.WrongRoot, 1},
		{"inserted", slices.Insert(slices.Clone(events), 80, [32]byte{7}), ledger.WrongRoot, 100},
	} {
		n, err := ledger.VerifyCheckpoints(checkpoints, sequence(test.events, nil))
		d, _ := errors.AsType[*ledger.Damage](err)
		if n != int64(len(test.events)) || test.want == "" && err != nil || test.want != "" && (d == nil || d.Kind != test.want || d.Seq != test.seq) {
			t.Errorf("%s: got %d, %+v, want %s at %d", test.name, n, err, test.want, test.seq)
		}
	}
	gone := errors.New("disk gone")
	if _, err := ledger.VerifyCheckpoints(checkpoints, sequence(events[:3], gone)); !errors.Is(err, gone) {
		t.Errorf("got %v, want the store's error", err)
	}
}

func sequence(events [][32]byte, end error) iter.Seq2[[32]byte, error] {
	return func(yield func([32]byte, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
		if end != nil {
			yield([32]byte{}, end)
		}
	}
}

// A chain cannot see that its last events are gone, or that the last one was
// made anew with its hash; a checkpoint can.
func TestCheckpointSeesWhatTheChainCannot(t *testing.T) {
	events := chain("s", 5)
	var s store
	for _, e := range events {
		s.add(t, e.Hash)
	}
	cp := ledger.Checkpoint{Size: 5, Root: s.root(t, 5), At: noon}
	hashes := func(events []ledger.Event) (out [][32]byte) {
		for _, e := range events {
			out = append(out, e.Hash)
		}
		return out
	}
	forged := slices.Clone(events)
	forged[4].By = "p2"
	forged[4].Link(forged[3].Hash)
	for name, test := range map[string]struct {
		events []ledger.Event
		want   ledger.DamageKind
	}{"cut": {events[:4], ledger.Truncated}, "forged": {forged, ledger.WrongRoot}} {
		if err := ledger.VerifyStream(test.events); err != nil {
			t.Errorf("%s: the chain saw %v", name, err)
		}
		_, err := ledger.VerifyCheckpoints([]ledger.Checkpoint{cp}, sequence(hashes(test.events), nil))
		if d, _ := errors.AsType[*ledger.Damage](err); d == nil || d.Kind != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkAppendLeaves(b *testing.B) {
	events := eventHashes(64)
	var s store
	for b.Loop() {
		s.add(b, events...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.size), "ns/event")
}

func FuzzVerifyCheckpoint(f *testing.F) {
	s, _ := ledger.NewSigner("bank-01", [32]byte{1})
	msg, _ := s.SignCheckpoint(7, ledger.Hash{1}, noon)
	f.Add(msg)
	f.Add([]byte("xiaobao/a\n1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cp, err := ledger.VerifyCheckpoint(data, s.PublicKey())
		if err == nil && (cp.Size != 7 || cp.Root != ledger.Hash{1}) {
			t.Fatalf("forged: %+v", cp)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("got %v", err)
		}
	})
}

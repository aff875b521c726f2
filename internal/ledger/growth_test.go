package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/ledger"
)

// grown is a tree in memory with a checkpoint at each size that was asked.
type grown struct {
	stored []ledger.Hash
	size   int64
}

func (g *grown) read(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = g.stored[x]
	}
	return out, nil
}

func (g *grown) add(t testing.TB, name string) {
	t.Helper()
	fresh, err := ledger.AppendLeaves(g.size, [][32]byte{sha256.Sum256([]byte(name))}, g.read)
	if err != nil {
		t.Fatal(err)
	}
	g.stored, g.size = append(g.stored, fresh...), g.size+1
}

func (g *grown) checkpoint(t testing.TB) ledger.Checkpoint {
	t.Helper()
	root, err := ledger.Root(g.size, g.read)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: "xiaobao/t", Size: g.size, Root: root, At: time.Unix(1e9+g.size, 0).UTC()}
}

// A growth file reads back and proves; against other checkpoints, and with a byte
// changed, it does not.
func TestGrowthProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		old := rapid.IntRange(1, 60).Draw(rt, "old")
		more := rapid.IntRange(0, 60).Draw(rt, "more")
		var g, other grown
		for i := range old {
			g.add(t, strconv.Itoa(i))
			other.add(t, "other"+strconv.Itoa(i))
		}
		older, forged := g.checkpoint(t), other.checkpoint(t)
		for i := range more {
			g.add(t, "more"+strconv.Itoa(i))
		}
		newer := g.checkpoint(t)
		proof, err := ledger.ProveGrowth(newer.Size, older.Size, g.read)
		if err != nil {
			rt.Fatal(err)
		}
		text := ledger.Growth{Origin: "xiaobao/t", Old: older.Size, New: newer.Size, Proof: proof}.Text()
		back, err := ledger.ParseGrowth(text)
		if err != nil || !bytes.Equal(back.Text(), text) || !ledger.IsGrowth(text) {
			rt.Fatalf("%v %+v", err, back)
		}
		if err := back.Check(older, newer); err != nil {
			rt.Fatal(err)
		}
		if back.Check(forged, newer) == nil {
			rt.Fatal("another tree of the same size is taken for the beginning")
		}
		if more > 0 && back.Check(newer, older) == nil {
			rt.Fatal("proven backwards")
		}
		at := rapid.IntRange(0, len(text)-2).Draw(rt, "byte")
		bent := bytes.Clone(text)
		bent[at] ^= 1 << rapid.IntRange(0, 6).Draw(rt, "bit")
		if g, err := ledger.ParseGrowth(bent); err == nil && g.Check(older, newer) == nil {
			rt.Fatalf("changed at %d and still proves:\n%s", at, bent)
		}
	})
}

func TestGrowthRefuses(t *testing.T) {
	a := ledger.Checkpoint{Origin: "xiaobao/a", Size: 3}
	b := a
	b.Origin = "xiaobao/b"
	if err := (ledger.Growth{Origin: "xiaobao/a", Old: 3, New: 3}).Check(a, b); err == nil {
		t.Error("checkpoints of two installations agree")
	}
	for _, text := range []string{"", "xiaobao growth/1\n", "xiaobao growth/1\nx\n-1\n2\n", "xiaobao growth/1\nx\n5\n2\n", "xiaobao growth/1\nx\n1\n2\nAAAA\n", "xiaobao growth/2\nx\n1\n2\n"} {
		if _, err := ledger.ParseGrowth([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

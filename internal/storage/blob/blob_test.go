package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage/blob"
)

var ctx = context.Background()

func key(t testing.TB) seal.CaseKey {
	t.Helper()
	k, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func files(t testing.TB, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(d *blob.Store, k seal.CaseKey, owner string, digest blob.Digest) ([]byte, error) {
	r, err := d.Open(ctx, k, owner, digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestPutOpen(t *testing.T) {
	for _, size := range []int{0, 1, 1000, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
		dir := t.TempDir()
		d, k := blob.New(dir, rand.Reader), key(t)
		want := bytes.Repeat([]byte("保险单 "), size/10+1)[:size]
		digest, n, err := d.Put(ctx, k, "case/1", bytes.NewReader(want), 1<<20)
		if err != nil || n != int64(size) {
			t.Fatalf("size %d: %d %v", size, n, err)
		}
		if again, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(want), 1<<20); err != nil || again != digest {
			t.Errorf("size %d again: %v %v", size, again, err)
		}
		if got := files(t, dir); len(got) != 1 {
			t.Errorf("size %d: files %v, want one", size, got)
		}
		got, err := read(d, k, "case/1", digest)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("size %d: read %d bytes, %v", size, len(got), err)
		}
		raw, err := os.ReadFile(files(t, dir)[0])
		if err != nil || (size > 100 && bytes.Contains(raw, want[:30])) {
			t.Errorf("size %d: content lies in clear (%v)", size, err)
		}
	}
}

func TestPutRefusesTooLarge(t *testing.T) {
	dir := t.TempDir()
	d := blob.New(dir, rand.Reader)
	_, _, err := d.Put(ctx, key(t), "case/1", bytes.NewReader(make([]byte, 100_001)), 100_000)
	if !fault.Is(err, fault.TooLarge) {
		t.Errorf("got %v", err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestOpenFindsAlteration(t *testing.T) {
	content := bytes.Repeat([]byte("x"), 150_000)
	for _, test := range []struct {
		name  string
		alter func([]byte) []byte
	}{
		{"a bit", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"cut at a chunk", func(b []byte) []byte { return b[:15+2*(4+64<<10+29)] }},
		{"cut inside", func(b []byte) []byte { return b[:len(b)-7] }},
		{"empty", func([]byte) []byte { return nil }},
		{"longer", func(b []byte) []byte { return append(b, 0, 0, 0, 9) }},
		{"chunks exchanged", func(b []byte) []byte {
			const n = 4 + 64<<10 + 29
			first := bytes.Clone(b[15 : 15+n])
			copy(b[15:], b[15+n:15+2*n])
			copy(b[15+n:], first)
			return b
		}},
	} {
		dir := t.TempDir()
		d, k := blob.New(dir, rand.Reader), key(t)
		digest, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(content), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		name := files(t, dir)[0]
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, test.alter(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(d, k, "case/1", digest); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func TestOwnersAreApart(t *testing.T) {
	d, k1, k2 := blob.New(t.TempDir(), rand.Reader), key(t), key(t)
	digest, _, err := d.Put(ctx, k1, "case/1", bytes.NewReader([]byte("a")), 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(d, k2, "case/2", digest); !fault.Is(err, fault.NotFound) {
		t.Errorf("another owner: %v", err)
	}
	if _, err := read(d, k2, "case/1", digest); !fault.Is(err, fault.Conflict) {
		t.Errorf("another key: %v", err)
	}
	if err := d.Remove(ctx, "case/1", digest); err != nil {
		t.Fatal(err)
	}
	if _, err := read(d, k1, "case/1", digest); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestParseDigest(t *testing.T) {
	d := blob.Digest{1, 2, 255}
	if got, err := blob.ParseDigest(d.String()); err != nil || got != d {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "zz", d.String()[1:], "../../etc/passwd"} {
		if _, err := blob.ParseDigest(bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

package dossier_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/dossier"
	"xiaobao/internal/ledger"
)

// tree is a small ledger kept in memory: events in leaf order and the stored hashes.
type tree struct {
	signer *ledger.Signer
	events [][32]byte
	stored []ledger.Hash
}

func newTree(t testing.TB, seed byte) *tree {
	t.Helper()
	s, err := ledger.NewSigner("test0", [32]byte{seed})
	if err != nil {
		t.Fatal(err)
	}
	return &tree{signer: s}
}

func (tr *tree) read(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = tr.stored[x]
	}
	return out, nil
}

func (tr *tree) add(t testing.TB, hash [32]byte) int64 {
	t.Helper()
	n := int64(len(tr.events))
	fresh, err := ledger.AppendLeaves(n, [][32]byte{hash}, tr.read)
	if err != nil {
		t.Fatal(err)
	}
	tr.stored = append(tr.stored, fresh...)
	tr.events = append(tr.events, hash)
	return n
}

var day = time.Date(2026, 11, 1, 2, 3, 4, 567_000, time.UTC)

// small is a case of a few events among those of others, with an attachment.
func small(t testing.TB, tr *tree, variant string) dossier.Case {
	t.Helper()
	attachment := []byte("附件的内容")
	bodies := []string{`{"number":"TS2026000001"}`, fmt.Sprintf(`{"digest":"%x","n":1}`, sha256.Sum256(attachment)), `{"on":"2026-11-01"}`}
	c := dossier.Case{Head: dossier.Head{Stream: "complaint/7", Number: "TS2026000001", Variant: variant, At: day.Truncate(time.Second), By: "person/o 王办"},
		Paper: []byte("%PDF-1.4 paper"), Reason: "监管调阅", PublicKey: tr.signer.PublicKey(), Opened: map[int64]string{}}
	var prev [32]byte
	for i, body := range bodies {
		tr.add(t, sha256.Sum256(fmt.Appendf(nil, "before %d", i)))
		e := ledger.Event{Stream: c.Stream, Version: int64(i + 1), Kind: "complaint.E", At: day.Add(time.Duration(i) * time.Hour), By: "person/h", Body: []byte(body)}
		if i == 0 {
			e.Sealed = []byte("ciphertext")
			c.Opened[1] = `{"narrative":"扣了我两笔年费"}`
		}
		e.LinkAs([]string{ledger.AlgSHA256, ledger.AlgSM3, ledger.AlgSHA256}[i], prev) // a mixed ledger
		prev = e.Hash
		c.Records = append(c.Records, dossier.Record{Event: e, Leaf: tr.add(t, e.Hash)})
	}
	tr.add(t, sha256.Sum256([]byte("after")))
	seal(t, tr, &c)
	c.Files = []dossier.File{dossier.Bytes(dossier.Place(dossier.Originals, 1, "扣费截图.png"), attachment)}
	return c
}

// seal signs the tree as it stands and proves each record in it.
func seal(t testing.TB, tr *tree, c *dossier.Case) {
	t.Helper()
	size := int64(len(tr.events))
	root, err := ledger.Root(size, tr.read)
	if err != nil {
		t.Fatal(err)
	}
	if c.Checkpoint, err = tr.signer.SignCheckpoint(size, root, day); err != nil {
		t.Fatal(err)
	}
	for i, r := range c.Records {
		if c.Records[i].Proof, err = ledger.ProveEvent(size, r.Leaf, tr.read); err != nil {
			t.Fatal(err)
		}
	}
}

func written(t testing.TB, c dossier.Case, tr *tree) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := dossier.Write(&b, c, tr.signer); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(t testing.TB, b []byte, key string) dossier.Report {
	t.Helper()
	r, err := dossier.Verify(bytes.NewReader(b), int64(len(b)), key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWrittenVerifies(t *testing.T) {
	tr := newTree(t, 1)
	for variant, want := range map[string]dossier.Report{
		dossier.Clear:  {Events: 3, Sealed: 1, Opened: 1, Originals: 1},
		dossier.Masked: {Events: 3, Sealed: 1},
	} {
		b := written(t, small(t, newTree(t, 1), variant), tr)
		r := verify(t, b, tr.signer.PublicKey()+"\n")
		if !r.OK() || !r.Trusted || r.Events != want.Events || r.Sealed != want.Sealed || r.Opened != want.Opened || r.Originals != want.Originals {
			t.Errorf("%s: %+v", variant, r)
		}
		if r.Number != "TS2026000001" || r.Variant != variant || r.By != "person/o 王办" || r.Origin != "xiaobao/test0" || r.Size != r.Checkpoint.Size {
			t.Errorf("%s: head %+v", variant, r.Head)
		}
		if masked := !bytes.Contains(b, []byte("年费")) && !bytes.Contains(b, []byte("附件的内容")); masked != (variant == dossier.Masked) {
			t.Errorf("%s: holds personal data: %v", variant, !masked)
		}
	}
}

// Every byte of the file counts: contents, digests, signatures, ZIP structure. All
// eight flips of a bit for the structure and the manifest, one for the rest.
func TestEachFlippedByteIsFound(t *testing.T) {
	t.Parallel()
	tr := newTree(t, 1)
	b := written(t, small(t, tr, dossier.Clear), tr)
	manifestEnd := bytes.Index(b[4:], []byte("PK\x03\x04"))
	directory := bytes.LastIndex(b, []byte("PK\x01\x02"))
	for at := range b {
		masks := []byte{1 << (at % 8)}
		if at < manifestEnd || at > directory {
			masks = []byte{1, 2, 4, 8, 16, 32, 64, 128}
		}
		for _, mask := range masks {
			b[at] ^= mask
			if r := verify(t, b, ""); r.OK() {
				t.Errorf("byte %d of %d: flip %#x not found", at, len(b), mask)
			}
			b[at] ^= mask
		}
	}
	if r := verify(t, b, ""); !r.OK() {
		t.Fatalf("the whole file: %v", r.Findings)
	}
}

func TestCutAndGrownAreFound(t *testing.T) {
	tr := newTree(t, 1)
	b := written(t, small(t, tr, dossier.Masked), tr)
	for n := range len(b) {
		if n%17 == 0 || n > len(b)-200 {
			if r := verify(t, b[:n], ""); r.OK() {
				t.Errorf("cut to %d of %d: not found", n, len(b))
			}
		}
	}
	for _, more := range []string{"\x00", "PK\x05\x06", string(b)} {
		if r := verify(t, append(bytes.Clone(b), more...), ""); r.OK() {
			t.Errorf("grown by %d bytes: not found", len(more))
		}
	}
}

// Somebody who signs anew with a key of his own is found by the key that the
// checker has from elsewhere.
func TestForgedWithAnotherKey(t *testing.T) {
	ours, theirs := newTree(t, 1), newTree(t, 2)
	b := written(t, small(t, theirs, dossier.Clear), theirs)
	if r := verify(t, b, ""); !r.OK() || r.Fingerprint == dossier.Fingerprint(ours.signer.PublicKey()) {
		t.Errorf("without a key: %+v", r)
	}
	if r := verify(t, b, ours.signer.PublicKey()); r.OK() || r.Trusted {
		t.Errorf("with ours: %+v", r)
	}
}

// What the keeper of the signing key could do wrong is refused when writing and,
// where it gets past that, found when checking.
func TestWriteRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*dossier.Case){
		"an event left out":           func(c *dossier.Case) { c.Records = c.Records[1:] },
		"events exchanged":            func(c *dossier.Case) { c.Records[1], c.Records[2] = c.Records[2], c.Records[1] },
		"an event changed":            func(c *dossier.Case) { c.Records[1].By = "person/x" },
		"another place":               func(c *dossier.Case) { c.Records[1].Leaf-- },
		"no events":                   func(c *dossier.Case) { c.Records = nil },
		"another case":                func(c *dossier.Case) { c.Stream = "complaint/8" },
		"a name that leaves a folder": func(c *dossier.Case) { c.Files[0].Name = dossier.Originals + "../x" },
	} {
		tr := newTree(t, 1)
		c := small(t, tr, dossier.Clear)
		spoil(&c)
		if err := dossier.Write(io.Discard, c, tr.signer); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	tr := newTree(t, 1)
	c := small(t, tr, dossier.Clear)
	c.Files[0] = dossier.Bytes(dossier.Originals+"1-another.txt", []byte("another content"))
	if r := verify(t, written(t, c, tr), ""); r.OK() || !strings.Contains(r.Findings[0], "没有登记") {
		t.Errorf("an attachment that no event registered: %v", r.Findings)
	}
}

func TestContentThatChangesWhileWritten(t *testing.T) {
	tr := newTree(t, 1)
	c := small(t, tr, dossier.Clear)
	n := 0
	c.Files[0].Open = func() (io.ReadCloser, error) {
		n++
		return io.NopCloser(strings.NewReader(strings.Repeat("x", n))), nil
	}
	if err := dossier.Write(io.Discard, c, tr.signer); err == nil {
		t.Error("written")
	}
}

func TestOpenedOf(t *testing.T) {
	tr := newTree(t, 1)
	b := written(t, small(t, tr, dossier.Clear), tr)
	stream, parts, err := dossier.OpenedOf(bytes.NewReader(b), int64(len(b)))
	if err != nil || stream != "complaint/7" || len(parts) != 1 || parts[0].Version != 1 {
		t.Fatalf("%s %+v %v", stream, parts, err)
	}
	var private map[string]string
	if err := json.Unmarshal(parts[0].Private, &private); err != nil || private["narrative"] != "扣了我两笔年费" {
		t.Errorf("%v %v", private, err)
	}
}

func TestPlace(t *testing.T) {
	for in, want := range map[string]string{
		"扣费截图.png": "originals/3-扣费截图.png", "../../etc/passwd": "originals/3-_.._etc_passwd", `a\b:c?.txt`: "originals/3-a_b_c_.txt",
		"": "originals/3-_", "..": "originals/3-_", "bad\xff.pdf": "originals/3-bad_.pdf", strings.Repeat("长", 60) + ".docx": "originals/3-" + strings.Repeat("长", 38) + ".docx",
	} {
		if got := dossier.Place(dossier.Originals, 3, in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Whatever the numbers, names and contents: what is written verifies, and reads back.
func TestWriteVerifyProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTree(t, 3)
		c := small(t, tr, rapid.SampledFrom([]string{dossier.Clear, dossier.Masked}).Draw(rt, "variant"))
		for range rapid.IntRange(0, 40).Draw(rt, "later") {
			tr.add(t, sha256.Sum256([]byte(rapid.String().Draw(rt, "event"))))
		}
		seal(t, tr, &c)
		c.Number, c.By, c.Reason = rapid.String().Draw(rt, "number"), rapid.String().Draw(rt, "by"), rapid.String().Draw(rt, "reason")
		c.Paper = rapid.SliceOf(rapid.Byte()).Draw(rt, "paper")
		var b bytes.Buffer
		if err := dossier.Write(&b, c, tr.signer); err != nil {
			rt.Fatal(err)
		}
		if r, err := dossier.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), ""); err != nil || !r.OK() || r.Events != 3 {
			rt.Fatalf("%+v %v", r, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	tr := newTree(f, 1)
	whole := written(f, small(f, tr, dossier.Clear), tr)
	f.Add(whole)
	f.Add(whole[:100])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := verify(t, b, ""); r.OK() && r.Origin == "xiaobao/test0" && !bytes.Equal(b, whole) && r.Fingerprint == dossier.Fingerprint(tr.signer.PublicKey()) {
			t.Errorf("another file verifies under our key")
		}
	})
}

package storage_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

var threeStreams = []string{"case/1", "case/2", "case/3"}

// settle gives every event its leaf and adds a newer one in another stream, so
// that those before may be archived. It returns a checkpoint of them.
func settle(t testing.TB, s *storage.Store) []byte {
	t.Helper()
	note, err := s.Checkpoint(ctx)
	must(t, err)
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendNext("later/1", "p1", "note.added", noted{Title: "t"})
		return err
	}))
	return note
}

func load(t testing.TB, s *storage.Store, stream string) (events []ledger.Event) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) (err error) {
		events, err = tx.Load(stream)
		return err
	}))
	return events
}

func archiveAll(t testing.TB, s *storage.Store) storage.ArchiveSize {
	t.Helper()
	added, err := s.ArchiveStreams(ctx, threeStreams...)
	must(t, err)
	return added
}

func count(t testing.TB, s *storage.Store, q string) (n int64) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) error { return tx.Scan(q, nil, &n) }))
	return n
}

// TestArchive packs streams: whoever reads them finds them as before, they go on, and verify.
func TestArchive(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, 20)
		note := settle(t, s)
		before := map[string][]ledger.Event{}
		for _, name := range threeStreams {
			before[name] = load(t, s, name)
		}
		if added := archiveAll(t, s); added.Cases != 3 || added.Events != 17 || added.Bytes <= 0 {
			t.Fatalf("added %+v", added)
		}
		if again := archiveAll(t, s); again != (storage.ArchiveSize{}) {
			t.Errorf("a second time: %+v", again)
		}
		if n := count(t, s, `SELECT count(*) FROM event WHERE stream LIKE 'case/%'`); n != 3 {
			t.Errorf("%d events are left outside", n)
		}
		if n := count(t, s, `SELECT count(*) FROM sealed`); n != 3 {
			t.Errorf("%d ciphertexts are left outside", n)
		}
		for _, name := range threeStreams {
			if got := load(t, s, name); !reflect.DeepEqual(got, before[name]) {
				t.Errorf("%s: %+v, want %+v", name, got, before[name])
			}
		}
		if r := verify(t, s, note); !r.OK() || r.Events != 21 || r.Archived != 17 || r.Sealed != 20 || r.Vouched != 20 {
			t.Errorf("%+v %s", r, kinds(r))
		}
		goOn(t, s, before["case/1"])
	})
}

// goOn appends to an archived stream and packs it again.
func goOn(t *testing.T, s *storage.Store, before []ledger.Event) {
	last := before[len(before)-1]
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		head, err := tx.Head("case/1")
		if head.Version != last.Version || head.Hash != last.Hash {
			t.Errorf("head %d, want %d", head.Version, last.Version)
		}
		return err
	}))
	if err := appendNote(s, "case/1", last.Version, "again"); !fault.Is(err, fault.Stale) {
		t.Errorf("an event at an archived version: %v", err)
	}
	if err := appendNote(s, "case/1", 1, "again"); !fault.Is(err, fault.Stale) {
		t.Errorf("a second first event: %v", err)
	}
	must(t, appendNote(s, "case/1", last.Version+1, "后来"))
	settle(t, s)
	want := load(t, s, "case/1")
	if len(want) != len(before)+1 || !reflect.DeepEqual(want[:len(before)], before) {
		t.Fatalf("%d events after one more than %d", len(want), len(before))
	}
	added, err := s.ArchiveStreams(ctx, "case/1")
	must(t, err)
	if got := load(t, s, "case/1"); added.Cases != 0 || added.Events != 1 || !reflect.DeepEqual(got, want) {
		t.Errorf("packed again: %+v, %d events", added, len(got))
	}
	if r := verify(t, s); !r.OK() {
		t.Errorf("%+v", r)
	}
}

// TestArchiveWaits: what has no leaf, and what holds the newest event, stays outside.
func TestArchiveWaits(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, 5)
		_, err := s.Checkpoint(ctx)
		must(t, err)
		if added := archiveAll(t, s); added.Cases != 1 { // case/2 has the newest, case/3 has one event
			t.Errorf("%+v", added)
		}
		must(t, appendNote(s, "case/3", 2, "没有编号"))
		must(t, appendNote(s, "case/1", 3, "最新"))
		if n := count(t, s, `SELECT count(*) FROM event WHERE stream = 'case/2'`); n != 2 {
			t.Errorf("%d events of the stream with the newest", n)
		}
	})
}

func TestArchivedIsErased(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, 9)
		note := settle(t, s)
		archiveAll(t, s)
		must(t, s.Erase(ctx, "case/1", "p1", "保存期满"))
		if got := strings.Join(loadTexts(t, s, "case/1"), " "); got != "1:t: 2:t: 3:t:" {
			t.Errorf("after erasing: %s", got)
		}
		if got := strings.Join(loadTexts(t, s, "case/2"), " "); got != "1:t:正文1 2:t:正文4 3:t:正文7" {
			t.Errorf("the other stream: %s", got)
		}
		for _, e := range load(t, s, "case/1") {
			if e.Sealed != nil {
				t.Errorf("the ciphertext of version %d is there", e.Version)
			}
		}
		if r := verify(t, s, note); !r.OK() || r.Erased != 3 || r.Vouched != 9 {
			t.Errorf("%+v %s", r, kinds(r))
		}
		if size := (storage.ArchiveSize{}); !sizeIsRight(t, s, &size) {
			t.Errorf("size %+v is not that of the rows", size)
		}
	})
}

// sizeIsRight compares the counters with the rows.
func sizeIsRight(t *testing.T, s *storage.Store, got *storage.ArchiveSize) bool {
	var want storage.ArchiveSize
	must(t, s.View(ctx, func(tx *storage.Tx) (err error) {
		if *got, err = tx.ArchiveSize(); err != nil {
			return err
		}
		return tx.Scan(`SELECT count(*), sum(events), sum(length(pack)) FROM archive`, nil, &want.Cases, &want.Events, &want.Bytes)
	}))
	return *got == want
}

// TestVerifyFindsDamageInArchive changes the archive behind the program's back.
func TestVerifyFindsDamageInArchive(t *testing.T) {
	const one = `first = (SELECT min(first) FROM archive)`
	for _, test := range []struct{ name, do, want string }{
		{"row deleted", `DELETE FROM archive WHERE ` + one, "missing wrong_root"},
		{"two packs exchanged", `UPDATE archive SET first = -first; UPDATE archive SET first = CASE first WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE -first END`, "changed missing wrong_root"},
		{"head changed", `UPDATE archive SET head = (SELECT hash FROM event WHERE stream = 'later/1') WHERE ` + one, "changed missing wrong_root"},
		{"number of events changed", `UPDATE archive SET events = events - 1 WHERE ` + one, "changed missing wrong_root"},
		{"last version changed", `UPDATE archive SET last = last + 1 WHERE ` + one, "changed missing wrong_root"},
		{"first event deleted", `DELETE FROM sealed WHERE seq = 1; DELETE FROM event WHERE seq = 1`, "missing wrong_root"},
		{"first event changed", `UPDATE event SET by_ = 'p9' WHERE seq = 1`, "changed"},
		{"tree changed", `UPDATE tree_hash SET hashes = (SELECT seqs FROM leaf WHERE pack = 0)`, "tree_changed missing wrong_root"},
	} {
		t.Run(test.name, func(t *testing.T) {
			storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
				s := storagetest.Open(t, o)
				fill(t, s, 20)
				note := settle(t, s)
				archiveAll(t, s)
				raw := storagetest.Raw(t, o)
				for q := range strings.SplitSeq(test.do, ";") {
					_, err := raw.Exec(q)
					must(t, err)
				}
				if got := kinds(verify(t, s, note)); got != test.want {
					t.Errorf("found %q, want %q", got, test.want)
				}
			})
		})
	}
}

// TestVerifyFindsEveryByteOfAPack flips each bit of a byte of a pack in turn.
func TestVerifyFindsEveryByteOfAPack(t *testing.T) {
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	fill(t, s, 9)
	note := settle(t, s)
	archiveAll(t, s)
	raw := storagetest.Raw(t, o)
	var first int64
	var pack []byte
	must(t, raw.QueryRow(`SELECT first, pack FROM archive ORDER BY first LIMIT 1`).Scan(&first, &pack))
	for i := range pack {
		changed := bytes.Clone(pack)
		changed[i] ^= 1 << (i % 8)
		put(t, raw, first, changed)
		if r := verify(t, s, note); r.OK() {
			t.Fatalf("byte %d of %d changed, and nothing is found", i, len(pack))
		}
		if err := s.View(ctx, func(tx *storage.Tx) error { _, err := tx.Load("case/1"); return err }); !fault.Is(err, fault.Conflict) {
			t.Fatalf("byte %d of %d changed, and the stream is read: %v", i, len(pack), err)
		}
	}
	put(t, raw, first, pack[:len(pack)-1])
	if r := verify(t, s, note); r.OK() {
		t.Error("the last byte is gone, and nothing is found")
	}
	put(t, raw, first, pack)
	if r := verify(t, s, note); !r.OK() {
		t.Errorf("put right again: %+v", r)
	}
}

func put(t *testing.T, raw *sql.DB, first int64, pack []byte) {
	t.Helper()
	_, err := raw.Exec(`UPDATE archive SET pack = ? WHERE first = ?`, pack, first)
	must(t, err)
}

// TestVerifyFindsRewrittenPack rewrites a pack with a chain that is right in itself:
// only the tree can tell.
func TestVerifyFindsRewrittenPack(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(events []ledger.Event) []ledger.Event
		want   string
	}{
		{"author", func(e []ledger.Event) []ledger.Event { e[1].By = "p9"; return e }, "tree_changed"},
		{"time", func(e []ledger.Event) []ledger.Event { e[0].At = e[0].At.Add(-time.Hour); return e }, "tree_changed"},
		{"cut off", func(e []ledger.Event) []ledger.Event { return e[:len(e)-1] }, "missing wrong_root"},
		{"numbers exchanged", func(e []ledger.Event) []ledger.Event { e[0].Seq, e[1].Seq = e[1].Seq, e[0].Seq; return e }, "tree_changed"},
		{"one more", func(e []ledger.Event) []ledger.Event {
			more := e[0]
			more.Seq = 1 << 40
			return append(e, more)
		}, "no_leaf"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := storagetest.SQLite(t)
			s := storagetest.Open(t, o)
			fill(t, s, 12)
			note := settle(t, s)
			all := load(t, s, "case/1")
			archiveAll(t, s)
			events := test.change(all[1:])
			prev := all[0]
			for i := range events {
				events[i].Version = prev.Version + 1
				events[i].Relink(prev.Hash)
				prev = events[i]
			}
			pack, err := storage.PackEvents(all[0], events)
			must(t, err)
			_, err = storagetest.Raw(t, o).Exec(`UPDATE archive SET pack = ?, head = ?, last = ?, events = ? WHERE first = ?`, pack, prev.Hash[:], prev.Version, len(events), all[0].Seq)
			must(t, err)
			if got := kinds(verify(t, s, note)); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

// TestArchiveGoesAlong: a copy on the other engine has the archive too.
func TestArchiveGoesAlong(t *testing.T) {
	from := storagetest.New(t)
	fill(t, from, 20)
	note := settle(t, from)
	archiveAll(t, from)
	o := storagetest.Postgres(t)
	o.Master = storagetest.SQLite(t).Master
	_, err := from.CopyInto(ctx, o, nil)
	must(t, err)
	to := storagetest.Open(t, o)
	for _, name := range threeStreams {
		if got, want := load(t, to, name), load(t, from, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if r := verify(t, to, note); !r.OK() || r.Archived != 17 {
		t.Errorf("%+v", r)
	}
}

// TestPackIsRead: what was packed is read as it was.
func TestPackIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC()
		alg := rapid.SampledFrom([]string{ledger.AlgSHA256, ledger.AlgSM3})
		first := ledger.Event{Stream: "complaint/7", Version: 1, Seq: rapid.Int64Range(1, 1<<40).Draw(t, "seq"), At: at}
		first.LinkAs(alg.Draw(t, "alg"), [32]byte{})
		var events []ledger.Event
		for before := first; len(events) < rapid.IntRange(1, 20).Draw(t, "n"); {
			e := ledger.Event{Stream: first.Stream, Version: before.Version + 1, Seq: before.Seq + rapid.Int64Range(1, 1e6).Draw(t, "gap"),
				At: before.At.Add(time.Duration(rapid.Int64Range(-1e6, 1e9).Draw(t, "later")) * time.Microsecond),
				By: rapid.String().Draw(t, "by"), Kind: rapid.String().Draw(t, "kind"), Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body")}
			if rapid.Bool().Draw(t, "sealed") {
				e.Sealed = rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "ct")
			}
			e.LinkAs(alg.Draw(t, "alg"), before.Hash)
			if rapid.Bool().Draw(t, "erased") {
				e.Sealed = nil
			}
			events, before = append(events, e), e
		}
		pack, err := storage.PackEvents(first, events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := storage.UnpackEvents(first, pack)
		if err != nil || fmt.Sprintf("%v", got) != fmt.Sprintf("%v", events) {
			t.Fatalf("%v\n%v\n%v", err, got, events)
		}
	})
}

// FuzzUnpackEvents: whatever stands in a pack, it is read or refused.
func FuzzUnpackEvents(f *testing.F) {
	first := ledger.Event{Stream: "complaint/7", Version: 1, Seq: 1, At: time.UnixMicro(1)}
	first.Link([32]byte{})
	e := ledger.Event{Stream: "complaint/7", Version: 2, Seq: 2, At: time.UnixMicro(9), Kind: "complaint.StepDone", By: "person/p1", Body: []byte(`{"n":1}`), Sealed: bytes.Repeat([]byte{7}, 40)}
	e.Link(first.Hash)
	pack, err := storage.PackEvents(first, []ledger.Event{e})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pack[:len(pack)-4])
	f.Add([]byte{1, 0, 0})
	f.Add(bytes.Repeat([]byte{255}, 30))
	f.Fuzz(func(t *testing.T, pack []byte) {
		pack = binary.BigEndian.AppendUint32(pack, crc32.Checksum(pack, crc32.MakeTable(crc32.Castagnoli))) // past the check sum
		events, err := storage.UnpackEvents(first, pack)
		if err != nil {
			return
		}
		for i, e := range events {
			if e.Version != int64(i)+2 || e.Stream != first.Stream {
				t.Fatalf("event %d: %+v", i, e)
			}
		}
		again, err := storage.PackEvents(first, events)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := storage.UnpackEvents(first, again); err != nil || len(back) != len(events) {
			t.Fatalf("packed again: %v, %d events of %d", err, len(back), len(events))
		}
	})
}

// TestArchiveBesideOthers packs streams while others append to them and one erases
// each, on a second copy of the program where the engine has several: what is
// acknowledged is there once, and of an erased stream no ciphertext is left anywhere.
func TestArchiveBesideOthers(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		other := s
		if o.DSN != "" {
			other = storagetest.Open(t, o)
		}
		const streams, rounds = 6, 12
		name := func(i int) string { return fmt.Sprintf("case/%d", i+1) }
		fill(t, s, 3*streams)
		for i := range streams {
			if i >= 3 {
				must(t, appendNote(s, name(i), 1, "正文"))
			}
		}
		settle(t, s)
		var wait sync.WaitGroup
		var written [streams]int64 // acknowledged appends
		wait.Go(func() {
			for n := range rounds * streams {
				if _, err := s.ArchiveStreams(ctx, name(n%streams)); err != nil && !fault.Is(err, fault.Stale) {
					t.Errorf("archive: %v", err)
				}
			}
		})
		wait.Go(func() {
			for n := range rounds * streams {
				err := other.Update(ctx, func(tx *storage.Tx) error {
					_, err := tx.AppendNext(name(n%streams), "p1", "note.added", noted{Title: "又"})
					return err
				})
				if err == nil {
					written[n%streams]++
				} else if !fault.Is(err, fault.Stale) {
					t.Errorf("append: %v", err)
				}
				if n%streams == 0 {
					if _, err := other.Checkpoint(ctx); err != nil {
						t.Errorf("checkpoint: %v", err)
					}
				}
			}
		})
		wait.Go(func() {
			for i := range streams {
				for err := other.Erase(ctx, name(i), "p1", "保存期满"); err != nil; err = other.Erase(ctx, name(i), "p1", "保存期满") {
					if !fault.Is(err, fault.Stale) {
						t.Errorf("erase: %v", err)
						return
					}
				}
			}
		})
		before := [streams]int64{6, 6, 6, 1, 1, 1}
		wait.Wait()
		for i := range streams {
			events := load(t, s, name(i))
			if int64(len(events)) != before[i]+written[i] {
				t.Errorf("%s: %d events, want %d and %d", name(i), len(events), before[i], written[i])
			}
			for _, e := range events {
				if e.Sealed != nil {
					t.Errorf("%s: version %d has its ciphertext after the erasing", name(i), e.Version)
				}
			}
		}
		if r := verify(t, s); !r.OK() {
			t.Errorf("%+v", r)
		}
		var size storage.ArchiveSize
		if !sizeIsRight(t, s, &size) || size.Cases == 0 {
			t.Errorf("size %+v is not that of the rows", size)
		}
	})
}

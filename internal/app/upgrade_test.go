package app_test

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// kept unpacks a database of an older version and returns how to open it.
func kept(t *testing.T, file string) storage.Options {
	t.Helper()
	o := storage.Options{Dir: t.TempDir()}
	key, err := os.ReadFile(strings.TrimSuffix(file, ".db.gz") + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hex.Decode(o.Master[:], []byte(strings.TrimSpace(string(key)))); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(o.Dir, storage.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, z); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestUpgradeOfEveryVersion opens the database of every version that was kept,
// and finds all of it: the ledger, the read tables and each case. It goes to
// PostgreSQL and back too.
func TestUpgradeOfEveryVersion(t *testing.T) {
	files, err := filepath.Glob("testdata/upgrade/*.db.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			o := kept(t, file)
			s := storagetest.Open(t, o)
			wholeHouse(t, s)
			to := storagetest.Postgres(t)
			to.Master = o.Master
			if _, err := s.CopyInto(ctx, to, nil); err != nil {
				t.Fatal(err)
			}
			wholeHouse(t, storagetest.Open(t, to))
		})
	}
}

func wholeHouse(t *testing.T, s *storage.Store) {
	t.Helper()
	r, err := s.Verify(ctx, storage.VerifyOptions{})
	if err != nil || !r.OK() || r.Events == 0 || r.Sealed == 0 {
		t.Fatalf("%+v %v", r, err)
	}
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(t.TempDir(), nil)})
	if err != nil {
		t.Fatal(err)
	}
	if org, err := a.Org(ctx); err != nil || len(org.People()) < 5 {
		t.Errorf("people: %v", err)
	}
	cases := 0
	err = s.View(ctx, func(tx *storage.Tx) error {
		for stream, err := range tx.Streams("complaint/") {
			if err != nil {
				return err
			}
			id, err := strconv.ParseInt(strings.TrimPrefix(stream, "complaint/"), 10, 64)
			if err != nil {
				return err
			}
			c, err := tx.Complaint(complaint.ID(id))
			if err != nil || c.Number == "" {
				t.Errorf("%s: %q %v", stream, c.Number, err)
			}
			cases++
		}
		return nil
	})
	if err != nil || cases < 3 {
		t.Errorf("%d cases: %v", cases, err)
	}
	rebuilt, err := s.RebuildReadTables(ctx, storage.RebuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range rebuilt.Differing() {
		t.Errorf("read table %s is not complete after the upgrade: its migration must fill it", name)
	}
}

package storage_test

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// inBucket lets attachments lie in a stand-in store under a prefix.
func inBucket(t *testing.T, s *storagetest.S3, prefix string, o storage.Options) storage.Options {
	t.Helper()
	settings, err := blob.ReadSettings(s.Settings(t, prefix))
	must(t, err)
	settings.Spool = t.TempDir()
	o.Files, err = blob.NewS3(settings)
	must(t, err)
	return o
}

func TestRemoveStrays(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		bucket := storagetest.NewS3(t)
		s := storagetest.Open(t, inBucket(t, bucket, "a", o))
		key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
		must(t, err)
		put := func(content string, old bool) blob.Digest {
			d, _, err := s.Files().Put(ctx, key, "case/1", strings.NewReader(content), 1<<20)
			must(t, err)
			if old {
				bucket.Age("a/"+blob.Name("case/1", d), 25*time.Hour)
			}
			return d
		}
		named := put("named", true)
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			return tx.Append("case/1", 1, "p1", "file.added", filed{Digest: named.String()})
		}))
		put("fresh", false)
		put("stray", true)
		put("another stray", true)
		bounds := storage.Strays{Age: 24 * time.Hour, Always: 1, Percent: 25}
		if r, err := s.RemoveStrays(ctx, bounds); !fault.Is(err, fault.Conflict) || r.Removed != 0 || r.Files != 4 {
			t.Errorf("too many: %+v %v", r, err)
		}
		bounds.Always = 2
		if r, err := s.RemoveStrays(ctx, bounds); err != nil || r.Removed != 2 || r.Bytes == 0 {
			t.Errorf("%+v %v", r, err)
		}
		if r, err := s.RemoveStrays(ctx, bounds); err != nil || r.Removed != 0 || r.Files != 2 {
			t.Errorf("again: %+v %v", r, err)
		}
		if f, err := s.CheckFiles(ctx); err != nil || len(f.Missing) != 0 || f.Files != 2 {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// A folder of other data's attachments beside a ledger that cannot be read whole
// is left alone.
func TestRemoveStraysNeedsTheWholeLedger(t *testing.T) {
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	fill(t, s, 3)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	must(t, err)
	d, _, err := s.Files().Put(ctx, key, "case/1", strings.NewReader("x"), 9)
	must(t, err)
	old := time.Now().Add(-48 * time.Hour)
	must(t, os.Chtimes(filepath.Join(o.Dir, storage.FilesName, blob.Name("case/1", d)), old, old))
	raw := storagetest.Raw(t, o)
	_, err = raw.Exec(`UPDATE sealed SET ct = x'00' WHERE seq = (SELECT MIN(seq) FROM sealed)`)
	must(t, err)
	if r, err := s.RemoveStrays(ctx, storage.Strays{Age: time.Hour, Always: 9}); !fault.Is(err, fault.Conflict) || r.Removed != 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// A backup takes the attachments out of the bucket, and a restore puts them into
// the one it is told.
func TestBackupOfBucket(t *testing.T) {
	bucket := storagetest.NewS3(t)
	s := storagetest.Open(t, inBucket(t, bucket, "from", storagetest.SQLite(t)))
	fill(t, s, 5)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	must(t, err)
	d, _, err := s.Files().Put(ctx, key, "case/1", strings.NewReader("保单影像"), 1<<20)
	must(t, err)
	path := filepath.Join(t.TempDir(), "b.tar")
	b, c, err := s.BackupChecked(ctx, path, nil, nil)
	if err != nil || b.Files != 1 || !c.Report.OK() {
		t.Fatalf("%+v %v %v", b, kinds(c.Report), err)
	}
	o := inBucket(t, bucket, "to", emptyFolder(t))
	if r, err := storage.Restore(ctx, path, o); err != nil || !r.OK() {
		t.Fatalf("%v %s", err, kinds(r))
	}
	f, err := storagetest.Open(t, o).Files().Open(ctx, key, "case/1", d)
	must(t, err)
	defer f.Close()
	if content, err := io.ReadAll(f); err != nil || string(content) != "保单影像" {
		t.Errorf("%q %v", content, err)
	}
	if keys, _ := bucket.Keys(); len(keys) != 2 || !strings.HasPrefix(keys[1], "to/") {
		t.Errorf("%v", keys)
	}
}

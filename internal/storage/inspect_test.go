package storage_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// filed is an event that names a file.
type filed struct {
	Digest string `json:"digest"`
}

func TestCheckFiles(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
		must(t, err)
		dir := blob.New(filepath.Join(o.Dir, storage.FilesName), rand.Reader)
		put := func(content string) blob.Digest {
			d, _, err := dir.Put(ctx, key, "case/1", strings.NewReader(content), 1<<20)
			must(t, err)
			return d
		}
		named, gone, stray, fresh := put("named"), put("gone"), put("stray"), put("fresh")
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			return tx.Append("case/1", 1, "p1", "file.added", filed{Digest: named.String()})
		}))
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			return tx.Append("case/1", 2, "p1", "file.added", filed{Digest: gone.String()})
		}))
		must(t, dir.Remove(ctx, "case/1", gone))
		old := time.Now().Add(-48 * time.Hour)
		must(t, os.Chtimes(filepath.Join(o.Dir, storage.FilesName, blob.Name("case/1", stray)), old, old))
		f, err := s.CheckFiles(ctx)
		must(t, err)
		if f.Files != 3 || len(f.Missing) != 1 || f.Missing[0] != "case/1 "+gone.String() || len(f.Orphans) != 1 || f.Orphans[0] != blob.Name("case/1", stray) {
			t.Errorf("%+v; fresh is %s", f, blob.Name("case/1", fresh))
		}
	})
}

func TestTablesAndLastEvent(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		now := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
		o.Now = func() time.Time { return now }
		s := storagetest.Open(t, o)
		if at, err := s.LastEvent(ctx); err != nil || !at.IsZero() {
			t.Errorf("empty: %v %v", at, err)
		}
		fill(t, s, 2)
		if at, err := s.LastEvent(ctx); err != nil || !at.Equal(now) {
			t.Errorf("%v %v", at, err)
		}
		_, err := storagetest.Raw(t, o).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
		must(t, err)
		have, newest, err := storage.Tables(ctx, o)
		if err != nil || have != 99999 || newest >= have || newest < 42 {
			t.Errorf("%d, %d: %v", have, newest, err)
		}
	})
}

package storage

import (
	"path/filepath"

	"xiaobao/internal/storage/blob"
)

// FilesName is the folder of the attachments inside Options.Dir, sealed by
// package blob under the keys of their streams. A backup copies it.
const FilesName = "attachments"

func (s *Store) files() *blob.Dir { return blob.New(filepath.Join(s.dir, FilesName), s.rand) }

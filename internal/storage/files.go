package storage

import (
	"path/filepath"

	"xiaobao/internal/storage/blob"
)

// FilesName is the folder of the attachments inside Options.Dir, sealed by
// package blob under the keys of their streams, where Options.Files names no other
// place. It is also their folder in a backup.
const FilesName = "attachments"

// place is where the attachments of an installation lie.
func (o Options) place() blob.Place {
	if o.Files != nil {
		return o.Files
	}
	return blob.NewFolder(filepath.Join(o.Dir, FilesName))
}

// Files returns the attachments of this installation.
func (s *Store) Files() *blob.Store { return blob.On(s.place, s.rand) }

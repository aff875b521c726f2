package blob

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Each calls fn with the path of every sealed file below the folder, in order,
// and how to open it; sealed as it lies there. Files are never altered once they
// are there, so it may run beside Put; one that is removed meanwhile is left out.
func (d *Dir) Each(fn func(name string, size int64, open func() (*os.File, error)) error) error {
	return filepath.WalkDir(d.path, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() || e.Name()[0] == '.' {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(d.path, path)
		if err != nil {
			return err
		}
		err = fn(filepath.ToSlash(rel), info.Size(), func() (*os.File, error) { return os.Open(path) })
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// Name is the path below the folder of an owner's file: what Each calls it.
func Name(owner string, digest Digest) string {
	return filepath.ToSlash((&Dir{}).name(owner, digest))
}

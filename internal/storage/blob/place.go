package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/spool"
)

// Place is where sealed files lie: a folder, or a bucket of an S3 store. It never
// sees clear text. A name is two hexadecimal digits, a slash and 64 more.
type Place interface {
	// Spool makes a file that Put can take, where there is room for it.
	Spool() (spool.File, error)
	// Put makes what f holds durable under the name, whole or not at all. f came
	// from Spool; Put may move it away.
	Put(ctx context.Context, f *os.File, name string) error
	// Get reads a file; one that is not there is fs.ErrNotExist.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// Stat tells of a file; one that is not there is fs.ErrNotExist.
	Stat(ctx context.Context, name string) (Entry, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// Each calls fn for every file. Files may be put and deleted meanwhile.
	Each(ctx context.Context, fn func(Entry) error) error
	// String names the place for people, without secrets.
	String() string
}

// Entry is a sealed file in a Place.
type Entry struct {
	Name string
	Size int64     // bytes as they lie there
	At   time.Time // when it was put, by the clock of the place
}

// Folder is a Place on the local disk.
type Folder struct{ path string }

// NewFolder returns the place in a folder, which is made at the first Put.
func NewFolder(path string) *Folder { return &Folder{path} }

// String is the path of the folder.
func (d *Folder) String() string { return d.path }

func (d *Folder) at(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// Spool makes the file in the folder itself, so that Put can move it.
func (d *Folder) Spool() (spool.File, error) {
	if err := folder.MkdirAll(d.path, 0o700); err != nil {
		return spool.File{}, unwritable(err)
	}
	f, err := os.CreateTemp(d.path, ".put-*")
	if err != nil {
		return spool.File{}, unwritable(err)
	}
	if err := folder.Own(f, d.path); err != nil {
		return spool.File{}, unwritable(errors.Join(err, f.Close(), os.Remove(f.Name())))
	}
	return spool.Named(f), nil
}

// Put moves a finished file to its name and makes file and folders durable.
func (d *Folder) Put(_ context.Context, f *os.File, name string) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return unwritable(err)
	}
	to := d.at(name)
	if err := folder.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return unwritable(err)
	}
	if err := os.Rename(f.Name(), to); err != nil {
		return unwritable(err)
	}
	for _, dir := range []string{filepath.Dir(to), d.path} {
		if err := folder.Sync(dir); err != nil {
			return unwritable(err)
		}
	}
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "附件写不进磁盘，没有保存。请通知管理员检查磁盘空间和权限。")
}

// Get implements Place.
func (d *Folder) Get(_ context.Context, name string) (io.ReadCloser, error) {
	f, err := os.Open(d.at(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.Unavailable, err, "附件读不出来。请通知管理员检查磁盘。")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat implements Place.
func (d *Folder) Stat(_ context.Context, name string) (Entry, error) {
	st, err := os.Stat(d.at(name))
	if err != nil {
		return Entry{}, err
	}
	return Entry{name, st.Size(), st.ModTime()}, nil
}

// Delete implements Place.
func (d *Folder) Delete(_ context.Context, name string) error {
	err := os.Remove(d.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Each goes through the folder in the order of names.
func (d *Folder) Each(ctx context.Context, fn func(Entry) error) error {
	return filepath.WalkDir(d.path, func(p string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if e.IsDir() || e.Name()[0] == '.' {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(d.path, p)
		if err != nil {
			return err
		}
		return fn(Entry{path.Clean(filepath.ToSlash(rel)), info.Size(), info.ModTime()})
	})
}

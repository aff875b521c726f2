package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"

	"xiaobao/internal/fault"
)

// Copied is what Copy did.
type Copied struct {
	Files int   // that are in the target now
	Bytes int64 // of them, sealed
	There int   // of Files, how many had been there before
}

// Copy brings every file of one place to another, reads each back and compares
// it byte by byte with what it came from. What is there already is compared and
// not brought again, so a copy that was broken off goes on where it stopped.
// Files may be put meanwhile; those that are deleted meanwhile are left out.
func Copy(ctx context.Context, from, to Place, progress func(Copied)) (Copied, error) {
	var c Copied
	err := from.Each(ctx, func(e Entry) error {
		there, err := copyOne(ctx, from, to, e)
		if errors.Is(err, errGone) {
			return nil
		}
		if err != nil {
			return err
		}
		c.Files, c.Bytes = c.Files+1, c.Bytes+e.Size
		if there {
			c.There++
		}
		if progress != nil {
			progress(c)
		}
		return nil
	})
	return c, err
}

// errGone is of a file that was deleted where it came from.
var errGone = errors.New("blob: deleted meanwhile")

// copyOne reports whether an equal file was there already.
func copyOne(ctx context.Context, from, to Place, e Entry) (there bool, err error) {
	f, err := to.Spool()
	if err != nil {
		return false, err
	}
	defer f.Close()
	in, err := from.Get(ctx, e.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, errGone
	}
	if err != nil {
		return false, err
	}
	want, err := sumTo(f.File, in)
	if err != nil {
		return false, err
	}
	if got, err := sumOf(ctx, to, e.Name); err == nil && got == want {
		return true, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := to.Put(ctx, f.File, e.Name); err != nil {
		return false, err
	}
	got, err := sumOf(ctx, to, e.Name)
	if err == nil && got != want {
		err = fault.New(fault.Conflict, "附件 %s 复制到 %s 后读回来与原来的不同。请检查存储后再运行一次，原来的文件没有动。", e.Name, to)
	}
	return false, err
}

func sumOf(ctx context.Context, p Place, name string) ([sha256.Size]byte, error) {
	in, err := p.Get(ctx, name)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return sumTo(io.Discard, in)
}

// sumTo copies all of r, closes it, and returns the sum of what passed.
func sumTo(w io.Writer, r io.ReadCloser) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, h), r)
	h.Sum(sum[:0])
	return sum, errors.Join(err, r.Close())
}

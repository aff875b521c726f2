package app

import (
	"errors"
	"io"
	"os"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
)

// Spooled is a temporary file in clear. Where the system lets an open file lose its
// name it has none from the start, so that a killed program leaves nothing behind;
// elsewhere Close takes it away.
type Spooled struct {
	*os.File
	named bool
}

// Close implements io.Closer.
func (s Spooled) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}

// temporary makes an empty file; sorry begins the sentence of the fault when there
// is no place for it.
func temporary(sorry string) (Spooled, error) {
	if f, ok := nameless(os.TempDir()); ok {
		return Spooled{f, false}, nil
	}
	f, err := os.CreateTemp("", "xiaobao-work-*")
	if err != nil {
		return Spooled{}, fault.Wrap(fault.Unavailable, err, "%s：临时文件夹不可写", sorry)
	}
	return Spooled{f, os.Remove(f.Name()) != nil}, nil
}

// Spool writes a body to a temporary file, up to the bound of an upload, for a
// request that has several.
func Spool(r io.Reader) (Spooled, error) {
	f, _, err := spool(r)
	if err != nil {
		return Spooled{}, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// SpoolPart writes a part of a form to a temporary file and says how long it is; what
// bounds the request bounds it too. Errors of the reader come as they are.
func SpoolPart(r io.Reader) (Spooled, int64, error) {
	tmp, err := temporary("暂时无法接收附件")
	if err != nil {
		return Spooled{}, 0, err
	}
	size, err := io.Copy(tmp, r)
	if err != nil {
		return Spooled{}, 0, errors.Join(err, tmp.Close())
	}
	return tmp, size, nil
}

// spool is Spool that says how long the body is and stands behind it.
func spool(r io.Reader) (Spooled, int64, error) {
	tmp, err := temporary("暂时无法接收附件")
	if err != nil {
		return Spooled{}, 0, err
	}
	size, err := io.Copy(tmp, io.LimitReader(r, extract.DefaultMaxBytes+1))
	switch {
	case err != nil:
		err = uploadFault(err)
	case size > extract.DefaultMaxBytes:
		err = fault.New(fault.TooLarge, "文件超过 %d MB，请压缩或拆分后上传", extract.DefaultMaxBytes>>20)
	}
	if err != nil {
		return Spooled{}, 0, errors.Join(err, tmp.Close())
	}
	return tmp, size, nil
}

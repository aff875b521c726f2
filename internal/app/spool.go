package app

import (
	"errors"
	"io"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/spool"
)

// Spooled is a temporary file in clear.
type Spooled = spool.File

// temporary makes an empty file; sorry begins the sentence of the fault when there
// is no place for it.
func temporary(sorry string) (Spooled, error) {
	f, err := spool.New("")
	if err != nil {
		return f, fault.Wrap(fault.Unavailable, err, "%s：临时文件夹不可写", sorry)
	}
	return f, nil
}

// Spool writes a body to a temporary file, up to the bound of an upload, for a
// request that has several.
func Spool(r io.Reader) (Spooled, error) {
	f, _, err := spoolBody(r)
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

// spoolBody is Spool that says how long the body is and stands behind it.
func spoolBody(r io.Reader) (Spooled, int64, error) {
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

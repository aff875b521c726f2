package house

import (
	"errors"
	"io"
	"net/http"

	"xiaobao/internal/fault"
)

// upload reads the one file of a form; the body is bounded by the server.
func upload(r *http.Request, name string) ([]byte, error) {
	file, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		var f fault.Fields
		f.Add(name, "请先选择文件。")
		return nil, f.Err()
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

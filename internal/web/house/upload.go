package house

import (
	"io"
	"net/http"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// upload reads the one file of a form; the body is bounded by the server.
func upload(r *http.Request, name string) ([]byte, error) {
	files := web.Files(r, name)
	if len(files) == 0 {
		var f fault.Fields
		f.Add(name, "请先选择文件。")
		return nil, f.Err()
	}
	return io.ReadAll(files[0].Open())
}

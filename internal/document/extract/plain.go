package extract

import (
	"context"
	"io"
	"strconv"

	"xiaobao/internal/document"
)

// readPlain reads a text file in any Chinese encoding.
func readPlain(_ context.Context, r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	e, err := document.ReadText(r, size, int64(o.MaxText), name)
	if err != nil {
		return Document{}, err
	}
	d := Plain(e.Text)
	if e.Guessed {
		d.Warnings = append(d.Warnings, "文件没有标明编码，按 "+e.Encoding+" 读取；如有乱码请另存为 UTF-8 后重新上传。")
	}
	if e.Broken > 0 {
		d.Warnings = append(d.Warnings, "有 "+strconv.Itoa(e.Broken)+" 个字无法识别，请核对原文。")
	}
	return d, nil
}

package document

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// Encoded is the text of a file as UTF-8 and what was learnt of its encoding.
type Encoded struct {
	Text     string
	Encoding string // utf-8, gb18030, utf-16le, utf-16be, windows-1252
	Guessed  bool   // the file did not say and its bytes leave room for doubt
	Broken   int    // characters that could not be read and stand as U+FFFD
}

// ReadText reads a text file in any Chinese encoding. A file over max bytes, an
// empty one and one with binary content are refused with a sentence.
func ReadText(r io.ReaderAt, size, max int64, name string) (Encoded, error) {
	switch {
	case size == 0:
		return Encoded{}, fault.New(fault.Invalid, "文件“%s”是空的。", name)
	case size > max:
		return Encoded{}, fault.New(fault.TooLarge, "文件“%s”有 %s，超过 %s，请拆分后再试。", name, bytesText(size), bytesText(max))
	}
	enc, bom, guessed, err := detectEncoding(r, size, name)
	if fe, ok := errors.AsType[*fault.Error](err); ok && fe.Cause == nil {
		return Encoded{}, fault.New(fault.Invalid, "文件“%s”不是文字文件（里面是二进制内容）。请另存为 TXT、DOCX 或 PDF 后再试。", name)
	}
	if err != nil {
		return Encoded{}, err
	}
	b, err := io.ReadAll(decoder(io.NewSectionReader(r, bom, size-bom), enc))
	if err != nil {
		return Encoded{}, fault.Wrap(fault.Invalid, err, "文件“%s”读不出来。请重新选择文件。", name)
	}
	out := Encoded{Text: string(b), Encoding: enc, Guessed: guessed}
	out.Broken = strings.Count(out.Text, string(utf8.RuneError))
	return out, nil
}

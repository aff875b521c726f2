package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"xiaobao/internal/fault"
)

// maxTextFile bounds the text that TextFile reads, in bytes.
const maxTextFile = 16 << 20

// TextFile returns the text of a file: plain text and Markdown in any encoding
// that tables may have, or the paragraphs of a DOCX, one a line. Whatever else it
// is refused with how to mend it.
func TextFile(name string, data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return docxLines(name, data)
	}
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case bytes.HasPrefix(data, []byte("%PDF")):
		return "", fault.New(fault.Invalid, "%s 是 PDF：请另存为文本（.txt）或 Word（.docx）再导入，断行和页眉才不会混进正文。", name)
	case ext == ".doc" || bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return "", fault.New(fault.Invalid, "%s 是旧版 Word：请在 Word 中另存为 .docx 再导入。", name)
	case len(bytes.TrimSpace(data)) == 0:
		return "", fault.New(fault.Invalid, "%s 是空文件。", name)
	}
	r := bytes.NewReader(data)
	enc, bom, _, err := detectEncoding(r, int64(len(data)), name)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%s 不是文本文件：请导入 .txt、.md 或 .docx。", name)
	}
	text, err := io.ReadAll(decoder(bytes.NewReader(data[bom:]), enc))
	return string(text), err
}

// docxLines reads the paragraphs of a Word file; footnotes, headers and what was
// deleted under revision are left out.
func docxLines(name string, data []byte) (string, error) {
	z, err := openZip(bytes.NewReader(data), int64(len(data)), maxTextFile*4)
	if err != nil {
		return "", err
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		return "", fault.New(fault.Invalid, "%s 不是 Word 文件：请导入 .txt、.md 或 .docx。", name)
	}
	defer f.Close()
	b := budget{left: maxTextFile * 4, limit: maxTextFile * 4}
	var out strings.Builder
	if err := docxParagraphs(xml.NewDecoder(b.reader(f)), &out); err != nil {
		return "", broken(err, name, "word/document.xml")
	}
	return out.String(), nil
}

func docxParagraphs(d *xml.Decoder, out *strings.Builder) error {
	text := false
	for {
		tok, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case out.Len() > maxTextFile:
			return tooLargeUnpacked(maxTextFile)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			text = t.Name.Local == "t"
			if t.Name.Local == "tab" {
				out.WriteByte(' ')
			}
		case xml.CharData:
			if text {
				out.Write(t)
			}
		case xml.EndElement:
			text = false
			if t.Name.Local == "p" || t.Name.Local == "br" {
				out.WriteByte('\n')
			}
		}
	}
}

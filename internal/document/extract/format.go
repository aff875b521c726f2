package extract

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// headLen is how much of a file is looked at to tell its format.
const headLen = 4096

// formatOf names the format of a file by its content: pdf, zip, image, html, txt,
// or one that is refused. A file name decides only between kinds of text.
func formatOf(r io.ReaderAt, size int64, name string) string {
	head := make([]byte, min(size, headLen))
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return m.format
		}
	}
	if bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) {
		return "pdf"
	}
	return markupOf(head, name)
}

var marks = []struct{ bytes, format string }{
	{"%PDF-", "pdf"}, {"PK\x03\x04", "zip"}, {"PK\x05\x06", "zip"}, {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"}, {"{\\rtf", "rtf"},
	{"\x89PNG\r\n\x1a\n", "image"}, {"\xff\xd8\xff", "image"}, {"II*\x00", "image"}, {"MM\x00*", "image"}, {"GIF87a", "image"}, {"GIF89a", "image"}, {"BM", "bmp"},
	{"Rar!\x1a\x07", "archive"}, {"7z\xbc\xaf\x27\x1c", "archive"}, {"\x1f\x8b", "archive"},
}

// markupOf tells web pages from other text.
func markupOf(head []byte, name string) string {
	head = bytes.ToLower(bytes.ReplaceAll(head, []byte{0}, nil)) // UTF-16 is told later
	head = bytes.TrimLeft(bytes.TrimLeft(head, "\xef\xbb\xbf\xff\xfe"), " \t\r\n")
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case bytes.HasPrefix(head, []byte("mime-version:")) || ext == ".mht" || ext == ".mhtml":
		return "mhtml"
	case bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")), bytes.Contains(head, []byte("<html ")), bytes.Contains(head, []byte("<body")):
		return "html"
	case (ext == ".html" || ext == ".htm" || ext == ".xhtml") && bytes.Contains(head, []byte("<")):
		return "html"
	}
	return "txt"
}

// refusals say what helps with formats that are told but not read.
var refusals = map[string]string{
	"rtf":     "是 RTF 文件，不能读取。请在 Word 或 WPS 中打开，另存为 .docx 后重新上传。",
	"mhtml":   "是网页存档或邮件，不能读取。请在浏览器中打开，另存为 HTML 或打印成 PDF 后重新上传。",
	"archive": "是压缩包，不能读取。请解压后逐个上传。",
	"odf":     "是 OpenDocument 文件，不能读取。请另存为 .docx、.xlsx 或 .pptx 后重新上传。",
	"ofd":     "是 OFD 版式文件，不能读取。请在 OFD 阅读器中另存为 PDF，或上传它的 Word 原件。",
	"xlsb":    "是二进制工作簿（.xlsb），不能读取。请在 Excel 或 WPS 中另存为 .xlsx 后重新上传。",
	"doc":     "是旧版 Word（.doc），不能读取。请在 Word 或 WPS 中打开，另存为 .docx 后重新上传。",
	"xls":     "是旧版 Excel（.xls），不能读取。请在 Excel 或 WPS 中打开，另存为 .xlsx 后重新上传。",
	"ppt":     "是旧版 PowerPoint（.ppt），不能读取。请在 PowerPoint 或 WPS 中打开，另存为 .pptx 后重新上传。",
	"ole":     "是旧版 Office 或其他程序的文件，不能读取。请在原来的程序中另存为 .docx、.xlsx、.pptx 或 PDF 后重新上传。",
	"locked":  "设有打开密码，读不出来。请用密码打开，在“文件 - 信息 - 保护文档”中取消密码，另存后重新上传。",
}

func refuse(format, name string) error {
	return fault.New(fault.Invalid, "文件“%s”%s", name, refusals[format])
}

// officeOf names the format of an Office file by its parts; "" for none.
func officeOf(p *document.Parts) string {
	for _, m := range []struct{ part, format string }{
		{"word/document.xml", "docx"}, {"xl/workbook.xml", "xlsx"}, {"ppt/presentation.xml", "pptx"}, {"xl/workbook.bin", "xlsb"},
		{"ofd.xml", "ofd"}, {"content.xml", "odf"},
	} {
		if p.Has(m.part) {
			return m.format
		}
	}
	return "archive"
}

// oleOf tells what the compound files of old Office hold, by the names of their
// streams, which stand in UTF-16.
func oleOf(r io.ReaderAt, size int64) string {
	enc := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()
	names := []struct{ stream, format string }{
		{"EncryptedPackage", "locked"}, {"WordDocument", "doc"}, {"PowerPoint Document", "ppt"}, {"Workbook", "xls"}, {"Book", "xls"},
	}
	found := len(names)
	const step, overlap = 1 << 20, 64
	buf := make([]byte, step+overlap)
	for at := int64(0); at < size; at += step {
		n, _ := r.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		for i, m := range names[:found] {
			if wide, _ := enc.String("\x00" + m.stream + "\x00"); bytes.Contains(buf[:n], []byte(wide[2:])) {
				found = i
				break
			}
		}
	}
	if found == len(names) {
		return "ole"
	}
	return names[found].format
}

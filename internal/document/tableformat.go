package document

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// tableFormat names the format of a table file by content, and refuses content
// that is not a table or does not fit the file's extension.
func tableFormat(head []byte, name string) (Format, error) {
	ext, kind := strings.ToLower(filepath.Ext(name)), contentKind(head)
	if kind == "html" && !bytes.HasPrefix(plainHead(head), []byte("<")) {
		kind = "text" // a table whose texts quote some markup
	}
	switch kind {
	case "cfb":
		return "", cfbFault(head, name)
	case "macro":
		return "", fault.New(fault.Invalid, "文件“%s”带有宏，不能导入。请另存为 .xlsx（Excel 工作簿）后重新导入。", name)
	case "html":
		return "", fault.New(fault.Invalid, "文件“%s”其实是网页或 XML（有些系统导出的“Excel”是这样）。请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。", name)
	case "xlsx":
		switch ext {
		case ".xlsx":
			return XLSX, nil
		case ".xlsm", ".xltm", ".xlsb", ".xlam":
			return "", fault.New(fault.Invalid, "文件“%s”是带宏或二进制的 Excel 格式，不能导入。请另存为 .xlsx（Excel 工作簿）后重新导入。", name)
		}
		return "", fault.New(fault.Invalid, "文件“%s”的内容是 Excel 工作簿，与扩展名不符。请把扩展名改为 .xlsx 后重新导入。", name)
	case "text":
		switch ext {
		case ".xlsx", ".xls", ".xlsm":
			return "", fault.New(fault.Invalid, "文件“%s”的内容是文本，不是 Excel 工作簿。请把扩展名改为 .csv，或用 Excel 另存为 .xlsx 后重新导入。", name)
		}
		return CSV, nil
	case "zip":
		return "", fault.New(fault.Invalid, "文件“%s”是压缩包或其他办公软件的格式（如 .ods）。请解压，或另存为 .xlsx 后重新导入。", name)
	default:
		return "", fault.New(fault.Invalid, "文件“%s”不是表格（内容是%s）。请从 Excel 或 WPS 另存为 .xlsx 或“CSV UTF-8”后重新导入。", name, kindText(kind))
	}
}

func kindText(kind string) string {
	if t, ok := TypeOf(kind); ok {
		return " " + strings.ToUpper(t.ID) + " "
	}
	return "二进制数据"
}

// cfbFault tells password-protected workbooks from old .xls files: both are
// OLE compound files, and name their streams in UTF-16 in the directory.
func cfbFault(head []byte, name string) error {
	if strings.EqualFold(filepath.Ext(name), ".xlsx") || bytes.Contains(head, utf16("EncryptedPackage")) {
		return fault.New(fault.Invalid, "文件“%s”设有打开密码（或是旧版 .xls 改了扩展名），读不了。请在 Excel 里取消密码并另存为 .xlsx 后重新导入。", name)
	}
	return fault.New(fault.Invalid, "文件“%s”是旧版 Excel 格式（.xls）或 WPS 的 .et，不能导入。请另存为 .xlsx（Excel 工作簿）后重新导入。", name)
}

func utf16(s string) []byte {
	var b []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
		s = s[n:]
	}
	return b
}

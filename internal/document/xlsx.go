package document

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"xiaobao/internal/fault"
)

// The reader of workbooks is our own, some three hundred lines: it streams from
// an io.ReaderAt in bounded memory and knows which numbers are dates, which the
// row reader of the library that writes them does not tell.

// workbook is an open XLSX file.
type workbook struct {
	t       *Table
	parts   map[string]*zip.File // by lower-case path
	budget  *budget
	strings []string
	dates   []dateKind // by cell style
	epoch   epoch
	sheets  []sheetInfo
	open    io.Closer // the sheet being read
}

type sheetInfo struct {
	name, state, part string
}

func (t *Table) openXLSX(r io.ReaderAt, size int64) error {
	z, err := openZip(r, size, t.opt.MaxUncompressed)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "文件“%s”%s", t.base(), fault.Message(err))
	}
	w := &workbook{t: t, parts: map[string]*zip.File{}, budget: &budget{t.opt.MaxUncompressed, t.opt.MaxUncompressed}}
	for _, f := range z.File {
		w.parts[partName(f.Name)] = f
	}
	if w.parts["xl/vbaproject.bin"] != nil || w.parts["xl/workbook.bin"] != nil {
		return fault.New(fault.Invalid, "文件“%s”带有宏或是二进制工作簿，不能导入。请另存为 .xlsx（Excel 工作簿）后重新导入。", t.base())
	}
	for _, load := range []func() error{w.loadSheets, w.loadStrings, w.loadStyles} {
		if err := load(); err != nil {
			return err
		}
	}
	t.source, t.close = w, w.closeSheet
	return nil
}

// partName is how parts are compared: without case, as the format asks.
func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(strings.ReplaceAll(s, `\`, "/")), "/"))
}

// walk calls f for each token of a part; a part that is absent has none.
func (w *workbook) walk(part string, f func(d *xml.Decoder, tok xml.Token) error) error {
	file := w.parts[partName(part)]
	if file == nil {
		return nil
	}
	in, err := file.Open()
	if err != nil {
		return broken(err, w.t.base(), part)
	}
	defer in.Close()
	d := xml.NewDecoder(w.budget.reader(in))
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(d, tok)
		}
		if err != nil {
			return broken(err, w.t.base(), part)
		}
	}
}

// attr returns an attribute by local name; prefix "" means any.
func attr(e xml.StartElement, prefix, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local && (prefix == "" || a.Name.Space == prefix) {
			return a.Value
		}
	}
	return ""
}

// loadSheets reads the list of sheets and where their parts are.
func (w *workbook) loadSheets() error {
	targets := map[string]string{}
	err := w.walk("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, tok xml.Token) error {
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			target := attr(e, "", "Target")
			if !strings.HasPrefix(target, "/") {
				target = "xl/" + target
			}
			targets[attr(e, "", "Id")] = target
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = w.walk("xl/workbook.xml", func(_ *xml.Decoder, tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "workbookPr":
			w.epoch.mac = attr(e, "", "date1904") == "1" || attr(e, "", "date1904") == "true"
		case ok && e.Name.Local == "sheet":
			w.sheets = append(w.sheets, sheetInfo{attr(e, "", "name"), attr(e, "", "state"), targets[relID(e)]})
		}
		return nil
	})
	if err == nil && len(w.sheets) == 0 {
		return fault.New(fault.Invalid, "文件“%s”里没有工作表，可能已损坏。请用 Excel 打开并另存为 .xlsx 后重新导入。", w.t.base())
	}
	return err
}

// relID is the r:id of a sheet, whatever prefix the writer chose.
func relID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Space != "" && a.Name.Local == "id" {
			return a.Value
		}
	}
	return ""
}

// maxStrings bounds the table of shared strings, whose headers alone cost memory.
const maxStrings = 4_000_000

// loadStrings reads the shared strings; phonetic readings are left out.
func (w *workbook) loadStrings() error {
	var text strings.Builder
	inText, phonetic := false, false
	return w.walk("xl/sharedStrings.xml", func(_ *xml.Decoder, tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "t":
				inText = !phonetic
			case "rPh":
				phonetic = true
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic = false
			case "si":
				w.strings = append(w.strings, unescapeX(text.String()))
				text.Reset()
				if len(w.strings) > maxStrings {
					return fault.New(fault.TooLarge, "里的不同文字超过 %d 条。请拆成几个文件分别导入。", maxStrings)
				}
			}
		case xml.CharData:
			if inText {
				text.Write(e)
			}
		}
		return nil
	})
}

// nextSheet opens the next sheet that is to be read.
func (w *workbook) nextSheet() (sheet, bool, error) {
	if err := w.closeSheet(); err != nil {
		return nil, false, broken(err, w.t.base(), "工作表")
	}
	for len(w.sheets) > 0 {
		info := w.sheets[0]
		w.sheets = w.sheets[1:]
		if info.name == markSheet { // our own: who took the table away
			continue
		}
		if info.state != "" && info.state != "visible" && !w.t.opt.IncludeHidden {
			w.t.note(Note{Code: NoteHidden, Sheet: info.name, Text: fmt.Sprintf("工作表“%s”是隐藏的，没有读取；如需导入请在 Excel 中取消隐藏。", info.name)})
			continue
		}
		file := w.parts[partName(info.part)]
		if info.part == "" || file == nil {
			return nil, false, fault.New(fault.Invalid, "文件“%s”缺少工作表“%s”的内容，可能已损坏。请用 Excel 打开并另存为 .xlsx 后重新导入。", w.t.base(), info.name)
		}
		if strings.Contains(partName(info.part), "chartsheets/") {
			continue
		}
		in, err := file.Open()
		if err != nil {
			return nil, false, broken(err, w.t.base(), info.name)
		}
		w.open = in
		return newXLSXSheet(w, info.name, w.budget.reader(in)), true, nil
	}
	return nil, false, nil
}

func (w *workbook) closeSheet() error {
	if w.open == nil {
		return nil
	}
	err := w.open.Close()
	w.open = nil
	return err
}

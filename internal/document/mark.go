package document

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"xiaobao/internal/calendar"
)

// Mark says who took a table away and when. In XLSX it stands in a sheet of its own,
// in the foot of every printed page and in the properties of the document. CSV has
// no place that every program would leave alone: there the name of the file says it.
type Mark struct {
	Who, Unit string
	At        time.Time
	N         int64 // in the register of exports
	Hidden    bool  // the sheet is hidden: the file is made to be imported again
}

// Words is the mark in one line.
func (m Mark) Words() string {
	return fmt.Sprintf("%s（%s）%s 导出，第 %d 号，内部资料，不得外传", m.Who, m.Unit, m.At.In(calendar.Zone).Format("2006-01-02 15:04:05"), m.N)
}

// FileName puts the mark into a file's name: overview-E12-周敏-20260331T101500.xlsx.
func (m Mark) FileName(base, ext string) string {
	return fmt.Sprintf("%s-E%d-%s-%s.%s", base, m.N, safeName.Replace(m.Who), m.At.In(calendar.Zone).Format("20060102T150405"), ext)
}

var safeName = strings.NewReplacer("/", "", `\`, "", " ", "", `"`, "", "\r", "", "\n", "", ":", "", "*", "", "?", "", "<", "", ">", "", "|", "")

// WriteMarked is WriteTable with the mark of whoever takes the table away.
func WriteMarked(w io.Writer, f Format, sheet string, columns []Column, rows iter.Seq[[]string], mark Mark) (Written, error) {
	if f == CSV {
		return writeCSV(w, columns, rows)
	}
	return writeXLSX(w, sheet, columns, rows, func(book *excelize.File, sheet string) error { return mark.on(book, sheet) })
}

// markSheet is the name of the sheet that tells who took the table away.
const markSheet = "导出说明"

func (m Mark) on(book *excelize.File, sheet string) error {
	if _, err := book.NewSheet(markSheet); err != nil {
		return err
	}
	lines := [][2]string{{"导出人", m.Who}, {"机构", m.Unit}, {"时间", m.At.In(calendar.Zone).Format("2006-01-02 15:04:05")}, {"登记编号", fmt.Sprintf("E%d", m.N)}, {"说明", "本文件已登记，内部资料，不得外传"}}
	for i, line := range lines {
		for j, text := range line {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := book.SetCellStr(markSheet, cell, cleanXML(text)); err != nil {
				return err
			}
		}
	}
	if err := book.SetSheetVisible(markSheet, !m.Hidden); err != nil {
		return err
	}
	// & begins a code in a foot line.
	foot := &excelize.HeaderFooterOptions{OddFooter: "&L" + strings.ReplaceAll(cleanXML(m.Words()), "&", "&&") + "&R&P / &N"}
	if err := book.SetHeaderFooter(sheet, foot); err != nil {
		return err
	}
	return book.SetDocProps(&excelize.DocProperties{Creator: cleanXML(m.Who), LastModifiedBy: cleanXML(m.Who), Description: cleanXML(m.Words()), Identifier: fmt.Sprintf("E%d", m.N),
		Created: m.At.UTC().Format(time.RFC3339), Modified: m.At.UTC().Format(time.RFC3339)})
}

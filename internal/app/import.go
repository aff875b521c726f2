package app

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// ImportOptions says how a table of complaints is taken in.
type ImportOptions struct {
	Map      ImportMap       // zero: guess by the usual names of columns
	Channel  party.ChannelID // for rows that say none, after the map's constants
	DryRun   bool            // decide and report, write nothing
	Progress func(ImportProgress)
}

// ImportProgress is how far an import has come; it is told after every batch.
type ImportProgress struct {
	Done, All int // rows
	Counts    ImportCounts
}

// ImportCounts counts rows by what became of them. Notes counts remarks on rows
// that were taken all the same.
type ImportCounts struct {
	New       int `json:"new"`
	Attached  int `json:"attached"`
	Duplicate int `json:"duplicate"`
	Rejected  int `json:"rejected"`
	Notes     int `json:"notes"`
}

// Sum is the number of rows that were decided.
func (c ImportCounts) Sum() int { return c.New + c.Attached + c.Duplicate + c.Rejected }

// ImportResult is what became of a row.
type ImportResult string

// The results. A row is attached when its grievance has a case already: then it
// is a further reference of that case. A duplicate has been imported before.
const (
	ImportNew       ImportResult = "new"
	ImportAttached  ImportResult = "attached"
	ImportDuplicate ImportResult = "duplicate"
	ImportRejected  ImportResult = "rejected"
)

// ImportedRow is one row with its result.
type ImportedRow struct {
	Place  string       `json:"place"` // 第 7 行
	Result ImportResult `json:"result"`
	Case   complaint.ID `json:"case,omitempty"` // 0 for rejected rows and in a dry run
	Why    string       `json:"why,omitempty"`  // why rejected, or to what attached
	Notes  []string     `json:"notes,omitempty"`
	header []string
	cells  []string // of rejected rows
}

// ImportReport is what an import did, or in a dry run would do.
type ImportReport struct {
	File    string         `json:"file"`
	DryRun  bool           `json:"dry_run"`
	Counts  ImportCounts   `json:"counts"`
	Columns []ImportColumn `json:"columns"`
	Notes   []string       `json:"notes,omitempty"` // on the file as a whole
	Rows    []ImportedRow  `json:"rows"`
}

// ImportColumn is a column and the field it fills, "" when it fills none.
type ImportColumn struct {
	Sheet string `json:"sheet,omitempty"`
	Name  string `json:"name"`
	Field string `json:"field"`
}

// Problems returns the rows that were rejected or need a look, at most n.
func (r ImportReport) Problems(n int) []ImportedRow {
	var out []ImportedRow
	for _, kind := range []bool{true, false} { // rejected first
		for _, row := range r.Rows {
			if len(out) < n && (row.Result == ImportRejected) == kind && (kind || len(row.Notes) > 0) {
				out = append(out, row)
			}
		}
	}
	return out
}

// WriteRejected gives the rejected rows back as they came, with the reason and
// the place in columns of their own. The file can be mended and imported again:
// those columns are known and left out.
func (r ImportReport) WriteRejected(w io.Writer, f document.Format) error {
	s := r.rejectedSheet()
	_, err := document.WriteTable(w, f, s.Name, s.Columns, s.Lines)
	return err
}

func (r ImportReport) rejectedSheet() Sheet {
	var names []string
	for _, row := range r.Rows {
		for _, h := range row.header {
			if row.Result == ImportRejected && !slices.Contains(names, h) {
				names = append(names, h)
			}
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == rejectedWhy || n == rejectedPlace })
	columns := []document.Column{{Name: rejectedWhy, Width: 44}, {Name: rejectedPlace, Width: 14}}
	for _, n := range names {
		columns = append(columns, document.Column{Name: n})
	}
	return Sheet{Name: "未导入", Columns: columns, Lines: r.rejected(names)}
}

// The columns that WriteRejected adds.
const (
	rejectedWhy   = "未导入原因"
	rejectedPlace = "行号"
)

func (r ImportReport) rejected(names []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for _, row := range r.Rows {
			if row.Result != ImportRejected {
				continue
			}
			out := []string{row.Why, row.Place}
			for _, n := range names {
				cell := ""
				if i := slices.Index(row.header, n); i >= 0 && i < len(row.cells) {
					cell = row.cells[i]
				}
				out = append(out, cell)
			}
			if !yield(out) {
				return
			}
		}
	}
}

// Import takes in a table of complaints, XLSX or CSV. Every row ends as new,
// attached, duplicate or rejected. The same file again changes nothing, and an
// import that was stopped goes on where it was: rows are known by their keys.
//
// Two rows are one grievance when they have the same number of a sender, or when
// the same person (identifier, else name) says nearly the same. A near text alone
// is noted, never attached: two people may have the same complaint.
//
// The first owner is whoever has the duty of the handling unit, not the person
// who imports. Problems of the file as a whole come as an error before anything
// is written; when ctx ends, the report says what had been done.
func (a *App) Import(ctx context.Context, who party.Actor, file io.ReaderAt, size int64, name string, o ImportOptions) (ImportReport, error) {
	im, err := a.newImport(ctx, who, name, o)
	if err != nil {
		return ImportReport{File: name, DryRun: o.DryRun}, err
	}
	open := func() (*document.Table, error) {
		return document.ReadTable(file, size, name, document.TableOptions{HeaderRow: im.o.Map.HeaderRow, HeaderHints: headerHints(im.o.Map)})
	}
	if err := im.survey(open); err != nil {
		return im.report, err
	}
	return im.run(ctx, open)
}

// importBatch is how many rows are decided and written together: enough to share
// a commit, few enough that others wait for tens of milliseconds only.
const importBatch = 64

// importWriters prepare units while the store's writer commits others.
const importWriters = 2

// importer is one running import.
type importer struct {
	a      *App
	who    party.Actor
	o      ImportOptions
	env    complaint.Env
	org    *Org
	all    int
	mu     sync.Mutex // guards report.Counts and tell
	report ImportReport
	seen   seenRows
	held   map[seal.Token]complaint.ID // of the batch being decided: keys that earlier cases have
}

func (a *App) newImport(ctx context.Context, who party.Actor, name string, o ImportOptions) (*importer, error) {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil {
		return nil, err
	}
	if err := a.loadRules(ctx); err != nil {
		return nil, err
	}
	if o.Map.Constants["channel"] == "" && o.Channel != "" {
		o.Map.Constants = cloneWith(o.Map.Constants, "channel", string(o.Channel))
	}
	im := &importer{a: a, who: who, o: o, report: ImportReport{File: name, DryRun: o.DryRun}, seen: newSeenRows()}
	var err error
	im.org, err = a.Org(ctx)
	return im, err
}

func cloneWith(m map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// survey reads the whole file once and keeps nothing: it counts the rows and
// finds what makes the file unusable before the first row is taken.
func (im *importer) survey(open func() (*document.Table, error)) error {
	t, err := open()
	if err != nil {
		return err
	}
	defer t.Close()
	sheet := "\x00"
	for row, err := range t.Rows() {
		if err != nil {
			return err
		}
		if row.Sheet != sheet {
			sheet = row.Sheet
			if err := im.surveyHead(row.Sheet, row.Header); err != nil {
				return err
			}
		}
		im.all++
	}
	if im.all == 0 {
		return fault.New(fault.Invalid, "文件“%s”只有表头，没有数据行。请检查后重新选择文件", im.report.File)
	}
	for _, n := range t.Report().Notes {
		if len(im.report.Notes) < 20 && n.Row == 0 {
			im.report.Notes = append(im.report.Notes, n.Text)
		}
	}
	return nil
}

func (im *importer) surveyHead(sheet string, header []string) error {
	l := layoutOf(im.o.Map, header)
	if p := l.problem(im.o.Map, header); p != "" {
		if sheet != "" {
			p = "工作表“" + sheet + "”：" + p
		}
		return fault.New(fault.Invalid, "%s", p)
	}
	fields := map[int]string{}
	for field, columns := range l.columns {
		for _, i := range columns {
			fields[i] = field
		}
	}
	for i, name := range header {
		im.report.Columns = append(im.report.Columns, ImportColumn{Sheet: sheet, Name: name, Field: fields[i]})
	}
	if len(l.unknown) > 0 {
		im.report.Notes = append(im.report.Notes, fmt.Sprintf("这些列没有录入：%s。", strings.Join(l.unknown, "、")))
	}
	if len(l.columns["name"]) == 0 && im.o.Map.Constants["name"] == "" {
		im.report.Notes = append(im.report.Notes, "表里没有投诉人姓名，全部按“匿名”录入。")
	}
	return nil
}

// count adds the results of rows and tells how far the import is.
func (im *importer) count(rows []*importRow) {
	im.mu.Lock()
	defer im.mu.Unlock()
	c := &im.report.Counts
	for _, r := range rows {
		switch r.out.Result {
		case ImportNew:
			c.New++
		case ImportAttached:
			c.Attached++
		case ImportDuplicate:
			c.Duplicate++
		case ImportRejected:
			c.Rejected++
		default:
			continue // stopped before its turn
		}
		c.Notes += len(r.out.Notes)
	}
	if im.o.Progress != nil {
		im.o.Progress(ImportProgress{Done: c.Sum(), All: im.all, Counts: *c})
	}
}

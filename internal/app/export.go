package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// Kinds of exports in the register.
const (
	ExportedOverview = "overview"
	ExportedReviews  = "review-stats"
	ExportedCounts   = "codes"
	ExportedCoded    = "coded-cases"
	ExportedRejected = "import-rejected"
	ExportedBulk     = "review-bulk"
	ExportedReadings = "readings"
	ExportedCaseFile = "case-file"
	ExportedPrint    = "print"
)

// ExportedKinds are all of them, for filters.
var ExportedKinds = []string{ExportedOverview, ExportedReviews, ExportedCounts, ExportedCoded, ExportedRejected, ExportedBulk, ExportedReadings, ExportedCaseFile}

// Sheet is a table that a page gives out: its name, the filter as the page shows it,
// and its lines.
type Sheet struct {
	Name    string
	Filter  string
	Columns []document.Column
	Lines   iter.Seq[[]string]
}

// leaving is a table on its way out of the house.
type leaving struct {
	what   string
	base   string // of the file's name
	form   document.Format
	sheet  Sheet
	again  bool // it is made to be imported again
	reason string
}

// HeldExport is the answer to an export that is larger than one may take alone: it
// was written and sealed, and waits for its reason and a second person.
type HeldExport struct {
	N     int64
	Rows  int
	fault *fault.Error
}

// Error implements error.
func (h *HeldExport) Error() string { return h.fault.Error() }

// Unwrap gives the sentence for a person.
func (h *HeldExport) Unwrap() error { return h.fault }

// Continue is the path of the page that goes on with it.
func (h *HeldExport) Continue() string { return fmt.Sprintf("/exports/%d", h.N) }

// TakenFile is a table that may leave: hand it to an export as its writer. Name is
// what the file is to be called, with who took it and when.
type TakenFile struct {
	bytes.Buffer
	Name string
}

// exportLimits are the rows above which a second person is asked, and how long a
// request holds.
func (a *App) exportLimits() (rows int, valid time.Duration, err error) {
	rules := a.Rules(a.Today())
	most, err := rules.Setting("export.approval_rows")
	if err != nil {
		return 0, 0, err
	}
	days, err := rules.Setting("export.valid_days")
	return int(most.Int()), time.Duration(days.Int()) * 24 * time.Hour, err
}

// export is the only way of a table out of the house: it is marked with who and
// when, registered with its digest, and given out, or held as a *HeldExport. The
// caller has asked for the permission and filtered the lines by it.
func (a *App) export(ctx context.Context, who party.Actor, x leaving, w io.Writer) error {
	n, err := a.store.Counter(ctx, "export")
	if err != nil {
		return err
	}
	org, err := a.Org(ctx)
	if err != nil {
		return err
	}
	mark := document.Mark{Who: who.Name, Unit: org.Tree.Name(who.Unit), At: a.now(), N: n, Hidden: x.again}
	var b bytes.Buffer
	written, err := document.WriteMarked(&b, x.form, x.sheet.Name, x.sheet.Columns, x.sheet.Lines, mark)
	if err != nil {
		return err
	}
	most, valid, err := a.exportLimits()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	e := &keeping.Exported{N: n, What: x.what, Form: string(x.form), Filter: x.sheet.Filter, Rows: written.Rows, Sum: hex.EncodeToString(sum[:]), Path: who.Path,
		Held: written.Rows > most, Until: a.now().Add(valid), Name: mark.FileName(x.base, string(x.form)), Reason: x.reason}
	if err := a.registerNoted(ctx, who, e); err != nil {
		return err
	}
	if t, ok := w.(*TakenFile); ok {
		t.Name = e.Name
	}
	if !e.Held {
		_, err = w.Write(b.Bytes())
		return err
	}
	key, err := a.streamKey(ctx, keeping.ExportStream(n))
	if err != nil {
		return err
	}
	if _, _, err := a.blobs.Put(ctx, key, keeping.ExportStream(n), &b, maxUpload); err != nil {
		return err
	}
	return &HeldExport{N: n, Rows: e.Rows, fault: fault.New(fault.Conflict, "本次导出 %d 行，超过 %d 行，须写明用途并由第二人批准。文件已封存为第 %d 号导出，请到“导出登记”继续。", e.Rows, most, n)}
}

// registerNoted puts an export into the register and into the record of reading.
func (a *App) registerNoted(ctx context.Context, who party.Actor, e *keeping.Exported) error {
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendExport(keeping.Export{}, who.ID, e)
		return err
	})
	if err != nil {
		return err
	}
	return a.note(ctx, who, complaint.ID(e.Case), readExported, fmt.Sprintf("%s:E%d", e.What, e.N), e.Filter)
}

// RegisterExport registers what left the house in another form than a table, such
// as a sealed case file.
func (a *App) RegisterExport(ctx context.Context, who party.Actor, e keeping.Exported) error {
	n, err := a.store.Counter(ctx, "export")
	if err != nil {
		return err
	}
	e.N, e.Path = n, who.Path
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendExport(keeping.Export{}, who.ID, &e)
		return err
	})
}

// exportTarget is what the permissions on an export are asked about.
func exportTarget(x keeping.Export) access.Target {
	return access.Target{Path: x.Path, Owners: []party.PersonID{party.PersonID(trimPerson(x.By))}}
}

func trimPerson(actor string) string {
	const person = "person/"
	if len(actor) > len(person) && actor[:len(person)] == person {
		return actor[len(person):]
	}
	return actor
}

// ExportFilter says which exports of the register are wanted; zero values do not restrict.
type ExportFilter = storage.ExportFilter

// Exports lists the register, the newest first: what the person may see of it.
func (a *App) Exports(ctx context.Context, who party.Actor, f ExportFilter) (out []storage.ExportRow, org *Org, err error) {
	if err := access.Can(who, access.ReadExports, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	f.Reader, f.All = who, access.ReachOf(who, access.ReadExports) != access.Own
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		out, err = tx.Exports(f, a.now())
		return err
	})
	return out, org, err
}

// ExportPage is an export with what this person may do with it.
type ExportPage struct {
	keeping.Export
	Org               *Org
	Now               time.Time
	Ask, Decide, Take bool
}

// Export returns an export of the register.
func (a *App) Export(ctx context.Context, who party.Actor, n int64) (p ExportPage, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if p.Export, err = tx.Export(n); err != nil {
			return err
		}
		if err := access.Can(who, access.ReadExports, exportTarget(p.Export)).Err(); err != nil {
			return err
		}
		p.Org, err = a.orgIn(tx)
		return err
	})
	if err != nil {
		return ExportPage{}, err
	}
	p.Now = a.now()
	open := p.Held && !p.Over(p.Now)
	p.Ask = open && p.State == keeping.Drafted && p.By == who.ID
	p.Decide = open && p.State == keeping.Asked && p.By != who.ID && access.Can(who, access.ApproveExport, exportTarget(p.Export)).Allow
	p.Take = open && (p.State == keeping.Approved || p.State == keeping.Taken) && p.By == who.ID
	return p, nil
}

// changeExport loads an export, asks for the permission, decides and appends.
func (a *App) changeExport(ctx context.Context, who party.Actor, n int64, do access.Action, fn func(keeping.Export) (keeping.ExportEvent, error)) (x keeping.Export, err error) {
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		if x, err = tx.Export(n); err != nil {
			return err
		}
		if err := access.Can(who, do, exportTarget(x)).Err(); err != nil {
			return err
		}
		e, err := fn(x)
		if err != nil {
			return err
		}
		x, err = tx.AppendExport(x, who.ID, e)
		return err
	})
	return x, err
}

// AskExport asks for the approval of a held export, with its reason.
func (a *App) AskExport(ctx context.Context, who party.Actor, n int64, reason string) error {
	_, valid, err := a.exportLimits()
	if err != nil {
		return err
	}
	_, err = a.changeExport(ctx, who, n, access.ReadExports, func(x keeping.Export) (keeping.ExportEvent, error) { return x.Ask(who.ID, reason, a.now(), valid) })
	return err
}

// DecideExport approves or refuses an export of another person.
func (a *App) DecideExport(ctx context.Context, who party.Actor, n int64, ok bool, why string) error {
	_, valid, err := a.exportLimits()
	if err != nil {
		return err
	}
	x, err := a.changeExport(ctx, who, n, access.ApproveExport, func(x keeping.Export) (keeping.ExportEvent, error) {
		return x.Decide(who.ID, ok, why, a.now(), valid)
	})
	if err == nil && !ok {
		a.dropBlobs(ctx, keeping.ExportStream(n), []string{x.Sum})
	}
	return err
}

// TakeExport gives an approved export to whoever asked for it, and records it.
func (a *App) TakeExport(ctx context.Context, who party.Actor, n int64) (OpenedFile, error) {
	x, err := a.changeExport(ctx, who, n, access.ReadExports, func(x keeping.Export) (keeping.ExportEvent, error) { return x.Take(who.ID, a.now()) })
	if err != nil {
		return OpenedFile{}, err
	}
	digest, err := blob.ParseDigest(x.Sum)
	if err != nil {
		return OpenedFile{}, err
	}
	key, err := a.streamKey(ctx, keeping.ExportStream(n))
	if err != nil {
		return OpenedFile{}, err
	}
	if err := a.note(ctx, who, complaint.ID(x.Case), readExported, fmt.Sprintf("%s:E%d", x.What, n), x.Filter); err != nil {
		return OpenedFile{}, err
	}
	t, _ := document.TypeOf(x.Form)
	out := OpenedFile{Name: x.Name, Content: t.MIME}
	if x.Form == string(document.CSV) {
		out.Content = "text/csv; charset=utf-8"
	}
	out.ReadCloser, err = a.blobs.Open(ctx, key, keeping.ExportStream(n), digest)
	return out, err
}

// DropExports destroys the files of held exports whose days are over, and returns
// how many there were. It is for a timer.
func (a *App) DropExports(ctx context.Context) (int64, error) {
	var over []int64
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		over, err = tx.ExportsOver(a.now())
		return err
	})
	for i, n := range over {
		var x keeping.Export
		err := a.store.Update(ctx, func(tx *storage.Tx) error {
			if x, err = tx.Export(n); err != nil || x.State == keeping.Expired {
				return err
			}
			_, err := tx.AppendExport(x, party.System.ID, &keeping.ExportExpired{})
			return err
		})
		if err != nil && !fault.Is(err, fault.Stale) {
			return int64(i), err
		}
		a.dropBlobs(ctx, keeping.ExportStream(n), []string{x.Sum})
	}
	return int64(len(over)), err
}

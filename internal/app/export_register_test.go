package app_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// takes exports a table of n lines as a person.
func (w world) takes(who party.PersonID, n int) (app.TakenFile, error) {
	w.Helper()
	lines := make([][]string, n)
	for i := range lines {
		lines[i] = []string{fmt.Sprint(i)}
	}
	var b app.TakenFile
	err := w.app.ExportOverview(ctx, w.who(who), app.Sheet{Name: "总览", Filter: "unit=0101", Columns: []document.Column{{Name: "编号"}}, Lines: slices.Values(lines)}, &b)
	return b, err
}

func (w world) exports(who party.PersonID, f app.ExportFilter) []storage.ExportRow {
	w.Helper()
	f.Limit = 50
	rows, _, err := w.app.Exports(ctx, w.who(who), f)
	w.ok(err)
	return rows
}

// A small export leaves at once, marked and registered with the digest of its bytes.
func TestSmallExportIsRegistered(t *testing.T) {
	each(t, func(w world) {
		b, err := w.takes("bj", 10)
		w.ok(err)
		if !strings.Contains(b.Name, "李雯") || !strings.HasPrefix(b.Name, "overview-E") {
			w.Errorf("name %s", b.Name)
		}
		rows := w.exports("audit", app.ExportFilter{Sum: fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))[:16]})
		if len(rows) != 1 || rows[0].Who != "person/bj" || rows[0].Rows != 10 || rows[0].Filter != "unit=0101" || rows[0].State != keeping.Taken {
			w.Fatalf("register %+v", rows)
		}
		book, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
		w.ok(err)
		if who, err := book.GetCellValue("导出说明", "B1"); err != nil || who != "李雯" {
			w.Errorf("mark %q, %v", who, err)
		}
		lines, err := w.app.AccessReport(ctx, w.who("audit"), app.AccessFilter{Kind: "access.Exported", Limit: 5})
		w.ok(err)
		if len(lines) != 1 || lines[0].What != fmt.Sprintf("overview:E%d", rows[0].N) {
			w.Errorf("record of reading %+v", lines)
		}
	})
}

// Over the limit: reason, second person in reach, download by the one who asked,
// and the file is destroyed when its days are over.
func TestLargeExportWaits(t *testing.T) {
	each(t, func(w world) {
		b, err := w.takes("bj", 1001)
		held, ok := err.(*app.HeldExport)
		if !ok || b.Len() != 0 || !fault.Is(err, fault.Conflict) {
			w.Fatalf("%v, %d bytes left", err, b.Len())
		}
		w.ok(w.app.AskExport(ctx, w.who("bj"), held.N, "季度报送"))
		for _, test := range []struct {
			who  party.PersonID
			want fault.Kind
		}{{"bj", fault.Forbidden}, {"cy", fault.Forbidden}, {"sh", fault.Forbidden}, {"audit", fault.Forbidden}} {
			if err := w.app.DecideExport(ctx, w.who(test.who), held.N, true, ""); !fault.Is(err, test.want) {
				w.Errorf("approved by %s: %v", test.who, err)
			}
		}
		if _, err := w.app.TakeExport(ctx, w.who("bj"), held.N); !fault.Is(err, fault.Conflict) {
			w.Errorf("taken before the approval: %v", err)
		}
		page, err := w.app.Export(ctx, w.who("bjlead"), held.N)
		w.ok(err)
		if !page.Decide || page.Take || page.Ask || page.Reason != "季度报送" {
			w.Errorf("the lead's page: %+v", page)
		}
		w.ok(w.app.DecideExport(ctx, w.who("bjlead"), held.N, true, ""))
		if _, err := w.app.TakeExport(ctx, w.who("bjlead"), held.N); !fault.Is(err, fault.Forbidden) {
			w.Errorf("taken by the approver: %v", err)
		}
		f, err := w.app.TakeExport(ctx, w.who("bj"), held.N)
		w.ok(err)
		got, err := io.ReadAll(f)
		w.ok(err)
		w.ok(f.Close())
		rows := w.exports("bjlead", app.ExportFilter{})
		if len(rows) != 1 || rows[0].State != keeping.Taken || rows[0].DecidedBy != "person/bjlead" || rows[0].Sum != fmt.Sprintf("%x", sha256.Sum256(got)) {
			w.Errorf("register %+v", rows)
		}
		*w.now = w.now.Add(8 * 24 * time.Hour)
		if n, err := w.app.DropExports(ctx); err != nil || n != 1 {
			w.Errorf("dropped %d, %v", n, err)
		}
		if _, err := w.app.TakeExport(ctx, w.who("bj"), held.N); !fault.Is(err, fault.Conflict) {
			w.Errorf("taken after its days: %v", err)
		}
		if n, err := w.app.DropExports(ctx); err != nil || n != 0 {
			w.Errorf("dropped again %d, %v", n, err)
		}
	})
}

// The register has the permission filter of everything else, and every filter works.
func TestExportsInReach(t *testing.T) {
	each(t, func(w world) {
		for _, who := range []party.PersonID{"bj", "cy", "sh", "office"} {
			_, err := w.takes(who, 1)
			w.ok(err)
		}
		for _, test := range []struct {
			who  party.PersonID
			f    app.ExportFilter
			want string
		}{
			{"bj", app.ExportFilter{}, "bj"}, {"sh", app.ExportFilter{}, "sh"}, {"bjlead", app.ExportFilter{}, "cy bj"}, {"office", app.ExportFilter{}, "office sh cy bj"},
			{"audit", app.ExportFilter{Who: "cy"}, "cy"}, {"sh", app.ExportFilter{Who: "cy"}, ""}, {"audit", app.ExportFilter{What: "overview", State: keeping.Taken}, "office sh cy bj"},
			{"audit", app.ExportFilter{What: "codes"}, ""}, {"audit", app.ExportFilter{State: keeping.Asked}, ""}, {"audit", app.ExportFilter{Sum: "%"}, ""}, {"audit", app.ExportFilter{To: *w.now}, ""}, {"audit", app.ExportFilter{From: *w.now}, "office sh cy bj"},
		} {
			var got []string
			for _, r := range w.exports(test.who, test.f) {
				got = append(got, strings.TrimPrefix(r.Who, "person/"))
			}
			if strings.Join(got, " ") != test.want {
				w.Errorf("%s %+v: %v, want %s", test.who, test.f, got, test.want)
			}
		}
		w.alike()
	})
}

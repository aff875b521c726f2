package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// What is unusual is flagged once, with its rows, shown to the auditor, and closed
// with a note; people who read as usual are left alone.
func TestUnusualReadingIsFlagged(t *testing.T) {
	each(t, func(w world) {
		var cases []app.Receipt
		for i := range 6 {
			cases = append(cases, w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: fmt.Sprintf("王%d强", i)}}))
		}
		*w.now = calendar.Of(2026, 4, 1).Time().Add(23 * time.Hour)
		for _, r := range cases {
			_, err := w.app.Reveal(ctx, w.who("office"), r.ID, "audit", "")
			w.ok(err)
			*w.now = w.now.Add(time.Minute)
		}
		_, err := w.app.Reveal(ctx, w.who("bj"), cases[0].ID, "contact", "")
		w.ok(err)
		for range 8 {
			_, err := w.app.Search(ctx, w.who("bj"), " 13800001234", 0, 10)
			w.ok(err)
		}
		n, err := w.app.FlagReadings(ctx)
		w.ok(err)
		flags, err := w.app.Flags(ctx, w.who("audit"), true, "", 20)
		w.ok(err)
		var got []string
		for _, f := range flags {
			got = append(got, f.Rule+" "+f.Who)
		}
		slices.Sort(got)
		want := "foreign person/office, night person/office, same_search person/bj, surname person/office"
		if strings.Join(got, ", ") != want || int(n) != len(got) {
			w.Fatalf("%d flags %v, want %s", n, got, want)
		}
		*w.now = w.now.Add(time.Hour)
		if n, err := w.app.FlagReadings(ctx); err != nil || n != 0 {
			w.Errorf("again %d, %v", n, err)
		}
		if _, err := w.app.Flags(ctx, w.who("office"), true, "", 20); !fault.Is(err, fault.Forbidden) {
			w.Errorf("the office sees the flags: %v", err)
		}
		page, err := w.app.Flag(ctx, w.who("audit"), flags[0].Stream)
		w.ok(err)
		if len(page.Lines) != len(page.Rows) || page.Lines[0].Who != flags[0].Who {
			w.Errorf("%s: %d lines for %d rows", flags[0].Stream, len(page.Lines), len(page.Rows))
		}
		w.ok(w.app.CloseFlag(ctx, w.who("audit"), flags[0].Stream, keeping.Explained, "季度抽查"))
		if open, err := w.app.Flags(ctx, w.who("audit"), true, "", 20); err != nil || len(open) != 3 {
			w.Errorf("open %d, %v", len(open), err)
		}
		if all, err := w.app.Flags(ctx, w.who("audit"), false, "office", 20); err != nil || len(all) != 3 {
			w.Errorf("of the office %d, %v", len(all), err)
		}
		w.alike()
	})
}

// The person's own usual is what counts: the mean over hours, or days, with any.
func TestUsualReads(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		start := calendar.Of(2026, 4, 1).Time().Add(9 * time.Hour)
		for _, at := range []time.Duration{0, 1, 61, 62, 63, 1440 + 5} { // minutes: 2 and 3 in two hours, 1 on the next day
			*w.now = start.Add(at * time.Minute)
			_, err := w.app.Reveal(ctx, w.who("bj"), r.ID, "contact", "")
			w.ok(err)
		}
		for _, test := range []struct {
			counts, window string
			before         time.Duration
			want           float64
		}{{"reveals", "hour", 48 * time.Hour, 2}, {"reveals", "day", 48 * time.Hour, 3}, {"reveals", "hour", time.Hour, 2}, {"searches", "day", 48 * time.Hour, 0}, {"reveals", "hour", 40 * 24 * time.Hour, 0}} {
			w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
				got, err := tx.UsualReads("person/bj", test.counts, test.window, start.Add(test.before))
				if got != test.want {
					w.Errorf("%+v: %v", test, got)
				}
				return err
			}))
		}
	})
}

// The report by the person whose data were read, by employee and by period.
func TestReadingsOfASubject(t *testing.T) {
	each(t, func(w world) {
		a := w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "欧阳春晓", Phone: "13911112222"}})
		b := w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "司马相如", Phone: "13922223333"}})
		for _, id := range []complaint.ID{a.ID, b.ID, b.ID} {
			_, err := w.app.Reveal(ctx, w.who("bj"), id, "contact", "")
			w.ok(err)
		}
		for _, test := range []struct {
			f    app.AccessFilter
			want int
		}{
			{app.AccessFilter{Subject: "欧阳春晓", Kind: "access.Revealed"}, 1}, {app.AccessFilter{Subject: "13922223333", Kind: "access.Revealed"}, 2},
			{app.AccessFilter{Subject: "没有这个人"}, 0}, {app.AccessFilter{Who: party.PersonID("bj"), Kind: "access.Revealed"}, 3}, {app.AccessFilter{Who: "sh"}, 0},
			{app.AccessFilter{From: w.today().AddDays(1)}, 0},
		} {
			test.f.Limit = 50
			lines, err := w.app.AccessReport(ctx, w.who("audit"), test.f)
			w.ok(err)
			if len(lines) != test.want {
				w.Errorf("%+v: %d lines, want %d", test.f, len(lines), test.want)
			}
		}
		var out app.TakenFile
		w.ok(w.app.ExportReadings(ctx, w.who("audit"), app.AccessFilter{Who: "bj"}, app.Sheet{Name: "查阅记录"}, func(l app.AccessLine) []string { return []string{l.Who} }, &out))
		if rows := w.exports("audit", app.ExportFilter{What: app.ExportedReadings}); len(rows) != 1 || out.Len() == 0 {
			w.Errorf("the export of the report: %+v", rows)
		}
	})
}

package app

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// AccessFilter says which readings the auditor wants to see. Zero values do not
// restrict.
type AccessFilter struct {
	Who      party.PersonID
	Kind     string
	Case     complaint.ID
	Subject  string  // whose data were read: a name, phone, policy or number as in the search
	IDs      []int64 // of lines, such as those of a flag
	From, To calendar.Date
	Before   AccessCursor
	Limit    int

	cases []complaint.ID // of the subject
}

// maxSubject bounds the cases of one person that a report looks at.
const maxSubject = 200

// AccessCursor is the line after which a list goes on.
type AccessCursor struct{ At, ID int64 }

// AccessLine is one line of the auditor's report.
type AccessLine struct {
	AccessEntry
	Number string // of the case, "" for a search
	Cursor AccessCursor
}

// AccessReport returns who read what, newest first, over all cases. Only the
// auditor may; what the report itself shows is no personal data of consumers.
func (a *App) AccessReport(ctx context.Context, who party.Actor, f AccessFilter) ([]AccessLine, error) {
	if err := access.Can(who, access.ReadAudit, access.Target{}).Err(); err != nil {
		return nil, err
	}
	if f.Subject != "" {
		found, err := a.Search(ctx, who, f.Subject, 0, maxSubject)
		if err != nil || len(found.Rows) == 0 {
			return nil, err
		}
		for _, r := range found.Rows {
			f.cases = append(f.cases, r.ID)
		}
	}
	q, args := f.query()
	var out []AccessLine
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Query(q, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l AccessLine
			if err := rows.Scan(&l.Cursor.ID, &l.Cursor.At, &l.Who, &l.Kind, &l.Case, &l.What, &l.Number); err != nil {
				return err
			}
			l.At = time.UnixMicro(l.Cursor.At).UTC()
			out = append(out, l)
		}
		return rows.Err()
	})
	return out, err
}

func (f AccessFilter) query() (string, []any) {
	q := `SELECT l.id, l.at, l.who, l.kind, l.case_id, l.what, COALESCE(c.number, '') FROM access_log l LEFT JOIN complaint c ON c.id = l.case_id WHERE l.id > 0`
	var args []any
	add := func(cond string, values ...any) {
		q += " AND " + cond
		args = append(args, values...)
	}
	if f.Who != "" {
		add("l.who = ?", "person/"+string(f.Who))
	}
	if f.Kind != "" {
		add("l.kind = ?", f.Kind)
	}
	if f.Case != 0 {
		add("l.case_id = ?", int64(f.Case))
	}
	if !f.From.IsZero() {
		add("l.at >= ?", f.From.Time().UnixMicro())
	}
	if !f.To.IsZero() {
		add("l.at < ?", f.To.AddDays(1).Time().UnixMicro())
	}
	if len(f.cases) > 0 {
		cases := make([]any, len(f.cases))
		for i, id := range f.cases {
			cases[i] = int64(id)
		}
		add("l.case_id IN (?"+strings.Repeat(", ?", len(cases)-1)+")", cases...)
	}
	if len(f.IDs) > 0 {
		ids := make([]any, len(f.IDs))
		for i, id := range f.IDs {
			ids[i] = id
		}
		add("l.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	}
	if f.Before.At != 0 {
		add("(l.at < ? OR l.at = ? AND l.id < ?)", f.Before.At, f.Before.At, f.Before.ID)
	}
	return q + ` ORDER BY l.at DESC, l.id DESC LIMIT ?`, append(args, f.Limit)
}

// maxReadings bounds the lines of one export of the report.
const maxReadings = 100_000

// ExportReadings gives the report out as XLSX; line words one of its lines.
func (a *App) ExportReadings(ctx context.Context, who party.Actor, f AccessFilter, sheet Sheet, line func(AccessLine) []string, w io.Writer) error {
	f.Before, f.Limit = AccessCursor{}, maxReadings+1
	lines, err := a.AccessReport(ctx, who, f)
	if err != nil {
		return err
	}
	if len(lines) > maxReadings {
		return fault.New(fault.TooLarge, "超过 %d 条，请缩小期间或条件后分几次导出", maxReadings)
	}
	out := make([][]string, len(lines))
	for i, l := range lines {
		out[i] = line(l)
	}
	sheet.Lines = slices.Values(out)
	return a.export(ctx, who, leaving{what: ExportedReadings, base: "readings", form: document.XLSX, sheet: sheet}, w)
}

// AccessKinds are the kinds of readings, for the filter.
var AccessKinds = []string{readOpened, readRevealed, readFile, readPrinted, readExported, readSearched}

// SignKinds are the kinds of the sign-in history, for the filter.
var SignKinds = []string{SignIn, SignFailed, SignLocked, SignOut, SignEnded, PasswordChanged, PasswordReset, TOTPOn, TOTPOff, PasskeyOn, PasskeyOff, CodesRenewed, TokenCreated, TokenRevoked, SignProved}

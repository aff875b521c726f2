package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
)

const tagKeeping = "Exports, reading and retention"

// ExportIn is an export in the address.
type ExportIn struct {
	N int64 `path:"n" minimum:"1" doc:"Number in the register, without the E"`
}

type exportsIn struct {
	Who    string `query:"who" doc:"Person"`
	What   string `query:"what" doc:"Kind of export"`
	State  string `query:"state" enum:"drafted,asked,approved,refused,taken,expired"`
	Sum    string `query:"sum" doc:"Beginning of the SHA-256 of a file that was found"`
	Before int64  `query:"before" doc:"Only numbers below: the next page"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// ExportView is an export of the register.
type ExportView struct {
	N         int64               `json:"n"`
	At        time.Time           `json:"at"`
	Who       string              `json:"who"`
	What      string              `json:"what"`
	Form      string              `json:"form"`
	Filter    string              `json:"filter,omitempty"`
	Rows      int                 `json:"rows"`
	Sum       string              `json:"sha256"`
	State     keeping.ExportState `json:"state"`
	Until     time.Time           `json:"until,omitzero"`
	DecidedBy string              `json:"decided_by,omitempty"`
	Reason    string              `json:"reason,omitempty" doc:"Only of one export"`
	Why       string              `json:"why,omitempty" doc:"Of the decision; only of one export"`
}

// ExportsView is a page of the register, newest first.
type ExportsView struct {
	Exports []ExportView `json:"exports"`
}

type reasonBody struct {
	Reason string `json:"reason" maxLength:"500"`
}

type decisionBody struct {
	Approve bool   `json:"approve"`
	Why     string `json:"why,omitempty" maxLength:"500" doc:"Required to refuse"`
}

type exportDo struct {
	ExportIn
	Raw
}

func (s *rest) keeping() {
	answer(s, get("/exports", "list-exports", tagKeeping, "Register of exports (导出登记)", access.ReadExports, "Exports"), s.exports)
	answer(s, get("/exports/{n}", "get-export", tagKeeping, "One export (一项导出)", access.ReadExports, "Export"), func(ctx context.Context, who party.Actor, in *ExportIn) (*out[ExportView], error) {
		x, err := s.Export(ctx, who, in.N)
		return body(ExportView{x.N, x.At, x.By, x.What, x.Form, x.Filter, x.Rows, x.Sum, x.State, x.Until, x.DecidedBy, x.Reason, x.Why}), err
	})
	take(s, post("/exports/{n}/ask", "ask-export", tagKeeping, "Ask for the approval of a large export (申请批准导出)", access.ReadExports, "AskExport").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *exportDo, b reasonBody) (*done, error) {
			return &done{}, s.AskExport(ctx, who, in.N, b.Reason)
		})
	take(s, post("/exports/{n}/decide", "decide-export", tagKeeping, "Approve or refuse an export of another person (审批导出)", access.ApproveExport, "DecideExport").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *exportDo, b decisionBody) (*done, error) {
			return &done{}, s.DecideExport(ctx, who, in.N, b.Approve, b.Why)
		})
	answer(s, post("/exports/{n}/file", "take-export", tagKeeping, "Fetch one's approved export (下载已批准的导出)", access.ReadExports, "TakeExport"),
		func(ctx context.Context, who party.Actor, in *ExportIn) (*huma.StreamResponse, error) {
			f, err := s.TakeExport(ctx, who, in.N)
			return s.stream(f, err)
		})
	s.flags()
	s.retention()
}

func (s *rest) exports(ctx context.Context, who party.Actor, in *exportsIn) (*out[ExportsView], error) {
	rows, _, err := s.Exports(ctx, who, app.ExportFilter{Who: party.PersonID(in.Who), What: in.What, State: keeping.ExportState(in.State), Sum: in.Sum, Before: in.Before, Limit: in.Limit})
	v := ExportsView{Exports: []ExportView{}}
	for _, x := range rows {
		v.Exports = append(v.Exports, ExportView{N: x.N, At: x.At, Who: x.Who, What: x.What, Form: x.Form, Filter: x.Filter, Rows: x.Rows, Sum: x.Sum, State: x.State, Until: x.Until, DecidedBy: x.DecidedBy})
	}
	return body(v), err
}

// FlagIn is a flag in the address.
type FlagIn struct {
	Rule  string `path:"rule" maxLength:"40"`
	Who   string `path:"who" maxLength:"80" doc:"As the list gives it"`
	Start int64  `path:"start"`
}

func (f FlagIn) stream() string {
	return keeping.FlagStream(keeping.FlagRaised{Rule: f.Rule, Who: f.Who, Start: time.Unix(f.Start, 0)})
}

type flagsIn struct {
	All bool   `query:"all" doc:"Closed ones too"`
	Who string `query:"who" doc:"Person"`
}

// FlagView is a flag of unusual reading.
type FlagView struct {
	ID      string          `json:"id" doc:"rule/who/start: its address below /access-flags"`
	Rule    string          `json:"rule"`
	Who     string          `json:"who"`
	Start   time.Time       `json:"start"`
	Count   int             `json:"count"`
	Usual   int64           `json:"usual_tenths,omitempty" doc:"The person's usual, in tenths; absent when it was not compared"`
	Verdict keeping.Verdict `json:"verdict,omitempty"`
	Note    string          `json:"note,omitempty" doc:"Only of one flag"`
	Rows    []int64         `json:"rows,omitempty" doc:"Lines of the access record; only of one flag"`
}

// FlagsView lists flags, newest first.
type FlagsView struct {
	Flags []FlagView `json:"flags"`
}

type flagDo struct {
	FlagIn
	Raw
}

type verdictBody struct {
	Verdict keeping.Verdict `json:"verdict" enum:"explained,followed"`
	Note    string          `json:"note" maxLength:"500"`
}

func (s *rest) flags() {
	answer(s, get("/access-flags", "list-access-flags", tagKeeping, "Unusual reading (异常查阅)", access.ReadAudit, "Flags"), func(ctx context.Context, who party.Actor, in *flagsIn) (*out[FlagsView], error) {
		rows, err := s.Flags(ctx, who, !in.All, party.PersonID(in.Who), 200)
		v := FlagsView{Flags: []FlagView{}}
		for _, f := range rows {
			v.Flags = append(v.Flags, FlagView{ID: f.Stream[len("reading/"):], Rule: f.Rule, Who: f.Who, Start: f.Start, Count: f.Reads, Usual: f.Usual, Verdict: f.Verdict})
		}
		return body(v), err
	})
	answer(s, get("/access-flags/{rule}/{who}/{start}", "get-access-flag", tagKeeping, "One flag with its lines (一条异常查阅)", access.ReadAudit, "Flag"), func(ctx context.Context, who party.Actor, in *FlagIn) (*out[FlagView], error) {
		f, err := s.Flag(ctx, who, in.stream())
		return body(FlagView{in.stream()[len("reading/"):], f.Rule, f.Who, f.Start, f.Count, f.Usual, f.Verdict, f.Note, f.Rows}), err
	})
	take(s, post("/access-flags/{rule}/{who}/{start}/close", "close-access-flag", tagKeeping, "Close a flag with a note (核实异常查阅)", access.CloseFlag, "CloseFlag").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *flagDo, b verdictBody) (*done, error) {
			return &done{}, s.CloseFlag(ctx, who, in.stream(), b.Verdict, b.Note)
		})
}

// DueView is a case whose keeping period is over, or that is kept although old.
type DueView struct {
	ID     int64  `json:"id"`
	Number string `json:"number"`
	Unit   string `json:"unit"`
	Closed string `json:"closed_on"`
	Until  string `json:"kept_until,omitempty" doc:"Last day; absent while a dispute goes on"`
	Hold   int64  `json:"hold,omitempty" doc:"Number of the legal hold"`
}

// DuesView is the schedule of erasing.
type DuesView struct {
	Due  []DueView `json:"due"`
	Kept []DueView `json:"kept"`
}

// ArchiveView is how the archive of old closed cases stands.
type ArchiveView struct {
	Years  int64     `json:"years" doc:"After closing; 0 for never"`
	Cases  int64     `json:"cases"`
	Events int64     `json:"events"`
	Bytes  int64     `json:"bytes"`
	LastAt time.Time `json:"last_at,omitzero" doc:"Of the newest run"`
	State  string    `json:"state,omitempty" enum:"at_work,good,bad"`
}

// RunView is a protocol of erasing.
type RunView struct {
	N         int64            `json:"n"`
	At        time.Time        `json:"at"`
	By        string           `json:"by"`
	Ground    keeping.Ground   `json:"ground"`
	State     keeping.RunState `json:"state"`
	Cases     int              `json:"cases"`
	Erased    int              `json:"erased"`
	Skipped   int              `json:"skipped"`
	DecidedBy string           `json:"decided_by,omitempty"`
	Sum       string           `json:"sha256,omitempty" doc:"Over the lines; only of one protocol"`
	Lines     []string         `json:"lines,omitempty" doc:"Only of one protocol"`
}

// RunsView lists protocols, newest first.
type RunsView struct {
	Runs []RunView `json:"runs"`
}

// RunIn is a protocol in the address.
type RunIn struct {
	N int64 `path:"n" minimum:"1"`
}

type runDo struct {
	RunIn
	Raw
}

type runsIn struct {
	Before int64 `query:"before"`
	Limit  int   `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// RunOpenedView is the number of a new protocol.
type RunOpenedView struct {
	N int64 `json:"n"`
}

type eraseDo struct {
	CaseID
	Raw
}

type eraseBody struct {
	Ground  keeping.Ground `json:"ground" enum:"period,purpose,consent,unlawful,mistaken,otherrule"`
	Reason  string         `json:"reason" maxLength:"500" doc:"Who asks, and why"`
	Despite string         `json:"despite,omitempty" maxLength:"500" doc:"While the keeping period runs: why it does not stand in the way"`
}

type holdBody struct {
	Until  string `json:"until,omitempty" doc:"Last day; absent until it is lifted"`
	Reason string `json:"reason" maxLength:"500"`
}

// HoldView is a legal hold.
type HoldView struct {
	N      int64     `json:"n"`
	Case   int64     `json:"case"`
	Number string    `json:"number"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Until  string    `json:"until,omitempty"`
	Reason string    `json:"reason"`
	Lifted time.Time `json:"lifted,omitzero"`
}

// HoldsView lists legal holds, those that stand first.
type HoldsView struct {
	Holds []HoldView `json:"holds"`
}

func dueViews(list []app.DueCase) []DueView {
	out := []DueView{}
	for _, d := range list {
		out = append(out, DueView{int64(d.ID), d.Number, string(d.Unit), d.Closed.String(), d.Until.String(), d.Hold})
	}
	return out
}

func (s *rest) retention() {
	answer(s, get("/retention/due", "list-due", tagKeeping, "What is due for erasure (保存期满)", access.ReadRetention, "DueForErasure"), func(ctx context.Context, who party.Actor, _ *none) (*out[DuesView], error) {
		due, kept, err := s.DueForErasure(ctx, who, 0)
		return body(DuesView{dueViews(due), dueViews(kept)}), err
	})
	answer(s, get("/archive", "get-archive", tagKeeping, "How the archive of old closed cases stands (归档)", access.ReadRetention, "Archive"), func(ctx context.Context, who party.Actor, _ *none) (*out[ArchiveView], error) {
		a, err := s.Archive(ctx, who)
		return body(ArchiveView{a.Years, a.Size.Cases, a.Size.Events, a.Size.Bytes, a.At, a.State}), err
	})
	answer(s, get("/retention/runs", "list-erasures", tagKeeping, "Protocols of erasing (删除清单)", access.ReadRetention, "ErasureRuns"), func(ctx context.Context, who party.Actor, in *runsIn) (*out[RunsView], error) {
		rows, err := s.ErasureRuns(ctx, who, in.Before, in.Limit)
		v := RunsView{Runs: []RunView{}}
		for _, r := range rows {
			v.Runs = append(v.Runs, RunView{N: r.N, At: r.At, By: r.Who, Ground: keeping.Ground(r.Ground), State: keeping.RunState(r.State), Cases: r.Cases, Erased: r.Erased, Skipped: r.Skipped, DecidedBy: r.DecidedBy})
		}
		return body(v), err
	})
	answer(s, get("/retention/runs/{n}", "get-erasure", tagKeeping, "One protocol with its lines (一份删除清单)", access.ReadRetention, "ErasureRun"), func(ctx context.Context, who party.Actor, in *RunIn) (*out[RunView], error) {
		r, err := s.ErasureRun(ctx, who, in.N)
		return body(RunView{r.N, r.At, r.By, r.Ground, r.State, len(r.Cases), len(r.Erased), len(r.Skipped), r.DecidedBy, r.Sum, r.Lines()}), err
	})
	take(s, post("/retention/runs", "propose-due", tagKeeping, "Propose to erase what is due (提出删除期满的投诉)", access.ProposeErasure, "ProposeDue").answers(http.StatusCreated),
		func(ctx context.Context, who party.Actor, _ *Raw, _ struct{}) (*out[RunOpenedView], error) {
			n, err := s.ProposeDue(ctx, who, 0)
			return body(RunOpenedView{n}), err
		})
	take(s, post("/retention/runs/{n}/decide", "decide-erasure", tagKeeping, "Approve, which erases at once, or refuse (审批删除清单)", access.ApproveErasure, "DecideRun").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *runDo, b decisionBody) (*done, error) {
			return &done{}, s.DecideRun(ctx, who, in.N, b.Approve, b.Why)
		})
	take(s, post("/complaints/{id}/erase", "propose-erasure", tagKeeping, "Propose to erase one case on request (应请求提出删除)", access.ProposeErasure, "ProposeErasure").answers(http.StatusCreated),
		func(ctx context.Context, who party.Actor, in *eraseDo, b eraseBody) (*out[RunOpenedView], error) {
			n, err := s.ProposeErasure(ctx, who, complaint.ID(in.ID), b.Ground, b.Reason, b.Despite)
			return body(RunOpenedView{n}), err
		})
	answer(s, get("/complaints/{id}/keeping", "get-keeping", tagKeeping, "How long a case is kept (保存期限)", access.ReadComplaint, "Keeping", "RetentionYears"), func(ctx context.Context, who party.Actor, in *CaseID) (*out[DueView], error) {
		d, err := s.Keeping(ctx, who, complaint.ID(in.ID))
		return body(dueViews([]app.DueCase{d})[0]), err
	})
	s.holds()
}

func (s *rest) holds() {
	answer(s, get("/retention/holds", "list-holds", tagKeeping, "Legal holds (法律保全)", access.ReadRetention, "Holds"), func(ctx context.Context, who party.Actor, _ *none) (*out[HoldsView], error) {
		list, err := s.Holds(ctx, who, 200)
		v := HoldsView{Holds: []HoldView{}}
		for _, h := range list {
			v.Holds = append(v.Holds, HoldView{h.N, h.Case, h.Number, h.By, h.At, h.Until.String(), h.Reason, h.LiftedAt})
		}
		return body(v), err
	})
	take(s, post("/complaints/{id}/hold", "place-hold", tagKeeping, "Keep a case from being erased (保全)", access.HoldComplaint, "PlaceHold").answers(http.StatusCreated),
		func(ctx context.Context, who party.Actor, in *eraseDo, b holdBody) (*out[RunOpenedView], error) {
			var until calendar.Date
			var f fault.Fields
			if b.Until != "" {
				until = day(&f, "until", b.Until)
			}
			if err := f.Err(); err != nil {
				return nil, err
			}
			n, err := s.PlaceHold(ctx, who, complaint.ID(in.ID), until, b.Reason)
			return body(RunOpenedView{n}), err
		})
	take(s, post("/retention/holds/{n}/lift", "lift-hold", tagKeeping, "Lift a legal hold (解除保全)", access.HoldComplaint, "LiftHold").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *runDo, b reasonBody) (*done, error) {
			return &done{}, s.LiftHold(ctx, who, in.N, b.Reason)
		})
}

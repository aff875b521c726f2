package keeping

import (
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// ExportState is where an export stands.
type ExportState string

// The states of an export. A small one is Taken at once; a large one goes through
// Drafted, Asked and Approved, or ends as Refused or Expired.
const (
	Drafted  ExportState = "drafted" // written and sealed; whoever wrote it has to say why
	Asked    ExportState = "asked"   // waits for a second person
	Approved ExportState = "approved"
	Refused  ExportState = "refused"
	Taken    ExportState = "taken"
	Expired  ExportState = "expired"
)

// ExportStates are all of them.
var ExportStates = []ExportState{Drafted, Asked, Approved, Refused, Taken, Expired}

// Exported is the first event of an export: what was written out.
type Exported struct {
	N      int64          `json:"n"`
	What   string         `json:"what"`   // kind of export, such as "overview"
	Form   string         `json:"form"`   // xlsx, csv, pdf, zip
	Filter string         `json:"filter"` // as the page showed it; never personal data
	Rows   int            `json:"rows"`
	Sum    string         `json:"sum"` // SHA-256 of the file, hexadecimal
	Case   int64          `json:"case"`
	Path   []party.UnitID `json:"path"` // of the person's unit, head office first
	Held   bool           `json:"held"` // larger than may be taken alone
	Until  time.Time      `json:"until"`
	Name   string         `json:"name" seal:"true"`   // of the file
	Reason string         `json:"reason" seal:"true"` // given at once
}

// ExportAsked asks for the approval of a held export.
type ExportAsked struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason" seal:"true"`
}

// ExportDecided approves or refuses it.
type ExportDecided struct {
	OK    bool      `json:"ok"`
	Until time.Time `json:"until"`
	Why   string    `json:"why" seal:"true"`
}

// ExportTaken says that the file left the house.
type ExportTaken struct{}

// ExportExpired says that the file was destroyed unread.
type ExportExpired struct{}

// ExportEvent is one of the events of an export's stream.
type ExportEvent interface {
	Kind() string
	applyExport(x *Export, at time.Time, by string)
}

// Export is an export as its events tell it.
type Export struct {
	Exported
	Version   int64
	State     ExportState
	By        string // actor
	At        time.Time
	AskedAt   time.Time
	DecidedBy string
	DecidedAt time.Time
	Why       string // of the decision
	TakenAt   time.Time
}

// ExportStream is the stream of an export in the ledger.
func ExportStream(n int64) string { return "export/" + strconv.FormatInt(n, 10) }

// Kind implements ExportEvent.
func (*Exported) Kind() string { return "export.Written" }

// Kind implements ExportEvent.
func (*ExportAsked) Kind() string { return "export.Asked" }

// Kind implements ExportEvent.
func (*ExportDecided) Kind() string { return "export.Decided" }

// Kind implements ExportEvent.
func (*ExportTaken) Kind() string { return "export.Taken" }

// Kind implements ExportEvent.
func (*ExportExpired) Kind() string { return "export.Expired" }

// ExportKinds gives each event how to make an empty one.
var ExportKinds = map[string]func() ExportEvent{
	"export.Written": func() ExportEvent { return &Exported{} },
	"export.Asked":   func() ExportEvent { return &ExportAsked{} },
	"export.Decided": func() ExportEvent { return &ExportDecided{} },
	"export.Taken":   func() ExportEvent { return &ExportTaken{} },
	"export.Expired": func() ExportEvent { return &ExportExpired{} },
}

func (e *Exported) applyExport(x *Export, at time.Time, by string) {
	x.Exported, x.By, x.At, x.State = *e, by, at, Drafted
	if !e.Held {
		x.State, x.TakenAt = Taken, at
	}
}

func (e *ExportAsked) applyExport(x *Export, at time.Time, _ string) {
	x.State, x.AskedAt, x.Until, x.Reason = Asked, at, e.Until, e.Reason
}

func (e *ExportDecided) applyExport(x *Export, at time.Time, by string) {
	x.State, x.DecidedBy, x.DecidedAt, x.Until, x.Why = Refused, by, at, e.Until, e.Why
	if e.OK {
		x.State = Approved
	}
}

func (e *ExportTaken) applyExport(x *Export, at time.Time, _ string) {
	if x.TakenAt.IsZero() {
		x.TakenAt = at
	}
	x.State = Taken
}

func (e *ExportExpired) applyExport(x *Export, _ time.Time, _ string) { x.State = Expired }

// Apply returns the export after an event.
func (x Export) Apply(e ExportEvent, at time.Time, by string) Export {
	x.Version++
	e.applyExport(&x, at, by)
	return x
}

// Over reports whether nothing can be done with the export any more at a time,
// because it was not decided or taken in time.
func (x Export) Over(at time.Time) bool {
	return x.State == Expired || x.State == Refused || x.Held && at.After(x.Until)
}

// Ask gives the reason of a held export. Only whoever wrote it may.
func (x Export) Ask(who, reason string, at time.Time, valid time.Duration) (*ExportAsked, error) {
	if x.By != who {
		return nil, fault.New(fault.Forbidden, "只有提出导出的本人才能申请批准")
	}
	if x.State != Drafted || x.Over(at) {
		return nil, fault.New(fault.Conflict, "这项导出现在不能申请批准，请刷新后查看；已过期的请重新导出")
	}
	if err := need("reason", "导出的用途", reason); err != nil {
		return nil, err
	}
	return &ExportAsked{Until: at.Add(valid), Reason: strings.TrimSpace(reason)}, nil
}

// Decide approves or refuses. Nobody decides on an export of their own; a refusal
// needs its reason.
func (x Export) Decide(who string, ok bool, why string, at time.Time, valid time.Duration) (*ExportDecided, error) {
	if x.By == who {
		return nil, fault.New(fault.Forbidden, "导出须由另一人批准，您是申请人")
	}
	if x.State != Asked || x.Over(at) {
		return nil, fault.New(fault.Conflict, "这项导出不在等待批准：可能已有人处理或已过期，请刷新后查看")
	}
	if !ok || why != "" {
		if err := need("why", "理由", why); err != nil {
			return nil, err
		}
	}
	return &ExportDecided{OK: ok, Until: at.Add(valid), Why: strings.TrimSpace(why)}, nil
}

// Take hands the file over to whoever asked for it, within its days.
func (x Export) Take(who string, at time.Time) (*ExportTaken, error) {
	switch {
	case x.By != who:
		return nil, fault.New(fault.Forbidden, "只有申请人本人可以下载导出的文件")
	case !x.Held:
		return nil, fault.New(fault.Conflict, "这项导出当时已经下载，系统没有留存文件。需要时请重新导出")
	case x.Over(at):
		return nil, fault.New(fault.Conflict, "这项导出已过期，文件已删除。需要时请重新导出")
	case x.State != Approved && x.State != Taken:
		return nil, fault.New(fault.Conflict, "这项导出还没有批准，不能下载")
	}
	return &ExportTaken{}, nil
}

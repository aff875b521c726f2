package keeping

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// RunState is where a protocol of erasing stands.
type RunState string

// The states of a protocol.
const (
	RunProposed RunState = "proposed"
	RunApproved RunState = "approved" // by a second person; the erasing goes on
	RunRefused  RunState = "refused"
	RunDone     RunState = "done"
)

// RunStates are all of them.
var RunStates = []RunState{RunProposed, RunApproved, RunRefused, RunDone}

// Ground is why personal data are erased.
type Ground string

// The grounds. All but GroundPeriod are requests of a person (PIPL art. 47).
const (
	GroundPeriod    Ground = "period"    // the keeping period is over
	GroundPurpose   Ground = "purpose"   // the purpose is achieved or cannot be
	GroundConsent   Ground = "consent"   // consent was withdrawn
	GroundUnlawful  Ground = "unlawful"  // kept or taken against a rule or an agreement
	GroundMistaken  Ground = "mistaken"  // registered by mistake: another person, a test
	GroundOtherRule Ground = "otherrule" // another law asks for it
)

// Grounds are all of them.
var Grounds = []Ground{GroundPeriod, GroundPurpose, GroundConsent, GroundUnlawful, GroundMistaken, GroundOtherRule}

// OutlivesPeriod reports whether a ground may shorten the keeping period: data that
// were never to be kept have none. The others wait until it is over; until then
// only storing and protecting is allowed (PIPL art. 47 para. 2).
func (g Ground) OutlivesPeriod() bool { return g == GroundUnlawful || g == GroundMistaken }

// RunOpened is the first event of a protocol: which cases are to be erased.
type RunOpened struct {
	N       int64         `json:"n"`
	Ground  Ground        `json:"ground"`
	AsOf    calendar.Date `json:"as_of"`
	Cases   []int64       `json:"cases"`
	Reason  string        `json:"reason" seal:"true"`
	Despite string        `json:"despite" seal:"true"` // why the keeping period does not stand in the way
}

// RunDecided is the second person's decision.
type RunDecided struct {
	OK  bool   `json:"ok"`
	Why string `json:"why" seal:"true"`
}

// CaseErased says that the personal data of a case are gone.
type CaseErased struct {
	Case   int64  `json:"case"`
	Number string `json:"number"`
	Sealed int64  `json:"sealed"` // parts of the ledger
	Files  int    `json:"files"`
}

// CaseSkipped says that a case was left as it is, and why.
type CaseSkipped struct {
	Case   int64  `json:"case"`
	Number string `json:"number"`
	Why    string `json:"why"`
}

// RunEnded closes the protocol; Sum is over its lines.
type RunEnded struct {
	Sum string `json:"sum"`
}

// RunEvent is one of the events of a protocol's stream.
type RunEvent interface {
	Kind() string
	applyRun(r *Run, at time.Time, by string)
}

// ErasedLine is a line of the protocol.
type ErasedLine struct {
	CaseErased
	At time.Time
}

// Run is a protocol as its events tell it.
type Run struct {
	RunOpened
	Version   int64
	State     RunState
	By        string
	At        time.Time
	DecidedBy string
	DecidedAt time.Time
	Why       string
	Erased    []ErasedLine
	Skipped   []CaseSkipped
	EndedAt   time.Time
	Sum       string
}

// RunStream is the stream of a protocol in the ledger.
func RunStream(n int64) string { return "retention/" + strconv.FormatInt(n, 10) }

// Kind implements RunEvent.
func (*RunOpened) Kind() string { return "retention.Proposed" }

// Kind implements RunEvent.
func (*RunDecided) Kind() string { return "retention.Decided" }

// Kind implements RunEvent.
func (*CaseErased) Kind() string { return "retention.Erased" }

// Kind implements RunEvent.
func (*CaseSkipped) Kind() string { return "retention.Skipped" }

// Kind implements RunEvent.
func (*RunEnded) Kind() string { return "retention.Ended" }

// RunKinds gives each event how to make an empty one.
var RunKinds = map[string]func() RunEvent{
	"retention.Proposed": func() RunEvent { return &RunOpened{} },
	"retention.Decided":  func() RunEvent { return &RunDecided{} },
	"retention.Erased":   func() RunEvent { return &CaseErased{} },
	"retention.Skipped":  func() RunEvent { return &CaseSkipped{} },
	"retention.Ended":    func() RunEvent { return &RunEnded{} },
}

func (e *RunOpened) applyRun(r *Run, at time.Time, by string) {
	r.RunOpened, r.State, r.At, r.By = *e, RunProposed, at, by
}

func (e *RunDecided) applyRun(r *Run, at time.Time, by string) {
	r.State, r.DecidedBy, r.DecidedAt, r.Why = RunRefused, by, at, e.Why
	if e.OK {
		r.State = RunApproved
	}
}

func (e *CaseErased) applyRun(r *Run, at time.Time, _ string) {
	r.Erased = append(slices.Clip(r.Erased), ErasedLine{*e, at})
}

func (e *CaseSkipped) applyRun(r *Run, _ time.Time, _ string) {
	r.Skipped = append(slices.Clip(r.Skipped), *e)
}

func (e *RunEnded) applyRun(r *Run, at time.Time, _ string) {
	r.State, r.EndedAt, r.Sum = RunDone, at, e.Sum
}

// Apply returns the protocol after an event.
func (r Run) Apply(e RunEvent, at time.Time, by string) Run {
	r.Version++
	e.applyRun(&r, at, by)
	return r
}

// Open decides a proposal: due cases, or the one that a person asked for with those
// merged into it; then with a reason.
func Open(n int64, ground Ground, asOf calendar.Date, cases []int64, reason, despite string) (*RunOpened, error) {
	var f fault.Fields
	f.Need(slices.Contains(Grounds, ground), "ground", "请选择删除的依据")
	f.Need(len(cases) > 0, "cases", "没有可以删除的投诉")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if ground != GroundPeriod {
		if err := need("reason", "请求人和理由", reason); err != nil {
			return nil, err
		}
	}
	return &RunOpened{N: n, Ground: ground, AsOf: asOf, Cases: cases, Reason: strings.TrimSpace(reason), Despite: strings.TrimSpace(despite)}, nil
}

// Decide approves or refuses a proposal. Nobody decides on a proposal of their own.
func (r Run) Decide(who string, ok bool, why string) (*RunDecided, error) {
	if r.By == who {
		return nil, fault.New(fault.Forbidden, "删除须由另一人批准，您是提出人")
	}
	if r.State != RunProposed {
		return nil, fault.New(fault.Conflict, "这份删除清单已经处理过，请刷新后查看")
	}
	if !ok {
		if err := need("why", "退回的理由", why); err != nil {
			return nil, err
		}
	}
	return &RunDecided{OK: ok, Why: strings.TrimSpace(why)}, nil
}

// Left returns the cases that an approved protocol still has to deal with.
func (r Run) Left() []int64 {
	if r.State != RunApproved {
		return nil
	}
	done := map[int64]bool{}
	for _, l := range r.Erased {
		done[l.Case] = true
	}
	for _, l := range r.Skipped {
		done[l.Case] = true
	}
	return slices.DeleteFunc(slices.Clone(r.Cases), func(id int64) bool { return done[id] })
}

// Lines are the protocol's lines as its digest covers them.
func (r Run) Lines() []string {
	out := []string{fmt.Sprintf("retention %d %s %s cases %d by %s decided %s", r.N, r.Ground, r.AsOf, len(r.Cases), r.By, r.DecidedBy)}
	for _, l := range r.Erased {
		out = append(out, fmt.Sprintf("erased %d %s sealed %d files %d at %s", l.Case, l.Number, l.Sealed, l.Files, l.At.UTC().Format(time.RFC3339Nano)))
	}
	for _, l := range r.Skipped {
		out = append(out, fmt.Sprintf("skipped %d %s %s", l.Case, l.Number, l.Why))
	}
	return out
}

// Digest is SHA-256 over the lines, each ended by a line feed.
func (r Run) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join(r.Lines(), "\n") + "\n"))
	return hex.EncodeToString(sum[:])
}

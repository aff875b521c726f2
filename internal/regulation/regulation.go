// Package regulation holds the rules as data: instruments with their articles,
// the obligations and clocks they found, and the settings that no rule gives.
// Code asks for a rule by its id and knows no number.
//
// A case is pinned to the version in force on its day of receipt: take
// Library.At(receipt) and ask the Set.
package regulation

import (
	"maps"
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Grades say how well a statement was verified. Of GradeC nothing counts days.
const (
	GradeA       = "A"       // read in a copy of the official text
	GradeB       = "B"       // read in summaries that agree
	GradeC       = "C"       // general knowledge; must be verified
	GradeSetting = "setting" // no rule: the institution decides
)

// Instrument is a law, rule, notice or standard; the settings of the house are
// one too.
type Instrument struct {
	ID          string        // stable, such as "nfra-2020-3"
	Title       string        // full title without the brackets 《》
	Number      string        // number of the document, "" when it has none
	Short       string        // short name for tables
	Issuer      string        // who issued it
	Kind        string        // law, regulation, rule, notice, standard or house
	Region      string        // "" for the whole country, else the place of a local overlay
	From        calendar.Date // first day in force; none = always
	Until       calendar.Date // last day in force; none = still in force
	ReplacedBy  string        // id of the successor
	Grade       string
	Note        string
	Articles    []Article
	Obligations []Obligation
}

// InForce reports whether the instrument was in force on a day.
func (i Instrument) InForce(on calendar.Date) bool {
	return on >= i.From && (i.Until.IsZero() || on <= i.Until)
}

// Article is one article of an instrument with our own one-line summary; the
// text of the law itself is not part of the program.
type Article struct {
	Instrument string // id
	Number     string // "18"; a topic such as "处理期限" where the number could not be verified
	Text       string
	Grade      string
}

// Clock is a time limit that runs from a trigger.
type Clock struct {
	ID             string
	Name           string
	Regime         string   // ladder it belongs to: nfra, pbc, house; "" when it stands alone
	Days           int      // total days from the trigger, the steps it extends included
	Extra          int      // days it adds to the clock it extends; 0 when the rule names the total
	Working        bool     // working days; otherwise natural days
	From           string   // trigger, one of the From constants
	Extends        string   // id of the clock that it lengthens, "" for a first step
	Party          string   // who has to act: "institution", "regulator", "consumer" or "department"
	Approver       string   // one of the Approver constants
	NotifyConsumer bool     // the complainant must be told of the extension
	Notify         []string // whom else to tell, as codes
	Reason         bool     // a reason must be given
	Evidence       []string // what to keep, in Chinese
	Region         string   // of a local overlay
	Overlays       string   // id of the clock that a local overlay tightens
	Setting        string   // id of the setting that gives Days, "" when a rule does
	Note           string
	Cite           Citation
	Grade          string
}

// Triggers of clocks.
const (
	FromReceipt            = "receipt"              // the institution received the complaint
	FromSubmission         = "submission"           // material was handed in for review
	FromDecisionReceived   = "decision_received"    // the complainant received the decision
	FromApplicationReceipt = "application_received" // the superior received the application for re-examination
	FromRegulatorReceipt   = "regulator_receipt"    // the regulator received the complaint
	FromDepartmentReceipt  = "department_receipt"   // another administrative department received the complaint
	FromAcceptance         = "acceptance"           // that department accepted it
	FromNotice             = "notice"               // the decision was told
	FromClosure            = "closure"              // the case was closed
	FromDefectFound        = "defect_found"         // an inspection found the defect
	FromAgentLeft          = "agent_left"           // the sales agent left the institution
)

// Approvers of extensions and amounts.
const (
	ApproverNone        = ""
	SuperiorOrExecutive = "superior_or_executive" // superior unit, or senior manager of the head office
	ComplaintHead       = "complaint_head"        // the institution's own head of complaint work
	BranchLead          = "branch_lead"
	Office              = "office"
	Executive           = "executive"
)

// Obligation is one line of the register of duties.
type Obligation struct {
	ID       string // such as "CP-07"
	Trigger  string // what sets it off, in Chinese
	Limit    string // the time limit in words, "" when the text states none
	Clock    string // id of the clock that counts it, "" when none does
	Approver string // in words
	Notify   string // whom to tell, in words
	Evidence string // what to keep, in words
	Cites    []Citation
	Grade    string
	Note     string
}

// Library is every version of every rule. It is immutable; share it freely.
type Library struct {
	instruments []Instrument // by id
	clocks      map[string][]versioned[Clock]
	articles    map[[2]string]Article
	settings    map[string]Setting
	source      []document // kept so that WithSettings can resolve again
	ladders     map[string][]string
	overlays    map[string][]string // ids of the local clocks that tighten a clock
}

// versioned is a rule with the days on which its instrument was in force.
type versioned[T any] struct {
	from, until calendar.Date
	rule        T
}

func (v versioned[T]) inForce(on calendar.Date) bool {
	return on >= v.from && (v.until.IsZero() || on <= v.until)
}

// Instruments returns all instruments in the order of their ids.
func (l *Library) Instruments() []Instrument { return slices.Clone(l.instruments) }

// Instrument returns the instrument of an id.
func (l *Library) Instrument(id string) (Instrument, bool) {
	i := slices.IndexFunc(l.instruments, func(in Instrument) bool { return in.ID == id })
	if i < 0 {
		return Instrument{}, false
	}
	return l.instruments[i], true
}

// Set is the library as it was in force on one day.
type Set struct {
	lib *Library
	on  calendar.Date
}

// At returns the rules in force on a day.
func (l *Library) At(on calendar.Date) Set { return Set{lib: l, on: on} }

// On returns the day of the set.
func (s Set) On() calendar.Date { return s.on }

// Clock returns the clock of an id as in force on the day of the set, or a
// fault of kind NotFound.
func (s Set) Clock(id string) (Clock, error) {
	for _, v := range s.lib.clocks[id] {
		if v.inForce(s.on) {
			return v.rule, nil
		}
	}
	if len(s.lib.clocks[id]) > 0 {
		return Clock{}, fault.New(fault.NotFound, "期限“%s”所依据的规定在 %s 还没有生效或者已经失效：请核对收到日期。", id, s.on)
	}
	return Clock{}, fault.New(fault.NotFound, "没有编号为“%s”的期限：请核对编号。", id)
}

// Clocks returns every clock in force on the day, in the order of their ids.
func (s Set) Clocks() []Clock {
	var out []Clock
	for _, id := range slices.Sorted(maps.Keys(s.lib.clocks)) {
		if c, err := s.Clock(id); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// Ladder returns the steps of a regime in force on the day, the first step
// first: nfra simple, complex, special; pbc simple, special. It is empty when
// the regime is unknown or its rule was not in force.
func (s Set) Ladder(regime string) []Clock {
	out := make([]Clock, 0, len(s.lib.ladders[regime]))
	for _, id := range s.lib.ladders[regime] {
		if c, err := s.Clock(id); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// Local returns the clock of an id and the local overlays of the region that
// tighten it; a region such as "北京市朝阳区" lies in "北京". Compute them all
// and keep the strictest: see Strictest.
func (s Set) Local(id, region string) ([]Clock, error) {
	c, err := s.Clock(id)
	if err != nil {
		return nil, err
	}
	out := []Clock{c}
	for _, local := range s.lib.overlays[id] {
		if o, err := s.Clock(local); err == nil && o.Overlays == id && lies(region, o.Region) {
			out = append(out, o)
		}
	}
	return out, nil
}

// Article returns an article of an instrument in force on the day. The number
// may name a paragraph ("18.3"); the article is returned.
func (s Set) Article(instrument, number string) (Article, bool) {
	in, ok := s.lib.Instrument(instrument)
	if !ok || !in.InForce(s.on) {
		return Article{}, false
	}
	article, _ := splitParagraph(number)
	a, ok := s.lib.articles[[2]string{instrument, article}]
	return a, ok
}

// Instruments returns the instruments in force on the day.
func (s Set) Instruments() []Instrument {
	var out []Instrument
	for _, in := range s.lib.instruments {
		if in.InForce(s.on) {
			out = append(out, in)
		}
	}
	return out
}

// Obligations returns the register of duties in force on the day, in the order
// of their ids.
func (s Set) Obligations() []Obligation {
	var out []Obligation
	for _, in := range s.Instruments() {
		out = append(out, in.Obligations...)
	}
	slices.SortFunc(out, func(a, b Obligation) int { return compareIDs(a.ID, b.ID) })
	return out
}

// Obligation returns the duty of an id, or a fault of kind NotFound.
func (s Set) Obligation(id string) (Obligation, error) {
	for _, in := range s.Instruments() {
		for _, o := range in.Obligations {
			if o.ID == id {
				return o, nil
			}
		}
	}
	return Obligation{}, fault.New(fault.NotFound, "没有编号为“%s”的义务：请核对编号。", id)
}

// Setting returns the setting of an id, or a fault of kind NotFound.
func (s Set) Setting(id string) (Setting, error) {
	v, ok := s.lib.settings[id]
	if !ok {
		return Setting{}, fault.New(fault.NotFound, "没有编号为“%s”的设置：请核对编号。", id)
	}
	return v, nil
}

// Settings returns all settings in the order of their ids.
func (s Set) Settings() []Setting {
	var out []Setting
	for _, id := range slices.Sorted(maps.Keys(s.lib.settings)) {
		out = append(out, s.lib.settings[id])
	}
	return out
}

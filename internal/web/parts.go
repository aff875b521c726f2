package web

import "strings"

// The views of the shared partials in part/*.html. A page's view embeds or
// holds them; texts are data, keys are message ids.

// Due is a due date and how near it is. Handlers compute Left; this package
// knows neither the day nor any limit.
type Due struct {
	On      string // 2026-05-01; empty when there is no such date
	Left    int    // days until then; negative when past
	Soon    bool   // within the warning distance of the settings
	Done    bool   // met; On says when
	Unknown bool   // cannot be told: the year's holidays are not announced
	Name    string // what is due, data; empty where the place says it
	Count   *Count // how it was counted; nil shows no popover
	More    string // instead of Count in long lists: path of the page (block "count") that shows it
}

// State returns over, today, soon, ok, done, none or unknown.
func (d Due) State() string {
	switch {
	case d.Unknown:
		return "unknown"
	case d.On == "":
		return "none"
	case d.Done:
		return "done"
	case d.Left < 0:
		return "over"
	case d.Left == 0:
		return "today"
	case d.Soon:
		return "soon"
	}
	return "ok"
}

// Icon returns the name of the icon of the state.
func (d Due) Icon() string {
	switch d.State() {
	case "over":
		return "alert-circle"
	case "today", "unknown":
		return "clock-exclamation"
	case "done":
		return "check"
	}
	return "clock"
}

// Short returns the date without its year, as it stands in brackets.
func (d Due) Short() string {
	if _, after, ok := strings.Cut(d.On, "-"); ok {
		return after
	}
	return d.On
}

func (d Due) words(t func(string, ...any) string) string {
	left := d.Left
	if left < 0 {
		left = -left
	}
	return t("due."+d.State(), "Count", left, "Date", d.Short())
}

// Count is a due date's count day by day.
type Count struct {
	From, Due string // 2026-05-01
	Days      []CountDay
	Cite      string // article, data
	Note      string // what else to know, data
}

// CountDay is one line of a count: N is 0 for a day that does not count.
type CountDay struct {
	Date string
	N    int
	Why  string // data: 起算日不计、周末、国庆节 …
}

// Masked is a piece of personal data that shows its ends only. Reveal is the
// path that takes the reason and shows it in full; empty when the reader may not.
type Masked struct {
	Text   string // already masked: the full value must not be in the page
	Reveal string
	Field  string // name of the field as the access record keeps it
}

// Reasons are the message ids of the reasons for seeing personal data, as the
// use case knows them; the last one is said in words, in the field "why".
var Reasons = []Option{
	{Value: "contact", Label: "reveal.contact"}, {Value: "verify_identity", Label: "reveal.verify_identity"}, {Value: "payment", Label: "reveal.payment"},
	{Value: "letter", Label: "reveal.letter"}, {Value: "audit", Label: "reveal.audit"}, {Value: "other", Label: "reveal.other"},
}

// Chip is a suggestion of the machine, or what a person made of it.
type Chip struct {
	Label  string   // message id of what is suggested
	Value  string   // the suggestion, data
	Words  []string // the words that weighed
	Post   string   // path that takes verdict=accept|reject
	Edit   string   // path of the form to change it
	Set    bool     // a person confirmed it
	SetBy  string
	Shares int // confidence in percent; 0 is not shown
}

// Step is one of the steps of a case.
type Step struct {
	Name  string // message id
	State string // done, now, or empty
	Spent string // time in it, data
	Hint  string // message id of the prompt, shown at the step of now
	Tasks []Check
}

// Check is one line of a check list; a failing one links to what mends it.
type Check struct {
	OK     bool
	Text   string // data; or
	Label  string // message id
	Mend   string // path
	MendBy string // message id of the link
}

// Item is one entry of a time line.
type Item struct {
	Icon  string
	At    string // as shown
	By    string
	What  string // data; or
	Label string // message id with Args
	Args  []any
	Say   string // words that were said or written
	Key   bool   // a turning point
}

// Tile is a number that is a filter.
type Tile struct {
	Label string // message id
	Icon  string
	N     int
	More  bool // there are more than N
	Link  string
	Kind  string // over, today, soon or empty
	Here  bool
}

// Tab is one of the views of a list.
type Tab struct {
	Label string // message id
	Link  string
	N     int // 0 is not shown
	Here  bool
}

// Empty is what stands where nothing is: it says what to do next.
type Empty struct {
	Icon, Title, Text string // message ids for the last two
	Link, Do          string // path and message id of the next step; optional
}

// Approval is one decision to take.
type Approval struct {
	Title, State string // data; message id
	Due          Due
	By, At       string
	Was, Will    []Change
	Limits       []Check
	Reason       string
	Post         string // path that takes verdict=approve|return and reason
	May          bool   // the reader may decide; else Why says why not
	Why          string
	Form         *Form
}

// Change is one value that a decision changes.
type Change struct {
	Label string // message id
	Value string // data
}

// Progress is long work: an import, a scan, an export.
type Progress struct {
	Title     string // data
	State     string // message id
	Done, All int
	Results   []Result
	Refresh   string // path of the fragment that replaces this one while it runs; empty when ended
	Stop      string // path; empty when it cannot be stopped
	File      string // path of the result; empty while there is none
	FileName  string
}

// Running reports whether the work goes on.
func (p Progress) Running() bool { return p.Refresh != "" }

// Result is one count of a long work.
type Result struct {
	Label string // message id
	N     int
}

// Letter is a letter as it will be printed.
type Letter struct {
	Title, Number string
	To            string
	Paragraphs    []string
	From, Date    string
}

// Reasons returns the reasons to choose from.
func (Masked) Reasons() []Option { return Reasons }

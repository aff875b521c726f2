package guide

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
)

//go:embed data/questions.toml
var questionsTOML string

// Question is one question to ask next, with its reason and where the answer goes.
type Question struct {
	ID, Text, TextEn, Why, WhyEn string
	Verb, Field                  string // command and field that take the answer
	Source                       string
	Point                        int // allegation that it is about, 0 for the case
}

// Fetch is something that we look up ourselves instead of asking for it.
type Fetch struct {
	ID, Text, TextEn, Why, WhyEn string
}

// Want is what lies behind a request: a guess with the question that checks it.
type Want struct {
	Request                              string // as in complaint.Requests
	Interest, InterestEn, Check, CheckEn string
}

// Asking is what a handler should ask, look up and say back.
type Asking struct {
	Questions []Question
	Fetch     []Fetch
	Restate   string // the need in one sentence, as it may be said back
	Wants     []Want
}

type questionSpec struct {
	ID         string   `toml:"id"`
	Lacks      string   `toml:"lacks"`
	Products   []string `toml:"products"`
	Reasons    []string `toml:"reasons"`
	LifeCycles []string `toml:"life_cycles"`
	Text       string   `toml:"text"`
	TextEn     string   `toml:"text_en"`
	Why        string   `toml:"why"`
	WhyEn      string   `toml:"why_en"`
	Verb       string   `toml:"verb"`
	Field      string   `toml:"field"`
	Document   string   `toml:"document"`
	Source     string   `toml:"source"`
}

type wantSpec struct {
	Request    string `toml:"request"`
	Interest   string `toml:"interest"`
	InterestEn string `toml:"interest_en"`
	Check      string `toml:"check"`
	CheckEn    string `toml:"check_en"`
}

type questionFile struct {
	Held      []string       `toml:"held"`
	Demanding []string       `toml:"demanding"`
	Times     []string       `toml:"times"`
	Questions []questionSpec `toml:"question"`
	Fetch     []questionSpec `toml:"fetch"`
	Wants     []wantSpec     `toml:"want"`
}

var questionData = sync.OnceValue(func() questionFile {
	var f questionFile
	if _, err := toml.Decode(questionsTOML, &f); err != nil {
		panic("questions.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return f
})

// documents are what may be asked for besides facts (rule 2020-3 art. 13 and 14).
var documents = []string{"authorisation", "agent_identity", "kinship", "signature"}

// Ask returns what a decision on the case still lacks, as questions. A case that
// is decided, or is no complaint, has none.
func Ask(c complaint.Case) Asking {
	data := questionData()
	var out Asking
	if !c.Active() || c.State == complaint.Deciding || c.State == complaint.Decided {
		return out
	}
	for _, q := range data.Questions {
		out.Questions = append(out.Questions, q.asked(c, data)...)
	}
	open := slices.ContainsFunc(c.Live(), func(a complaint.Allegation) bool { return a.Finding == nil })
	for _, q := range data.Fetch {
		if open && q.fits(c) {
			out.Fetch = append(out.Fetch, Fetch{q.ID, q.Text, q.TextEn, q.Why, q.WhyEn})
		}
	}
	for _, w := range data.Wants {
		if slices.Contains(c.Requests, w.Request) {
			out.Wants = append(out.Wants, Want(w))
		}
	}
	out.Restate = restate(c)
	return out
}

// asked gives the question for the case: once, or for every allegation that lacks its finding.
func (q questionSpec) asked(c complaint.Case, data questionFile) []Question {
	if !q.fits(c) {
		return nil
	}
	if q.Lacks == "finding" && strings.Contains(q.Text, "{point}") {
		var out []Question
		for _, a := range c.Live() {
			if a.Finding == nil {
				out = append(out, q.about(c, a))
			}
		}
		return out
	}
	if !lacks(c, q.Lacks, data.Times) {
		return nil
	}
	return []Question{q.about(c, complaint.Allegation{})}
}

// fits reports whether the question is for cases of this kind. A case without a
// code is asked what is for all.
func (q questionSpec) fits(c complaint.Case) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(q.Products, c.Codes.Product) && in(q.Reasons, c.Codes.Reason) && in(q.LifeCycles, c.Codes.LifeCycle)
}

func (q questionSpec) about(c complaint.Case, a complaint.Allegation) Question {
	name := ""
	if c.Representative != nil {
		name = c.Representative.Name
	}
	put := strings.NewReplacer("{point}", a.Text, "{name}", name, "{restate}", restate(c)).Replace
	return Question{ID: q.ID, Text: put(q.Text), TextEn: put(q.TextEn), Why: q.Why, WhyEn: q.WhyEn, Verb: q.Verb, Field: q.Field, Source: q.Source, Point: a.N}
}

// lackNames lists what lacks knows; the data may ask for nothing else.
var lackNames = []string{"restated", "demand", "when", "finding", "amount", "respondent", "vulnerable", "interest", "urgency", "promise", "proof"}

// lacks reports whether a decision still lacks something.
func lacks(c complaint.Case, what string, times []string) bool {
	switch what {
	case "restated":
		return !c.Steps[complaint.Listen].Done
	case "demand":
		return strings.TrimSpace(c.Demand) == "" && len(c.Requests) == 0
	case "when":
		return !slices.ContainsFunc(times, func(w string) bool { return strings.Contains(c.Narrative, w) })
	case "finding":
		return slices.ContainsFunc(c.Live(), func(a complaint.Allegation) bool { return a.Finding == nil })
	case "amount":
		return c.Amount == 0 && (slices.Contains(c.Requests, "refund") || slices.Contains(c.Requests, "compensate") || slices.Contains(c.Requests, "surrender"))
	case "respondent":
		return !slices.ContainsFunc(c.Respondents, func(r complaint.Respondent) bool { return r.Person != "" || r.Name != "" })
	case "vulnerable":
		return len(c.Vulnerable) == 0 && len(c.Contacts) == 0
	case "interest":
		return c.Talk == nil || len(c.Talk.Interests) == 0
	case "urgency":
		return len(c.Contacts) <= 1
	case "promise":
		return len(c.Contacts) == 0 || c.Contacts[len(c.Contacts)-1].ReplyNext == ""
	case "proof":
		return c.Representative != nil && c.Representative.Proof == ""
	}
	return false
}

// restate is the need in one sentence: what happened, and what is wanted.
func restate(c complaint.Case) string {
	var points []string
	for _, a := range c.Live() {
		points = append(points, strings.Trim(a.Text, "。；，. "))
	}
	out := "您反映的是" + strings.Join(points, "；")
	switch {
	case strings.TrimSpace(c.Demand) != "":
		out += "。您希望" + strings.TrimPrefix(strings.Trim(c.Demand, "。 "), "希望")
	case len(c.Requests) > 0:
		var asks []string
		for _, r := range c.Requests {
			asks = append(asks, complaint.Label("request", r, "zh"))
		}
		out += "。您希望" + strings.Join(asks, "、")
	}
	return out + "。"
}

// checkQuestions says what is wrong with the data; the package test asks it.
func checkQuestions(f questionFile, verbs []string) (wrong []string) {
	bad := func(when bool, format string, args ...any) {
		if when {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	has := func(s string, list []string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(s, w) })
	}
	book := complaint.Book()
	for _, q := range slices.Concat(f.Questions, f.Fetch) {
		bad(q.Text == "" || q.TextEn == "" || q.Why == "" || q.WhyEn == "", "%s is incomplete", q.ID)
		for _, id := range q.Products {
			bad(complaint.CodeName(book.Products, id) == id, "%s: product %s", q.ID, id)
		}
		for _, id := range q.Reasons {
			bad(complaint.CodeName(book.Reasons, id) == id, "%s: reason %s", q.ID, id)
		}
		for _, id := range q.LifeCycles {
			bad(complaint.CodeName(book.LifeCycle, id) == id, "%s: life cycle %s", q.ID, id)
		}
	}
	for _, q := range f.Questions {
		bad(!slices.Contains(lackNames, q.Lacks), "%s lacks %q", q.ID, q.Lacks)
		bad(q.Source == "" || !slices.Contains(verbs, q.Verb), "%s: source %q, verb %q", q.ID, q.Source, q.Verb)
		bad(has(q.Text, f.Held) && has(q.Text, f.Demanding), "%s asks for what we hold (rule 2020-3 art. 13): %s", q.ID, q.Text)
		bad(q.Document != "" && !slices.Contains(documents, q.Document), "%s asks for %s, which may not be asked", q.ID, q.Document)
	}
	for _, w := range f.Wants {
		bad(!slices.Contains(complaint.Requests, w.Request) || w.Interest == "" || w.InterestEn == "" || w.Check == "" || w.CheckEn == "", "want %s", w.Request)
	}
	return wrong
}

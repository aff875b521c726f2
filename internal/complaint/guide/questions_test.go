package guide

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
)

func TestQuestionData(t *testing.T) {
	for _, wrong := range checkQuestions(questionData(), verbs()) {
		t.Error(wrong)
	}
	f := questionData()
	for _, test := range []struct {
		q    questionSpec
		want string
	}{
		{questionSpec{ID: "a", Lacks: "finding", Text: "请提供您的合同和流水", TextEn: "x", Why: "x", WhyEn: "x", Verb: "find", Source: "x"}, "asks for what we hold"},
		{questionSpec{ID: "b", Lacks: "finding", Text: "x", TextEn: "x", Why: "x", WhyEn: "x", Verb: "find", Source: "x", Document: "salary"}, "may not be asked"},
		{questionSpec{ID: "c", Lacks: "love", Verb: "sing"}, "lacks"},
		{questionSpec{ID: "d", Products: []string{"moon"}, Reasons: []string{"moon"}}, "product moon"},
	} {
		f.Questions = []questionSpec{test.q}
		if got := strings.Join(checkQuestions(f, verbs()), "\n"); !strings.Contains(got, test.want) {
			t.Errorf("%s passes: %s", test.q.ID, got)
		}
	}
}

func asked(a Asking) []string {
	var out []string
	for _, q := range a.Questions {
		out = append(out, q.ID)
	}
	return out
}

// S1.2: asked is what a decision of this kind still lacks, nothing else.
func TestAsk(t *testing.T) {
	c := base()
	c.Narrative, c.Demand, c.Requests = "客户经理说和存款一样", "希望退还保费。", []string{"refund"}
	c.Codes = complaint.Codes{Product: "agency_insurance", Reason: "sales"}
	a := Ask(c)
	for _, want := range []string{"restate", "point_when", "point_open", "amount", "staff", "care", "interest", "promise", "sales_words", "sales_understood"} {
		if !slices.Contains(asked(a), want) {
			t.Errorf("%s is not asked: %v", want, asked(a))
		}
	}
	for _, not := range []string{"demand", "claim_event", "collection_calls", "authorisation", "urgency"} {
		if slices.Contains(asked(a), not) {
			t.Errorf("%s is asked", not)
		}
	}
	if a.Restate != "您反映的是限额没有告知。您希望退还保费。" {
		t.Errorf("restated as %q", a.Restate)
	}
	i := slices.IndexFunc(a.Questions, func(q Question) bool { return q.ID == "point_open" })
	if q := a.Questions[i]; q.Point != 1 || !strings.Contains(q.Text, "限额没有告知") || q.Verb != "find" {
		t.Errorf("%+v", q)
	}
	if len(a.Wants) != 1 || a.Wants[0].Request != "refund" || len(a.Fetch) == 0 {
		t.Errorf("wants %+v, fetch %+v", a.Wants, a.Fetch)
	}
	known := c
	known.Points = []complaint.Allegation{{N: 1, Text: "x", Finding: &complaint.Finding{}}}
	known.Narrative, known.Amount, known.Respondents = "去年3月", 100, []complaint.Respondent{{Name: "小李"}}
	known.Steps[complaint.Listen].Done = true
	known.Contacts = []complaint.Contact{{ReplyNext: "周五回电"}, {ReplyNext: "周五回电"}}
	known.Talk = &complaint.Talk{Interests: []string{"面子"}}
	if a := Ask(known); len(a.Questions) != 0 || len(a.Fetch) != 0 {
		t.Errorf("asked again: %v, %v", asked(a), a.Fetch)
	}
	c.State = complaint.Decided
	if a := Ask(c); len(a.Questions) != 0 {
		t.Error("a decided case is asked about")
	}
}

// CP-04: of a representative the authority may be asked, and only while it is missing.
func TestAskOfARepresentative(t *testing.T) {
	c := base()
	c.Representative = &complaint.Representative{Kind: complaint.Agent, Name: "李四"}
	c.Points = append(c.Points, complaint.Allegation{N: 2, Text: "第二点"}, complaint.Allegation{N: 3, Text: "第三点", Dropped: true})
	a := Ask(c)
	i := slices.Index(asked(a), "authorisation")
	if i < 0 || !strings.Contains(a.Questions[i].Text, "李四") {
		t.Fatalf("%v", asked(a))
	}
	open := 0
	for _, q := range a.Questions {
		if q.ID == "point_open" {
			open++
		}
	}
	if open != 2 {
		t.Errorf("%d allegations are asked about", open)
	}
	c.Representative.Proof = "授权书"
	if slices.Contains(asked(Ask(c)), "authorisation") {
		t.Error("the authority is asked twice")
	}
}

// The restated need says what is wanted even where only boxes were ticked.
func TestRestate(t *testing.T) {
	c := base()
	for _, test := range []struct {
		demand   string
		requests []string
		want     string
	}{
		{"", nil, "您反映的是限额没有告知。"}, {"", []string{"refund", "apology"}, "您反映的是限额没有告知。您希望退款、道歉。"}, {"希望恢复额度。", nil, "您反映的是限额没有告知。您希望恢复额度。"},
	} {
		if c.Demand, c.Requests = test.demand, test.requests; restate(c) != test.want {
			t.Errorf("%q, want %q", restate(c), test.want)
		}
	}
}

package guide

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/regulation"
)

func verbs() []string {
	var out []string
	for _, v := range complaint.Verbs() {
		out = append(out, v.Name)
	}
	return out
}

func TestForecastData(t *testing.T) {
	for _, wrong := range checkForecast(forecastData(), verbs()) {
		t.Error(wrong)
	}
	one := 1
	broken := forecastFile{Kinds: []forecastKind{{ID: "moon", Watch: 2, High: 1}}, Reasons: []forecastReason{{ID: "x", Fact: "weather", AtLeast: &one, Step: "none", Points: map[complaint.Escalation]int{"moon": -1}}}, Steps: []forecastStep{{ID: "y", Verb: "dance"}}}
	if got := checkForecast(broken, verbs()); len(got) < 5 {
		t.Errorf("broken data passes: %v", got)
	}
}

var today = calendar.Of(2026, 3, 20)

// base is a case of the day, in work, talked to today.
func base() complaint.Case {
	return complaint.Case{Number: "TS1", Nature: complaint.Complaint, State: complaint.Handling, ReceivedOn: today, References: []complaint.Reference{{N: 1, Channel: "phone", ReceivedOn: today}},
		Points: []complaint.Allegation{{N: 1, Text: "限额没有告知"}}}
}

func of(list []Forecast, e complaint.Escalation) Forecast {
	return list[slices.IndexFunc(list, func(f Forecast) bool { return f.Of == e })]
}

func contact(day calendar.Date, out bool, promise string) complaint.Contact {
	return complaint.Contact{At: day.Time(), Outbound: out, Reached: true, Summary: "x", ReplyNext: promise}
}

func due(days int) complaint.Deadline {
	return complaint.Deadline{Kind: complaint.DecideBy, Deadline: regulation.Deadline{Due: today.AddDays(days)}}
}

// S4.15: each reason by itself, with the number it names and the step that lowers it.
func TestReasons(t *testing.T) {
	rung := complaint.LadderEntry{Rung: complaint.RungLitigation}
	for _, test := range []struct {
		id     string
		of     complaint.Escalation
		change func(*complaint.Case, *ForecastInput)
		text   string
		step   string
	}{
		{"overdue", complaint.ToRegulator, func(_ *complaint.Case, in *ForecastInput) {
			in.Deadlines = []complaint.Deadline{due(-3)}
		}, "3 天", "answer_now"},
		{"near_due", complaint.ToRegulator, func(_ *complaint.Case, in *ForecastInput) {
			in.Deadlines = []complaint.Deadline{due(1)}
		}, "1 天", "answer_now"},
		{"silence", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) { c.ReceivedOn = today.AddDays(-6) }, "6 天", "call_today"},
		{"long_silence", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) { c.ReceivedOn = today.AddDays(-11) }, "十天", "call_today"},
		{"unanswered", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) {
			c.Contacts = []complaint.Contact{contact(today, true, ""), contact(today, false, ""), contact(today, false, "")}
		}, "2 次", "call_today"},
		{"broken_promise", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) {
			c.Contacts = []complaint.Contact{contact(today.AddDays(-4), true, "三日内回复")}
		}, "1 件", "keep_promise"},
		{"regulator_reference", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) { c.References[0].Channel = "nfra" }, "1 件", "answer_sender"},
		{"repeats", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) {
			c.References = append(c.References, complaint.Reference{N: 2, Channel: "phone"})
		}, "1 次", "look_again"},
		{"earlier_cases", complaint.ToRegulator, func(_ *complaint.Case, in *ForecastInput) { in.Earlier = 2 }, "2 件", "look_again"},
		{"reminded", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) { c.Reminders = []complaint.Reminder{{Kind: "supervise"}} }, "1 次", "answer_now"},
		{"reopened", complaint.ToRegulator, func(c *complaint.Case, _ *ForecastInput) { c.Reopened = 1 }, "1 次", "look_again"},
		{"reexamination", complaint.ToLitigation, func(c *complaint.Case, _ *ForecastInput) { c.Reexams = []complaint.Reexamination{{N: 1}} }, "1 次", "explain_basis"},
		{"dispute_rung", complaint.ToLitigation, func(c *complaint.Case, _ *ForecastInput) { c.Ladder = []complaint.LadderEntry{rung} }, "诉讼", "mediation"},
		{"not_upheld", complaint.ToLitigation, func(c *complaint.Case, _ *ForecastInput) {
			c.Points[0].Finding = &complaint.Finding{Outcome: complaint.NotUpheld}
		}, "1 个", "explain_basis"},
		{"refused_offers", complaint.ToLitigation, func(c *complaint.Case, _ *ForecastInput) {
			c.Rounds = []complaint.Round{{Response: complaint.TalkRefused}}
		}, "1 次", "mediation"},
		{"vulnerable", complaint.ToMedia, func(c *complaint.Case, _ *ForecastInput) { c.Vulnerable = []string{"elderly"} }, "特殊群体", "visit"},
		{"amount", complaint.ToLitigation, func(c *complaint.Case, _ *ForecastInput) { c.Amount = 5_000_000 }, "50000 元", "mediation"},
		{"angry", complaint.ToMedia, func(c *complaint.Case, _ *ForecastInput) {
			c.Judgements = []complaint.Judgement{{Topic: complaint.TopicEmotion, Value: "angry"}}
		}, "愤怒", "lead_call"},
		{"threatening", complaint.ToMedia, func(c *complaint.Case, _ *ForecastInput) {
			c.Judgements = []complaint.Judgement{{Topic: complaint.TopicEmotion, Value: "threatening"}}
		}, "扬言", "lead_call"},
		{"joint", complaint.ToGroup, func(c *complaint.Case, _ *ForecastInput) { c.Joint = &complaint.Joint{Count: 12} }, "12 人", "look_for_cause"},
		{"alike", complaint.ToGroup, func(_ *complaint.Case, in *ForecastInput) { in.Alike = 3 }, "3 件", "look_for_cause"},
	} {
		c := base()
		in := ForecastInput{Today: today}
		if test.change(&c, &in); in.Case.Number == "" {
			in.Case = c
		}
		f := of(Forecasts(in), test.of)
		i := slices.IndexFunc(f.Reasons, func(r Reason) bool { return r.ID == test.id })
		if i < 0 || !strings.Contains(f.Reasons[i].Text, test.text) || forecastData().stepOf(test.id) != test.step {
			t.Errorf("%s: %+v", test.id, f.Reasons)
		}
		if len(f.Steps) == 0 {
			t.Errorf("%s: nothing lowers it", test.id)
		}
	}
}

// A quiet case has no reason at all, and still says what to do.
func TestQuietCase(t *testing.T) {
	for _, f := range Forecasts(ForecastInput{Case: base(), Today: today}) {
		if f.Points != 0 || f.Level != complaint.LevelLow || len(f.Steps) != 1 || f.Steps[0].ID != "default" {
			t.Errorf("%s: %+v", f.Of, f)
		}
	}
	closed := base()
	closed.State, closed.ReceivedOn = complaint.Closed, today.AddDays(-90)
	if f := of(Forecasts(ForecastInput{Case: closed, Today: today}), complaint.ToRegulator); f.Points != 0 {
		t.Errorf("nobody waits for a call after the end: %+v", f.Reasons)
	}
}

func TestWordsAndLevels(t *testing.T) {
	in := ForecastInput{Case: base(), Today: today, Said: []Said{{Rule: "complaint-escalation.regulator", Quote: "12378"}, {Rule: "complaint-escalation.regulator", Quote: "12378"}, {Rule: "complaint-escalation.deadline", Quote: "三天之内"}, {Rule: "complaint-escalation.threat", Quote: "别怪我"}}}
	f := of(Forecasts(in), complaint.ToRegulator)
	if f.Level != complaint.LevelHigh || f.Reasons[0].ID != "regulator_named" || !slices.Equal(f.Reasons[0].Quotes, []string{"12378"}) || f.Steps[0].ID != "lead_call" || len(f.Steps) != 2 {
		t.Errorf("%+v", f)
	}
	if got := Highest(Forecasts(in)); got.Of != complaint.ToRegulator {
		t.Errorf("the highest is %s", got.Of)
	}
}

// One sentence is not counted twice: the polite announcement covers the plain one.
func TestCovered(t *testing.T) {
	in := ForecastInput{Case: base(), Today: today, Said: []Said{{Rule: "complaint-escalation.regulator", Quote: "监管局"}}}
	plain := of(Forecasts(in), complaint.ToRegulator).Points
	in.Said = append(in.Said, Said{Rule: "complaint-escalation.regulator-polite", Quote: "不想"})
	if f := of(Forecasts(in), complaint.ToRegulator); len(f.Reasons) != 1 || f.Reasons[0].ID != "regulator_polite" || f.Points < plain {
		t.Errorf("%+v", f)
	}
}

// A person's word holds until a new reason comes.
func TestWordOfAPerson(t *testing.T) {
	in := ForecastInput{Case: base(), Today: today, Said: []Said{{Rule: "complaint-escalation.media", Quote: "抖音"}}}
	points := of(Forecasts(in), complaint.ToMedia).Points
	in.Case.ForecastAcks = []complaint.ForecastAck{{Of: complaint.ToMedia, Shown: complaint.LevelWatch, Points: points, Level: complaint.LevelLow, Why: "已当面说明"}}
	if f := of(Forecasts(in), complaint.ToMedia); f.Level != complaint.LevelLow || f.Rule != complaint.LevelWatch || f.Stale {
		t.Errorf("%+v", f)
	}
	in.Case.Vulnerable = []string{"elderly"}
	if f := of(Forecasts(in), complaint.ToMedia); f.Level == complaint.LevelLow || !f.Stale {
		t.Errorf("a new reason does not count: %+v", f)
	}
}

// More reasons never give fewer points, and points are the sum of the reasons shown.
func TestForecastIsMonotone(t *testing.T) {
	ids := []string{"regulator", "regulator-polite", "hotline", "media", "litigation", "evidence", "group", "deadline", "threat"}
	rapid.Check(t, func(t *rapid.T) {
		c := base()
		c.Amount = rapid.Int64Range(0, 1e9).Draw(t, "amount")
		c.Reopened = rapid.IntRange(0, 3).Draw(t, "reopened")
		c.ReceivedOn = today.AddDays(-rapid.IntRange(0, 40).Draw(t, "age"))
		in := ForecastInput{Case: c, Today: today, Earlier: rapid.IntRange(0, 3).Draw(t, "earlier")}
		before := Forecasts(in)
		for _, id := range rapid.SliceOf(rapid.SampledFrom(ids)).Draw(t, "said") {
			in.Said = append(in.Said, Said{Rule: "complaint-escalation." + id, Quote: "x"})
		}
		for i, f := range Forecasts(in) {
			sum := 0
			for _, r := range f.Reasons {
				sum += r.Points
			}
			if sum != f.Points || f.Points < before[i].Points || slices.Index(complaint.Levels, f.Level) < slices.Index(complaint.Levels, before[i].Level) {
				t.Fatalf("%+v after %+v", f, before[i])
			}
		}
	})
}

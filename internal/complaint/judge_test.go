package complaint_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
)

func TestJudge(t *testing.T) {
	d := started(t, "2026-03-02")
	d.do(complaint.RecordContact{Channel: "phone", Reached: true, At: at(day("2026-03-03")), Summary: "客户说再不解决就打 12378"}, "clerkBJ", "2026-03-03")
	subject := d.c.Contacts[len(d.c.Contacts)-1].N
	for _, test := range []struct {
		name    string
		do      complaint.Judge
		verdict complaint.Verdict
		value   string
	}{
		{"one click accepts", complaint.Judge{Topic: complaint.TopicStage, Suggested: "respected", Verdict: complaint.Adopted, Source: "person/stage.respected@1", Confidence: 720}, complaint.Adopted, "respected"},
		{"another value corrects", complaint.Judge{Topic: complaint.TopicNeed, Suggested: "service", Value: "product"}, complaint.Corrected, "product"},
		{"no value refuses", complaint.Judge{Topic: complaint.TopicAbuse, Subject: subject, Suggested: "abusive"}, complaint.Rejected, ""},
		{"without a suggestion", complaint.Judge{Topic: complaint.TopicEmotion, Subject: subject, Value: "threatening"}, complaint.Stated, "threatening"},
		{"a later answer replaces", complaint.Judge{Topic: complaint.TopicEmotion, Subject: subject, Value: "angry"}, complaint.Stated, "angry"},
		{"a text", complaint.Judge{Topic: complaint.TopicImplicit, Suggested: "担心资金安全", Value: "担心 13800001234 被冒用"}, complaint.Corrected, "担心 13800001234 被冒用"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d.do(test.do, "clerkBJ", "2026-03-03")
			j, ok := d.c.Judged(test.do.Topic, test.do.Subject)
			if !ok || j.Verdict != test.verdict || j.Value != test.value || j.Suggested != test.do.Suggested || j.By != "person/clerkBJ" || j.At.IsZero() {
				t.Errorf("kept %+v", j)
			}
		})
	}
	if n := len(d.c.Judgements); n != 5 {
		t.Errorf("%d judgements, want the latest of five questions", n)
	}
	if j, _ := d.c.Masked().Judged(complaint.TopicImplicit, 0); j.Value != "担心 138****1234 被冒用" {
		t.Errorf("masked as %q", j.Value)
	}
}

// Codes of the case follow the answer in the same change (S0.1, S4.3).
func TestJudgedCodes(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Codes: complaint.Codes{Reason: "rules", Rights: []string{"know"}}}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	for _, test := range []struct {
		do   complaint.Judge
		want complaint.Codes
	}{
		{complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card", Value: "credit_card"}, complaint.Codes{Product: "credit_card", Reason: "rules", Rights: []string{"know"}}},
		{complaint.Judge{Topic: complaint.TopicReason, Suggested: "attitude", Value: "pricing"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"know"}}},
		{complaint.Judge{Topic: complaint.TopicReason, Suggested: "attitude"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"know"}}},
		{complaint.Judge{Topic: complaint.TopicRight, Suggested: "fair_trade", Value: "fair_trade"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"fair_trade", "know"}}},
		{complaint.Judge{Topic: complaint.TopicRight, Suggested: "know"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"fair_trade"}}},
		{complaint.Judge{Topic: complaint.TopicRight, Suggested: "fair_trade", Value: "choose"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"choose"}}},
		{complaint.Judge{Topic: complaint.TopicLifeCycle, Value: "sale"}, complaint.Codes{Product: "credit_card", Reason: "pricing", Rights: []string{"choose"}, LifeCycle: "sale"}},
		{complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card"}, complaint.Codes{Reason: "pricing", Rights: []string{"choose"}, LifeCycle: "sale"}},
	} {
		d.do(test.do, "clerkBJ", "2026-03-02")
		if diff := cmp.Diff(test.want, d.c.Codes); diff != "" {
			t.Errorf("%+v (- want, + got):\n%s", test.do, diff)
		}
	}
	if _, ok := d.c.JudgedAs(complaint.TopicRight, 0, "know"); !ok {
		t.Error("the refusal of a right is forgotten")
	}
}

func TestJudgeRefuses(t *testing.T) {
	d := started(t, "2026-03-02")
	for _, test := range []struct {
		do   complaint.Judge
		want string
	}{
		{complaint.Judge{Topic: "weather", Value: "x"}, "判断事项"},
		{complaint.Judge{Topic: complaint.TopicStage}, "请填写判断"},
		{complaint.Judge{Topic: complaint.TopicStage, Value: "sleepy"}, "不在可选范围内"},
		{complaint.Judge{Topic: complaint.TopicStage, Suggested: "sleepy"}, "建议值"},
		{complaint.Judge{Topic: complaint.TopicEmotion, Subject: 99, Value: "calm"}, "没有编号为 99"},
		{complaint.Judge{Topic: complaint.TopicStage, Subject: 1, Value: "solved"}, "没有编号为 1"},
		{complaint.Judge{Topic: complaint.TopicStage, Value: "solved", Confidence: 1001}, "千分之"},
		{complaint.Judge{Topic: complaint.TopicStage, Value: "solved", Suggested: "respected", Verdict: complaint.Adopted}, "采用须与建议相同"},
		{complaint.Judge{Topic: complaint.TopicExplicit, Value: "\xff"}, "字符编码"},
	} {
		d.refused(test.do, "clerkBJ", "2026-03-02", test.want)
	}
	d.refused(complaint.Judge{Topic: complaint.TopicStage, Value: "solved"}, "clerkSH", "2026-03-02", "")
}

func TestTopics(t *testing.T) {
	for _, topic := range complaint.Topics {
		switch {
		case topic.Text() && topic.Values() != nil:
			t.Errorf("%s is a text with a list of values", topic)
		case !topic.Text() && len(topic.Values()) < 2:
			t.Errorf("%s gives nothing to choose from", topic)
		}
		for _, v := range topic.Values() {
			if topic.Name(v, "zh") == v || topic.Name(v, "en") == v || topic.Name(v, "zh") == topic.Name(v, "en") {
				t.Errorf("%s %s has no names", topic, v)
			}
		}
	}
}

// Whatever is answered, each question keeps one answer, and the rights of the
// codes are those that stand as answers.
func TestJudgementsKeepOneAnswer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := complaint.Case{Number: "TS1", State: complaint.Handling}
		for range rapid.IntRange(1, 12).Draw(rt, "answers") {
			topic := rapid.SampledFrom([]complaint.Topic{complaint.TopicProduct, complaint.TopicRight, complaint.TopicStage}).Draw(rt, "topic")
			value := rapid.SampledFrom(append(slices.Clone(topic.Values()[:3]), "")).Draw(rt, "value")
			suggested := rapid.SampledFrom(append(slices.Clone(topic.Values()[:3]), "")).Draw(rt, "suggested")
			events, err := complaint.Judge{Topic: topic, Value: value, Suggested: suggested}.Decide(c, complaint.Env{})
			if err != nil {
				continue
			}
			c = c.ApplyAll(events, complaint.Meta{By: "person/a"})
		}
		seen := map[string]bool{}
		for _, j := range c.Judgements {
			key := string(j.Topic)
			if j.Topic.Several() {
				key += j.Suggested + "/" + j.Value
			}
			if seen[key] {
				rt.Fatalf("%s is answered twice: %+v", key, c.Judgements)
			}
			seen[key] = true
		}
		if p, ok := c.Judged(complaint.TopicProduct, 0); ok && p.Value != "" && c.Codes.Product != p.Value {
			rt.Fatalf("judged %q, coded %q", p.Value, c.Codes.Product)
		}
	})
}

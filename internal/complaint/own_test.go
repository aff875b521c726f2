package complaint_test

import (
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
)

// ownCatalogue is an institution that imported its own tree of products in March 2026.
// "Instalments" comes of credit cards and consumer loans, "cards" of two, "fees" of one
// product for one reason.
func ownCatalogue(t *testing.T) *coding.Catalogue {
	t.Helper()
	c := complaint.Codings()
	s, err := c.Scheme(coding.Own)
	if err != nil {
		t.Fatal(err)
	}
	reasons, _ := s.Facet("reason")
	s.Facets = []coding.Facet{{ID: "product", Name: "产品", Family: "business", Codes: []coding.Code{
		{ID: "K", Name: "卡"}, {ID: "K1", Parent: "K", Name: "信用卡额度"}, {ID: "K2", Parent: "K", Name: "信用卡年费"}, {ID: "K3", Parent: "K", Name: "分期"}, {ID: "D", Name: "借记卡业务"}, {ID: "X", Name: "其他"}}}, reasons}
	m := c.Table(coding.Own, coding.Newest, 0).Mapping
	lines := []coding.Line{{Facet: "product", Product: "credit_card", Reason: "pricing", Codes: []string{"K2"}}, {Facet: "product", Product: "credit_card", Codes: []string{"K1", "K3"}, Why: "看是额度还是分期"},
		{Facet: "product", Product: "loan_consumer", Codes: []string{"K3", "X"}, Why: "看是否分期"}, {Facet: "product", Product: "debit_card", Codes: []string{"D"}}, {Facet: "product", Product: "*", Codes: []string{"X"}}}
	for _, l := range m.Lines {
		if l.Facet == "reason" {
			lines = append(lines, l)
		}
	}
	m.Lines = lines
	c = c.Apply(coding.Own, &coding.Proposed{Scheme: &s, Mapping: &m})
	for _, what := range []string{coding.WhatScheme, coding.WhatMapping} {
		e, err := c.Release(coding.Own, what, day("2026-03-01"), "启用本机构分类", complaint.CodingVocabulary())
		if err != nil {
			t.Fatal(err)
		}
		c = c.Apply(coding.Own, &e)
	}
	return c
}

func ownEnv(t *testing.T, on calendar.Date) complaint.Env {
	e := env(who("clerkBJ"), on, on)
	e.Coding = ownCatalogue(t)
	return e
}

func wantFault(t *testing.T, name string, err error, want string) {
	t.Helper()
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want a fault with %q", name, err, want)
	}
}

func openOwn(t *testing.T, d complaint.Register) (*desk, error) {
	on := day("2026-03-02")
	d.ReceivedOn, d.Complainant.Name, d.Channel, d.Narrative = on, "王秀英", "phone", "信用卡年费说免又收，分期手续费也没有说清楚。"
	events, err := d.Open(7, "TS2026-7", ownEnv(t, on))
	if err != nil {
		return nil, err
	}
	out := &desk{t: t}
	out.take(events, who("clerkBJ"), at(on))
	return out, nil
}

// The own tree is entered once; the code book and the own coding follow, and what
// the table leaves open waits.
func TestRegisterByOwnTree(t *testing.T) {
	for _, test := range []struct {
		name, own       string
		codes           complaint.Codes
		product, reason string
		state           coding.State // of the own coding
		wrong           string
	}{
		{"one product leads to it, not by itself", "K1", complaint.Codes{}, "credit_card", "", coding.Chosen, ""},
		{"one product, one reason", "K2", complaint.Codes{}, "credit_card", "pricing", coding.Coded, ""},
		{"the table alone says it", "D", complaint.Codes{}, "debit_card", "", coding.Coded, ""},
		{"by name", " 信用卡年费 ", complaint.Codes{}, "credit_card", "pricing", coding.Coded, ""},
		{"by name with those above", "卡 › 信用卡额度", complaint.Codes{}, "credit_card", "", coding.Chosen, ""},
		{"two products lead to it", "K3", complaint.Codes{}, "", "", coding.Chosen, ""},
		{"two, one was typed", "K3", complaint.Codes{Product: "loan_consumer"}, "loan_consumer", "", coding.Chosen, ""},
		{"typed otherwise", "K1", complaint.Codes{Product: "debit_card"}, "", "", "", "不一致"},
		{"anything leads to it", "X", complaint.Codes{Product: "wealth_own"}, "wealth_own", "", coding.Coded, ""},
		{"not of the lowest level", "K", complaint.Codes{}, "", "", "", "最末一级"},
		{"nothing chosen", "", complaint.Codes{Product: "debit_card"}, "debit_card", "", coding.Coded, ""},
	} {
		d, err := openOwn(t, complaint.Register{Codes: test.codes, Own: []complaint.OwnCode{{Facet: "product", Code: test.own}, {Facet: "reason"}}})
		if test.wrong != "" {
			wantFault(t, test.name, err, test.wrong)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if d.c.Codes.Product != test.product || d.c.Codes.Reason != test.reason {
			t.Errorf("%s: %+v, want %s %s", test.name, d.c.Codes, test.product, test.reason)
		}
		for _, c := range ownCatalogue(t).Code(coding.Bank, coding.AtRegistration, d.c.CodingKey(), d.c.ReceivedOn) {
			if c.Scheme == coding.Own && c.Facet == "product" && (c.State != test.state || len(test.own) == 2 && c.Code != test.own) {
				t.Errorf("%s: own coding %s %s, want %s %s", test.name, c.State, c.Code, test.state, test.own)
			}
		}
	}
}

// A correction in the own tree moves the other codes; one of the other codes moves
// the own one; what was picked before does not outlive either.
func TestAmendByOwnTree(t *testing.T) {
	d, err := openOwn(t, complaint.Register{Own: []complaint.OwnCode{{Facet: "product", Code: "K1"}}})
	if err != nil {
		t.Fatal(err)
	}
	amend := func(name string, cmd complaint.Amend, product, own string) {
		t.Helper()
		e := ownEnv(t, day("2026-03-03"))
		events, err := cmd.Decide(d.c, e)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d.take(events, who("clerkBJ"), e.At)
		got := ""
		for _, c := range e.Coding.Code(coding.Bank, coding.AtRegistration, d.c.CodingKey(), d.c.ReceivedOn) {
			if c.Scheme == coding.Own && c.Facet == "product" {
				got = c.Value()
			}
		}
		if d.c.Codes.Product != product || got != own {
			t.Fatalf("%s: %s and %s, want %s and %s", name, d.c.Codes.Product, got, product, own)
		}
	}
	own := func(code string) []complaint.OwnCode { return []complaint.OwnCode{{Facet: "product", Code: code}} }
	codes := func(product string) *complaint.Codes { return &complaint.Codes{Product: product} }
	amend("own only", complaint.Amend{Own: own("D")}, "debit_card", "D")
	amend("form with both, own changed", complaint.Amend{Own: own("K3"), Codes: codes("debit_card")}, "", "K3")
	amend("the open one is filled", complaint.Amend{Own: own("K3"), Codes: codes("loan_consumer")}, "loan_consumer", "K3")
	amend("the other was wrong", complaint.Amend{Own: own("K3"), Codes: codes("debit_card")}, "debit_card", "D")
	amend("back", complaint.Amend{Own: own("K1")}, "credit_card", "K1")
	if _, err := (complaint.Amend{Own: own("K1")}).Decide(d.c, ownEnv(t, day("2026-03-03"))); err == nil {
		t.Error("an amendment that changes nothing was taken")
	}
	_, err = complaint.Amend{Own: own("K2"), Codes: codes("debit_card")}.Decide(d.c, ownEnv(t, day("2026-03-03")))
	wantFault(t, "contradiction", err, "不一致")
}

// S4.17: what was taken up while typing is an answer to the suggestion, and what the
// clerk made of it afterwards a correction.
func TestRegisterJudges(t *testing.T) {
	for _, test := range []struct {
		name  string
		judge complaint.Judge
		codes complaint.Codes
		want  complaint.Verdict // "" for no answer
		value string
	}{
		{"taken up", complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card", Source: "model:ab", Confidence: 812}, complaint.Codes{Product: "credit_card"}, complaint.Adopted, "credit_card"},
		{"changed after", complaint.Judge{Topic: complaint.TopicReason, Suggested: "pricing", Source: "codes@1", Confidence: 600}, complaint.Codes{Reason: "rules"}, complaint.Corrected, "rules"},
		{"cleared after", complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card"}, complaint.Codes{}, "", ""},
		{"not taken up", complaint.Judge{Topic: complaint.TopicProduct}, complaint.Codes{Product: "credit_card"}, "", ""},
		{"emotion", complaint.Judge{Topic: complaint.TopicEmotion, Suggested: "angry", Value: "angry", Confidence: 700}, complaint.Codes{}, complaint.Adopted, "angry"},
	} {
		d, err := openOwn(t, complaint.Register{Codes: test.codes, Judgements: []complaint.Judge{test.judge}})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		j, ok := d.c.Judged(test.judge.Topic, 0)
		if ok != (test.want != "") || j.Verdict != test.want || j.Value != test.value || ok && (j.Source != test.judge.Source || j.Confidence != test.judge.Confidence || j.By != string(who("clerkBJ").ID)) {
			t.Errorf("%s: %+v, want %q %q", test.name, j, test.want, test.value)
		}
		if d.c.Codes.Product != test.codes.Product || d.c.Codes.Reason != test.codes.Reason {
			t.Errorf("%s: codes %+v", test.name, d.c.Codes)
		}
	}
	_, err := openOwn(t, complaint.Register{Judgements: []complaint.Judge{{Topic: "weather", Suggested: "rain", Value: "rain"}}})
	wantFault(t, "no topic", err, "不在可选范围内")
}

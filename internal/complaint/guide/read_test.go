package guide_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/text"
	"xiaobao/internal/text/rule/packs"
)

func TestEmotion(t *testing.T) {
	for _, test := range []struct{ name, text, want, word string }{
		{"a question", "请问这张卡的年费减免条件是什么？", "calm", "请问"},
		{"thanks", "退款收到了，谢谢你们，问题已经解决。", "calm", "谢谢"},
		{"joy with marks of exclamation is no anger", "太感谢了！！！", "calm", "感谢"},
		{"trouble", "材料补了三次，每次都说还差一样，白跑了。", "dissatisfied", "补了三次"},
		{"anger", "你们凭什么冻结我的账户，太气人了！", "angry", "气人"},
		{"courteous words with a deadline and the regulator", "麻烦贵行于周五前书面答复，届时如无结果，我将向金融监管总局反映，谢谢配合。", "angry", "金融监管总局"},
		{"the same without courtesy threatens", "再不退钱我就去金融监管总局举报你们。", "threatening", "金融监管总局"},
		{"the regulator as a subject", "感谢金融监管总局的科普文章，写得很好。", "", ""},
		{"despair", "我真的不想活了。", "desperate", "不想活"},
		{"a claim about a suicide clause", "被保险人两年内自杀免责，请问条款怎么写的？", "calm", "请问"},
		{"nothing to tell", "户名张三，账号尾号1234。", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readText(t, test.text)
			s, ok := r.Suggestion(complaint.TopicEmotion, 0)
			if !ok || s.Value != test.want || s.Unsure != (test.want == "") {
				t.Fatalf("read as %q (unsure %v), words %v", s.Value, s.Unsure, s.Words(9))
			}
			if test.word != "" && !slices.ContainsFunc(s.Words(9), func(w string) bool { return strings.Contains(w, test.word) }) {
				t.Errorf("words %v, want %s", s.Words(9), test.word)
			}
			if care := r.Care != nil && r.Care.Danger; care != (test.want == "desperate") {
				t.Errorf("asks for a supervisor: %v", care)
			}
		})
	}
}

func day(n int) time.Time { return time.Date(2026, 3, n, 2, 0, 0, 0, time.UTC) }

func story() complaint.Case {
	return complaint.Case{Number: "TS1", State: complaint.Handling, Narrative: "当初说好随时能取，现在退保只退一半，我要求退还本金。", Contacts: []complaint.Contact{
		{N: 1, At: day(2), Reached: true, Summary: "客户语气平和，请问流程。"},
		{N: 2, At: day(5), Reached: false, Summary: "气死我了！"},
		{N: 3, At: day(4), Reached: true, Summary: "打了三次电话没有一个人回，踢皮球，太气人了！"},
	}}
}

func TestCourse(t *testing.T) {
	c := story()
	r := guide.Read(guide.Of(c), book(t), nil)
	var got []string
	for _, m := range r.Course {
		got = append(got, m.Value)
	}
	if want := []string{"dissatisfied", "calm", "angry"}; !slices.Equal(got, want) {
		t.Errorf("course %v, want %v: in order of time, without calls that nobody answered", got, want)
	}
	if now, ok := r.Now(); !ok || now.Subject != 3 || now.Confirmed {
		t.Errorf("now %+v", now)
	}
	c.Judgements = []complaint.Judgement{{Topic: complaint.TopicEmotion, Subject: 3, Value: "dissatisfied", Suggested: "angry", Verdict: complaint.Corrected}}
	if now, _ := guide.Read(guide.Of(c), book(t), nil).Now(); now.Value != "dissatisfied" || !now.Confirmed {
		t.Errorf("a person's word does not stand: %+v", now)
	}
}

// What a person decided governs the hint of danger and the strategies.
func TestPeopleDecide(t *testing.T) {
	in := guide.Input{Parts: []guide.Part{{Kind: "narrative", Text: "我不想活了，业务员当初说好随时能取。"}}}
	if r := guide.Read(in, book(t), nil); r.Care == nil || !r.Care.Danger {
		t.Fatal("no hint of danger")
	}
	in.Judged = []complaint.Judgement{{Topic: complaint.TopicEmotion, Value: "angry", Suggested: "desperate"}, {Topic: complaint.TopicCause, Suggested: "expectation"}}
	r := guide.Read(in, book(t), nil)
	if r.Care != nil {
		t.Error("the hint stands against a person's word")
	}
	for _, s := range r.Strategies {
		if s.ID == "expectation.control" {
			t.Error("a strategy for a cause that was refused")
		}
	}
}

func TestStrategiesFitTheCause(t *testing.T) {
	for cause, want := range map[string]string{"expectation": "expectation.control", "attitude": "attitude.apologise", "personality": "personality.turn", "rights": "rights.explain"} {
		in := guide.Input{Parts: []guide.Part{{Kind: "narrative", Text: "甲"}}, Judged: []complaint.Judgement{{Topic: complaint.TopicCause, Value: cause}}}
		r := guide.Read(in, book(t), nil)
		if len(r.Strategies) != 1 || r.Strategies[0].ID != want {
			t.Errorf("%s: %+v", cause, r.Strategies)
		}
	}
	for _, s := range guide.Strategies() {
		if s.Name == "" || s.NameEn == "" || s.Text == "" || s.TextEn == "" || !strings.HasPrefix(s.Source, "S") || len(s.When) == 0 {
			t.Errorf("%s is incomplete", s.ID)
		}
		for topic, values := range s.When {
			for _, v := range values {
				if !slices.Contains(topic.Values(), v) {
					t.Errorf("%s asks for %s %s", s.ID, topic, v)
				}
			}
		}
	}
}

// Every rule of the four packs speaks for a value that its topic knows, and every
// value has a rule.
func TestRulesSpeakForValues(t *testing.T) {
	list, err := packs.All()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, p := range list {
		if !slices.Contains(guide.Packs, p.ID) {
			continue
		}
		for _, r := range p.Rules {
			topic, value, ok := guide.Speaks(r.ID)
			if !ok || !topic.Text() && !slices.Contains(topic.Values(), value) {
				t.Errorf("%s speaks for %s %q", r.ID, topic, value)
			}
			has[string(topic)+"/"+value] = true
		}
	}
	for _, topic := range complaint.Topics {
		for _, v := range topic.Values() {
			if v != "clean" && !has[string(topic)+"/"+v] {
				t.Errorf("no rule speaks for %s %s", topic, v)
			}
		}
	}
	for id := range guide.Weights() {
		if _, _, ok := guide.Speaks(id + ".x.y"); !ok {
			t.Errorf("the weight of %s is of no rule", id)
		}
	}
}

func TestModelBesideRules(t *testing.T) {
	in := guide.Input{Parts: []guide.Part{{Kind: "narrative", Text: "信用卡账单分期没有同意就开通了。"}}}
	alone, _ := guide.Read(in, book(t), nil).Suggestion(complaint.TopicProduct, 0)
	if alone.Value != "credit_card" {
		t.Fatalf("rules alone say %+v", alone)
	}
	with := func(a guide.ModelAnswer) guide.Suggestion {
		s, _ := guide.Read(in, book(t), guide.Models{complaint.TopicProduct: {Source: "model:x", Read: func(string) guide.ModelAnswer { return a }}}).Suggestion(complaint.TopicProduct, 0)
		return s
	}
	if s := with(guide.ModelAnswer{Value: "credit_card", Confidence: 600, Words: []text.Span{{Start: 0, End: 9}}}); s.Confidence <= alone.Confidence || len(s.Opinions) != 2 || s.Dispute {
		t.Errorf("agreement: %+v", s)
	}
	if s := with(guide.ModelAnswer{Value: "account", Confidence: 300}); !s.Dispute || s.Confidence >= alone.Confidence || s.Value == "account" {
		t.Errorf("a weak model that differs: %+v", s)
	}
	if s := with(guide.ModelAnswer{Value: "account", Confidence: 980}); s.Value != "account" || !s.Dispute || s.Source() != "model:x" {
		t.Errorf("a sure model that differs: %+v", s)
	}
	if s := with(guide.ModelAnswer{Value: "account", Confidence: 990, Abstain: true}); s.Value != alone.Value || s.Confidence != alone.Confidence {
		t.Errorf("an abstaining model is heard: %+v", s)
	}
}

func TestExplicitProblem(t *testing.T) {
	r := readText(t, "我是贵行二十年的客户。上个月柜员态度恶劣，爱理不理。希望以后越来越好。")
	if s, ok := r.Suggestion(complaint.TopicExplicit, 0); !ok || !strings.Contains(s.Value, "态度恶劣") || strings.Contains(s.Value, "二十年") {
		t.Errorf("the problem is %q", s.Value)
	}
}

// Whatever the text, evidence quotes it, confidence is a share, and an unsure
// suggestion names nothing.
func TestReadingHolds(t *testing.T) {
	words := []string{"凭什么", "12378", "！", "麻烦您", "周五前", "不想活", "退款", "录音", "1234", "😀", "保(bao)本", "踢皮球", " ", "\n", "当初说好", "谢谢"}
	rapid.Check(t, func(rt *rapid.T) {
		in := guide.Input{}
		for i := range rapid.IntRange(0, 4).Draw(rt, "parts") {
			in.Parts = append(in.Parts, guide.Part{Subject: i, Kind: []string{"narrative", "contact"}[min(i, 1)], Text: strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 20).Draw(rt, "words"), "")})
		}
		r := guide.Read(in, book(t), nil)
		for _, s := range r.Suggestions {
			if s.Unsure != (s.Value == "") || s.Confidence < 0 || s.Confidence > 1000 {
				rt.Fatalf("%+v", s)
			}
			for _, e := range s.Evidence {
				if in.Parts[e.Part].Text[e.Start:e.End] != e.Quote {
					rt.Fatalf("quote %q is not at %d of %q", e.Quote, e.Start, in.Parts[e.Part].Text)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	c := story()
	c.Narrative = strings.Repeat(c.Narrative+"业务员当时没有说明费用，录音可以证明。", 12)
	for i := range 8 {
		c.Contacts = append(c.Contacts, complaint.Contact{N: 4 + i, At: day(6 + i), Reached: true, Summary: "客户说材料补了三次还是不行，没有人主动联系，再不解决就打12378投诉。"})
	}
	in := guide.Of(c)
	bk := book(b)
	for b.Loop() {
		guide.Read(in, bk, nil)
	}
}

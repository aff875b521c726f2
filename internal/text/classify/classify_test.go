package classify_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/text/classify"
)

// Sentences with one word that tells, among words that do not.
var telling = map[string][]string{
	"信用卡": {"信用卡", "年费", "账单", "逾期"},
	"理财":  {"理财", "净值", "赎回", "亏损"},
	"催收":  {"催收", "骚扰", "恐吓", "通讯录"},
}

var plain = []string{"我昨天", "打电话", "去网点", "客服说", "一直没有", "处理结果", "希望", "尽快", "他们", "当时", "办理", "告诉我", "上个月", "今天"}

func made(n int, seed uint64) []classify.Doc {
	r := rand.New(rand.NewPCG(seed, 7))
	labels := []string{"信用卡", "理财", "催收"}
	docs := make([]classify.Doc, n)
	for i := range docs {
		label := labels[r.IntN(len(labels))]
		words := []string{telling[label][r.IntN(4)]}
		for range 3 + r.IntN(8) {
			words = append(words, plain[r.IntN(len(plain))])
		}
		r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		docs[i] = classify.Doc{Text: strings.Join(words, ""), Label: label}
	}
	return docs
}

func train(t testing.TB, docs []classify.Doc) (*classify.Model, classify.Report) {
	t.Helper()
	m, report, err := classify.Train(docs, classify.Options{Seed: 1, Trained: calendar.Of(2026, 11, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return m, report
}

func TestLearnsWhatTells(t *testing.T) {
	m, report := train(t, made(600, 1))
	if f := report.HeldOut; f.Accuracy < 0.98 || f.MacroF1 < 0.98 || f.Constant > 0.5 || f.Docs != 600 || f.Precision < 0.9 || f.Answered < 0.9 {
		t.Errorf("held out: %+v", f)
	}
	if f := m.Judge(made(300, 2)); f.Accuracy < 0.98 || f.ECE > 0.05 || f.Docs != 300 {
		t.Errorf("on new texts: %+v", f)
	}
	for _, test := range []struct{ text, label, word string }{
		{"我昨天去网点问理财的事情", "理财", "理财"},
		{"他们一直打电话骚扰我", "催收", "骚扰"},
		{"上个月的账单多收了钱", "信用卡", "账单"},
	} {
		a := m.Classify(test.text)
		if a.Label != test.label || a.Abstain || len(a.Ranked) != 3 || a.Ranked[0].P != a.P {
			t.Errorf("%s: %+v", test.text, a)
		}
		if len(a.Words) == 0 || !strings.Contains(a.Words[0].Text, test.word) {
			t.Errorf("%s: words %+v, want first %s", test.text, a.Words, test.word)
		}
	}
}

func TestAbstains(t *testing.T) {
	m, _ := train(t, made(600, 1))
	for _, text := range []string{"", "   ", "，。、", "ΩΨ", "\xff\xfe", "🙂"} {
		if a := m.Classify(text); !a.Abstain || len(a.Words) != 0 || a.Label == "" || math.IsNaN(a.P) {
			t.Errorf("%q: %+v", text, a)
		}
	}
	noise := made(400, 3)
	r := rand.New(rand.NewPCG(5, 5))
	for i := range noise {
		noise[i].Label = fmt.Sprint(r.IntN(2))
	}
	_, report := train(t, noise)
	if f := report.HeldOut; f.Answered > 0.15 || f.Accuracy > 0.65 {
		t.Errorf("labels are thrown dice, yet it answers: %+v threshold %v", f, report.Threshold)
	}
}

// The same rows and seed give the same file, byte for byte; the digest does not
// depend on the order of the rows.
func TestTrainingIsDeterministic(t *testing.T) {
	docs := made(300, 4)
	m, one := train(t, docs)
	n, _ := train(t, docs)
	if !bytes.Equal(file(t, m), file(t, n)) {
		t.Error("two trainings differ")
	}
	docs[0], docs[299] = docs[299], docs[0]
	if _, two := train(t, docs); one.Digest != two.Digest || len(one.Digest) != 64 {
		t.Errorf("digest %s, in another order %s", one.Digest, two.Digest)
	}
	docs[0].Label = "理财2"
	if _, three := train(t, docs); one.Digest == three.Digest {
		t.Error("another label, same digest")
	}
}

func TestRefusals(t *testing.T) {
	good := made(60, 1)
	with := func(d classify.Doc) []classify.Doc { return append(made(59, 1), d) }
	many := make([]classify.Doc, 3000)
	for i := range many {
		many[i] = classify.Doc{Text: "文字", Label: fmt.Sprint(i)}
	}
	one := made(60, 1)
	for i := range one {
		one[i].Label = "投诉"
	}
	for _, test := range []struct {
		name string
		docs []classify.Doc
		want string
	}{
		{"none", nil, "至少要 10 条"},
		{"few", good[:9], "只有 9 条"},
		{"one label", one, "只有一个类别“投诉”"},
		{"empty texts", make([]classify.Doc, 50), "另有 50 条没有文字"},
		{"not UTF-8", with(classify.Doc{Text: "\xb4\xfa", Label: "理财"}), "第 60 条样本不是有效的 UTF-8"},
		{"label too long", with(classify.Doc{Text: "文", Label: strings.Repeat("长", 67)}), "选错了列"},
		{"too many labels", many, "3000 个类别"},
	} {
		_, _, err := classify.Train(test.docs, classify.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	mixed := append(made(60, 1), classify.Doc{Label: "理财"}, classify.Doc{Text: "没有类别"})
	if _, report := train(t, mixed); report.Empty != 2 || report.Docs != 60 {
		t.Errorf("left out %d of %d", report.Empty, report.Docs)
	}
}

// Words are pieces of the text at their offsets, of whole characters, and weigh
// no more than everything together.
func TestWordsStandInTheText(t *testing.T) {
	m, _ := train(t, made(400, 1))
	pieces := append([]string{"信用卡", "理财", "骚扰", "，", " ", "ＡＢＣ", "abc12", "𠮷", "\xff", "👿", "！", "账"}, plain...)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		a := m.Classify(text)
		var sum float64
		for _, r := range a.Ranked {
			sum += r.P
		}
		if math.Abs(sum-1) > 1e-4 {
			t.Fatalf("probabilities add up to %v", sum)
		}
		label, p, abstain := m.Guess(text)
		if label != a.Label || math.Abs(p-a.P) > 1e-6 || abstain != a.Abstain {
			t.Fatalf("Guess says %s %v %v, Classify %+v", label, p, abstain, a)
		}
		sum = 0
		for _, w := range a.Words {
			sum += w.Weight
			if w.Start < 0 || w.End > len(text) || text[w.Start:w.End] != w.Text || w.Weight <= 0 || !utf8.ValidString(w.Text) {
				t.Fatalf("%q: word %+v", text, w)
			}
		}
		if sum > 1+1e-3 || len(a.Words) > classify.MaxWords {
			t.Fatalf("%d words, weights add up to %v", len(a.Words), sum)
		}
	})
}

// A character that belongs to two words that were widened towards each other weighs once.
func TestWordsDoNotOverlap(t *testing.T) {
	m, _ := train(t, made(400, 1))
	a := m.Classify("处理结果希望我昨天")
	slices.SortFunc(a.Words, func(a, b classify.Weighed) int { return cmp.Compare(a.Start, b.Start) })
	for i := range a.Words[1:] {
		if a.Words[i].End > a.Words[i+1].Start {
			t.Errorf("%+v and %+v overlap", a.Words[i], a.Words[i+1])
		}
	}
}

func TestLongTextIsBounded(t *testing.T) {
	m, _ := train(t, made(400, 1))
	begin := "他们骚扰恐吓" + strings.Repeat("一", 6000)
	want := m.Classify(begin)
	if got := m.Classify(begin + strings.Repeat("理财净值赎回", 8<<20/18)); got.Label != want.Label || got.P != want.P {
		t.Errorf("what stands behind 6,000 characters changed the answer: %v, %v", got.Ranked, want.Ranked)
	}
}

func file(t testing.TB, m *classify.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	return b.Bytes()
}

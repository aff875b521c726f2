package classify_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text/classify"
)

// evalSet is a public set with the columns that hold text and label.
type evalSet struct {
	name, file  string
	text, label string
	always      bool     // small enough for every run
	only        []string // labels to keep; the files have a few broken rows
}

var evalSets = []evalSet{
	{"emotion, posts on an epidemic", "emotion/smp2020_virus_train.csv", "content", "label", false, nil},
	{"emotion, posts (cluemotion)", "emotion/cluemotion_valid.csv", "content", "label", true, nil},
	{"sentiment, shop reviews", "emotion/online_shopping_10_cats.csv", "review", "label", false, nil},
	{"category, shop reviews", "emotion/online_shopping_10_cats.csv", "review", "cat", false, nil},
	{"bank questions, category", "bank_faq/categories.csv", "extended_question", "category", false, nil},
	{"abuse, comments", "abuse/cold_train.csv", "TEXT", "label", false, nil},
	{"telephone turns, intent", "calls/asr_utterances.csv", "asr_text", "intent", false, nil},
	{"finance posts, negative", "complaints/finnsp_train.csv", "text", "negative", true, []string{"0", "1"}},
	{"finance events, type", "complaints/finese_train.csv", "text", "event_type", false, nil},
}

const evalSeed = 1

// TestEvalClassifier measures the classifier on public sets: a fifth is held out
// (by evalSeed), the model learns from the rest. Without XIAOBAO_EVAL only the
// small sets run. On every set it has to be at least as good as the prototype it
// grew from, within the chance of a set of that size, and better than a constant.
func TestEvalClassifier(t *testing.T) {
	all := os.Getenv("XIAOBAO_EVAL") != ""
	t.Logf("%-30s %6s %6s %5s | %8s %8s %8s %9s | %5s %8s %9s | %7s %7s %7s", "set", "rows", "labels", "seed", "accuracy", "macro-F1", "constant", "prototype",
		"ECE", "answered", "precision", "train s", "us/text", "file MB")
	for _, set := range evalSets {
		if !all && !set.always {
			continue
		}
		docs := set.load(t)
		order(docs, evalSeed)
		cut := len(docs) * 8 / 10
		began := time.Now()
		m, _ := train(t, docs[:cut])
		trained := time.Since(began)
		f := m.Judge(docs[cut:])
		before := prototype(docs[:cut], docs[cut:])
		t.Logf("%-30s %6d %6d %5d | %8.4f %8.4f %8.4f %9.4f | %5.3f %8.3f %9.3f | %7.2f %7.1f %7.2f", set.name, len(docs), len(m.Labels()), evalSeed,
			f.Accuracy, f.MacroF1, f.Constant, before, f.ECE, f.Answered, f.Precision, trained.Seconds(), perText(m, docs[cut:]), float64(len(file(t, m)))/1e6)
		chance := math.Sqrt(f.Accuracy * (1 - f.Accuracy) / float64(f.Docs)) // one standard error
		if f.Accuracy < before-chance || f.Accuracy <= f.Constant || f.ECE > 0.06 {
			t.Errorf("%s: accuracy %.4f, prototype %.4f, constant %.4f, ECE %.3f", set.name, f.Accuracy, before, f.Constant, f.ECE)
		}
	}
}

func perText(m *classify.Model, docs []classify.Doc) float64 {
	began := time.Now()
	for _, d := range docs {
		m.Guess(d.Text)
	}
	return float64(time.Since(began).Nanoseconds()) / 1e3 / float64(len(docs))
}

// load reads the set; tests skip where the sets are not, unless everything is required.
func (set evalSet) load(t testing.TB) []classify.Doc {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "data", set.file))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("XIAOBAO_REQUIRE_ALL") == "" {
		t.Skipf("the public set %s is not on this machine", set.file)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	text, label := -1, -1
	for i, h := range head {
		switch h {
		case set.text:
			text = i
		case set.label:
			label = i
		}
	}
	var docs []classify.Doc
	for {
		row, err := r.Read()
		if err == io.EOF {
			return docs
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(row) > max(text, label) && strings.TrimSpace(row[text]) != "" && row[label] != "" && (set.only == nil || slices.Contains(set.only, row[label])) {
			docs = append(docs, classify.Doc{Text: strings.ToValidUTF8(row[text], ""), Label: row[label]})
		}
	}
}

// order shuffles by a seed, the same in every release.
func order(docs []classify.Doc, seed uint64) {
	for i := len(docs) - 1; i > 0; i-- {
		seed += 0x9E3779B97F4A7C15
		z := (seed ^ seed>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		j := int((z ^ z>>31) % uint64(i+1))
		docs[i], docs[j] = docs[j], docs[i]
	}
}

// prototype is the classifier that the package grew from, to be compared with in
// the same run on the same split: every n-gram as often as it stands there, no
// bias, one step size, the last weights, nothing held out. It returns its accuracy.
func prototype(train, test []classify.Doc) float64 {
	const bits, epochs, rate = 18, 5, 0.5
	ids := map[string]int{}
	for _, d := range train {
		if _, ok := ids[d.Label]; !ok {
			ids[d.Label] = len(ids)
		}
	}
	k := len(ids)
	w, g, p := make([]float32, k<<bits), make([]float32, k<<bits), make([]float64, k)
	score := func(fx []uint32) float64 {
		norm := 1 / math.Sqrt(float64(len(fx))+1)
		clear(p)
		for _, f := range fx {
			for i := range p {
				p[i] += float64(w[int(f)*k+i])
			}
		}
		for i := range p {
			p[i] *= norm
		}
		return norm
	}
	feats := make([][]uint32, len(train))
	at := make([]int, len(train))
	for i, d := range train {
		feats[i], at[i] = rawGrams(d.Text), i
	}
	for e := range epochs {
		for i := len(at) - 1; i > 0; i-- {
			j := int(uint64(i*7919+e*104729+i*i) % uint64(i+1))
			at[i], at[j] = at[j], at[i]
		}
		for _, i := range at {
			norm := score(feats[i])
			soft(p)
			p[ids[train[i].Label]]--
			for c := range p {
				if math.Abs(p[c]) < 1e-3 {
					continue
				}
				d := float32(p[c] * norm)
				for _, f := range feats[i] {
					g[int(f)*k+c] += d * d
					w[int(f)*k+c] -= rate * d / (1e-3 + float32(math.Sqrt(float64(g[int(f)*k+c]))))
				}
			}
		}
	}
	right := 0
	for _, d := range test {
		score(rawGrams(d.Text))
		best := 0
		for i := range p {
			if p[i] > p[best] {
				best = i
			}
		}
		if id, ok := ids[d.Label]; ok && id == best {
			right++
		}
	}
	return float64(right) / float64(len(test))
}

func soft(p []float64) {
	top, z := p[0], 0.0
	for _, v := range p {
		top = max(top, v)
	}
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		z += p[i]
	}
	for i := range p {
		p[i] /= z
	}
}

func rawGrams(s string) (out []uint32) {
	mix := func(a, b, c rune) {
		h := uint64(a)*0x9E3779B97F4A7C15 ^ uint64(b)*0xC2B2AE3D27D4EB4F ^ uint64(c)*0x165667B19E3779F9
		h ^= h >> 29
		h *= 0xBF58476D1CE4E5B9
		h ^= h >> 32
		out = append(out, uint32(h)&(1<<18-1))
	}
	var a, b rune
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			a, b = 0, 0
			continue
		}
		mix(r, 0, 0)
		if b != 0 {
			mix(b, r, 0)
			if a != 0 {
				mix(a, b, r)
			}
		}
		a, b = b, r
	}
	return out
}

// BenchmarkTrain learns 60,000 reviews of ten categories; BenchmarkClassify
// answers texts of a hundred characters, with words and without.
func BenchmarkTrain(b *testing.B) {
	docs := evalSets[3].load(b)
	docs = docs[:min(60000, len(docs))]
	for b.Loop() {
		if _, _, err := classify.Train(docs, classify.Options{Seed: 1, Trained: calendar.Of(2026, 11, 1)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(docs)), "texts")
}

// BenchmarkClassify answers reviews of ten categories.
func BenchmarkClassify(b *testing.B) {
	docs := evalSets[3].load(b)
	order(docs, evalSeed)
	m, _ := train(b, docs[:10000])
	b.Run("guess", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Guess(docs[10000+i%20000].Text)
		}
	})
	b.Run("words", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Classify(docs[10000+i%20000].Text)
		}
	})
	runes := 0
	for _, d := range docs[10000:30000] {
		runes += len([]rune(d.Text))
	}
	b.Logf("%s characters a text", fmt.Sprint(runes/20000))
}

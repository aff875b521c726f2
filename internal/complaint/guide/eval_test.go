package guide_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/text/rule"
)

// labelled is one text with what its author said of it.
type labelled struct {
	Text    string   `toml:"t"`
	Emotion string   `toml:"e"`
	Causes  []string `toml:"c"`
	Need    string   `toml:"n"`
	Temper  string   `toml:"k"`
	Stage   string   `toml:"s"`
	Abuse   bool     `toml:"abuse"`
}

func labelledTexts(t testing.TB, file string) []labelled {
	t.Helper()
	var f struct {
		Text []labelled `toml:"text"`
	}
	if _, err := toml.DecodeFile("testdata/"+file, &f); err != nil {
		t.Fatal(err)
	}
	return f.Text
}

// book is the packs of this package alone, parsed once.
var ownBook = sync.OnceValues(func() (*rule.Book, error) {
	var list []*rule.Pack
	for _, id := range guide.Packs {
		file := "../../text/rule/packs/" + id + ".toml"
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := rule.Read(file, src)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return rule.NewBook(list...)
})

func book(t testing.TB) *rule.Book {
	t.Helper()
	b, err := ownBook()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readText(t testing.TB, s string) guide.Reading {
	return guide.Read(guide.Input{Parts: []guide.Part{{Kind: "narrative", Text: s}}}, book(t), nil)
}

// score counts answers against labels.
type score struct {
	n, right, silent int
	byTruth          map[string]int
	seen             map[[2]string]int // truth, answer
}

func (s *score) add(truth, answer string) {
	if s.seen == nil {
		s.byTruth, s.seen = map[string]int{}, map[[2]string]int{}
	}
	s.n++
	s.byTruth[truth]++
	s.seen[[2]string{truth, answer}]++
	switch answer {
	case truth:
		s.right++
	case "":
		s.silent++
	}
}

// constant is the share that always saying the commonest answer would get right.
func (s *score) constant() float64 {
	most := 0
	for _, n := range s.byTruth {
		most = max(most, n)
	}
	return share(most, s.n)
}

// f1 is the mean of the F1 of every class; saying nothing is a miss.
func (s *score) f1() float64 {
	sum := 0.0
	for class, n := range s.byTruth {
		hit, said := s.seen[[2]string{class, class}], 0
		for pair, k := range s.seen {
			if pair[1] == class {
				said += k
			}
		}
		if hit > 0 {
			p, r := float64(hit)/float64(said), float64(hit)/float64(n)
			sum += 2 * p * r / (p + r)
		}
	}
	return sum / float64(len(s.byTruth))
}

func share(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s *score) line(name string) string {
	return fmt.Sprintf("%-28s n %4d  right %5.1f%%  silent %5.1f%%  right when said %5.1f%%  macro-F1 %.3f  constant answer %5.1f%%",
		name, s.n, 100*share(s.right, s.n), 100*share(s.silent, s.n), 100*share(s.right, s.n-s.silent), s.f1(), 100*s.constant())
}

// confusion lists the commonest mistakes.
func (s *score) confusion() string {
	var out []string
	for pair, n := range s.seen {
		if pair[0] != pair[1] {
			out = append(out, fmt.Sprintf("%3d %s read as %q", n, pair[0], pair[1]))
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return strings.Join(out[:min(len(out), 8)], "; ")
}

// TestEvalGuide reads our own labelled texts. They say how well the rules carry
// the meaning that their author had in mind, not how well they do on a
// population of complaints: docs/evaluation.md.
func TestEvalGuide(t *testing.T) {
	for _, set := range []struct {
		name, file string
		of         func(i int) bool
	}{
		{"first, even", "labelled.toml", func(i int) bool { return i%2 == 0 }},
		{"first, odd", "labelled.toml", func(i int) bool { return i%2 == 1 }},
		{"second", "later.toml", func(int) bool { return true }},
		{"held out", "last.toml", func(int) bool { return true }},
	} {
		scores := map[string]*score{"emotion": {}, "abuse": {}, "need": {}, "temper": {}, "stage": {}, "cause": {}}
		for i, l := range labelledTexts(t, set.file) {
			if !set.of(i) {
				continue
			}
			r := readText(t, l.Text)
			said := func(topic complaint.Topic) string { s, _ := r.Suggestion(topic, 0); return s.Value }
			scores["emotion"].add(l.Emotion, said(complaint.TopicEmotion))
			scores["abuse"].add(yes(l.Abuse), yes(said(complaint.TopicAbuse) == "abusive"))
			scores["need"].add(l.Need, said(complaint.TopicNeed))
			scores["temper"].add(l.Temper, said(complaint.TopicTemper))
			scores["stage"].add(l.Stage, said(complaint.TopicStage))
			var causes []string
			for _, s := range r.Suggestions {
				if s.Topic == complaint.TopicCause && s.Value != "" {
					causes = append(causes, s.Value)
				}
			}
			for _, c := range complaint.Causes {
				scores["cause"].add(yes(slices.Contains(l.Causes, c)), yes(slices.Contains(causes, c)))
			}
			if os.Getenv("XIAOBAO_SHOW") == set.name && said(complaint.TopicEmotion) != l.Emotion {
				s, _ := r.Suggestion(complaint.TopicEmotion, 0)
				t.Logf("%s -> %q %v: %s", l.Emotion, s.Value, s.Words(6), l.Text)
			}
		}
		for _, name := range []string{"emotion", "abuse", "cause", "need", "temper", "stage"} {
			s := scores[name]
			t.Log(s.line(set.name+" "+name), "\n   ", s.confusion())
			if name != "abuse" && name != "cause" && share(s.right, s.n-s.silent) <= s.constant() {
				t.Errorf("%s %s: what is said is no better than a constant answer", set.name, name)
			}
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

package law_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/law"
	"xiaobao/internal/regulation"
)

// texts are the laws that the user would import; they are no part of the
// repository.
const texts = "../../../shared/data/laws"

// imported returns a library of the texts beside the repository, and skips
// where there are none.
func imported(t testing.TB) *law.Library {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(texts, "*.md"))
	if len(files) == 0 {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatalf("no texts in %s", texts)
		}
		t.Skipf("no texts in %s: searching and resolving real laws is not tested", texts)
	}
	rules := regulation.Embedded()
	names := law.NewNames(rules, nil)
	var versions []law.Version
	for i, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		x := law.Parse(string(b), filepath.Base(f))
		versions = append(versions, law.Version{Instrument: names.IDFor(x), N: int64(i + 1), Text: x, From: x.From, Digest: law.Digest(x), File: filepath.Base(f)})
	}
	return law.New(rules, versions)
}

type question struct {
	Set  string // dev: in sight while the expansions were written; held: written afterwards
	Ask  string
	Want []string
}

func questions(t testing.TB) (dev, held []question) {
	t.Helper()
	var doc struct{ Q []question }
	if _, err := toml.DecodeFile("testdata/questions.toml", &doc); err != nil {
		t.Fatal(err)
	}
	for _, q := range doc.Q {
		switch q.Set {
		case "dev":
			dev = append(dev, q)
		case "held":
			held = append(held, q)
		default:
			t.Fatalf("question %q is of no set", q.Ask)
		}
	}
	return dev, held
}

// figures are what the search achieves: the share of the wanted articles among
// the first ten, the share of questions with at least one, and the mean of one
// over the place of the first.
type figures struct{ recall, hit, mrr float64 }

func measure(t *testing.T, l *law.Library, qs []question, exact, say bool) (f figures) {
	for _, q := range qs {
		r := l.Search(law.Search{Words: q.Ask, Limit: 10, Exact: exact})
		var got []string
		for _, h := range r.Hits {
			got = append(got, h.Instrument+"."+h.Number)
		}
		found, first := 0, 0
		for _, w := range q.Want {
			if at := slices.Index(got, w); at >= 0 {
				found++
				if first == 0 || at+1 < first {
					first = at + 1
				}
			}
		}
		f.recall += float64(found) / float64(len(q.Want)) / float64(len(qs))
		if first > 0 {
			f.hit += 1 / float64(len(qs))
			f.mrr += 1 / float64(first) / float64(len(qs))
		}
		if say && found < len(q.Want) {
			t.Logf("  %s: wanted %s, got %s", q.Ask, strings.Join(q.Want, " "), strings.Join(got, " "))
		}
	}
	return f
}

// TestEvalLawRecall measures the search on the lay questions. The expansions
// were written with dev in sight; held says what to expect of other questions.
func TestEvalLawRecall(t *testing.T) {
	l := imported(t)
	dev, held := questions(t)
	for _, set := range []struct {
		name string
		qs   []question
	}{{"dev", dev}, {"held", held}} {
		base, ours := measure(t, l, set.qs, true, false), measure(t, l, set.qs, false, set.name == "dev" || testing.Verbose())
		t.Logf("%-8s %d questions: Recall@10 %.3f (pairs alone %.3f), found %.3f (%.3f), MRR %.3f (%.3f)",
			set.name, len(set.qs), ours.recall, base.recall, ours.hit, base.hit, ours.mrr, base.mrr)
		if ours.recall < 0.7 || ours.recall < base.recall {
			t.Errorf("%s: recall fell to %.3f (pairs alone %.3f)", set.name, ours.recall, base.recall)
		}
	}
}

// Every article that the questions want exists, so that the figures mean something.
func TestQuestionsCiteWhatExists(t *testing.T) {
	l := imported(t)
	dev, held := questions(t)
	if len(dev) < 50 || len(held) < 20 {
		t.Errorf("%d and %d questions, want at least 50 and 20", len(dev), len(held))
	}
	for _, q := range append(dev, held...) {
		for _, w := range q.Want {
			id, number, _ := strings.Cut(w, ".")
			if a, ok := l.Article(id, number, 0); !ok || !a.Verbatim {
				t.Errorf("%s: there is no %s", q.Ask, w)
			}
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	l := imported(b)
	l.Search(law.Search{Words: "投诉"})
	dev, held := questions(b)
	qs := append(dev, held...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Search(law.Search{Words: qs[i%len(qs)].Ask})
	}
}

func BenchmarkIndex(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(texts, "*.md"))
	if len(files) == 0 {
		b.Skip("no texts")
	}
	for b.Loop() {
		imported(b).Search(law.Search{Words: "投诉"})
	}
}

package app_test

import (
	"cmp"
	"encoding/csv"
	"errors"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text/similar"
)

// realTexts are real petitions, and the headlines of finance news.
func realTexts(t testing.TB, file string, column int) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "complaints", file))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("XIAOBAO_REQUIRE_ALL") == "" {
		t.Skipf("the public set %s is not on this machine", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows[1:] {
		if len(row) > column && strings.TrimSpace(row[column]) != "" {
			out = append(out, strings.TrimSpace(strings.ToValidUTF8(row[column], "")))
		}
	}
	return out
}

// realSentences are their sentences, from which narratives are mixed: words are as
// uneven as in real life.
func realSentences(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, text := range append(realTexts(t, "petitions_4326.csv", 3), realTexts(t, "finese_train.csv", 1)...) {
		for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("。！？；\n\t", r) }) {
			if n := len([]rune(s)); n >= 8 && n <= 80 {
				out = append(out, s)
			}
		}
	}
	return out
}

// mixer makes narratives of about 150 characters of those sentences.
func mixer(sentences []string) func(*mrand.Rand) string {
	return func(r *mrand.Rand) string {
		var b strings.Builder
		for n := 0; n < 150; {
			s := sentences[r.IntN(len(sentences))]
			b.WriteString(s + "。")
			n += len([]rune(s))
		}
		return b.String()
	}
}

// BenchmarkSimilar looks for what resembles a case drawn at random, and a text
// mixed anew, with the permission filter, the opening and comparing of the best
// and their lines. XIAOBAO_BENCH_CASES and XIAOBAO_BENCH_DIR as for BenchmarkRead.
func BenchmarkSimilar(b *testing.B) {
	n := benchCases(b)
	narrate := mixer(realSentences(b))
	a := benchWorldOf(b, filepath.Join(benchDir(b, n), "similar"), n, narrate)
	office, branch := benchActor(b, a, "office"), benchActor(b, a, "lead0102")
	r := mrand.New(mrand.NewPCG(11, 11))
	benchSpread(b, "case/head_office", func() error {
		_, _, err := a.Similar(ctx, office, complaint.ID(1+r.IntN(n)), 5)
		return err
	})
	benchSpread(b, "text/head_office", func() error {
		_, _, err := a.SimilarText(ctx, office, narrate(r), 5)
		return err
	})
	benchSpread(b, "text/branch", func() error {
		_, _, err := a.SimilarText(ctx, branch, narrate(r), 5)
		return err
	})
}

// benchSpread reports the median and the 95th percentile beside the mean. The
// first call is left out: it counts the pairs of the sample.
func benchSpread(b *testing.B, name string, fn func() error) {
	b.Run(name, func(b *testing.B) {
		if err := fn(); err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			if err := fn(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "p50-ms")
		b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1e3, "p95-ms")
	})
}

// TestEvalSimilar holds what the index offers against the comparison with every
// case, over real petitions: of the true five nearest that are similar enough to
// be shown, how many are found. Without XIAOBAO_EVAL over fewer.
func TestEvalSimilar(t *testing.T) {
	cases, queries := 200, 40
	if os.Getenv("XIAOBAO_EVAL") != "" {
		cases, queries = 4000, 100
	}
	texts := realTexts(t, "petitions_4326.csv", 3)[:cases]
	ready := prepare(texts)
	each(t, func(w world) {
		for _, s := range texts {
			w.register("bj", complaint.Register{Narrative: s})
		}
		found, wanted, same, asked := 0, 0, 0, 0
		for q := range queries {
			at := q * cases / queries
			got, _, err := w.app.Similar(ctx, w.who("bj"), complaint.ID(1+at), 5)
			w.ok(err)
			best := nearest(ready, at, 5)
			wanted += len(best)
			for _, s := range got {
				if slices.Contains(best, int(s.Row.ID)-1) {
					found++
				}
			}
			if len(best) > 0 {
				asked++
				if len(got) > 0 && int(got[0].Row.ID)-1 == best[0] {
					same++
				}
			}
		}
		recall, first := float64(found)/float64(wanted), float64(same)/float64(asked)
		w.Logf("%-34s %6s %7s %7s | %8s %10s", "set", "cases", "queries", "nearest", "recall@5", "same first")
		w.Logf("%-34s %6d %7d %7d | %8.3f %10.3f", "petitions, against all pairs", cases, queries, wanted, recall, first)
		if recall < 0.6 || first < 0.7 {
			w.Errorf("recall of the five nearest %.2f, first one the same in %.2f", recall, first)
		}
	})
}

func prepare(texts []string) []*similar.Text {
	counts := map[string]float64{}
	for _, s := range texts {
		for p := range similar.New(s, nil).Pairs() {
			counts[p]++
		}
	}
	out := make([]*similar.Text, len(texts))
	for i, s := range texts {
		out[i] = similar.New(s, func(p string) float64 { return (counts[p] + 0.5) / float64(len(texts)+50) })
	}
	return out
}

// shownFrom is from which value on a case is shown as similar.
const shownFrom = 0.06

// nearest compares a text with all others and returns those that are similar.
func nearest(texts []*similar.Text, of, n int) []int {
	values := make([]float64, len(texts))
	order := make([]int, 0, len(texts))
	for i, s := range texts {
		if i == of {
			continue
		}
		if value := texts[of].Value(s); value >= shownFrom {
			values[i] = value
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(b, a))
	})
	return order[:min(n, len(order))]
}

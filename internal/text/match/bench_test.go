package match

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const corpusBytes = 16 << 20

// corpus is real Chinese text where it is at hand, else characters drawn with
// the frequencies of a language.
func corpus() (text, from string) {
	raw, err := os.ReadFile("../../../../shared/data/complaints/petitions_4326.csv")
	from = "petitions"
	if err != nil {
		raw, from = []byte(generated(4<<20)), "generated"
	}
	return strings.Repeat(string(raw), corpusBytes/len(raw)+1)[:corpusBytes], from
}

func generated(n int) string {
	rng := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(rng, 1.1, 20, 4000)
	var b strings.Builder
	for b.Len() < n {
		b.WriteRune(rune(0x4E00 + z.Uint64()*5))
		if rng.IntN(12) == 0 {
			b.WriteRune('，')
		}
	}
	return b.String()
}

// dense are words of 2-8 characters cut from the text; sparse ones are made of
// its characters at random, so that they begin often and hardly ever end; those of
// the lexicon are real.
func wordLists(text string, n int) map[string][]string {
	rng := rand.New(rand.NewPCG(1, 2))
	runes := []rune(text[:4<<20])
	dense, sparse := map[string]bool{}, map[string]bool{}
	for len(dense) < n {
		k := 2 + rng.IntN(7)
		at := rng.IntN(len(runes) - k)
		if w := string(runes[at : at+k]); !strings.ContainsAny(w, "\n\r\"") && !holdsNoise([]rune(w)) {
			dense[w] = true
		}
	}
	for len(sparse) < n {
		w := make([]rune, 2+rng.IntN(7))
		for i := range w {
			for w[i] < 0x4E00 || w[i] > 0x9FFF {
				w[i] = runes[rng.IntN(len(runes))]
			}
		}
		if s := string(w); !strings.Contains(text[:1<<20], s) {
			sparse[s] = true
		}
	}
	lists := map[string][]string{"dense": keys(dense), "sparse": keys(sparse)}
	if words := lexicon(n); len(words) > n*9/10 {
		lists["lexicon"] = words
	}
	return lists
}

// lexicon returns words of law and finance where such lists are at hand.
func lexicon(n int) []string {
	var out []string
	for _, name := range []string{"thuocl_law.txt", "thuocl_finance.txt"} {
		raw, _ := os.ReadFile("../../../../shared/data/lexicons/" + name)
		for line := range strings.Lines(string(raw)) {
			w, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if w = strings.TrimSpace(w); holdsNoise([]rune(w)) {
				continue
			}
			if k := utf8.RuneCountInString(w); k >= 2 && k <= 8 && len(out) < n {
				out = append(out, w)
			}
		}
	}
	return out
}

func keys(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	return out
}

// BenchmarkEach scans with 10,000 patterns on one core and prints MB/s, hits in
// 1,000 bytes, time and memory of the build, and how many times it is faster than
// ripgrep with the same words and than asking strings.Contains for each word.
func BenchmarkEach(b *testing.B) {
	text, from := corpus()
	b.Log("text:", from)
	for kind, patterns := range wordLists(text, 10_000) {
		b.Run(kind, func(b *testing.B) {
			grep, plain := ripgrep(b, text, patterns), plainSpeed(text, patterns)
			for _, mode := range []struct {
				name string
				opts []Option
			}{{"exact", nil}, {"folded", []Option{Folded()}}, {"folded+noise", []Option{Folded(), Noise(3)}}} {
				b.Run(mode.name, func(b *testing.B) { benchEach(b, text, patterns, mode.opts, grep, plain) })
			}
		})
	}
}

func benchEach(b *testing.B, text string, patterns []string, opts []Option, grep, plain float64) {
	m, took, bytes := measured(b, patterns, opts...)
	hits := 0
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		hits = 0
		m.Each(text, func(Match) bool { hits++; return true })
	}
	speed := float64(len(text)) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(float64(hits)/float64(len(text))*1000, "hits/kB")
	b.ReportMetric(speed/plain, "x-strings")
	b.ReportMetric(float64(took.Microseconds())/1000, "build-ms")
	b.ReportMetric(float64(bytes)/1e6, "build-MB")
	if grep > 0 {
		b.ReportMetric(speed/grep, "x-ripgrep")
	}
}

// measured builds a matcher; bytes is what it holds afterwards.
func measured(b *testing.B, patterns []string, opts ...Option) (*Matcher, time.Duration, uint64) {
	build(b, patterns[:1], opts...) // reads the folding table once
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	m := build(b, patterns, opts...)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	return m, took, after.HeapAlloc - before.HeapAlloc
}

// ripgrep returns the bytes a second that rg -F -f searches on one thread, its
// start included, 0 where it is not installed.
func ripgrep(b *testing.B, text string, patterns []string) float64 {
	rg, err := exec.LookPath("rg")
	if err != nil {
		b.Log("ripgrep (rg) is not installed: the ratio to it is left out")
		return 0
	}
	dir := b.TempDir()
	list, file := filepath.Join(dir, "words"), filepath.Join(dir, "text")
	for path, content := range map[string]string{list: strings.Join(patterns, "\n") + "\n", file: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	best := time.Duration(1 << 62)
	for range 3 {
		start := time.Now()
		out, err := exec.Command(rg, "-j1", "-a", "-F", "--count-matches", "-f", list, file).CombinedOutput()
		if _, quiet := err.(*exec.ExitError); err != nil && (!quiet || len(out) > 0) {
			b.Fatalf("rg: %v: %s", err, out)
		}
		best = min(best, time.Since(start))
	}
	return float64(len(text)) / best.Seconds()
}

// plainSpeed returns the bytes a second of one strings.Contains a word.
func plainSpeed(text string, patterns []string) float64 {
	part, found := text[:64<<10], 0
	start := time.Now()
	for _, p := range patterns {
		if strings.Contains(part, p) {
			found++
		}
	}
	return float64(len(part)) / time.Since(start).Seconds()
}

// BenchmarkRegexp is what regexp does with 1,000 of the words.
func BenchmarkRegexp(b *testing.B) {
	text, _ := corpus()
	text = text[:256<<10]
	for kind, patterns := range wordLists(text+strings.Repeat(text, 16), 1000) {
		for i, p := range patterns {
			patterns[i] = regexp.QuoteMeta(p)
		}
		re := regexp.MustCompile(strings.Join(patterns, "|"))
		b.Run(kind, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				re.FindAllStringIndex(text, -1)
			}
		})
	}
}

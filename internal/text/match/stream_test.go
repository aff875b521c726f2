package match

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestStreamEqualsEach(t *testing.T) {
	patterns := []string{"保本", "本", "理财产品", "𠮷野家", "e-mail", "保本保本保本"}
	m := build(t, patterns, Folded(), Noise(3))
	rapid.Check(t, func(t *rapid.T) {
		unit := words(t, slices.Concat(letters, noises, broken, patterns, []string{"理(li)", "财产品"}), 40, "text")
		text := strings.Repeat("无", rapid.IntRange(0, 22000).Draw(t, "lead")) + unit + strings.Repeat("x", rapid.IntRange(0, 66000).Draw(t, "gap")) + unit
		var got []Match
		s := m.Stream(func(x Match) bool { got = append(got, x); return true })
		for rest := text; rest != ""; {
			n := min(len(rest), rapid.SampledFrom([]int{1, 2, 3, 7, 100, 5000, 65536, 100000}).Draw(t, "chunk"))
			if n < 100 && len(rest) > 200 {
				n = len(rest) - 200 // single bytes only near the end
			}
			if k, err := s.Write([]byte(rest[:n])); k != n || err != nil {
				t.Fatal(k, err)
			}
			rest = rest[n:]
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if want := m.All(text); !slices.Equal(sorted(got), want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	})
}

func TestStreamStops(t *testing.T) {
	n := 0
	s := build(t, []string{"保本"}).Stream(func(Match) bool { n++; return false })
	for range 3 {
		_, _ = s.Write([]byte(strings.Repeat("保本", 20000)))
	}
	_ = s.Close()
	if n != 1 {
		t.Errorf("told %d after no", n)
	}
}

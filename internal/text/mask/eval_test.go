package mask_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaobao/internal/text/mask"
)

const dataDir = "../../../../shared/data"

// material reads texts that are at hand on this machine only.
func material(t *testing.T, what string) string {
	t.Helper()
	var b strings.Builder
	switch what {
	case "laws":
		files, _ := filepath.Glob(dataDir + "/laws/*.md")
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(raw)
			b.WriteByte('\n')
		}
	case "bank questions":
		if f, err := os.Open(dataDir + "/bank_faq/categories.csv"); err == nil {
			defer f.Close()
			rows, err := csv.NewReader(f).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows[1:] {
				b.WriteString(strings.Join(r[2:], "\n") + "\n")
			}
		}
	}
	if b.Len() == 0 {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatalf("%s are not at %s", what, dataDir)
		}
		t.Skipf("%s are not at %s", what, dataDir)
	}
	return b.String()
}

// TestEvalMasking prints how much is masked in texts that hold no personal data:
// every hit there is counted as false.
func TestEvalMasking(t *testing.T) {
	for _, test := range []struct {
		what string
		most float64 // false hits in 10,000 characters
	}{{"laws", 1}, {"bank questions", 3}} {
		t.Run(test.what, func(t *testing.T) {
			s := material(t, test.what)
			_, hits := mask.Mask(s)
			kinds := map[mask.Kind]int{}
			for _, h := range hits {
				kinds[h.Kind]++
				t.Logf("%s %q in %q", h.Kind, s[h.Start:h.End], s[max(0, h.Start-30):min(len(s), h.End+30)])
			}
			n := utf8.RuneCountInString(s)
			rate := float64(len(hits)) / float64(n) * 10_000
			t.Logf("%s: %d characters, %d hits %v, %.2f in 10,000 characters", test.what, n, len(hits), kinds, rate)
			if rate > test.most {
				t.Errorf("more than %.1f in 10,000 characters", test.most)
			}
		})
	}
}

package regulation_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update after checking):\n%s", path, got)
	}
}

func trace(rows []regulation.DayCount) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s %2d %-11s %s\n", r.Date, r.N, r.Kind, r.Why)
	}
	return b.String()
}

func TestExplainGolden(t *testing.T) {
	cal := calendar.Official()
	for _, test := range []struct {
		name     string
		n        int
		working  bool
		start    string
		excluded []string
		reasons  []string
	}{
		{"natural-rolled", 15, false, "2026-04-16", nil, nil},
		{"working-make-up", 7, true, "2026-09-10", nil, nil},
		{"working-excluded", 7, true, "2026-09-10", []string{"2026-09-14..2026-09-15", "2026-09-17"}, []string{"鉴定"}},
		{"working-unannounced", 7, true, "2026-12-25", nil, nil},
		{"natural-unannounced", 7, false, "2026-12-28", []string{"2026-12-30..2026-12-31"}, []string{"调解"}},
	} {
		rows := regulation.ExplainNamed(plain(t, test.n, test.working), day(t, test.start), spans(t, test.excluded...), test.reasons, cal)
		golden(t, test.name+".golden", trace(rows))
	}
}

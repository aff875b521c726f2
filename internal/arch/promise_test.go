package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var promiseSections = []string{"Growth", "Faults", "Intruders", "Proof", "Operation", "All of it"}

// The list of promises says of each what proves it, and every test, target and file
// that it names exists.
func TestPromises(t *testing.T) {
	raw, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	make, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	known := func(name string, tests map[string]bool) bool {
		if target, ok := strings.CutPrefix(name, "make "); ok {
			return regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).Match(make)
		}
		if strings.ContainsAny(name, "./") {
			_, err := os.Stat(filepath.Join("..", "..", name))
			return err == nil
		}
		return tests[name]
	}
	tests, rows, section, seen := testNames(t), 0, "", map[string]int{}
	for line := range strings.Lines(string(raw)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok {
			section = name
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || cells[0] == " Promise" {
			continue
		}
		rows++
		seen[section]++
		if len(cells) != 2 {
			t.Errorf("%q has %d cells", line, len(cells))
			continue
		}
		for _, name := range strings.Split(cells[1], ", ") {
			if name = strings.Trim(strings.TrimSpace(name), "`"); !known(name, tests) {
				t.Errorf("%q is proved by %q, which does not exist", cells[0], name)
			}
		}
	}
	for _, s := range promiseSections {
		if seen[s] == 0 {
			t.Errorf("no promises under %q", s)
		}
	}
	if rows < 70 || len(seen) != len(promiseSections) {
		t.Errorf("%d promises in %d sections", rows, len(seen))
	}
}

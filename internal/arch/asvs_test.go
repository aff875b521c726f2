package arch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// asvsItems is how many items of levels 1 and 2 each chapter of ASVS 5.0.0 has.
var asvsItems = map[int]int{1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7}

var asvsRow = regexp.MustCompile(`(?m)^\| (\d+)\.(\d+)\.(\d+)( \(3\))? \| (\S+) \| (.+) \|$`)

// Every item of levels 1 and 2 is answered once, and every test named as the
// answer exists.
func TestASVS(t *testing.T) {
	raw, err := os.ReadFile("../../docs/security/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	marks, seen, chapters := map[string]int{}, map[string]bool{}, map[int]int{}
	for _, m := range asvsRow.FindAllStringSubmatch(string(raw), -1) {
		item := m[1] + "." + m[2] + "." + m[3]
		if seen[item] {
			t.Errorf("%s is answered twice", item)
		}
		seen[item] = true
		chapter, _ := strconv.Atoi(m[1])
		if m[4] == "" {
			chapters[chapter]++
			marks[m[5]]++
		}
		named := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(m[6], -1)
		if m[5] == "T" && len(named) == 0 && !strings.Contains(m[6], "as ") {
			t.Errorf("%s is marked T and names no test", item)
		}
		for _, name := range named {
			if !tests[name] {
				t.Errorf("%s names %s, which does not exist", item, name)
			}
		}
	}
	for chapter, want := range asvsItems {
		if chapters[chapter] != want {
			t.Errorf("chapter %d: %d items of levels 1 and 2 are answered, want %d", chapter, chapters[chapter], want)
		}
	}
	t.Logf("T %d, D %d, O %d, – %d, X %d", marks["T"], marks["D"], marks["O"], marks["–"], marks["**X**"])
}

// testNames returns the names of all tests, fuzz targets and benchmarks of the project.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(raw, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d tests, %v", len(names), err)
	}
	return names
}

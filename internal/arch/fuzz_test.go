package arch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// TestEveryFuzzTargetRuns holds the list that CI fuzzes against the targets there are.
func TestEveryFuzzTargetRuns(t *testing.T) {
	var there []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range fuzzTarget.FindAllSubmatch(text, -1) {
			there = append(there, "./internal/"+filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../"))+" "+string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", ".ci", "fuzz-targets"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		time, target, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if time != "60s" && time != "10s" {
			t.Errorf("%q: runs for 60s, or for 10s what reads nothing from outside", line)
		}
		listed = append(listed, target)
	}
	for _, target := range there {
		if !slices.Contains(listed, target) {
			t.Errorf("%s is not in .ci/fuzz-targets", target)
		}
	}
	for i, target := range listed {
		if !slices.Contains(there, target) || slices.Contains(listed[:i], target) {
			t.Errorf("%s is in .ci/fuzz-targets and not there, or twice", target)
		}
	}
	if len(there) < 30 {
		t.Errorf("only %d fuzz targets were found", len(there))
	}
}

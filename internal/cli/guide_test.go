package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The guide names every setting of the configuration file and every command, whoever
// runs the program finds there what it can do.
func TestGuideIsComplete(t *testing.T) {
	files, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d chapters, %v", len(files), err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f) // #nosec G304: the guide
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	guide := all.String()
	for _, name := range settingNames { // written with either sign
		if !regexp.MustCompile(`\b` + strings.ReplaceAll(name, "-", "[-_]") + `\b`).MatchString(guide) {
			t.Errorf("the guide does not say what the setting %s is", name)
		}
	}
	var walk func(c command, path string)
	walk = func(c command, path string) {
		if c.subs == nil && !regexp.MustCompile(regexp.QuoteMeta(path)+`\b`).MatchString(guide) {
			t.Errorf("the guide does not say what %s is for", path)
		}
		for _, sub := range c.subs {
			walk(sub, path+" "+sub.name)
		}
	}
	walk(root(), "xiaobao")
}

package arch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoProgramHashesWeakly: hashing that is quick is for tests, and for the world that
// tests of pages live in.
func TestNoProgramHashesWeakly(t *testing.T) {
	uses := 0
	for _, root := range []string{filepath.Join("..", "..", "cmd"), ".."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if !strings.Contains(string(text), "NewWeakHasher(") {
				return err
			}
			uses++
			if in := filepath.ToSlash(path); !strings.HasSuffix(in, "_test.go") && in != "../identity/password.go" && in != "../server/servertest/servertest.go" {
				t.Errorf("%s hashes passwords weakly", in)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if uses < 3 {
		t.Errorf("%d files name NewWeakHasher: the test looks for the wrong name", uses)
	}
}

package e2e

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The binary needs nothing beside it, and what it is made of can be listed, each
// part under a licence that was agreed to. `make release` does this for every
// platform, and builds each twice.
func TestBinaryIsStaticAndListed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the format of Linux")
	}
	f, err := elf.Open(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary asks for others: %s", p.Type)
		}
	}
	out := t.TempDir()
	if err := os.Symlink(binary(t), filepath.Join(out, "xiaobao-linux-amd64")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "release/materials.mjs", out)
	cmd.Dir = "../.."
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	raw, err := os.ReadFile(filepath.Join(out, "sbom.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Components []struct {
			Name     string
			Licenses []any
		}
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list.Components {
		names = append(names, c.Name)
		if len(c.Licenses) == 0 {
			t.Errorf("%s stands without a licence", c.Name)
		}
	}
	for _, want := range []string{"std", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "filippo.io/age", "htmx.org"} {
		if !slices.Contains(names, want) {
			t.Errorf("the list of %d parts lacks %s", len(names), want)
		}
	}
	texts, err := os.ReadFile(filepath.Join(out, "LICENSES.txt"))
	if err != nil || !strings.Contains(string(texts), "modernc.org/sqlite") || !strings.Contains(string(texts), "SIL OPEN FONT LICENSE") {
		t.Errorf("the licences: %d bytes, %v", len(texts), err)
	}
}

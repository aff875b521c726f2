package packs

import (
	"io/fs"
	"strings"
	"testing"

	"xiaobao/internal/text/rule"
)

func load(t *testing.T) []*rule.Pack {
	t.Helper()
	list, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no packs")
	}
	return list
}

// Every example of every shipped rule holds, for its rule alone.
func TestExamples(t *testing.T) {
	names, err := fs.Glob(files, "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			src, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := rule.Parse(name, src)
			if err != nil {
				t.Fatal(strings.ReplaceAll(err.Error(), "; ", "\n"))
			}
			if p.ID+".toml" != name {
				t.Errorf("the pack %q stands in the file %s", p.ID, name)
			}
		})
	}
}

// A shipped rule rests on something, shows hard cases of both kinds, is read by
// people, and does not run while its source is unconfirmed.
func TestShippedRules(t *testing.T) {
	for _, p := range load(t) {
		for _, r := range p.Rules {
			hits, passes := 0, 0
			for _, e := range r.Examples {
				if e.Hit {
					hits++
				} else {
					passes++
				}
			}
			if hits < 2 || passes < 2 {
				t.Errorf("%s: %d hits and %d passes, want two of each", r.ID, hits, passes)
			}
			if len(r.Cite) == 0 && r.Source == "" {
				t.Errorf("%s rests on nothing", r.ID)
			}
			if r.Grade == rule.GradeC && !r.Off {
				t.Errorf("%s is of grade C and on", r.ID)
			}
			if !strings.HasPrefix(r.ID, p.ID+".") {
				t.Errorf("%s: the id does not begin with that of its pack %s", r.ID, p.ID)
			}
		}
	}
}

// All packs work together: ids are unique, and each rule finds its examples in
// the common book too, where the words of all packs stand in one matcher.
func TestTogether(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range load(t) {
		for _, r := range p.Rules {
			for _, e := range r.Examples {
				x, err := b.Explain(e.Doc(r), r.ID)
				if err != nil {
					t.Fatal(err)
				}
				if x.Hit != e.Hit {
					t.Errorf("%s on %q: hit %v, want %v: %v", r.ID, e.Text, x.Hit, e.Hit, x.Steps)
				}
			}
		}
	}
}

package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"xiaobao/internal/fault"
)

func catalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogueIsCompleteInBothLanguages(t *testing.T) {
	c := catalogue(t)
	zh, en := c.Keys(Chinese), c.Keys(English)
	if len(zh) == 0 {
		t.Fatal("no messages at all")
	}
	for _, key := range zh {
		if !c.Has(English, key) {
			t.Errorf("%s has no English text", key)
		}
	}
	for _, key := range en {
		if !c.Has(Chinese, key) {
			t.Errorf("%s has no Chinese text", key)
		}
		if text := c.plain[English][key]; hasHan(text) {
			t.Errorf("%s is Chinese in the English catalogue: %s", key, text)
		}
	}
}

// A value that one language names and the other does not is a sentence that
// says less in one of them.
func TestCatalogueNamesTheSameValues(t *testing.T) {
	value := regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	c := catalogue(t)
	for _, key := range c.Keys(Chinese) {
		var args []any
		for _, name := range []string{"Date", "From", "Due", "Name", "Number", "Text", "Unit", "Changed", "Added", "Removed"} {
			args = append(args, name, "<"+name+">")
		}
		args = append(args, "Count", 7)
		zh, en := c.Text(Chinese, key, args...), c.Text(English, key, args...)
		if strings.Contains(zh+en, "<no value>") || value.MatchString(zh+en) {
			t.Errorf("%s names a value this test does not know: %q %q", key, zh, en)
		}
		for _, m := range regexp.MustCompile(`<\w+>`).FindAllString(zh, -1) {
			if !strings.Contains(en, m) {
				t.Errorf("%s: Chinese names %s, English does not", key, m)
			}
		}
	}
}

// Whatever is counted, one or many, as a number or as it is written for a reader,
// every message has words for it in both languages.
func TestCatalogueCountsEverything(t *testing.T) {
	c := catalogue(t)
	for _, lang := range Langs {
		for _, key := range c.Keys(lang) {
			for _, count := range []any{0, 1, 2, int64(1), "1", "12,345", "≥3"} {
				if text := c.Text(lang, key, "Count", count); strings.Contains(text, "⟦") {
					t.Errorf("%s %s has no words for %v", lang, key, count)
				}
			}
		}
	}
}

func TestCatalogueText(t *testing.T) {
	c := catalogue(t)
	tests := []struct {
		lang Lang
		key  string
		args []any
		want string
	}{
		{Chinese, "room.desk", nil, "工作台"},
		{English, "due.over", []any{"Count", 1, "Date", "05-01"}, "1 day overdue (05-01)"},
		{English, "due.over", []any{"Count", 2, "Date", "05-01"}, "2 days overdue (05-01)"},
		{Chinese, "due.over", []any{"Count", 2, "Date", "05-01"}, "已超期 2 天（05-01）"},
		{English, "backup.proved", []any{"Count", "7,870"}, "Restored, 7,870 events verified"}, // written for a reader already
		{Chinese, "backup.proved", []any{"Count", "7,870"}, "已恢复并核对 7,870 条记录"},
		{English, "case.mails", []any{"Count", 1}, "1 e-mail to confirm"},
		{English, "keeping.run.erased", []any{"Count", 1}, "1 erased"}, // one form for every count
		{English, "no.such.key", nil, "⟦no.such.key⟧"},
	}
	for _, tt := range tests {
		if got := c.Text(tt.lang, tt.key, tt.args...); got != tt.want {
			t.Errorf("Text(%s, %s, %v) = %q, want %q", tt.lang, tt.key, tt.args, got, tt.want)
		}
	}
}

func TestEveryKindAndRoomHasWords(t *testing.T) {
	c := catalogue(t)
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		for _, part := range []string{".title", ".next"} {
			if key := "fault." + kind.String() + part; !c.Has(Chinese, key) {
				t.Errorf("no message %s", key)
			}
		}
	}
	for _, room := range Rooms {
		if !c.Has(Chinese, "room."+room.ID) {
			t.Errorf("no message for room %s", room.ID)
		}
	}
	for _, reason := range Reasons {
		if !c.Has(Chinese, reason.Label) {
			t.Errorf("no message %s", reason.Label)
		}
	}
}

// Every message and icon that a template names in so many words exists.
func TestTemplatesNameWhatExists(t *testing.T) {
	c := catalogue(t)
	list, err := os.ReadFile("ui/src/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	icons := strings.Fields(string(list))
	if !slices.IsSorted(icons) {
		t.Error("icons.txt is not sorted")
	}
	files := templates(t)
	if len(files) < 10 {
		t.Fatalf("only %d templates", len(files))
	}
	for name, text := range files {
		for _, use := range uses(t, name, text) {
			switch {
			case use.what == "message" && !c.Has(Chinese, use.name):
				t.Errorf("%s: no message %q", name, use.name)
			case use.what == "icon" && !slices.Contains(icons, use.name):
				t.Errorf("%s: icon %q is not in ui/src/icons.txt", name, use.name)
			}
		}
	}
}

func templates(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(templateFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(templateFiles, path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type use struct{ what, name string }

// uses returns the messages and icons that a template names as constants.
func uses(t *testing.T, name, text string) []use {
	t.Helper()
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		t.Fatal(err)
	}
	var out []use
	for _, one := range trees {
		walk(one.Root, func(c *parse.CommandNode) { out = append(out, used(c)...) })
	}
	return out
}

func used(c *parse.CommandNode) []use {
	constant := func(at int, what string) []use {
		if at < len(c.Args) {
			if s, ok := c.Args[at].(*parse.StringNode); ok {
				return []use{{what, s.Text}}
			}
		}
		return nil
	}
	switch first := c.Args[0].(type) {
	case *parse.IdentifierNode:
		switch first.Ident {
		case "t", "tv":
			return constant(1, "message")
		case "icon":
			return constant(1, "icon")
		case "input":
			return constant(3, "message")
		}
	case *parse.ChainNode:
		if slices.Contains(first.Field, "Help") {
			return constant(1, "message")
		}
	}
	return nil
}

func walk(n parse.Node, visit func(*parse.CommandNode)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				walk(child, visit)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.ChainNode:
		walk(n.Node, visit)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				visit(c)
				for _, arg := range c.Args {
					walk(arg, visit)
				}
			}
		}
	}
}

func walkBranch(n *parse.BranchNode, visit func(*parse.CommandNode)) {
	walk(n.Pipe, visit)
	walk(n.List, visit)
	walk(n.ElseList, visit)
}

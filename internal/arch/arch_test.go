package arch_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/regulation"
)

const module = "xiaobao/"

// Floors, lowest first. A package imports only packages of floors below its own;
// beside says what else it may import on its own floor.
var floors = [][]string{
	{"fault"},
	{"calendar", "seal", "ledger", "party", "text", "spool", "folder"},
	{"regulation", "access", "text/match"},
	{"text/rule", "text/classify", "text/mask", "text/similar", "text/readable", "text/dates"},
	{"text/rule/packs", "law", "coding", "precedent", "examine"},
	{"complaint", "review", "keeping", "change", "hook"},
	{"complaint/casebook", "complaint/guide", "complaint/reply"},
	{"dossier", "document/fonts", "document/pdf", "storage/blob", "review/check", "review/compare", "review/catalog"},
	{"document", "identity", "assist", "post"},
	{"document/extract"},
	{"storage"},
	{"app"},
	{"web", "api"},
	{"web/casefile", "web/desk", "web/house", "web/portal", "web/imports", "web/overview", "web/laws", "web/codes", "web/rules", "web/precedents", "web/reviews", "web/products", "web/keeping"},
	{"server"},
	{"demo"},
	{"cli"},
}

// pure packages take time, randomness and rules as arguments.
var pure = []string{"fault", "calendar", "seal", "ledger", "party", "regulation", "access", "text", "text/match", "text/rule", "text/rule/packs",
	"text/classify", "text/mask", "text/similar", "text/readable", "text/dates", "law", "coding", "precedent", "complaint", "complaint/casebook", "complaint/guide", "complaint/reply", "review", "review/check", "review/compare", "review/catalog", "dossier", "examine", "keeping", "change", "hook"}

var impure = []string{"database/sql", "net", "net/http", "os", "os/exec", "log/slog", "html/template", "crypto/rand", "math/rand", "math/rand/v2"}

func floor(name string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, name) })
}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "../../...")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []listed
	dec := json.NewDecoder(out)
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// helpers are test support and tools: nothing of the program imports them.
func helper(name string) bool {
	return strings.HasSuffix(name, "test") || strings.Contains(name, "test/") || name == "arch" || name == "e2e"
}

func name(path string) string { return strings.TrimPrefix(path, module+"internal/") }

func TestFloors(t *testing.T) {
	for _, p := range packages(t) {
		n := name(p.ImportPath)
		if helper(n) || strings.HasPrefix(p.ImportPath, module+"cmd/") {
			continue
		}
		at := floor(n)
		if at < 0 {
			t.Errorf("%s stands on no floor: say in the table where it belongs", n)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) {
				if slices.Contains(pure, n) && slices.Contains(impure, imp) {
					t.Errorf("%s is pure and imports %s", n, imp)
				}
				continue
			}
			dep := name(imp)
			switch {
			case helper(dep):
				t.Errorf("%s imports the test support %s", n, dep)
			case floor(dep) >= at && !siblings(n, dep):
				t.Errorf("%s (floor %d) imports %s (floor %d)", n, at, dep, floor(dep))
			}
		}
	}
}

// siblings on one floor that may know each other.
func siblings(n, dep string) bool {
	return n == "ledger" && dep == "calendar" || n == "api" && dep == "web"
}

// Pages and API know the store's row types, but never open a transaction.
func TestPagesOpenNoTransaction(t *testing.T) {
	for _, p := range packages(t) {
		n := name(p.ImportPath)
		if !strings.HasPrefix(n, "web") && n != "api" || helper(n) {
			continue
		}
		for _, file := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{".Store()", "storage.Open(", ".Update(ctx", ".View(ctx"} {
				if strings.Contains(string(b), call) {
					t.Errorf("%s/%s calls %s: pages go through the use cases", n, file, call)
				}
			}
		}
	}
}

// Texts leave for a language model through the use cases alone, which mask,
// bound and record them.
func TestOnlyTheUseCasesAskTheModel(t *testing.T) {
	for _, p := range packages(t) {
		if n := name(p.ImportPath); n != "app" && slices.Contains(p.Imports, module+"internal/assist") {
			t.Errorf("%s imports assist", n)
		}
	}
}

// maxLines bounds a file; every large program has rotted at one file that accretes.
const maxLines = 600

// maxFunction bounds a function, in lines.
const maxFunction = 80

func TestSizes(t *testing.T) {
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			if n := countLines(t, path); n > maxLines {
				t.Errorf("%s has %d lines, more than %d", path, n, maxLines)
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFunction {
						t.Errorf("%s: %s has %d lines, more than %d", path, fn.Name.Name, n, maxFunction)
					}
				}
			}
		}
	}
}

func countLines(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	n := 0
	for sc.Scan() {
		n++
	}
	return n
}

// Every exported name says what it is.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Name.IsExported() && d.Doc == nil && receiverExported(d) {
						t.Errorf("%s: %s has no comment", fset.Position(d.Pos()), d.Name.Name)
					}
				case *ast.GenDecl:
					for _, s := range d.Specs {
						if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
							t.Errorf("%s: type %s has no comment", fset.Position(ts.Pos()), ts.Name.Name)
						}
					}
				}
			}
		}
	}
}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	e := d.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// What is opened for reading and synced is a folder, and Windows refuses that: every upload and every backup
// failed there. One package knows.
func TestFoldersAreSyncedInOnePlace(t *testing.T) {
	for _, p := range packages(t) {
		if n := name(p.ImportPath); helper(n) || n == "folder" {
			continue
		}
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if opens, syncs := called(d, "Open"), called(d, "Sync"); opens["os"] && len(syncs) > 0 && !syncs["folder"] {
					t.Errorf("%s opens and syncs: if that is a folder, use folder.Sync", fset.Position(d.Pos()))
				}
			}
		}
	}
}

// called are the names on which a function of that name is called.
func called(d ast.Decl, function string) map[string]bool {
	on := map[string]bool{}
	ast.Inspect(d, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == function {
			if id, ok := s.X.(*ast.Ident); ok {
				on[id.Name] = true
			}
		}
		return true
	})
	return on
}

// A setting that nothing reads would be a switch without a wire: each id stands
// in code, or gives a clock its days or approver.
func TestEverySettingIsRead(t *testing.T) {
	var code strings.Builder
	for _, p := range packages(t) {
		if name(p.ImportPath) == "regulation" {
			continue
		}
		for _, file := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	lib := regulation.Embedded()
	clocks := map[string]bool{"approval.nfra.complex": true} // gives a clock its approver
	for _, c := range lib.At(calendar.Of(2026, 11, 1)).Clocks() {
		clocks[c.Setting] = true
	}
	for _, c := range complaint.RetentionClasses() {
		clocks[c.YearsSetting] = true // gives a class its years
	}
	for _, s := range lib.At(calendar.Of(2026, 11, 1)).Settings() {
		prefix := s.ID[:strings.LastIndexByte(s.ID, '.')+1]
		joined := strings.Contains(code.String(), `"`+prefix+`"+`) // such as "redress.limit."+role
		if !clocks[s.ID] && !joined && !strings.Contains(code.String(), `"`+s.ID+`"`) {
			t.Errorf("nothing reads the setting %s", s.ID)
		}
	}
}

package document

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

//go:embed templates/*.toml
var templateFiles embed.FS

// Template is a versioned letter template: data, not code. See templates/.
type Template struct {
	ID       string                // such as "decision"
	Version  int                   // raised with every change of words
	Name     string                // short name for menus
	Title    string                // title of the letter
	Articles []string              // the articles it rests on: instrument#article
	To       string                // template of the addressee
	Remedy   map[RemedyKind]string // template of each remedy
	Block    []TemplateBlock

	to       *template.Template
	remedies map[RemedyKind]*template.Template
}

// TemplateBlock is a block of a template.
type TemplateBlock struct {
	Part  string    // what it carries, "" for plain words; see partRules
	Kind  BlockKind // "" is a paragraph
	Each  string    // one of repeated: once for each
	When  string    // printed only when this field is set, such as ".Redress"
	Text  string
	Head  []string // of a table
	Cells []string // of a table's row

	text, when *template.Template
	cells      []*template.Template
}

// blockData is what a block's text sees.
type blockData struct {
	LetterData
	N      int    // number of the point or remedy, from 1
	Point  Point  // in a block for each point
	Remedy string // in a block for each remedy: its sentence

	Fact      Fact    // in a block for each line of a table of an opinion letter
	Opinion   Opinion // in a block for each point of an opinion
	Condition string  // in a block for each condition of a clearance
}

// repeated is what a block may stand for each of.
var repeated = []string{"", "points", "remedies", "facts", "opinions", "clearance", "conditions", "signatures"}

// remedyData is what a remedy's text sees.
type remedyData struct {
	Remedy
	We string
}

// Templates returns the templates that come with the program, by id.
func Templates() []*Template { return slices.Clone(builtin()) }

// TemplateOf returns a template that comes with the program.
func TemplateOf(id string) (*Template, bool) {
	i := slices.IndexFunc(builtin(), func(t *Template) bool { return t.ID == id })
	if i < 0 {
		return nil, false
	}
	return builtin()[i], true
}

// builtin panics on a faulty embedded file: such a program must not start.
var builtin = sync.OnceValue(func() []*Template {
	names, err := fs.Glob(templateFiles, "templates/*.toml")
	if err != nil {
		panic(err)
	}
	var out []*Template
	for _, name := range names {
		data, err := templateFiles.ReadFile(name)
		if err == nil {
			var t *Template
			t, err = ParseTemplate(data)
			out = append(out, t)
		}
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
	}
	return out
})

// ParseTemplate reads a template from TOML. It refuses one that lacks a part
// which its kind of letter must carry, that uses a field or function that does
// not exist, or that does more than fill in fields.
func ParseTemplate(data []byte) (*Template, error) {
	t := &Template{}
	meta, err := toml.Decode(string(data), t)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "信函模板格式有误：%v", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fault.New(fault.Invalid, "信函模板里有不认识的项目“%s”。", unknown[0])
	}
	if err := t.compile(); err != nil {
		return nil, err
	}
	var f fault.Fields
	t.check(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	_, err = t.fill(probe)
	return t, err
}

func (t *Template) compile() (err error) {
	if t.to, err = compile(t.To); err != nil {
		return err
	}
	t.remedies = map[RemedyKind]*template.Template{}
	for kind, text := range t.Remedy {
		if t.remedies[kind], err = compile(text); err != nil {
			return err
		}
	}
	for i := range t.Block {
		if err := t.Block[i].compile(); err != nil {
			return err
		}
	}
	return nil
}

func (b *TemplateBlock) compile() (err error) {
	if b.Kind == "" {
		b.Kind = Paragraph
	}
	if b.text, err = compile(b.Text); err != nil {
		return err
	}
	if b.When != "" {
		if b.when, err = compile("{{if " + b.When + "}}1{{end}}"); err != nil {
			return err
		}
	}
	b.cells = make([]*template.Template, len(b.Cells))
	for i, cell := range b.Cells {
		if b.cells[i], err = compile(cell); err != nil {
			return err
		}
	}
	return nil
}

// funcs are all that a template may call.
var funcs = template.FuncMap{
	"date": func(d calendar.Date) string { return d.Chinese() },
	"stop": fullStop,
	"cn":   chineseNumber,
}

var allowedFuncs = []string{"date", "stop", "cn", "or", "and", "not"}

func compile(text string) (*template.Template, error) {
	t, err := template.New("").Funcs(funcs).Option("missingkey=error").Parse(text)
	if err == nil && len(t.Templates()) > 1 {
		err = fmt.Errorf("define is not allowed")
	}
	if err == nil && t.Tree != nil {
		err = restrict(t.Tree.Root)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "信函模板“%s”写法有误：%v", clip(text, 40), err)
	}
	return t, nil
}

// restrict refuses everything but text, fields, conditions and allowed functions.
func restrict(n parse.Node) error {
	switch n := n.(type) {
	case *parse.ListNode:
		return restrictAll(n.Nodes)
	case *parse.ActionNode:
		return restrict(n.Pipe)
	case *parse.IfNode:
		return restrictBranch(n.BranchNode)
	case *parse.WithNode:
		return restrictBranch(n.BranchNode)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			if err := restrictAll(c.Args); err != nil {
				return err
			}
		}
		return nil
	case *parse.IdentifierNode:
		if !slices.Contains(allowedFuncs, n.Ident) {
			return fmt.Errorf("function %s is not allowed", n.Ident)
		}
		return nil
	case *parse.TextNode, *parse.FieldNode, *parse.DotNode, *parse.StringNode, *parse.CommentNode:
		return nil
	}
	return fmt.Errorf("%s is not allowed", n)
}

func restrictAll(nodes []parse.Node) error {
	for _, n := range nodes {
		if err := restrict(n); err != nil {
			return err
		}
	}
	return nil
}

func restrictBranch(n parse.BranchNode) error {
	if err := restrict(n.Pipe); err != nil {
		return err
	}
	if n.ElseList != nil {
		if err := restrict(n.ElseList); err != nil {
			return err
		}
	}
	return restrict(n.List)
}

var articleForm = regexp.MustCompile(`^[a-z0-9-]+#[0-9]+$`)

// check is whether the template is whole: see requiredParts.
func (t *Template) check(f *fault.Fields) {
	required, known := requiredParts[t.ID]
	f.Need(known, "id", "不认识的信函种类“%s”。", t.ID)
	f.Need(t.Version > 0, "version", "模板“%s”缺少版本号。", t.ID)
	f.Need(t.Title != "" && t.Name != "" && t.To != "", "title", "模板“%s”缺少标题、名称或收信人。", t.ID)
	f.Need(len(t.Articles) > 0, "articles", "模板“%s”没有写明依据的条文。", t.ID)
	for _, a := range t.Articles {
		f.Need(articleForm.MatchString(a), "articles", "模板“%s”的条文“%s”应写成“文件#条”。", t.ID, a)
	}
	for _, part := range required {
		t.checkPart(part, f)
	}
	for _, kind := range requiredRemedies[t.ID] {
		f.Need(t.Remedy[kind] != "", "remedy."+string(kind), "模板“%s”缺少救济途径“%s”的文字。", t.ID, kind)
	}
	for i, b := range t.Block {
		_, ok := ruleOf(b.Part)
		f.Need(ok || b.Part == "", fmt.Sprintf("block[%d].part", i), "模板“%s”有不认识的部分“%s”。", t.ID, b.Part)
		f.Need(slices.Contains(repeated, b.Each), fmt.Sprintf("block[%d].each", i), "模板“%s”不能按“%s”重复。", t.ID, b.Each)
		f.Need(len(b.Head) == len(b.Cells) && (b.Kind == Grid) == (len(b.Head) > 0), fmt.Sprintf("block[%d].cells", i), "模板“%s”的表格列数不一致。", t.ID)
	}
}

// checkPart is whether a part is there, unconditional, repeated as it must be,
// and prints the fields it is for.
func (t *Template) checkPart(part string, f *fault.Fields) {
	rule, _ := ruleOf(part)
	text, found := "", false
	for _, b := range t.Block {
		if b.Part == part && b.When == "" && b.Each == rule.each {
			found = true
			text += b.Text + strings.Join(b.Cells, "")
		}
	}
	f.Need(found, part, "模板“%s”缺少必须的部分“%s”。", t.ID, part)
	for _, field := range rule.fields {
		f.Need(!found || regexp.MustCompile(regexp.QuoteMeta(field)+`\b`).MatchString(text), part, "模板“%s”的“%s”部分没有写出 %s。", t.ID, part, field)
	}
}

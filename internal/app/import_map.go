package app

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
)

//go:embed data/import.toml
var importTOML string

// importFields are the fields that a column may fill.
var importFields = []string{"sender_number", "key", "received_on", "own_due", "channel", "nature", "sender", "unit", "respondent_unit", "respondent", "name", "phone",
	"id_number", "email", "address", "policy", "representative", "representative_phone", "title", "narrative", "demand", "product", "reason", "amount", "vulnerable"}

// joinedFields take the text of several columns, line by line.
var joinedFields = []string{"title", "narrative", "demand"}

// ImportMap says which column of a table is which field. The zero value guesses
// by the usual names of columns.
//
//	month_first = true                   # how 3/4/2026 is meant
//	header_row  = 3                      # where the head stands; 0 finds it
//	ignore      = ["点赞数"]
//	[columns]
//	"留言编号" = "sender_number"           # two columns with one text field are joined
//	[constants]
//	channel = "petition"                 # for every row without a value of its own
//	[values.product]
//	"Mortgage" = "loan_housing"
type ImportMap struct {
	MonthFirst bool                         `toml:"month_first"`
	HeaderRow  int                          `toml:"header_row"`
	Ignore     []string                     `toml:"ignore"`
	Columns    map[string]string            `toml:"columns"`
	Constants  map[string]string            `toml:"constants"`
	Values     map[string]map[string]string `toml:"values"`
}

// ParseImportMap reads a map file. An unknown key or field is refused with the
// names that there are.
func ParseImportMap(text []byte) (ImportMap, error) {
	var m ImportMap
	meta, err := toml.Decode(string(text), &m)
	if err != nil {
		return m, fault.Wrap(fault.Invalid, err, "导入对照文件不是合法的 TOML：%v。请更正后重试", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return m, fault.New(fault.Invalid, "导入对照文件里不认识“%s”。可用的有 columns、constants、values、ignore、month_first、header_row", extra[0])
	}
	named := slices.Concat(slices.Collect(maps.Values(m.Columns)), slices.Collect(maps.Keys(m.Constants)), slices.Collect(maps.Keys(m.Values)))
	for _, field := range named {
		if !slices.Contains(importFields, field) {
			return m, fault.New(fault.Invalid, "导入对照文件里没有“%s”这个字段。可用的字段：%s", field, strings.Join(importFields, "、"))
		}
	}
	return m, nil
}

// importBook is the usual names of columns and values.
type importBook struct {
	Columns map[string][]string `toml:"columns"`
	Ignored struct {
		Names []string `toml:"names"`
	} `toml:"ignored"`
	Values map[string]map[string]string `toml:"values"`
	rank   map[string]columnGuess       // by plain name
}

type columnGuess struct {
	field string
	rank  int // place in the list of names, 0 is the best
}

var usualColumns = sync.OnceValue(func() importBook {
	var b importBook
	if _, err := toml.Decode(importTOML, &b); err != nil {
		panic("import.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	b.rank = map[string]columnGuess{}
	for field, names := range b.Columns {
		for i, n := range names {
			b.rank[plainColumn(n)] = columnGuess{field, i}
		}
	}
	return b
})

// plainColumn is the name of a column without spaces, marks and brackets.
func plainColumn(s string) string {
	depth := 0
	s = strings.Map(func(r rune) rune {
		switch r {
		case '(', '（', '[', '【':
			depth++
			return -1
		case ')', '）', ']', '】':
			depth--
			return -1
		case '\n', '\r', '\t', '*', '＊', ':', '：', '、', '/', '_':
			return -1
		}
		if depth > 0 {
			return -1
		}
		return r
	}, strings.ToLower(s))
	return strings.Join(strings.Fields(s), " ")
}

// headerHints are the names by which a table's head is found.
func headerHints(m ImportMap) []string {
	hints := slices.Collect(maps.Keys(m.Columns))
	for _, names := range usualColumns().Columns {
		hints = append(hints, names...)
	}
	return hints
}

// layout is which columns of a head fill which field.
type layout struct {
	columns map[string][]int // field -> columns in order
	unknown []string
	missing []string // columns that the map names and the head has not
}

// layoutOf fits a map to the head of a sheet. Where the map has no columns, the
// usual names decide.
func layoutOf(m ImportMap, header []string) layout {
	l := layout{columns: map[string][]int{}}
	if len(m.Columns) > 0 {
		l.mapped(m, header)
	} else {
		l.guessed(m, header)
	}
	return l
}

func (l *layout) mapped(m ImportMap, header []string) {
	ignored := slices.Concat(m.Ignore, usualColumns().Ignored.Names)
	seen := map[string]bool{}
	for i, name := range header {
		at := slices.IndexFunc(slices.Sorted(maps.Keys(m.Columns)), func(want string) bool { return sameColumn(want, name) })
		if at < 0 {
			if !slices.ContainsFunc(ignored, func(n string) bool { return sameColumn(n, name) }) {
				l.unknown = append(l.unknown, name)
			}
			continue
		}
		want := slices.Sorted(maps.Keys(m.Columns))[at]
		seen[want] = true
		l.columns[m.Columns[want]] = append(l.columns[m.Columns[want]], i)
	}
	for _, want := range slices.Sorted(maps.Keys(m.Columns)) {
		if !seen[want] {
			l.missing = append(l.missing, want)
		}
	}
}

func sameColumn(a, b string) bool { return a == b || plainColumn(a) == plainColumn(b) }

func (l *layout) guessed(m ImportMap, header []string) {
	book := usualColumns()
	best := map[string]columnGuess{}
	taken := map[string]int{}
	for i, name := range header {
		g, ok := book.guess(name)
		switch {
		case slices.ContainsFunc(slices.Concat(m.Ignore, book.Ignored.Names), func(n string) bool { return sameColumn(n, name) }):
		case !ok:
			l.unknown = append(l.unknown, name)
		case slices.Contains(joinedFields, g.field):
			l.columns[g.field] = append(l.columns[g.field], i)
		default:
			if old, dup := best[g.field]; dup && old.rank <= g.rank {
				l.unknown = append(l.unknown, name)
				continue
			} else if dup {
				l.unknown = append(l.unknown, header[taken[g.field]])
			}
			best[g.field], taken[g.field] = g, i
			l.columns[g.field] = []int{i}
		}
	}
}

// guess looks a name up, and of a name joined from two rows its lower part.
func (b importBook) guess(name string) (columnGuess, bool) {
	if g, ok := b.rank[plainColumn(name)]; ok {
		return g, true
	}
	if _, lower, ok := strings.Cut(name, "/"); ok {
		return b.guess(lower)
	}
	return columnGuess{}, false
}

// problem says what is missing before any row can be taken, "" when nothing is.
func (l layout) problem(m ImportMap, header []string) string {
	has := func(field string) bool { return len(l.columns[field]) > 0 || m.Constants[field] != "" }
	var lack []string
	for _, need := range []struct{ field, name string }{{"received_on", "收到日期"}, {"narrative", "投诉内容"}, {"channel", "投诉渠道"}} {
		if !has(need.field) && !(need.field == "narrative" && has("title")) {
			lack = append(lack, need.name)
		}
	}
	if len(lack) == 0 && len(l.missing) == 0 {
		return ""
	}
	text := ""
	if len(l.missing) > 0 {
		text = fmt.Sprintf("表里没有对照文件写的列“%s”。", strings.Join(l.missing, "”“"))
	}
	if len(lack) > 0 {
		text += fmt.Sprintf("没有找到%s。", strings.Join(lack, "、"))
	}
	return text + fmt.Sprintf("表头是：%s。请在对照文件的 [columns] 中写明哪一列是什么，整表相同的（如渠道）写在 [constants] 中，或在导入时选定渠道。", strings.Join(header, "、"))
}

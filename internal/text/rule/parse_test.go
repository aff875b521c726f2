package rule

import (
	"os"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/fault"
)

const head = "id = \"t\"\nversion = \"1\"\ntitle = \"试\"\nowner = \"甲\"\n"

// one is a pack of one rule; lines replace or join the usual ones by their key.
func one(lines ...string) string {
	fields := []string{`id = "t.one"`, `title = "一"`, `severity = "warn"`, `source = "T-1"`, `grade = "A"`, `advice = "改。"`, `find = ["保本"]`, `hits = ["保本"]`, `passes = ["不保本"]`}
	var tail []string
	for _, l := range lines {
		if strings.HasPrefix(l, "[[") {
			tail = append(tail, l)
			continue
		}
		key, _, _ := strings.Cut(l, " ")
		put := false
		for i, f := range fields {
			if strings.HasPrefix(f, key+" ") {
				fields[i], put = l, true
			}
		}
		if !put {
			fields = append(fields, l)
		}
	}
	return head + "[[rule]]\n" + strings.Join(append(fields, tail...), "\n") + "\n"
}

// Every fault names the file, the rule and the field, and says how to mend it.
func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"syntax", "id = ", "t.toml 第 1 行不是正确的 TOML"},
		{"no rules", head, "0 条规则"},
		{"not UTF-8", head + "# \xff\xfe", "不是 UTF-8"},
		{"pack id", strings.Replace(one(), `id = "t"`, `id = "T T"`, 1), "包的编号“T T”不对"},
		{"unknown key", one(`fnid = ["x"]`), "不认识这一项"},
		{"duplicate", one() + strings.TrimPrefix(one(), head), "编号重复"},
		{"severity", one(`severity = "bad"`), "请写 error、warn 或者 info"},
		{"no advice", one(`advice = ""`), "没有写怎么改"},
		{"no basis", one(`source = ""`), "没有依据"},
		{"unknown instrument", one(`cite = ["no-law 1"]`), "没有编号为“no-law”的文件"},
		{"unknown article", one(`cite = ["ad-law 999"]`), "没有第“999”条"},
		{"cite form", one(`cite = ["ad-law"]`), "文件编号 条号"},
		{"grade", one(`grade = "Z"`), "要写 A、B 或者 C"},
		{"days", one(`from = "2026-02-30"`), "实际存在的日子"},
		{"days turned", one(`from = "2026-02-01"`, `to = "2026-01-01"`), "早于第一天"},
		{"speaker", one(`speakers = ["boss"]`), "staff（工作人员）"},
		{"mode", one(`negation = "maybe"`), "excuses、ignored、required"},
		{"nothing to find", one(`find = []`), "没有写要找的词"},
		{"both", one(`missing = ["x"]`), "只能写一个"},
		{"conditions about nothing", strings.Replace(one(`missing = ["x"]`, "[[rule.need]]\nany = [\"y\"]"), `find = ["保本"]`, "", 1), "请写上 when"},
		{"matter", one(`same = "承诺"`), "事项“承诺”不对"},
		{"empty word", one(`find = [""]`), "两边都要有字"},
		{"half a phrase", one(`find = ["保本…"]`), "两边都要有字"},
		{"group", one(`find = ["@没有"]`), "没有名为“没有”的词组"},
		{"group in a ring", strings.Replace(one(`find = ["@a"]`), "[[rule]]", "[words]\na = [\"@b\"]\nb = [\"@a\"]\n[[rule]]", 1), "绕回了自己"},
		{"too few examples", one(`passes = []`), "至少要 1 个"},
		{"pack wants two", strings.Replace(one(), "owner", "min_examples = 2\nowner", 1), "至少要 2 个"},
		{"empty condition", one("[[rule.need]]\nwithin = \"clause\""), "条件是空的"},
		{"window", one("[[rule.need]]\nany = [\"x\"]\nwithin = \"page\""), "1 至 500 的字数"},
		{"order", one("[[rule.need]]\nany = [\"x\"]\norder = \"left\""), "请写 after"},
		{"number", one("[[rule.need]]\nnumber = \"about 3\""), "不是数"},
		{"number name", one("[[rule.need]]\nnumber = \"> @上限 %\""), "没有名为“上限”的数"},
		{"near alone", one("[[rule.need]]\nany = [\"x\"]\nnear = [\"y\"]"), "只能和 number"},
		{"regex syntax", one("[[rule.need]]\nregex = '(?<=a)b'"), "读不懂"},
		{"regex nested", one("[[rule.need]]\nregex = '((a+)+)+b'"), "太复杂"},
		{"regex repeat", one("[[rule.need]]\nregex = 'a{1,900}'"), "重复 900 次"},
		{"regex long", one("[[rule.need]]\nregex = '" + strings.Repeat("甲", 201) + "'"), "最多 200 个"},
		{"regex of nothing", one("[[rule.need]]\nregex = 'a*'"), "连空白也能匹配"},
		{"hit that is none", one(`hits = ["非保本"]`), "应当命中而没有命中"},
		{"pass that is hit", one(`passes = ["真保本"]`), "不应命中而命中了“保本”"},
		{"other quote", one(`hits = [{ text = "保本", quote = "本金" }]`), "应当命中“本金”"},
		{"example field", one(`hits = [{ text = "保本", colour = "red" }]`), "例句里不能有"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("t.toml", []byte(tt.src))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "t.toml") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestDerivedFromCitations(t *testing.T) {
	p, err := Parse("t.toml", []byte(one(`cite = ["ad-law 25"]`, `grade = ""`)))
	if err != nil {
		t.Fatal(err)
	}
	r := p.Rules[0]
	if r.Grade != GradeA || r.From.String() != "2015-09-01" || !r.To.IsZero() || r.Off {
		t.Errorf("grade %s, in force %s to %s, off %v", r.Grade, r.From, r.To, r.Off)
	}
	if p, err = Parse("t.toml", []byte(one(`grade = "C"`))); err != nil || !p.Rules[0].Off {
		t.Error("a rule of grade C is on")
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/hard.toml", "packs/taboos.toml"} {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte(one(`find = ["a…3…b"]`, "[[rule.need]]\nnumber = \"0..3 %\"")))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("f.toml", src)
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("not a fault: %v", err)
		}
		if err == nil && len(p.Try()) > 0 {
			t.Fatal("a loaded pack fails its examples")
		}
	})
}

// The whitelist of a rule that looks for something missing covers what must not
// be missing, too.
func TestLintWhitelist(t *testing.T) {
	missing := strings.Replace(one(`missing = ["谨慎"]`, `when = ["理财"]`, `hits = ["理财"]`, `passes = ["谨慎理财"]`, `unless = ["不够谨慎", "理财经理", "无关"]`), `find = ["保本"]`, "", 1)
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"found words", one(`unless = ["保本付息", "无关"]`), []string{"无关"}},
		{"missing words and what calls for them", missing, []string{"无关"}},
	} {
		p, err := Parse("t.toml", []byte(tt.src))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, h := range p.Lint() {
			if _, word, ok := strings.Cut(h.Text, "白名单里的“"); ok {
				got = append(got, strings.TrimSuffix(word, "”盖不住任何要找的词，可以去掉。"))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

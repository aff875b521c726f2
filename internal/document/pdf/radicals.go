package pdf

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unradical returns the character for a radical or compatibility form, which maps
// of some writers give for faces that draw both with one glyph.
func unradical(r rune) rune {
	switch {
	case r >= 0x2e80 && r < 0x2fe0:
		if c, ok := radicals()[r]; ok {
			return c
		}
	case r < 0xf900 || r > 0xfaff:
		return r
	}
	if s := norm.NFKC.String(string(r)); utf8.RuneCountInString(s) == 1 {
		r, _ = utf8.DecodeRuneInString(s)
	}
	return r
}

// radicals are those that Unicode does not fold, or folds to the older form.
var radicals = sync.OnceValue(func() map[rune]rune {
	out := map[rune]rune{}
	for pair := range strings.FieldsSeq(radicalPairs) {
		r := []rune(pair)
		out[r[0]] = r[1]
	}
	return out
})

const radicalPairs = `⼾户 ⺁厂 ⺇几 ⺏尢 ⺒巳 ⺓幺 ⺔彑 ⺟母 ⺠民 ⺩王 ⺫目 ⺬示 ⺮竹 ⺰纟 ⺱网 ⺶羊 ⺷羊 ⺸羊 ⺹老 ⺼肉 ⻀艹 ⻁虎 ⻂衤 ⻄西 ⻅见 ⻆角 ⻈讠 ⻉贝 ⻋车 ⻍辶 ⻐钅 ⻑长 ⻓长 ⻔门 ⻖阝 ⻗雨 ⻘青 ⻙韦 ⻚页
⻛风 ⻜飞 ⻝食 ⻠饣 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻬齐 ⻮齿 ⻰龙 ⻳龟`

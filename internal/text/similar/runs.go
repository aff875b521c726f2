package similar

import (
	"strings"
	"unicode"
)

// maxRunes bounds what is read of one text.
const maxRunes = 6000

// runs splits a text into stretches of Chinese characters and words of other
// letters and digits, folded to half width and lower case.
func runs(s string) []run {
	var out []run
	n := 0
	var last rune
	for _, r := range s {
		if n++; n > maxRunes {
			break
		}
		r = fold(r)
		han := unicode.Is(unicode.Han, r)
		if !han && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			last = 0
			continue
		}
		if last == 0 || out[len(out)-1].han != han {
			out = append(out, run{han: han})
		}
		out[len(out)-1].text = append(out[len(out)-1].text, r)
		last = r
	}
	whole := out
	out = nil
	for _, r := range whole {
		if r.han {
			out = append(out, cut(r.text)...)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func fold(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E {
		r -= 0xFEE0
	}
	return unicode.ToLower(r)
}

// pairs returns the neighbouring pairs of a Chinese run, or the word that the run is.
func (r run) pairs() []string {
	if !r.han {
		return []string{string(r.text)}
	}
	out := make([]string, 0, len(r.text))
	for i := 0; i+2 <= len(r.text); i++ {
		out = append(out, string(r.text[i:i+2]))
	}
	return out
}

// Words of grammar: a text is cut at them, so that no pair reaches across.
var grammar = set(`我们 你们 他们 她们 它们 自己 大家 这个 那个 这些 那些 这样 那样 什么 怎么 怎样 为何 如何 因为 所以 但是 可是 而且 并且 或者 如果 虽然 于是 然后
	还是 就是 不是 也是 都是 没有 已经 一直 一个 一些 一下 一次 有的 有些 对于 关于 由于 以及 其中 之后 之前 以后 以前 当时 现在 目前 今天 昨天 时候 可以 不能 不会 应该 需要
	希望 要求 表示 认为 觉得 知道 告知 说明 情况 问题 事情 本人 您好 你好 谢谢 请问 请求`)

// Words that stand in every complaint, but also within others that say something.
var empty = set(`贵行 贵司 贵公 公司 银行 客服 投诉 消费 费者 反映 先生 女士`)

// cut splits a Chinese run at the words of grammar.
func cut(text []rune) (out []run) {
	from := 0
	for i := 0; i+2 <= len(text); {
		if !grammar[string(text[i:i+2])] {
			i++
			continue
		}
		if i > from {
			out = append(out, run{text[from:i], true})
		}
		i += 2
		from = i
	}
	if from < len(text) {
		out = append(out, run{text[from:], true})
	}
	return out
}

// Characters with which hardly a word begins or ends that says something. Those that
// are half of one (还款, 到期, 被骗) are not among them.
var particles = func() map[rune]bool {
	out := map[rune]bool{}
	for _, r := range "的了是在和与及或也都就而但之其此这那我你他她它们么吗呢吧啊呀" {
		out[r] = true
	}
	return out
}()

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

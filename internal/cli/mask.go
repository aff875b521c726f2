package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text/mask"
)

var maskCommand = command{
	name:  "mask",
	args:  text{"文件|-", "FILE|-"},
	brief: text{"打码：遮住文字里的姓名、号码、地址等个人信息", "hide names, numbers, addresses and the like in a text"},
	more: text{`  xiaobao mask 投诉内容.txt > 已打码.txt
  xiaobao mask - --names 客户名单.txt < 投诉内容.txt
  xiaobao mask 投诉内容.txt --json
遮住：手机和固定电话、身份证、银行卡和账号、统一社会信用代码、保单和合同编号、车牌、邮箱、住址、称谓或亲属关系后的姓名；全角、空格、横线和中文数字写法也认。
单独出现、前后没有称谓的姓名认不出来，请写进 --names 的名单。--json 只列位置、种类和打码后的样子，不列原文。`,
		`  xiaobao mask complaint.txt > masked.txt
  xiaobao mask - --names customers.txt < complaint.txt
  xiaobao mask complaint.txt --json
Hidden are telephone, identity card, bank card and account numbers, credit codes, numbers of policies and contracts, plates, e-mail, addresses, and names behind a title or kinship, also in full width, with blanks, dashes or Chinese digits.
A name that stands alone is not known: list it in a file for --names. With --json only place, kind and masked form are listed, never what was hidden.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o maskOptions
		f.text(&o.names, "names", "FILE", "", text{"名单文件，每行一个姓名，处处打码", "file with one name a line, masked wherever they stand"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error { return o.run(ctx, c) }
	},
}

type maskOptions struct {
	names string
	json  bool
}

// maskedHit is one line of --json: columns count characters from 1.
type maskedHit struct {
	Line   int       `json:"line"`
	Column int       `json:"column"`
	Length int       `json:"length"`
	Kind   mask.Kind `json:"kind"`
	Masked string    `json:"masked"`
}

func (o maskOptions) run(ctx context.Context, c *call) error {
	if len(c.args) != 1 {
		return usageError{c.say("请写明一个文件，或 - 表示标准输入", "name one file, or - for standard input")}
	}
	var names []string
	if o.names != "" {
		err := c.eachSource(ctx, o.names, "", func(s source) error {
			names = append(names, strings.Split(s.text, "\n")...)
			return nil
		})
		if err != nil {
			return err
		}
	}
	m := mask.New(names...)
	hits := []maskedHit{}
	err := c.eachSource(ctx, c.args[0], "", func(s source) error {
		out, found := m.Mask(s.text)
		if o.json {
			hits = append(hits, placed(s.text, found)...)
			return nil
		}
		_, err := fmt.Fprint(c.Out, out)
		return err
	})
	if err == nil && o.json {
		err = c.printJSON(map[string]any{"hits": hits})
	}
	return err
}

// placed gives every hit its line and column.
func placed(s string, found []mask.Hit) []maskedHit {
	var out []maskedHit
	line, column, at := 1, 1, 0
	for _, h := range found {
		between := s[at:h.Start]
		if n := strings.Count(between, "\n"); n > 0 {
			line, column = line+n, 1
			between = between[strings.LastIndexByte(between, '\n')+1:]
		}
		column += utf8.RuneCountInString(between)
		length := utf8.RuneCountInString(s[h.Start:h.End])
		out = append(out, maskedHit{line, column, length, h.Kind, h.With})
		column, at = column+length, h.End
	}
	return out
}

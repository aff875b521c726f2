package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/text/classify"
)

// maxText is the most bytes of a text that a command reads.
const maxText = 50 << 20

var classifyCommand = command{
	name:  "classify",
	args:  text{"文件或 -", "FILE or -"},
	brief: text{"分类：一段文字属于哪一类、有多大把握、凭哪些词", "classify a text: its label, how sure, and by which words"},
	more: text{`  xiaobao classify train --text 内容 --label 类别 --out 模型.xbm 样本.csv
  xiaobao classify --model 模型.xbm 投诉.txt
  xiaobao classify --model 模型.xbm --lines --json - < 很多行.txt
没有把握时说“不确定”，不硬给答案；概率在没学过的样本上校准过。`,
		`  xiaobao classify train --text TEXT --label LABEL --out model.xbm samples.csv
  xiaobao classify --model model.xbm complaint.txt
  xiaobao classify --model model.xbm --lines --json - < many-lines.txt
It abstains when unsure; probabilities were calibrated on samples that it had not seen.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o classifyOptions
		f.text(&o.model, "model", "MODEL", "", text{"模型文件，由 classify train 写出", "model file, written by classify train"})
		f.number(&o.top, "top", "N", 3, text{"列出最可能的几类", "how many of the likeliest labels to list"})
		f.yes(&o.lines, "lines", text{"每行是一段文字（默认整个文件是一段）", "every line is a text (the whole file is one by default)"})
		f.json(&o.json)
		return func(_ context.Context, c *call) error { return o.run(c) }
	},
	subs: []command{classifyTrainCommand, classifyInfoCommand},
}

type classifyOptions struct {
	model       string
	top         int
	lines, json bool
}

func (o classifyOptions) run(c *call) error {
	if o.model == "" || len(c.args) != 1 {
		return usageError{c.say("请写明 --model 和一个文件（- 为标准输入）", "name --model and one file (- for standard input)")}
	}
	m, err := readModel(o.model)
	if err != nil {
		return err
	}
	in, name, err := c.input(c.args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	s, err := readText(in, name)
	if err != nil {
		return err
	}
	if !o.lines {
		return o.answer(c, m, 0, s)
	}
	for i, line := range strings.Split(s, "\n") {
		if strings.TrimSpace(line) != "" {
			if err := o.answer(c, m, i+1, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o classifyOptions) answer(c *call, m *classify.Model, line int, s string) error {
	a := m.Classify(s)
	a.Ranked = a.Top(max(1, o.top))
	if o.json {
		return c.printJSON(struct {
			Line int `json:"line,omitempty"`
			classify.Answer
		}{line, a})
	}
	if line > 0 {
		fmt.Fprintf(c.Out, "%d: ", line)
	}
	if a.Abstain {
		c.printf("不确定", "unsure")
	} else {
		fmt.Fprint(c.Out, a.Label)
	}
	sep := "  ("
	for _, r := range a.Ranked {
		fmt.Fprintf(c.Out, "%s%s %.0f%%", sep, r.Label, 100*r.P)
		sep = "，"
	}
	fmt.Fprint(c.Out, ")")
	for i, w := range a.Words {
		if i == 0 {
			c.printf("  词：", "  words: ")
		} else {
			fmt.Fprint(c.Out, " ")
		}
		fmt.Fprint(c.Out, w.Text)
	}
	fmt.Fprintln(c.Out)
	return nil
}

func readModel(path string) (*classify.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开模型文件 %s", path)
	}
	defer f.Close()
	return classify.Read(bufio.NewReader(f))
}

// input opens a file, or standard input for "-".
func (c *call) input(path string) (io.ReadCloser, string, error) {
	if path == "-" {
		return io.NopCloser(c.In), c.say("标准输入", "standard input"), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, path, fault.Wrap(fault.NotFound, err, "打不开文件 %s", path)
	}
	return f, path, nil
}

// readText reads a text of at most maxText bytes of UTF-8.
func readText(r io.Reader, name string) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	switch {
	case err != nil:
		return "", fault.Wrap(fault.Unavailable, err, "读不了 %s", name)
	case len(b) > maxText:
		return "", fault.New(fault.TooLarge, "%s 超过 %d MB。请拆成几个文件再处理。", name, maxText>>20)
	case !utf8.Valid(b):
		at := 0
		for at < len(b) {
			r, n := utf8.DecodeRune(b[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return "", fault.New(fault.Invalid, "%s 第 %d 个字节起不是有效的 UTF-8 文字。请先转换编码（例如从 GBK 转为 UTF-8）。", name, at+1)
	case strings.TrimSpace(string(b)) == "":
		return "", fault.New(fault.Invalid, "%s 里没有文字。", name)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

var classifyTrainCommand = command{
	name:  "train",
	args:  text{"样本文件", "FILE"},
	brief: text{"用一张表（CSV 或 XLSX）里的样本训练模型", "train a model on the rows of a table (CSV or XLSX)"},
	more: text{"同样的行、同样的种子得到同样的模型。成绩在留出的样本上量得，写在模型里，用 classify info 查看。",
		"The same rows and seed give the same model. The figures are of held-out rows and stand in the model: see classify info."},
	flags: func(f *flags) func(context.Context, *call) error {
		var o trainOptions
		f.text(&o.text, "text", "COL", "", text{"文字所在的列", "column of the text"})
		f.text(&o.label, "label", "COL", "", text{"类别所在的列", "column of the label"})
		f.text(&o.out, "out", "MODEL", "", text{"写到哪个模型文件", "model file to write"})
		f.number(&o.seed, "seed", "N", 1, text{"随机种子", "seed"})
		f.text(&o.precision, "precision", "SHARE", "0.9", text{"给出答案时要有多准；做不到就说不确定", "how often an answer has to be right; else it abstains"})
		f.json(&o.json)
		return func(_ context.Context, c *call) error { return o.run(c) }
	},
}

type trainOptions struct {
	text, label, out, precision string
	seed                        int
	json                        bool
}

func (o trainOptions) run(c *call) error {
	precision, err := strconv.ParseFloat(o.precision, 64)
	switch {
	case len(c.args) != 1 || o.text == "" || o.label == "" || o.out == "":
		return usageError{c.say("请写明 --text、--label、--out 和一个样本文件", "name --text, --label, --out and one file")}
	case err != nil || !(precision > 0 && precision < 1):
		return usageError{c.say("--precision 是 0 与 1 之间的数，例如 0.9", "--precision is between 0 and 1, such as 0.9")}
	}
	docs, err := readDocs(c.args[0], o.text, o.label)
	if err != nil {
		return err
	}
	m, report, err := classify.Train(docs, classify.Options{Seed: uint64(o.seed), Trained: calendar.FromTime(c.Now()), Precision: precision})
	if err != nil {
		return err
	}
	b, err := m.MarshalBinary()
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.out, b, 0o600); err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了模型文件 %s", o.out)
	}
	return c.modelInfo(report.Info, len(b), o.json)
}

// readDocs reads the examples of a table.
func readDocs(path, textCol, labelCol string) ([]classify.Doc, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开样本文件 %s", path)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	t, err := document.ReadTable(f, st.Size(), filepath.Base(path), document.TableOptions{HeaderHints: []string{textCol, labelCol}})
	if err != nil {
		return nil, err
	}
	var docs []classify.Doc
	for row, err := range t.Rows() {
		if err := errors.Join(err, row.Err); err != nil {
			return nil, err
		}
		if err := hasColumns(row.Header, textCol, labelCol); err != nil {
			return nil, err
		}
		for _, n := range row.Notes {
			if n.Code == document.NoteUndecodable {
				return nil, fault.New(fault.Invalid, "%s %s：%s。请把文件另存为 UTF-8 再试。", filepath.Base(path), row.Place(), strings.TrimRight(n.Text, "。"))
			}
		}
		docs = append(docs, classify.Doc{Text: row.Get(textCol), Label: row.Get(labelCol)})
	}
	return docs, nil
}

func hasColumns(header []string, want ...string) error {
	for _, w := range want {
		found := false
		for _, h := range header {
			found = found || h == w
		}
		if !found {
			return fault.New(fault.Invalid, "表里没有“%s”这一列。有的列：%s。", w, strings.Join(header, "、"))
		}
	}
	return nil
}

var classifyInfoCommand = command{
	name:  "info",
	args:  text{"模型文件", "MODEL"},
	brief: text{"模型学自什么、在没学过的样本上有多准", "what a model learnt from and how good it is on samples it had not seen"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.json(&asJSON)
		return func(_ context.Context, c *call) error {
			if len(c.args) != 1 {
				return usageError{c.say("请写明一个模型文件", "name one model file")}
			}
			m, err := readModel(c.args[0])
			if err != nil {
				return err
			}
			st, err := os.Stat(c.args[0])
			if err != nil {
				return err
			}
			return c.modelInfo(m.Info(), int(st.Size()), asJSON)
		}
	},
}

func (c *call) modelInfo(info classify.Info, size int, asJSON bool) error {
	if asJSON {
		return c.printJSON(info)
	}
	f := info.HeldOut
	c.printf("样本 %d 条，%d 类（另有 %d 条空白未用），种子 %d，%s 训练，文件 %.1f MB\n", "%d samples, %d labels (%d empty ones left out), seed %d, trained on %s, file %.1f MB\n",
		info.Docs, len(info.Labels), info.Empty, info.Seed, info.Trained, float64(size)/1e6)
	c.printf("样本摘要 %s\n", "digest of the samples %s\n", info.Digest)
	c.printf("留出的 %d 条上：准确率 %.3f，宏平均 F1 %.3f，只答最多一类 %.3f，校准误差 %.3f\n",
		"on %d held out: accuracy %.3f, macro-F1 %.3f, constant answer %.3f, calibration error %.3f\n", f.Docs, f.Accuracy, f.MacroF1, f.Constant, f.ECE)
	if info.Threshold > 1 {
		c.printf("达不到要求的 %.2f，一律答“不确定”\n", "the wanted %.2f is out of reach: it always abstains\n", info.Wanted)
	} else {
		c.printf("把握到 %.2f 才答：答了 %.1f%%，其中对 %.1f%%\n", "answers from %.2f on: %.1f%% answered, %.1f%% of them right\n", info.Threshold, 100*f.Answered, 100*f.Precision)
	}
	for i, l := range f.Labels {
		c.printf("  %s  %d 条，说它时对 %.2f，找到它 %.2f\n", "  %s  %d, precision %.2f, recall %.2f\n", pad(info.Labels[i], 24), l.Docs, l.Precision, l.Recall)
	}
	return nil
}

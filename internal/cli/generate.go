package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/app"
	"xiaobao/internal/demo"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/storage"
)

// generateCommand stands among the commands, and not in the Makefile, because it
// writes wherever the program can: into a data folder or behind a DSN, with the
// key that belongs to it. It is not listed, because nobody who works here needs it.
var generateCommand = command{
	name:  "generate",
	rare:  true,
	brief: text{"生成大量虚构投诉，用来测量规模和速度", "make many invented complaints, to measure size and speed"},
	more: text{"只写入空的数据目录或数据库；中断后用同样的参数再运行就会接着生成。每件投诉都由规则决定、封存、上链、入树，文书只登记、不打印。\n--words 给出一个文本或 CSV 文件，其中的句子会混入投诉内容，使用词接近真实。",
		"Writes into an empty data folder or database only; run again with the same flags it goes on where it stopped. Every case is decided by the rules, sealed, chained and put into the tree; letters are noted, not printed.\n--words names a text or CSV file whose sentences are mixed into the narratives, so that words are as uneven as in life."},
	flags: func(f *flags) func(context.Context, *call) error {
		var cases, begin, days, branches, seed int
		var words string
		var asJSON bool
		f.store("data/many")
		f.number(&cases, "cases", "N", 10000, text{"多少件", "how many"})
		f.number(&begin, "begin", "N", 0, text{"从第几件开始；几个进程可以同时写入一个 PostgreSQL 数据库，各从一处开始，别的进程已生成的跳过", "with which case to begin: several processes may fill one PostgreSQL database, each beginning elsewhere; what another has made is passed over"})
		f.number(&days, "days", "N", 1095, text{"分布在最近多少天", "over how many of the last days"})
		f.number(&branches, "branches", "N", 30, text{"另设多少家分行", "how many more branches"})
		f.number(&seed, "seed", "N", 1, text{"随机种子", "seed of chance"})
		f.text(&words, "words", "FILE", "", text{"句子的来源", "where sentences come from"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if cases < 1 || cases > 100_000_000 || begin < 0 || begin >= cases || days < 30 || branches < 1 {
				return usageError{c.say("--cases 应为 1 至 100000000，--begin 应小于 --cases，--days 至少 30，--branches 至少 1", "--cases is 1 to 100000000, --begin less than that, --days at least 30, --branches at least 1")}
			}
			return c.generate(ctx, demo.LoadOptions{Seed: uint64(seed), Cases: cases, Begin: begin, Days: days, Branches: branches}, words, asJSON)
		}
	},
}

// bulkCache is storage.Options.Cache of one long piece of writing. Indexes by hashes are
// written all over: with a server's 16 MB, each page went to the disk fifteen times.
const bulkCache = 1024

func (c *call) generate(ctx context.Context, o demo.LoadOptions, words string, asJSON bool) error {
	var err error
	if words != "" {
		if o.Sentences, err = readSentences(words); err != nil {
			return err
		}
	}
	s, err := c.open(ctx, true, storage.Options{Cache: bulkCache})
	if err != nil {
		return err
	}
	if o.App, err = c.app(ctx, s, app.Options{Institution: demo.Institution()}); err != nil {
		return errors.Join(err, s.Close())
	}
	o.Password = func(login string) (string, error) { return identity.NewPassword(rand.Reader, login) }
	o.Progress = c.progress("已生成", "made")
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // what a block holds is garbage a moment later
	r, err := demo.Load(ctx, o)
	if err == nil {
		if _, err = s.Checkpoint(ctx); err == nil {
			err = s.Settle(ctx, nil) // as quiet hours would
		}
	}
	if asJSON && err == nil {
		err = c.printJSON(r)
	} else if r.Cases > 0 || err == nil {
		c.printLoad(r)
	}
	return errors.Join(err, s.Close())
}

func (c *call) printLoad(r demo.LoadResult) {
	rate := float64(r.Cases) / max(r.Took.Seconds(), 0.001)
	c.printf("生成 %d 件（其中未办结 %d 件）、%d 条记录，用时 %.0f 秒，每秒 %.0f 件；此前已有 %d 件。\n",
		"%d cases (%d of them open), %d events in %.0f s, %.0f cases a second; %d were there before.\n", r.Cases, r.Open, r.Events, r.Took.Seconds(), rate, r.Resumed)
	for _, p := range r.People {
		if p.Password != "" {
			c.printf("  %s %s %s（%s）\n", "  %s %s %s (%s)\n", pad(p.Login, 13), pad(p.Password, 26), p.Name, p.Title)
		}
	}
}

// readSentences takes the sentences of 8 to 80 characters out of a file; quotes and
// separators of a table are ends of sentences too.
func readSentences(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "读不了句子文件 %s", path)
	}
	defer f.Close()
	var out []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if !utf8.Valid(lines.Bytes()) {
			continue
		}
		for _, s := range strings.FieldsFunc(lines.Text(), func(r rune) bool { return strings.ContainsRune("。！？；!?;\t\",", r) }) {
			if n := utf8.RuneCountInString(strings.TrimSpace(s)); n >= 8 && n <= 80 {
				out = append(out, strings.TrimSpace(s))
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "句子文件 %s 有过长的行，请换成每行一段的文本", path)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "句子文件 %s 里没有 8 至 80 字的句子", path)
	}
	return out, nil
}

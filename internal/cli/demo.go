package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/demo"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/storage"
)

// demoSeed makes the same institution everywhere.
const demoSeed = 20260322

// makingDir is where a demo is made inside the data folder; it is moved into
// place when it is whole, so that a start that was broken off leaves nothing half made.
const makingDir = ".making"

var demoCommand = command{
	name:  "demo",
	brief: text{"启动演示：一家虚构的银行和四个月的投诉", "run the demo: an invented bank and four months of complaints"},
	more: text{"首次启动生成约 360 件处于各种状态的投诉，并打印各人员的登录名和密码（只打印一次）；再次启动接着原来的数据。\n一切人物、机构、号码都是虚构的。",
		"The first start makes some 360 complaints in every state and prints everybody's sign-in name and password, this once; a second start goes on with the same data.\nAll people, institutions and numbers are invented."},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		var cases int
		var laws string
		f.serving("data/demo")
		f.number(&cases, "cases", "N", 360, text{"首次启动生成多少件；少于 300 件时只有今日工作列表所需的", "how many complaints the first start makes; fewer than 300 show today's worklist only"})
		f.text(&laws, "laws", "DIR", "", text{"把这个目录里的法规正文导入法规库（环境变量 XIAOBAO_LAWS）；不写则只有摘要", "take the texts of laws in this folder into the library (XIAOBAO_LAWS); without it there are summaries only"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if laws == "" {
				laws = c.Env("XIAOBAO_LAWS")
			}
			return c.demo(ctx, cases, laws, asJSON)
		}
	},
}

func (c *call) demo(ctx context.Context, cases int, laws string, asJSON bool) error {
	if cases < 1 || cases > 5000 {
		return usageError{c.say("--cases 应为 1 至 5000", "--cases is 1 to 5000")}
	}
	begin := time.Now()
	l, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	made, first, err := c.makeDemo(ctx, cases)
	if err != nil {
		return err
	}
	s, err := c.open(ctx, false, storage.Options{})
	if err != nil {
		return err
	}
	return errors.Join(c.serveDemo(ctx, l, s, made, first, begin, laws, asJSON), s.Close())
}

func (c *call) serveDemo(ctx context.Context, l net.Listener, s *storage.Store, made demo.Result, first bool, begin time.Time, laws string, asJSON bool) error {
	model, err := c.assist()
	if err != nil {
		return err
	}
	a, err := c.app(ctx, s, app.Options{Institution: demo.Institution(), Assist: model})
	if err != nil {
		return err
	}
	if err := c.demoLaws(ctx, a, laws); err != nil {
		return err
	}
	ready := started{URL: address(l), First: first, People: made.People, Cases: made.Cases, Took: time.Since(begin).Seconds()}
	if !first {
		org, err := a.Org(ctx)
		if err != nil {
			return err
		}
		made.People = demo.PeopleOf(org.People(), org.Tree)
		ready.People = made.People
	}
	return c.run(ctx, l, a, func() error {
		if asJSON {
			return c.printJSON(ready)
		}
		c.printDemo(ready, made.People)
		return nil
	})
}

func (c *call) printDemo(ready started, people []demo.Person) {
	if ready.First {
		c.printf("已生成 %d 件投诉，用时 %.1f 秒。登录名和密码只显示这一次：\n\n", "%d complaints were made in %.1f seconds. Sign-in names and passwords are shown this once:\n\n", ready.Cases, ready.Took)
		for _, p := range people {
			fmt.Fprintln(c.Out, "  "+pad(p.Login, 13)+pad(p.Password, 26)+pad(p.Name, 10)+pad(p.Unit, 20)+p.Title)
		}
	} else {
		c.printf("接着原来的数据。密码在首次启动时显示过；忘记了可以重设：xiaobao user reset-password 登录名 --data %s\n",
			"Going on with the data that is there. The passwords were shown at the first start; to set a new one: xiaobao user reset-password LOGIN --data %s\n", c.conf.get("data"))
	}
	c.printf("\n演示已启动：%s\n", "\nThe demo is running: %s\n", ready.URL)
}

// makeDemo makes the demo where there is no data yet.
func (c *call) makeDemo(ctx context.Context, cases int) (made demo.Result, first bool, err error) {
	if c.conf.get("dsn") != "" {
		return made, false, usageError{c.say("演示用自己的数据目录，不能用 --dsn", "the demo has a data folder of its own and takes no --dsn")}
	}
	if c.hasData() {
		return made, false, nil
	}
	data := c.conf.get("data")
	if _, err := os.Stat(filepath.Join(data, KeyFile)); err == nil && c.conf.get("master-key-file") == "" {
		return made, false, fault.New(fault.Conflict, "%s 里有主密钥却没有数据，为免覆盖已停止。请指定另一个目录，或放回数据", data)
	}
	making := filepath.Join(data, makingDir)
	if err := os.RemoveAll(making); err != nil {
		return made, false, err
	}
	if made, err = c.tellDemo(ctx, making, cases); err != nil {
		return made, false, errors.Join(err, os.RemoveAll(making))
	}
	return made, true, moveUp(making, data)
}

// tellDemo makes the demo in a folder. Its key comes into being with it.
func (c *call) tellDemo(ctx context.Context, dir string, cases int) (made demo.Result, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return made, fault.Wrap(fault.Unavailable, err, "建不了数据目录 %s，请检查权限", dir)
	}
	path := c.conf.get("master-key-file")
	if path == "" {
		path = filepath.Join(dir, KeyFile)
	}
	key, err := makeKey(path, filepath.Dir(path))
	if err != nil {
		return made, err
	}
	files, err := c.bucket()
	if err != nil {
		return made, err
	}
	clock := demo.NewClock(c.Now)
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Files: files, Master: key, Now: clock.Now, Log: c.logger()})
	if err != nil {
		return made, err
	}
	a, err := app.New(ctx, app.Options{Store: s, Blobs: s.Files(), Log: c.logger(), Now: clock.Now, Rand: rand.Reader, Institution: demo.Institution()})
	if err == nil {
		c.warn("正在生成演示数据……", "making the demo ...")
		defer debug.SetGCPercent(debug.SetGCPercent(300)) // printing letters makes much garbage
		made, err = demo.Make(ctx, demo.Options{App: a, Clock: clock, Seed: demoSeed, Cases: cases, Progress: c.progress("已完成步骤", "steps done"),
			Password: func(login string) (string, error) { return identity.NewPassword(rand.Reader, login) }})
	}
	for _, r := range made.Refused {
		c.logger().Warn("demo: a step was refused", "case", r.Case, "step", r.Step, "err", r.Err)
	}
	return made, errors.Join(err, s.Close())
}

// moveUp moves what was made into the data folder, the database last: it is what
// says that there is data.
func moveUp(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	var last []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), storage.FileName) {
			last = append(last, e.Name())
			continue
		}
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	for _, name := range last {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return os.Remove(from)
}

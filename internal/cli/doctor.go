package cli

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/storage"
)

// finding is one line of doctor. Mend is what to do about it when it is not fine.
type finding struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Value string `json:"value"`
	Mend  string `json:"mend,omitempty"`
}

var doctorCommand = command{
	name:  "doctor",
	brief: text{"查看生效的配置和运行条件，指出哪里不对、怎么办", "show what is in force, what is wrong and how to mend it"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		var reach bool
		f.serving(DefaultData)
		f.yes(&reach, "reach", text{"同时连接接入的大模型（只查模型名单）和邮件服务器，不发送任何资料", "connect to the attached model (asks for its list of models) and the mail servers too, and send nothing"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.doctor(ctx, asJSON, reach) }
	},
}

// checkup collects findings.
type checkup struct {
	c    *call
	list []finding
}

// note adds a line; mend is said when it is not fine.
func (k *checkup) note(name text, ok bool, value string, mend text) {
	f := finding{Name: k.c.lang.say(name), OK: ok, Value: value}
	if !ok {
		f.Mend = k.c.lang.say(mend)
	}
	k.list = append(k.list, f)
}

func (c *call) doctor(ctx context.Context, asJSON, reach bool) error {
	k := &checkup{c: c}
	k.program()
	k.settings()
	k.key()
	k.folder()
	k.bucket(ctx)
	k.data(ctx)
	k.disk()
	k.holidays()
	k.address()
	k.assist(ctx, reach)
	k.mail(ctx, reach)
	k.pictures(ctx)
	bad := 0
	for _, f := range k.list {
		if !f.OK {
			bad++
		}
		if !asJSON {
			c.printFinding(f)
		}
	}
	if asJSON {
		if err := c.printJSON(k.list); err != nil {
			return err
		}
	}
	if bad > 0 {
		return errFinding
	}
	return nil
}

func (c *call) printFinding(f finding) {
	mark := "✓"
	if !f.OK {
		mark = "✗"
	}
	fmt.Fprintf(c.Out, "%s %s %s\n", mark, pad(f.Name, 22), f.Value)
	if f.Mend != "" {
		c.printf("    → %s\n", "    -> %s\n", f.Mend)
	}
}

func (k *checkup) program() {
	b := buildOf()
	k.note(text{"程序", "program"}, true, strings.Join(strings.Fields(b.Version+" "+b.Revision+" "+b.Go+" "+b.Platform), " "), text{})
	now := k.c.Now()
	ok := now.Year() >= 2026
	k.note(text{"时钟", "clock"}, ok, now.In(calendar.Zone).Format(time.RFC3339), text{"系统时钟不对，期限会算错：请校时（NTP）", "the clock is wrong, and so would be every deadline: set it (NTP)"})
	doc := document.Letter{Title: "消保"}
	missing, err := document.WritePDF(discard{}, doc)
	k.note(text{"文书字体", "fonts for letters"}, err == nil && len(missing) == 0, yesNo(k.c, err == nil), text{"字体没有编入程序：运行 make fonts 后重新编译", "the fonts are not in the program: run make fonts and build again"})
}

type discard struct{}

// Write implements io.Writer.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

func yesNo(c *call, ok bool) string {
	if ok {
		return c.say("可用", "present")
	}
	return c.say("不可用", "missing")
}

// settings shows what is in force and where each came from; the password of a
// connection string is not shown.
func (k *checkup) settings() {
	for _, name := range slices.Sorted(maps.Keys(k.c.conf)) {
		v := k.c.conf[name]
		if v.text == "" {
			continue
		}
		shown := v.text
		if name == "dsn" {
			shown = withoutPassword(shown)
		}
		from := v.from
		if from == "default" {
			from = k.c.say("默认", "default")
		}
		k.note(text{name, name}, true, shown+"  ("+from+")", text{})
	}
}

func withoutPassword(dsn string) string {
	head, rest, found := strings.Cut(dsn, "://")
	if !found {
		return "…"
	}
	if _, host, found := strings.Cut(rest, "@"); found {
		return head + "://…@" + host
	}
	return dsn
}

func (k *checkup) key() {
	path := k.c.keyPath()
	_, err := os.Stat(path)
	k.note(text{"主密钥", "master key"}, err == nil, path, text{"还没有主密钥：首次启动时生成；已有数据的，请放回备份的主密钥", "there is none: the first start makes it; where there is data, put the backup of the key here"})
	k.ownOnly(text{"主密钥权限", "key file mode"}, path)
}

// ownOnly says when others may read a file or enter a folder that is there. Windows keeps that in lists of its own,
// which no mode shows.
func (k *checkup) ownOnly(name text, path string) {
	st, err := os.Stat(path)
	if err != nil {
		return
	}
	if runtime.GOOS == "windows" {
		k.note(name, true, k.c.say("由 Windows 的访问控制列表决定，这里不检查：icacls %s", "kept in the access lists of Windows, not looked at: icacls %s", path), text{})
		return
	}
	mode, want := st.Mode().Perm(), "600"
	if st.IsDir() {
		want = "700"
	}
	k.note(name, mode&0o077 == 0, mode.String(), text{"其他用户能读：chmod " + want + " " + path, "other users can read it: chmod " + want + " " + path})
}

// data opens the database, if there is one, and looks at what is in it.
func (k *checkup) data(ctx context.Context) {
	if !k.c.hasData() {
		k.note(text{"数据", "data"}, false, k.c.conf.get("data"), text{"还没有数据：运行 xiaobao serve（或 xiaobao demo）", "there is no data yet: run xiaobao serve (or xiaobao demo)"})
		return
	}
	if key, err := k.c.master(false); err == nil && !k.tables(ctx, key) {
		return
	}
	s, err := k.c.open(ctx, false, storage.Options{})
	if err != nil {
		k.note(text{"数据", "data"}, false, err.Error(), text{"按上面的说明处理", "mend what is said here"})
		return
	}
	defer s.Close()
	engine := "SQLite"
	if k.c.conf.get("dsn") != "" {
		engine = "PostgreSQL"
	}
	k.note(text{"数据库", "database"}, true, engine+", "+s.Installation(), text{})
	k.note(text{"检查点公钥", "checkpoint key"}, true, s.PublicKey(), text{})
	k.master(ctx, s)
	alg := s.Algorithms()
	k.note(text{"新记录的算法", "algorithms in use"}, true, alg.Hash+", "+alg.Sealing, text{})
	a, err := k.c.app(ctx, s, app.Options{})
	if err != nil {
		k.note(text{"机构", "institution"}, false, err.Error(), text{"按上面的说明处理", "mend what is said here"})
		return
	}
	events, err := a.LedgerSize(ctx)
	if err != nil {
		k.note(text{"台账", "ledger"}, false, err.Error(), text{"按上面的说明处理", "mend what is said here"})
		return
	}
	k.clock(ctx, s)
	k.ledger(ctx, s, events)
	k.files(ctx, s, events)
	k.backups(ctx, a)
	k.outbox(ctx, a)
	k.targets(ctx, a)
	k.inbox(ctx, a)
	org, err := a.Org(ctx)
	if err != nil {
		return
	}
	k.note(text{"机构与人员", "units and people"}, len(org.People()) > 0, k.c.say("%s：%d 个机构，%d 人", "%s: %d units, %d people", org.Tree.Name(org.Tree.Root()), len(org.Tree.Units()), len(org.People())),
		text{"还没有人员：运行 xiaobao serve 建立系统管理员", "nobody is there yet: xiaobao serve makes an administrator"})
	k.years(a.Calendar())
}

// disk measures what is left where the data is; below a gigabyte it is too little.
func (k *checkup) disk() {
	dir := k.c.conf.get("data")
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, err := freeBytes(dir)
	if err != nil {
		return
	}
	k.note(text{"磁盘空间", "disk space"}, free > 1<<30, bytesText(free), text{"剩余空间不足 1 GB：请清理或扩容，写满后不能再登记投诉", "less than 1 GB is left: make room; nothing can be registered on a full disk"})
}

func (k *checkup) holidays() {
	if !k.c.hasData() {
		k.years(calendar.Official())
	}
}

// years says which holiday notices are known. From November on, the next year's is missed.
func (k *checkup) years(cal *calendar.Calendar) {
	years := cal.Years()
	today := calendar.FromTime(k.c.Now())
	need := today.AddDays(60).Year()
	value := ""
	if len(years) > 0 {
		value = fmt.Sprintf("%d–%d", years[0], years[len(years)-1])
	}
	k.note(text{"放假通知", "holiday notices"}, cal.Announced(need), value, text{fmt.Sprintf("%d 年放假通知还没有导入：国务院办公厅发布后，由管理员在“设置”中导入；在此之前，跨年的工作日期限显示为“无法确定”", need),
		fmt.Sprintf("the notice of %d is not there: once published, an administrator imports it under Settings; until then limits in working days that reach it cannot be told", need)})
}

// address looks whether the listening address is free; a running server holds it.
func (k *checkup) address() {
	l, err := net.Listen("tcp", k.c.conf.get("addr"))
	if err != nil {
		k.note(text{"监听地址", "address"}, true, k.c.say("%s 已被占用（服务可能正在运行）", "%s is taken (the server may be running)", k.c.conf.get("addr")), text{})
		return
	}
	l.Close()
	k.note(text{"监听地址", "address"}, true, k.c.say("%s 空闲", "%s is free", k.c.conf.get("addr")), text{})
}

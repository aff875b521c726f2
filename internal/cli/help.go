package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// groupHelp lists the commands of a group.
func (c *call) groupHelp(w io.Writer, cmd command, path []string) {
	fmt.Fprintf(w, "%s\n\n%s %s %s\n\n", c.lang.say(cmd.brief), c.say("用法：", "usage:"), strings.Join(path, " "), c.say("命令 [选项]", "COMMAND [FLAGS]"))
	if cmd.flags != nil {
		f := newFlags(c.lang)
		cmd.flags(f)
		c.commandHelp(w, cmd, path, f)
		fmt.Fprintln(w)
	}
	for _, sub := range cmd.subs {
		if !sub.rare {
			fmt.Fprintf(w, "  %s  %s\n", pad(sub.name, 14), c.lang.say(sub.brief))
		}
	}
	fmt.Fprintf(w, "\n%s\n", c.say("每个命令都有 --help。退出码：0 正常，1 有发现或失败，2 用法不对。\n界面语言跟随 XIAOBAO_LANG 或 LANG（zh、en）。",
		"Every command has --help. Exit codes: 0 fine, 1 finding or failure, 2 not understood.\nThe language follows XIAOBAO_LANG or LANG (zh, en)."))
}

// commandHelp prints the flags of one command.
func (c *call) commandHelp(w io.Writer, cmd command, path []string, f *flags) {
	usage := strings.Join(path, " ")
	if cmd.args.zh != "" {
		usage += " " + c.lang.say(cmd.args)
	}
	if len(f.names) > 0 {
		usage += " " + c.say("[选项]", "[FLAGS]")
	}
	fmt.Fprintf(w, "%s\n\n%s %s\n", c.lang.say(cmd.brief), c.say("用法：", "usage:"), usage)
	if more := c.lang.say(cmd.more); more != "" {
		fmt.Fprintf(w, "\n%s\n", more)
	}
	if len(f.names) == 0 {
		return
	}
	fmt.Fprintln(w)
	for _, name := range f.names {
		flag := f.set.Lookup(name)
		line := "  " + pad("--"+name+" "+f.value[name], 30) + " " + flag.Usage
		if flag.DefValue != "" && flag.DefValue != "false" && flag.DefValue != "0" && flag.DefValue != "-1" { // -1 stands for none, which the words explain
			line += c.say("（默认 %s）", " (default %s)", flag.DefValue)
		}
		fmt.Fprintln(w, line)
	}
	if len(f.settings) > 0 {
		fmt.Fprintf(w, "\n%s\n", c.say("data、dsn 一类的选项也可以写在环境变量 XIAOBAO_… 或配置文件里；选项优先于环境变量，环境变量优先于文件。",
			"Flags such as data and dsn may also stand in the environment as XIAOBAO_... or in the configuration file; a flag wins over the environment, which wins over the file."))
	}
}

// pad fills a text with blanks to n columns; a Chinese character takes two.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// columns is how wide a text is on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0x1100 && utf8.RuneLen(r) >= 3 {
			n++
		}
		n++
	}
	return n
}

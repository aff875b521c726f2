// Package cli is the command line: one file per command, each of which reads its
// flags, calls the use cases and prints. What a program may read is printed with
// --json to standard output; progress and errors go to standard error.
//
// Exit codes: 0 all is well, 1 a finding or a failure, 2 the command was not
// understood.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// Exit codes.
const (
	OK      = 0
	Failure = 1
	Usage   = 2
)

// World is what a command takes from outside.
type World struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	Now      func() time.Time
	Terminal bool // Err is a screen: progress may overwrite its line
}

// System is the world of a real process.
func System() World {
	st, err := os.Stderr.Stat()
	return World{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Now: time.Now,
		Terminal: err == nil && st.Mode()&os.ModeCharDevice != 0}
}

// text is a sentence in both languages.
type text struct{ zh, en string }

// command is one command, or a group of them when subs is set. flags registers
// the flags and returns what runs once they are read. A command with subs may
// run by itself too, when what follows is none of them.
type command struct {
	name  string
	args  text // names of what follows the flags, "" for nothing
	brief text
	more  text // paragraphs of the help after the brief
	flags func(f *flags) func(context.Context, *call) error
	subs  []command
	rare  bool // not listed beside the others: a tool for those who measure
}

// call is one running command.
type call struct {
	World
	lang lang
	args []string // what is left after the flags
	conf config
}

// usageError is an error of the one who typed the command.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// errFinding ends a command that has printed what it found: exit code 1.
var errFinding = errors.New("finding")

// root is the program itself.
func root() command {
	return command{name: "xiaobao", brief: text{"小保：金融消费者权益保护", "Xiaobao: financial consumer protection"}, subs: []command{
		serveCommand, demoCommand, importCommand, deadlineCommand, verifyCommand, checkpointCommand, backupCommand, restoreCommand, moveCommand, attachmentsCommand, keyCommand, rebuildCommand, archiveCommand,
		caseFileCommand, doctorCommand, userCommand, tokenCommand, lawCommand, codesCommand, classifyCommand, scanCommand, recheckCommand, maskCommand, rulesCommand, eraseCommand, retentionCommand, versionCommand, readyCommand, generateCommand,
	}}
}

// Run runs the command that args name and returns the exit code.
func Run(ctx context.Context, w World, args []string) int {
	c := &call{World: w, lang: langOf(w.Env)}
	err := c.dispatch(ctx, root(), nil, args)
	if err == nil {
		return OK
	}
	if errors.Is(err, errFinding) {
		return Failure
	}
	if u, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(w.Err, u.text)
		return Usage
	}
	c.explain(err)
	return Failure
}

// dispatch walks down the groups to the command and runs it.
func (c *call) dispatch(ctx context.Context, cmd command, path, args []string) error {
	path = append(path, cmd.name)
	if cmd.subs == nil {
		return c.start(ctx, cmd, path, args)
	}
	if len(args) == 0 {
		c.groupHelp(c.Err, cmd, path)
		return usageError{c.say("请写明命令", "a command is missing")}
	}
	if isHelp(args[0]) {
		if sub, ok := find(cmd.subs, args[1:]); ok {
			return c.dispatch(ctx, sub, path, append(args[2:], "--help"))
		}
		c.groupHelp(c.Out, cmd, path)
		return nil
	}
	if sub, ok := find(cmd.subs, args); ok {
		return c.dispatch(ctx, sub, path, args[1:])
	}
	if cmd.flags != nil {
		return c.start(ctx, cmd, path, args)
	}
	return usageError{c.say("没有命令 %s；用 %s --help 查看全部命令", "there is no command %s; see %s --help", args[0], strings.Join(path, " "))}
}

func find(list []command, args []string) (command, bool) {
	for _, cmd := range list {
		if len(args) > 0 && cmd.name == args[0] {
			return cmd, true
		}
	}
	return command{}, false
}

func isHelp(s string) bool { return s == "help" || s == "--help" || s == "-h" || s == "-help" }

// start reads the flags of one command and runs it.
func (c *call) start(ctx context.Context, cmd command, path, args []string) error {
	f := newFlags(c.lang)
	run := cmd.flags(f)
	rest, err := f.parse(args)
	if errors.Is(err, errHelp) {
		c.commandHelp(c.Out, cmd, path, f)
		return nil
	}
	if err != nil {
		return usageError{err.Error() + "\n" + c.say("用法见 %s --help", "see %s --help", strings.Join(path, " "))}
	}
	if cmd.args.zh == "" && len(rest) > 0 {
		return usageError{c.say("不认识的参数 %s；用法见 %s --help", "unexpected argument %s; see %s --help", rest[0], strings.Join(path, " "))}
	}
	if c.conf, err = f.resolve(c.Env); err != nil {
		return usageError{err.Error()}
	}
	c.args = rest
	return run(ctx, c)
}

// say formats a sentence in the reader's language.
func (c *call) say(zh, en string, args ...any) string { return c.lang.say(text{zh, en}, args...) }

// printf writes to standard output in the reader's language.
func (c *call) printf(zh, en string, args ...any) { fmt.Fprint(c.Out, c.say(zh, en, args...)) }

// warn writes a line to standard error in the reader's language.
func (c *call) warn(zh, en string, args ...any) { fmt.Fprintln(c.Err, c.say(zh, en, args...)) }

// explain prints an error for the person at the keyboard, who may see its cause.
func (c *call) explain(err error) {
	if errors.Is(err, context.Canceled) {
		c.warn("已按要求中断。再运行一次即可。", "Stopped as asked. Run it again to go on.")
		return
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		c.warn("出错：%v", "error: %v", err)
		return
	}
	c.warn("出错：%s", "error: %s", e.Text)
	for _, v := range e.Violations {
		if v.Text != e.Text {
			fmt.Fprintf(c.Err, "  %s: %s\n", v.Field, v.Text)
		}
	}
	if e.Cause != nil {
		c.warn("原因：%v", "cause: %v", e.Cause)
	}
}

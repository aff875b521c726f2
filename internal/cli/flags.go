package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// lang is the reader's language.
type lang string

const (
	chinese lang = "zh"
	english lang = "en"
)

// langOf takes XIAOBAO_LANG, else the usual locale variables. Only an English
// locale gives English: the program's first language is Chinese.
func langOf(env func(string) string) lang {
	for _, name := range []string{"XIAOBAO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			if strings.HasPrefix(v, "en") {
				return english
			}
			return chinese
		}
	}
	return chinese
}

func (l lang) say(t text, args ...any) string {
	s := t.zh
	if l == english {
		s = t.en
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// errHelp asks for the help of a command.
var errHelp = errors.New("help")

// flags are the flags of one command. Those made with setting may also come from
// the environment and the configuration file.
type flags struct {
	set      *flag.FlagSet
	lang     lang
	settings map[string]*string // by flag name
	names    []string           // in the order in which the command registered them
	value    map[string]string  // name of the value as help shows it
}

func newFlags(l lang) *flags {
	f := &flags{set: flag.NewFlagSet("", flag.ContinueOnError), lang: l, settings: map[string]*string{}, value: map[string]string{}}
	f.set.SetOutput(io.Discard)
	f.set.Usage = func() {}
	return f
}

func (f *flags) note(name, value string) {
	f.names = append(f.names, name)
	f.value[name] = value
}

// text registers a flag with a value; shown names the value in the help.
func (f *flags) text(p *string, name, shown, fallback string, about text) {
	f.note(name, shown)
	f.set.StringVar(p, name, fallback, f.lang.say(about))
}

// list registers a flag that may be given several times.
func (f *flags) list(p *[]string, name, shown string, about text) {
	f.note(name, shown)
	f.set.Func(name, f.lang.say(about), func(s string) error {
		*p = append(*p, s)
		return nil
	})
}

// number registers a flag with an integer.
func (f *flags) number(p *int, name, shown string, fallback int, about text) {
	f.note(name, shown)
	f.set.IntVar(p, name, fallback, f.lang.say(about))
}

// yes registers a switch.
func (f *flags) yes(p *bool, name string, about text) {
	f.note(name, "")
	f.set.BoolVar(p, name, false, f.lang.say(about))
}

// json registers --json.
func (f *flags) json(p *bool) {
	f.yes(p, "json", text{"以 JSON 输出，供程序读取", "print JSON, for a program"})
}

// setting registers a flag that the environment and the configuration file may
// give too: --master-key-file, XIAOBAO_MASTER_KEY_FILE, master_key_file.
func (f *flags) setting(name, shown, fallback string, about text) {
	p := new(string)
	f.settings[name] = p
	f.text(p, name, shown, fallback, about)
}

// parse reads flags wherever they stand and returns the other arguments.
func (f *flags) parse(args []string) (rest []string, err error) {
	for {
		if err := f.set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, errHelp
			}
			return nil, errors.New(f.complaint(err))
		}
		args = f.set.Args()
		if len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// complaint says in the reader's language what the flag package found.
func (f *flags) complaint(err error) string {
	s := err.Error()
	if f.lang == english {
		return s
	}
	if name, ok := strings.CutPrefix(s, "flag provided but not defined: -"); ok {
		return "没有选项 --" + strings.TrimPrefix(name, "-")
	}
	if name, ok := strings.CutPrefix(s, "flag needs an argument: -"); ok {
		return "选项 --" + name + " 后面要写值"
	}
	return "选项的值不对：" + s
}

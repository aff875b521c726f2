package cli

import (
	"context"
	"fmt"

	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

type recheckOptions struct {
	as, column string
	json       bool
}

// rechecked is what a circulating file is, as --json prints it.
type rechecked struct {
	Text     string        `json:"text"` // where it stands
	Standing app.Standing  `json:"standing"`
	Number   string        `json:"number,omitempty"`    // of the review that it equals or is nearest to
	Cleared  string        `json:"clearance,omitempty"` // number of the clearance
	Until    string        `json:"until,omitempty"`
	Changes  []recheckEdit `json:"changes,omitempty"`
}

type recheckEdit struct {
	Kind string `json:"kind"` // changed, added, removed, moved
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

type recheckReport struct {
	Files  []rechecked          `json:"files"`
	Counts map[app.Standing]int `json:"counts"`
	Bad    []unread             `json:"unread"`
}

var recheckCommand = command{
	name:  "recheck",
	args:  text{"文件、文件夹或 -", "FILE, folder or -"},
	brief: text{"回检：在用的材料是不是通过审查的那一版，改了什么，通过是否还有效", "re-check: is what circulates what was cleared, what differs, does the clearance still hold"},
	more: text{`  xiaobao recheck 网点海报/ --json
  xiaobao recheck 短信.csv --column 内容
每个文件一个结论；有文件不是现行有效的通过版本，或者读不了时，退出码为 1。`,
		`  xiaobao recheck posters/ --json
  xiaobao recheck messages.csv --column text
One answer a file. The exit code is 1 when a file is not a version whose clearance holds, or cannot be read.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o recheckOptions
		f.store(DefaultData)
		f.text(&o.as, "as", "LOGIN", "", text{"以谁的名义查；不写则记为系统", "who asks; the program itself when left out"})
		f.text(&o.column, "column", "COL", "", text{"文件是表格时：文字所在的列，每行一段", "for tables: the column of the text, one text a row"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error { return o.run(ctx, c) }
	},
}

func (o recheckOptions) run(ctx context.Context, c *call) error {
	if len(c.args) == 0 {
		return usageError{c.say("请写明要回检的文件（- 为标准输入）", "name the file to re-check (- for standard input)")}
	}
	return c.withApp(ctx, func(a *app.App, org *app.Org) error {
		who := party.System
		if o.as != "" {
			p, err := personOf(org, o.as)
			if err != nil {
				return err
			}
			if who, err = a.Actor(ctx, p.ID); err != nil {
				return err
			}
		}
		r := recheckReport{Files: []rechecked{}, Counts: map[app.Standing]int{}, Bad: []unread{}}
		for _, path := range c.args {
			if err := o.path(ctx, c, a, who, path, &r); err != nil {
				return err
			}
		}
		return o.end(c, r)
	})
}

func (o recheckOptions) path(ctx context.Context, c *call, a *app.App, who party.Actor, path string, r *recheckReport) error {
	tell := c.progress("已回检", "re-checked")
	return c.eachReadable(ctx, path, o.column, func(s source) error {
		d := s.doc
		if d.Format == "" {
			d = extract.Plain(s.text)
		}
		x, err := a.Recheck(ctx, who, d)
		if err != nil {
			return err
		}
		one := recheckedOf(s.name, x)
		r.Files = append(r.Files, one)
		r.Counts[one.Standing]++
		if !o.json {
			c.printRecheck(one)
		}
		tell(int64(len(r.Files)), 0)
		return nil
	}, func(name string, err error) error {
		r.Bad = append(r.Bad, unread{name, fault.Message(err)})
		if !o.json {
			c.explain(err)
		}
		return nil
	})
}

func recheckedOf(name string, x app.Recheck) rechecked {
	out := rechecked{Text: name, Standing: x.Standing}
	if len(x.Hits) == 0 {
		return out
	}
	h := x.Hits[0]
	out.Number, out.Cleared, out.Until = h.Number, h.Cleared, h.Until
	for _, c := range h.Result.Changes {
		out.Changes = append(out.Changes, recheckEdit{string(c.Kind), c.Old.Text, c.New.Text})
	}
	return out
}

// standingText says a standing in words.
var standingText = map[app.Standing]text{
	app.StandsCleared: {"与通过的版本一致，通过有效", "equals a cleared version, in force"}, app.StandsExpired: {"与通过的版本一致，但通过已到期", "equals a cleared version, past its last day"},
	app.StandsEnded: {"与通过的版本一致，但通过已撤销或被替代", "equals a cleared version, revoked or replaced"}, app.StandsOther: {"是审查过的版本，但不是通过的那一版", "a reviewed version that is not the cleared one"},
	app.StandsRefused: {"与被否决或撤回的版本一致", "equals a vetoed or withdrawn version"}, app.StandsPending: {"与正在审查的版本一致，还没有通过", "equals a version still in review"},
	app.StandsDiffers: {"与审查过的版本相近，有改动", "near a reviewed version, with differences"}, app.StandsUnknown: {"没有审查过", "never reviewed"},
}

func (c *call) printRecheck(r rechecked) {
	words := standingText[r.Standing]
	fmt.Fprintf(c.Out, "%s: %s", r.Text, c.say(words.zh, words.en))
	if r.Number != "" {
		fmt.Fprintf(c.Out, "  %s", r.Number)
	}
	if r.Until != "" {
		c.printf("（有效期至 %s）", " (until %s)", r.Until)
	}
	fmt.Fprintln(c.Out)
	for _, x := range r.Changes {
		switch x.Kind {
		case "added":
			fmt.Fprintf(c.Out, "    + %s\n", x.New)
		case "removed":
			fmt.Fprintf(c.Out, "    - %s\n", x.Old)
		default:
			fmt.Fprintf(c.Out, "    - %s\n    + %s\n", x.Old, x.New)
		}
	}
}

func (o recheckOptions) end(c *call, r recheckReport) error {
	if o.json {
		if err := c.printJSON(r); err != nil {
			return err
		}
	} else {
		c.printf("回检 %d 份：现行有效 %d 份，其余 %d 份；读不了 %d 份。\n", "%d re-checked: %d in force, %d not; %d could not be read.\n",
			len(r.Files), r.Counts[app.StandsCleared], len(r.Files)-r.Counts[app.StandsCleared], len(r.Bad))
	}
	if len(r.Files) > r.Counts[app.StandsCleared] || len(r.Bad) > 0 {
		return errFinding
	}
	return nil
}

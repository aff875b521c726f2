package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
)

// actorOf is the person with a login name, the program itself for "".
func (c *call) actorOf(ctx context.Context, a *app.App, org *app.Org, login string) (party.Actor, error) {
	if login == "" {
		return party.System, nil
	}
	p, err := personOf(org, login)
	if err != nil {
		return party.Actor{}, err
	}
	return a.Actor(ctx, p.ID)
}

type eraseOptions struct {
	number, as, ground, reason, despite string
	json                                bool
}

var eraseCommand = command{
	name:  "erase",
	brief: text{"应个人请求提出删除一件投诉的个人信息", "propose to erase the personal data of one complaint at a person's request"},
	more: text{`只是提出：须由另一人在“保存与删除”页面批准后才删除。保存期未满的，只有登记错误（mistaken）或违法处理（unlawful）可以删除，并须用 --despite 写明原因（个保法第四十七条）。
  xiaobao erase --case TS20260331-000001 --as zhou --ground mistaken --reason '本人来函：登记成了别人' --despite '从来不应保存'`,
		`It only proposes: another person approves on the page "Retention" before anything is erased. While the keeping period runs, only data registered by mistake (mistaken) or taken unlawfully (unlawful) may go, with --despite saying why (PIPL art. 47).`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o eraseOptions
		f.store(DefaultData)
		f.text(&o.number, "case", "NUMBER", "", text{"投诉编号", "number of the complaint"})
		f.text(&o.as, "as", "LOGIN", "", text{"以谁的名义提出（消保办人员）", "who proposes, a person of the office"})
		f.text(&o.ground, "ground", "GROUND", string(keeping.GroundConsent), text{"依据：purpose、consent、unlawful、mistaken、otherrule、period", "purpose, consent, unlawful, mistaken, otherrule or period"})
		f.text(&o.reason, "reason", "TEXT", "", text{"请求人和理由", "who asks, and why"})
		f.text(&o.despite, "despite", "TEXT", "", text{"保存期未满时：为什么不受限制", "while the period runs: why it does not stand in the way"})
		f.json(&o.json)
		return o.run
	},
}

func (o *eraseOptions) run(ctx context.Context, c *call) error {
	if o.number == "" || o.as == "" || o.reason == "" || !slices.Contains(keeping.Grounds, keeping.Ground(o.ground)) {
		return usageError{c.say("请写明 --case、--as、--reason，以及正确的 --ground", "--case, --as, --reason and a known --ground are needed")}
	}
	return c.withApp(ctx, func(a *app.App, org *app.Org) error {
		who, err := c.actorOf(ctx, a, org, o.as)
		if err != nil {
			return err
		}
		id, err := a.ByNumber(ctx, o.number)
		if err != nil {
			return err
		}
		n, err := a.ProposeErasure(ctx, who, id, keeping.Ground(o.ground), o.reason, o.despite)
		if err != nil {
			return err
		}
		if o.json {
			return c.printJSON(map[string]any{"run": n, "state": keeping.RunProposed})
		}
		c.printf("已提出第 %d 号删除清单，须由另一人批准后才删除。\n", "Protocol no. %d is proposed; another person has to approve before anything is erased.\n", n)
		return nil
	})
}

var retentionCommand = command{
	name:  "retention",
	brief: text{"保存期限：哪些已到期、执行已批准的删除清单", "keeping periods: what is due, carry out approved protocols"},
	subs:  []command{retentionDueCommand, retentionRunCommand},
}

// dueView is a due case as --json prints it.
type dueView struct {
	Number string `json:"number"`
	Unit   string `json:"unit"`
	Closed string `json:"closed"`
	Until  string `json:"until,omitempty"`
	Hold   int64  `json:"hold,omitempty"`
}

var retentionDueCommand = command{
	name:  "due",
	brief: text{"列出保存期已满的投诉，和年数已到但仍须保存的", "list cases whose period is over, and old ones that are still kept"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withApp(ctx, func(a *app.App, org *app.Org) error { return c.showDue(ctx, a, org, asJSON) })
		}
	},
}

func (c *call) showDue(ctx context.Context, a *app.App, org *app.Org, asJSON bool) error {
	due, held, err := a.DueForErasure(ctx, party.System, 0)
	if err != nil {
		return err
	}
	view := func(list []app.DueCase) []dueView {
		out := []dueView{}
		for _, d := range list {
			out = append(out, dueView{d.Number, org.Tree.Name(d.Unit), d.Closed.String(), d.Until.String(), d.Hold})
		}
		return out
	}
	if asJSON {
		return c.printJSON(map[string]any{"due": view(due), "kept": view(held)})
	}
	for _, d := range view(due) {
		fmt.Fprintln(c.Out, pad(d.Number, 22)+pad(d.Unit, 26)+d.Closed+"  "+d.Until)
	}
	c.printf("保存期满 %d 件；年数已到但仍须保存 %d 件（保全、争议未结束或另有期限）。\n", "%d due; %d old but still kept (hold, dispute, another period).\n", len(due), len(held))
	return nil
}

var retentionRunCommand = command{
	name:  "run",
	brief: text{"执行已批准但没有做完的删除清单", "carry out approved protocols that are not done"},
	more: text{"没有批准的清单不会执行。服务运行时会自动接着做；这个命令用于没有运行服务的时候。删除后不能恢复。\n  xiaobao retention run --dry-run",
		"What is not approved is not carried out. A running server does this by itself. Nothing can be brought back."},
	flags: func(f *flags) func(context.Context, *call) error {
		var dry, asJSON bool
		f.store(DefaultData)
		f.yes(&dry, "dry-run", text{"只列出，不删除", "only list, erase nothing"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withApp(ctx, func(a *app.App, _ *app.Org) error { return c.runRetention(ctx, a, dry, asJSON) })
		}
	},
}

// openRun is an approved protocol as --json prints it.
type openRun struct {
	Run   int64    `json:"run"`
	Cases []string `json:"cases"`
}

func (c *call) runRetention(ctx context.Context, a *app.App, dry, asJSON bool) error {
	open, err := openRuns(ctx, a)
	if err != nil {
		return err
	}
	if !dry {
		if _, err := a.CarryOutRuns(ctx); err != nil {
			return err
		}
	}
	if asJSON {
		return c.printJSON(map[string]any{"dry_run": dry, "runs": open})
	}
	for _, r := range open {
		c.printf("第 %d 号：%s\n", "no. %d: %s\n", r.Run, strings.Join(r.Cases, " "))
	}
	if dry {
		c.printf("待执行 %d 份清单，没有删除任何内容。\n", "%d protocols to carry out; nothing was erased.\n", len(open))
		return nil
	}
	c.printf("已执行 %d 份清单。\n", "%d protocols carried out.\n", len(open))
	return nil
}

func openRuns(ctx context.Context, a *app.App) ([]openRun, error) {
	runs, err := a.ErasureRuns(ctx, party.System, 0, 1000)
	if err != nil {
		return nil, err
	}
	out := []openRun{}
	for _, r := range runs {
		if r.State != string(keeping.RunApproved) {
			continue
		}
		p, err := a.ErasureRun(ctx, party.System, r.N)
		if err != nil {
			return nil, err
		}
		one := openRun{Run: r.N, Cases: []string{}}
		for _, d := range p.Listed {
			one.Cases = append(one.Cases, d.Number)
		}
		out = append(out, one)
	}
	return out, nil
}

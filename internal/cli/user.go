package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

var userCommand = command{
	name:  "user",
	brief: text{"人员：列出、增加、重设密码、停用", "people: list, add, reset a password, disable"},
	more: text{"在这里办理的立即生效，不等第二人复核：掌管服务器的人掌管数据。台账和“配置复核”记为“服务器命令行”。",
		"What is done here takes effect at once and waits for no second person: who holds the machine holds the data. The ledger and the list of configuration changes say that it was done at the machine."},
	subs: []command{userListCommand, userAddCommand, userResetCommand, userDisableCommand, userEnableCommand},
}

// withApp runs fn with the use cases over the data.
func (c *call) withApp(ctx context.Context, fn func(*app.App, *app.Org) error) error {
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{})
		if err != nil {
			return err
		}
		org, err := a.Org(ctx)
		if err != nil {
			return err
		}
		return fn(a, org)
	})
}

// personOf finds a person by login name.
func personOf(org *app.Org, login string) (party.Person, error) {
	for _, p := range org.People() {
		if strings.EqualFold(p.Login, login) {
			return p, nil
		}
	}
	return party.Person{}, fault.New(fault.NotFound, "没有登录名为 %s 的人员；用 xiaobao user list 查看", login)
}

// personView is a person for a program.
type personView struct {
	ID       party.PersonID `json:"id"`
	Login    string         `json:"login"`
	Name     string         `json:"name"`
	Title    string         `json:"title,omitempty"`
	Unit     party.UnitID   `json:"unit"`
	UnitName string         `json:"unit_name"`
	Roles    []party.Role   `json:"roles"`
	Disabled bool           `json:"disabled"`
}

var userListCommand = command{
	name:  "list",
	brief: text{"列出全部人员", "list everybody"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withApp(ctx, func(_ *app.App, org *app.Org) error { return c.listPeople(org, asJSON) })
		}
	},
}

func (c *call) listPeople(org *app.Org, asJSON bool) error {
	out := []personView{}
	for _, p := range org.People() {
		out = append(out, personView{p.ID, p.Login, p.Name, p.Title, p.Unit, org.Tree.Name(p.Unit), p.Roles, p.Disabled})
	}
	if asJSON {
		return c.printJSON(out)
	}
	for _, p := range out {
		var roles []string
		for _, r := range p.Roles {
			roles = append(roles, string(r))
		}
		state := ""
		if p.Disabled {
			state = c.say("（已停用）", " (disabled)")
		}
		fmt.Fprintln(c.Out, pad(p.Login, 16)+pad(p.Name, 10)+pad(p.UnitName, 26)+strings.Join(roles, ",")+state)
	}
	return nil
}

var userAddCommand = command{
	name:  "add",
	brief: text{"增加一人，打印一次性密码", "add a person and print a password once"},
	more: text{"角色：handler 处理人员、branch_lead 分支机构负责人、office 消保办、executive 高管、auditor 审计、administrator 系统管理员、submitter 业务人员（送审）、reviewer 消保审查人员。",
		"Roles: handler, branch_lead, office, executive, auditor, administrator, submitter, reviewer."},
	flags: func(f *flags) func(context.Context, *call) error {
		var p party.Person
		var unit, roles string
		var asJSON bool
		f.store(DefaultData)
		f.text(&p.Login, "login", "LOGIN", "", text{"登录名", "login name"})
		f.text(&p.Name, "name", "NAME", "", text{"姓名", "name"})
		f.text(&p.Title, "title", "TITLE", "", text{"职务", "title"})
		f.text(&unit, "unit", "ID", "", text{"机构代码；不写则为总部", "unit id; head office without it"})
		f.text(&roles, "roles", "R,R", "", text{"角色，逗号隔开", "roles, separated by commas"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			p.Unit = party.UnitID(unit)
			for _, r := range strings.Split(roles, ",") {
				if r = strings.TrimSpace(r); r != "" {
					p.Roles = append(p.Roles, party.Role(r))
				}
			}
			return c.withApp(ctx, func(a *app.App, org *app.Org) error { return c.addPerson(ctx, a, org, p, asJSON) })
		}
	},
}

func (c *call) addPerson(ctx context.Context, a *app.App, org *app.Org, p party.Person, asJSON bool) error {
	if p.Unit == "" {
		p.Unit = org.Tree.Root()
	}
	p, password, err := a.Hire(ctx, party.Shell, p, "")
	if err != nil {
		return err
	}
	return c.showPassword(p, password, asJSON)
}

// showPassword prints a new password, this once.
func (c *call) showPassword(p party.Person, password string, asJSON bool) error {
	if asJSON {
		return c.printJSON(struct {
			ID       party.PersonID `json:"id"`
			Login    string         `json:"login"`
			Password string         `json:"password"`
		}{p.ID, p.Login, password})
	}
	c.printf("%s（%s）的密码：%s\n只显示这一次，首次登录须修改。\n", "password of %s (%s): %s\nIt is shown this once and has to be changed at the first sign-in.\n", p.Name, p.Login, password)
	return nil
}

// onePerson is a command about the person whose login name is its argument.
func onePerson(name string, brief text, do func(context.Context, *call, *app.App, party.Person, bool) error) command {
	return command{name: name, args: text{"登录名", "LOGIN"}, brief: brief, flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if len(c.args) != 1 {
				return usageError{c.say("请写明一个登录名", "one login name is needed")}
			}
			return c.withApp(ctx, func(a *app.App, org *app.Org) error {
				p, err := personOf(org, c.args[0])
				if err != nil {
					return err
				}
				return do(ctx, c, a, p, asJSON)
			})
		}
	}}
}

var userResetCommand = onePerson("reset-password", text{"重设密码，打印一次；其会话全部结束", "set a new password and print it once; all sessions of the person end"},
	func(ctx context.Context, c *call, a *app.App, p party.Person, asJSON bool) error {
		password, err := a.ResetPassword(ctx, party.Shell, p.ID)
		if err != nil {
			return err
		}
		return c.showPassword(p, password, asJSON)
	})

var userDisableCommand = onePerson("disable", text{"停用；其会话全部结束。名下有未办结投诉的须先转办", "disable; all sessions end. Open cases have to be handed over first"},
	func(ctx context.Context, c *call, a *app.App, p party.Person, asJSON bool) error {
		return c.setDisabled(ctx, a, p, true, asJSON)
	})

var userEnableCommand = onePerson("enable", text{"恢复停用的人员", "enable a person again"},
	func(ctx context.Context, c *call, a *app.App, p party.Person, asJSON bool) error {
		return c.setDisabled(ctx, a, p, false, asJSON)
	})

func (c *call) setDisabled(ctx context.Context, a *app.App, p party.Person, off, asJSON bool) error {
	p.Disabled, p.Roles = off, slices.Clone(p.Roles)
	if err := a.SetPerson(ctx, party.Shell, p, ""); err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(map[string]any{"login": p.Login, "disabled": off})
	}
	if off {
		c.printf("%s 已停用。\n", "%s is disabled.\n", p.Name)
	} else {
		c.printf("%s 已启用。\n", "%s is enabled.\n", p.Name)
	}
	return nil
}

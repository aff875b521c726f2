package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

var tokenCommand = command{
	name:  "token",
	brief: text{"接口令牌：创建、列出、撤销", "API tokens: create, list, revoke"},
	subs:  []command{tokenCreateCommand, tokenListCommand, tokenRevokeCommand},
}

// tokenView is a token for a program; Token is there only when it was just made.
type tokenView struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Person  party.PersonID `json:"person"`
	Login   string         `json:"login"`
	Scopes  []string       `json:"scopes"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires,omitzero"`
	Used    time.Time      `json:"last_used,omitzero"`
	Revoked bool           `json:"revoked"`
	Token   string         `json:"token,omitempty"`
}

var tokenCreateCommand = command{
	name:  "create",
	brief: text{"创建令牌，打印一次：程序凭它以某人的权限使用接口", "make a token and print it once: a program acts with it as a person"},
	more: text{"  xiaobao token create --as zhoumin --name 柜面系统 --scopes read,write --expires 2027-06-30",
		"  xiaobao token create --as zhoumin --name counter --scopes read,write --expires 2027-06-30"},
	flags: func(f *flags) func(context.Context, *call) error {
		var login, name, scopes, expires string
		var asJSON bool
		f.store(DefaultData)
		f.text(&login, "as", "LOGIN", "", text{"以谁的权限", "whose rights"})
		f.text(&name, "name", "NAME", "", text{"用途", "what it is for"})
		f.text(&scopes, "scopes", "S,S", app.ScopeRead, text{"read、write，逗号隔开", "read, write, separated by commas"})
		f.text(&expires, "expires", "DATE", "", text{"有效到哪一天；不写则长期有效", "last day; for ever without it"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.createToken(ctx, login, name, scopes, expires, asJSON)
		}
	},
}

func (c *call) createToken(ctx context.Context, login, name, scopes, expires string, asJSON bool) error {
	if login == "" || name == "" {
		return usageError{c.say("请用 --as 写明登录名，用 --name 写明用途", "say --as LOGIN and --name NAME")}
	}
	var until time.Time
	if expires != "" {
		d, err := calendar.Parse(expires)
		if err != nil {
			return usageError{c.say("--expires：%v", "--expires: %v", err)}
		}
		until = d.AddDays(1).Time() // the end of that day
	}
	return c.withApp(ctx, func(a *app.App, org *app.Org) error {
		p, err := personOf(org, login)
		if err != nil {
			return err
		}
		t, secret, err := a.CreateToken(ctx, party.Shell, p.ID, name, strings.Split(scopes, ","), until, "")
		if err != nil {
			return err
		}
		if asJSON {
			return c.printJSON(tokenView{ID: t.ID, Name: t.Name, Person: p.ID, Login: p.Login, Scopes: t.Scopes, Created: t.Created, Expires: t.Expires, Token: secret})
		}
		c.printf("%s\n令牌 %s（%s），只显示这一次。请求时写：Authorization: Bearer 令牌\n", "%s\ntoken %s (%s), shown this once. Send it as: Authorization: Bearer TOKEN\n", secret, t.ID, p.Name)
		return nil
	})
}

var tokenListCommand = command{
	name:  "list",
	brief: text{"列出令牌（不显示内容）", "list tokens, never their content"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withApp(ctx, func(a *app.App, org *app.Org) error { return c.listTokens(ctx, a, org, asJSON) })
		}
	},
}

func (c *call) listTokens(ctx context.Context, a *app.App, org *app.Org, asJSON bool) error {
	tokens, err := a.Tokens(ctx, administrator)
	if err != nil {
		return err
	}
	out := []tokenView{}
	for _, t := range tokens {
		p, _ := org.Person(t.Person)
		out = append(out, tokenView{t.ID, t.Name, t.Person, p.Login, t.Scopes, t.Created, t.Expires, t.LastUsed, t.Revoked, ""})
	}
	if asJSON {
		return c.printJSON(out)
	}
	for _, t := range out {
		state := c.say("长期有效", "no end")
		switch {
		case t.Revoked:
			state = c.say("已撤销", "revoked")
		case !t.Expires.IsZero():
			state = c.say("有效至 %s", "until %s", calendar.FromTime(t.Expires.Add(-time.Second)))
		}
		fmt.Fprintln(c.Out, pad(t.ID, 18)+pad(t.Login, 14)+pad(strings.Join(t.Scopes, ","), 12)+pad(state, 22)+t.Name)
	}
	return nil
}

var tokenRevokeCommand = command{
	name:  "revoke",
	args:  text{"令牌编号", "ID"},
	brief: text{"立即撤销一个令牌", "end a token at once"},
	flags: func(f *flags) func(context.Context, *call) error {
		f.store(DefaultData)
		return func(ctx context.Context, c *call) error {
			if len(c.args) != 1 {
				return usageError{c.say("请写明一个令牌编号", "one token id is needed")}
			}
			return c.withApp(ctx, func(a *app.App, _ *app.Org) error {
				if err := a.RevokeToken(ctx, administrator, c.args[0]); err != nil {
					return err
				}
				c.printf("令牌 %s 已撤销。\n", "token %s is revoked.\n", c.args[0])
				return nil
			})
		}
	},
}

// administrator is the operator at the keyboard: the holder of the data folder
// and of the master key administers the program, and has no case access.
var administrator = party.Actor{ID: party.Shell.ID, Name: party.Shell.Name, Roles: []party.Role{party.Administrator}}

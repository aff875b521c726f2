package cli

import (
	"context"
	"net/http"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// readyWait bounds the question to a running copy.
const readyWait = 4 * time.Second

// readyCommand asks a running copy whether it can serve: what a container or a
// script needs where there is no other program that speaks HTTP.
var readyCommand = command{
	name:  "ready",
	rare:  true,
	brief: text{"问一个正在运行的服务能否接待：退出码 0 能，1 不能", "ask a running server whether it can serve: exit code 0 yes, 1 no"},
	more:  text{"用法： xiaobao ready [http://127.0.0.1:8080]", "usage: xiaobao ready [http://127.0.0.1:8080]"},
	flags: func(*flags) func(context.Context, *call) error {
		return func(ctx context.Context, c *call) error {
			base := "http://" + DefaultAddr
			if len(c.args) > 1 {
				return usageError{c.say("只能问一个地址", "one address at most")}
			}
			if len(c.args) == 1 {
				base = strings.TrimSuffix(c.args[0], "/")
			}
			return c.ready(ctx, base)
		}
	},
}

func (c *call) ready(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return usageError{c.say("%s 不是网址", "%s is no address", base)}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s 没有应答", base)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "%s 在运行，但数据库没有应答", base)
	}
	return nil
}

package cli

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
)

// assistKeyEnv holds the key of the attached model. There is no flag for it: the
// arguments of a process can be read by everybody on the machine.
const assistKeyEnv = "XIAOBAO_ASSIST_KEY"

// maxKey bounds a key file, in bytes.
const maxKey = 4096

// assist registers the flags of the attached language model.
func (f *flags) assist() {
	d := app.AssistDefaults()
	f.setting("assist-url", "URL", "", text{"接入的大模型（OpenAI 兼容接口，到 /v1 为止）；不写则不接入", "attached language model (OpenAI-compatible, up to /v1); none without it"})
	f.setting("assist-model", "NAME", "", text{"模型名称", "name of the model"})
	f.setting("assist-key-file", "FILE", "", text{"存放密钥的文件；也可用环境变量 " + assistKeyEnv, "file with the key; or the variable " + assistKeyEnv})
	f.setting("assist-timeout", "DURATION", d.Timeout.String(), text{"一次调用最长等待", "longest wait for one answer"})
	f.setting("assist-max-tokens", "N", strconv.Itoa(d.MaxTokens), text{"一次回答最多多少词元", "most tokens of one answer"})
	f.setting("assist-price-in", "YUAN", "0", text{"每千词元输入的价格（元），用于计费显示和预算", "price of a thousand tokens sent, in yuan, for the cost shown and the budget"})
	f.setting("assist-price-out", "YUAN", "0", text{"每千词元输出的价格（元）", "price of a thousand tokens received, in yuan"})
	f.setting("assist-daily-budget", "YUAN", "0", text{"每日预算（元）；0 为不限", "budget of a day in yuan; 0 for none"})
	f.setting("assist-daily-calls", "N", strconv.Itoa(d.DailyCalls), text{"每日最多调用次数；0 为不限", "most calls of a day; 0 for no limit"})
	f.setting("assist-concurrency", "N", strconv.Itoa(d.Concurrency), text{"同时调用的上限", "calls at once"})
	f.setting("assist-allow-public", "true|false", "false", text{"允许机构外的地址（须 https，并先完成个人信息保护影响评估）", "allow addresses outside of the house (https only; assess the impact on personal data first)"})
	f.setting("assist-proxy", "URL", "", text{"访问大模型的代理；不写则直连，不看环境变量", "proxy to the model; straight without it, whatever the environment says"})
}

// assist reads the configuration of the attached model.
func (c *call) assist() (app.AssistConfig, error) {
	out := app.AssistConfig{URL: strings.TrimSpace(c.conf.get("assist-url")), Model: strings.TrimSpace(c.conf.get("assist-model")), Proxy: strings.TrimSpace(c.conf.get("assist-proxy"))}
	if !out.On() {
		return app.AssistConfig{}, nil
	}
	var err error
	wrong := func(name string) error {
		return usageError{c.say("%s 的值 %s 不对", "%s is not right: %s", name, c.conf.get(name))}
	}
	if out.Timeout, err = time.ParseDuration(c.conf.get("assist-timeout")); err != nil {
		return out, wrong("assist-timeout")
	}
	for name, to := range map[string]*int{"assist-max-tokens": &out.MaxTokens, "assist-daily-calls": &out.DailyCalls, "assist-concurrency": &out.Concurrency} {
		if *to, err = strconv.Atoi(strings.TrimSpace(c.conf.get(name))); err != nil {
			return out, wrong(name)
		}
	}
	for name, to := range map[string]*app.AssistCost{"assist-price-in": &out.PriceIn, "assist-price-out": &out.PriceOut, "assist-daily-budget": &out.DailyBudget} {
		if *to, err = app.ParseAssistCost(c.conf.get(name)); err != nil {
			return out, wrong(name)
		}
	}
	if out.AllowPublic, err = strconv.ParseBool(c.conf.get("assist-allow-public")); err != nil {
		return out, wrong("assist-allow-public")
	}
	if out.Key, err = c.assistKey(); err != nil {
		return out, err
	}
	return out, out.Check()
}

// assistKey takes the key from the environment or its file.
func (c *call) assistKey() (app.AssistSecret, error) {
	if key := strings.TrimSpace(c.Env(assistKeyEnv)); key != "" {
		return app.AssistSecret(key), nil
	}
	path := c.conf.get("assist-key-file")
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "读不了大模型的密钥文件 %s（assist-key-file）", path)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil || len(raw) > maxKey {
		return "", fault.Wrap(fault.Invalid, err, "大模型的密钥文件 %s 不对：应只有一行密钥", path)
	}
	return app.AssistSecret(strings.TrimSpace(string(raw))), nil
}

// assist says whether a model is attached and, when asked to, whether it answers.
func (k *checkup) assist(ctx context.Context, reach bool) {
	name := text{"接入的大模型", "language model"}
	conf, err := k.c.assist()
	if err != nil {
		k.note(name, false, err.Error(), text{"按上面的说明改正，或删去 assist-url 停用", "mend what is said here, or take assist-url out to switch it off"})
		return
	}
	if !conf.On() {
		k.note(name, true, k.c.say("未接入", "none"), text{})
		return
	}
	where := k.c.say("机构内", "in the house")
	if conf.AllowPublic {
		where = k.c.say("允许机构外", "outside of the house allowed")
	}
	k.note(name, true, conf.Model+" @ "+conf.Host()+", "+where, text{})
	k.ownOnly(text{"大模型密钥权限", "mode of the model's key"}, k.c.conf.get("assist-key-file"))
	if reach {
		k.reached(app.ProbeAssist(ctx, conf))
	}
}

func (k *checkup) reached(err error) {
	value := k.c.say("可用", "fine")
	if err != nil {
		value = err.Error()
	}
	k.note(text{"大模型连接", "connection to the model"}, err == nil, value, text{"请检查服务、地址和密钥；不影响其他功能", "check the service, its address and key; nothing else depends on it"})
}

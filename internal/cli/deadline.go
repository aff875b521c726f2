package cli

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// deadlineOptions is one question about a time limit.
type deadlineOptions struct {
	regime, stage, received string
	exclude                 []string
	working                 int
	json                    bool
}

// deadlineAnswer is what --json prints. A day that cannot be told is null.
type deadlineAnswer struct {
	Received  calendar.Date         `json:"received"`
	Due       *calendar.Date        `json:"due"`
	Rolled    *calendar.Date        `json:"rolled"`
	Announced bool                  `json:"announced"`
	Days      int                   `json:"days"`
	Working   bool                  `json:"working"`
	Excluded  int                   `json:"excluded"`
	Name      string                `json:"name"`
	Citation  string                `json:"citation"`
	Grade     string                `json:"grade"`
	Trace     []regulation.DayCount `json:"trace"`
}

var deadlineCommand = command{
	name:  "deadline",
	brief: text{"算一个期限，并逐日说明是怎么数的", "compute a time limit and show how every day was counted"},
	more: text{`  xiaobao deadline --regime nfra --stage simple --received 2026-04-16
  xiaobao deadline --regime pbc --stage special --received 2026-04-16 --exclude 2026-04-20..2026-04-30
  xiaobao deadline --working-days 7 --received 2026-09-10
所需年度的放假通知还没有发布时，不猜：announced 为 false，退出码为 1。`,
		`  xiaobao deadline --regime nfra --stage simple --received 2026-04-16
  xiaobao deadline --regime pbc --stage special --received 2026-04-16 --exclude 2026-04-20..2026-04-30
  xiaobao deadline --working-days 7 --received 2026-09-10
When a year that is needed has no holiday notice yet, nothing is guessed: announced is false and the exit code is 1.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o deadlineOptions
		f.text(&o.regime, "regime", "nfra|pbc", "", text{"时限规则：nfra 银行业保险业投诉办法，pbc 人民银行转办", "rule: nfra for the regulator of banks and insurers, pbc for transfers of the central bank"})
		f.text(&o.stage, "stage", "STAGE", "", text{"阶段：simple、complex、special、reexamination", "stage: simple, complex, special, reexamination"})
		f.text(&o.received, "received", "DATE", "", text{"收到日期，例如 2026-04-16", "day of receipt, such as 2026-04-16"})
		f.list(&o.exclude, "exclude", "FROM..TO", text{"不计入的期间（鉴定、调解），可多次", "days that do not count (appraisal, mediation); may be repeated"})
		f.number(&o.working, "working-days", "N", 0, text{"代替 --regime：N 个工作日", "instead of --regime: N working days"})
		f.json(&o.json)
		return func(_ context.Context, c *call) error { return o.run(c) }
	},
}

func (o deadlineOptions) run(c *call) error {
	received, err := calendar.Parse(o.received)
	if err != nil {
		return usageError{c.say("--received：%v", "--received: %v", err)}
	}
	clock, err := o.clock(c, received)
	if err != nil {
		return err
	}
	var spans []calendar.Interval
	for _, s := range o.exclude {
		v, err := calendar.ParseInterval(s)
		if err != nil {
			return usageError{c.say("--exclude：%v", "--exclude: %v", err)}
		}
		spans = append(spans, v)
	}
	cal := calendar.Official()
	d := regulation.Compute(clock, received, spans, cal)
	a := deadlineAnswer{Received: received, Due: known(d.Due), Rolled: known(d.Rolled), Announced: d.Announced, Days: clock.Days, Working: clock.Working,
		Excluded: d.Excluded, Name: clock.Name, Citation: clock.Cite.String(), Grade: clock.Grade, Trace: regulation.Explain(clock, received, spans, cal)}
	if err := c.printDeadline(a, o.json); err != nil {
		return err
	}
	if !d.Announced {
		return errFinding
	}
	return nil
}

func known(d calendar.Date) *calendar.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// stages names the clock of each stage where it is not regime.stage.
var stages = map[string]string{"nfra.reexamination": "nfra.reexam.decide"}

// clock finds the limit that is asked for, as it was in force on the day.
func (o deadlineOptions) clock(c *call, received calendar.Date) (regulation.Clock, error) {
	rules := regulation.Embedded().At(received)
	if o.working != 0 {
		if o.regime != "" || o.stage != "" {
			return regulation.Clock{}, usageError{c.say("--working-days 不能和 --regime、--stage 一起用", "--working-days does not go with --regime and --stage")}
		}
		k, err := regulation.Plain(o.working, true)
		if err != nil {
			return k, usageError{c.say("--working-days：%v", "--working-days: %v", err)}
		}
		if a, ok := rules.Article("civil-code", "201"); ok {
			k.Cite = regulation.Citation{Instrument: a.Instrument, Article: a.Number, Title: titleOf(rules, a.Instrument), Text: a.Text, Grade: a.Grade}
		}
		return k, nil
	}
	if o.regime != "nfra" && o.regime != "pbc" {
		return regulation.Clock{}, usageError{c.say("请用 --regime 写明 nfra 或 pbc，或用 --working-days", "say --regime nfra or pbc, or --working-days")}
	}
	id := o.regime + "." + o.stage
	if other, ok := stages[id]; ok {
		id = other
	}
	k, err := rules.Clock(id)
	if err != nil || o.stage == "" {
		return k, usageError{c.say("--stage %s 不对：%s 在 %s 有 %s", "--stage %s is not right: on %[3]s %[2]s has %[4]s", o.stage, o.regime, received, strings.Join(stagesOf(rules, o.regime), ", "))}
	}
	return k, nil
}

func titleOf(rules regulation.Set, id string) string {
	for _, i := range rules.Instruments() {
		if i.ID == id {
			return i.Title
		}
	}
	return id
}

func stagesOf(rules regulation.Set, regime string) []string {
	var out []string
	for _, k := range rules.Ladder(regime) {
		out = append(out, strings.TrimPrefix(k.ID, regime+"."))
	}
	if regime == "nfra" && len(out) > 0 {
		out = append(out, "reexamination")
	}
	return out
}

func (c *call) printDeadline(a deadlineAnswer, asJSON bool) error {
	if asJSON {
		return c.printJSON(a)
	}
	kind := c.say("自然日", "natural days")
	if a.Working {
		kind = c.say("工作日", "working days")
	}
	c.printf("%s：%d 个%s\n依据：%s\n", "%s: %d %s\nbasis: %s\n", a.Name, a.Days, kind, a.Citation)
	c.printf("收到日：%s\n到期日：%s\n顺延后：%s\n", "received: %s\ndue: %s\nrolled: %s\n", day(c, a.Received), dayOrNone(c, a.Due), dayOrNone(c, a.Rolled))
	if a.Excluded > 0 {
		c.printf("不计入：%d 天\n", "not counted: %d days\n", a.Excluded)
	}
	if !a.Announced {
		c.printf("所需年度的放假通知还没有发布，不能确定是否顺延；通知发布后由管理员导入。\n", "A year that is needed has no holiday notice yet; an administrator imports it once it is published.\n")
	}
	c.printf("\n逐日：\n", "\nday by day:\n")
	for _, d := range a.Trace {
		n := "  —"
		if d.N > 0 {
			n = pad3(d.N)
		}
		c.printf("  %s  %s  %s\n", "  %s  %s  %s\n", day(c, d.Date), n, d.Why)
	}
	return nil
}

func day(c *call, d calendar.Date) string {
	if c.lang == english {
		return d.String() + " " + d.Weekday().String()[:3]
	}
	return d.String() + " " + d.WeekdayName()
}

func dayOrNone(c *call, d *calendar.Date) string {
	if d == nil {
		return c.say("无法确定", "not known")
	}
	return day(c, *d)
}

func pad3(n int) string {
	s := "   " + strconv.Itoa(n)
	return s[len(s)-3:]
}

// printJSON prints a value for a program, readable for a person too.
func (c *call) printJSON(v any) error {
	enc := json.NewEncoder(c.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

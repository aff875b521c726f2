package complaint

import (
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// RecordContact keeps a contact with the consumer, in or out, reached or not.
type RecordContact struct {
	At        time.Time `json:"at" doc:"When it took place"`
	Channel   string    `json:"channel" enum:"phone,visit,sms,email,letter,online"`
	Outbound  bool      `json:"outbound,omitempty" doc:"We reached out"`
	Reached   bool      `json:"reached,omitempty" doc:"The consumer was reached; an attempt that failed is kept too"`
	Summary   string    `json:"summary" maxLength:"4000"`
	ReplyNext string    `json:"reply_next,omitempty" maxLength:"500" doc:"What was promised, and by when"`
}

// ContactChannels lists how contacts take place.
var ContactChannels = []string{"phone", "visit", "sms", "email", "letter", "online"}

// Action implements Command.
func (RecordContact) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d RecordContact) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	if d.At.IsZero() {
		d.At = env.At
	}
	f.Need(one(ContactChannels, d.Channel), "channel", "请选择联系方式")
	f.Need(!d.At.After(env.At.Add(time.Minute)), "at", "联系时间晚于现在")
	f.Need(!calendar.FromTime(d.At).Time().Before(c.ReceivedOn.Time()), "at", "联系时间早于收到投诉的日期（%s）", c.ReceivedOn)
	text(&f, "summary", d.Summary, "联系内容", true, 4000)
	text(&f, "reply_next", d.ReplyNext, "答应事项", false, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Contacted{On: d.At.UTC().Truncate(time.Microsecond), Channel: d.Channel, Outbound: d.Outbound, Reached: d.Reached, Summary: d.Summary, ReplyNext: d.ReplyNext}}, nil
}

// AddFacts takes in new material. New facts or reasons restart the limit from
// their receipt; a mere repeat does not (rule 2020-3 art. 18).
type AddFacts struct {
	On      calendar.Date `json:"on"`
	Restart bool          `json:"restart,omitempty" doc:"It holds new facts or reasons"`
	Text    string        `json:"text" maxLength:"8000"`
}

// Action implements Command.
func (AddFacts) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AddFacts) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	if d.On.IsZero() {
		d.On = env.Today()
	}
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	text(&f, "text", d.Text, "补充内容", true, 8000)
	if d.Restart && !c.Active() {
		f.Add("restart", "处理决定已告知或投诉已终止，新的事实请通过“重新打开”办理")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&FactsAdded{On: d.On, Restart: d.Restart, Text: d.Text}}, nil
}

// AddPoint adds an allegation.
type AddPoint struct {
	Text string `json:"text" maxLength:"2000"`
}

// Action implements Command.
func (AddPoint) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AddPoint) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "text", d.Text, "争议点", true, 2000)
	f.Need(c.State != Deciding && c.State != Decided, "text", "决定正在审批或已批准，不能再增加争议点；请先退回决定")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&PointAdded{N: len(c.Points) + 1, Text: d.Text}}, nil
}

// ChangePoint words an allegation better, or drops it with a reason.
type ChangePoint struct {
	N    int    `json:"n" minimum:"1"`
	Text string `json:"text,omitempty" maxLength:"2000" doc:"New wording; empty drops the point"`
	Why  string `json:"why,omitempty" maxLength:"500"`
}

// Action implements Command.
func (ChangePoint) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d ChangePoint) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	old, ok := c.point(d.N)
	if !ok {
		return nil, fault.New(fault.NotFound, "没有第 %d 个争议点", d.N)
	}
	var f fault.Fields
	text(&f, "text", d.Text, "争议点", false, 2000)
	text(&f, "why", d.Why, "更改原因", false, 500)
	f.Need(d.Text != old.Text, "text", "争议点的文字没有变化")
	f.Need(c.State != Deciding && c.State != Decided, "text", "决定正在审批或已批准，不能再改争议点；请先退回决定")
	if d.Text == "" {
		text(&f, "why", d.Why, "删除争议点的原因", true, 500)
		f.Need(len(c.Live()) > 1, "n", "至少要保留一个争议点")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if d.Text == "" {
		return []Event{&PointDropped{N: d.N, Why: d.Why}}, nil
	}
	return []Event{&PointChanged{N: d.N, Text: d.Text, Why: d.Why}}, nil
}

func (c Case) point(n int) (Allegation, bool) {
	for _, a := range c.Points {
		if a.N == n && !a.Dropped {
			return a, true
		}
	}
	return Allegation{}, false
}

// AddNote keeps an internal remark.
type AddNote struct {
	Text string `json:"text" maxLength:"4000"`
}

// Action implements Command.
func (AddNote) Action() access.Action { return access.RemindComplaint }

// Decide implements Command.
func (d AddNote) Decide(c Case, _ Env) ([]Event, error) {
	var f fault.Fields
	text(&f, "text", d.Text, "备注", true, 4000)
	if c.Number == "" {
		return nil, c.mustBeOpen()
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Noted{Text: d.Text}}, nil
}

// Attach notes an attachment that the caller has stored under its digest.
type Attach struct {
	Name   string `json:"name" maxLength:"200"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
	Public bool   `json:"public,omitempty"`
}

// Action implements Command.
func (Attach) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. The same file twice is refused.
func (d Attach) Decide(c Case, _ Env) ([]Event, error) {
	if c.Number == "" || c.State == Merged {
		return nil, c.mustBeOpen()
	}
	var f fault.Fields
	text(&f, "name", d.Name, "文件名", true, 200)
	text(&f, "type", d.Type, "文件类型", false, 120)
	f.Need(d.Digest != "" && d.Size > 0, "file", "文件是空的，请重新选择")
	for _, file := range c.Files {
		f.Need(file.Digest != d.Digest, "file", "这个文件已经上传过：%s", file.Name)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&FileAttached{N: len(c.Files) + 1, Name: d.Name, Type: d.Type, Size: d.Size, Digest: d.Digest, Public: d.Public}}, nil
}

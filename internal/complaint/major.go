package complaint

import (
	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// MajorGround is what makes a complaint a major one (rule 2020-3 art. 29).
type MajorGround string

// The grounds.
const (
	MajorJoint      MajorGround = "joint"      // many complainants together, in person (群体性投诉)
	MajorDisaster   MajorGround = "disaster"   // natural disaster, accident, public-health event
	MajorDesignated MajorGround = "designated" // the regulator says so
)

// MajorGrounds lists the grounds.
var MajorGrounds = []MajorGround{MajorJoint, MajorDisaster, MajorDesignated}

// Major is what is known of a major complaint. It is reported apart from its handling.
type Major struct {
	Ground     MajorGround
	Why        string
	On         calendar.Date // day from which the report is due
	By         string
	ReportedOn calendar.Date
	ReportedTo string
	Proof      string
}

// Untold is something the consumer has to be told promptly: an extension that
// the rule wants told, or time that does not count (art. 18).
type Untold struct {
	Letter LetterKind
	Since  calendar.Date
}

// majorGround of a registration: enough people who complain together in person.
func (d Register) majorGround(env Env) MajorGround {
	ch, _ := party.ChannelOf(d.Channel)
	if least := env.setting("major.min_complainants"); d.Joint != nil && ch.Contact && least > 0 && int64(d.Joint.Count) >= least {
		return MajorJoint
	}
	return ""
}

// MarkMajor says that a complaint is a major one, so that it is reported.
type MarkMajor struct {
	Ground MajorGround `json:"ground" enum:"joint,disaster,designated"`
	Why    string      `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (MarkMajor) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d MarkMajor) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if c.Major != nil {
		return nil, fault.New(fault.Conflict, "已列为重大投诉")
	}
	var f fault.Fields
	f.Need(one(MajorGrounds, d.Ground), "ground", "请选择列为重大投诉的情形：群体性投诉、灾害事故引发，或监管指定（第二十九条）")
	text(&f, "why", d.Why, "理由", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&MajorMarked{Ground: d.Ground, Why: d.Why}}, nil
}

// ReportMajor proves that a major complaint was reported.
type ReportMajor struct {
	On    calendar.Date `json:"on"`
	To    string        `json:"to" maxLength:"120" doc:"To whom"`
	Proof string        `json:"proof" maxLength:"500"`
}

// Action implements Command.
func (ReportMajor) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d ReportMajor) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if c.Major == nil || !c.Major.ReportedOn.IsZero() {
		return nil, fault.New(fault.Conflict, "没有待报告的重大投诉事项")
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	text(&f, "to", d.To, "报告对象", true, 120)
	text(&f, "proof", d.Proof, "报告凭证", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&MajorReported{On: d.On, To: d.To, Proof: d.Proof}}, nil
}

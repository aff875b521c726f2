package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// course is one case while it is made up: the case as its events leave it, the
// time that it has reached, and the events.
type course struct {
	l      *loader
	rng    *rand.Rand
	g      grievance
	kase   complaint.Case
	env    complaint.Env
	at     time.Time
	pace   float64
	owner  party.PersonID
	events []storage.Recorded
}

// errLater ends a course that has reached the present.
var errLater = fault.New(fault.Internal, "later than now")

// register takes the case in.
func (c *course) register(i int) error {
	l, a := c.l, c.l.o.App
	origin := l.origin(i)
	c.g = l.tell(origin)
	c.rng = l.random(i)
	c.at, c.pace = l.days.arrival(i), math.Exp(c.rng.NormFloat64()*0.45)
	if c.at.After(l.now) { // of today: before now
		c.at = l.now.Add(-time.Minute)
	}
	received := calendar.FromTime(c.at)
	c.env = complaint.Env{Rules: a.Rules(received), Cal: a.Calendar(), Tree: l.org.Tree, People: l.org.Person}
	d, registrar := c.form(i, origin, received)
	id, number := l.number(i)
	c.by(registrar)
	e, err := d.NewCase(id, number, c.env)
	if err != nil {
		return err
	}
	c.take([]complaint.Event{e})
	return nil
}

// form fills the registration and says who does.
func (c *course) form(i, origin int, received calendar.Date) (complaint.Register, party.PersonID) {
	g := &c.g
	p := planner{rng: c.rng}
	d := complaint.Register{Channel: p.channel(), ReceivedOn: received, Complainant: g.person, Codes: g.codes, Amount: g.amount, Narrative: g.narrative,
		Demand: g.demand, Requests: g.requests, Points: g.claims(), Unit: g.unit}
	if g.wave {
		d.Channel, d.Points = "letter", nil
	}
	if g.elderly {
		d.Vulnerable = []string{"elderly"}
	}
	if origin != i {
		d.Narrative = one(c.rng, []string{"已经反映过，没有结果，再次投诉：", "来件转述：", ""}) + d.Narrative
	}
	if c.rng.IntN(1000) < c.l.words.Other {
		m := one(c.rng, tales().Matter)
		d.Nature, d.Narrative, d.Demand, d.Requests, d.Points, d.Amount = m.Nature, m.Text+c.l.detail(c.rng, received), "", nil, nil, 0
		d.Codes, g.decision, g.telling.decision = complaint.Codes{Product: m.Product, Reason: "other"}, false, m.Answer
	} else {
		g.decision = c.rng.IntN(c.l.words.Settled+c.l.words.Decided) < c.l.words.Decided
	}
	c.blame(&d)
	life := life{rng: c.rng, register: d, arrives: c.at}
	p.sender(&life, c.l.staff.units[g.unit].Region)
	d = life.register
	c.owner = c.l.staff.handler(g.unit, c.rng.IntN(1<<20))
	ch, _ := party.ChannelOf(d.Channel)
	if ch.Sender || d.Channel != "counter" && c.rng.IntN(1000) < c.l.words.HandedOn {
		d.Unit = consumerOffice
		return d, c.l.staff.handler(consumerOffice, c.rng.IntN(1<<20))
	}
	return d, c.owner
}

// blame makes one in six complaints that a branch handles one about a sub-branch,
// which is recused then.
func (c *course) blame(d *complaint.Register) {
	if c.rng.IntN(6) > 0 || c.l.staff.units[d.Unit].Level != party.Branch {
		return
	}
	for _, u := range c.l.staff.tree.Units() {
		if u.Parent == d.Unit && c.rng.IntN(4) == 0 {
			d.Respondents = []complaint.Respondent{{Unit: u.ID}}
			return
		}
	}
}

// by says who acts at the time reached.
func (c *course) by(id party.PersonID) {
	p, _ := c.l.org.Person(id)
	c.env.By, c.env.At = party.ActorOf(p, c.l.org.Tree), c.at
}

// take adds what was decided.
func (c *course) take(events []complaint.Event) {
	meta := complaint.Meta{At: c.at, By: c.env.By.ID}
	for _, e := range events {
		c.kase = c.kase.Apply(e, meta)
		c.events = append(c.events, storage.Recorded{Event: e, At: c.at, By: c.env.By.ID})
	}
}

// pass lets office hours pass, more or less.
func (c *course) pass(wait float64) {
	if wait == 0 {
		return
	}
	l := life{rng: c.rng, cal: c.env.Cal, at: c.at, pace: c.pace}
	l.wait(wait)
	c.at = l.at.UTC().Truncate(time.Microsecond)
}

// day is the day of the time reached.
func (c *course) day() calendar.Date { return calendar.FromTime(c.at) }

// do lets office hours pass, then somebody who may runs a command. It is errLater
// when that lies beyond now.
func (c *course) do(wait float64, who party.PersonID, cmd complaint.Command) error {
	c.pass(wait)
	if !c.at.Before(c.l.now) {
		return errLater
	}
	c.by(who)
	if err := access.Can(c.env.By, cmd.Action(), c.kase.Target()).Err(); err != nil {
		return err
	}
	events, err := cmd.Decide(c.kase, c.env)
	if err != nil {
		return fmt.Errorf("%T: %w", cmd, err)
	}
	c.take(events)
	return nil
}

// then runs acts one after another and stops at the first that cannot be.
func then(acts ...func() error) error {
	for _, act := range acts {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

// run tells what happens after the registration. A case that is stuck stops early.
func (c *course) run() error {
	stuck := c.rng.IntN(1000) < c.l.words.Stuck
	err := then(c.handOver, c.talk, func() error {
		switch {
		case stuck:
			return nil
		case c.kase.Nature != complaint.Complaint:
			return c.other()
		case !c.g.decision:
			return c.settle()
		}
		return then(c.collect, c.redress, c.decide, c.tellThem, c.finish)
	})
	if err == errLater {
		return nil
	}
	return err
}

func (c *course) handOver() error {
	if c.kase.Owner != c.owner {
		if err := c.do(1.5, c.kase.Owner, complaint.Assign{Unit: c.g.unit, Why: one(c.rng, []string{"属地办理", "请核实后办理", "首问负责转办"})}); err != nil {
			return err
		}
	}
	return c.do(2.5, c.owner, complaint.Accept{})
}

func (c *course) talk() error {
	return c.do(3, c.owner, complaint.RecordContact{Channel: one(c.rng, []string{"phone", "phone", "phone", "visit", "online"}), Outbound: true, Reached: true, Summary: c.g.call, ReplyNext: c.g.promise})
}

func (c *course) other() error {
	c.pass(6)
	if err := c.do(0, c.owner, complaint.AnswerOther{On: c.day(), Text: c.g.telling.decision}); err != nil {
		return err
	}
	return then(c.answer, c.close)
}

// settle ends with the first talk: the consumer takes the complaint back.
func (c *course) settle() error {
	err := c.do(10, c.owner, complaint.Withdraw{How: one(c.rng, []string{"recorded_call", "recorded_call", "written", "in_person"}), Why: "问题当场解决，消费者表示满意。"})
	if err != nil || !c.kase.Open() {
		return err
	}
	return then(c.answer, c.close)
}

func (c *course) close() error {
	if !c.kase.Open() {
		return nil
	}
	return c.do(2, c.owner, complaint.Close{})
}

// step finishes a step with its required lines.
func (c *course) step(s complaint.Step) error {
	var lines []string
	for _, k := range complaint.Guides()[s].Checks {
		if k.Required || c.rng.IntN(2) == 0 {
			lines = append(lines, k.ID)
		}
	}
	return c.do(0, c.owner, complaint.FinishStep{Step: s, Checked: lines})
}

func (c *course) steps(list ...complaint.Step) error {
	for _, s := range list {
		if err := c.step(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *course) collect() error {
	if err := c.steps(complaint.Listen, complaint.Calm, complaint.Apologise); err != nil {
		return err
	}
	wait := 16.0
	for _, p := range c.kase.Live() {
		if err := c.do(wait, c.owner, complaint.Find{N: p.N, Finding: c.g.finding(p.N)}); err != nil {
			return err
		}
		wait = 0
	}
	return then(func() error { return c.do(2, c.owner, complaint.FindFault{Finding: c.g.fault}) }, func() error { return c.step(complaint.Collect) })
}

// redress proposes what is given back and has it granted by who has the authority.
func (c *course) redress() error {
	if len(c.g.telling.redress) == 0 {
		return nil
	}
	l := life{staff: c.l.staff, unit: c.kase.Unit}
	err := c.do(4, c.owner, complaint.ProposeRedress{Items: c.g.telling.redress, Why: "依核查结论和本行补偿标准"})
	if err != nil {
		return err
	}
	return c.do(3, l.grantor(c.g.refunded()), complaint.Approve{N: len(c.kase.Approvals), Note: "同意"})
}

func (c *course) decide() error {
	if err := c.step(complaint.Propose); err != nil {
		return err
	}
	if err := c.do(5, c.owner, complaint.ProposeDecision{Text: c.g.telling.decision}); err != nil {
		return err
	}
	return c.do(4, c.l.staff.lead(c.kase.Unit), complaint.Approve{N: len(c.kase.Approvals), Note: one(c.rng, []string{"同意", "同意，请尽快告知消费者", "同意。注意说明救济途径"})})
}

func (c *course) tellThem() error {
	if err := c.do(2, c.owner, complaint.IssueLetter{What: complaint.DecisionLetter, Title: "消费投诉处理决定告知书", Template: "decision", Edition: 1}); err != nil {
		return err
	}
	mode := one(c.rng, []complaint.NoticeMode{complaint.Posted, complaint.Sent, complaint.Sent, complaint.Called, complaint.HandedOver})
	proof := fmt.Sprintf(proofs[mode], c.rng.IntN(1000000))
	if err := c.do(0, c.owner, complaint.GiveNotice{Letter: len(c.kase.Letters), Mode: mode, On: c.day(), Proof: proof}); err != nil {
		return err
	}
	return then(c.perform, c.answer, func() error { return c.step(complaint.Agree) })
}

func (c *course) perform() error {
	for _, r := range c.kase.Redress {
		if err := c.do(0, c.owner, complaint.PerformRedress{N: r.N, On: c.day(), Proof: fmt.Sprintf("转账流水 %012d", c.rng.Int64N(1e12))}); err != nil {
			return err
		}
	}
	return nil
}

// answer answers every sender who waits.
func (c *course) answer() error {
	for _, r := range c.kase.LiveReferences() {
		if r.Sender == "" || !r.AnsweredOn.IsZero() {
			continue
		}
		cmd := complaint.AnswerReference{N: r.N, On: c.day(), Proof: fmt.Sprintf("转办系统回执 %08d", c.rng.IntN(100000000))}
		if err := c.do(0, c.owner, cmd); err != nil {
			return err
		}
	}
	return nil
}

func (c *course) finish() error {
	score := one(c.rng, []int{5, 5, 5, 4, 4, 4, 3, 3, 2, 1})
	if err := c.do(24, c.owner, complaint.RecordFollowUp{Reached: true, Satisfaction: score, Comment: c.g.comment}); err != nil {
		return err
	}
	return then(func() error { return c.step(complaint.FollowUpStep) }, c.close)
}

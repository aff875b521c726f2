package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/party"
)

// planner plans all lives.
type planner struct {
	rng     *rand.Rand
	cal     *calendar.Calendar
	staff   staff
	now     time.Time
	today   calendar.Date
	cases   int
	days    int
	next    func() *story
	lives   []*life
	matters int // told so far
}

// wish is what a life should be like; zero fields are left to chance.
type wish struct {
	channel party.ChannelID
	ago     int // days before today, -1 for any
	end     phase
	pace    float64
	unit    party.UnitID
	book    *casebook.Story
	shape   func(*planner, *life) // changes the registration
	fate    fate
}

// plan fills the lives: first what today must show, then what is special, then
// the ordinary rest up to the number wanted.
func (p *planner) plan() {
	p.next = bag(p.rng)
	p.showToday()
	if p.cases >= whole {
		p.special()
		p.gather()
		p.fromBook()
	}
	modes := []complaint.NoticeMode{complaint.Posted, complaint.Posted, complaint.Sent, complaint.Sent, complaint.Called, complaint.Called, complaint.HandedOver, complaint.Unreachable}
	for i := 0; len(p.lives) < p.cases; i++ {
		p.add(wish{ago: -1, fate: plain(modes[i%len(modes)])})
	}
}

// whole is how many complaints it takes to show everything; fewer show today only.
const whole = 300

// fromBook tells every story of the casebook once.
func (p *planner) fromBook() {
	for _, s := range casebook.All() {
		w := wish{ago: -1, book: &s, channel: s.Channel, fate: plain(complaint.Posted)}
		if s.Withdrawn != "" {
			w.fate = withdrawn
		}
		p.add(w)
	}
}

// channelShares are how often complaints come in on each channel, of 1000.
var channelShares = []struct {
	id    party.ChannelID
	share int
}{{"phone", 340}, {"app", 150}, {"counter", 140}, {"nfra", 100}, {"web", 80}, {"hotline_12345", 60}, {"pbc", 45}, {"email", 30}, {"letter", 20},
	{"petition", 12}, {"association", 12}, {"court", 6}, {"media", 5}}

func (p *planner) channel() party.ChannelID {
	n := p.rng.IntN(1000)
	for _, c := range channelShares {
		if n -= c.share; n < 0 {
			return c.id
		}
	}
	return "phone"
}

// daysAgo draws a day of arrival: the nearer to today the more of them.
func (p *planner) daysAgo() int {
	return int(float64(p.days) * (1 - math.Sqrt(1-p.rng.Float64())))
}

// add plans one life.
func (p *planner) add(w wish) *life {
	if w.channel == "" {
		w.channel = p.channel()
	}
	if w.ago < 0 {
		w.ago = p.daysAgo()
	}
	if w.end == 0 {
		w.end = closed
	}
	if w.pace == 0 {
		w.pace = 0.6 + p.rng.Float64()*0.8
	}
	l := &life{rng: rand.New(rand.NewPCG(p.rng.Uint64(), 1)), cal: p.cal, staff: p.staff, end: w.end, pace: w.pace}
	l.arrives = p.arrival(w.channel, w.ago)
	received := calendar.FromTime(l.arrives)
	about := p.subBranch()
	if w.book != nil {
		l.telling = tellBook(*w.book)
	} else {
		l.telling = p.next().tell(p.rng, received, p.staff.units[about].Name)
	}
	p.fill(l, w, about)
	p.place(l, w, about)
	if w.shape != nil {
		w.shape(p, l)
	}
	w.fate(l)
	p.lives = append(p.lives, l)
	return l
}

// arrival is when something comes in. What needs somebody at a desk waits for
// office hours; today it has come already.
func (p *planner) arrival(ch party.ChannelID, ago int) time.Time {
	day := p.today.AddDays(-ago)
	if ago == 0 {
		since := p.now.Sub(day.Time())
		return p.now.Add(-time.Duration(p.rng.Float64() * float64(since) * 0.9))
	}
	at := day.Time().Add(hours(8 + p.rng.Float64()*12))
	if ch == "phone" || ch == "app" || ch == "web" {
		return at
	}
	at = office(p.cal, day.Time().Add(hours(opens+p.rng.Float64()*7)))
	if at.After(p.now) {
		return p.now.Add(-time.Minute)
	}
	return at
}

func (p *planner) subBranch() party.UnitID {
	var list []party.UnitID
	for _, u := range p.staff.tree.Units() {
		if u.Level == party.SubBranch {
			list = append(list, u.ID)
		}
	}
	return one(p.rng, list)
}

// fill writes the registration form.
func (p *planner) fill(l *life, w wish, about party.UnitID) {
	elderly := p.rng.IntN(9) == 0
	l.register = complaint.Register{Channel: w.channel, Complainant: consumer(p.rng, elderly), Codes: l.codes, Amount: l.amount, Narrative: l.narrative,
		Demand: l.demand, Requests: l.requests, Points: l.claims()}
	if w.book != nil {
		r := w.book.Register(0)
		l.register.Complainant.Name, l.register.Complainant.Salutation = r.Complainant.Name, r.Complainant.Salutation
		l.register.Representative, l.register.Vulnerable = r.Representative, r.Vulnerable
	} else {
		p.people(l, elderly)
	}
	p.sender(l, p.staff.units[about].Region)
	if p.rng.IntN(12) == 0 {
		l.register.Codes = complaint.Codes{} // coded later by the handler
	}
}

// people adds who speaks for the complainant and who needs particular care.
func (p *planner) people(l *life, elderly bool) {
	d := &l.register
	if elderly {
		d.Vulnerable = []string{"elderly"}
	} else if p.rng.IntN(14) == 0 {
		d.Vulnerable = []string{one(p.rng, complaint.Vulnerabilities[1:])}
	}
	other := consumer(p.rng, false)
	switch n := p.rng.IntN(100); {
	case l.codes.LifeCycle == "service" && l.codes.Reason == "rules" && n < 3:
		d.Representative = &complaint.Representative{Kind: complaint.Heir, Name: other.Name, Phone: other.Phone, Proof: "继承公证书"}
	case n < 5:
		d.Representative = &complaint.Representative{Kind: complaint.Agent, Name: other.Name, Phone: other.Phone, Proof: "授权委托书原件"}
	case n < 7:
		d.Representative = &complaint.Representative{Kind: complaint.Agent, Name: other.Name, Phone: other.Phone}
	case n < 9:
		d.Representative = &complaint.Representative{Kind: complaint.Guardian, Name: other.Name, Phone: other.Phone, Proof: "户口本"}
	case n < 12:
		d.Complainant = company(p.rng)
	}
}

package demo

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
)

//go:embed data/stories.toml
var storiesTOML string

//go:embed data/names.toml
var namesTOML string

// story is a grievance with what the desk finds out about it.
type story struct {
	Weight   int
	Product  string
	Reason   string
	Life     string
	Business string
	Rights   []string
	Requests []string
	Low      int64 // yuan in dispute
	High     int64
	Share    int64 // percent given back
	Fault    complaint.Bearer
	Text     string
	Demand   string
	Decision string
	Point    []struct {
		Claim, Outcome, Evidence, Basis, Why string
	}
}

// words are what names, addresses and phrases are put together from.
type words struct {
	Surnames, Women, Men, Streets, Entities, Openings, Closings, Calls, Promises, Comments, Mediators, Appraisers, Media []string
}

// matter is something that is no complaint, with its answer.
type matter struct {
	Nature                complaint.Nature
	Product, Text, Answer string
}

var tales = sync.OnceValue(func() (file struct {
	Story  []*story
	Matter []matter
}) {
	mustDecode("stories.toml", storiesTOML, &file)
	return file
})

var vocabulary = sync.OnceValue(func() words {
	var w words
	mustDecode("names.toml", namesTOML, &w)
	return w
})

// mustDecode reads embedded data; the package test decodes all of it.
func mustDecode(name, text string, into any) {
	if _, err := toml.Decode(text, into); err != nil {
		panic(name + ": " + err.Error())
	}
}

// bag yields the stories in their shares, shuffled, again and again.
func bag(rng *rand.Rand) func() *story {
	var left []*story
	return func() *story {
		if len(left) == 0 {
			for _, s := range tales().Story {
				for range s.Weight {
					left = append(left, s)
				}
			}
			rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		}
		s := left[0]
		left = left[1:]
		return s
	}
}

// telling is what one consumer says and what the desk makes of it.
type telling struct {
	codes     complaint.Codes
	amount    int64 // in dispute, fen
	narrative string
	demand    string
	requests  []string
	points    []casebook.Point
	fault     complaint.FaultFinding
	redress   []complaint.Redress
	decision  string
	call      string // summary of the first contact
	promise   string
	comment   string // of the follow-up
}

// tell gives a story its numbers and the words of one person.
func (s *story) tell(rng *rand.Rand, received calendar.Date, unit string) telling {
	var amount, back int64
	if s.High > 0 {
		amount = (s.Low + rng.Int64N(s.High-s.Low+1)) * 100
		back = amount * s.Share / 10000 * 100
	}
	fill := strings.NewReplacer("{amount}", yuan(amount), "{redress}", yuan(back), "{unit}", unit,
		"{day}", chineseDay(received.AddDays(-1-rng.IntN(20))), "{tail}", fmt.Sprintf("%04d", rng.IntN(10000))).Replace
	w := vocabulary()
	t := telling{codes: complaint.Codes{Product: s.Product, Reason: s.Reason, Rights: s.Rights, LifeCycle: s.Life, Business: s.Business}, amount: amount,
		narrative: one(rng, w.Openings) + fill(s.Text) + one(rng, w.Closings), demand: fill(s.Demand), requests: s.Requests, decision: fill(s.Decision),
		call: one(rng, w.Calls), promise: one(rng, w.Promises), comment: one(rng, w.Comments), fault: faultOf(s.Fault)}
	for _, p := range s.Point {
		t.points = append(t.points, casebook.Point{Text: fill(p.Claim), Outcome: complaint.Outcome(p.Outcome), Evidence: fill(p.Evidence), Basis: fill(p.Basis), Explanation: fill(p.Why)})
	}
	switch {
	case back > 0:
		t.redress = []complaint.Redress{{What: "refund", Amount: back, Text: "退还" + yuan(back) + "元"}}
	case s.Fault != complaint.FaultNone && rng.IntN(3) == 0:
		t.redress = []complaint.Redress{{What: "apology", Text: "由负责人向消费者当面致歉"}}
	}
	return t
}

// tellBook takes a story of the casebook as it stands.
func tellBook(s casebook.Story) telling {
	t := telling{codes: complaint.Codes{Product: s.Product, Reason: s.Reason, Rights: s.Rights, LifeCycle: s.LifeCycle}, amount: s.Amount, narrative: s.Narrative,
		demand: s.Demand, requests: s.Requests, points: s.Points, decision: s.Decision, call: s.Call, promise: s.Promise, comment: s.Comment}
	for _, r := range s.Redress {
		t.redress = append(t.redress, complaint.Redress{What: r.What, Amount: r.Amount, Text: r.Text})
	}
	f := s.Fault
	t.fault = complaint.FaultFinding{Evidence: f.Evidence, Team: f.Team > 0, Company: f.Company > 0, Note: f.Note}
	for bearer, percent := range map[complaint.Bearer]int{complaint.FaultCompany: f.Company, complaint.FaultTeam: f.Team, complaint.FaultPartner: f.Partner} {
		if percent > 0 {
			t.fault.Shares = append(t.fault.Shares, complaint.Share{Bearer: bearer, Percent: percent})
		}
	}
	slices.SortFunc(t.fault.Shares, func(a, b complaint.Share) int { return strings.Compare(string(a.Bearer), string(b.Bearer)) })
	if t.fault.Shares == nil {
		t.fault.Shares = []complaint.Share{{Bearer: complaint.FaultNone}}
	}
	return t
}

func faultOf(b complaint.Bearer) complaint.FaultFinding {
	f := complaint.FaultFinding{Evidence: b != complaint.FaultNone, Shares: []complaint.Share{{Bearer: b, Percent: 100}}}
	switch b {
	case complaint.FaultCompany:
		f.Company, f.Note = true, "制度或系统存在缺陷，已列入整改。"
	case complaint.FaultTeam:
		f.Team, f.Note = true, "经办人员未按规范操作，已按内部规定问责并组织培训。"
	case complaint.FaultPartner:
		f.Company, f.Note = true, "合作机构违规，我行管理责任计入合作评价。"
		f.Shares = []complaint.Share{{Bearer: complaint.FaultCompany, Percent: 30}, {Bearer: b, Percent: 70, Name: "合作机构"}}
	default:
		f.Shares[0].Percent = 0
	}
	return f
}

func chineseDay(d calendar.Date) string {
	t := d.Time()
	return strconv.Itoa(int(t.Month())) + "月" + strconv.Itoa(t.Day()) + "日"
}

// yuan writes whole yuan with thousands separated, as people write them.
func yuan(fen int64) string {
	s := strconv.FormatInt(fen/100, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// finding answers the n-th allegation, from 1; one that is not of the story, such
// as a point added on the way, is answered as not upheld.
func (t telling) finding(n int) complaint.Finding {
	if n > len(t.points) {
		return complaint.Finding{Outcome: complaint.NotUpheld, Evidence: "已调取相关记录，没有发现与该项陈述相符的情况。", Basis: t.points[0].Basis, Explanation: "现有证据不足以支持该项主张。"}
	}
	p := t.points[n-1]
	return complaint.Finding{Outcome: p.Outcome, Evidence: p.Evidence, Basis: p.Basis, Explanation: p.Explanation}
}

func (t telling) refunded() (sum int64) {
	for _, r := range t.redress {
		sum += r.Amount
	}
	return sum
}

func (t telling) claims() []string {
	out := make([]string, len(t.points))
	for i, p := range t.points {
		out[i] = p.Text
	}
	return out
}

func one[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// consumer invents a person. Identity numbers do not exist: their month is 13.
func consumer(rng *rand.Rand, elderly bool) complaint.Complainant {
	w := vocabulary()
	c := complaint.Complainant{Salutation: "女士", Phone: fmt.Sprintf("1%d0%08d", 3+rng.IntN(7), rng.IntN(100000000)),
		Address: fmt.Sprintf("%s%d号%d室", one(rng, w.Streets), 1+rng.IntN(200), 101+rng.IntN(2400))}
	given := w.Women
	if rng.IntN(2) == 0 {
		c.Salutation, given = "先生", w.Men
	}
	c.Name = one(rng, w.Surnames) + one(rng, given)
	year := 1958 + rng.IntN(45)
	if elderly {
		year = 1940 + rng.IntN(16)
	}
	if rng.IntN(3) > 0 {
		c.IDNumber = fmt.Sprintf("000000%d13%02d%04d", year, 1+rng.IntN(28), rng.IntN(10000))
	}
	if rng.IntN(5) == 0 {
		c.Email = fmt.Sprintf("user%04d@example.com", rng.IntN(10000))
	}
	if rng.IntN(2) == 0 {
		c.Policy = fmt.Sprintf("0000%012d", rng.Int64N(1000000000000))
	}
	return c
}

// company invents an organisation that complains.
func company(rng *rand.Rand) complaint.Complainant {
	c := consumer(rng, false)
	c.Entity, c.HeadName, c.IDNumber, c.Salutation = true, c.Name, fmt.Sprintf("00000000MA%08d", rng.IntN(100000000)), ""
	c.Name = one(rng, []string{"京", "沪", "粤", "川"}) + one(rng, vocabulary().Entities)
	return c
}

// Package casebook holds made-up complaints with the whole material of their
// handling: what consumers write, what is found, decided and said. Tests play
// them end to end and the demo fills its institution with them. Nobody in them exists.
package casebook

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

//go:embed data/*.toml
var files embed.FS

// Story is one complaint from its receipt to its follow-up.
type Story struct {
	ID         string          `toml:"id"`
	Title      string          `toml:"title"`
	Row        string          `toml:"row"`  // row of the requirements that it shows, "" for most
	Kind       string          `toml:"kind"` // "bank" or "insurer"
	Channel    party.ChannelID `toml:"channel"`
	Product    string          `toml:"product"`
	Reason     string          `toml:"reason"`
	LifeCycle  string          `toml:"life_cycle"`
	Rights     []string        `toml:"rights"`
	Name       string          `toml:"name"` // of the complainant
	Salutation string          `toml:"salutation"`
	Agent      *Agent          `toml:"agent"`
	Vulnerable []string        `toml:"vulnerable"`
	Amount     int64           `toml:"amount"` // in dispute, fen
	Narrative  string          `toml:"narrative"`
	Demand     string          `toml:"demand"`
	Requests   []string        `toml:"requests"`
	Call       string          `toml:"call"`    // summary of the first call back
	Promise    string          `toml:"promise"` // what was promised in it
	Points     []Point         `toml:"point"`
	Appraisal  *Appraisal      `toml:"appraisal"`
	Fault      Fault           `toml:"fault"`
	Redress    []Redress       `toml:"redress"`
	Approver   party.Role      `toml:"approver"` // whose authority the redress needs; branch_lead when empty
	Decision   string          `toml:"decision"`
	Satisfied  int             `toml:"satisfied"` // 1 to 5, 0 not reached
	Comment    string          `toml:"comment"`   // of the follow-up
	Withdrawn  string          `toml:"withdrawn"` // why the consumer withdrew it, "" when he did not
}

// Agent complains for the complainant.
type Agent struct {
	Kind  complaint.RepresentativeKind `toml:"kind"`
	Name  string                       `toml:"name"`
	Proof string                       `toml:"proof"`
}

// Point is an allegation with its finding.
type Point struct {
	Text        string            `toml:"text"`
	Outcome     complaint.Outcome `toml:"outcome"`
	Evidence    string            `toml:"evidence"`
	Basis       string            `toml:"basis"`
	Explanation string            `toml:"explanation"`
}

// Appraisal is time that the limit does not count.
type Appraisal struct {
	What   complaint.ExclusionKind `toml:"what"`
	Body   string                  `toml:"body"`
	Days   int                     `toml:"days"`
	Result string                  `toml:"result"`
}

// Fault is who bears fault. Shares are in percent; all zero means nobody.
type Fault struct {
	Evidence bool   `toml:"evidence"`
	Company  int    `toml:"company"`
	Team     int    `toml:"team"`
	Partner  int    `toml:"partner"`
	Name     string `toml:"partner_name"`
	Note     string `toml:"note"`
}

// Redress is what the consumer is given.
type Redress struct {
	What   string `toml:"what"`
	Amount int64  `toml:"amount"` // fen
	Text   string `toml:"text"`
}

var stories = sync.OnceValue(func() []Story {
	out, err := load(files)
	if err != nil {
		panic("casebook: " + err.Error()) // embedded data; the package test reads it
	}
	return out
})

// load reads every file in the order of names; an unknown field is an error.
func load(fsys fs.FS) ([]Story, error) {
	names, err := fs.Glob(fsys, "data/*.toml")
	if err != nil {
		return nil, err
	}
	var out []Story
	for _, name := range names {
		var file struct {
			Story []Story `toml:"story"`
		}
		meta, err := toml.DecodeFS(fsys, name, &file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if u := meta.Undecoded(); len(u) > 0 {
			return nil, fmt.Errorf("%s: unknown field %s", name, u[0])
		}
		out = append(out, file.Story...)
	}
	return out, nil
}

// All returns the stories in the order of the files. Do not change them.
func All() []Story { return stories() }

// ByID returns a story.
func ByID(id string) (Story, bool) {
	for _, s := range stories() {
		if s.ID == id {
			return s, true
		}
	}
	return Story{}, false
}

// Register returns the registration of the story for a day of receipt. The
// caller adds what belongs to its own institution: unit, respondents, phone,
// identity and contract numbers.
func (s Story) Register(received calendar.Date) complaint.Register {
	r := complaint.Register{Channel: s.Channel, ReceivedOn: received, Complainant: complaint.Complainant{Name: s.Name, Salutation: s.Salutation}, Vulnerable: s.Vulnerable,
		Amount: s.Amount, Narrative: s.Narrative, Demand: s.Demand, Requests: s.Requests,
		Codes: complaint.Codes{Product: s.Product, Reason: s.Reason, LifeCycle: s.LifeCycle, Rights: s.Rights}}
	for _, p := range s.Points {
		r.Points = append(r.Points, p.Text)
	}
	if s.Agent != nil {
		r.Representative = &complaint.Representative{Kind: s.Agent.Kind, Name: s.Agent.Name, Proof: s.Agent.Proof}
	}
	return r
}

func (f Fault) finding() complaint.FaultFinding {
	out := complaint.FaultFinding{Evidence: f.Evidence, Team: f.Team > 0, Company: f.Company > 0, Note: f.Note}
	for _, s := range []complaint.Share{{Bearer: complaint.FaultCompany, Percent: f.Company}, {Bearer: complaint.FaultTeam, Percent: f.Team}, {Bearer: complaint.FaultPartner, Percent: f.Partner, Name: f.Name}} {
		if s.Percent > 0 {
			out.Shares = append(out.Shares, s)
		}
	}
	if out.Shares == nil {
		out.Shares = []complaint.Share{{Bearer: complaint.FaultNone}}
	}
	return out
}

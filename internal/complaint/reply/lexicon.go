package reply

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/text/rule"
)

//go:embed data/check.toml
var checkTOML string

//go:embed data/words.toml
var wordsTOML string

//go:embed data/templates.toml
var templatesTOML string

// Kind is what the check can find: severity, words and source are data.
type Kind struct {
	ID       string        `toml:"id"`
	Severity rule.Severity `toml:"severity"`
	Title    string        `toml:"title"`
	TitleEn  string        `toml:"title_en"`
	Text     string        `toml:"text"`
	Advice   string        `toml:"advice"`
	AdviceEn string        `toml:"advice_en"`
	Cite     string        `toml:"cite"`
	Source   string        `toml:"source"`
	Grade    string        `toml:"grade"`
}

// sentence is one sentence of the composer with the cases it is for.
type sentence struct {
	Part     string   `toml:"part"`
	Kinds    []string `toml:"kinds"`
	Products []string `toml:"products"`
	Groups   []string `toml:"groups"`
	Reasons  []string `toml:"reasons"`
	Outcomes []string `toml:"outcomes"`
	Persons  []string `toml:"persons"`
	Via      []string `toml:"via"`
	Source   string   `toml:"source"`
	Text     string   `toml:"text"`
}

type words struct {
	Verification []string            `toml:"verification"`
	Basis        []string            `toml:"basis"`
	Reason       []string            `toml:"reason"`
	Empathy      []string            `toml:"empathy"`
	Goodwill     []string            `toml:"goodwill"`
	Apology      []string            `toml:"apology"`
	FaultApology []string            `toml:"fault_apology"`
	Thanks       []string            `toml:"thanks"`
	Choice       []string            `toml:"choice"`
	Future       []string            `toml:"future"`
	Done         []string            `toml:"done"`
	Receipt      []string            `toml:"receipt"`
	Due          []string            `toml:"due"`
	Acts         []string            `toml:"acts"`
	Pays         []string            `toml:"pays"`
	NotPaid      []string            `toml:"not_paid"`
	RedressSaid  map[string][]string `toml:"redress_said"`
	Then         []string            `toml:"in_force_then"`
	Placeholders []string            `toml:"placeholders"`
	Instruments  []string            `toml:"instruments"`
	HouseRules   []string            `toml:"house_rules"`
	Ours         map[string][]string `toml:"ours"`
	NamesBefore  []string            `toml:"names_before"`
}

type lexicon struct {
	words
	limits    map[string]float64
	kinds     map[string]Kind
	order     []Kind
	sentences []sentence
	fixed     map[string]bool // sentences of the composer without facts of a case
}

// lex panics on faulty embedded data: such a program must not start.
var lex = sync.OnceValue(func() *lexicon {
	l, err := parse()
	if err != nil {
		panic(err)
	}
	return l
})

func parse() (*lexicon, error) {
	var check struct {
		Limits map[string]float64 `toml:"limits"`
		Kind   []Kind             `toml:"kind"`
	}
	var said struct {
		Sentence []sentence `toml:"sentence"`
	}
	l := &lexicon{kinds: map[string]Kind{}, fixed: map[string]bool{}}
	for _, f := range []struct {
		name, src string
		into      any
	}{{"check.toml", checkTOML, &check}, {"words.toml", wordsTOML, &l.words}, {"templates.toml", templatesTOML, &said}} {
		meta, err := toml.Decode(f.src, f.into)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if more := meta.Undecoded(); len(more) > 0 {
			return nil, fmt.Errorf("%s: unknown %s", f.name, more[0])
		}
	}
	l.limits, l.order, l.sentences = check.Limits, check.Kind, said.Sentence
	for _, k := range check.Kind {
		l.kinds[k.ID] = k
	}
	for _, s := range said.Sentence {
		for _, part := range sentences(s.Text) {
			if t := s.Text[part.start:part.end]; !strings.Contains(t, "{") {
				l.fixed[t] = true
			}
		}
	}
	return l, nil
}

// Kinds lists what the check can find, in the order of its file.
func Kinds() []Kind { return append([]Kind(nil), lex().order...) }

// KindOf returns a kind by id.
func KindOf(id string) (Kind, bool) { k, ok := lex().kinds[id]; return k, ok }

func (k Kind) cites() []rule.Cite {
	instrument, article, ok := strings.Cut(k.Cite, " ")
	if !ok {
		return nil
	}
	return []rule.Cite{{Instrument: instrument, Article: article}}
}

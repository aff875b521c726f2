package guide

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
)

//go:embed data/guide.toml
var guideTOML string

//go:embed data/strategies.toml
var strategiesTOML string

// scale is how the signs of one topic are added up.
type scale struct {
	ID     complaint.Topic `toml:"id"`
	Pack   string          `toml:"pack"`
	Key    string          `toml:"key"`
	Half   int             `toml:"half"`
	Least  int             `toml:"least"`
	Repeat int             `toml:"repeat"`
	Fade   int             `toml:"fade"`
	Most   int             `toml:"most"`
}

// mark is punctuation that weighs.
type mark struct {
	Any    []string        `toml:"any"`
	Topic  complaint.Topic `toml:"topic"`
	Value  string          `toml:"value"`
	Beside []string        `toml:"beside"`
	Weight int             `toml:"weight"`
	Most   int             `toml:"most"`
	Title  string          `toml:"title"`
}

// Care is a hint that a person is in danger or in need.
type Care struct {
	Rule   string `toml:"rule" json:"rule"`
	Danger bool   `toml:"danger" json:"danger"` // hand over to a person in charge at once
	Text   string `toml:"text" json:"text"`
	TextEn string `toml:"text_en" json:"text_en"`
	Source string `toml:"source" json:"source"`
}

type settings struct {
	Topics   []scale        `toml:"topic"`
	Weights  map[string]int `toml:"weights"`
	Marks    []mark         `toml:"mark"`
	Explicit struct {
		Rules []string `toml:"rules"`
		Half  int      `toml:"half"`
		Least int      `toml:"least"`
		Runes int      `toml:"runes"`
	} `toml:"explicit"`
	Model struct {
		Dispute int `toml:"dispute"`
	} `toml:"model"`
	Care []Care `toml:"care"`
}

var data = sync.OnceValue(func() settings {
	var s settings
	if _, err := toml.Decode(guideTOML, &s); err != nil {
		panic("guide.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return s
})

// Strategy is what helps, with the row of the requirement it comes from.
type Strategy struct {
	ID     string                       `toml:"id" json:"id"`
	Name   string                       `toml:"name" json:"name"`
	NameEn string                       `toml:"name_en" json:"name_en"`
	Text   string                       `toml:"text" json:"text"`
	TextEn string                       `toml:"text_en" json:"text_en"`
	Source string                       `toml:"source" json:"source"` // row such as S0.6
	When   map[complaint.Topic][]string `toml:"when" json:"when"`
}

// Strategies lists every strategy in the order in which they are shown.
var Strategies = sync.OnceValue(func() []Strategy {
	var f struct {
		Strategies []Strategy `toml:"strategy"`
	}
	if _, err := toml.Decode(strategiesTOML, &f); err != nil {
		panic("strategies.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return f.Strategies
})

// weight is that of the rule, or of the longest beginning of its id that has one.
func (s settings) weight(rule string) int {
	for id := rule; id != ""; {
		if w, ok := s.Weights[id]; ok {
			return w
		}
		i := strings.LastIndexByte(id, '.')
		if i < 0 {
			break
		}
		id = id[:i]
	}
	return 100
}

// speaks splits the id of a rule into the topic and the value it speaks for.
func (s settings) speaks(rule string) (scale, string, bool) {
	part := strings.SplitN(rule, ".", 4)
	if len(part) < 3 {
		return scale{}, "", false
	}
	for _, t := range s.Topics {
		if t.Pack == part[0] && t.Key == part[1] {
			return t, part[2], true
		}
	}
	return scale{}, "", false
}

// Packs are the rule packs that a reading scans with.
var Packs = []string{"emotion", "cause", "person", "codes"}

package precedent

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/classes.toml
var classesTOML string

// Class is a range of sums by which a case speaks of money.
type Class struct {
	ID   string `toml:"id"`
	Upto int64  `toml:"upto"` // fen, exclusive; 0 for the last
	Zh   string `toml:"zh"`
	En   string `toml:"en"`
}

type classes struct {
	Crowd  int     `toml:"crowd"`
	Amount []Class `toml:"amount"`
	Money  struct {
		Units []string `toml:"units"`
	} `toml:"money"`
	Days struct {
		Near   int `toml:"near"`
		Months int `toml:"months"`
	} `toml:"days"`
	Words   map[string]string `toml:"words"`
	Address struct {
		Titles []string `toml:"titles"`
		Heads  []string `toml:"heads"`
		Never  []string `toml:"never"`
	} `toml:"address"`
	Units  wordEnds `toml:"units"`
	Places wordEnds `toml:"places"`
	Law    struct {
		After []string `toml:"after"`
	} `toml:"law"`
	Short struct {
		Before []string `toml:"before"`
	} `toml:"short"`
}

// wordEnds tells names by how they end.
type wordEnds struct {
	Ends  []string `toml:"ends"`
	Plain []string `toml:"plain"`
	Leads []string `toml:"leads"`
}

var rules = sync.OnceValue(func() classes {
	var c classes
	if _, err := toml.Decode(classesTOML, &c); err != nil {
		panic("classes.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return c
})

// Classes lists the classes of sums, smallest first.
func Classes() []Class { return rules().Amount }

// ClassOf returns the class of a sum in fen; the zero Class for none.
func ClassOf(fen int64) Class {
	if fen <= 0 {
		return Class{}
	}
	for _, c := range rules().Amount {
		if c.Upto == 0 || fen < c.Upto {
			return c
		}
	}
	return Class{}
}

// ClassName returns the name of a class in a language, "" for one that is not known.
func ClassName(id, lang string) string {
	for _, c := range rules().Amount {
		if c.ID == id && lang == "en" {
			return c.En
		} else if c.ID == id {
			return c.Zh
		}
	}
	return ""
}

// Crowd is the fewest closed cases of a kind among which one is not recognised.
func Crowd() int { return rules().Crowd }

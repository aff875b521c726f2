package hook

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed data/kinds.toml
var kindsTOML string

// Kind is something that a target may be told of. See data/kinds.toml.
type Kind struct {
	ID     string   `toml:"id"`
	Name   string   `toml:"name"`
	NameEn string   `toml:"name_en"`
	Events []string `toml:"events"` // kinds of the ledger's events
}

// Test is the type of a message that only tries the way. It is subscribed by nobody.
const Test = "test"

var catalog = sync.OnceValue(func() []Kind {
	var d struct{ Kind []Kind }
	if _, err := toml.Decode(kindsTOML, &d); err != nil {
		panic("hook: kinds.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return d.Kind
})

var byEvent = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, k := range catalog() {
		for _, e := range k.Events {
			out[e] = k.ID
		}
	}
	return out
})

// Kinds returns what may be subscribed, in the order of the form.
func Kinds() []Kind { return catalog() }

// KindOf returns the kind that an event of the ledger is told as, "" for none.
func KindOf(event string) string { return byEvent()[event] }

func known(id string) bool {
	return slices.ContainsFunc(catalog(), func(k Kind) bool { return k.ID == id })
}

// Message is the body of a delivery. It says that something happened to what, and
// nothing of whom it is about: who wants to know more asks the API, with rights.
type Message struct {
	Type      string    `json:"type"` // id of a Kind, or Test
	Timestamp time.Time `json:"timestamp"`
	Data      Data      `json:"data"`
}

// Data names what it happened to.
type Data struct {
	Object string `json:"object,omitempty"` // complaint or review
	ID     string `json:"id,omitempty"`
	Number string `json:"number,omitempty"`
	Step   string `json:"step,omitempty"` // kind of the ledger's event
	URL    string `json:"url,omitempty"`  // of the page
}

// Body writes the message.
func (m Message) Body() ([]byte, error) { return json.Marshal(m) }

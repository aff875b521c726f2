package review

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/labels.toml
var labelsTOML string

var labels = sync.OnceValue(func() map[string]map[string]Name {
	var l map[string]map[string]Name
	if _, err := toml.Decode(labelsTOML, &l); err != nil {
		panic("labels.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return l
})

// Name is a name in both languages.
type Name struct {
	Zh string `toml:"zh"`
	En string `toml:"en"`
}

// In returns the name in a language; any but "en" gives Chinese.
func (n Name) In(lang string) string {
	if lang == "en" {
		return n.En
	}
	return n.Zh
}

// Label returns the name of a value of an enumeration, such as Label("state",
// "draft", "zh"); what is not known is returned as it is.
func Label(group, id, lang string) string {
	l, ok := labels()[group][id]
	if !ok {
		return id
	}
	return l.In(lang)
}

// LabelGroups lists the groups that Label knows, sorted.
func LabelGroups() []string { return slices.Sorted(maps.Keys(labels())) }

// ChannelIDs lists the channels by which material reaches consumers, sorted.
func ChannelIDs() []string { return slices.Sorted(maps.Keys(labels()["channel"])) }

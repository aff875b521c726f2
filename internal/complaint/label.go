package complaint

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/labels.toml
var labelsTOML string

type label struct {
	Zh string `toml:"zh"`
	En string `toml:"en"`
}

var labels = sync.OnceValue(func() map[string]map[string]label {
	var l map[string]map[string]label
	if _, err := toml.Decode(labelsTOML, &l); err != nil {
		panic("labels.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return l
})

// Label returns the name of a value of an enumeration, such as Label("state",
// "new", "zh"). Any language but "en" gives Chinese; what is not known is
// returned as it is.
func Label(group, id, lang string) string {
	l, ok := labels()[group][id]
	switch {
	case !ok:
		return id
	case lang == "en":
		return l.En
	}
	return l.Zh
}

// LabelGroups lists the groups that Label knows, sorted.
func LabelGroups() []string { return slices.Sorted(maps.Keys(labels())) }

// LabelIDs lists the values of a group, sorted.
func LabelIDs(group string) []string { return slices.Sorted(maps.Keys(labels()[group])) }

// CaseFileReasons are the reasons a person may choose when a sealed case file is
// taken out of the program.
var CaseFileReasons = []string{"regulator", "court", "mediation", "audit", "archive", "other"}

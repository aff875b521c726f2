package app

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/remedies.toml
var remediesTOML string

type remedyBody struct {
	Kind   string `toml:"kind"`
	Region string `toml:"region"`
	Body   string `toml:"body"`
}

var remedyBodies = sync.OnceValue(func() []remedyBody {
	var file struct {
		Remedy []remedyBody `toml:"remedy"`
	}
	if _, err := toml.Decode(remediesTOML, &file); err != nil {
		panic("remedies.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.Remedy
})

// remedyBodyFor names the body to which a consumer of a region may turn.
func remedyBodyFor(kind, region string) string {
	for _, r := range remedyBodies() {
		if r.Kind == kind && strings.HasPrefix(region, r.Region) {
			return r.Body
		}
	}
	return ""
}

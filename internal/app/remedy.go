package app

import (
	_ "embed"
	"strings"
)

//go:embed data/remedies.toml
var remediesTOML string

type remedyBody struct {
	Kind   string `toml:"kind"`
	Region string `toml:"region"`
	Body   string `toml:"body"`
}

type remedyFile struct {
	Remedy []remedyBody `toml:"remedy"`
}

var remedies = builtIn[remedyFile]("remedies.toml", remediesTOML, nil)

// remedyBodyFor names the body to which a consumer of a region may turn.
func remedyBodyFor(kind, region string) string {
	for _, r := range remedies().Remedy {
		if r.Kind == kind && strings.HasPrefix(region, r.Region) {
			return r.Body
		}
	}
	return ""
}

package cli

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"

	"xiaobao/internal/ledger"
	"xiaobao/internal/seal"
	"xiaobao/internal/server"
)

// build is what is known of the program file.
type build struct {
	Version  string   `json:"version"`
	Revision string   `json:"revision,omitempty"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Hash     []string `json:"hash"`    // what the setting hash may say
	Sealing  []string `json:"sealing"` // what the setting sealing may say
}

func buildOf() build {
	version, revision := server.Build()
	return build{Version: version, Revision: revision, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Hash: slices.Sorted(maps.Keys(ledger.Algs)), Sealing: []string{string(seal.AES256GCM), string(seal.SM4GCM)}}
}

var versionCommand = command{
	name:  "version",
	brief: text{"版本", "version"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.json(&asJSON)
		return func(_ context.Context, c *call) error {
			b := buildOf()
			if asJSON {
				return c.printJSON(b)
			}
			c.printf("小保 %s（%s，%s）\n", "Xiaobao %s (%s, %s)\n", b.Version, b.Go, b.Platform)
			c.printf("摘要 %s；密封 %s\n", "hashes %s; sealing %s\n", strings.Join(b.Hash, ", "), strings.Join(b.Sealing, ", "))
			return nil
		}
	},
}

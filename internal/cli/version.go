package cli

import (
	"context"
	"runtime"
	"runtime/debug"
)

// build is what is known of the program file.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildOf() build {
	b := build{Version: "dev", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
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
			return nil
		}
	},
}

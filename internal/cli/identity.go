package cli

import (
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/identity"
)

// setSources lets people of a directory or an issuer sign in, when a file says so.
func (c *call) setSources(a *app.App) error {
	path := strings.TrimSpace(c.conf.get("identity-file"))
	if path == "" {
		return nil
	}
	s, err := identity.ReadSources(path, a.Now)
	if err == nil {
		a.UseSources(s)
	}
	return err
}

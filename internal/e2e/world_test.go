package e2e

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
	"xiaobao/internal/web/webtest"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	code := m.Run()
	webtest.Close()
	removeBinary()
	os.Exit(code)
}

// world is an institution behind the whole server.
type world struct {
	*servertest.World
	t testing.TB
}

func newWorld(t testing.TB) world {
	t.Helper()
	return world{servertest.New(t, func(o *server.Options) {
		o.API = func(site *web.Site, a *app.App) http.Handler {
			return api.New(api.Options{App: a, Log: o.Log, Asset: site.Assets().URL})
		}
	}), t}
}

func (w world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w world) today() calendar.Date { return calendar.FromTime(w.Now()) }

// fold is the case as the ledger has it, for what no page says.
func (w world) fold(id complaint.ID) complaint.Case {
	w.t.Helper()
	p, err := w.App.Case(ctx, w.Actor("office"), id)
	w.ok(err)
	return p.Case
}

func (w world) register(who party.PersonID, d complaint.Register) complaint.ID {
	w.t.Helper()
	r, err := w.App.Register(ctx, w.Actor(who), d)
	w.ok(err)
	return r.ID
}

// size is the number of events in the ledger, readings included.
func (w world) size() int64 {
	w.t.Helper()
	n, err := w.App.LedgerSize(ctx)
	w.ok(err)
	return n
}

// sound fails unless the ledger is whole and the read tables are what it gives.
func (w world) sound() {
	w.t.Helper()
	report, err := w.Store.Verify(ctx, storage.VerifyOptions{})
	w.ok(err)
	if !report.OK() {
		w.t.Errorf("the ledger is damaged: %v", report.Damages)
	}
	r, err := w.Store.RebuildReadTables(ctx, storage.RebuildOptions{})
	w.ok(err)
	if d := r.Differing(); d != nil {
		w.t.Errorf("tables are not what the events give: %v", d)
	}
}

// clipped is the end of a text, for messages.
func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[max(0, len(s)-1200):]
}

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/storage/storagetest"
)

// An institution that outgrew one file moves to PostgreSQL and back: every number
// that was told is there, the attachment opens, and both ledgers are whole.
func TestMoveUpAndBack(t *testing.T) {
	o := storagetest.Postgres(t)
	h, c := founded(t)
	l := &ledgerOfClients{told: map[string]receipt{}, open: map[string]bool{}}
	s := h.serve()
	for i := range 12 {
		if err := c.registers(t, s.URL, fmt.Sprint("small-", i), l); err != nil {
			t.Fatal(err)
		}
	}
	if status := c.attaches(t, s.URL, l.told["small-3"].ID, "照片.png", png); status != http.StatusOK {
		t.Fatalf("attach: %d", status)
	}
	s.stop(t)
	h.movesBroken(o.DSN)
	up := h.moves(o.DSN)
	large := house{t: t, data: h.data, dsn: o.DSN}
	s = large.serve()
	for i := range 6 {
		if err := c.registers(t, s.URL, fmt.Sprint("large-", i), l); err != nil {
			t.Fatal(err)
		}
	}
	c.findsAll(t, s.URL, l)
	s.stop(t)
	if r := h.run("move", "--to", o.DSN); r.code != 1 || !strings.Contains(r.err, "空") {
		t.Errorf("into a database in use: exit %d, %q", r.code, r.err)
	}
	back := house{t: t, data: filepath.Join(t.TempDir(), "again")}
	large.movesBroken(back.data)
	down := large.moves(back.data)
	if down.Attachments != 1 || down.Events <= up.Events {
		t.Errorf("up %+v, down %+v", up, down)
	}
	if err := os.Link(filepath.Join(h.data, "master.key"), filepath.Join(back.data, "master.key")); err != nil {
		t.Fatal(err)
	}
	s = back.serve()
	c.findsAll(t, s.URL, l)
	s.stop(t)
	back.sound(l.count())
	if r := h.run("move", "--to", back.data); r.code != 1 || !strings.Contains(r.err, "空目录") {
		t.Errorf("into a folder in use: exit %d, %q", r.code, r.err)
	}
	if r := h.run("move"); r.code != 2 {
		t.Errorf("without a target: exit %d", r.code)
	}
}

// movedTo is what the command tells of a move.
type movedTo struct {
	Rows, Events, Missed int64
	Attachments          int
	Verified             bool
}

func (h house) moves(to string) (m movedTo) {
	h.t.Helper()
	h.must(&m, "move", "--to", to)
	if !m.Verified || m.Missed != 0 || m.Rows < m.Events {
		h.t.Errorf("move: %+v", m)
	}
	return m
}

// movesBroken kills a move, each time a little later, until the target is one
// that nothing opens because the move is not finished.
func (h house) movesBroken(to string) {
	h.t.Helper()
	half := house{t: h.t, data: to}
	if strings.HasPrefix(to, "postgres") {
		half = house{t: h.t, data: h.data, dsn: to}
	}
	for after := 60 * time.Millisecond; ; after += after / 4 {
		cmd := h.command("move", "--to", to)
		if err := cmd.Start(); err != nil {
			h.t.Fatal(err)
		}
		kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		done := cmd.Wait() == nil
		kill.Stop()
		if done {
			h.t.Fatal("the move was done before a kill left it unfinished")
		}
		if r := half.run("verify", "--master-key-file", filepath.Join(h.data, "master.key")); strings.Contains(r.err, "没有做完的搬运") {
			return
		}
	}
}

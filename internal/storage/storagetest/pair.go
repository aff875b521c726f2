package storagetest

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Pair is a PostgreSQL primary with a synchronous standby, both on this machine
// and gone with the test.
type Pair struct {
	DSN  string // names both hosts and follows the one that takes writes
	bin  string
	dir  string
	attr *syscall.SysProcAttr
	port [2]int
}

// StartPair starts primary and standby and returns when every commit waits for
// the standby. Without PostgreSQL the test is skipped, or fails where nothing may be.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	p := &Pair{bin: binaries()}
	if p.bin == "" {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatal("PostgreSQL is not installed")
		}
		t.Skip("PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql/*/bin): install it to run this test")
	}
	var err error
	if p.dir, err = os.MkdirTemp("", "xiaobao-pair-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill(0)
		p.kill(1)
		_ = os.RemoveAll(p.dir)
	})
	if err := p.boot(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *Pair) boot() (err error) {
	if p.attr, err = unprivileged(p.dir); err != nil {
		return err
	}
	for i := range p.port {
		if p.port[i], err = freePort(); err != nil {
			return err
		}
	}
	p.DSN = fmt.Sprintf("postgres://postgres@127.0.0.1:%d,127.0.0.1:%d/xiaobao?sslmode=disable&target_session_attrs=read-write&connect_timeout=3", p.port[0], p.port[1])
	if err := p.run("initdb", "-D", p.data(0), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return err
	}
	if err := p.start(0); err != nil {
		return err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=standby", p.port[0])
	if err := p.run("pg_basebackup", "-d", from, "-D", p.data(1), "-R", "-X", "stream", "-c", "fast"); err != nil {
		return err
	}
	if err := p.start(1); err != nil {
		return err
	}
	return p.synchronise()
}

// synchronise makes commits of the primary wait for the standby.
func (p *Pair) synchronise() error {
	db, err := sql.Open("pgx", fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", p.port[0]))
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range []string{`CREATE DATABASE xiaobao`, `ALTER SYSTEM SET synchronous_standby_names = 'standby'`, `SELECT pg_reload_conf()`} {
		if _, err := db.Exec(q); err != nil {
			return err
		}
	}
	for range 600 {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'`).Scan(&n); err != nil || n == 1 {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the standby does not follow; see %s", p.dir)
}

func (p *Pair) data(i int) string { return filepath.Join(p.dir, [...]string{"primary", "standby"}[i]) }

func (p *Pair) start(i int) error {
	// Whole processes die here, not the machine: the standby's copy is what is tested, not this disk.
	options := fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 -c shared_buffers=64MB -c wal_level=replica -c hot_standby=on -c synchronous_commit=on", p.port[i], p.dir)
	return p.run("pg_ctl", "-D", p.data(i), "-w", "-l", p.data(i)+".log", "-o", options, "start")
}

func (p *Pair) run(args ...string) error {
	cmd := exec.Command(filepath.Join(p.bin, args[0]), args[1:]...)
	cmd.Dir, cmd.SysProcAttr = p.dir, p.attr
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	log, err := os.Create(filepath.Join(p.dir, args[0]+".out")) // a pipe would stay open in the server
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		out, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return nil
}

// KillPrimary ends every process of the primary as a lost machine does.
func (p *Pair) KillPrimary() { p.kill(0) }

// kill is kill -9 of a server's whole process group.
func (p *Pair) kill(i int) {
	raw, err := os.ReadFile(filepath.Join(p.data(i), "postmaster.pid"))
	if err != nil {
		return
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	if pid, err := strconv.Atoi(first); err == nil && pid > 1 {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	_ = os.Remove(filepath.Join(p.data(i), "postmaster.pid"))
}

// Promote makes the standby the primary, as the operator does after a loss.
func (p *Pair) Promote(t testing.TB) {
	t.Helper()
	if err := p.run("pg_ctl", "-D", p.data(1), "-w", "promote"); err != nil {
		t.Fatal(err)
	}
}

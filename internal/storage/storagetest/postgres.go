package storagetest

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for CREATE DATABASE

	"xiaobao/internal/storage"
)

// cluster is the PostgreSQL server of this test binary. It lives until the
// binary ends: a watcher process stops it then, however the binary ended.
var cluster struct {
	once sync.Once
	dsn  string // of a database, as a format with %s
	err  error
	none string // why there is none, when that is no error
	mu   sync.Mutex

	alive io.Closer // held open, so that the watcher sees when this process ends
}

const templateName = "xiaobao_template"

// Postgres returns options of an empty migrated PostgreSQL database of the test's
// own. It skips the test when PostgreSQL is not installed.
func Postgres(t testing.TB) storage.Options {
	t.Helper()
	cluster.once.Do(startCluster)
	if cluster.none != "" {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatal(cluster.none)
		}
		t.Skip(cluster.none)
	}
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	name := randomName("t_")
	if err := clone(name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin(fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name)) })
	return storage.Options{Dir: t.TempDir(), DSN: fmt.Sprintf(cluster.dsn, name), Master: Master}
}

// clone makes a database from the template, one at a time: PostgreSQL refuses a
// template that is being copied elsewhere.
func clone(name string) error {
	cluster.mu.Lock()
	defer cluster.mu.Unlock()
	return admin(fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY`, name, templateName)) // a quarter of the work of a copy through the log
}

func admin(q string) error {
	db, err := sql.Open("pgx", fmt.Sprintf(cluster.dsn, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(q)
	return err
}

func startCluster() {
	bin := binaries()
	if bin == "" {
		cluster.none = "PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql/*/bin): install it to run this test"
		return
	}
	cluster.err = bootCluster(bin)
}

// binaries finds the folder of initdb, the newest version first.
func binaries() string {
	if p, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil { // its neighbours lie there
			p = real
		}
		return filepath.Dir(p)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

func bootCluster(bin string) error {
	dir, err := os.MkdirTemp("", "xiaobao-pg-")
	if err != nil {
		return err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	run := func(args ...string) error {
		cmd := exec.Command(filepath.Join(bin, args[0]), args[1:]...)
		cmd.Dir, cmd.SysProcAttr = dir, attr
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		log, err := os.Create(filepath.Join(dir, args[0]+".out")) // a pipe would stay open in the server
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
	if err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return err
	}
	// Tests want a quick server, not a durable one: the crash tests are SQLite's.
	options := fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 -c shared_buffers=64MB", port, dir)
	if err := run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", options, "start"); err != nil {
		return err
	}
	if err := watch(bin, dir, data, attr); err != nil {
		return err
	}
	cluster.dsn = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%%s?sslmode=disable", port)
	return makeTemplateDatabase()
}

// watch starts a shell that waits for the end of this process (its standard input
// closes) and then stops the cluster and removes its folder.
func watch(bin, dir, data string, attr *syscall.SysProcAttr) error {
	cmd := exec.Command("/bin/sh", "-c", `trap '' INT TERM HUP; cat >/dev/null; "$0"/pg_ctl -D "$1" -m immediate stop >/dev/null 2>&1; rm -rf "$2"`, bin, data, dir)
	own := syscall.SysProcAttr{Setpgid: true}
	if attr != nil {
		own.Credential = attr.Credential
	}
	cmd.SysProcAttr = &own
	var err error
	if cluster.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

// unprivileged returns how to run as somebody else when we are root, which
// initdb refuses, and gives that user the folder.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	var u *user.User
	var err error
	for _, name := range []string{"postgres", "nobody"} {
		if u, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("running as root and no user postgres or nobody to start PostgreSQL: %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("user %s has no numeric id", u.Username)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// freePort is a port that nobody listens on, from below those that the system gives to
// whoever asks for any: nobody is given it before PostgreSQL takes it.
func freePort() (int, error) {
	var last error
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
		last = err
	}
	return 0, last
}

func makeTemplateDatabase() error {
	if err := admin(`CREATE DATABASE ` + templateName); err != nil {
		return err
	}
	s, err := storage.Open(context.Background(), storage.Options{DSN: fmt.Sprintf(cluster.dsn, templateName), Master: Master, Rand: sameRoot()})
	if err != nil {
		return err
	}
	return s.Close()
}

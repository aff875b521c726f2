package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the real binary, made once for all tests.
var built struct {
	sync.Once
	dir, path string
	err       error
}

func binary(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "xiaobao-e2e-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "xiaobao")
		cmd := exec.Command("go", "build", "-o", built.path, "xiaobao/cmd/xiaobao")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = errors.New(string(out))
		} else {
			built.err = os.Chmod(built.dir, 0o755) // somebody else runs it too
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func removeBinary() {
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
}

// house is the data folder of a real program.
type house struct {
	t    testing.TB
	data string
	dsn  string              // "": SQLite in the data folder
	as   *syscall.Credential // who runs it; nil: who runs the tests
	env  []string            // further settings
}

// result is what a command printed and said.
type result struct {
	out, err string
	code     int
}

func (h house) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary(h.t), append(args, "--data", h.data)...)
	cmd.Env = []string{"XIAOBAO_LANG=zh", "PATH=" + os.Getenv("PATH"), "HOME=" + h.data, "TMPDIR=" + os.TempDir()}
	if h.dsn != "" {
		cmd.Env = append(cmd.Env, "XIAOBAO_DSN="+h.dsn)
	}
	cmd.Env = append(cmd.Env, h.env...)
	if h.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.as}
	}
	return cmd
}

// run runs a command on the data to its end.
func (h house) run(args ...string) result {
	h.t.Helper()
	return h.end(h.command(args...))
}

// plain runs a command that needs no data.
func (h house) plain(args ...string) result {
	h.t.Helper()
	cmd := exec.Command(binary(h.t), args...)
	cmd.Env = []string{"XIAOBAO_LANG=zh", "HOME=" + os.TempDir()}
	return h.end(cmd)
}

func (h house) end(cmd *exec.Cmd) result {
	h.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return result{out.String(), errs.String(), exit.ExitCode()}
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return result{out.String(), errs.String(), 0}
}

// must runs a command that has to succeed and reads its JSON.
func (h house) must(into any, args ...string) {
	h.t.Helper()
	r := h.run(append(args, "--json")...)
	if r.code != 0 {
		h.t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	if err := json.Unmarshal([]byte(r.out), into); err != nil {
		h.t.Fatalf("%v: %v\n%s", args, err, r.out)
	}
}

// running is a server under way.
type running struct {
	URL    string `json:"url"`
	First  bool   `json:"first"`
	People []struct{ Login, Password string }
	cmd    *exec.Cmd
	ended  chan error
	errs   *bytes.Buffer
}

// serve starts the server and waits until it says where it is.
func (h house) serve() *running {
	h.t.Helper()
	r, err := h.start()
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h house) start() (*running, error) {
	r := &running{cmd: h.command("serve", "--addr", "127.0.0.1:0", "--json", "--log-level", "error"), ended: make(chan error, 1), errs: new(bytes.Buffer)}
	r.cmd.Stderr = r.errs
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	h.t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(r); err != nil {
		_ = r.cmd.Wait()
		return nil, fmt.Errorf("serve: %w\n%s", err, r.errs)
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		r.ended <- r.cmd.Wait()
	}()
	return r, nil
}

// kill is kill -9; it returns when the process is gone.
func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.ended
}

// stop asks the program to end and returns how it did.
func (r *running) stop(t testing.TB) {
	t.Helper()
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("the server ended with %v\n%s", err, r.errs)
		}
	case <-time.After(30 * time.Second):
		t.Error("the server does not end on SIGTERM")
		r.kill()
	}
}

// caller talks to the API of a server with a token.
type caller struct{ token string }

func (c caller) do(method, url, key string, body, into any) (int, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && into != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(answer, into)
	}
	return resp.StatusCode, err
}

// founded makes an institution with a clerk and a token for him.
func founded(t testing.TB) (house, caller) {
	t.Helper()
	h := house{t: t, data: filepath.Join(t.TempDir(), "data")}
	first := h.serve()
	first.isFirst(t)
	first.stop(t)
	return h, h.clerk()
}

// isFirst fails unless a server made the institution and its administrator.
func (r *running) isFirst(t testing.TB) {
	t.Helper()
	if !r.First || len(r.People) != 1 || r.People[0].Login != "admin" || r.People[0].Password == "" {
		t.Fatalf("first start: %+v", r)
	}
}

// clerk adds a handler and makes a token for him.
func (h house) clerk() caller {
	h.t.Helper()
	var person struct{ Login, Password string }
	h.must(&person, "user", "add", "--login", "clerk", "--name", "李雯", "--roles", "handler")
	var token struct{ Token string }
	h.must(&token, "token", "create", "--as", "clerk", "--name", "柜面系统", "--scopes", "read,write")
	if person.Password == "" || !strings.HasPrefix(token.Token, "xb_") {
		h.t.Fatalf("person %+v, token %+v", person, token)
	}
	return caller{token.Token}
}

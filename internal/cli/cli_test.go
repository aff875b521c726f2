package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"xiaobao/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"xiaobao": func() {
			code := cli.Run(context.Background(), cli.System(), os.Args[1:])
			if path := os.Getenv("STATUS"); path != "" {
				_ = os.WriteFile(path, []byte(strconv.Itoa(code)), 0o600)
			}
			os.Exit(code)
		},
	})
}

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "zh_CN.UTF-8")
			e.Setenv("STATUS", e.WorkDir+"/.status")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "start": start, "recipient": recipient},
	})
}

// status N checks the exit code of the xiaobao that ran last.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if got := ts.ReadFile(ts.Getenv("STATUS")); len(args) != 1 || got != args[0] {
		ts.Fatalf("%s", fmt.Sprintf("exit code %s, want %v", got, args))
	}
}

// recipient NAME FILE sets a variable to the public key that stands in a file of
// an age identity.
func recipient(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(`age1[0-9a-z]+`).FindString(ts.ReadFile(args[1]))
	if found == "" {
		ts.Fatalf("no public key in %s", args[1])
	}
	ts.Setenv(args[0], found)
}

// screen is what a running command has printed so far.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

var urlText = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start FILE ARGS... runs a server until it answers, keeps what it printed in
// FILE, stops it as Ctrl-C does and wants the exit code 0.
func start(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, errs, ended := &screen{}, &screen{}, make(chan int, 1)
	w := cli.World{In: strings.NewReader(""), Out: out, Err: errs, Env: ts.Getenv, Now: time.Now}
	go func() { ended <- cli.Run(ctx, w, args[1:]) }()
	for !urlText.MatchString(out.String()) {
		select {
		case code := <-ended:
			ts.Fatalf("it ended with %d: %s", code, errs)
		case <-time.After(5 * time.Millisecond):
		}
	}
	for _, path := range []string{"/healthz", "/sign-in"} {
		page, err := http.Get(urlText.FindString(out.String()) + path)
		ts.Check(err)
		_, _ = io.Copy(io.Discard, page.Body)
		page.Body.Close()
		if page.StatusCode != http.StatusOK {
			ts.Fatalf("%s answers %s", path, page.Status)
		}
	}
	cancel()
	if code := <-ended; code != cli.OK {
		ts.Fatalf("it ended with %d: %s", code, errs)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

// TestStoppedCommand: a command that is interrupted says so, and that it may be run
// again, instead of the name of an error.
func TestStoppedCommand(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := run("generate", "--data", dir, "--cases", "5", "--branches", "1"); code != cli.OK {
		t.Fatal(errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := cli.Run(ctx, cli.World{Out: &out, Err: &errs, Env: func(string) string { return "" }, Now: time.Now}, []string{"rebuild", "--data", dir})
	if want := "已按要求中断。再运行一次即可。\n"; code != cli.Failure || !strings.HasSuffix(errs.String(), want) || strings.Contains(errs.String(), "canceled") {
		t.Errorf("code %d: %s", code, &errs)
	}
}

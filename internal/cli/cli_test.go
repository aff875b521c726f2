package cli_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status N checks the exit code of the xiaobao that ran last.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if got := ts.ReadFile(ts.Getenv("STATUS")); len(args) != 1 || got != args[0] {
		ts.Fatalf("%s", fmt.Sprintf("exit code %s, want %v", got, args))
	}
}

package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// crowdVar tells the test binary to be the crowd of TestTenThousandConnections: a
// process of its own, because one may not have both ends of so many open.
const crowdVar = "XIAOBAO_TEST_CROWD"

// beCrowd opens n connections that ask nothing and waits until each was ended.
func beCrowd(to string) {
	addr, times, _ := strings.Cut(to, " ")
	var n int
	_, err := fmt.Sscan(times, &n)
	var silent []net.Conn
	for err == nil && len(silent) < n {
		var c net.Conn
		if c, err = net.Dial("tcp", addr); err == nil {
			silent = append(silent, c)
		}
	}
	fmt.Println("open", len(silent), err)
	for _, c := range silent {
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			fmt.Println("deadline", err)
		}
		_, err := io.Copy(io.Discard, c)
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
			fmt.Println("a silent connection is still open")
		}
	}
	fmt.Println("ended", len(silent))
}

// crowd is the process, and what it says.
type crowd struct {
	t    *testing.T
	said *bufio.Scanner
}

func newCrowd(t *testing.T, addr string, n int) crowd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", crowdVar, addr, n))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return crowd{t, bufio.NewScanner(out)}
}

func (c crowd) says(want string) {
	c.t.Helper()
	if !c.said.Scan() || c.said.Text() != want {
		c.t.Fatalf("the crowd says %q, want %q", c.said.Text(), want)
	}
}

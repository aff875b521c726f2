// Command xiaobao runs the cycle of financial consumer protection. Everything it
// does is in internal/cli; here are only the streams, the signals and the exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"xiaobao/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.System(), os.Args[1:])
	stop()
	os.Exit(code)
}

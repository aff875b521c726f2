package server

import (
	"net"

	"golang.org/x/net/netutil"
)

// maxConnections bounds how many connections are open at once. Beyond it they
// wait in the system's queue instead of taking memory; those that send nothing
// end after headerTime and make room.
const maxConnections = 12_000

// bounded is a listener that keeps to the bound.
func bounded(l net.Listener) net.Listener { return netutil.LimitListener(l, maxConnections) }

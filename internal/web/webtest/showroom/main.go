// Command showroom serves the gallery of shared parts to people who work on
// the look of the pages:
//
//	go run ./internal/web/webtest/showroom [--addr 127.0.0.1:8090]
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"xiaobao/internal/web/webtest"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8090", "where to listen")
	flag.Parse()
	if err := serve(*addr); err != nil {
		fmt.Fprintln(os.Stderr, "showroom:", err)
		os.Exit(1)
	}
}

func serve(addr string) error {
	gallery, err := webtest.Gallery()
	if err != nil {
		return err
	}
	for name := range webtest.Samples() {
		fmt.Printf("http://%s/gallery/%s\n", addr, name)
	}
	server := &http.Server{Addr: addr, Handler: gallery, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// Command shot takes pictures of a page for people who look at pages:
//
//	go run ./internal/web/webtest/shot [--width 1440] [--dark] [--cookie name=value] URL OUT.png
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"

	"xiaobao/internal/web/webtest"
)

func main() {
	width := flag.Int64("width", 1440, "width of the window in pixels")
	dark := flag.Bool("dark", false, "prefer dark pages")
	var cookies cookieFlag
	flag.Var(&cookies, "cookie", "name=value, as often as needed")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: shot [--width N] [--dark] [--cookie name=value] URL OUT.png")
		os.Exit(2)
	}
	err := take(flag.Arg(0), flag.Arg(1), *width, *dark, cookies)
	webtest.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "shot:", err)
		os.Exit(1)
	}
}

type cookieFlag []string

func (c *cookieFlag) String() string { return strings.Join(*c, "; ") }

func (c *cookieFlag) Set(s string) error {
	if !strings.Contains(s, "=") {
		return errors.New("a cookie is name=value")
	}
	*c = append(*c, s)
	return nil
}

func take(address, file string, width int64, dark bool, cookies []string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	tab, end, err := webtest.NewTab()
	if err != nil {
		return err
	}
	defer end()
	for _, c := range cookies {
		name, value, _ := strings.Cut(c, "=")
		if err := tab.Cookie(u.Scheme+"://"+u.Host, name, value); err != nil {
			return err
		}
	}
	if err := errors.Join(tab.Viewport(width, 900), tab.Dark(dark), tab.Go(address)); err != nil {
		return err
	}
	png, err := tab.Picture()
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o600)
}

// Package webtest drives the pages in a real browser and checks their markup;
// only tests and the developer's commands below it import it.
package webtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in the browser may take.
const patience = 20 * time.Second

// browser is the one of this process: tabs are cheap, browsers are not.
var browser struct {
	sync.Mutex
	ctx    context.Context
	cancel func()
}

// Main runs a package's tests and closes the browser after them. Packages that
// call Start use it as their TestMain: func TestMain(m *testing.M) { webtest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	Close()
	os.Exit(code)
}

// Close ends the browser of this process, if there is one, and its profile.
func Close() {
	browser.Lock()
	defer browser.Unlock()
	if browser.cancel != nil {
		browser.cancel()
		browser.cancel = nil
	}
}

// Find returns the path of a Chromium, empty if there is none.
func Find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// launch starts the browser or returns the running one.
func launch() (context.Context, error) {
	browser.Lock()
	defer browser.Unlock()
	if browser.cancel != nil {
		return browser.ctx, nil
	}
	path := Find()
	if path == "" {
		return nil, fmt.Errorf("webtest: no chromium on this machine")
	}
	profile, err := os.MkdirTemp("", "xiaobao-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-features", "Translate,MediaRouter,OptimizationHints"),
		chromedp.Flag("lang", "zh-CN"), chromedp.Flag("accept-lang", "zh-CN"), chromedp.Flag("font-render-hinting", "none"),
		chromedp.WindowSize(1440, 900))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(alloc)
	closeAll := func() { stop(); stopAlloc(); _ = os.RemoveAll(profile) }
	if err := chromedp.Do(ctx); err != nil {
		closeAll()
		return nil, fmt.Errorf("webtest: start %s: %w", path, err)
	}
	browser.ctx, browser.cancel = ctx, closeAll
	return ctx, nil
}

// Tab is one tab with cookies of its own.
type Tab struct {
	ctx     context.Context
	console *console
}

// NewTab opens a tab; the returned function closes it.
func NewTab() (*Tab, func(), error) {
	root, err := launch()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	tab := &Tab{ctx: ctx, console: &console{}}
	if err := chromedp.Listen(ctx, tab.console.hear); err != nil {
		cancel()
		return nil, nil, err
	}
	return tab, cancel, tab.Viewport(1440, 900)
}

// do runs actions in the tab, each within patience.
func (t *Tab) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// Viewport sets the size of the window in CSS pixels.
func (t *Tab) Viewport(width, height int64) error {
	return t.do(chromedp.EmulateViewport(width, height))
}

// Dark makes the tab prefer dark pages, as the automatic theme follows.
func (t *Tab) Dark(dark bool) error {
	value := "light"
	if dark {
		value = "dark"
	}
	_, err := chromedp.Call(t.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
	return err
}

// Go opens an address and waits until it is there.
func (t *Tab) Go(url string) error {
	return t.do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("body")))
}

// Picture returns the whole page as PNG.
func (t *Tab) Picture() ([]byte, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.FullScreenshot(100))
}

// Cookie gives the tab a cookie of a server, such as a session.
func (t *Tab) Cookie(base, name, value string) error {
	_, err := chromedp.Call(t.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: base})
	return err
}

package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Page is a tab under test: every step that fails ends the test with a picture
// of the page in its temporary folder.
type Page struct {
	*Tab
	t    testing.TB
	base string
}

// Start opens a tab on a server. Without a Chromium the test is skipped, unless
// XIAOBAO_REQUIRE_ALL=1 says that everything must run. A complaint in the
// console that nobody took with Console fails the test at its end.
func Start(t testing.TB, base string) *Page {
	t.Helper()
	if Find() == "" {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatal("no chromium on this machine, and XIAOBAO_REQUIRE_ALL=1")
		}
		t.Skip("no chromium on this machine")
	}
	tab, end, err := NewTab()
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Tab: tab, t: t, base: strings.TrimSuffix(base, "/")}
	t.Cleanup(func() {
		for _, line := range p.Console() {
			t.Errorf("console of the page: %s", line)
		}
		end()
	})
	return p
}

// Console returns and forgets what the page complained about.
func (p *Page) Console() []string { return p.console.take() }

func (p *Page) check(err error, doing string) {
	p.t.Helper()
	if err == nil {
		return
	}
	file := filepath.Join(os.TempDir(), strings.NewReplacer("/", "-", " ", "_").Replace(p.t.Name())+".png")
	if png, broken := p.Picture(); broken == nil {
		_ = os.WriteFile(file, png, 0o600)
	}
	p.t.Fatalf("%s: %v\nat %s\npicture %s\n%s", doing, err, p.URL(), file, p.body())
}

// Open goes to a path of the server, or to a whole address.
func (p *Page) Open(path string) {
	p.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = p.base + path
	}
	p.check(p.Go(path), "open "+path)
}

// Size sets the window; 390 wide is a phone.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	p.check(p.Viewport(width, height), "size")
}

// Screenshot writes the whole page as PNG.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	png, err := p.Picture()
	p.check(err, "picture")
	p.check(os.WriteFile(file, png, 0o600), "write picture")
}

// call runs a function of the page: body sees its arguments as a, b.
func call[T any](p *Page, body string, args ...string) (T, error) {
	quoted, err := json.Marshal(append([]string{}, args...))
	if err != nil {
		panic(err) // strings always marshal
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	script := fmt.Sprintf("(async (a, b) => {%s})(...%s)", body, quoted)
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Fill types a value into the field of that name: text, choice, box or date. A
// sheet that is open lies over fields of the same name on the page.
func (p *Page) Fill(name, value string) {
	p.t.Helper()
	_, err := call[bool](p, fillScript, name, value)
	p.check(err, "fill "+name)
}

const fillScript = `
const named = [...document.getElementsByName(a)].filter((e) => e.form && e.type !== 'hidden')
const over = named.filter((e) => e.closest('dialog[open]'))
const all = over.length ? over : named
const at = all.find((e) => e.offsetParent) ?? all[0]
if (!at) throw new Error('no field ' + a)
if (at.type === 'radio' || at.type === 'checkbox') {
  const one = all.find((e) => e.value === b)
  if (!one) throw new Error('no choice ' + b + ' of ' + a)
  if (!one.checked) one.click()
  return true
}
if (at.tagName === 'SELECT' && ![...at.options].some((o) => o.value === b)) throw new Error('no option ' + b + ' of ' + a)
at.focus(); at.value = b
at.dispatchEvent(new Event('input', { bubbles: true })); at.dispatchEvent(new Event('change', { bubbles: true }))
return true`

// Click presses the link, button or summary with that text, or whose title or
// label it is, and waits for the page that follows.
func (p *Page) Click(text string) {
	p.t.Helper()
	p.click("text", text)
}

// ClickOn presses what a CSS selector finds first and waits likewise.
func (p *Page) ClickOn(selector string) {
	p.t.Helper()
	p.click("css", selector)
}

func (p *Page) click(how, what string) {
	p.t.Helper()
	leaves, err := call[bool](p, clickScript, how, what)
	if err != nil && strings.Contains(err.Error(), "navigated or closed") {
		leaves, err = true, nil // the click was so quick that the answer was lost with the old page
	}
	p.check(err, "click "+what)
	if leaves {
		p.wait("next page after "+what, "document.readyState === 'complete' && !window.leaving")
	} else {
		p.wait("answer after "+what, "!document.querySelector('.htmx-request')")
	}
}

// Send presses what a CSS selector finds in a form that htmx sends and whose
// answer loads the page anew, and waits for that page.
func (p *Page) Send(selector string) {
	p.t.Helper()
	_, err := call[bool](p, "const at = document.querySelector(a); if (!at) throw new Error('nothing at ' + a); window.leaving = true; setTimeout(() => at.click(), 0); return true", selector)
	p.check(err, "send "+selector)
	p.wait("next page after "+selector, "document.readyState === 'complete' && !window.leaving")
}

const clickScript = `
const seen = (e) => e.offsetParent !== null || e.getClientRects().length
const find = () => {
  if (a === 'css') return document.querySelector(b)
  const all = [...document.querySelectorAll('a, button, summary, label, [role=button]')].filter(seen)
  const said = (e) => [e.innerText.trim(), e.title, e.getAttribute('aria-label')]
  return all.find((e) => said(e).includes(b)) ?? all.find((e) => e.innerText.includes(b))
}
const at = find()
if (!at) throw new Error('nothing to press: ' + b)
const link = at.closest('a[href]'), button = at.closest('button, input[type=submit]'), form = button?.form
const own = (e) => e && ['hx-get', 'hx-post'].some((n) => e.hasAttribute(n))
const leaves = Boolean((link && !own(link) && !link.getAttribute('href').startsWith('#') && !link.download) ||
  (form && button.type !== 'button' && !own(form) && !own(button) && form.method !== 'dialog' && form.checkValidity()))
at.scrollIntoView({ block: 'center' })
if (leaves) window.leaving = true
setTimeout(() => at.click(), 0)
await new Promise((done) => setTimeout(done, leaves ? 0 : 60))
return leaves`

// wait polls a condition of the page; a page that is just changing is no error.
func (p *Page) wait(doing, condition string) {
	p.t.Helper()
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		ok, err := call[bool](p, "return Boolean("+condition+")")
		if err == nil && ok {
			return
		}
		time.Sleep(15 * time.Millisecond)
	}
	p.check(fmt.Errorf("waited in vain for %s", condition), doing)
}

// WaitFor waits until the page has loaded, its scripts with it, and shows a text.
func (p *Page) WaitFor(text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.wait("text "+text, "document.readyState === 'complete' && document.body.innerText.includes("+string(quoted)+")")
}

// Text returns the text of what a CSS selector finds first, as one sees it.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	text, err := call[string](p, "const e = document.querySelector(a); if (!e) throw new Error('nothing at ' + a); return e.innerText.trim()", selector)
	p.check(err, "text of "+selector)
	return text
}

// Has reports whether the page shows a text now.
func (p *Page) Has(text string) bool { return strings.Contains(p.body(), text) }

// Want fails the test when the page does not show a text.
func (p *Page) Want(texts ...string) {
	p.t.Helper()
	body := p.body()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			p.check(fmt.Errorf("page does not say %q", text), "want")
		}
	}
}

// Count returns how many elements a CSS selector finds.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	n, err := call[int](p, "return document.querySelectorAll(a).length", selector)
	p.check(err, "count "+selector)
	return n
}

// URL returns path and query of where the tab is.
func (p *Page) URL() string {
	at, err := call[string](p, "return location.pathname + location.search")
	if err != nil {
		return "?"
	}
	return at
}

// Press sends characters to the page as a keyboard does: a page that takes the
// key for itself keeps it from being typed.
func (p *Page) Press(keys string) {
	p.t.Helper()
	for _, r := range keys {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			event := input.DispatchKeyEventParams{Type: kind, Key: string(r)}
			if kind == input.DispatchKeyEventTypeKeyDown {
				event.Text = string(r)
			}
			_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, event)
			p.check(err, "press "+keys)
		}
	}
}

// Upload chooses a file of the disk in the field of that name.
func (p *Page) Upload(name, file string) {
	p.t.Helper()
	p.check(p.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file][name="`+name+`"]`), []string{file})), "upload "+name)
}

func (p *Page) body() string {
	text, err := call[string](p, "return document.body.innerText")
	if err != nil {
		return ""
	}
	return text
}

// Script runs the body of an async function in the page, which sees its arguments
// as a and b, and returns the text that it returns.
func (p *Page) Script(body string, args ...string) string {
	p.t.Helper()
	text, err := call[string](p, body, args...)
	p.check(err, "script")
	return text
}

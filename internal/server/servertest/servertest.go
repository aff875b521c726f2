// Package servertest runs the whole server over a real database for tests of
// pages: an institution with a person in every role, and browsers without a
// screen.
package servertest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// Units of the institution: a head office with a department, two branches and a
// sub-branch.
var Units = []party.Unit{
	{ID: "01", Name: "示例银行总行", Level: party.HeadOffice, Region: "北京", Address: "示例市示例路1号", Phone: "400-000-0000"},
	{ID: "0100", Name: "消费者权益保护部", Parent: "01", Level: party.Department, Region: "北京"},
	{ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京", Phone: "010-00000000"},
	{ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
	{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海"},
}

// People hold every role; the login name of each is that of the role, or of the place.
var People = []party.Person{
	{ID: "admin", Login: "admin", Name: "管伟", Title: "信息科技部", Unit: "01", Roles: []party.Role{party.Administrator}},
	{ID: "office", Login: "office", Name: "周敏", Title: "消保主管", Unit: "0100", Roles: []party.Role{party.Office}},
	{ID: "executive", Login: "executive", Name: "郑川", Title: "副行长", Unit: "01", Roles: []party.Role{party.Executive}},
	{ID: "auditor", Login: "auditor", Name: "吴审", Title: "审计部", Unit: "01", Roles: []party.Role{party.Auditor}},
	{ID: "lead", Login: "lead", Name: "陈立", Title: "分行行长", Unit: "0101", Roles: []party.Role{party.BranchLead}},
	{ID: "handler", Login: "handler", Name: "李雯", Title: "投诉专员", Unit: "0101", Roles: []party.Role{party.Handler}},
	{ID: "chaoyang", Login: "chaoyang", Name: "孙朝", Unit: "010101", Roles: []party.Role{party.Handler}},
	{ID: "shanghai", Login: "shanghai", Name: "王沪", Unit: "0102", Roles: []party.Role{party.Handler}},
}

// Password is everybody's.
const Password = "lake-Ox7-mirror"

// World is a running server and its clock.
type World struct {
	T       testing.TB
	App     *app.App
	Store   *storage.Store
	URL     string
	Handler http.Handler
	mu      sync.Mutex
	now     time.Time
	Log     *bytes.Buffer // what program, store and server log, the smallest things too
}

// New starts a server with the rooms that change leaves in its options; nil
// changes nothing. The clock stands at 10 o'clock of 31 March 2026.
func New(t testing.TB, change func(*server.Options)) *World {
	t.Helper()
	w := &World{T: t, now: calendar.Of(2026, 3, 31).Time().Add(10 * time.Hour).UTC(), Log: new(bytes.Buffer)}
	o := storagetest.SQLite(t)
	o.Now = w.Now
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: w.Log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Log = log
	w.ok(os.WriteFile(filepath.Join(o.Dir, storage.FileName), founded(t), 0o600))
	w.Store = storagetest.Open(t, o)
	var err error
	ocr, _ := exec.LookPath("tesseract") // none: pictures are not read
	w.App, err = app.New(context.Background(), app.Options{Hasher: identity.NewWeakHasher(1), Store: w.Store, Blobs: blob.New(t.TempDir(), rand.Reader), Now: w.Now, Institution: "示例银行股份有限公司", OCR: ocr, Log: log})
	w.ok(err)
	options := server.Options{App: w.App, Log: log}
	if change != nil {
		change(&options)
	}
	w.Handler, err = server.Handler(options)
	w.ok(err)
	s := httptest.NewServer(w.Handler)
	t.Cleanup(s.Close)
	w.URL = s.URL
	return w
}

var template struct {
	sync.Once
	db  []byte
	err error
}

// founded is the database of the institution as it was founded: passwords are
// slow to hash on purpose, so that it is done once for all tests.
func founded(t testing.TB) []byte {
	t.Helper()
	o := storagetest.SQLite(t)
	template.Do(func() {
		o.Now = func() time.Time { return calendar.Of(2026, 3, 31).Time() }
		template.db, template.err = found(o)
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	return template.db
}

func found(o storage.Options) ([]byte, error) {
	ctx := context.Background()
	s, err := storage.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, app.Options{Hasher: identity.NewWeakHasher(1), Store: s, Now: o.Now})
	if err == nil {
		_, err = a.Bootstrap(ctx, Units, People, func(string) (string, error) { return Password, nil })
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(o.Dir, storage.FileName)) // #nosec G304: a test's own folder
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes under the lock.
func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (w *World) ok(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Now is the world's time.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass moves the clock on.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Actor returns a person as an actor.
func (w *World) Actor(id party.PersonID) party.Actor {
	w.T.Helper()
	who, err := w.App.Actor(context.Background(), id)
	w.ok(err)
	return who
}

// Browser keeps cookies and follows no redirect.
type Browser struct {
	w      *World
	Client *http.Client
	Lang   string
}

// Browser opens one that is signed in nowhere.
func (w *World) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	w.ok(err)
	return &Browser{w: w, Lang: "zh", Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As opens a browser in which a person is signed in.
func (w *World) As(login string) *Browser {
	w.T.Helper()
	b := w.Browser()
	if a := b.Post("/sign-in", "name", login, "password", Password); a.Status != http.StatusSeeOther {
		w.T.Fatalf("sign in as %s: %d\n%s", login, a.Status, a.Text())
	}
	return b
}

// Token returns the cookie of the session, "" for none.
func (b *Browser) Token() string {
	u, err := url.Parse(b.w.URL)
	b.w.ok(err)
	for _, c := range b.Client.Jar.Cookies(u) {
		if c.Name == "xb_session" {
			return c.Value
		}
	}
	return ""
}

// Answer is what a browser got.
type Answer struct {
	Status int
	Body   string
	Header http.Header
}

var markup = regexp.MustCompile(`<[^>]*>`)

// Text is the page without its markup.
func (a Answer) Text() string { return html.UnescapeString(markup.ReplaceAllString(a.Body, " ")) }

// Location is where a redirect leads.
func (a Answer) Location() string { return a.Header.Get("Location") }

// Get asks for a page. Words of a search may stand in the path: the server seals them
// and leads on, and that one step is followed.
func (b *Browser) Get(path string) Answer {
	b.w.T.Helper()
	a := b.get(path)
	if to, _, sealed := strings.Cut(a.Location(), "?"); sealed && to != "" && strings.HasPrefix(path, to+"?") && sealedWords.MatchString(a.Location()) && !sealedWords.MatchString(path) {
		return b.get(a.Location())
	}
	return a
}

var sealedWords = regexp.MustCompile(`[?&]s=[\w-]{30,}`)

func (b *Browser) get(path string) Answer {
	b.w.T.Helper()
	r, err := http.NewRequest(http.MethodGet, b.w.URL+path, nil)
	b.w.ok(err)
	return b.Do(r)
}

// Post sends a form given as names and values in turn.
func (b *Browser) Post(path string, fields ...string) Answer {
	b.w.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, b.w.URL+path, strings.NewReader(form.Encode()))
	b.w.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(r)
}

// Upload sends a form with one file and other fields as names and values in turn.
func (b *Browser) Upload(path, field, name string, data []byte, fields ...string) Answer {
	b.w.T.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile(field, name)
	b.w.ok(err)
	_, err = part.Write(data)
	b.w.ok(err)
	for i := 0; i+1 < len(fields); i += 2 {
		b.w.ok(m.WriteField(fields[i], fields[i+1]))
	}
	b.w.ok(m.Close())
	r, err := http.NewRequest(http.MethodPost, b.w.URL+path, &body)
	b.w.ok(err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.Do(r)
}

// Do sends a request with the browser's cookies and language.
func (b *Browser) Do(r *http.Request) Answer {
	b.w.T.Helper()
	r.Header.Set("Accept-Language", b.Lang)
	resp, err := b.Client.Do(r)
	b.w.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	b.w.ok(err)
	return Answer{Status: resp.StatusCode, Body: string(body), Header: resp.Header}
}

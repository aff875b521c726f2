package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// copies are several servers on one database, some of which may be dead.
type copies struct {
	t      testing.TB
	urls   []string
	failed atomic.Int64   // answers that were neither a success nor a refusal
	used   map[int64]bool // cases with an attachment
}

// anywhere registers one complaint under a key at whichever copy answers, as a
// client behind a proxy does: without a clear answer it asks again, the next
// copy, with the same key.
func (s *copies) anywhere(c caller, from int, key string, l *ledgerOfClients, until time.Time) bool {
	l.sent(key)
	for i := from; time.Now().Before(until); i++ {
		var r receipt
		status, err := c.do(http.MethodPost, s.urls[i%len(s.urls)]+"/api/v1/complaints", key, map[string]any{"channel": "phone", "complainant": map[string]any{"name": "王" + key},
			"narrative": "来电反映扣费不明，来电记录 " + key + "，请核实后退还。"}, &r)
		switch {
		case err == nil && status == http.StatusCreated && r.Number != "":
			l.acknowledged(s.t, key, r)
			return true
		case err == nil && status < 500 && status != http.StatusConflict && status != http.StatusTooManyRequests:
			s.t.Errorf("%s: %d %+v", key, status, r)
			return false
		}
		s.failed.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// Three copies start together on an empty database, share everything, and go on
// when one of them and then the primary database are lost: what was acknowledged
// is there once, the chains are whole, and each copy serves again. Attachments are
// in a bucket: what one copy took in the others give out after it is gone.
func TestThreeCopiesLoseOneAndThePrimary(t *testing.T) {
	pair := storagetest.StartPair(t)
	h := house{t: t, data: filepath.Join(t.TempDir(), "data"), dsn: pair.DSN}
	h.env = []string{"XIAOBAO_ATTACHMENTS_FILE=" + storagetest.NewS3(t).Settings(t, "bank")}
	masterKey(t, h.data)
	servers := h.together(3)
	c := h.clerk()
	s := &copies{t: t, used: map[int64]bool{}}
	for _, r := range servers {
		s.urls = append(s.urls, r.URL)
	}
	s.shareSessions(h)
	l := &ledgerOfClients{told: map[string]receipt{}, open: map[string]bool{}}
	stop := make(chan struct{})
	end := time.Now().Add(3 * time.Minute)
	var clients sync.WaitGroup
	for n := range 6 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					if !s.anywhere(c, n+i, fmt.Sprintf("%d-%d", n, i), l, end) {
						return
					}
				}
			}
		})
	}
	s.more(l, 60, end)
	before := s.uploads(c, l, servers[0], "before.png")
	servers[0].kill()
	for _, r := range servers[1:] {
		before.opens(c, r)
	}
	s.more(l, 60, end)
	lost := time.Now()
	pair.KillPrimary()
	pair.Promote(t)
	promoted := time.Now()
	s.more(l, 1, end)
	back := time.Now()
	s.more(l, 60, end)
	close(stop)
	clients.Wait()
	if open := l.waiting(); len(open) != 0 {
		t.Errorf("%d requests found no copy that answered", len(open))
	}
	if away := back.Sub(promoted); away > 10*time.Second { // promised; it is fifty times less
		t.Errorf("the service was away for %s after the standby was promoted", away)
	}
	t.Logf("%d acknowledged, %d asked again; primary lost, standby promoted after %.1f s, service back %.1f s after that",
		l.count(), s.failed.Load(), promoted.Sub(lost).Seconds(), back.Sub(promoted).Seconds())
	after := s.uploads(c, l, servers[1], "after.png")
	for _, r := range servers[1:] {
		c.findsAll(t, r.URL, l)
		before.opens(c, r)
		after.opens(c, r)
	}
	if _, err := os.Stat(filepath.Join(h.data, storage.FilesName)); err == nil {
		t.Error("attachments are in the folder, not in the bucket")
	}
	for _, r := range servers[1:] {
		r.stop(t)
	}
	h.sound(l.count())
}

// uploaded is an attachment that was acknowledged.
type uploaded struct {
	t       testing.TB
	id      int64
	content []byte
}

// uploads attaches a picture of its own to a case through one copy.
func (s *copies) uploads(c caller, l *ledgerOfClients, r *running, name string) uploaded {
	s.t.Helper()
	u := uploaded{t: s.t, content: append(bytes.Clone(png), name...)}
	l.Lock()
	for _, told := range l.told {
		if !s.used[told.ID] {
			u.id = told.ID
			break
		}
	}
	l.Unlock()
	s.used[u.id] = true
	if status := c.attaches(s.t, r.URL, u.id, name, u.content); status != http.StatusOK {
		s.t.Fatalf("attach %s: %d", name, status)
	}
	return u
}

// opens reads the attachment through one copy.
func (u uploaded) opens(c caller, r *running) {
	u.t.Helper()
	resp := c.raw(u.t, http.MethodGet, fmt.Sprintf("%s/api/v1/complaints/%d/files/1", r.URL, u.id), "", nil)
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.Equal(got, u.content) {
		u.t.Errorf("case %d at %s: %s, %d bytes of %d, %v", u.id, r.URL, resp.Status, len(got), len(u.content), err)
	}
}

// more waits until so many more complaints are acknowledged.
func (s *copies) more(l *ledgerOfClients, n int, until time.Time) {
	s.t.Helper()
	for want := l.count() + n; l.count() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			s.t.Fatalf("%d complaints acknowledged, want %d: the service does not come back", l.count(), want)
		}
	}
}

// masterKey puts the key where all copies find the same one.
func masterKey(t testing.TB, data string) {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "master.key"), []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// together starts n copies at the same moment on an empty database. One of them
// makes the institution and shows its administrator's password; all serve.
func (h house) together(n int) []*running {
	h.t.Helper()
	out, errs := make([]*running, n), make([]error, n)
	var starting sync.WaitGroup
	for i := range n {
		starting.Go(func() { out[i], errs[i] = h.start() })
	}
	starting.Wait()
	first := 0
	for i, r := range out {
		if errs[i] != nil {
			h.t.Fatal(errs[i])
		}
		if r.First {
			first++
			r.isFirst(h.t)
		}
	}
	if first != 1 {
		h.t.Fatalf("%d copies made an institution", first)
	}
	return out
}

// shareSessions signs in at one copy and is known at the others, and is known
// nowhere once signed out at another.
func (s *copies) shareSessions(h house) {
	s.t.Helper()
	var person struct{ Password string }
	h.must(&person, "user", "add", "--login", "lead", "--name", "周敏", "--roles", "office")
	jar, _ := cookiejar.New(nil) // cookies do not look at ports: one jar is one browser behind a proxy
	b := http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(i int, path string, form url.Values) string {
		s.t.Helper()
		r, err := http.NewRequest(http.MethodPost, s.urls[i]+path, strings.NewReader(form.Encode()))
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.urls[i])
		a, err := b.Do(r)
		if err != nil {
			s.t.Fatal(err)
		}
		a.Body.Close()
		return a.Header.Get("Location")
	}
	known := func(i int) bool {
		s.t.Helper()
		a, err := b.Get(s.urls[i] + "/desk")
		if err != nil {
			s.t.Fatal(err)
		}
		a.Body.Close()
		return !strings.HasPrefix(a.Header.Get("Location"), "/sign-in")
	}
	if known(0) || known(1) {
		s.t.Error("known before signing in")
	}
	post(0, "/sign-in", url.Values{"name": {"lead"}, "password": {person.Password}})
	if !known(0) || !known(1) || !known(2) {
		s.t.Errorf("signed in at one copy, known %v %v %v", known(0), known(1), known(2))
	}
	post(2, "/sign-out", nil)
	if known(0) || known(1) || known(2) {
		s.t.Errorf("signed out at one copy, known %v %v %v", known(0), known(1), known(2))
	}
}

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

type receipt struct {
	ID     int64  `json:"id"`
	Number string `json:"number"`
}

// ledgerOfClients is what clients were told: the receipt of each key, and keys
// that were sent but not answered.
type ledgerOfClients struct {
	sync.Mutex
	told map[string]receipt
	open map[string]bool
}

func (l *ledgerOfClients) sent(key string) {
	l.Lock()
	defer l.Unlock()
	l.open[key] = true
}

func (l *ledgerOfClients) acknowledged(t testing.TB, key string, r receipt) {
	l.Lock()
	defer l.Unlock()
	delete(l.open, key)
	if was, ok := l.told[key]; ok && was != r {
		t.Errorf("%s was %v and is now %v", key, was, r)
	}
	l.told[key] = r
}

func (l *ledgerOfClients) count() int {
	l.Lock()
	defer l.Unlock()
	return len(l.told)
}

func (l *ledgerOfClients) waiting() []string {
	l.Lock()
	defer l.Unlock()
	var out []string
	for key := range l.open {
		out = append(out, key)
	}
	return out
}

// registers sends one complaint under a key; nil means that the number is known.
func (c caller) registers(t testing.TB, url, key string, l *ledgerOfClients) error {
	l.sent(key)
	var r receipt
	status, err := c.do(http.MethodPost, url+"/api/v1/complaints", key, map[string]any{"channel": "phone", "complainant": map[string]any{"name": "王" + key},
		"narrative": "来电反映扣费不明，来电记录 " + key + "，请核实后退还。"}, &r)
	if err != nil {
		return err
	}
	if status != http.StatusCreated || r.Number == "" {
		t.Errorf("%s: %d %+v", key, status, r)
		return nil
	}
	l.acknowledged(t, key, r)
	return nil
}

// Killed at any moment, the program loses no number that it has given out, gives
// none twice, and takes a request that is sent again as the one it was.
func TestKilledInALoop(t *testing.T) {
	h, c := founded(t)
	l := &ledgerOfClients{told: map[string]receipt{}, open: map[string]bool{}}
	for round := range 6 {
		s := h.serve()
		for _, key := range l.waiting() { // clients who had no answer ask again
			if err := c.registers(t, s.URL, key, l); err != nil {
				t.Fatalf("a repeat: %v", err)
			}
		}
		before := l.count()
		var clients sync.WaitGroup
		for n := range 6 {
			clients.Go(func() {
				for i := 0; c.registers(t, s.URL, fmt.Sprintf("%d-%d-%d", round, n, i), l) == nil; i++ {
				}
			})
		}
		for l.count() == before {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		s.kill()
		clients.Wait()
	}
	t.Logf("%d complaints acknowledged, %d not", l.count(), len(l.waiting()))
	s := h.serve()
	for _, key := range l.waiting() {
		if err := c.registers(t, s.URL, key, l); err != nil {
			t.Fatal(err)
		}
	}
	c.findsAll(t, s.URL, l)
	s.stop(t)
	h.sound(l.count())
}

// findsAll asks the server for every case by its id: each is what its client was
// told, and there is no other.
func (c caller) findsAll(t testing.TB, url string, l *ledgerOfClients) {
	t.Helper()
	numbers := map[string]int{}
	for key, told := range l.told {
		var got struct {
			Number    string `json:"number"`
			Narrative string `json:"narrative"`
		}
		status, err := c.do(http.MethodGet, fmt.Sprintf("%s/api/v1/complaints/%d", url, told.ID), "", nil, &got)
		if err != nil || status != http.StatusOK || got.Number != told.Number || !strings.Contains(got.Narrative, "记录 "+key+"，") {
			t.Errorf("%s was told %v and finds %d %+v %v", key, told, status, got, err)
		}
		numbers[told.Number]++
	}
	if len(numbers) != len(l.told) {
		t.Errorf("%d clients hold %d numbers", len(l.told), len(numbers))
	}
	listed, cursor := 0, ""
	for {
		var page struct {
			Items []receipt `json:"complaints"`
			Next  string    `json:"next"`
		}
		status, err := c.do(http.MethodGet, url+"/api/v1/complaints?limit=200"+cursor, "", nil, &page)
		if err != nil || status != http.StatusOK {
			t.Fatalf("list: %d %v", status, err)
		}
		for _, r := range page.Items {
			if numbers[r.Number] != 1 {
				t.Errorf("%s was given to %d clients and is in the list", r.Number, numbers[r.Number])
			}
		}
		if listed += len(page.Items); page.Next == "" {
			break
		}
		cursor = "&cursor=" + neturl.QueryEscape(page.Next)
	}
	if listed != len(l.told) {
		t.Errorf("%d cases are listed, %d clients were told a number", listed, len(l.told))
	}
}

// sound runs verify and rebuild on the folder.
func (h house) sound(cases int) {
	h.t.Helper()
	var report struct {
		OK      bool
		Events  int
		Damages []any
	}
	h.must(&report, "verify")
	if !report.OK || report.Events < cases {
		h.t.Errorf("verify: %+v, %d cases", report, cases)
	}
	var rebuilt struct {
		Streams int
		Tables  []struct {
			Name  string
			Equal bool
		}
	}
	h.must(&rebuilt, "rebuild")
	if rebuilt.Streams < cases || len(rebuilt.Tables) == 0 {
		h.t.Errorf("rebuild: %+v, %d cases", rebuilt, cases)
	}
	for _, table := range rebuilt.Tables {
		if !table.Equal {
			h.t.Errorf("table %s is not what the events give", table.Name)
		}
	}
}

// A copy made while clients write, restored into an empty folder, is whole and
// holds all that was acknowledged before it was begun.
func TestBackupWhileRunning(t *testing.T) {
	h, c := founded(t)
	s := h.serve()
	before := &ledgerOfClients{told: map[string]receipt{}, open: map[string]bool{}}
	for i := range 20 {
		if err := c.registers(t, s.URL, fmt.Sprint("before-", i), before); err != nil {
			t.Fatal(err)
		}
	}
	if status := c.attaches(t, s.URL, before.told["before-0"].ID, "照片.png", png); status != http.StatusOK {
		t.Fatalf("attach: %d", status)
	}
	later := &ledgerOfClients{told: map[string]receipt{}, open: map[string]bool{}}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					if err := c.registers(t, s.URL, fmt.Sprintf("during-%d-%d", n, i), later); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	out := filepath.Join(t.TempDir(), "copy")
	r := h.run("backup", "--out", out)
	close(stop)
	clients.Wait()
	if r.code != 0 {
		t.Fatalf("backup: %d %s", r.code, r.err)
	}
	if again := h.run("backup", "--out", out); again.code != 1 || !strings.Contains(again.err, "空") {
		t.Errorf("a second copy into the same folder: %d %s", again.code, again.err)
	}
	s.stop(t)
	h.restored(out, c, before)
}

// attaches sends a file to a case.
func (c caller) attaches(t testing.TB, url string, id int64, name string, data []byte) int {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err := errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	return c.raw(t, http.MethodPost, fmt.Sprintf("%s/api/v1/complaints/%d/files", url, id), m.FormDataContentType(), &b).StatusCode
}

// raw sends a request with the token and returns the answer, whose body is read
// by the test's end.
func (c caller) raw(t testing.TB, method, url, kind string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// restored brings a copy back elsewhere, with the key that was kept apart.
func (h house) restored(from string, c caller, want *ledgerOfClients) {
	h.t.Helper()
	if _, err := os.Stat(filepath.Join(from, "master.key")); err == nil {
		h.t.Error("the copy holds the master key")
	}
	key := filepath.Join(h.t.TempDir(), "kept.key")
	b, err := os.ReadFile(filepath.Join(h.data, "master.key"))
	if err == nil {
		err = os.WriteFile(key, b, 0o600)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	fresh := house{t: h.t, data: filepath.Join(h.t.TempDir(), "restored")}
	if r := h.run("restore", "--from", from, "--master-key-file", key); r.code != 1 {
		h.t.Errorf("restore into a folder with data: exit %d %s", r.code, r.err)
	}
	var report struct{ OK bool }
	fresh.must(&report, "restore", "--from", from, "--master-key-file", key)
	if !report.OK {
		h.t.Error("what was restored is not whole")
	}
	if err := os.WriteFile(filepath.Join(fresh.data, "master.key"), b, 0o600); err != nil {
		h.t.Fatal(err)
	}
	fresh.sound(len(want.told))
	s := fresh.serve()
	defer s.stop(h.t)
	file := c.raw(h.t, http.MethodGet, fmt.Sprintf("%s/api/v1/complaints/%d/files/1", s.URL, want.told["before-0"].ID), "", nil)
	if data, err := io.ReadAll(file.Body); err != nil || file.StatusCode != http.StatusOK || !bytes.Equal(data, png) {
		h.t.Errorf("the attachment came back with %d, %d bytes, %v", file.StatusCode, len(data), err)
	}
	for key, told := range want.told {
		var got receipt
		if status, err := c.do(http.MethodGet, fmt.Sprintf("%s/api/v1/complaints/%d", s.URL, told.ID), "", nil, &got); err != nil || status != 200 || got.Number != told.Number {
			h.t.Errorf("%s: %d %v, told %v, %v", key, status, got, told, err)
		}
	}
}

// What a program cannot start with is said in a sentence, and nothing is harmed.
func TestCannotStart(t *testing.T) {
	h, _ := founded(t)
	keyFile := filepath.Join(h.data, "master.key")
	good, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		key  []byte
		want string
	}{
		{"no key", nil, "主密钥"}, {"another key", []byte(strings.Repeat("ab", 32)), "主密钥"}, {"half a key", good[:20], "64 位十六进制"}, {"no text", []byte{0, 255, 1}, "64 位十六进制"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.Remove(keyFile); err != nil {
				t.Fatal(err)
			}
			if tt.key != nil {
				if err := os.WriteFile(keyFile, tt.key, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, command := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"verify"}, {"rebuild"}, {"user", "list"}} {
				if r := h.run(command...); r.code != 1 || !strings.Contains(r.err, tt.want) || strings.Contains(r.err, "panic") {
					t.Errorf("%v: exit %d %q %s", command, r.code, r.out, r.err)
				}
			}
			if err := os.WriteFile(keyFile, good, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	h.sound(0)
	h.t = t
	h.cannotWrite()
}

// cannotWrite starts the program where it may not write, as a person with no
// special rights, and where a file stands in the way.
func (h house) cannotWrite() {
	t := h.t
	if os.Getuid() == 0 {
		h.as = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	locked, err := os.MkdirTemp("", "xiaobao-locked-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(locked) })
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(locked, "file")
	if os.Getuid() == 0 {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		dir, want string
		code      int
	}{{locked, "权限", 1}, {filepath.Join(locked, "new"), "权限", 1}, {filepath.Join(file, "below"), "读不了配置文件", 2}} {
		h.data = tt.dir
		if r := h.run("serve", "--addr", "127.0.0.1:0"); r.code != tt.code || !strings.Contains(r.err, tt.want) || strings.Contains(r.err, "panic") {
			t.Errorf("serve in %s: exit %d %q %s", tt.dir, r.code, r.out, r.err)
		}
	}
}

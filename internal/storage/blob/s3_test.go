package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

func bucket(t testing.TB, s *storagetest.S3, change func(*blob.S3Options)) *blob.S3 {
	t.Helper()
	o, err := blob.ReadSettings(s.Settings(t, "bank/files"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Spool = t.TempDir(); change != nil {
		change(&o)
	}
	p, err := blob.NewS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func onMethod(method string, f storagetest.S3Fault) func(*http.Request) storagetest.S3Fault {
	return func(r *http.Request) storagetest.S3Fault {
		if r.Method == method {
			return f
		}
		return storagetest.S3Fine
	}
}

func TestS3PutOpen(t *testing.T) {
	s := storagetest.NewS3(t)
	d, k := blob.On(bucket(t, s, nil), rand.Reader), key(t)
	want := bytes.Repeat([]byte("保险单 "), 30_000)
	digest, n, err := d.Put(ctx, k, "case/1", bytes.NewReader(want), 1<<20)
	if err != nil || n != int64(len(want)) {
		t.Fatalf("%d %v", n, err)
	}
	if again, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(want), 1<<20); err != nil || again != digest {
		t.Errorf("again: %v %v", again, err)
	}
	keys, puts := s.Keys()
	if len(keys) != 1 || puts != 1 || keys[0] != "bank/files/"+blob.Name("case/1", digest) {
		t.Fatalf("%v after %d puts", keys, puts)
	}
	if got, err := read(d, k, "case/1", digest); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes: %v", len(got), err)
	}
	if _, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(want), 1000); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := read(d, k, "case/2", digest); !fault.Is(err, fault.NotFound) {
		t.Errorf("another owner: %v", err)
	}
	for range 2 {
		if err := d.Remove(ctx, "case/1", digest); err != nil {
			t.Error(err)
		}
	}
	if _, err := read(d, k, "case/1", digest); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed: %v", err)
	}
}

// What lay there for long is put again, so that nobody takes it for a stray.
func TestS3PutMakesYoung(t *testing.T) {
	s := storagetest.NewS3(t)
	p := bucket(t, s, nil)
	d, k := blob.On(p, rand.Reader), key(t)
	digest, _, err := d.Put(ctx, k, "case/1", strings.NewReader("x"), 9)
	if err != nil {
		t.Fatal(err)
	}
	s.Age("bank/files/"+blob.Name("case/1", digest), 30*time.Hour)
	if _, _, err := d.Put(ctx, k, "case/1", strings.NewReader("x"), 9); err != nil {
		t.Fatal(err)
	}
	if e, err := p.Stat(ctx, blob.Name("case/1", digest)); err != nil || time.Since(e.At) > time.Hour {
		t.Errorf("%+v %v", e, err)
	}
}

func TestS3Misbehaves(t *testing.T) {
	content := bytes.Repeat([]byte("x"), 150_000)
	tests := []struct {
		name     string
		put, get func(*http.Request) storagetest.S3Fault
		want     fault.Kind
	}{
		{"busy at put", onMethod(http.MethodPut, storagetest.S3Busy), nil, fault.Unavailable},
		{"busy at get", nil, onMethod(http.MethodGet, storagetest.S3Busy), fault.Unavailable},
		{"says it has and has not", onMethod(http.MethodPut, storagetest.S3Forget), nil, fault.Unavailable},
		{"keeps half", onMethod(http.MethodPut, storagetest.S3Shorten), nil, fault.Unavailable},
		{"ends early", nil, onMethod(http.MethodGet, storagetest.S3Truncate), fault.Unavailable},
		{"falls silent", nil, onMethod(http.MethodGet, storagetest.S3Stall), fault.Unavailable},
		{"another byte", nil, onMethod(http.MethodGet, storagetest.S3Twist), fault.Conflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := storagetest.NewS3(t)
			d, k := blob.On(bucket(t, s, func(o *blob.S3Options) { o.Stall = 200 * time.Millisecond }), rand.Reader), key(t)
			s.Misbehave(test.put)
			digest, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(content), 1<<20)
			if test.put != nil {
				if !fault.Is(err, test.want) {
					t.Fatalf("put: %v", err)
				}
				s.Misbehave(nil)
				s.Alter("bank/files/"+blob.Name("case/1", digest), nil)
				if _, _, err := d.Put(ctx, k, "case/1", bytes.NewReader(content), 1<<20); err != nil {
					t.Errorf("put afterwards: %v", err)
				}
				return
			}
			s.Misbehave(test.get)
			if _, err := read(d, k, "case/1", digest); !fault.Is(err, test.want) {
				t.Errorf("get: %v", err)
			}
			s.Misbehave(nil)
			if got, err := read(d, k, "case/1", digest); err != nil || !bytes.Equal(got, content) {
				t.Errorf("get afterwards: %d %v", len(got), err)
			}
		})
	}
}

// A store that is busy for a moment is asked again.
func TestS3AsksAgain(t *testing.T) {
	s := storagetest.NewS3(t)
	d, k := blob.On(bucket(t, s, nil), rand.Reader), key(t)
	left := 2
	s.Misbehave(func(r *http.Request) storagetest.S3Fault {
		if r.Method == http.MethodPut && left > 0 {
			left--
			return storagetest.S3Busy
		}
		return storagetest.S3Fine
	})
	if _, _, err := d.Put(ctx, k, "case/1", strings.NewReader("x"), 9); err != nil || left != 0 {
		t.Errorf("%v, %d left", err, left)
	}
}

func TestS3RefusesAndIsRefused(t *testing.T) {
	s := storagetest.NewS3(t)
	for name, test := range map[string]struct {
		change func(*blob.S3Options)
		want   string
	}{
		"wrong secret": {func(o *blob.S3Options) { o.Secret += "x" }, "拒绝了访问"},
		"wrong key":    {func(o *blob.S3Options) { o.KeyID += "x" }, "拒绝了访问"},
		"wrong region": {func(o *blob.S3Options) { o.Region = "eu-1" }, "拒绝了访问"},
		"no bucket":    {func(o *blob.S3Options) { o.Bucket = "another" }, "没有桶"},
		"no trust":     {func(o *blob.S3Options) { o.CA = nil }, "连不上"},
		"nobody there": {func(o *blob.S3Options) { o.Endpoint = "https://127.0.0.1:1" }, "连不上"},
	} {
		err := blob.Probe(ctx, bucket(t, s, test.change))
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), s.Secret) {
			t.Errorf("%s: the secret is in %q", name, err)
		}
	}
	if err := blob.Probe(ctx, bucket(t, s, nil)); err != nil {
		t.Error(err)
	}
	if keys, _ := s.Keys(); len(keys) != 0 {
		t.Errorf("left behind: %v", keys)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := bucket(t, s, nil).Get(gone, blob.Name("a", blob.Digest{})); !errors.Is(err, context.Canceled) {
		t.Errorf("gone: %v", err)
	}
}

func TestCopyGoesOnAndCompares(t *testing.T) {
	s := storagetest.NewS3(t)
	k, folder, far := key(t), blob.NewFolder(t.TempDir()), bucket(t, s, nil)
	d := blob.On(folder, rand.Reader)
	for i := range 8 { // the store lists three at a time
		if _, _, err := d.Put(ctx, k, "case/1", strings.NewReader(strings.Repeat("x", i*1000)), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	stop := errors.New("stop")
	broken, cancel := context.WithCancelCause(ctx)
	_, err := blob.Copy(broken, folder, far, func(c blob.Copied) {
		if c.Files == 4 {
			cancel(stop)
		}
	})
	if err == nil {
		t.Fatal("a copy that was broken off says that it is done")
	}
	keys, _ := s.Keys()
	s.Alter(keys[1], []byte("damaged on the way"))
	got, err := blob.Copy(ctx, folder, far, nil)
	if err != nil || got.Files != 8 || got.There != len(keys)-1 {
		t.Errorf("%+v %v, %d were there", got, err, len(keys))
	}
	back := blob.NewFolder(t.TempDir())
	if again, err := blob.Copy(ctx, far, back, nil); err != nil || again.Files != 8 || again.Bytes != got.Bytes || again.There != 0 {
		t.Errorf("back: %+v %v", again, err)
	}
	s.Misbehave(onMethod(http.MethodPut, storagetest.S3Forget))
	keys, _ = s.Keys()
	s.Alter(keys[0], nil)
	if _, err := blob.Copy(ctx, folder, far, nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that forgets: %v", err)
	}
}

// Names that are not ours are no attachments, whoever put them there.
func TestEachLeavesOthersAlone(t *testing.T) {
	s := storagetest.NewS3(t)
	p := bucket(t, s, nil)
	d := blob.On(p, rand.Reader)
	digest, _, err := d.Put(ctx, key(t), "case/1", strings.NewReader("x"), 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"bank/files/readme.txt", "bank/files/ab/cd", "bank/other", "bank/files/" + strings.ToUpper(blob.Name("a", digest)[:1]) + "x"} {
		s.Alter(k, []byte("theirs"))
	}
	var names []string
	err = p.Each(ctx, func(e blob.Entry) error {
		names = append(names, e.Name)
		return nil
	})
	if err != nil || len(names) != 1 || names[0] != blob.Name("case/1", digest) {
		t.Errorf("%v %v", names, err)
	}
	if _, err := p.Stat(ctx, blob.Name("case/2", digest)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not there: %v", err)
	}
}

func TestReadSettings(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("key", "id\nsecret\n")
	write("one", "id\n")
	const whole = "endpoint = \"https://s3.bank.example:9000\"\nbucket = \"xiaobao\"\naccess_key_file = \"key\"\n"
	o, err := blob.ReadSettings(write("good.toml", whole))
	if err != nil || o.KeyID != "id" || o.Secret != "secret" || !o.PathStyle || o.Region == "" {
		t.Errorf("%+v %v", o, err)
	}
	if o, err := blob.ReadSettings(write("dns.toml", whole+"path_style = false\n")); err != nil || o.PathStyle {
		t.Errorf("%+v %v", o, err)
	}
	for want, content := range map[string]string{
		"endpoint":        strings.Replace(whole, "https://s3.bank.example:9000", "s3.bank.example", 1),
		"不带路径":            strings.Replace(whole, ":9000", ":9000/xiaobao", 1),
		"bucket":          strings.Replace(whole, `"xiaobao"`, `"Xiaobao!"`, 1),
		"access_key_file": strings.Replace(whole, `access_key_file = "key"`, "", 1),
		"两行":              strings.Replace(whole, `"key"`, `"one"`, 1),
		"访问密钥文件":          strings.Replace(whole, `"key"`, `"none"`, 1),
		"不认识的项 secret":    whole + "secret = \"x\"\n",
		"ca_file":         whole + "ca_file = \"none\"\n",
		"写得不对":            "endpoint = ",
	} {
		if _, err := blob.ReadSettings(write("bad.toml", content)); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	o.CA = []byte("no certificate")
	if _, err := blob.NewS3(o); !fault.Is(err, fault.Invalid) {
		t.Errorf("no certificate: %v", err)
	}
}

// A body of any size passes through a bounded piece of memory and one sealed
// file on the disk, which on Linux has no name at any moment.
func TestS3Spools(t *testing.T) {
	s := storagetest.NewS3(t)
	spool := t.TempDir()
	d := blob.On(bucket(t, s, func(o *blob.S3Options) { o.Spool = spool }), rand.Reader)
	seen := 0
	r := io.MultiReader(bytes.NewReader(make([]byte, 300_000)), readFunc(func([]byte) (int, error) {
		seen = len(files(t, spool))
		return 0, io.EOF
	}))
	want := 1
	if runtime.GOOS == "linux" {
		want = 0
	}
	if _, _, err := d.Put(ctx, key(t), "case/1", r, 1<<20); err != nil || seen != want {
		t.Errorf("%v, %d files on the way", err, seen)
	}
	if left := files(t, spool); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

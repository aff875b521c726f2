package storagetest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// S3 is a stand-in for a store that speaks S3: one bucket in memory behind TLS. It
// refuses what is not rightly signed (AWS signature version 4, the whole request
// with the sum of its body) and what does not have the sums that it announced,
// and misbehaves when told to.
type S3 struct {
	*httptest.Server
	Bucket, KeyID, Secret, Region string

	mu      sync.Mutex
	objects map[string]s3Object
	bad     func(r *http.Request) S3Fault
	puts    int
}

type s3Object struct {
	content []byte
	at      time.Time
}

// S3Fault is a way to misbehave.
type S3Fault int

// Ways to misbehave.
const (
	S3Fine     S3Fault = iota
	S3Busy             // 503 SlowDown
	S3Truncate         // half of the body, then the connection ends
	S3Stall            // half of the body, then silence
	S3Forget           // 200 to what was not kept
	S3Shorten          // 200 to what was kept by half
	S3Twist            // a byte of what is read is another
)

// s3Page is how many names a page of a list has: few, so that tests see several.
const s3Page = 3

// NewS3 starts the store. It ends with the test.
func NewS3(t testing.TB) *S3 {
	s := &S3{Bucket: "xiaobao-test", KeyID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Region: "cn-test-1", objects: map[string]s3Object{}}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it are a test
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// CA is the certificate of the store in PEM.
func (s *S3) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// Settings writes the files that describe the store to the program and returns
// the path of the one to name.
func (s *S3) Settings(t testing.TB, prefix string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"bucket.toml": fmt.Sprintf("endpoint = %q\nbucket = %q\nregion = %q\nprefix = %q\naccess_key_file = \"key\"\nca_file = \"ca.pem\"\n", s.URL, s.Bucket, s.Region, prefix),
		"key":         s.KeyID + "\n" + s.Secret + "\n",
		"ca.pem":      string(s.CA()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "bucket.toml")
}

// Misbehave asks fn before every request what to do wrong; nil for nothing.
func (s *S3) Misbehave(fn func(r *http.Request) S3Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad = fn
}

// Keys are the names in the bucket, in order, and how often something was put.
func (s *S3) Keys() (keys []string, puts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.objects {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys, s.puts
}

// Alter changes what lies under a name; nil removes it.
func (s *S3) Alter(key string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if content == nil {
		delete(s.objects, key)
		return
	}
	s.objects[key] = s3Object{content, time.Now()}
}

// Age moves the time of a file back.
func (s *S3) Age(key string, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.objects[key]
	o.at = o.at.Add(-by)
	s.objects[key] = o
}

// ServeHTTP implements http.Handler.
func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if why := s.refuse(r, body); why != "" {
		s3Error(w, http.StatusForbidden, "SignatureDoesNotMatch", why)
		return
	}
	s.mu.Lock()
	ask := s.bad
	s.mu.Unlock()
	do := S3Fine
	if ask != nil {
		do = ask(r)
	}
	if do == S3Busy {
		s3Error(w, http.StatusServiceUnavailable, "SlowDown", "please reduce your request rate")
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case bucket != s.Bucket:
		s3Error(w, http.StatusNotFound, "NoSuchBucket", bucket)
	case key == "" && r.Method == http.MethodGet:
		s.list(w, r.URL.Query())
	case r.Method == http.MethodPut:
		s.put(w, r, key, body, do)
	case r.Method == http.MethodDelete:
		s.Alter(key, nil)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.get(w, r, key, do)
	default:
		s3Error(w, http.StatusMethodNotAllowed, "MethodNotAllowed", r.Method)
	}
}

func s3Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}

func (s *S3) put(w http.ResponseWriter, r *http.Request, key string, body []byte, do S3Fault) {
	short := md5.Sum(body)
	if given := r.Header.Get("Content-Md5"); given != base64.StdEncoding.EncodeToString(short[:]) {
		s3Error(w, http.StatusBadRequest, "BadDigest", given)
		return
	}
	s.mu.Lock()
	s.puts++
	switch do {
	case S3Forget:
	case S3Shorten:
		s.objects[key] = s3Object{body[:len(body)/2], time.Now()}
	default:
		s.objects[key] = s3Object{body, time.Now()}
	}
	s.mu.Unlock()
	w.Header().Set("ETag", `"`+hex.EncodeToString(short[:])+`"`)
}

func (s *S3) get(w http.ResponseWriter, r *http.Request, key string, do S3Fault) {
	s.mu.Lock()
	o, ok := s.objects[key]
	s.mu.Unlock()
	if !ok {
		s3Error(w, http.StatusNotFound, "NoSuchKey", key)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(o.content)))
	w.Header().Set("Last-Modified", o.at.UTC().Format(http.TimeFormat))
	w.Header().Set("ETag", `"00000000000000000000000000000000"`) // of no use to anybody
	if r.Method == http.MethodHead {
		return
	}
	content := o.content
	switch do {
	case S3Twist:
		content = slices.Clone(content)
		content[len(content)/2] ^= 1
	case S3Truncate, S3Stall:
		_, _ = w.Write(content[:len(content)/2])
		_ = http.NewResponseController(w).Flush()
		if do == S3Stall {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(content)
}

// s3List is the answer to a list, version 2.
type s3List struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string
	Prefix      string
	KeyCount    int
	IsTruncated bool
	Next        string `xml:"NextContinuationToken,omitempty"`
	Contents    []s3Entry
}

type s3Entry struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
}

func (s *S3) list(w http.ResponseWriter, q url.Values) {
	keys, _ := s.Keys()
	out := s3List{Name: s.Bucket, Prefix: q.Get("prefix")}
	for _, k := range keys {
		if !strings.HasPrefix(k, out.Prefix) || k <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == s3Page {
			out.IsTruncated, out.Next = true, out.Contents[s3Page-1].Key
			break
		}
		s.mu.Lock()
		o := s.objects[k]
		s.mu.Unlock()
		out.Contents = append(out.Contents, s3Entry{k, o.at.UTC().Format(time.RFC3339), `"x"`, len(o.content)})
	}
	out.KeyCount = len(out.Contents)
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

// refuse says what is wrong with the signature of a request, "" for nothing:
// signature version 4 as Amazon describes it, computed anew.
func (s *S3) refuse(r *http.Request, body []byte) string {
	sum := sha256.Sum256(body)
	given := r.Header.Get("X-Amz-Content-Sha256")
	if given != hex.EncodeToString(sum[:]) && (r.Method == http.MethodPut || given != "UNSIGNED-PAYLOAD") {
		return "the body is not what was signed"
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 15*time.Minute {
		return "the time is not near"
	}
	scope := at.Format("20060102") + "/" + s.Region + "/s3/aws4_request"
	fields := map[string]string{}
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for part := range strings.SplitSeq(auth, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[k] = v
	}
	if !ok || fields["Credential"] != s.KeyID+"/"+scope {
		return "the credential is not known here"
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	for _, need := range []string{"host", "x-amz-content-sha256", "x-amz-date"} {
		if !slices.Contains(signed, need) {
			return need + " is not signed"
		}
	}
	canonical := sha256.Sum256([]byte(canonicalRequest(r, signed, given)))
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + scope + "\n" + hex.EncodeToString(canonical[:])
	key := []byte("AWS4" + s.Secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = hmacOf(key, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(hmacOf(key, text))), []byte(fields["Signature"])) {
		return "the signature is another"
	}
	return ""
}

func canonicalRequest(r *http.Request, signed []string, payload string) string {
	var b strings.Builder
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	fmt.Fprintf(&b, "%s\n%s\n%s\n", r.Method, r.URL.EscapedPath(), query)
	for _, h := range signed {
		v := r.Header.Get(h)
		switch h {
		case "host":
			v = r.Host
		case "content-length":
			v = strconv.FormatInt(r.ContentLength, 10)
		}
		fmt.Fprintf(&b, "%s:%s\n", h, strings.TrimSpace(v))
	}
	fmt.Fprintf(&b, "\n%s\n%s", strings.Join(signed, ";"), payload)
	return b.String()
}

func hmacOf(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

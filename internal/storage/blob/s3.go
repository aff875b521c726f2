package blob

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"xiaobao/internal/fault"
	"xiaobao/internal/spool"
)

// Bounds of the conversation with a store. A request that says nothing for stall
// is given up; one that goes on may take as long as it needs.
const (
	s3Connect = 10 * time.Second
	s3Stall   = 30 * time.Second
	s3Tries   = 4
)

// S3 is a Place in a bucket of a store that speaks S3. It holds files of up to 5 GB,
// the most that S3 takes in one request: one request is whole or not at all.
type S3 struct {
	core   minio.Core
	bucket string
	prefix string // "" or ends with a slash
	url    string
	spool  string
	stall  time.Duration
}

// NewS3 prepares the client; nothing is sent.
func NewS3(o S3Options) (*S3, error) {
	host, secure, err := splitEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: s3Connect}).DialContext,
		TLSHandshakeTimeout:   s3Connect,
		ResponseHeaderTimeout: o.stall(),
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       time.Minute,
		DisableCompression:    true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if len(o.CA) > 0 {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, fault.New(fault.Invalid, "附件存储的 ca_file 里没有 PEM 格式的证书。请换成签发存储证书的机构证书")
		}
	}
	lookup := minio.BucketLookupDNS
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	c, err := minio.NewCore(host, &minio.Options{
		Creds:  credentials.NewStaticV4(o.KeyID, o.Secret, ""),
		Secure: secure, Transport: t, Region: o.Region, BucketLookup: lookup, MaxRetries: s3Tries,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "附件存储的 endpoint %s 写得不对：%v", o.Endpoint, err)
	}
	c.SetAppInfo("xiaobao", "1")
	prefix := strings.Trim(o.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &S3{core: *c, bucket: o.Bucket, prefix: prefix, url: strings.TrimRight(o.Endpoint, "/"), spool: o.Spool, stall: o.stall()}, nil
}

// String is endpoint, bucket and prefix.
func (s *S3) String() string { return s.url + "/" + s.bucket + "/" + s.prefix }

// Spool makes the file in the temporary folder; what stands in it is sealed.
func (s *S3) Spool() (spool.File, error) {
	f, err := spool.New(s.spool)
	if err != nil {
		return f, fault.Wrap(fault.Unavailable, err, "附件没有保存：临时文件夹不可写。请通知管理员检查磁盘空间和权限。")
	}
	return f, nil
}

// Put sends the file with the sums of its content, which the store must check, and
// asks afterwards whether it has all of it.
func (s *S3) Put(ctx context.Context, f *os.File, name string) error {
	short, long := md5.New(), sha256.New() // S3 asks for MD5; nothing rests on it
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return unwritable(err)
	}
	size, err := io.Copy(io.MultiWriter(short, long), f)
	if err != nil {
		return unwritable(err)
	}
	ctx, beat := s.watch(ctx)
	defer beat.stop()
	body := &beating{io.NewSectionReader(f, 0, size), beat}
	_, err = s.core.PutObject(ctx, s.bucket, s.prefix+name, body, size, base64.StdEncoding.EncodeToString(short.Sum(nil)),
		hex.EncodeToString(long.Sum(nil)), minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	if err != nil {
		return s.failed(ctx, err)
	}
	e, err := s.Stat(ctx, name)
	if err == nil && e.Size != size {
		err = fault.New(fault.Unavailable, "附件存储 %s 收下的文件不完整（%d 字节，应为 %d），没有保存。请通知管理员检查存储。", s, e.Size, size)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fault.New(fault.Unavailable, "附件存储 %s 答复已收下，却查不到，没有保存。请通知管理员检查存储。", s)
	}
	return err
}

// Get implements Place. A body that ends early or stalls is fault.Unavailable.
func (s *S3) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	ctx, beat := s.watch(ctx)
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		err = s.failed(ctx, err)
		beat.stop()
		return nil, err
	}
	return &s3Body{ctx, body, beat, s}, nil
}

// Stat implements Place.
func (s *S3) Stat(ctx context.Context, name string) (Entry, error) {
	ctx, beat := s.watch(ctx)
	defer beat.stop()
	o, err := s.core.StatObject(ctx, s.bucket, s.prefix+name, minio.StatObjectOptions{})
	if err != nil {
		return Entry{}, s.failed(ctx, err)
	}
	return Entry{name, o.Size, o.LastModified}, nil
}

// Delete implements Place.
func (s *S3) Delete(ctx context.Context, name string) error {
	ctx, beat := s.watch(ctx)
	defer beat.stop()
	err := s.core.RemoveObject(ctx, s.bucket, s.prefix+name, minio.RemoveObjectOptions{})
	if err = s.failed(ctx, err); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Each lists the bucket in pages of a thousand, in the order of names. What has
// not the form of our names is left alone.
func (s *S3) Each(ctx context.Context, fn func(Entry) error) error {
	more := ""
	for {
		page, err := s.list(ctx, more)
		if err != nil {
			return err
		}
		for _, o := range page.Contents {
			name := strings.TrimPrefix(o.Key, s.prefix)
			if !isName(name) {
				continue
			}
			if err := fn(Entry{name, o.Size, o.LastModified}); err != nil {
				return err
			}
		}
		if !page.IsTruncated || page.NextContinuationToken == "" {
			return nil
		}
		more = page.NextContinuationToken
	}
}

// list has no context in the client; it is bounded by its timeouts.
func (s *S3) list(ctx context.Context, more string) (minio.ListBucketV2Result, error) {
	if err := ctx.Err(); err != nil {
		return minio.ListBucketV2Result{}, err
	}
	page, err := s.core.ListObjectsV2(s.bucket, s.prefix, "", more, "", 1000)
	return page, s.failed(ctx, err)
}

// isName reports whether a key below the prefix is one that Name made.
func isName(name string) bool {
	b, err := hex.DecodeString(strings.Replace(name, "/", "", 1))
	return err == nil && len(b) == 1+sha256.Size && len(name) > 5 && name[2] == '/' && name[:2] == name[3:5]
}

// failed says for people what went wrong; a file that is not there is fs.ErrNotExist.
func (s *S3) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errStalled) {
		return cause
	}
	r, ok := errors.AsType[minio.ErrorResponse](err)
	switch {
	case ok && (r.Code == minio.NoSuchKey || r.Code == minio.NoSuchVersion):
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case ok && r.Code == minio.NoSuchBucket:
		return fault.Wrap(fault.Unavailable, err, "附件存储里没有桶 %s。请通知管理员建好桶，或改正设置里的 bucket。", s.bucket)
	case ok && (r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusUnauthorized):
		return fault.Wrap(fault.Unavailable, err, "附件存储 %s 拒绝了访问（%s）。请通知管理员核对访问密钥、桶的权限和本机时钟。", s, r.Code)
	case ok:
		return fault.Wrap(fault.Unavailable, err, "附件存储 %s 答复出错（%s），请稍后再试；一直这样时请通知管理员。", s, r.Code)
	}
	return fault.Wrap(fault.Unavailable, err, "附件存储 %s 连不上或中断，请稍后再试；一直这样时请通知管理员。", s)
}

// errStalled ends a request in which nothing moves.
var errStalled = errors.New("blob: the store stopped sending")

// beat cancels a request when nothing has moved for a while.
type beat struct {
	timer  *time.Timer
	after  time.Duration
	cancel context.CancelCauseFunc
}

func (s *S3) watch(ctx context.Context) (context.Context, *beat) {
	ctx, cancel := context.WithCancelCause(ctx)
	// A request with all its tries may be silent this long.
	return ctx, &beat{time.AfterFunc(s.stall*(s3Tries+1), func() { cancel(errStalled) }), s.stall, cancel}
}

// moved says that something came or went.
func (b *beat) moved() { b.timer.Reset(b.after) }

func (b *beat) stop() {
	b.timer.Stop()
	b.cancel(nil)
}

// beating is a body being sent.
type beating struct {
	*io.SectionReader
	beat *beat
}

// Read implements io.Reader. After the last piece the store may take its time.
func (r *beating) Read(p []byte) (int, error) {
	n, err := r.SectionReader.Read(p)
	r.beat.timer.Reset(r.beat.after * (s3Tries + 1))
	return n, err
}

// s3Body is a body being read.
type s3Body struct {
	ctx  context.Context
	body io.ReadCloser
	beat *beat
	s    *S3
}

// Read implements io.Reader.
func (r *s3Body) Read(p []byte) (int, error) {
	r.beat.moved()
	n, err := r.body.Read(p)
	if err != nil && err != io.EOF {
		err = r.s.failed(r.ctx, err)
	}
	return n, err
}

// Close implements io.Closer.
func (r *s3Body) Close() error {
	err := r.body.Close()
	r.beat.stop()
	return err
}

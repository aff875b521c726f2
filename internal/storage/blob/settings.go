package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
)

// S3Options says where a bucket is and how to get in.
type S3Options struct {
	Endpoint  string // https://host[:port]
	Bucket    string
	Region    string
	Prefix    string // before every name; "" for none
	KeyID     string // access key id
	Secret    string // secret access key
	PathStyle bool   // bucket in the path and not in the host name
	CA        []byte // PEM certificates to trust instead of those of the system; nil for these
	Spool     string // folder of sealed files on their way; "" is the temporary folder

	Stall time.Duration // after which silence is a failure; 0 for the default
}

func (o S3Options) stall() time.Duration {
	if o.Stall > 0 {
		return o.Stall
	}
	return s3Stall
}

// settingsFile is what an operator writes.
type settingsFile struct {
	Endpoint  string `toml:"endpoint"`
	Bucket    string `toml:"bucket"`
	Region    string `toml:"region"`
	Prefix    string `toml:"prefix"`
	KeyFile   string `toml:"access_key_file"`
	PathStyle *bool  `toml:"path_style"`
	CAFile    string `toml:"ca_file"`
}

// bucketName is what every store takes.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// ReadSettings reads the TOML file that describes a bucket. Paths in it are
// relative to it. The access key stands in a file of its own: the id in its first
// line, the secret in its second.
func ReadSettings(path string) (S3Options, error) {
	var f settingsFile
	meta, err := toml.DecodeFile(path, &f)
	if err != nil {
		return S3Options{}, fault.Wrap(fault.Invalid, err, "附件存储的设置文件 %s 读不了或写得不对：%v", path, err)
	}
	if left := meta.Undecoded(); len(left) > 0 {
		return S3Options{}, fault.New(fault.Invalid, "附件存储的设置文件 %s 里有不认识的项 %s，请核对拼写", path, left[0])
	}
	if _, _, err := splitEndpoint(f.Endpoint); err != nil {
		return S3Options{}, err
	}
	if !bucketName.MatchString(f.Bucket) {
		return S3Options{}, fault.New(fault.Invalid, "附件存储的设置文件 %s：bucket 应为 3 至 63 个小写字母、数字、点和连字符，不能是 %q", path, f.Bucket)
	}
	o := S3Options{Endpoint: f.Endpoint, Bucket: f.Bucket, Region: f.Region, Prefix: f.Prefix, PathStyle: f.PathStyle == nil || *f.PathStyle}
	if o.Region == "" {
		o.Region = "us-east-1" // what stores without regions take for theirs
	}
	near := func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(filepath.Dir(path), p)
	}
	if f.CAFile != "" {
		if o.CA, err = os.ReadFile(near(f.CAFile)); err != nil {
			return o, fault.Wrap(fault.Invalid, err, "附件存储的设置文件 %s：读不了 ca_file %s", path, f.CAFile)
		}
	}
	if f.KeyFile == "" {
		return o, fault.New(fault.Invalid, "附件存储的设置文件 %s：请用 access_key_file 指明访问密钥的文件（第一行编号，第二行密钥）", path)
	}
	o.KeyID, o.Secret, err = readAccessKey(near(f.KeyFile))
	return o, err
}

func readAccessKey(path string) (id, secret string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "", fault.Wrap(fault.Invalid, err, "读不了附件存储的访问密钥文件 %s。请检查路径和权限", path)
	}
	lines := strings.Fields(string(raw))
	if len(lines) != 2 {
		return "", "", fault.New(fault.Invalid, "访问密钥文件 %s 应有两行：第一行编号（access key id），第二行密钥（secret access key）", path)
	}
	return lines[0], lines[1], nil
}

// splitEndpoint takes an address without path, user and query.
func splitEndpoint(endpoint string) (host string, secure bool, err error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false, fault.New(fault.Invalid, "附件存储的 endpoint 应写成 https://主机:端口，不带路径，不能是 %q", endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}

// Probe writes, reads and removes a small file: whether a place
// can be used. The file bears a name of its own and is of no owner.
func Probe(ctx context.Context, p Place) (err error) {
	content := make([]byte, 64)
	if _, err := rand.Read(content); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	h := hex.EncodeToString(sum[:])
	name := h[:2] + "/" + h
	f, err := p.Spool()
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return unwritable(err)
	}
	if err := p.Put(ctx, f.File, name); err != nil {
		return err
	}
	in, err := p.Get(ctx, name)
	if err != nil {
		return err
	}
	if got, err := sumTo(io.Discard, in); err != nil || got != sum {
		return errors.Join(err, fault.New(fault.Unavailable, "附件存储 %s 读回来的与写入的不同。请检查存储。", p))
	}
	if err := p.Delete(ctx, name); err != nil {
		return err
	}
	if _, err := p.Stat(ctx, name); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fault.New(fault.Unavailable, "附件存储 %s 里删除的文件还在。请检查删除的权限；桶若开了版本保留，到期删除的内容仍会留存。", p))
	}
	return nil
}

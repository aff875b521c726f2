package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/storage"
)

// KeyFile is the master key inside the data folder.
const KeyFile = "master.key"

// keyPath is where the master key is.
func (c *call) keyPath() string {
	if p := c.conf.get("master-key-file"); p != "" {
		return p
	}
	return filepath.Join(c.conf.get("data"), KeyFile)
}

// hasData reports whether there is a database already. A server behind a DSN is
// asked by opening it.
func (c *call) hasData() bool {
	if c.conf.get("dsn") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(c.conf.get("data"), storage.FileName))
	return err == nil
}

// readKey reads the master key: 64 hexadecimal digits, alone in their file.
func readKey(path string) (key [32]byte, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return key, fault.Wrap(fault.Unavailable, err, "没有权限读主密钥文件 %s%s。请用 chown 把它改归运行小保的用户所有，权限保持 600", path, folder.Whose(path))
	}
	if err != nil {
		return key, fault.Wrap(fault.Unavailable, err, "读不了主密钥文件 %s。请把备份的主密钥放回这里，或用 --master-key-file 指明位置；没有它，个人信息无法解密", path)
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(b) != len(key) {
		return key, fault.New(fault.Invalid, "主密钥文件 %s 的内容不对：应为 64 位十六进制数字。请放回备份的主密钥", path)
	}
	return [32]byte(b), nil
}

// makeKey draws a new key and keeps it in a file that only its owner can read: the owner of
// like, the folder or the key before it.
func makeKey(path, like string) (key [32]byte, err error) {
	if _, err := rand.Read(key[:]); err != nil {
		return key, err
	}
	return key, writeKey(path, like, key)
}

// writeKey keeps a key in a file of its own that is not there yet, and that belongs to whoever
// like belongs to. A file that does not hold the whole key never has that name.
func writeKey(path, like string, key [32]byte) error {
	if err := folder.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, err, "建不了目录 %s，请检查权限", filepath.Dir(path))
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // mode 0600
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了主密钥文件 %s，请检查权限", path)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err := errors.Join(err, folder.Own(f, like), f.Sync(), f.Close()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了主密钥文件 %s，请检查磁盘空间", path)
	}
	err = os.Link(f.Name(), path) // fails where the name is taken
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Stat(path); err == nil { // a file system without links
		return fs.ErrExist
	}
	return os.Rename(f.Name(), path)
}

// master returns the master key. A first start makes it, and says so; data
// without its key is never given a new one.
func (c *call) master(create bool) ([32]byte, error) {
	path := c.keyPath()
	_, err := os.Stat(path)
	if !create || !errors.Is(err, fs.ErrNotExist) || c.hasData() && c.conf.get("dsn") == "" {
		return readKey(path)
	}
	key, err := makeKey(path, filepath.Dir(path))
	if err == nil {
		c.warn("已生成主密钥 %s。请立即另行备份（不要与数据备份放在一起）：丢失后，个人信息无法恢复。",
			"A master key was made: %s. Back it up now, away from the data: without it personal data cannot be read again.", path)
	}
	return key, err
}

// open opens the store; with create also one that is not there yet.
func (c *call) open(ctx context.Context, create bool, o storage.Options) (*storage.Store, error) {
	if !create && !c.hasData() {
		return nil, fault.New(fault.NotFound, "%s 里没有数据。请用 --data 指明数据目录，或先运行 xiaobao serve 或 xiaobao demo", c.conf.get("data"))
	}
	key, err := c.master(create)
	if err != nil {
		return nil, err
	}
	o.Hash, o.Suite = c.conf.get("hash"), c.conf.get("sealing")
	if o.Files, err = c.bucket(); err != nil {
		return nil, err
	}
	o.Dir, o.DSN, o.Master = c.conf.get("data"), c.conf.get("dsn"), key
	if o.Now == nil {
		o.Now = c.Now
	}
	if o.Log == nil {
		o.Log = c.logger()
	}
	return storage.Open(ctx, o)
}

// logger writes what the program notes to standard error.
func (c *call) logger() *slog.Logger {
	level := slog.LevelWarn
	if v := c.conf.get("log-level"); v != "" {
		if err := level.UnmarshalText([]byte(v)); err != nil {
			c.warn("日志级别 %s 不认识，按 warn 处理", "log level %s is not known, warn is taken", v)
		}
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
}

// with runs fn on the open store and closes it.
func (c *call) with(ctx context.Context, fn func(*storage.Store) error) error {
	s, err := c.open(ctx, false, storage.Options{})
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.Close())
}

// app returns the use cases over an open store. Letters bear the name that the
// configuration gives, else that of head office.
func (c *call) app(ctx context.Context, s *storage.Store, o app.Options) (*app.App, error) {
	if o.Now == nil {
		o.Now = c.Now
	}
	o.Store, o.Log, o.Rand, o.OCR = s, c.logger(), rand.Reader, tesseract()
	o.Blobs = s.Files()
	if name := c.conf.get("institution"); name != "" {
		o.Institution = name
	}
	a, err := app.New(ctx, o)
	if err != nil || o.Institution != "" {
		return a, err
	}
	org, err := a.Org(ctx)
	if err != nil {
		return nil, err
	}
	if o.Institution = org.Tree.Name(org.Tree.Root()); o.Institution == "" {
		return a, nil
	}
	return app.New(ctx, o)
}

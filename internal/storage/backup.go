package storage

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/storage/blob"
)

// Backup is what a backup holds. It stands in the backup itself as manifest.json.
type Backup struct {
	At           time.Time `json:"at"`
	Installation string    `json:"installation"`
	Engine       string    `json:"engine"` // that it was taken from; the copy is always SQLite
	Schema       int64     `json:"schema"` // number of the newest migration
	Events       int64     `json:"events"`
	Complaints   int64     `json:"complaints"`
	Database     int64     `json:"database"` // bytes
	Files        int       `json:"files"`    // attachments
	FileBytes    int64     `json:"file_bytes"`
	Checkpoint   string    `json:"checkpoint"`
	Encrypted    bool      `json:"encrypted"`
	Size         int64     `json:"size,omitempty"`   // bytes of the file; 0 for a folder
	Sum          string    `json:"sha256,omitempty"` // of the file
}

// Backup writes a copy of everything into an empty folder while the program runs:
// the database as of one moment, the attachments, and a signed checkpoint against
// which Restore verifies. Writers are not held up. The master key is not in it and
// must be kept apart: without it nobody, not even its owner, can read the copy.
// A PostgreSQL database is copied into the same form.
func (s *Store) Backup(ctx context.Context, dir string) (Backup, error) {
	if err := needEmpty(dir); err != nil {
		return Backup{}, err
	}
	b, err := s.backup(ctx, dir, func(b Backup, database string) (Backup, error) {
		return s.writeParts(b, database, &partWriter{ctx: ctx, dir: dir, at: b.At})
	})
	if err != nil {
		return b, failedCopy(err, dir)
	}
	return b, nil
}

// BackupFile is Backup into one new tar file, encrypted to the recipients when
// there are any. Meanwhile a copy of the database lies beside it. The name is
// given when the file is complete and on the disk.
func (s *Store) BackupFile(ctx context.Context, file string, to []age.Recipient) (Backup, error) {
	return s.backupFile(ctx, file, to, nil)
}

// backupFile also writes the plain tar into mirror, if there is one.
func (s *Store) backupFile(ctx context.Context, file string, to []age.Recipient, mirror io.Writer) (Backup, error) {
	if _, err := os.Lstat(file); err == nil {
		return Backup{}, fault.New(fault.Conflict, "文件 %s 已经存在，为免覆盖已停止。请换一个文件名。", file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return Backup{}, unusable(err, filepath.Dir(file))
	}
	b, err := s.backup(ctx, filepath.Dir(file), func(b Backup, database string) (Backup, error) {
		b.Encrypted = len(to) > 0
		return s.writeFile(ctx, b, database, file, to, mirror)
	})
	if err != nil {
		return b, failedCopy(err, file)
	}
	return b, nil
}

// workPrefix names the folders in which a backup or its check is at work.
const workPrefix = ".xiaobao-work-"

// backup makes the copy of the database in a folder of its own below dir and lets write go on.
func (s *Store) backup(ctx context.Context, dir string, write func(Backup, string) (Backup, error)) (Backup, error) {
	b := Backup{At: micros(s.now()), Installation: s.install, Engine: s.engine.String()}
	note, err := s.Checkpoint(ctx) // before the copy, so that the copy holds all it vouches for
	if err != nil {
		return b, err
	}
	b.Checkpoint = string(note)
	work, err := os.MkdirTemp(dir, workPrefix)
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(work)
	database := filepath.Join(work, FileName)
	if b.Database, err = s.copyDatabase(ctx, database); err != nil {
		return b, err
	}
	if err := b.count(ctx, database); err != nil {
		return b, err
	}
	return write(b, database)
}

// writeParts writes everything. The attachments come after the database: a file is
// stored before the event that names it.
func (s *Store) writeParts(b Backup, database string, p *partWriter) (Backup, error) {
	if err := p.putFile(FileName, database); err != nil {
		return b, err
	}
	if err := os.Remove(database); err != nil { // room for what comes
		return b, err
	}
	err := s.place.Each(p.ctx, func(e blob.Entry) error {
		f, err := s.place.Get(p.ctx, e.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		defer f.Close()
		b.Files, b.FileBytes = b.Files+1, b.FileBytes+e.Size
		return p.put(FilesName+"/"+e.Name, e.Size, f)
	})
	if err != nil {
		return b, err
	}
	if err := errors.Join(p.putText(publicKeyName, []byte(s.PublicKey()+"\n")), p.putText(checkpointName, []byte(b.Checkpoint))); err != nil {
		return b, err
	}
	return b, p.finish(b)
}

func (s *Store) writeFile(ctx context.Context, b Backup, database, file string, to []age.Recipient, mirror io.Writer) (Backup, error) {
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return b, err
	}
	defer os.Remove(part) // renamed when all went well
	defer f.Close()
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<18)
	var w io.WriteCloser = nopCloser{out}
	if len(to) > 0 {
		if w, err = age.Encrypt(out, to...); err != nil {
			return b, err
		}
	}
	var plain io.Writer = w
	if mirror != nil {
		plain = io.MultiWriter(w, mirror)
	}
	if b, err = s.writeParts(b, database, &partWriter{ctx: ctx, tar: tar.NewWriter(plain), at: b.At}); err != nil {
		return b, err
	}
	if err := errors.Join(w.Close(), out.Flush(), f.Sync()); err != nil {
		return b, err
	}
	info, err := f.Stat()
	if err != nil {
		return b, err
	}
	b.Size, b.Sum = info.Size(), hexSum(sum)
	if err := errors.Join(f.Close(), os.Rename(part, file)); err != nil {
		return b, err
	}
	return b, folder.Sync(filepath.Dir(file))
}

type nopCloser struct{ io.Writer }

// Close does nothing.
func (nopCloser) Close() error { return nil }

func failedCopy(err error, to string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if folder.Refused(err) {
		return fault.Wrap(fault.Unavailable, err, "备份没有完成：%s 那里写不进去。"+folder.Mend, to)
	}
	return fault.Wrap(fault.Unavailable, err, "备份没有完成，%s 中的内容不能用。请检查磁盘空间和权限，清空后再试。", to)
}

func unusable(err error, dir string) error {
	if folder.Refused(err) {
		return fault.Wrap(fault.Unavailable, err, "目录 %s 不能使用。"+folder.Mend, dir)
	}
	return fault.Wrap(fault.Unavailable, err, "目录 %s 不能使用。请检查路径和权限。", dir)
}

// needEmpty makes the folder when it is missing and refuses one that holds anything.
func needEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return unusable(err, dir)
	}
	if len(entries) > 0 {
		return fault.New(fault.Conflict, "目录 %s 不是空的，为免覆盖已停止。请指定一个空目录或还不存在的目录。", dir)
	}
	return nil
}

// copyDatabase writes a copy of one snapshot as an SQLite file and returns its size.
func (s *Store) copyDatabase(ctx context.Context, to string) (int64, error) {
	var err error
	if s.engine == postgres {
		_, err = s.CopyInto(ctx, Options{Dir: filepath.Dir(to), Now: s.now, Log: s.log}, nil)
	} else {
		err = s.vacuumInto(ctx, to)
	}
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (s *Store) vacuumInto(ctx context.Context, to string) error {
	db, err := sql.Open("sqlite", "file:"+escapePath(filepath.Join(s.dir, FileName))+"?_pragma=busy_timeout(10000)&_pragma=cache_size(-4096)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}

// count notes what the copy holds, read from the copy itself.
func (b *Backup) count(ctx context.Context, database string) error {
	db, err := sql.Open("sqlite", "file:"+escapePath(database)+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM event) + (SELECT coalesce(sum(events), 0) FROM archive), (SELECT count(*) FROM complaint), (SELECT max(version_id) FROM goose_db_version)`).
		Scan(&b.Events, &b.Complaints, &b.Schema)
}

// RemoveWork removes what backups and checks that were killed have left in a
// folder. It must not run beside one.
func RemoveWork(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), workPrefix) || strings.HasSuffix(e.Name(), ".part") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// BackupRecipients reads age recipients, one a word. An error is a sentence.
func BackupRecipients(text string) ([]age.Recipient, error) {
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	if len(words) == 0 {
		return nil, nil
	}
	to, err := age.ParseRecipients(strings.NewReader(strings.Join(words, "\n")))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "备份的收件公钥写得不对：应为 age1 开头的公钥，多个用逗号分开。用 xiaobao backup key 可以生成一对。")
	}
	return to, nil
}

// BackupIdentities reads the age identities of a file. An error is a sentence.
func BackupIdentities(file string) ([]age.Identity, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "读不了 age 私钥文件 %s。请检查路径和权限。", file)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "文件 %s 里没有 age 私钥：应有 AGE-SECRET-KEY- 开头的一行。", file)
	}
	return ids, nil
}

// NewBackupKey draws an age identity and returns it as the text of a file, with
// the recipient that belongs into the configuration.
func NewBackupKey(now time.Time) (file, recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	recipient = id.Recipient().String()
	return fmt.Sprintf("# created: %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), recipient, id), recipient, nil
}

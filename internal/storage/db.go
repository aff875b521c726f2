// Package storage is the engine room: the ledger, the read tables and the search
// index on SQLite (one file, nothing beside the program) or on PostgreSQL (any
// number of copies of the program).
//
// There is one SQL text for both engines, with ? for arguments. What keeps it
// portable: ids and times come from Go (BIGINT, microseconds UTC; days as TEXT),
// no date arithmetic, ILIKE, JSON operators or arrays in SQL, always ORDER BY.
//
// Every change goes through one goroutine (see group) that commits what is
// waiting as one group, so that many writers share one fsync. An acknowledged
// change is on the disk.
package storage

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	_ "modernc.org/sqlite"           // the SQLite driver, without cgo

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/ledger"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage/blob"
)

// FileName is the SQLite database inside Options.Dir.
const FileName = "xiaobao.db"

// Options says where the data is and what the store takes from outside.
type Options struct {
	Dir    string           // folder of the SQLite file; created when missing
	DSN    string           // PostgreSQL connection string; when set, Dir is not used for the database
	Files  blob.Place       // where attachments lie; nil means the folder FilesName in Dir
	Master [32]byte         // master key: wraps case keys, search key and note key
	Now    func() time.Time // nil means time.Now
	Rand   io.Reader        // nil means crypto/rand
	Hash   string           // how new events are hashed, sha256 or sm3; empty keeps what the database has
	Suite  string           // with what new envelopes are sealed, aes-256-gcm or sm4-gcm; empty keeps what the database has
	Log    *slog.Logger     // nil means slog.Default
	Moving bool             // open a database into which MoveInto is not finished; others refuse it
	Cache  int              // MB of pages that the writer of SQLite keeps, and of log before it is folded in; 0 for what suits a server
	keys   *seal.Keys       // instead of Master: those of a store that is open
	upTo   int64            // stop at this version of the tables; 0 for the newest
	trial  bool             // a copy on which an upgrade is tried
}

// readers is how many snapshots read at once; others wait. The pool has one
// connection more, because a snapshot prepares a new statement on a connection
// beside its own: with none to spare, all would wait for each other.
const readers = 8

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine    engine
	read      *sql.DB // snapshots
	write     *sql.DB // one connection, owned by group; migrations before it starts
	keys      *seal.Keys
	now       func() time.Time
	rand      io.Reader
	log       *slog.Logger
	dir       string
	place     blob.Place // of the attachments
	group     *group
	queries   *binder
	slots     chan struct{} // held by each snapshot that reads
	stmts     sync.Map      // bound text -> *sql.Stmt of the readers
	stmtCount atomic.Int64
	hash      string         // how new events are hashed
	want      [2]string      // Options.Hash and Suite
	install   string         // installation id, in the first line of every checkpoint
	signer    *ledger.Signer // signs checkpoints with a key drawn from the master key
	count     counters
	rules     atomic.Pointer[Rules]  // by which read tables derive due dates
	herald    atomic.Pointer[Herald] // is told of what is appended to cases
	seq       *sequencer
	watch     *keyWatch
	upTo      int64 // see Options
	trial     bool
	moving    bool                          // see Options
	decoded   *Kept[[32]byte, review.Event] // long events of reviews
}

// Open opens the database, brings its tables up to date and checks that the
// master key belongs to it. The error is a sentence when a person can mend it:
// the folder cannot be written, the server does not answer, the key is another's.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := needRestored(o.Dir); err != nil {
		return nil, err
	}
	s, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, joinClose(err, s)
	}
	return s, nil
}

// serverCache is Options.Cache of a server: with 8 MB for each reader and the rest of
// the program it stays well under 100 MB; the system's page cache does the rest.
const serverCache = 16

// idleReaders is how many unused connections for reading are kept open.
const idleReaders = 8

// prepare fills defaults and opens the pools without touching the data.
func prepare(o Options) (*Store, error) {
	s := &Store{hash: ledger.AlgSHA256, want: [2]string{o.Hash, o.Suite}, now: o.Now, rand: o.Rand, log: o.Log, dir: o.Dir, place: o.place(), upTo: o.upTo, trial: o.trial, moving: o.Moving, slots: make(chan struct{}, readers), decoded: NewKept[[32]byte, review.Event](keptEvents)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	} else {
		s.rand = &lockedReader{r: s.rand}
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if o.keys != nil {
		s.keys = o.keys.Clone()
	} else if s.keys, err = seal.NewKeys(o.Master); err != nil {
		return nil, err
	}
	if o.DSN != "" {
		s.engine = postgres
		s.write, s.read, err = openPostgres(o.DSN)
	} else {
		s.engine = sqlite
		s.write, s.read, err = openSQLite(o.Dir, cmp.Or(o.Cache, serverCache))
	}
	s.queries = newBinder(s.engine)
	return s, err
}

// denied names the file of the database that belongs to somebody else: SQLite says no more than that it
// cannot open it, or opens it for reading.
func (s *Store) denied() error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if path := filepath.Join(s.dir, FileName) + suffix; s.engine == sqlite && folder.Denied(path) {
			return fault.New(fault.Unavailable, "没有权限读写 %s%s。请用 chown 把数据目录里的文件都改归运行小保的用户所有，再启动。", path, folder.Whose(path))
		}
	}
	return nil
}

// reach says what to look at when the database cannot be opened.
func (s *Store) reach(ctx context.Context) error {
	if err := s.denied(); err != nil {
		return err
	}
	err := s.write.PingContext(ctx)
	switch {
	case classify(err) == damaged:
		return explain(err)
	case err != nil:
		return fault.Wrap(fault.Unavailable, err, "打不开数据库。请检查数据目录能否写入、数据库服务器是否在运行，然后再启动。")
	}
	return nil
}

// start migrates, reads the keys and starts the writer and the sequencer.
func (s *Store) start(ctx context.Context) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	if err := s.refuseUnfinished(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.group = newGroup(s)
	if err := s.openKeys(ctx); err != nil {
		return err
	}
	s.seq = newSequencer(s)
	s.watch = newKeyWatch(s)
	return nil
}

// Close finishes what is queued, gives it leaf numbers and closes the database.
func (s *Store) Close() error {
	if s.watch != nil {
		s.watch.close()
	}
	if s.seq != nil {
		s.seq.close()
	}
	var first error
	if s.group != nil {
		s.giveBack()
		s.group.close()
	}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func joinClose(err error, s *Store) error {
	if cerr := s.Close(); cerr != nil {
		return fmt.Errorf("%w (close: %v)", err, cerr)
	}
	return err
}

// openSQLite returns the writer (one connection; a transaction takes the write
// lock at once) and the readers (which cannot write). The busy timeout stands
// first, because switching to WAL already needs the lock.
func openSQLite(dir string, cache int) (w, r *sql.DB, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, err, "建不了数据目录 %s。请检查上级目录的权限，或用 --data 指定别的目录。", dir)
	}
	if err := ownFile(dir); err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, err, "数据目录 %s 写不进去。请检查它的权限和磁盘，再启动。", dir)
	}
	w, err = sql.Open("sqlite", sqliteSource(dir)+"&_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		fmt.Sprintf("&_pragma=foreign_keys(ON)&_pragma=cache_size(%d)&_pragma=mmap_size(0)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(%d)", -cache<<10, cache*250))
	if err != nil {
		return nil, nil, err
	}
	w.SetMaxOpenConns(1)
	if r, err = openReaders(dir); err != nil {
		return w, nil, err
	}
	r.SetMaxOpenConns(readers + 1)
	r.SetMaxIdleConns(idleReaders)
	r.SetConnMaxIdleTime(5 * time.Minute)
	return w, r, nil
}

// ownFile makes an empty database where there is none: it is the folder's owner's, whoever starts the
// program, and nobody else may read it. SQLite gives the files beside it the same owner and mode.
func ownFile(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, FileName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304: the folder that was named
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(folder.Own(f, dir), f.Close())
}

func sqliteSource(dir string) string {
	return "file:" + escapePath(filepath.Join(dir, FileName)) + "?_pragma=busy_timeout(10000)"
}

// openReaders opens connections that cannot write: 8 MB for each of at most 8.
func openReaders(dir string) (*sql.DB, error) {
	return sql.Open("sqlite", sqliteSource(dir)+"&mode=ro&_pragma=foreign_keys(ON)&_pragma=cache_size(-8192)&_pragma=mmap_size(0)&_pragma=temp_store(MEMORY)")
}

// openPostgres uses the same shape: one writing connection a process, so that
// grouping works alike, and a small pool of readers.
func openPostgres(dsn string) (w, r *sql.DB, err error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "数据库连接串无法识别。请写成 postgres://用户:密码@主机:端口/库名 的形式。")
	}
	// Our statements read few rows by an index; where the planner thinks otherwise,
	// compiling one took half a second longer than running it. At ten million cases it
	// took a stream for a thousand events and not nine (migration 99 tells it), and began
	// workers to read one: 7 ms instead of 0.05. Whatever it misjudges next, workers are for
	// what counts everything, which costs more than this and still gets them.
	quick := stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET jit = off; SET parallel_setup_cost = 100000`)
		return err
	})
	w, r = stdlib.OpenDB(*c, quick), stdlib.OpenDB(*c, quick)
	// One for the group, one for the sequencer's lock, one for migrations and backups.
	w.SetMaxOpenConns(3)
	r.SetMaxOpenConns(readers + 1)
	r.SetMaxIdleConns(idleReaders)
	r.SetConnMaxIdleTime(5 * time.Minute)
	return w, r, nil
}

// escapePath keeps a path whole inside a file: URI.
func escapePath(p string) string {
	out := make([]byte, 0, len(p))
	for i := range len(p) {
		switch c := p[i]; c {
		case '%', '?', '#':
			out = fmt.Appendf(out, "%%%02X", c)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

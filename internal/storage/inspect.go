package storage

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"time"

	"xiaobao/internal/ledger"
	"xiaobao/internal/storage/blob"
)

// Tables returns the version of an existing database's tables and the one that
// this program makes, and changes neither.
func Tables(ctx context.Context, o Options) (have, newest int64, err error) {
	s, err := prepare(o)
	if err != nil {
		return 0, 0, joinClose(err, s)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.reach(ctx); err != nil {
		return 0, 0, err
	}
	p, err := s.migrator()
	if err != nil {
		return 0, 0, err
	}
	have, err = p.GetDBVersion(ctx)
	return have, newestTables(p), explain(err)
}

// LastEvent is when the newest event was written; zero where there is none.
func (s *Store) LastEvent(ctx context.Context) (at time.Time, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		var micro int64
		err := tx.Scan(`SELECT at FROM event ORDER BY seq DESC LIMIT 1`, nil, &micro)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		at = time.UnixMicro(micro).UTC()
		return err
	})
	return at, err
}

// FileCheck compares the attachments with what the ledger says of them.
type FileCheck struct {
	Files   int      // there
	Missing []string // named by an event and not there: its stream and digest
	Orphans []string // there for more than a day and named by nothing: the path below FilesName
}

// orphanAge lets an upload under way be no orphan: a file is stored before its event.
const orphanAge = 24 * time.Hour

var (
	anyDigest  = regexp.MustCompile(`[0-9a-f]{64}`)
	fileDigest = regexp.MustCompile(`"(?:digest|extract|docx|pdf)":"([0-9a-f]{64})"`)
	topicName  = regexp.MustCompile(`"topic":"([a-z_]+)"`)
	homeName   = regexp.MustCompile(`"home":"(model/[a-z_/0-9]+)"`)
)

// CheckFiles walks the ledger and the attachments once.
func (s *Store) CheckFiles(ctx context.Context) (FileCheck, error) {
	return s.CheckFilesIn(ctx, s.place)
}

// CheckFilesIn is CheckFiles with the attachments of another place.
func (s *Store) CheckFilesIn(ctx context.Context, place blob.Place) (FileCheck, error) {
	f := fileWalk{known: fileNames{}, named: map[string]string{}}
	err := s.View(ctx, func(tx *Tx) error {
		return errors.Join(f.events(tx), f.jobs(tx))
	})
	if err != nil {
		return f.FileCheck, err
	}
	err = place.Each(ctx, func(e blob.Entry) error {
		f.Files++
		delete(f.named, e.Name)
		if !f.known.has(e.Name) && s.now().Sub(e.At) > orphanAge {
			f.Orphans = append(f.Orphans, e.Name)
		}
		return nil
	})
	for _, what := range f.named {
		f.Missing = append(f.Missing, what)
	}
	slices.Sort(f.Missing)
	return f.FileCheck, err
}

// fileNames is a set of names by their first 16 digits: a ledger of millions of
// files is walked in bounded memory, and of two names that share these one would
// only be kept that might have gone.
type fileNames map[shortFile]struct{}

// shortFile is the beginning of a name.
type shortFile [8]byte

func shortName(name string) (short shortFile) {
	if len(name) >= 19 {
		_, _ = hex.Decode(short[:], []byte(name[3:19]))
	}
	return short
}

func (f fileNames) add(name string)      { f[shortName(name)] = struct{}{} }
func (f fileNames) has(name string) bool { _, ok := f[shortName(name)]; return ok }

// fileWalk gathers which files the ledger knows of, by their names in the folder.
type fileWalk struct {
	FileCheck
	known  fileNames
	named  map[string]string // those that must be there -> what says so; nil when nobody asks
	closed int               // events that do not open
}

func (f *fileWalk) events(tx *Tx) error {
	erased := map[string]bool{}
	rows, err := tx.Query(`SELECT stream FROM stream_key WHERE wrapped IS NULL ORDER BY stream`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stream string
		if err := rows.Scan(&stream); err != nil {
			return err
		}
		erased[stream] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	each := func(e ledger.Event) { f.event(tx, e, erased[e.Stream]) }
	return errors.Join(tx.eachEvent(each), tx.eachPacked(each, func() { f.closed++ }))
}

// event notes the digests in an event. One that does not open is the business of
// Verify, and names no file here.
func (f *fileWalk) event(tx *Tx, e ledger.Event, erased bool) {
	texts := [][]byte{e.Body}
	if !erased && e.Sealed != nil {
		if private, err := tx.Open(e); err == nil {
			texts = append(texts, private)
		} else {
			f.closed++
		}
		tx.forget(e.Stream)
	}
	owners := []string{e.Stream}
	for _, m := range topicName.FindAllSubmatch(e.Body, -1) {
		owners = append(owners, "model/"+string(m[1]))
	}
	for _, m := range homeName.FindAllSubmatch(e.Body, -1) {
		owners = append(owners, string(m[1]))
	}
	for _, text := range texts {
		f.note(text, owners)
		if erased || f.named == nil {
			continue
		}
		for _, m := range fileDigest.FindAllSubmatch(text, -1) {
			if d, err := blob.ParseDigest(string(m[1])); err == nil && len(owners) == 1 {
				f.named[blob.Name(e.Stream, d)] = e.Stream + " " + string(m[1])
			}
		}
	}
}

func (f *fileWalk) note(text []byte, owners []string) {
	for _, hex := range anyDigest.FindAll(text, -1) {
		d, err := blob.ParseDigest(string(hex))
		if err != nil {
			continue
		}
		for _, owner := range owners {
			f.known.add(blob.Name(owner, d))
		}
	}
}

// jobs knows the files of long works, which no event names.
func (f *fileWalk) jobs(tx *Tx) error {
	rows, err := tx.Query(`SELECT id, doc, file FROM job ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, doc, file string
		if err := rows.Scan(&id, &doc, &file); err != nil {
			return err
		}
		f.note([]byte(doc+" "+file), []string{"job/" + id})
	}
	return rows.Err()
}

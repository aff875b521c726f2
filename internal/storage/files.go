package storage

import (
	"context"
	"io"
	"path/filepath"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage/blob"
)

// FilesName is the folder of the attachments inside Options.Dir.
const FilesName = "attachments"

// fileOwner is the name under which a stream's attachments have a key of their
// own: it may be needed before the stream has its first event.
func fileOwner(stream string) string { return "files/" + stream }

func (s *Store) files() *blob.Dir { return blob.New(filepath.Join(s.dir, FilesName), s.rand) }

// PutFile seals and stores an attachment of a stream and returns its digest and
// size; what it is called and what type it has is for an event to say. It is on
// the disk before PutFile returns, so that an event never names a file that is not
// there. More than max bytes gives fault.TooLarge.
func (s *Store) PutFile(ctx context.Context, stream string, r io.Reader, max int64) (blob.Digest, int64, error) {
	key, err := s.fileKey(ctx, stream)
	if err != nil {
		return blob.Digest{}, 0, err
	}
	return s.files().Put(key, fileOwner(stream), r, max)
}

// fileKey returns the key of a stream's attachments and makes it at the first one.
func (s *Store) fileKey(ctx context.Context, stream string) (key seal.CaseKey, err error) {
	owner := fileOwner(stream)
	fresh := false
	err = s.View(ctx, func(tx *Tx) error {
		key, fresh, err = s.streamKey(tx, owner)
		return err
	})
	if err != nil || !fresh {
		return key, err
	}
	wrapped, err := s.keys.Wrap(s.rand, key, keyAAD(owner))
	if err != nil {
		return key, err
	}
	err = s.Write(ctx, func(w *Writer) error {
		if _, err := w.Exec(`INSERT INTO stream_key (stream, alg, wrapped) VALUES (?, ?, ?) ON CONFLICT (stream) DO NOTHING`, owner, keyAlg, wrapped); err != nil {
			return err
		}
		key, _, err = s.streamKey(w, owner) // another upload may have been first
		return err
	})
	return key, err
}

// OpenFile returns the content of an attachment of a stream, verified as it is
// read: an altered file ends in fault.Conflict instead of io.EOF. An erased or
// unknown one gives fault.NotFound.
func (s *Store) OpenFile(ctx context.Context, stream string, d blob.Digest) (io.ReadCloser, error) {
	var key seal.CaseKey
	err := s.View(ctx, func(tx *Tx) error {
		k, err := tx.key(fileOwner(stream), false)
		if err == nil && (k.erased || k.fresh) {
			err = fault.New(fault.NotFound, "没有这份附件，可能已按规定删除。")
		}
		key = k.key
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.files().Open(key, fileOwner(stream), d)
}

// RemoveFile deletes an attachment: for one that was stored though its event was
// not, and after Erase, to free the space of what nobody can read any more.
func (s *Store) RemoveFile(stream string, d blob.Digest) error {
	return s.files().Remove(fileOwner(stream), d)
}

package storage

import "context"

// ArchiveStreams is Archive for streams that are no cases.
func (s *Store) ArchiveStreams(ctx context.Context, streams ...string) (added ArchiveSize, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		added = ArchiveSize{}
		for _, name := range streams {
			_, one, err := tx.archive(name)
			if err != nil {
				return err
			}
			added.Cases, added.Events, added.Bytes = added.Cases+one.Cases, added.Events+one.Events, added.Bytes+one.Bytes
		}
		tx.countArchive(added)
		return nil
	})
	return added, err
}

// PackEvents and UnpackEvents are the format of a pack.
var (
	PackEvents   = packEvents
	UnpackEvents = unpackEvents
)

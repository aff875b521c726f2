package storage

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage/blob"
)

// Strays bounds the removal of files that nothing names.
type Strays struct {
	Age     time.Duration // younger ones may belong to an upload under way
	Always  int           // so many may go whatever their share is
	Percent int           // of all files may go; more look like a place that is not ours
}

// RemovedStrays is what a removal did.
type RemovedStrays struct {
	Files   int   `json:"files"` // that were there
	Removed int   `json:"removed"`
	Bytes   int64 `json:"bytes"` // of those removed, sealed
}

// RemoveStrays removes the files that an upload left which was broken off between
// storing the file and committing the event that names it. An event that does not
// open could name any of them, so that with one nothing is removed; nor is
// anything when there are more than the bounds allow: then the place belongs to
// another ledger.
func (s *Store) RemoveStrays(ctx context.Context, bounds Strays) (RemovedStrays, error) {
	f := fileWalk{known: fileNames{}}
	var r RemovedStrays
	err := s.View(ctx, func(tx *Tx) error { return errors.Join(f.events(tx), f.jobs(tx)) })
	if err != nil {
		return r, err
	}
	if f.closed > 0 {
		return r, fault.New(fault.Conflict, "台账里有 %d 条记录打不开，无法断定哪些附件多余，一个也没有删除。请先运行 xiaobao verify。", f.closed)
	}
	var strays []blob.Entry
	err = s.place.Each(ctx, func(e blob.Entry) error {
		r.Files++
		if !f.known.has(e.Name) && s.now().Sub(e.At) > bounds.Age {
			strays = append(strays, e)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if len(strays) > max(bounds.Always, r.Files*bounds.Percent/100) {
		return r, fault.New(fault.Conflict, "%s 里 %d 个附件有 %d 个没有记录提到，多得不像中断的上传，一个也没有删除。请确认附件的位置属于这套数据（不能两套数据共用）。", s.place, r.Files, len(strays))
	}
	for _, e := range strays {
		now, err := s.place.Stat(ctx, e.Name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && s.now().Sub(now.At) <= bounds.Age {
			continue // put again meanwhile
		}
		if err == nil {
			err = s.place.Delete(ctx, e.Name)
		}
		if err != nil {
			return r, err
		}
		r.Removed, r.Bytes = r.Removed+1, r.Bytes+e.Size
	}
	return r, nil
}

package storage_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// Many snapshots that are open at once, each with a statement that was never
// prepared, must not wait for each other's connections.
func TestManyReadersPrepareAtOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		var wg, open sync.WaitGroup
		open.Add(8)
		for i := range 8 {
			wg.Go(func() {
				err := s.View(ctx, func(tx *storage.Tx) error {
					var n, m int
					if err := tx.Scan(`SELECT count(*) FROM setting`, nil, &n); err != nil {
						return err
					}
					open.Done()
					open.Wait()
					return tx.Scan(fmt.Sprintf(`SELECT count(*) FROM setting WHERE id = 'a%d'`, i), nil, &m)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

package cli

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// Copies that start together on an empty database all find nobody there: one of
// them founds the institution, and the others go on with it.
func TestFoundTogether(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		var out [4]string
		var errs [4]error
		var starting sync.WaitGroup
		for i := range out {
			c := &call{World: World{Out: new(bytes.Buffer), Err: new(bytes.Buffer), Env: func(string) string { return "" }, Now: time.Now}, conf: config{}}
			starting.Go(func() { out[i], errs[i] = c.found(t.Context(), s) })
		}
		starting.Wait()
		founders := 0
		for i := range out {
			if errs[i] != nil {
				t.Errorf("copy %d: %v", i, errs[i])
			}
			if out[i] != "" {
				founders++
			}
		}
		if founders != 1 {
			t.Errorf("%d copies founded the institution, want 1", founders)
		}
	})
}

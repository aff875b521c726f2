package regulation_test

import (
	"testing"

	"xiaobao/internal/regulation"
)

func TestEmbeddedLoads(t *testing.T) {
	if n := len(regulation.Embedded().Instruments()); n < 15 {
		t.Errorf("%d instruments, want at least 15", n)
	}
}

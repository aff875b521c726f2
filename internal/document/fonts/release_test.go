package fonts_test

import (
	"crypto/sha256"
	"testing"

	"xiaobao/internal/document/fonts"
)

// The faces are the same after their pages were given back.
func TestReleaseKeepsTheFaces(t *testing.T) {
	regular, bold := sha256.Sum256(fonts.Regular()), sha256.Sum256(fonts.Bold())
	fonts.Release()
	if sha256.Sum256(fonts.Regular()) != regular || sha256.Sum256(fonts.Bold()) != bold {
		t.Error("a face changed")
	}
}

package rule

import (
	"os"
	"testing"
)

func TestHardCases(t *testing.T) {
	src, err := os.ReadFile("testdata/hard.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("hard.toml", src); err != nil {
		t.Fatal(err)
	}
}

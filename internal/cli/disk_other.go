//go:build !unix

package cli

import "errors"

// freeBytes is not known on this system; doctor then says nothing about it.
func freeBytes(string) (int64, error) { return 0, errors.New("not known on this system") }

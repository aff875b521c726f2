//go:build !unix

package folder

import "os"

// Sync does nothing: Windows refuses it for folders, and keeps their names in the journal of NTFS.
func Sync(string) error { return nil }

func root() bool { return false }

func of(string) (uid, gid int, ok bool) { return 0, 0, false }

// May reports true: what this system grants is not looked at.
func May(model, st os.FileInfo, what os.FileMode) bool { return true }

// Denied reports false: opening the file will say.
func Denied(string) bool { return false }

// Whose names nobody.
func Whose(string) string { return "" }

package fonts

import (
	"os"
	"syscall"
	"unsafe"
)

// Release tells the system that the pages of the typeface are not needed for
// now: they are read from the program's file again when the next letter is set.
func Release() {
	for _, face := range [][]byte{regular, bold} {
		size := uintptr(os.Getpagesize())
		skip := -uintptr(unsafe.Pointer(unsafe.SliceData(face))) & (size - 1) // only whole pages of the face itself
		if whole := (uintptr(len(face)) - skip) &^ (size - 1); uintptr(len(face)) > skip && whole > 0 {
			_ = syscall.Madvise(face[skip:skip+whole], syscall.MADV_DONTNEED) // advice: a refusal costs memory, nothing else
		}
	}
}

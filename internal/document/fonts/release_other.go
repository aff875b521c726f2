//go:build !linux

package fonts

// Release gives pages back where the system can be told so; elsewhere it does nothing.
func Release() {}

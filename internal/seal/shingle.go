package seal

import "encoding/binary"

func words(key [32]byte) [2]uint64 {
	return [2]uint64{binary.BigEndian.Uint64(key[:8]), binary.BigEndian.Uint64(key[8:16])}
}

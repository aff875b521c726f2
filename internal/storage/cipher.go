package storage

import "xiaobao/internal/seal"

// SealText seals a small text of a read table under a stream's key, so that
// destroying the key erases it too. what names the table and column it is bound to.
func (tx *Tx) SealText(stream, what string, plain []byte) ([]byte, error) {
	k, err := tx.key(stream, false)
	if err != nil || k.erased {
		return nil, err
	}
	return k.key.Seal(tx.s.rand, plain, what+"/"+stream)
}

// OpenText opens what SealText sealed; nil for an erased stream.
func (tx *Tx) OpenText(stream, what string, ct []byte) ([]byte, error) {
	if ct == nil {
		return nil, nil
	}
	k, err := tx.key(stream, false)
	if err != nil || k.erased {
		return nil, err
	}
	return k.key.Open(ct, what+"/"+stream)
}

// StreamKey returns the key of a stream that exists, for what is kept outside of
// the database under the same key: attachments. fault.Conflict when it was erased.
func (tx *Tx) StreamKey(stream string) (seal.CaseKey, error) {
	k, err := tx.key(stream, false)
	if err == nil && k.erased {
		err = errErased
	}
	return k.key, err
}

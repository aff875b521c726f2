package post

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"xiaobao/internal/fault"
)

// ReadAuthorities reads the certificates (PEM) of authorities that the house runs
// itself; none for no path. what names the setting in the sentence that says what is
// wrong: a file that cannot be read, holds none, or holds something else, such as a key.
func ReadAuthorities(path, what string) ([]*x509.Certificate, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path) // #nosec G304: named by the operator
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "读不了证书文件 %s（%s）", path, what)
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fault.New(fault.Invalid, "证书文件 %s（%s）里有一段 %s：只能放根证书或中间证书，不要放私钥", path, what, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "证书文件 %s（%s）里的第 %d 张证书读不懂", path, what, len(out)+1)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "证书文件 %s（%s）里没有 PEM 格式的证书（以 -----BEGIN CERTIFICATE----- 开头）", path, what)
	}
	return out, nil
}

// Only trusts these authorities and no other; nil, which is the system's, for none.
// For one server whose issuer is known.
func Only(authorities []*x509.Certificate) *x509.CertPool {
	if len(authorities) == 0 {
		return nil
	}
	return with(x509.NewCertPool(), authorities)
}

// Beside trusts these authorities beside those of the system; nil for none. For
// servers inside and outside of the house.
func Beside(authorities []*x509.Certificate) *x509.CertPool {
	if len(authorities) == 0 {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil { // a system without any
		pool = x509.NewCertPool()
	}
	return with(pool, authorities)
}

func with(pool *x509.CertPool, more []*x509.Certificate) *x509.CertPool {
	for _, c := range more {
		pool.AddCert(c)
	}
	return pool
}

// FirstEnd is when the first of some certificates ends.
func FirstEnd(certificates []*x509.Certificate) (end time.Time) {
	for _, c := range certificates {
		if end.IsZero() || c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return end
}

package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Entry is one person of the directory.
type Entry struct {
	DN, Password string
	Attributes   map[string][]string
}

// Directory is a small directory over TLS: simple bind, search for one equality in
// a filter, nothing else. It writes down every filter that it is asked.
type Directory struct {
	URL    string
	CAFile string
	// Hang lets connections hang, until the test ends.
	Hang     bool
	mu       sync.Mutex
	entries  []Entry
	filters  []string
	listener net.Listener
	ended    chan struct{}
}

// The account that searches.
const (
	ServiceDN       = "cn=service,dc=example"
	ServicePassword = "service-secret"
)

// NewDirectory starts one.
func NewDirectory(t testing.TB) *Directory {
	t.Helper()
	cert, ca := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	d := &Directory{URL: "ldaps://" + l.Addr().String(), CAFile: filepath.Join(t.TempDir(), "ca.pem"), listener: l, ended: make(chan struct{})}
	if err := os.WriteFile(d.CAFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(c)
		}
	}()
	t.Cleanup(func() { close(d.ended); d.Stop() })
	return d
}

func certificate(t testing.TB) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "directory"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Stop makes the directory answer nobody.
func (d *Directory) Stop() { _ = d.listener.Close() }

// Set puts people into the directory in place of those who were there.
func (d *Directory) Set(entries ...Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = entries
}

// Filters are those that it was asked so far.
func (d *Directory) Filters() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.filters...)
}

// Section is the part of the file of sources that describes the directory.
func (d *Directory) Section(t testing.TB) string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(ServicePassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "[ldap]\nurl = \"" + d.URL + "\"\nca_file = \"" + d.CAFile + "\"\nbind_dn = \"" + ServiceDN + "\"\nbind_password_file = \"" + secret + "\"\nbase = \"dc=example\"\ntimeout = \"1s\"\n"
}

func (d *Directory) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		if d.Hang {
			<-d.ended
			return
		}
		id, _ := p.Children[0].Value.(int64)
		op := p.Children[1]
		var out []*ber.Packet
		switch op.Tag {
		case ldap.ApplicationBindRequest:
			out = []*ber.Packet{result(ldap.ApplicationBindResponse, d.bind(op))}
		case ldap.ApplicationSearchRequest:
			out = d.search(op)
		default:
			return
		}
		for _, o := range out {
			m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
			m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
			m.AppendChild(o)
			if _, err := c.Write(m.Bytes()); err != nil {
				return
			}
		}
	}
}

func result(tag ber.Tag, code uint16) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(""))
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// bind takes the empty password of anybody, as directories do.
func (d *Directory) bind(op *ber.Packet) uint16 {
	dn, password := op.Children[1].Data.String(), op.Children[2].Data.String()
	if password == "" || dn == ServiceDN && password == ServicePassword {
		return ldap.LDAPResultSuccess
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.entries {
		if e.DN == dn && e.Password == password {
			return ldap.LDAPResultSuccess
		}
	}
	return ldap.LDAPResultInvalidCredentials
}

func (d *Directory) search(op *ber.Packet) (out []*ber.Packet) {
	filter, err := ldap.DecompileFilter(op.Children[6])
	if err != nil {
		return []*ber.Packet{result(ldap.ApplicationSearchResultDone, ldap.LDAPResultProtocolError)}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.filters = append(d.filters, filter)
	for _, e := range d.entries {
		for _, login := range e.Attributes["sAMAccountName"] {
			if strings.Contains(filter, "(sAMAccountName="+ldap.EscapeFilter(login)+")") || strings.Contains(filter, "(sAMAccountName=*)") {
				out = append(out, entry(e))
			}
		}
	}
	return append(out, result(ldap.ApplicationSearchResultDone, ldap.LDAPResultSuccess))
}

func entry(e Entry) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(e.DN))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, values := range e.Attributes {
		a := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		a.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		a.AppendChild(set)
		list.AppendChild(a)
	}
	p.AppendChild(list)
	return p
}

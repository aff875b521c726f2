package complaint

import (
	"slices"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// CitedArticle is an article that a case relied on.
type CitedArticle struct {
	Instrument string `json:"instrument"`
	Article    string `json:"article"`
}

// Erased is the last event of a case whose personal data were destroyed: its key
// is gone, so what was sealed can never be read again. It keeps the figures that
// statistics count and that were drawn from the sealed part.
type Erased struct {
	Run        int64          `json:"run"`    // number of the protocol
	Ground     string         `json:"ground"` // id of keeping's grounds
	Vulnerable bool           `json:"vulnerable"`
	Redress    int64          `json:"redress"` // fen
	Cited      []CitedArticle `json:"cited"`
	Sealed     int64          `json:"sealed"` // parts destroyed
	Files      int            `json:"files"`  // attachments and letters destroyed
}

// Erasure is what a case knows of its own erasing.
type Erasure struct {
	Erased
	At time.Time
	By string
}

// Kind implements Event.
func (*Erased) Kind() string { return "complaint.Erased" }

func (e *Erased) apply(c *Case, m Meta) { c.Erased = &Erasure{Erased: *e, At: m.At, By: m.By} }

// Erase decides the erasing of a case. cited are the articles on its record. It is
// fault.Conflict while the case is open, and once it was erased.
func (c Case) Erase(run int64, ground string, cited []CitedArticle, sealed int64) (*Erased, error) {
	switch {
	case c.Erased != nil:
		return nil, fault.New(fault.Conflict, "投诉 %s 的个人信息已于 %s 删除", c.Number, c.Erased.At.Format("2006-01-02"))
	case c.Open():
		return nil, fault.New(fault.Conflict, "投诉 %s 还没有办结，不能删除个人信息。请先办结。", c.Number)
	}
	return &Erased{Run: run, Ground: ground, Vulnerable: c.IsVulnerable(), Redress: c.RedressTotal(), Cited: cited, Sealed: sealed, Files: len(c.Blobs())}, nil
}

// IsVulnerable reports whether the complainant needs special care; it outlives the erasing.
func (c Case) IsVulnerable() bool {
	return len(c.Vulnerable) > 0 || c.Erased != nil && c.Erased.Vulnerable
}

// Blobs are the digests of the files that are kept under the case's key, each once.
func (c Case) Blobs() []string {
	var out []string
	for _, f := range c.Files {
		out = append(out, f.Digest)
	}
	for _, l := range c.Letters {
		out = append(out, l.Docx, l.PDF)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return strings.TrimSpace(s) == "" })
}

package dossier

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// Record is an event of the case with the proof that it stands on a leaf of the
// tree that the checkpoint vouches for. Seq and Sealed of the event are not kept.
type Record struct {
	ledger.Event
	Leaf  int64
	Proof ledger.Proof
}

// recordLine is a Record as a line of EventsName. The body is the canonical JSON
// as it is stored, as a string; digests are hexadecimal, hashes of the tree base64.
type recordLine struct {
	Leaf      int64    `json:"leaf"`
	Alg       string   `json:"alg"`
	Stream    string   `json:"stream"`
	Version   int64    `json:"version"`
	Kind      string   `json:"kind"`
	At        string   `json:"at"`     // for people
	Micros    int64    `json:"micros"` // what is hashed: microseconds since 1970, UTC
	By        string   `json:"by"`
	Body      string   `json:"body"`
	SealedSum string   `json:"sealed_sum"`
	Prev      string   `json:"prev"`
	Hash      string   `json:"hash"`
	Proof     []string `json:"proof"`
}

const lineTime = "2006-01-02T15:04:05.000000Z"

func (r Record) line() recordLine {
	l := recordLine{Leaf: r.Leaf, Alg: r.Alg, Stream: r.Stream, Version: r.Version, Kind: r.Kind, At: r.At.UTC().Format(lineTime), Micros: r.At.UnixMicro(), By: r.By, Body: string(r.Body),
		SealedSum: hex.EncodeToString(r.SealedSum[:]), Prev: hex.EncodeToString(r.Prev[:]), Hash: hex.EncodeToString(r.Hash[:]), Proof: make([]string, len(r.Proof))}
	for i, h := range r.Proof {
		l.Proof[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return l
}

func (l recordLine) record() (r Record, err error) {
	r = Record{Leaf: l.Leaf, Event: ledger.Event{Alg: l.Alg, Stream: l.Stream, Version: l.Version, Kind: l.Kind, At: time.UnixMicro(l.Micros).UTC(), By: l.By, Body: []byte(l.Body)}}
	if r.At.Format(lineTime) != l.At {
		return r, fmt.Errorf("two times: %q and %d", l.At, l.Micros)
	}
	if err := errors.Join(digest(l.SealedSum, &r.SealedSum), digest(l.Prev, &r.Prev), digest(l.Hash, &r.Hash)); err != nil {
		return r, err
	}
	for _, text := range l.Proof {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != tlog.HashSize {
			return r, fmt.Errorf("proof is not of hashes")
		}
		r.Proof = append(r.Proof, tlog.Hash(b))
	}
	return r, nil
}

func digest(text string, into *[32]byte) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(into) {
		return fmt.Errorf("%q is not a digest", text)
	}
	copy(into[:], b)
	return nil
}

// writeRecords writes one line for each.
func writeRecords(w io.Writer, records []Record) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range records {
		if err := enc.Encode(r.line()); err != nil {
			return err
		}
	}
	return nil
}

// maxLine bounds the line of one event, in bytes.
const maxLine = 64 << 20

// readRecords reads what writeRecords wrote.
func readRecords(b []byte) ([]Record, error) {
	var out []Record
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var l recordLine
		r, err := Record{}, json.Unmarshal(lines.Bytes(), &l)
		if err == nil {
			r, err = l.record()
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s 第 %d 行不能读取：案卷被改动过。", EventsName, len(out)+1)
		}
		out = append(out, r)
	}
	return out, lines.Err()
}

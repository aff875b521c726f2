package storage

import (
	"encoding/json"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/law"
	"xiaobao/internal/ledger"
)

// ImportLaw appends a text to the record of its instrument and returns the
// number of the import.
func (tx *Tx) ImportLaw(by string, e law.Imported) (int64, error) {
	n, err := tx.AppendNext(law.Stream(e.Instrument), by, law.KindImported, e)
	if err != nil {
		return 0, err
	}
	return n, tx.lawRows(n, tx.at.UnixMicro(), by, e)
}

// WithdrawLaw appends that an import was taken out again.
func (tx *Tx) WithdrawLaw(instrument, by string, e law.Withdrawn) error {
	if _, err := tx.AppendNext(law.Stream(instrument), by, law.KindWithdrawn, e); err != nil {
		return err
	}
	tx.lawGone(instrument, tx.at.UnixMicro(), e)
	return nil
}

func (tx *Tx) lawGone(instrument string, at int64, e law.Withdrawn) {
	tx.Exec(`UPDATE law_version SET withdrawn = ?, changed = ? WHERE id = ? AND n = ?`, true, at, instrument, e.N)
}

// lawRows derives the rows of one import.
func (tx *Tx) lawRows(n, at int64, by string, e law.Imported) error {
	provisions := e.Text.Provisions
	e.Text.Provisions = nil
	doc, err := json.Marshal(e.Text)
	if err != nil {
		return err
	}
	tx.Exec(`INSERT INTO law_version (id, n, part, from_, digest, at, by_, file, withdrawn, changed, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Instrument, n, e.Text.Part, e.From.String(), e.Digest, at, by, e.File, false, at, string(doc))
	for i, p := range provisions {
		doc, err := json.Marshal(p)
		if err != nil {
			return err
		}
		tx.Exec(`INSERT INTO law_article (id, n, pos, number, doc) VALUES (?, ?, ?, ?, ?)`, e.Instrument, n, i, p.Number, string(doc))
	}
	return nil
}

// rebuildLaw derives the rows of one instrument.
func (tx *Tx) rebuildLaw(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	return w.Project(tx, func(sub *Tx) error {
		for _, e := range events {
			if err := sub.projectLaw(strings.TrimPrefix(stream, "law/"), e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) projectLaw(instrument string, e ledger.Event) error {
	switch e.Kind {
	case law.KindImported:
		var in law.Imported
		if err := tx.Decode(e, &in); err != nil {
			return err
		}
		return tx.lawRows(e.Version, e.At.UnixMicro(), e.By, in)
	case law.KindWithdrawn:
		var out law.Withdrawn
		if err := tx.Decode(e, &out); err != nil {
			return err
		}
		tx.lawGone(instrument, e.At.UnixMicro(), out)
	}
	return nil
}

// LawState changes whenever the library of texts does: a cheap check before it
// is read again.
type LawState struct{ Imports, Withdrawn, Changed int64 }

// LawState returns the state of the library of texts.
func (tx *Tx) LawState() (s LawState, err error) {
	err = tx.Scan(`SELECT count(*), coalesce(sum(CASE WHEN withdrawn THEN 1 ELSE 0 END), 0), coalesce(max(changed), 0) FROM law_version`, nil, &s.Imports, &s.Withdrawn, &s.Changed)
	return s, err
}

// LawVersions returns the texts that were imported and not withdrawn, in the
// order of their import.
func (tx *Tx) LawVersions() ([]law.Version, error) {
	out, err := tx.lawHeads()
	if err != nil {
		return nil, err
	}
	type key struct {
		id string
		n  int64
	}
	at := map[key]int{}
	for i, v := range out {
		at[key{v.Instrument, v.N}] = i
	}
	rows, err := tx.Query(`SELECT id, n, doc FROM law_article ORDER BY id, n, pos`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var doc []byte
		if err := rows.Scan(&k.id, &k.n, &doc); err != nil {
			return nil, err
		}
		i, ok := at[k]
		if !ok {
			continue // withdrawn
		}
		var p law.Provision
		if err := json.Unmarshal(doc, &p); err != nil {
			return nil, err
		}
		out[i].Text.Provisions = append(out[i].Text.Provisions, p)
	}
	return out, rows.Err()
}

func (tx *Tx) lawHeads() ([]law.Version, error) {
	rows, err := tx.Query(`SELECT id, n, from_, digest, at, by_, file, doc FROM law_version WHERE NOT withdrawn ORDER BY at, id, n`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []law.Version
	for rows.Next() {
		var v law.Version
		var at int64
		var from string
		var doc []byte
		if err := rows.Scan(&v.Instrument, &v.N, &from, &v.Digest, &at, &v.By, &v.File, &doc); err != nil {
			return nil, err
		}
		if from != "" {
			if v.From, err = calendar.Parse(from); err != nil {
				return nil, err
			}
		}
		if err := json.Unmarshal(doc, &v.Text); err != nil {
			return nil, err
		}
		v.At = time.UnixMicro(at).UTC()
		out = append(out, v)
	}
	return out, rows.Err()
}

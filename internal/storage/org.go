package storage

import (
	"encoding/json"

	"xiaobao/internal/party"
)

// SetUnit writes the read row of a unit.
func (tx *Tx) SetUnit(u party.Unit) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	tx.Exec(`INSERT INTO unit (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`, string(u.ID), string(doc))
	return nil
}

// SetPerson writes the read row of a person. A disabled person's epoch moves on,
// which ends every session of his.
func (tx *Tx) SetPerson(p party.Person) error {
	if err := tx.setPersonRow(p); err != nil || !p.Disabled {
		return err
	}
	tx.Exec(`UPDATE account SET epoch = epoch + 1 WHERE person = ?`, string(p.ID))
	tx.Exec(`DELETE FROM session WHERE person = ?`, string(p.ID))
	tx.Exec(`UPDATE api_token SET revoked = ? WHERE person = ?`, true, string(p.ID))
	return nil
}

func (tx *Tx) setPersonRow(p party.Person) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	tx.Exec(`INSERT INTO person (id, login, unit, disabled, doc) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, unit = excluded.unit, disabled = excluded.disabled, doc = excluded.doc`,
		string(p.ID), p.Login, string(p.Unit), p.Disabled, string(doc))
	return nil
}

// OpenOwnedBy counts the open cases of a person.
func (tx *Tx) OpenOwnedBy(p party.PersonID) (n int, err error) {
	err = tx.Scan(`SELECT count(*) FROM complaint c WHERE c.open AND c.owner = ?`, []any{string(p)}, &n)
	return n, err
}

// OpenIn counts the open cases that a unit handles.
func (tx *Tx) OpenIn(u party.UnitID) (n int, err error) {
	err = tx.Scan(`SELECT count(*) FROM complaint c WHERE c.open AND c.unit = ?`, []any{string(u)}, &n)
	return n, err
}

package storage

import (
	"encoding/json"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/review/catalog"
)

// ProductStream is the stream of a product.
func ProductStream(id string) string { return "product/" + id }

// SetProduct appends the event of a product and writes its row.
func (tx *Tx) SetProduct(by string, s catalog.Set) error {
	if _, err := tx.AppendNext(ProductStream(s.Product.ID), by, catalog.KindSet, s); err != nil {
		return err
	}
	return tx.productRow(s.Product)
}

func (tx *Tx) productRow(p catalog.Product) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	tx.Exec(`INSERT INTO product (id, name, line, issuer, code, status, doc) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, line = excluded.line, issuer = excluded.issuer, code = excluded.code, status = excluded.status, doc = excluded.doc`,
		p.ID, p.Name, p.Line, p.Issuer, p.Code, p.Status, string(doc))
	return nil
}

func (tx *Tx) rebuildProduct(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	return w.Project(tx, func(sub *Tx) error {
		for _, e := range events {
			if err := sub.projectProduct(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) projectProduct(e ledger.Event) error {
	var s catalog.Set
	if err := tx.Decode(e, &s); err != nil {
		return err
	}
	return tx.productRow(s.Product)
}

// Product returns a product, and false when there is none.
func (tx *Tx) Product(id string) (catalog.Product, bool, error) {
	list, err := tx.products(`SELECT doc FROM product WHERE id = ?`, id)
	if err != nil || len(list) == 0 {
		return catalog.Product{}, false, err
	}
	return list[0], true, nil
}

// Products returns products whose id, name or issuer begins with the query, by
// id; "" is all of a line, or of all lines.
func (tx *Tx) Products(line, query string, limit int) ([]catalog.Product, error) {
	w := &where{}
	if line != "" {
		w.add("p.line = ?", line)
	}
	if q := strings.TrimSpace(query); q != "" {
		n := len([]rune(q))
		w.add("(substr(p.id, 1, ?) = ? OR substr(p.name, 1, ?) = ? OR substr(p.issuer, 1, ?) = ?)", n, q, n, q, n, q)
	}
	return tx.products(`SELECT p.doc FROM product p`+w.String()+` ORDER BY p.line, p.id LIMIT ?`, append(w.args, limit)...)
}

func (tx *Tx) products(q string, args ...any) ([]catalog.Product, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []catalog.Product
	for rows.Next() {
		var doc []byte
		var p catalog.Product
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(doc, &p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// ReasonCount is how many complaints of a product have a reason.
type ReasonCount struct {
	Reason string
	Cases  int
}

// ComplaintsOfProduct counts the complaints in the actor's reach with a product
// code, received since a day, by reason, most first.
func (tx *Tx) ComplaintsOfProduct(who party.Actor, code string, since calendar.Date) ([]ReasonCount, error) {
	w := &where{}
	w.permit(who, All)
	w.add("c.product = ?", code)
	w.add("c.received_on >= ?", since.String())
	rows, err := tx.Query(`SELECT c.reason, count(*) FROM complaint c`+w.String()+` GROUP BY c.reason ORDER BY count(*) DESC, c.reason`, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ReasonCount
	for rows.Next() {
		var r ReasonCount
		if err := rows.Scan(&r.Reason, &r.Cases); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

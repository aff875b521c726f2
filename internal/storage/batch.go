package storage

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// stmt is one statement of a batch.
type stmt struct {
	q    string
	args []any
	one  bool // exactly one row must be touched, else the unit is stale
}

// run executes statements on the group's connection and returns how many rows
// each touched. SQLite runs them one by one; a server gets all of them in one go,
// so that they cost one round trip and not one each.
func (g *group) run(ctx context.Context, list []stmt) ([]int64, error) {
	if len(list) == 0 {
		return nil, nil
	}
	touched := make([]int64, len(list))
	if g.s.engine == postgres {
		return touched, g.send(ctx, list, touched)
	}
	for i, s := range list {
		r, err := g.exec(ctx, s.q, s.args...)
		if err != nil {
			return nil, err
		}
		if touched[i], err = r.RowsAffected(); err != nil {
			return nil, err
		}
	}
	return touched, nil
}

// send is run for PostgreSQL. After an error the server skips the rest.
func (g *group) send(ctx context.Context, list []stmt, touched []int64) error {
	var b pgx.Batch
	for _, s := range list {
		b.Queue(g.s.queries.bind(s.q), s.args...)
	}
	return g.conn.Raw(func(conn any) error {
		c, ok := conn.(*stdlib.Conn)
		if !ok {
			return driver.ErrBadConn
		}
		results := c.Conn().SendBatch(ctx, &b)
		for i := range list {
			tag, err := results.Exec()
			if err != nil {
				return errors.Join(err, ignore(results.Close()))
			}
			touched[i] = tag.RowsAffected()
		}
		return results.Close()
	})
}

// ignore drops what closing says after an error: it repeats it.
func ignore(error) error { return nil }

// savepoint opens the unit's savepoint where it has not been sent yet.
func (w *Writer) savepoint() error {
	if w.opened {
		return nil
	}
	w.opened = true
	_, err := w.g.exec(context.Background(), openUnit)
	return err
}

const (
	openUnit  = "SAVEPOINT unit"
	closeUnit = "RELEASE SAVEPOINT unit"
	undoUnit  = "ROLLBACK TO SAVEPOINT unit"
)

// runOps writes what a Tx collected. A server gets the unit with its savepoint in
// one message, and with its release where nothing of the unit follows; a tail
// event reads first, so what stands before it is sent before.
func (w *Writer) runOps(ops []op, last bool) error {
	if w.s.engine != postgres {
		for i := range ops {
			if err := ops[i].run(w); err != nil {
				return err
			}
		}
		return nil
	}
	var list []stmt
	end := last // nothing is left to check or to send after this message
	for i := range ops {
		o := &ops[i]
		if o.tail == nil {
			list = o.statements(w, list)
			end = end && !o.one
			continue
		}
		if err := w.sendUnit(list, false); err != nil {
			return err
		}
		list, end = nil, false
		if err := o.run(w); err != nil {
			return err
		}
	}
	return w.sendUnit(list, end)
}

// sendUnit sends statements, with the savepoint before them when it is not open and,
// where end is set, its release after them.
func (w *Writer) sendUnit(list []stmt, end bool) error {
	if len(list) == 0 {
		return nil
	}
	var all []stmt
	if !w.opened {
		all = append(all, stmt{q: openUnit})
		w.opened = true
	}
	all = append(all, list...)
	if end {
		all = append(all, stmt{q: closeUnit})
	}
	touched, err := w.g.run(context.Background(), all)
	if err != nil {
		return err
	}
	w.closed = end
	for i, s := range all {
		if s.one && touched[i] != 1 {
			return stale()
		}
	}
	return nil
}

// statements adds those of an operation that reads nothing.
func (o *op) statements(w *Writer, list []stmt) []stmt {
	if o.event != nil {
		return w.eventStatements(o.event, list)
	}
	return append(list, stmt{q: o.q, args: o.args, one: o.one})
}

// eventStatements adds those that store a linked event with its ciphertext and,
// when given, the stream's new key.
func (w *Writer) eventStatements(p *pending, list []stmt) []stmt {
	e := &p.event
	var sum any
	if e.SealedSum != ([32]byte{}) {
		sum = e.SealedSum[:]
	}
	w.u.appended = true
	list = append(list, stmt{q: `INSERT INTO event (stream, version, kind, at, by_, body, sealed_sum, prev, hash, alg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		args: []any{e.Stream, e.Version, e.Kind, e.At.UnixMicro(), e.By, e.Body, sum, e.Prev[:], e.Hash[:], e.Alg}})
	if e.Sealed != nil {
		list = append(list, stmt{q: `INSERT INTO sealed (seq, ct) VALUES (@LAST, ?)`, args: []any{e.Sealed}})
	}
	if p.wrapped != nil {
		list = append(list, w.s.keyStatement(p))
	}
	return list
}

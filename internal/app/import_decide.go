package app

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
)

// importRow is one row on its way.
type importRow struct {
	out   ImportedRow
	row   document.Row
	d     complaint.Register
	e     *complaint.Registered // nil when rejected
	ids   []storage.Identifier
	links []seal.Token // person: identifiers, else the name
	near  []seal.Token // text; nil when it is too short to be compared
	home  *home        // the case it belongs to; its own when it is new
	own   *home        // set for new rows only
	done  bool         // written, or known to need no writing
}

// home is a case that rows belong to: an earlier one, or one that a new row of
// this file becomes.
type home struct {
	id    complaint.ID
	ready chan struct{} // closed when id is final; 0 then means that the row was refused
}

// settle says which case a new row became.
func (h *home) settle(id complaint.ID) {
	h.id = id
	close(h.ready)
}

// earlier is the home of a case that exists.
func earlier(id complaint.ID) *home {
	h := &home{ready: make(chan struct{})}
	h.settle(id)
	return h
}

// prepare reads a row and decides its registration.
func (im *importer) prepare(rr *rowReader, row document.Row) *importRow {
	out := &importRow{row: row, out: ImportedRow{Place: row.Place()}}
	d, notes, err := rr.read(row)
	out.d, out.out.Notes = d, notes
	if err == nil {
		env := im.env
		env.Rules = im.a.Rules(d.ReceivedOn)
		out.e, err = d.NewCase(0, "", env)
	}
	if err == nil && !im.hasClock(out.e) {
		err = fault.New(fault.Invalid, "收到日期 %s 早于本规则库最早的期限规定，无法计算期限。历史台账请从有规定之日起导入", d.ReceivedOn)
	}
	if err != nil {
		out.reject(err)
		return out
	}
	out.e.ImportKey = d.ImportKey
	im.link(out)
	return out
}

// hasClock reports whether the rules in force on the day of receipt give the case
// a date to meet; without one it could not be open.
func (im *importer) hasClock(e *complaint.Registered) bool {
	c := complaint.Case{}.Apply(e, complaint.Meta{At: im.env.At, By: im.who.ID})
	c.Number = "-" // numbers are given when it is written
	_, live := c.Next(im.a.Rules(e.ReceivedOn), im.env.Cal)
	return live
}

func (r *importRow) reject(err error) {
	r.e, r.out.Result, r.out.Why = nil, ImportRejected, reasons(err)
	r.out.header, r.out.cells = r.row.Header, slices.Clone(r.row.Cells)
}

// forget lets go of what is not needed once the row is written.
func (r *importRow) forget() {
	r.row, r.e, r.d.Narrative, r.d.Demand = document.Row{}, nil, "", ""
}

// reasons is all that is wrong in one line.
func reasons(err error) string {
	var parts []string
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		for _, v := range fe.Violations {
			if !slices.Contains(parts, v.Text) {
				parts = append(parts, v.Text)
			}
		}
	}
	if len(parts) == 0 {
		return strings.TrimRight(fault.Message(err), "。")
	}
	return strings.Join(parts, "；")
}

// minNear is below how many bytes a text is too short to be compared, as in the
// store's own check.
const minNear = 60

// link makes what a row is compared by.
func (im *importer) link(r *importRow) {
	r.ids = storage.Identifiers(r.d.Complainant, r.d.Representative)
	for _, id := range r.ids {
		r.links = append(r.links, im.a.store.BlindToken(id))
	}
	if name := r.d.Complainant.Name; len(r.links) == 0 && name != anonymous && utf8.RuneCountInString(name) > 1 {
		r.links = append(r.links, im.a.store.Keys().Blind("import.name", name))
	}
	if len(r.d.Narrative) >= minNear {
		r.near = im.a.store.NearTokens(r.d.Narrative)
	}
}

// seenRows is the rows of this import so far.
type seenRows struct {
	keys    map[string]*importRow
	numbers map[string][]*importRow
	links   map[seal.Token][]*importRow
	near    map[seal.Token]*importRow
}

func newSeenRows() seenRows {
	return seenRows{map[string]*importRow{}, map[string][]*importRow{}, map[seal.Token][]*importRow{}, map[seal.Token]*importRow{}}
}

func (s seenRows) add(r *importRow) {
	s.keys[r.d.ImportKey] = r
	if r.d.SenderNumber != "" {
		s.numbers[r.d.SenderNumber] = append(s.numbers[r.d.SenderNumber], r)
	}
	for _, l := range r.links {
		s.links[l] = append(s.links[l], r)
	}
	for _, n := range r.near {
		if s.near[n] == nil {
			s.near[n] = r
		}
	}
}

// linkScan bounds how many earlier rows of one person are compared.
const linkScan = 50

// same finds an earlier row of the same person with a near text.
func (s seenRows) same(r *importRow) *importRow {
	for _, l := range r.links {
		rows := s.links[l]
		for _, old := range rows[max(0, len(rows)-linkScan):] {
			if shares(old.near, r.near) {
				return old
			}
		}
	}
	return nil
}

func shares(a, b []seal.Token) bool {
	return slices.ContainsFunc(a, func(t seal.Token) bool { return slices.Contains(b, t) })
}

// ownNumber is a number that two senders do not give by accident.
var ownNumber = regexp.MustCompile(`[^0-9\s-]|^[0-9\s-]{12,}$`)

// decide says of each row of a batch what it is. Batches are decided one after
// the other, in the order of the file.
func (im *importer) decide(ctx context.Context, rows []*importRow) error {
	return im.a.store.View(ctx, func(tx *storage.Tx) (err error) {
		var keys, numbers []string
		var compared []seal.Token
		for _, r := range rows {
			if r.e != nil {
				keys = append(keys, r.d.ImportKey)
				compared = append(append(compared, r.links...), r.near...)
			}
			if r.e != nil && r.d.SenderNumber != "" {
				numbers = append(numbers, r.d.SenderNumber)
			}
		}
		if im.held, err = tx.NewestHolders(compared); err != nil {
			return err
		}
		imported, err := tx.ImportedKeys(keys)
		if err != nil {
			return err
		}
		numbered, err := tx.CasesNumbered(numbers)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.e == nil {
				continue
			}
			if err := im.decideOne(tx, r, imported[r.d.ImportKey], numbered[r.d.SenderNumber]); err != nil {
				return err
			}
			im.seen.add(r)
		}
		return nil
	})
}

func (im *importer) decideOne(tx *storage.Tx, r *importRow, imported complaint.ID, numbered []storage.Numbered) error {
	if old := im.seen.keys[r.d.ImportKey]; old != nil {
		r.out.Result, r.out.Why, r.home = ImportDuplicate, "与"+old.out.Place+"是同一条："+keyWords(r.d), old.home
		return nil
	}
	if imported != 0 {
		r.out.Result, r.out.Why, r.home = ImportDuplicate, "已经导入过", earlier(imported)
		return nil
	}
	if old, why := im.inFile(r); old != nil {
		r.out.Result, r.out.Why, r.home = ImportAttached, why+old.out.Place, old.home
		return nil
	}
	done, err := im.inStore(tx, r, numbered)
	if done || err != nil {
		return err
	}
	r.own = &home{ready: make(chan struct{})}
	r.out.Result, r.home = ImportNew, r.own
	im.noteAlike(r)
	return nil
}

func keyWords(d complaint.Register) string {
	if d.SenderNumber != "" {
		return "编号相同"
	}
	return "内容完全相同"
}

func (im *importer) inFile(r *importRow) (*importRow, string) {
	for _, old := range im.seen.numbers[r.d.SenderNumber] {
		if r.d.SenderNumber != "" && sameNumber(old.d.Channel, r.d) {
			return old, "来文编号相同，并入"
		}
	}
	if old := im.seen.same(r); old != nil {
		return old, "同一投诉人、内容相近，并入"
	}
	return nil, ""
}

// sameNumber reports whether an equal number on this channel is the same letter:
// short plain counts of two senders meet by accident.
func sameNumber(channel party.ChannelID, d complaint.Register) bool {
	return channel == d.Channel || ownNumber.MatchString(d.SenderNumber)
}

// inStore looks for the case of the row's grievance among the earlier ones and
// reports whether the row belongs to it.
func (im *importer) inStore(tx *storage.Tx, r *importRow, numbered []storage.Numbered) (bool, error) {
	for _, n := range numbered {
		if sameNumber(n.Channel, r.d) {
			return im.toCase(tx, r, n.Case, n.Channel == r.d.Channel, "来文编号相同")
		}
	}
	id, err := im.samePerson(tx, r)
	if err != nil || id == 0 {
		return false, err
	}
	return im.toCase(tx, r, id, false, "同一投诉人、内容相近")
}

// samePerson returns the newest earlier case with a near text that shares an
// identifier, or for a row without one the name; 0 when there is none.
func (im *importer) samePerson(tx *storage.Tx, r *importRow) (complaint.ID, error) {
	persons, texts := im.heldOf(r.links), im.heldOf(r.near)
	if len(texts) == 0 || len(r.links) == 0 || len(r.ids) > 0 && len(persons) == 0 {
		return 0, nil
	}
	near, err := holders(tx, texts)
	if err != nil {
		return 0, err
	}
	if len(r.ids) > 0 {
		same, err := holders(tx, persons)
		if i := slices.IndexFunc(same, func(id complaint.ID) bool { return slices.Contains(near, id) }); i >= 0 {
			return same[i], err
		}
		return 0, err
	}
	for _, id := range near {
		c, err := tx.Complaint(id)
		if err != nil || c.Complainant.Name == r.d.Complainant.Name {
			return id, err
		}
	}
	return 0, nil
}

// heldOf returns those of the keys that some earlier case has.
func (im *importer) heldOf(keys []seal.Token) []seal.Token {
	return slices.DeleteFunc(slices.Clone(keys), func(k seal.Token) bool { return im.held[k] == 0 })
}

// holders returns the cases that have any of the keys, newest first.
func holders(tx *storage.Tx, keys []seal.Token) ([]complaint.ID, error) {
	var out []complaint.ID
	for _, k := range keys {
		hits, err := tx.Holders(k, linkScan)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if id := complaint.ID(h.Owner); !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	slices.SortFunc(out, func(a, b complaint.ID) int { return int(b - a) })
	return out, nil
}

// toCase marks the row as a further reference of a case, or as a duplicate when
// the case has this letter already. A case that is over leaves the row new.
func (im *importer) toCase(tx *storage.Tx, r *importRow, id complaint.ID, has bool, why string) (bool, error) {
	open, number, err := tx.OpenCase(id)
	switch {
	case err != nil:
		return false, err
	case has:
		r.out.Result, r.out.Why, r.home = ImportDuplicate, "已登记在投诉 "+number+" 中", earlier(id)
	case open == 0:
		r.out.Notes = append(r.out.Notes, why+"的投诉 "+number+" 已办结，按新投诉登记")
		return false, nil
	default:
		r.out.Result, r.out.Why, r.home = ImportAttached, why+"，并入 "+number, earlier(open)
	}
	return true, nil
}

// noteAlike notes a near text of somebody else, or of nobody known.
func (im *importer) noteAlike(r *importRow) {
	for _, n := range r.near {
		if old := im.seen.near[n]; old != nil {
			r.out.Notes = append(r.out.Notes, "内容与"+old.out.Place+"相近，投诉人不同或不详，请核对是否同一件")
			return
		}
	}
	if len(im.heldOf(r.near)) > 0 {
		r.out.Notes = append(r.out.Notes, "内容与已有投诉相近，投诉人不同或不详，请核对是否同一件")
	}
}

package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
)

// MailItem is a line of the list of messages.
type MailItem struct {
	storage.InboxRow
	Number string // of the case, "" without one
	Days   int    // since the day of receipt, from which the limits run
}

// ReceivedMail is a message as a person reads it: plain text, whatever it was.
type ReceivedMail struct {
	storage.InboxItem
	Letter post.Letter
	Number string
	Days   int
}

// ReceivedOn is the day from which the limits run: that on which the mail server
// took the message in.
func (m ReceivedMail) ReceivedOn() calendar.Date { return calendar.FromTime(m.At) }

// Inbox lists messages in a state ("" for all). What belongs to a case is listed
// for those who may read the case. next is the id to go on after, 0 at the end.
func (a *App) Inbox(ctx context.Context, who party.Actor, state storage.InboxState, after int64, limit int) (out []MailItem, next int64, err error) {
	if err := access.Can(who, access.ReadInbox, access.Target{}).Err(); err != nil {
		return nil, 0, err
	}
	today := a.Today()
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		loose, err := a.mayReadLoose(tx, who)
		if err != nil || !loose && !slices.Contains(withCase, state) {
			return err
		}
		rows, err := tx.Inbox(state, after, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			next = rows[limit-1].ID
		}
		for _, r := range rows {
			item := MailItem{InboxRow: r, Days: int(today - calendar.FromTime(r.At))}
			if r.Case == 0 && !loose {
				continue
			}
			if r.Case != 0 {
				c, err := tx.Complaint(r.Case)
				if err != nil {
					return err
				}
				if !access.Can(who, access.ReadComplaint, c.Target()).Allow {
					continue
				}
				item.Number = c.Number
			}
			out = append(out, item)
		}
		return nil
	})
	return out, next, err
}

// withCase are the states of messages that may belong to a case; "" is any.
var withCase = []storage.InboxState{"", storage.InboxMatched, storage.InboxRegistered, storage.InboxFiled}

// mayReadLoose reports whether a person reads what belongs to no case: the mailbox is
// head office's, so those on duty there or in one of its departments.
func (a *App) mayReadLoose(tx *storage.Tx, who party.Actor) (bool, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return false, err
	}
	box := access.Target{Path: []party.UnitID{org.Tree.Root()}}
	if org.Tree.Institution(who.Unit) == org.Tree.Root() {
		box.Path = append(box.Path, who.Unit)
	}
	return access.Can(who, access.ReadInbox, box).Allow, nil
}

// ReadsMailbox reports whether a person reads what came by mail and belongs to no case.
func (a *App) ReadsMailbox(ctx context.Context, who party.Actor) (may bool, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		may, err = a.mayReadLoose(tx, who)
		return err
	})
	return may, err
}

// mailFor loads a message for a person.
func (a *App) mailFor(tx *storage.Tx, who party.Actor, n int64) (storage.InboxItem, string, error) {
	if err := access.Can(who, access.ReadInbox, access.Target{}).Err(); err != nil {
		return storage.InboxItem{}, "", err
	}
	it, err := tx.InboxItem(n)
	if err != nil {
		return it, "", err
	}
	if it.Case == 0 {
		may, err := a.mayReadLoose(tx, who)
		if err == nil && !may {
			err = fault.New(fault.Forbidden, "还没有归入投诉的来信由总行的投诉受理人员处理")
		}
		return it, "", err
	}
	c, err := a.loadFor(tx, who, it.Case, access.ReadComplaint)
	return it, c.Number, err
}

// Mailed opens a message and records that it was read.
func (a *App) Mailed(ctx context.Context, who party.Actor, n int64) (m ReceivedMail, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		m.InboxItem, m.Number, err = a.mailFor(tx, who, n)
		return err
	})
	if err != nil {
		return m, err
	}
	m.Days = int(a.Today() - m.ReceivedOn())
	if m.Erased || m.State == storage.InboxArriving {
		return m, nil
	}
	if err := a.note(ctx, who, 0, readFile, "mail", strconv.FormatInt(n, 10)); err != nil {
		return m, err
	}
	m.Letter, _, err = a.readMail(ctx, m.InboxItem)
	return m, err
}

// pending refuses a message that a person has settled already.
func pending(it storage.InboxItem, number string) error {
	switch {
	case it.State == storage.InboxDismissed:
		return fault.New(fault.Conflict, "这封来信已有人标为不是投诉")
	case it.State.Done():
		return fault.New(fault.Conflict, "这封来信已有人归入投诉 %s", number)
	case it.State == storage.InboxArriving:
		return fault.New(fault.Conflict, "这封来信还没有收完，请稍后再试")
	case it.Erased:
		return fault.New(fault.Conflict, "这封来信保存期满，内容已按规定删除")
	}
	return nil
}

// RegisterMail makes a case of a message, in one transaction; the message is kept
// with it. Sent twice it answers with the case of the first time.
func (a *App) RegisterMail(ctx context.Context, who party.Actor, n int64, d complaint.Register) (complaint.ID, error) {
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return 0, err
	}
	d.ImportKey = "mail/" + strconv.FormatInt(n, 10)
	id, err := a.imported(ctx, d.ImportKey)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		r, err := a.register(ctx, who, d, func(tx *storage.Tx, c complaint.Case) error {
			it, number, err := a.mailFor(tx, who, n)
			if err == nil {
				err = pending(it, number)
			}
			if err != nil {
				return err
			}
			return tx.SettleMail(who.ID, it, storage.InboxSettled{State: storage.InboxRegistered, Case: c.ID})
		})
		if err != nil { // several clicks were on their way at once, perhaps another branch's
			if again, broken := a.imported(ctx, d.ImportKey); broken == nil && again != 0 {
				return again, nil
			}
			return 0, err
		}
		id = r.ID
	}
	return id, a.keepMail(ctx, n, id)
}

// keepMail attaches a settled message to its case.
func (a *App) keepMail(ctx context.Context, n int64, id complaint.ID) error {
	var it storage.InboxItem
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		it, err = tx.InboxItem(n)
		return err
	})
	if err != nil || it.Case != id || it.Erased {
		return err
	}
	return a.attachMail(ctx, it, id)
}

// maxMailSummary bounds the words of a message in a contact, in characters.
const maxMailSummary = 3500

// FileMail notes a message as a contact on a case, in one transaction, and keeps
// it with the case.
func (a *App) FileMail(ctx context.Context, who party.Actor, n int64, id complaint.ID) error {
	m, err := a.Mailed(ctx, who, n)
	if err != nil {
		return err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		it, number, err := a.mailFor(tx, who, n)
		if err == nil {
			err = pending(it, number)
		}
		if err != nil {
			return err
		}
		contact := complaint.RecordContact{At: it.At, Channel: "email", Reached: true, Summary: mailSummary(m)}
		c, err := a.loadFor(tx, who, id, contact.Action())
		if err != nil {
			return err
		}
		if calendar.FromTime(it.At) < c.ReceivedOn { // it crossed with the registration
			contact.At = tx.Now()
		}
		if _, err := a.apply(tx, who, c, 0, contact.Decide); err != nil {
			return err
		}
		return tx.SettleMail(who.ID, it, storage.InboxSettled{State: storage.InboxFiled, Case: id})
	})
	if err != nil {
		return err
	}
	return a.keepMail(ctx, n, id)
}

func mailSummary(m ReceivedMail) string {
	s := "来信（" + m.At.In(calendar.Zone).Format("2006-01-02 15:04") + " 收到）：" + m.Letter.Subject + "\n" + m.Letter.Text
	if utf8.RuneCountInString(s) > maxMailSummary {
		s = string([]rune(s)[:maxMailSummary]) + "……（全文见附件）"
	}
	return strings.TrimSpace(s)
}

// maxDismissal bounds the reason, in characters.
const maxDismissal = 500

// DismissMail says that a message is no complaint, with a reason.
func (a *App) DismissMail(ctx context.Context, who party.Actor, n int64, why string) error {
	why = strings.TrimSpace(why)
	var f fault.Fields
	f.Need(why != "" && utf8.RuneCountInString(why) <= maxDismissal, "why", "请写明为什么不是投诉，不超过 %d 字", maxDismissal)
	if err := f.Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		it, number, err := a.mailFor(tx, who, n)
		if err == nil {
			err = pending(it, number)
		}
		if err != nil {
			return err
		}
		return tx.SettleMail(who.ID, it, storage.InboxSettled{State: storage.InboxDismissed, Why: why})
	})
}

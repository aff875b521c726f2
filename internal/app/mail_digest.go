package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const digestKind = "mail.digest"

// mailFoot ends every mail to a person.
const mailFoot = "\n这封邮件由小保自动发出，不含消费者的个人信息，请勿回复。更改或停止：“我的账号”里的“邮件提醒”。\n"

// KeepMail posts the digests of the day, once, from the hour of the setting
// mail.digest_hour on working days. It is called every minute or so by any number of copies.
func (a *App) KeepMail(ctx context.Context) error {
	if !a.post.SMTP.On() {
		return nil
	}
	if err := a.loadRules(ctx); err != nil {
		return err
	}
	today := a.Today()
	if a.now().In(calendar.Zone).Hour() < int(a.number("mail.digest_hour", 8)) || !a.Calendar().IsWorking(today) {
		return nil
	}
	run := digestKind + "/" + today.String()
	var wishes []storage.MailWish
	var done int
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if err = tx.Scan(`SELECT count(*) FROM upkeep WHERE id = ?`, []any{run}, &done); err != nil || done > 0 {
			return err
		}
		wishes, err = tx.MailWishes()
		return err
	})
	if err != nil || done > 0 {
		return err
	}
	for _, w := range wishes {
		if err := a.digest(ctx, w, today); err != nil {
			return err
		}
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.DropRuns(digestKind, w.Now().AddDate(0, 0, -postRules().Log.Days)); err != nil {
			return err
		}
		if err := w.BeginRun(run, digestKind); err != nil {
			return err
		}
		return w.EndRun(run, storage.RunGood, []byte(`{}`))
	})
	if fault.Is(err, fault.Stale) {
		return nil // another copy was at it too: each digest is in the outbox once
	}
	return err
}

// digest posts what one person wants to know today; nothing when there is nothing.
func (a *App) digest(ctx context.Context, w storage.MailWish, today calendar.Date) error {
	if w.Address == "" || !w.Digest && !w.Overdue {
		return nil
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		p, ok := org.Person(party.PersonID(w.Person))
		if !ok || p.Disabled {
			return nil
		}
		who, err := a.actorIn(tx, p, org)
		if err != nil || !access.May(who, access.ReadComplaint) {
			return err
		}
		d, err := a.digestOf(tx, who, w, today)
		if err != nil || d.Text == "" {
			return err
		}
		o, err := a.outgoing(MailDigest, who.ID, today.String(), d)
		tx.Post(o)
		return err
	})
}

// digestOf writes it: numbers, due dates and addresses of pages, nothing of what
// the cases are about or whose they are.
func (a *App) digestOf(tx *storage.Tx, who party.Actor, w storage.MailWish, today calendar.Date) (mailDoc, error) {
	var b strings.Builder
	var counts []string
	part := func(title string, f storage.Filter) error {
		f.Who, f.Limit = who, postRules().Mail.Lines
		rows, next, err := tx.Worklist(f)
		if err != nil || len(rows) == 0 {
			return err
		}
		number := strconv.Itoa(len(rows))
		if next.ID != 0 {
			number = "超过 " + number
		}
		counts = append(counts, title+" "+number+" 件")
		fmt.Fprintf(&b, "%s（%s 件）\n", title, number)
		for _, r := range rows {
			fmt.Fprintf(&b, "  %s  期限 %s  %s\n", r.Number, r.NextDue, a.post.page("/complaints/"+r.ID.String()))
		}
		b.WriteString("\n")
		return nil
	}
	if w.Digest {
		if err := part("本人已超期", storage.Filter{Reach: storage.Mine, DueTo: today.AddDays(-1)}); err != nil {
			return mailDoc{}, err
		}
		if err := part("本人即将到期", storage.Filter{Reach: storage.Mine, DueFrom: today, DueTo: today.AddDays(a.soonDays())}); err != nil {
			return mailDoc{}, err
		}
	}
	if w.Overdue && access.May(who, access.SuperviseComplaint) {
		if err := part("本机构已超期", storage.Filter{Reach: storage.All, DueTo: today.AddDays(-1)}); err != nil {
			return mailDoc{}, err
		}
	}
	if len(counts) == 0 {
		return mailDoc{}, nil
	}
	return mailDoc{Subject: "小保 " + today.String() + "：" + strings.Join(counts, "，"), Text: b.String() + mailFoot}, nil
}

// mailReminder posts a reminder, a supervision order or an escalation to whom it
// is for: the owner of the case, or those who lead the unit above.
func (a *App) mailReminder(tx *storage.Tx, c complaint.Case, by string, r *complaint.Reminded) error {
	org, err := a.orgIn(tx)
	if err != nil {
		return err
	}
	var people []string
	for _, p := range org.People() {
		who := party.ActorOf(p, org.Tree)
		mine := p.ID == c.Owner
		if r.How == "escalate" {
			mine = who.Unit == r.To && access.May(who, access.SuperviseComplaint)
		}
		if mine && !p.Disabled && who.ID != by && access.Can(who, access.ReadComplaint, c.Target()).Allow {
			people = append(people, string(p.ID))
		}
	}
	if len(people) == 0 {
		return nil
	}
	wishes, err := tx.MailWishes(people...)
	if err != nil {
		return err
	}
	name := map[string]string{"remind": "催办", "supervise": "督办", "escalate": "升级"}[r.How]
	text := fmt.Sprintf("投诉 %s 有新的%s，请登录系统查看内容并处理。\n", c.Number, name)
	if !r.Due.IsZero() {
		text += fmt.Sprintf("须在 %s 前答复。\n", r.Due)
	}
	d := mailDoc{Subject: "小保：" + name + " " + c.Number, Text: text + a.post.page("/complaints/"+c.ID.String()) + "\n" + mailFoot}
	for w := range slices.Values(wishes) {
		if w.Address == "" || !w.Urgent {
			continue
		}
		o, err := a.outgoing(MailUrgent, "person/"+w.Person, c.ID.String()+"/"+strconv.FormatInt(c.Version, 10), d)
		if err != nil {
			return err
		}
		tx.Post(o)
	}
	return nil
}

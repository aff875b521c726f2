package app

import (
	"context"
	"io"
	"slices"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// PortalPage is what a consumer sees of the own complaint: no names of staff, no
// internal remarks.
type PortalPage struct {
	Number     string
	State      complaint.State
	Ending     complaint.Ending
	ReceivedOn calendar.Date
	Unit       party.Unit
	Promised   calendar.Date // by when the answer is due; zero when nothing is owed
	PromisedBy complaint.DeadlineKind
	Late       bool // the promised day has passed
	Events     []PortalEvent
	Letters    []PortalLetter
	Files      []string // names of the consumer's own
	MayAdd     bool
	MayEnd     bool // withdraw
	MayRate    bool
	Rated      int // satisfaction given, 0 for none
	Today      calendar.Date
}

// PortalEvent is one line of the timeline: Kind names a sentence of the page.
type PortalEvent struct {
	At   time.Time
	Kind string
	Text string // the consumer's own words
}

// PortalLetter is a letter to the consumer.
type PortalLetter struct {
	N     int
	Title string
	On    calendar.Date
}

// PortalCase returns the case of a portal session, and the token that replaces it.
func (a *App) PortalCase(ctx context.Context, token string) (PortalPage, string, error) {
	id, next, err := a.portalCase(ctx, token)
	if err != nil {
		return PortalPage{}, "", err
	}
	if err := a.loadRules(ctx); err != nil {
		return PortalPage{}, "", err
	}
	var p PortalPage
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, history, err := portalHistory(tx, id)
		if err != nil {
			return err
		}
		env, org, err := a.env(tx, party.Consumer, c.ReceivedOn)
		if err != nil {
			return err
		}
		p = PortalPage{Number: c.Number, State: c.State, Ending: c.Ending, ReceivedOn: c.ReceivedOn, Today: env.Today(), Letters: portalLetters(c),
			MayAdd: c.Open(), MayEnd: c.Active(), Rated: c.Satisfaction(), MayRate: mayRate(c)}
		p.Unit, _ = org.Tree.Unit(c.Unit)
		p.promise(c.Deadlines(env.Rules, env.Cal))
		for _, h := range history {
			if e, ok := portalEvent(h); ok {
				p.Events = append(p.Events, e)
			}
		}
		slices.Reverse(p.Events)
		for _, f := range c.Files {
			if f.Public {
				p.Files = append(p.Files, f.Name)
			}
		}
		return nil
	})
	return p, next, err
}

// portalHistory loads a case, or the one that it was merged into: the consumer's
// number goes on there.
func portalHistory(tx *storage.Tx, id complaint.ID) (complaint.Case, []storage.Recorded, error) {
	c, history, err := tx.ComplaintHistory(id)
	if err != nil || c.State != complaint.Merged {
		return c, history, err
	}
	number := c.Number
	into, more, err := tx.ComplaintHistory(c.MergedInto)
	into.Number = number
	return into, append(history, more[min(1, len(more)):]...), err
}

func mayRate(c complaint.Case) bool {
	return c.State != complaint.Merged && !c.Active() && c.Satisfaction() == 0 && (len(c.Notices) > 0 || c.OtherReply != nil)
}

// promise takes the first live date that is owed to the consumer.
func (p *PortalPage) promise(list []complaint.Deadline) {
	for _, d := range list {
		owed := d.Kind == complaint.DecideBy || d.Kind == complaint.AgreedBy || d.Kind == complaint.ReexamineBy || d.Kind == complaint.ReplyBy
		if owed && d.Live() && !d.Due.IsZero() {
			p.Promised, p.PromisedBy, p.Late = d.Due, d.Kind, d.Late(p.Today)
			return
		}
	}
}

// portalLetters are the letters the consumer was given notice of, and what needs none.
func portalLetters(c complaint.Case) []PortalLetter {
	var out []PortalLetter
	for _, l := range c.Letters {
		told := slices.ContainsFunc(c.Notices, func(n complaint.Notice) bool { return n.Letter == l.N })
		if l.What != complaint.RegulatorResponse && (told || l.What == complaint.Acknowledgement) {
			out = append(out, PortalLetter{N: l.N, Title: l.Title, On: calendar.FromTime(l.At)})
		}
	}
	return out
}

// portalEvent says what of the ledger a consumer is told. What is not listed is
// the institution's own business.
func portalEvent(h storage.Recorded) (PortalEvent, bool) {
	out := PortalEvent{At: h.At}
	own := h.By == party.Consumer.ID
	switch e := h.Event.(type) {
	case *complaint.Registered:
		out.Kind = "registered"
	case *complaint.Accepted:
		out.Kind = "accepted"
	case *complaint.Contacted:
		if e.Outbound && !e.Reached {
			out.Kind = "tried"
		} else {
			out.Kind = "contacted"
		}
	case *complaint.FactsAdded:
		out.Kind = "facts"
		if own {
			out.Text = e.Text
		} else if !e.Restart {
			return out, false
		}
	case *complaint.FileAttached:
		if !e.Public {
			return out, false
		}
		out.Kind, out.Text = "file", e.Name
	case *complaint.StageReached:
		out.Kind = "extended"
	case *complaint.ExclusionStarted:
		out.Kind = "paused"
	case *complaint.ExclusionEnded:
		out.Kind = "resumed"
	case *complaint.NoticeGiven:
		kind, ok := toldOf(*e)
		if !ok {
			return out, false
		}
		out.Kind = kind
	case *complaint.Withdrew:
		out.Kind = "withdrew"
	case *complaint.OtherAnswered:
		out.Kind, out.Text = "answered", e.Text
	case *complaint.ReexamRequested:
		out.Kind = "reexam"
	case *complaint.ReopenedAgain:
		out.Kind = "reopened"
	case *complaint.FollowedUp:
		if !e.Reached {
			return out, false
		}
		out.Kind = "followed"
	case *complaint.CaseClosed:
		out.Kind = "closed"
	default:
		return out, false
	}
	return out, true
}

// toldOf says what a notice told the consumer; a letter about what stands on the
// page by itself is no event of its own.
func toldOf(n complaint.NoticeGiven) (kind string, ok bool) {
	if n.Mode == complaint.Unreachable {
		return "tried", true
	}
	switch n.What {
	case complaint.DecisionLetter, complaint.ReexamLetter, complaint.NotHandledLetter:
		return "told", true
	case complaint.ExtensionLetter:
		return "extended", true
	}
	return "", false
}

// portalDo decides commands of the consumer on the case of a session, all of them
// or none. The session is the permission.
func (a *App) portalDo(ctx context.Context, token string, cmds ...complaint.Command) (string, error) {
	id, next, err := a.portalCase(ctx, token)
	if err != nil {
		return "", err
	}
	for try := 1; ; try++ {
		err = a.store.Update(ctx, func(tx *storage.Tx) error {
			c, err := tx.Complaint(id)
			if err == nil && c.State == complaint.Merged {
				c, err = tx.Complaint(c.MergedInto)
			}
			if err != nil {
				return err
			}
			for _, cmd := range cmds {
				if c, err = a.apply(tx, party.Consumer, c, 0, cmd.Decide); err != nil {
					return err
				}
			}
			return nil
		})
		if !fault.Is(err, fault.Stale) || try == tries {
			return next, err
		}
	}
}

// portalFacts is what reminds the owner to judge new material: only staff decide
// whether it holds new facts or reasons, which let the limit run anew (art. 18).
const portalFacts = "消费者在网上补充了材料，请查看并判断是否属于新的事实、证据或理由；如属于，请登记为“新的事实”，期限重新起算"

// PortalFacts takes in further words of the consumer and reminds the owner.
func (a *App) PortalFacts(ctx context.Context, token, text string) (string, error) {
	if err := a.portalBusy(ctx, token); err != nil {
		return "", err
	}
	return a.portalDo(ctx, token, complaint.AddFacts{Text: text}, complaint.Remind{How: "remind", Text: portalFacts})
}

// portalBusy counts what is sent under a number.
func (a *App) portalBusy(ctx context.Context, token string) error {
	id, _, err := a.portalCase(ctx, token)
	if err != nil {
		return err
	}
	return a.portalRate(ctx, a.numberBucket("sent/"+id.String()), portalNumberTries)
}

// PortalFile takes in a file of the consumer, checked by its content.
func (a *App) PortalFile(ctx context.Context, token, name string, r io.Reader) (string, error) {
	if err := a.portalBusy(ctx, token); err != nil {
		return "", err
	}
	id, _, err := a.portalCase(ctx, token)
	if err != nil {
		return "", err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error { // a file lies under the key of the case that it will stand on
		c, err := tx.Complaint(id)
		if err == nil && c.State == complaint.Merged {
			id = c.MergedInto
		}
		return err
	})
	if err != nil {
		return "", err
	}
	file, err := a.keep(ctx, id, name, r)
	if err != nil {
		return "", err
	}
	file.Public = true
	return a.portalDo(ctx, token, file)
}

// PortalWithdraw ends the complaint at the consumer's wish (art. 15).
func (a *App) PortalWithdraw(ctx context.Context, token, why string) (string, error) {
	return a.portalDo(ctx, token, complaint.Withdraw{How: "portal", Why: why})
}

// PortalRate is the consumer's own answer to the follow-up: 1 to 5 and words. It
// can be given once.
func (a *App) PortalRate(ctx context.Context, token string, satisfaction int, comment string) (string, error) {
	if satisfaction < 1 || satisfaction > 5 {
		var f fault.Fields
		f.Add("satisfaction", "请选择 1 至 5 分")
		return "", f.Err()
	}
	p, _, err := a.PortalCase(ctx, token)
	if err != nil {
		return "", err
	}
	if !p.MayRate {
		return "", fault.New(fault.Conflict, "您已经评价过，或处理结果还没有告知，谢谢")
	}
	return a.portalDo(ctx, token, complaint.RecordFollowUp{Reached: true, Satisfaction: satisfaction, Comment: comment})
}

// PortalOpenLetter opens a letter to the consumer as PDF and records the reading.
func (a *App) PortalOpenLetter(ctx context.Context, token string, n int) (OpenedFile, error) {
	id, _, err := a.portalCase(ctx, token)
	if err != nil {
		return OpenedFile{}, err
	}
	var letter complaint.Letter
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, _, err := portalHistory(tx, id)
		if err != nil {
			return err
		}
		id = c.ID
		if !slices.ContainsFunc(portalLetters(c), func(l PortalLetter) bool { return l.N == n }) {
			return fault.New(fault.NotFound, "没有这份文书")
		}
		letter = c.Letters[slices.IndexFunc(c.Letters, func(l complaint.Letter) bool { return l.N == n })]
		return nil
	})
	if err != nil {
		return OpenedFile{}, err
	}
	digest, err := blob.ParseDigest(letter.PDF)
	if err != nil {
		return OpenedFile{}, err
	}
	key, err := a.caseKey(ctx, id)
	if err != nil {
		return OpenedFile{}, err
	}
	if err := a.note(ctx, party.Consumer, id, readFile, "letter", letter.Title); err != nil {
		return OpenedFile{}, err
	}
	t, _ := document.TypeOf("pdf")
	out := OpenedFile{Name: letter.Title + ".pdf", Content: t.MIME}
	out.ReadCloser, err = a.blobs.Open(ctx, key, id.Stream(), digest)
	return out, err
}

package app

import (
	"context"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
)

// maxScan bounds a text that is scanned in one request, in bytes.
const maxScan = 2 << 20

// ScanText scans a text with the rules in force on its day, today when it names
// none. What shadow rules find is counted and shown to nobody.
func (a *App) ScanText(ctx context.Context, who party.Actor, d rule.Doc, packs ...string) ([]rule.Finding, error) {
	book, d, err := a.scannable(ctx, who, d)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, p := range book.Packs() {
		known[p.ID] = true
	}
	for _, id := range packs {
		if !known[id] {
			return nil, fault.New(fault.NotFound, "没有编号为“%s”的规则包：请核对编号。", id)
		}
	}
	if err := a.countShadows(ctx, book.ScanShadow(d, packs...)); err != nil {
		return nil, err
	}
	return book.Scan(d, packs...), nil
}

// ExplainRule says step by step why a rule hits a text or does not.
func (a *App) ExplainRule(ctx context.Context, who party.Actor, id string, d rule.Doc) (rule.Explanation, error) {
	book, d, err := a.scannable(ctx, who, d)
	if err != nil {
		return rule.Explanation{}, err
	}
	return book.Explain(d, id)
}

func (a *App) scannable(ctx context.Context, who party.Actor, d rule.Doc) (*rule.Book, rule.Doc, error) {
	if err := access.Can(who, access.ReadRules, access.Target{}).Err(); err != nil {
		return nil, d, err
	}
	switch {
	case d.Text == "":
		return nil, d, &fault.Error{Kind: fault.Invalid, Text: "没有文字可查：请粘贴或者输入要检查的文字。", Violations: []fault.Violation{{Field: "text", Text: "请填写文字。"}}}
	case len(d.Text) > maxScan:
		return nil, d, fault.New(fault.TooLarge, "文字有 %d 兆，一次最多 2 兆：请分段检查。", len(d.Text)>>20)
	case !utf8.ValidString(d.Text):
		return nil, d, &fault.Error{Kind: fault.Invalid, Text: "文字不是 UTF-8 编码：请另存为 UTF-8 后再试。", Violations: []fault.Violation{{Field: "text", Text: "不是 UTF-8 编码。"}}}
	}
	if d.On.IsZero() {
		d.On = a.Today()
	}
	book, err := a.Rulebook(ctx)
	return book, d, err
}

// countShadows notes how often shadow rules would have spoken.
func (a *App) countShadows(ctx context.Context, found []rule.Finding) error {
	if len(found) == 0 {
		return nil
	}
	n := map[string]int{}
	for _, f := range found {
		n[f.Rule]++
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		for id, k := range n {
			tx.AddShadow(id, a.Today(), k)
		}
		return nil
	})
}

// backtestCases is how many of the newest closed complaints a back-test reads.
const backtestCases = 500

// keptChanges is how many findings a back-test shows each way; all are counted.
const keptChanges = 100

// BacktestPack says what the release of an imported pack would newly find and
// miss, over the texts given, or over the newest closed complaints of the
// person's scope when there are none.
func (a *App) BacktestPack(ctx context.Context, who party.Actor, number int64, docs []rule.Doc) (*rule.Backtest, error) {
	if err := access.Can(who, access.ManageRules, access.Target{}).Err(); err != nil {
		return nil, err
	}
	room, err := a.ruleRoom(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := room.Draft(number)
	if err != nil {
		return nil, err
	}
	fresh, err := room.with(draft.Pack)
	if err != nil {
		return nil, err
	}
	if docs == nil {
		if docs, err = a.closedTexts(ctx, who); err != nil {
			return nil, err
		}
	}
	t := rule.NewBacktest(keptChanges)
	for _, d := range docs {
		t.Add(room.Book, fresh, d)
	}
	return t, nil
}

// ShadowFindings runs one shadow rule over the newest closed complaints of the
// person's scope, so that those who keep the rules can see what it would say.
func (a *App) ShadowFindings(ctx context.Context, who party.Actor, id string) ([]rule.Change, error) {
	if err := access.Can(who, access.ManageRules, access.Target{}).Err(); err != nil {
		return nil, err
	}
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, err
	}
	r, state, known := book.Rule(id)
	if !known || state != rule.Shadow {
		return nil, fault.New(fault.Conflict, "规则“%s”不在影子状态：先把它切换到影子，再看试扫结果。", id)
	}
	docs, err := a.closedTexts(ctx, who)
	var out []rule.Change
	for i, d := range docs {
		for _, f := range book.ScanShadow(d, r.Pack) {
			if f.Rule == id && len(out) < keptChanges {
				out = append(out, rule.Change{Doc: i, Finding: f, Excerpt: rule.Excerpt(d.Text, f)})
			}
		}
	}
	return out, err
}

// closedTexts are the narratives, contacts and decisions of the newest closed
// complaints in the person's scope, long numbers hidden. The reading is recorded.
func (a *App) closedTexts(ctx context.Context, who party.Actor) ([]rule.Doc, error) {
	if err := a.note(ctx, who, 0, readSearched, "backtest", ""); err != nil {
		return nil, err
	}
	var out []rule.Doc
	f := storage.Filter{Closed: true, Reach: storage.All, Limit: 100}
	for n := 0; n < backtestCases; {
		page, err := a.Worklist(ctx, who, f)
		if err != nil {
			return nil, err
		}
		err = a.store.View(ctx, func(tx *storage.Tx) error {
			for _, row := range page.Rows {
				c, err := tx.Complaint(row.ID)
				if err != nil {
					return err
				}
				if access.Can(who, access.ReadComplaint, c.Target()).Allow {
					out = append(out, textsOf(c.Masked())...)
				}
			}
			return nil
		})
		n += len(page.Rows)
		if err != nil || len(page.Rows) < f.Limit {
			return out, err
		}
		f.After = page.Next
	}
	return out, nil
}

// textsOf are the texts of a case as documents to scan.
func textsOf(c complaint.Case) []rule.Doc {
	out := []rule.Doc{{Text: c.Narrative, Kind: "complaint", On: c.ReceivedOn, Product: c.Codes.Product}}
	for _, k := range c.Contacts {
		out = append(out, rule.Doc{Text: k.Summary, Kind: "contact", On: calendar.FromTime(k.At), Product: c.Codes.Product})
	}
	if c.Decision != nil {
		out = append(out, rule.Doc{Text: c.Decision.Text, Kind: "reply", On: c.Decision.On, Product: c.Codes.Product})
	}
	return out
}

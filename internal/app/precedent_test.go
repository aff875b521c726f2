package app_test

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/storage"
)

// told is a closed case that names everybody and everything in its texts.
func (w world) told(narrative string) complaint.ID {
	w.Helper()
	r := w.register("bj", complaint.Register{Narrative: narrative, Complainant: complaint.Complainant{Name: "张三丰", Phone: "13800001234", IDNumber: "110101199003072316", Policy: "6222021234567890128"},
		Respondents: []complaint.Respondent{{Name: "周芷若"}}})
	w.settle(r.ID)
	w.finish(r.ID)
	return r.ID
}

const telling = "我叫张三丰，身份证110101199003072316，2026年3月5日在朝阳支行由周芷若办卡，卡号6222 0212 3456 7890 128，扣年费三百元，电话13800001234，北京分行李雯说不退。"

func edit(p precedent.Precedent, lessons string) precedent.Edit {
	c := p.Content
	c.Lessons = lessons
	e := precedent.Edit{Content: c}
	for key, why := range p.Cleared {
		e.Cleared = append(e.Cleared, precedent.Clearance{Key: key, Why: why})
	}
	return e
}

// cleared answers for everything that the check still asks about, "" by hand.
func (w world) cleared(by party.PersonID, id precedent.ID, lessons string) precedent.Precedent {
	w.Helper()
	page, err := w.app.Precedent(ctx, w.who(by), id)
	w.ok(err)
	_, err = w.app.DoPrecedent(ctx, w.who(by), id, 0, edit(page.Precedent, lessons))
	w.ok(err)
	page, err = w.app.Precedent(ctx, w.who(by), id)
	w.ok(err)
	e := edit(page.Precedent, lessons)
	for _, f := range precedent.Open(page.Findings) {
		if f.Hard() {
			w.Fatalf("the draft still names the case: %+v", f)
		}
		e.Cleared = append(e.Cleared, precedent.Clearance{Key: f.Key(), Why: "通用说法，不指向任何人"})
	}
	p, err := w.app.DoPrecedent(ctx, w.who(by), id, 0, e)
	w.ok(err)
	return p
}

// S2.7 S1.8: from a closed case to the library, its search and its citation, with
// the second person, the versions and the withdrawal; the tables rebuild equal.
func TestPrecedentFromCaseToLibrary(t *testing.T) {
	each(t, func(w world) {
		source := w.told(telling)
		w.told("办卡时没有告知年费，三月份被扣了三百元，要求退还。")
		w.told("办卡时没有说年费的事，要求退还三百元并道歉。")
		p, err := w.app.ProposePrecedent(ctx, w.who("bj"), source)
		w.ok(err)
		all := ""
		for _, part := range p.Content.Parts() {
			all += part.Text + "\n"
		}
		for _, personal := range []string{"张三丰", "周芷若", "李雯", "13800001234", "110101", "6222", "朝阳支行", "北京分行", "2026年", "三百元", "1234567890123"} {
			if strings.Contains(all, personal) {
				w.Errorf("%s is left in\n%s", personal, all)
			}
		}
		if !strings.Contains(p.Content.Situation, "〖投诉人〗") || p.Masked == 0 || p.Facts.Product != "credit_card" || !slices.Equal(p.Facts.Outcomes, []string{"upheld"}) || p.Facts.Satisfaction != 5 || p.Facts.Escalated {
			w.Errorf("composed %+v, %d masked, %+v", p.Content, p.Masked, p.Facts)
		}
		if _, err := w.app.ProposePrecedent(ctx, w.who("bjlead"), source); !fault.Is(err, fault.Conflict) {
			w.Errorf("the same case twice: %v", err)
		}
		w.refuses("hand in without lessons", fault.Invalid, "bj", p.ID, precedent.HandIn{})
		named := edit(p, "张三丰的事说明要先告知")
		_, err = w.app.DoPrecedent(ctx, w.who("bj"), p.ID, p.Version, named)
		w.ok(err)
		w.refuses("hand in with a name", fault.Invalid, "bj", p.ID, precedent.HandIn{})
		named.Cleared = []precedent.Clearance{{Key: "known|张三丰", Why: "化名"}}
		w.refuses("keep a name of the case", fault.Invalid, "bj", p.ID, named)
		w.refuses("a stale edit", fault.Stale, "bj", p.ID, edit(p, "旧"))
		p = w.cleared("bj", p.ID, "收费之前要告知，并留下告知的证据。")
		_, err = w.app.DoPrecedent(ctx, w.who("bj"), p.ID, 0, precedent.HandIn{})
		w.ok(err)

		w.refuses("approve by the proposer", fault.Forbidden, "bj", p.ID, &precedent.Approve{})
		w.refuses("return without a reason", fault.Invalid, "office", p.ID, &precedent.Return{})
		_, err = w.app.DoPrecedent(ctx, w.who("office"), p.ID, 0, &precedent.Return{Why: "请写清楚告知的办法"})
		w.ok(err)
		if got := w.listed("sh"); len(got) != 0 {
			w.Errorf("a draft is in the library: %v", got)
		}
		if _, err := w.app.Precedent(ctx, w.who("sh"), p.ID); !fault.Is(err, fault.NotFound) {
			w.Errorf("a stranger reads a draft: %v", err)
		}
		w.cleared("bj", p.ID, "收费之前要以短信告知，并留下告知的证据。")
		for _, step := range []struct {
			by  party.PersonID
			cmd precedent.Command
		}{{"bj", precedent.HandIn{}}, {"office", &precedent.Approve{}}} {
			p, err = w.app.DoPrecedent(ctx, w.who(step.by), p.ID, 0, step.cmd)
			w.ok(err)
		}
		if p.Number != "AL-2026-0001" || p.State != precedent.Approved || len(p.Editions) != 1 {
			w.Fatalf("approved %+v", p)
		}
		w.library(p, source)
		w.alike()
		w.nextEdition(p.ID)
		w.alike()
		w.refuses("withdraw by the proposer", fault.Forbidden, "bj", p.ID, &precedent.Withdraw{Why: "写错了"})
		_, err = w.app.DoPrecedent(ctx, w.who("office"), p.ID, 0, &precedent.Withdraw{Why: "制度已改，不再适用"})
		w.ok(err)
		if got := w.listed("sh"); len(got) != 0 {
			w.Errorf("withdrawn and still listed: %v", got)
		}
		gone, err := w.app.Precedent(ctx, w.who("sh"), p.ID)
		w.ok(err)
		if gone.Precedent.Gone != "制度已改，不再适用" || gone.Precedent.Content.Situation != "" {
			w.Errorf("a withdrawn one shows %+v", gone.Precedent)
		}
		w.alike()
	})
}

func (w world) refuses(what string, kind fault.Kind, by party.PersonID, id precedent.ID, cmd precedent.Command) {
	w.Helper()
	expect := int64(0)
	if kind == fault.Stale {
		expect = 1
	}
	if _, err := w.app.DoPrecedent(ctx, w.who(by), id, expect, cmd); !fault.Is(err, kind) {
		w.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func (w world) listed(by party.PersonID) []string {
	w.Helper()
	return w.find(by, storage.PrecedentFilter{})
}

func (w world) find(by party.PersonID, f storage.PrecedentFilter) []string {
	w.Helper()
	l, err := w.app.Precedents(ctx, w.who(by), f)
	w.ok(err)
	var out []string
	for _, r := range l.Rows {
		out = append(out, r.Number)
	}
	return out
}

// library looks at the approved precedent with the eyes of others.
func (w world) library(p precedent.Precedent, source complaint.ID) {
	w.Helper()
	tags := func(topic, value string) storage.PrecedentFilter {
		return storage.PrecedentFilter{Tags: map[string][]string{topic: {value}}}
	}
	for _, test := range []struct {
		f    storage.PrecedentFilter
		want int
	}{
		{storage.PrecedentFilter{Words: "年费"}, 1}, {storage.PrecedentFilter{Words: "短信告知"}, 1}, {storage.PrecedentFilter{Words: "AL-2026-0001"}, 1}, {storage.PrecedentFilter{Words: "张三丰"}, 0}, {storage.PrecedentFilter{Words: "理赔"}, 0},
		{tags("product", "credit_card"), 1}, {tags("product", "debit_card"), 0}, {tags("outcome", "upheld"), 1}, {tags("reason", "pricing"), 1}, {tags("reason", "attitude"), 0}, {storage.PrecedentFilter{Settled: true}, 1},
	} {
		if got := w.find("sh", test.f); len(got) != test.want {
			w.Errorf("%+v finds %v, want %d", test.f, got, test.want)
		}
	}
	l, err := w.app.Precedents(ctx, w.who("sh"), tags("reason", "attitude"))
	w.ok(err)
	if got := l.Facets["reason"]; len(got) != 1 || got[0] != (storage.Facet{Topic: "reason", Value: "pricing", N: 1}) {
		w.Errorf("facets %+v", got)
	}
	for _, test := range []struct {
		by     party.PersonID
		source complaint.ID
		inside bool
	}{{"bj", source, true}, {"office", source, true}, {"sh", 0, false}} {
		page, err := w.app.Precedent(ctx, w.who(test.by), p.ID)
		w.ok(err)
		if page.Source != test.source || page.Inside != test.inside || (page.Precedent.Proposer != "") != test.inside || !page.Published || page.Edition.Content.Situation == "" {
			w.Errorf("%s sees source %d, inside %t, proposer %q", test.by, page.Source, page.Inside, page.Precedent.Proposer)
		}
	}
	w.refuses("edit by a stranger", fault.Forbidden, "sh", p.ID, edit(p, "改"))
	w.refuses("cite with a name", fault.Invalid, "sh", p.ID, &precedent.Cite{What: "training", Note: "给王女士看，13912345678"})
	w.refuses("cite for nothing", fault.Invalid, "sh", p.ID, &precedent.Cite{What: "fun"})
	_, err = w.app.DoPrecedent(ctx, w.who("sh"), p.ID, 0, &precedent.Cite{What: "training", Note: "二季度柜员培训"})
	w.ok(err)
	l, err = w.app.Precedents(ctx, w.who("sh"), storage.PrecedentFilter{})
	w.ok(err)
	if len(l.Rows) != 1 || l.Rows[0].Cited != 1 {
		w.Errorf("rows %+v", l.Rows)
	}
	other := w.register("bj", complaint.Register{Narrative: "在网点办卡没有告知年费，被扣三百元，客服说不退。"})
	panel, err := w.app.PrecedentsFor(ctx, w.who("bj"), other.ID, 3)
	w.ok(err)
	if len(panel.Similar) != 1 || panel.Similar[0].Row.ID != p.ID || len(panel.Similar[0].Score.Shared) == 0 || panel.Propose {
		w.Errorf("beside another case: %+v", panel)
	}
	if panel, err = w.app.PrecedentsFor(ctx, w.who("bj"), source, 3); err != nil || panel.Own != p.ID || len(panel.Similar) != 0 {
		w.Errorf("beside its own case: %+v, %v", panel, err)
	}
	if _, err := w.app.PrecedentsFor(ctx, w.who("sh"), source, 3); !fault.Is(err, fault.Forbidden) {
		w.Errorf("beside a case out of reach: %v", err)
	}
	if id, err := w.app.PrecedentByNumber(ctx, " al-2026-0001"); err != nil || id != p.ID {
		w.Errorf("by number: %d, %v", id, err)
	}
}

// nextEdition rewrites an approved precedent: readers keep the old text until the
// new one is approved, and a dropped one leaves nothing.
func (w world) nextEdition(id precedent.ID) {
	w.Helper()
	w.cleared("bj", id, "第二版：收费前三十日告知。")
	page, err := w.app.Precedent(ctx, w.who("sh"), id)
	w.ok(err)
	if strings.Contains(page.Edition.Content.Lessons, "第二版") || page.Precedent.Work != "" {
		w.Error("the next edition shows before it is approved")
	}
	_, err = w.app.DoPrecedent(ctx, w.who("bj"), id, 0, &precedent.Drop{})
	w.ok(err)
	w.refuses("drop twice", fault.Conflict, "bj", id, &precedent.Drop{})
	w.cleared("bj", id, "第二版：收费前三十日告知。")
	for _, step := range []struct {
		by  party.PersonID
		cmd precedent.Command
	}{{"bj", precedent.HandIn{}}, {"office", &precedent.Approve{}}} {
		_, err = w.app.DoPrecedent(ctx, w.who(step.by), id, 0, step.cmd)
		w.ok(err)
	}
	page, err = w.app.Precedent(ctx, w.who("sh"), id)
	w.ok(err)
	if page.Edition.N != 2 || page.Precedent.Number != "AL-2026-0001" || !strings.Contains(page.Edition.Content.Lessons, "第二版") {
		w.Errorf("edition %+v", page.Edition)
	}
}

func TestWhoMayPropose(t *testing.T) {
	each(t, func(w world) {
		open := w.register("bj", complaint.Register{})
		closed := w.told(telling)
		for _, test := range []struct {
			by   party.PersonID
			id   complaint.ID
			want fault.Kind
		}{{"bj", open.ID, fault.Conflict}, {"sh", closed, fault.Forbidden}, {"cy", closed, fault.Forbidden}, {"audit", closed, fault.Forbidden}, {"exec", closed, fault.Forbidden}, {"bj", 999, fault.NotFound}} {
			if _, err := w.app.ProposePrecedent(ctx, w.who(test.by), test.id); !fault.Is(err, test.want) {
				w.Errorf("%s proposes %d: %v, want %v", test.by, test.id, err, test.want)
			}
		}
		p, err := w.app.ProposePrecedent(ctx, w.who("office"), closed)
		w.ok(err)
		if l, err := w.app.Precedents(ctx, w.who("office"), storage.PrecedentFilter{Work: true}); err != nil || len(l.Rows) != 1 || l.Work != 1 {
			w.Errorf("in work: %+v, %v", l, err)
		}
		w.cleared("office", p.ID, "要先告知")
		_, err = w.app.DoPrecedent(ctx, w.who("office"), p.ID, 0, precedent.HandIn{})
		w.ok(err)
		w.refuses("approve one's own", fault.Forbidden, "office", p.ID, &precedent.Approve{})
		_, err = w.app.DoPrecedent(ctx, w.who("office"), p.ID, 0, &precedent.Withdraw{Why: "不提了"})
		w.ok(err)
		again, err := w.app.ProposePrecedent(ctx, w.who("bj"), closed)
		if err != nil || again.ID == p.ID {
			w.Errorf("proposed again: %d, %v", again.ID, err)
		}
	})
}

// A case of which few are like it is flagged until a topic is hidden or a reason given.
func TestRareCombination(t *testing.T) {
	each(t, func(w world) {
		p, err := w.app.ProposePrecedent(ctx, w.who("bj"), w.told(telling))
		w.ok(err)
		e := edit(p, "要先告知")
		for _, test := range []struct {
			hidden []string
			want   bool
		}{{nil, true}, {[]string{"reason"}, true}, {[]string{"product", "reason"}, false}} {
			e.Hidden = test.hidden
			_, err = w.app.DoPrecedent(ctx, w.who("bj"), p.ID, 0, e)
			w.ok(err)
			page, err := w.app.Precedent(ctx, w.who("bj"), p.ID)
			w.ok(err)
			if got := slices.ContainsFunc(page.Findings, func(f precedent.Finding) bool { return f.Kind == "rare" }); got != test.want {
				w.Errorf("hidden %v: rare %t, want %t", test.hidden, got, test.want)
			}
		}
	})
}

// What happens to the case leaves the precedent as it is: here its key is destroyed.
func TestPrecedentOutlivesItsCase(t *testing.T) {
	each(t, func(w world) {
		source := w.told(telling)
		p, err := w.app.ProposePrecedent(ctx, w.who("bj"), source)
		w.ok(err)
		w.ok(w.s.Write(ctx, func(x *storage.Writer) error {
			_, err := x.Exec(`UPDATE stream_key SET wrapped = NULL WHERE stream = ?`, source.Stream())
			return err
		}))
		var now precedent.Precedent
		w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
			now, _, err = tx.Precedent(p.ID)
			return err
		}))
		if now.Content.Situation != p.Content.Situation || p.Content.Situation == "" {
			w.Errorf("read %q, proposed %q", now.Content.Situation, p.Content.Situation)
		}
	})
}

package app_test

import (
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

var home = app.Client{IP: "192.0.2.7"}

func (w world) portal(in app.PortalComplaint) (app.Receipt, string) {
	w.Helper()
	if in.Form == "" {
		form, err := w.app.NewPortalForm()
		w.ok(err)
		in.Form = form
	}
	if in.Name == "" {
		in.Name, in.Phone = "何大海", "13600001111"
	}
	if in.Narrative == "" {
		in.Narrative = "三月二日在网点办业务，柜员让我多买了一份保险，我不知情，要求退还。"
	}
	r, token, err := w.app.PortalRegister(ctx, home, in)
	w.ok(err)
	return r, token
}

// Nothing is without an owner: the duty of the unit above the one complained
// about (art. 17), else of head office.
func TestPortalHasAnOwner(t *testing.T) {
	each(t, func(w world) {
		for _, test := range []struct{ unit, owner string }{{"", "office"}, {"0101", "office"}, {"010101", "bj"}, {"0102", "office"}} {
			r, _ := w.portal(app.PortalComplaint{Unit: party.UnitID(test.unit)})
			if string(r.Owner) != test.owner || r.Secret == "" || len(r.Deadlines) == 0 {
				w.Errorf("unit %q: %+v, want owner %s", test.unit, r, test.owner)
			}
		}
	})
}

func TestPortalSecret(t *testing.T) {
	each(t, func(w world) {
		form, err := w.app.NewPortalForm()
		w.ok(err)
		r, _ := w.portal(app.PortalComplaint{Form: form})
		again, _ := w.portal(app.PortalComplaint{Form: form})
		if again.Number != r.Number || again.Secret != r.Secret || w.total() != 1 {
			w.Errorf("second click: %s and %s, %d cases", r.Number, again.Number, w.total())
		}
		var stored string
		w.ok(w.s.View(ctx, func(tx *storage.Tx) error { return tx.Scan(`SELECT hash FROM portal_secret`, nil, &stored) }))
		if strings.Contains(stored, strings.ReplaceAll(r.Secret, "-", "")) {
			w.Error("the secret itself is stored")
		}
		*w.now = w.now.Add(time.Hour)
		if _, _, err := w.app.PortalRegister(ctx, home, app.PortalComplaint{Form: form, Name: "何大海", Phone: "13600001111", Narrative: "x"}); !fault.Is(err, fault.Conflict) {
			w.Errorf("the form an hour later: %v", err)
		}
		for _, test := range []struct {
			name, number, secret string
			ok                   bool
		}{
			{"as given", r.Number, r.Secret, true},
			{"as typed on a phone", strings.ToLower(r.Number) + " ", strings.ToLower(strings.ReplaceAll(r.Secret, "-", " ")), true},
			{"wrong secret", r.Number, "AAAA-AAAA-AAAA-AAAA", false},
			{"no secret", r.Number, "", false},
			{"unknown number", "TS20260101-000001", r.Secret, false},
		} {
			token, err := w.app.PortalEnter(ctx, app.Client{IP: "198.51.100." + test.name}, test.number, test.secret)
			if (err == nil) != test.ok || test.ok == (token == "") || err != nil && fault.KindOf(err) != fault.Invalid {
				w.Errorf("%s: %v", test.name, err)
			}
		}
	})
}

// The hour's tries are counted by address and by number, and no address is kept.
func TestPortalRate(t *testing.T) {
	each(t, func(w world) {
		enter := func(ip, number string) error {
			_, err := w.app.PortalEnter(ctx, app.Client{IP: ip}, number, "x")
			return err
		}
		for range 10 {
			if err := enter("203.0.113.9", "TS1"); fault.Is(err, fault.TooMany) {
				w.Fatal("refused too early")
			}
		}
		if err := enter("203.0.113.9", "TS2"); !fault.Is(err, fault.TooMany) {
			w.Errorf("the eleventh try: %v", err)
		}
		for i := range 40 {
			_ = enter("203.0.114."+string(rune('a'+i)), "TS1")
		}
		if err := enter("203.0.115.1", "TS1"); !fault.Is(err, fault.TooMany) {
			w.Errorf("one number from many addresses: %v", err)
		}
		*w.now = w.now.Add(61 * time.Minute)
		if err := enter("203.0.113.9", "TS2"); fault.Is(err, fault.TooMany) {
			w.Errorf("an hour later: %v", err)
		}
		n := 0
		w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
			return tx.Scan(`SELECT count(*) FROM rate WHERE bucket LIKE ?`, []any{"%203.0%"}, &n)
		}))
		if n != 0 {
			w.Errorf("%d addresses are kept", n)
		}
	})
}

// The consumer's way: file, see, add, be reminded of, be told, rate.
func TestPortalFromFilingToRating(t *testing.T) {
	each(t, func(w world) {
		r, token := w.portal(app.PortalComplaint{Unit: "010101"})
		page, token, err := w.app.PortalCase(ctx, token)
		w.ok(err)
		if page.State != complaint.New || page.Promised.IsZero() || len(page.Events) != 1 || !page.MayAdd || !page.MayEnd || page.MayRate {
			w.Errorf("at first %+v", page)
		}
		_, err = w.app.PortalFacts(ctx, token, "我找到了当时的录音。")
		w.ok(err)
		_, err = w.app.PortalFile(ctx, token, "回单.pdf", strings.NewReader("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"))
		w.ok(err)
		staff, err := w.app.Complaint(ctx, w.who("bj"), r.ID)
		w.ok(err)
		if len(staff.Case.Reminders) != 1 || !strings.Contains(staff.Case.Reminders[0].Text, "新的事实") || !staff.Case.RestartOn.IsZero() || !staff.Case.Files[0].Public {
			w.Errorf("the owner sees %+v, restart %s, files %+v", staff.Case.Reminders, staff.Case.RestartOn, staff.Case.Files)
		}
		w.settle(r.ID)
		w.do("bj", r.ID, complaint.AddNote{Text: "内部备注，消费者不应看到"})
		_, err = w.app.IssueLetter(ctx, w.who("bj"), r.ID, 0, complaint.DecisionLetter, 0)
		w.ok(err)
		if page, token, err = w.app.PortalCase(ctx, token); err != nil || len(page.Letters) != 0 {
			w.Errorf("a letter before its notice: %+v %v", page.Letters, err)
		}
		if _, err := w.app.PortalOpenLetter(ctx, token, 1); !fault.Is(err, fault.NotFound) {
			w.Errorf("read before its notice: %v", err)
		}
		w.do("bj", r.ID, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.today(), Proof: "EMS 1"})
		page, token, err = w.app.PortalCase(ctx, token)
		w.ok(err)
		if len(page.Letters) != 1 || !page.MayRate || page.MayEnd {
			w.Errorf("once told %+v", page)
		}
		for _, e := range page.Events {
			if strings.Contains(e.Text, "内部备注") {
				w.Error("an internal note is shown")
			}
		}
		f, err := w.app.PortalOpenLetter(ctx, token, 1)
		w.ok(err)
		f.Close()
		_, err = w.app.PortalRate(ctx, token, 4, "还可以")
		w.ok(err)
		if _, err := w.app.PortalRate(ctx, token, 5, ""); !fault.Is(err, fault.Conflict) {
			w.Errorf("rated twice: %v", err)
		}
		log, err := w.app.AccessLog(ctx, w.who("audit"), r.ID, w.now.Add(time.Hour), 50)
		w.ok(err)
		if !strings.Contains(fmtLog(log), "consumer access.FileRead") {
			w.Errorf("the reading of the letter is not recorded: %s", fmtLog(log))
		}
	})
}

func fmtLog(log []app.AccessEntry) string {
	var b strings.Builder
	for _, e := range log {
		b.WriteString(e.Who + " " + e.Kind + "\n")
	}
	return b.String()
}

func TestPortalWithdrawAndSession(t *testing.T) {
	each(t, func(w world) {
		_, token := w.portal(app.PortalComplaint{})
		_, other := w.portal(app.PortalComplaint{})
		for name, bad := range map[string]string{"none": "", "cut": token[:len(token)-2], "exchanged": strings.Split(token, ".")[0] + strings.TrimPrefix(other, strings.Split(other, ".")[0])} {
			if _, _, err := w.app.PortalCase(ctx, bad); !fault.Is(err, fault.Forbidden) {
				w.Errorf("token %s: %v", name, err)
			}
		}
		_, err := w.app.PortalWithdraw(ctx, token, "已经解决")
		w.ok(err)
		page, next, err := w.app.PortalCase(ctx, token)
		w.ok(err)
		if page.Ending != complaint.ByWithdrawal || page.MayEnd {
			w.Errorf("withdrawn: %+v", page)
		}
		*w.now = w.now.Add(time.Hour)
		if _, _, err := w.app.PortalCase(ctx, next); !fault.Is(err, fault.Forbidden) {
			w.Errorf("an hour later: %v", err)
		}
	})
}

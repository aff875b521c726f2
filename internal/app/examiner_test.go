package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

func (w world) request(size int) examine.Request {
	return examine.Request{Name: "监管检查组", Login: "examiner", Reason: "年度消保检查", Until: w.today().AddDays(5), From: w.today().AddDays(-30), To: w.today(), Size: size, Seed: "2026-03-31"}
}

// examined is an institution with cases of two branches and an examiner over some.
func (w world) examined(size int) (app.OpenedExamination, party.Actor, []complaint.ID) {
	w.Helper()
	var all []complaint.ID
	for i := range 6 {
		all = append(all, w.register([]party.PersonID{"bj", "sh"}[i%2], complaint.Register{Narrative: "我在网点办卡时没有被告知年费，第" + strings.Repeat("一", i+1) + "次来投诉。"}).ID)
	}
	*w.now = w.now.Add(time.Minute)
	e, err := w.app.OpenExamination(ctx, w.admin(), w.request(size))
	w.ok(err)
	return e, w.who(e.Person), all
}

// An examiner sees the sample and nothing else, in lists, numbers, search, single
// cases, files and exports.
func TestExaminerSeesTheSample(t *testing.T) {
	each(t, func(w world) {
		e, x, all := w.examined(2)
		if len(e.Cases) != 2 || e.Population != 6 || e.Password == "" || e.Seed != "2026-03-31" {
			t.Fatalf("%+v", e.Opened)
		}
		list, err := w.app.Worklist(ctx, x, storage.Filter{Reach: storage.All})
		w.ok(err)
		var seen []int64
		for _, r := range list.Rows {
			seen = append(seen, int64(r.ID))
		}
		slices.Sort(seen)
		if !slices.Equal(seen, e.Cases) {
			t.Errorf("the worklist holds %v, the sample is %v", seen, e.Cases)
		}
		found, err := w.app.Search(ctx, x, "年费", 0, 50)
		w.ok(err)
		if len(found.Rows) != 2 {
			t.Errorf("search finds %d", len(found.Rows))
		}
		for _, id := range all {
			in := slices.Contains(e.Cases, int64(id))
			page, err := w.app.Complaint(ctx, x, id)
			if in != (err == nil) || !in && !fault.Is(err, fault.Forbidden) {
				t.Errorf("case %d, in the sample %v: %v", id, in, err)
			}
			if in && strings.Contains(page.Case.Complainant.Name+page.Case.Complainant.Phone, "13800001234") {
				t.Error("the phone stands in clear")
			}
			for name, err := range w.refusals(x, id) {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s of case %d: %v", name, id, err)
				}
			}
			w.must(id, in, x)
		}
		s, err := w.app.Sample(ctx, x)
		w.ok(err)
		if len(s.Cases) != 2 || s.Cases[0].Broken != nil || s.Cases[0].Events == 0 || s.Seed != e.Seed {
			t.Errorf("sample: %+v", s)
		}
	})
}

// refusals are what an examiner may never do, to sampled cases neither.
func (w world) refusals(x party.Actor, id complaint.ID) map[string]error {
	out := map[string]error{}
	_, out["reveal"] = w.app.Reveal(ctx, x, id, "audit", "")
	_, out["case file"] = w.app.CaseFile(ctx, x, id, app.CaseFileRequest{Reason: "audit", Masked: true})
	_, out["note"] = w.app.Do(ctx, x, id, 0, complaint.AddNote{Text: "x"})
	_, out["attach"] = w.app.AttachFile(ctx, x, id, 0, "a.txt", strings.NewReader("x"))
	_, out["file"] = w.app.OpenFile(ctx, x, id, 1)
	_, _, out["approvals"] = w.app.Approvals(ctx, x, 10)
	_, out["register"] = w.app.Register(ctx, x, complaint.Register{})
	_, out["examinations"] = w.app.Examinations(ctx, x)
	_, out["checkpoints"] = w.app.Checkpoints(ctx, x)
	return out
}

func (w world) must(id complaint.ID, in bool, x party.Actor) {
	w.Helper()
	if _, err := w.app.AccessLog(ctx, x, id, w.now.Add(time.Hour), 10); in != (err == nil) {
		w.Errorf("access log of case %d, in the sample %v: %v", id, in, err)
	}
	if _, err := w.app.PrintComplaint(ctx, x, id); in != (err == nil) {
		w.Errorf("print of case %d, in the sample %v: %v", id, in, err)
	}
}

// The draw repeats, later too, and a changed record of it is found.
func TestDrawRepeats(t *testing.T) {
	each(t, func(w world) {
		e, _, _ := w.examined(3)
		for range 3 {
			w.register("bj", complaint.Register{}) // after the draw: no part of the population
		}
		list, err := w.app.Examinations(ctx, w.who("audit"))
		w.ok(err)
		if len(list) != 1 || list[0].Repeated != nil || !list[0].Live || list[0].Name != "监管检查组" || list[0].Population != 6 {
			t.Errorf("%+v", list)
		}
		w.ok(w.s.Write(ctx, func(wr *storage.Writer) error { // somebody writes another seed into the read table
			_, err := wr.Exec(`UPDATE examination SET doc = replace(doc, '2026-03-31"', '2026-04-01"')`)
			return err
		}))
		if list, err = w.app.Examinations(ctx, w.who("audit")); err != nil || list[0].Repeated == nil {
			t.Errorf("another seed gives the same sample: %v %+v", err, list)
		}
		if got := w.differing(); !slices.Equal(got, []string{"examination"}) {
			t.Errorf("rebuilt %v", got)
		}
		if list, err = w.app.Examinations(ctx, w.who("audit")); err != nil || list[0].Repeated != nil || len(list[0].Cases) != len(e.Cases) {
			t.Errorf("rebuilt: %v %+v", err, list)
		}
	})
}

// The account ends by itself after the last day, and at once when it is ended.
func TestExaminationEnds(t *testing.T) {
	each(t, func(w world) {
		e, x, _ := w.examined(2)
		*w.now = w.now.AddDate(0, 0, 5)
		if _, err := w.app.Actor(ctx, x.Person()); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		*w.now = w.now.AddDate(0, 0, 1)
		if _, err := w.app.Actor(ctx, x.Person()); !fault.Is(err, fault.Unauthed) {
			t.Errorf("after the last day: %v", err)
		}
		*w.now = w.now.AddDate(0, 0, -3)
		w.ok(w.app.EndExamination(ctx, w.admin(), e.ID))
		if _, err := w.app.Actor(ctx, x.Person()); !fault.Is(err, fault.Unauthed) {
			t.Errorf("ended: %v", err)
		}
		if err := w.app.EndExamination(ctx, w.admin(), e.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

func TestExaminationRefuses(t *testing.T) {
	each(t, func(w world) {
		w.register("bj", complaint.Register{})
		for _, by := range []party.PersonID{"office", "bj", "audit", "exec"} {
			if _, err := w.app.OpenExamination(ctx, w.who(by), w.request(2)); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s opens one: %v", by, err)
			}
		}
		admin := w.admin()
		for name, spoil := range map[string]func(*examine.Request){
			"login taken": func(r *examine.Request) { r.Login = "office" }, "no reason": func(r *examine.Request) { r.Reason = "" },
			"nobody complained": func(r *examine.Request) { r.From, r.To = r.From.AddDays(-900), r.To.AddDays(-900) },
		} {
			ask := w.request(2)
			spoil(&ask)
			if _, err := w.app.OpenExamination(ctx, admin, ask); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

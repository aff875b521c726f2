package app_test

import (
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text/rule"
)

// What a shadow rule would have said is counted when words are written into a case,
// once each, and not when they are read.
func TestShadowsAreCountedWhereTextsAreWritten(t *testing.T) {
	each(t, func(w world) {
		office, bj := w.who("office"), w.who("bj")
		w.ok(w.app.SwitchRule(ctx, office, "emotion.abuse.abusive.shout", rule.Shadow, "先观察误伤"))
		if _, err := w.app.Rulebook(ctx); err != nil {
			t.Fatal(err)
		}
		count := func(step string, want int) {
			t.Helper()
			room, err := w.app.RuleRoom(ctx, office)
			w.ok(err)
			if got := room.Shadows["emotion.abuse.abusive.shout"]; got != want {
				t.Errorf("%s: %d, want %d", step, got, want)
			}
		}
		r, err := w.app.Register(ctx, bj, complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王芳"}, Narrative: "柜员当众对我喊：滚出去！"})
		w.ok(err)
		count("registered", 1)
		for range 3 {
			if _, err := w.app.Guide(ctx, bj, r.ID); err != nil {
				t.Fatal(err)
			}
		}
		count("read", 1)
		_, err = w.app.Do(ctx, bj, r.ID, 0, &complaint.RecordContact{At: w.app.Now().Add(-time.Minute), Channel: "phone", Reached: true, Summary: "客户喊：滚！随即挂断。"})
		w.ok(err)
		count("contact", 2)
		_, err = w.app.Do(ctx, bj, r.ID, 0, complaint.AddNote{Text: "滚！"})
		w.ok(err)
		count("a note is not heard", 2)
	})
}

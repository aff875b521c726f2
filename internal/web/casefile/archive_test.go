package casefile_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web/webtest"
)

// The page of an archived case is that of any other, and says that it is archived.
func TestArchivedCase(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	w.do("handler", id, complaint.Accept{}, complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "消费者表示已与网点达成一致"},
		complaint.Withdraw{How: "recorded_call", Why: "问题当场解决"})
	_, err := w.Store.Checkpoint(context.Background())
	w.ok(err)
	w.plain()
	b := w.As("handler")
	before := b.Get("/complaints/" + id.String()).Text()
	done, err := w.App.ArchiveNow(context.Background(), 0, nil)
	w.ok(err)
	if done.Cases != 1 {
		t.Fatalf("archived %+v", done)
	}
	for lang, note := range map[string]string{"zh": "本件办结已久，记录已于 2026-03-31 归档", "en": "packed into the archive on 2026-03-31"} {
		b.Lang = lang
		a := b.Get("/complaints/" + id.String())
		if a.Status != http.StatusOK || !strings.Contains(a.Text(), note) || strings.Contains(before, note) {
			t.Errorf("%s: %d %s", lang, a.Status, a.Text())
		}
		for _, wrong := range webtest.Markup(a.Body) {
			t.Error(wrong)
		}
		if lang == "zh" && !strings.Contains(a.Text(), "已与网点达成一致") {
			t.Errorf("the contact is not shown: %s", a.Text())
		}
	}
}

package desk_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/web"
	"xiaobao/internal/web/desk"
	"xiaobao/internal/web/webtest"
)

// The model fills what is empty and leaves what was typed; nothing is registered,
// and without a model there is no button.
func TestReadLetter(t *testing.T) {
	if plain := world(t).As("handler").Get("/complaints/new"); strings.Contains(plain.Text(), "读信") || plain.Status != http.StatusOK {
		t.Errorf("without a model: %d, a button", plain.Status)
	}
	content := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		b, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]string{"content": content}}}})
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
	}))
	t.Cleanup(s.Close)
	conf := app.AssistDefaults()
	conf.URL, conf.Model = s.URL+"/v1", "qwen3-32b"
	w := servertest.New(t, func(o *server.Options) {
		a, err := app.New(context.Background(), app.Options{Store: o.App.Store(), Blobs: blob.New(t.TempDir(), nil), Now: o.App.Now, Assist: conf})
		if err != nil {
			t.Fatal(err)
		}
		o.App, o.Rooms = a, func(site *web.Site, a *app.App) []web.Route { return desk.Routes(site, a) }
	})
	h := w.As("handler")
	if page := h.Get("/complaints/new"); !strings.Contains(page.Text(), "读信") {
		t.Error("no button")
	}
	in := []string{"do", "read", "channel", "letter", "nature", "complaint", "received_on", "2026-03-30", "narrative", narrative, "demand", "我自己写的诉求"}
	a := h.Post("/complaints/new", in...)
	if a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Text(), "没有给出内容") || !strings.Contains(a.Body, "我不识多少字") {
		t.Fatalf("a failure: %d", a.Status)
	}
	content = `{"claims":[{"text":"把保险说成存款","quote":"客户经理说有一款利息更高的存款"},{"text":"代客户勾选合同","quote":"合同是他代我勾选的"},{"text":"编的","quote":"他打了我"}],"amounts":["六成"],"dates":["2025年3月12日"],"wants":"退还本金"}`
	a = h.Post("/complaints/new", in...)
	for _, want := range []string{`name="points[0]" value="把保险说成存款"`, `name="points[1]" value="代客户勾选合同"`, "我自己写的诉求", "机器读出，须人工核对", "没有依据的内容 1 条已舍去"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if a.Status != http.StatusOK || strings.Contains(a.Body, "他打了我") {
		t.Errorf("%d, or what the letter does not say is there", a.Status)
	}
	for _, wrong := range webtest.Markup(a.Body) {
		t.Error(wrong)
	}
	a = h.Post("/complaints/new", append(in, "points[0]", "我写的")...)
	if strings.Contains(a.Body, `value="代客户勾选合同"`) || !strings.Contains(a.Body, `value="我写的"`) {
		t.Error("what was typed was mixed with what was read")
	}
}

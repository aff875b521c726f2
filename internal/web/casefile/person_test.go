package casefile_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

// moody is a case whose temper rises over the contacts.
func (w world) moody() complaint.ID {
	w.t.Helper()
	id := w.register("handler", complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: "王秀兰"},
		Narrative: narrative, Demand: "退还全部本金，并书面说明当时是怎么介绍的。"})
	w.do("handler", id, complaint.Accept{})
	for i, said := range []string{"客户语气平和，请问核查要多久，提供了合同复印件。", "打了三次电话没有一个人回我，你们就是互相踢皮球，太让人失望了！", "麻烦您在本周五前书面答复，届时没有结果，我会把材料交给金融监管总局，谢谢配合。", "这是我的养老钱，全搭进去了，我真的不想活了！"} {
		w.do("handler", id, complaint.RecordContact{Channel: "phone", Reached: true, At: w.App.Now().Add(-time.Duration(96-24*i) * time.Hour), Summary: said})
	}
	return id
}

// english is a page in the other language.
func (w world) english(login, path string) string {
	w.t.Helper()
	c := w.As(login)
	r, err := http.NewRequest(http.MethodGet, w.URL+path, nil)
	w.ok(err)
	r.AddCookie(&http.Cookie{Name: "xb_lang", Value: "en"})
	return c.Do(r).Body
}

func TestPersonPanel(t *testing.T) {
	w := newWorld(t)
	id := w.moody()
	at := "/complaints/" + id.String()
	c := w.As("handler")
	first := c.Get(at)
	if first.Status != http.StatusOK || !strings.Contains(first.Body, `hx-get="`+at+`/person"`) || strings.Contains(first.Body, "person-line") {
		t.Error("the case page does not leave the panel to a second request")
	}
	page := c.Get(at + "/person")
	for _, want := range []string{"读懂消费者", "请马上转由主管处理", "绝望", "不想活", "踢皮球", "服务态度", "emotion.level.desperate.die@", "S0.5", "采用", "不是", "person-line", "S4.9"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the panel lacks %s", want)
		}
	}
	if body := w.english("handler", at+"/person"); !strings.Contains(body, "Hand over to a supervisor now") || !strings.Contains(body, "Desperate") {
		t.Error("the English panel is not English")
	}
	if a := w.As("admin").Get(at + "/person"); a.Status != http.StatusForbidden {
		t.Errorf("the administrator gets %d", a.Status)
	}
}

// One click accepts, one choice corrects, and the case shows who said so.
func TestPersonIsJudged(t *testing.T) {
	w := newWorld(t)
	id := w.moody()
	at, c := "/complaints/"+id.String(), w.As("handler")
	post := func(pairs ...string) {
		t.Helper()
		c.Get(at)
		if a := c.Post(at+"/judge", pairs...); a.Status != http.StatusSeeOther || !strings.HasSuffix(a.Location(), "#person") {
			t.Fatalf("%v answered %d %s", pairs, a.Status, a.Location())
		}
	}
	post("topic", "product", "subject", "0", "suggested", "agency_insurance", "source", "codes.product.agency_insurance@1", "confidence", "700", "value", "agency_insurance")
	post("topic", "stage", "subject", "0", "suggested", "respected", "value", "confirmed")
	post("topic", "emotion", "subject", "5", "suggested", "desperate", "value", "angry")
	post("topic", "cause", "subject", "0", "suggested", "expectation", "value", "")
	seen, err := w.App.Case(t.Context(), w.Actor("handler"), id)
	w.ok(err)
	got := seen.Case
	if got.Codes.Product != "agency_insurance" || len(got.Judgements) != 4 {
		t.Errorf("codes %+v, judgements %+v", got.Codes, got.Judgements)
	}
	body := c.Get(at + "/person").Body
	if strings.Contains(body, "请马上转由主管处理") {
		t.Error("the hint of danger stands although a person said that it is not despair")
	}
	if strings.Count(body, "sg-set") < 3 {
		t.Error("what was decided looks like what is suggested")
	}
	sheet := c.Get(at + "/do/judge?topic=need&suggested=service&source=x&confidence=500").Body
	for _, want := range []string{"需求", "产品需求", "服务需求", "程序的建议：服务需求", `name="topic"`, `value="need"`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if !strings.Contains(c.Get(at).Body, "更正判断：心理过程由“要尊重”改为“要印证”") {
		t.Error("the time line does not tell of the correction")
	}
}

func TestPersonInABrowser(t *testing.T) {
	w := newWorld(t)
	id := w.moody()
	for _, lang := range []string{"zh", "en"} {
		p := w.open(t, "handler", lang, "/complaints/"+id.String())
		p.WaitFor(map[string]string{"zh": "这样处理有帮助", "en": "What helps"}[lang])
		for _, dark := range []bool{false, true} {
			w.ok(p.Dark(dark))
			for _, size := range [][2]int64{{1440, 2200}, {390, 844}} {
				p.Size(size[0], size[1])
				p.Open("/complaints/" + id.String() + "/person")
				p.Axe()
				if *pictures != "" {
					p.Screenshot(filepath.Join(*pictures, fmt.Sprintf("person-%s-%v-%d.png", lang, dark, size[0])))
				}
			}
		}
		if *pictures != "" {
			w.ok(p.Dark(false))
			p.Size(1440, 1800)
			p.Open("/complaints/" + id.String())
			p.WaitFor(map[string]string{"zh": "这样处理有帮助", "en": "What helps"}[lang])
			p.Screenshot(filepath.Join(*pictures, "case-"+lang+".png"))
		}
	}
}

package laws_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/laws"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route { return laws.Routes(site, a) }
	})
}

const kites = `示例机构纸鸢管理办法
（示例委员会令2019年第12号，2019年1月5日公布，自2019年3月1日起施行）
第一章 总则
第一条 为了放好纸鸢，根据《中华人民共和国消费者权益保护法》第二十六条，制定本办法。
第二条 下列时间可以放飞：
（一）每日八时至十八时；
（二）节日全天。
第三条 违反本办法第二条的，责令收线。
第五条 本办法自2019年3月1日起施行。
`

var later = strings.NewReplacer("十八时", "二十时", "2019年3月1日起", "2022年1月1日起", "责令收线。", "责令收线。\n第四条 夜间须挂灯。").Replace(kites)

// imported puts both versions into the library and returns the instrument's path.
func imported(t *testing.T, w *servertest.World) string {
	t.Helper()
	var id string
	for _, text := range []string{kites, later} {
		p, err := w.App.ImportLaw(t.Context(), party.System, app.LawFile{Name: "纸鸢.txt", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		id = p.Instrument
	}
	return "/laws/" + id
}

// Every page in both languages: balanced markup, and what it must say.
func TestPages(t *testing.T) {
	w := world(t)
	at := imported(t, w)
	b := w.As("office")
	for _, test := range []struct{ path, want string }{
		{"/laws", "示例机构纸鸢管理办法"},
		{"/laws?show=summary", "银行业保险业消费投诉处理管理办法"},
		{"/laws/nfra-2020-3", "第十八条"},
		{at, "每日八时至二十时"},
		{at + "?on=2020-05-01", "每日八时至十八时"},
		{at + "/articles/2", "节日全天"},
		{at + "/compare?from=1&to=2", "夜间须挂灯"},
		{"/laws/nfra-2020-3/articles/18", "nfra"},
		{"/laws/search?q=放飞到几点", "第二条"},
		{"/laws/search?q=砍头息", "利息预先在本金中扣除"},
		{"/laws/search?q=zzzz", ""},
		{"/laws/import", ".docx"},
	} {
		for _, lang := range []string{"zh", "en"} {
			b.Lang = lang
			a := b.Get(test.path)
			if a.Status != 200 || test.want != "nfra" && !strings.Contains(a.Text(), test.want) {
				t.Errorf("%s in %s: %d without %q\n%s", test.path, lang, a.Status, test.want, a.Text())
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s in %s: %s", test.path, lang, wrong)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	w := world(t)
	at := imported(t, w)
	body := w.As("handler").Get(at).Body
	for _, want := range []string{`href="/laws/consumer-law#art-26"`, `href="` + at + `#art-2"`, `id="art-3"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}

// Upload, look, confirm: nothing is stored before the confirmation.
func TestImport(t *testing.T) {
	w := world(t)
	b := w.As("office")
	seen := b.Upload("/laws/import", "file", "纸鸢.txt", []byte(kites))
	if seen.Status != 200 || !strings.Contains(seen.Text(), "中间缺 1 条") || !strings.Contains(seen.Text(), "新增") {
		t.Fatalf("%d\n%s", seen.Status, seen.Text())
	}
	if strings.Contains(b.Get("/laws").Text(), "示例机构纸鸢管理办法") {
		t.Error("the preview stored something")
	}
	data := base64.StdEncoding.EncodeToString([]byte(kites))
	for _, test := range []struct {
		name   string
		fields []string
		status int
		want   string
	}{
		{"a broken day", []string{"name", "纸鸢.txt", "data", data, "id", "kites", "from", "2019-02-31"}, 422, "实际存在的日子"},
		{"a broken id", []string{"name", "纸鸢.txt", "data", data, "id", "a/b", "from", ""}, 422, "只能用小写字母"},
		{"broken data", []string{"name", "纸鸢.txt", "data", "*", "id", "kites", "from", ""}, 422, "没有完整传回"},
		{"less than was shown", []string{"name", "纸鸢.txt", "data", data}, 422, "不完整"},
		{"taken", []string{"name", "纸鸢.txt", "data", data, "id", "kites", "from", "2019-04-01"}, 303, ""},
	} {
		if a := b.Post("/laws/import/take", test.fields...); a.Status != test.status || !strings.Contains(a.Text(), test.want) {
			t.Errorf("%s: %d, want %d %q\n%s", test.name, a.Status, test.status, test.want, a.Text())
		}
	}
	if a := b.Get("/laws/kites"); a.Status != 200 || !strings.Contains(a.Text(), "自 2019-04-01 起") {
		t.Errorf("after the import: %d\n%s", a.Status, a.Text())
	}
	if a := b.Post("/laws/kites/versions/1/withdraw", "reason", ""); a.Status != 422 {
		t.Errorf("withdrew without a reason: %d", a.Status)
	}
	if a := b.Post("/laws/kites/versions/1/withdraw", "reason", "导错了"); a.Status != 303 || a.Location() != "/laws" {
		t.Errorf("withdraw: %d to %s", a.Status, a.Location())
	}
}

func TestRefusals(t *testing.T) {
	w := world(t)
	office, handler := w.As("office"), w.As("handler")
	for _, test := range []struct {
		name   string
		got    servertest.Answer
		status int
	}{
		{"unknown instrument", office.Get("/laws/none"), 404},
		{"unknown article", office.Get("/laws/nfra-2020-3/articles/99"), 404},
		{"a day that is none", office.Get("/laws/search?q=a&on=2020-02-31"), 422},
		{"no files", office.Upload("/laws/import", "other", "a.txt", []byte("a")), 422},
		{"versions that are none", office.Get("/laws/nfra-2020-3/compare?from=1&to=x"), 404},
		{"a handler imports", handler.Get("/laws/import"), 403},
		{"a handler withdraws", handler.Post("/laws/x/versions/1/withdraw", "reason", "x"), 403},
		{"no words", office.Get("/laws/search?q="), 303},
	} {
		if test.got.Status != test.status {
			t.Errorf("%s: %d, want %d", test.name, test.got.Status, test.status)
		}
	}
}

package casefile_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
)

// toReply is a case whose findings are made, so that a reply can be written.
func (w world) toReply() complaint.ID {
	w.t.Helper()
	id := w.plain()
	w.do("handler", id, complaint.Accept{},
		complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "柜面录像第十二分钟，客户经理说“利息比存款高，到期就能取”", Basis: "《银行保险机构消费者权益保护管理办法》第二十三条", Explanation: "把保险说成存款，没有说明产品性质，属于误导"}},
		complaint.Find{N: 2, Finding: complaint.Finding{Outcome: complaint.NotUpheld, Evidence: "投保单勾选处的笔迹经比对为您本人书写，回访电话里您也确认过", Basis: "《保险合同》第三条", Explanation: "没有证据表明是他人代办"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}})
	return id
}

var boxes = regexp.MustCompile(`(?s)<textarea class="input" id="r-[a-z0-9-]+" name="([a-z0-9-]+)"[^>]*>\n(.*?)</textarea>`)

// typed are the words of the page as a browser posts them.
func typed(a servertest.Answer) map[string]string {
	out := map[string]string{}
	for _, m := range boxes.FindAllStringSubmatch(a.Body, -1) {
		out[m[1]] = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(m[2])
	}
	return out
}

func fieldsOf(words map[string]string, more ...string) []string {
	for name, text := range words {
		more = append(more, name, text)
	}
	return more
}

func (d desk) reply(words map[string]string, more ...string) servertest.Answer {
	return d.Post(d.at+"/reply", fieldsOf(words, more...)...)
}

// A letter is composed, spoiled, refused, mended, let stand by name, sent back,
// changed and issued, without JavaScript.
func TestReplyFromDraftToLetter(t *testing.T) {
	w := newWorld(t)
	id := w.toReply()
	h, lead := w.desk(t, "handler", id), w.desk(t, "lead", id)
	h.shows("起草答复")
	page := h.Get(h.at + "/reply")
	words := typed(page)
	if page.Status != http.StatusOK || len(words) != 6 || !strings.Contains(words["answer-1"], "经核实，柜面录像第十二分钟") || !strings.Contains(page.Text(), "初稿由核查结论生成") {
		t.Fatalf("%d %v", page.Status, words)
	}
	words["decision"] = "部分支持：退还全部保费，向您致歉。"
	if a := h.reply(words, "do", "save", "base", "0"); a.Status != http.StatusSeeOther {
		t.Fatalf("save: %d %s", a.Status, clipped(a.Text()))
	}
	bad := words["closing"]
	words["closing"] += "请您先撤诉。您可以在六十日内申请核查。"
	a := h.reply(words, "do", "propose", "base", "1")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "以撤诉为条件") || !strings.Contains(a.Text(), "规定是 30 日") || !strings.Contains(a.Text(), "答复还有 2 处错误") || typed(a)["closing"] != words["closing"] {
		t.Fatalf("propose: %d %s", a.Status, clipped(a.Text()))
	}
	mend := regexp.MustCompile(`name="mend" value="(remedy_days:[^"]+)"`).FindStringSubmatch(a.Body)
	if mend == nil {
		t.Fatal("no mend for the wrong days")
	}
	if a = h.reply(typed(a), "mend", mend[1], "base", "2"); !strings.Contains(typed(a)["closing"], "30日内申请核查") {
		t.Fatalf("mend: %s", typed(a)["closing"])
	}
	words = typed(a)
	if a = h.reply(words, "do", "save", "base", "2"); a.Status != http.StatusSeeOther {
		t.Fatalf("save: %d %s", a.Status, clipped(a.Text()))
	}
	mine := lead.Get(lead.at + "/reply")
	let := regexp.MustCompile(`name="findings" value="(reply-language[^"]+)"`).FindStringSubmatch(mine.Body)
	if let == nil || strings.Contains(h.Get(h.at+"/reply").Body, `id="override"`) {
		t.Fatal("only who may approve lets findings stand", clipped(mine.Text()))
	}
	if a = lead.Post(lead.at+"/override-reply", "findings", let[1], "why", "引用消费者原话", "kind", "decision"); a.Status != http.StatusSeeOther {
		t.Fatalf("override: %d %s", a.Status, clipped(a.Text()))
	}
	if a = h.reply(words, "do", "propose", "base", "3"); a.Status != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", a.Status, clipped(a.Text()))
	}
	lead.shows("放行的检查意见", "引用消费者原话", "以撤诉为条件")
	lead.sends("return", "n", "1", "why", "请删去撤诉的话")
	words["closing"] = bad
	if a = h.reply(words, "do", "propose", "base", "3"); a.Status != http.StatusSeeOther {
		t.Fatalf("propose again: %d %s", a.Status, clipped(a.Text()))
	}
	card := lead.Get(lead.at)
	if !strings.Contains(card.Body, "<del>请您先撤诉。") || !strings.Contains(card.Text(), "与上次退回的版本相比") {
		t.Errorf("the card shows no difference: %s", clipped(card.Text()))
	}
	lead.sends("approve", "n", "2")
	preview := h.Get(h.at + "/letters/preview?kind=decision").Text()
	for name, text := range words {
		for line := range strings.Lines(text) {
			if !strings.Contains(preview, strings.TrimSpace(line)) {
				t.Errorf("the letter does not say %s: %s", name, line)
			}
		}
	}
}

func TestReplyInParts(t *testing.T) {
	w := newWorld(t)
	id := w.toReply()
	h := w.desk(t, "handler", id)
	words := typed(h.Get(h.at + "/reply"))
	words["options"], words["decision"] = "", "部分支持：解除合同，向您致歉。"
	check := h.Post(h.at+"/reply/check", fieldsOf(words, "kind", "decision")...)
	for _, want := range []string{`id="r-options-found" hx-swap-oob="true"`, "没有可选方案", "可以发出"} {
		if !strings.Contains(check.Body, want) {
			t.Errorf("check lacks %q", want)
		}
	}
	auto := h.Post(h.at+"/reply/auto", fieldsOf(words, "kind", "decision", "base", "0")...)
	if !strings.Contains(auto.Text(), "已自动保存") || !strings.Contains(auto.Body, `name="base" id="reply-base" value="1"`) {
		t.Errorf("auto: %s", auto.Body)
	}
	words["options"] = "别人"
	if again := h.Post(h.at+"/reply/auto", fieldsOf(words, "kind", "decision", "base", "0")...); !strings.Contains(again.Text(), "已有新的版本") {
		t.Errorf("auto over another save: %s", again.Body)
	}
	if a := h.reply(words, "do", "save", "base", "0"); a.Status != http.StatusConflict || !strings.Contains(a.Text(), "已有新的版本") || typed(a)["options"] != "别人" {
		t.Errorf("save over another: %d", a.Status)
	}
	if a := h.reply(words, "do", "preview", "base", "1"); !strings.Contains(a.Body, `id="preview"`) || !strings.Contains(a.Text(), "提起诉讼") {
		t.Errorf("preview: %d %s", a.Status, clipped(a.Text()))
	}
	if a := h.reply(words, "do", "compose", "base", "1"); typed(a)["options"] == "别人" {
		t.Error("composed anew, the old words stand")
	}
	if a := h.Get(h.at + "/reply?law=多收费"); !strings.Contains(a.Text(), "插入") {
		t.Errorf("articles: %s", clipped(a.Text()))
	}
	if a := h.Get(h.at + "/reply?v=1"); !strings.Contains(a.Body, `id="diff"`) {
		t.Error("no difference to a version")
	}
	for _, kind := range []string{"message", "regulator"} {
		if a := h.Get(h.at + "/reply?kind=" + kind); a.Status != http.StatusOK || strings.Contains(a.Body, `value="propose"`) {
			t.Errorf("%s: %d", kind, a.Status)
		}
	}
	if a := w.desk(t, "admin", id).Get("/complaints/" + id.String() + "/reply"); a.Status != http.StatusForbidden {
		t.Errorf("an administrator reads a draft: %d", a.Status)
	}
}

// In a browser the margin follows the typing, the draft saves itself, an article
// goes in at the cursor.
func TestReplyInABrowser(t *testing.T) {
	w := newWorld(t)
	at := "/complaints/" + w.toReply().String() + "/reply"
	p := w.open(t, "handler", "zh", at)
	p.Axe()
	p.Fill("closing", "如有问题请联系我们。请您先撤诉。")
	p.WaitFor("以撤诉为条件")
	p.WaitFor("已自动保存")
	p.Fill("law", "多收费")
	p.WaitFor("插入")
	p.ClickOn("#reply-articles [data-put]")
	p.WaitFor("有未保存的改动")
	p.WaitFor("已自动保存")
	if p.Count(".found-error") == 0 {
		t.Error("no finding in the margin")
	}
	shots := []struct {
		lang, name string
		dark       bool
		width      int64
	}{{"zh", "reply-zh-1440", false, 1440}, {"zh", "reply-zh-1440-dark", true, 1440}, {"en", "reply-en-1440", false, 1440}, {"zh", "reply-zh-390", false, 390}, {"en", "reply-en-390-dark", true, 390}}
	for _, s := range shots {
		q := w.open(t, "lead", s.lang, at)
		w.ok(q.Dark(s.dark))
		q.Size(s.width, 900)
		q.Open(at)
		q.Axe()
		q.Fits()
		if *pictures != "" {
			q.Screenshot(filepath.Join(*pictures, s.name+".png"))
		}
	}
}

// Somebody types a reply while a colleague has another form of the case open: what
// saves itself does not make that form outdated.
func TestDraftingDisturbsNobody(t *testing.T) {
	w := newWorld(t)
	id := w.toReply()
	h, colleague := w.desk(t, "handler", id), w.desk(t, "lead", id)
	form := colleague.Get(colleague.at + "/do/record-contact")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(form.Body)
	if version == nil {
		t.Fatalf("no version: %s", clipped(form.Text()))
	}
	words := typed(h.Get(h.at + "/reply"))
	for base, more := range []string{"经理", "经理已致歉"} {
		words["closing"] += more
		if a := h.Post(h.at+"/reply/auto", fieldsOf(words, "kind", "decision", "base", strconv.Itoa(base))...); a.Status != http.StatusOK || strings.Contains(a.Body, "over-text") {
			t.Fatalf("auto %d: %d %s", base, a.Status, clipped(a.Text()))
		}
	}
	contact := []string{"version", version[1], "at", "2026-03-31T09:00", "channel", "phone", "reached", "yes", "summary", "约定明日回电"}
	if a := colleague.Post(colleague.at+"/record-contact", contact...); a.Status != http.StatusSeeOther {
		t.Errorf("the colleague's form is outdated: %d %s", a.Status, clipped(a.Text()))
	}
	if a := colleague.Post(colleague.at+"/record-contact", contact...); a.Status != http.StatusConflict {
		t.Errorf("a form older than a contact was taken: %d %s", a.Status, clipped(a.Text()))
	}
}

var cited = regexp.MustCompile(`class="cite" href="/laws/([a-z0-9-]+)#art-([0-9.-]+)"`)

// Every article that a finding names is a link to one that the library has.
func TestFindingsLeadToArticles(t *testing.T) {
	w := newWorld(t)
	h := w.desk(t, "handler", w.toReply())
	words := typed(h.Get(h.at + "/reply"))
	words["closing"] = "请您先撤诉。您可以在六十日内申请核查。"
	links := cited.FindAllStringSubmatch(h.reply(words, "do", "check", "base", "0").Body, -1)
	if len(links) == 0 {
		t.Fatal("no finding names its article")
	}
	for _, l := range links {
		if a, err := w.App.Article(t.Context(), l[1], l[2]); err != nil || a.Number == "" {
			t.Errorf("%s leads nowhere: %v", l[0], err)
		}
	}
}

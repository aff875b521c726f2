package app_test

import (
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/text/rule"
)

const trialPack = `
id = "house-words"
version = "1"
title = "本行用语"
owner = "消保办"
[[rule]]
id = "house-words.slogan"
title = "不再使用的口号"
severity = "warn"
source = "T-1"
grade = "B"
advice = "改用新口号。"
find = ["财富管家", "年费"]
hits = ["您的财富管家"]
passes = ["您的客户经理"]
`

func TestImportTrialRelease(t *testing.T) {
	each(t, func(w world) {
		office := w.who("office")
		other, err := app.New(ctx, app.Options{Store: w.s, Blobs: blob.New(t.TempDir(), nil)}) // another copy of the program
		w.ok(err)
		text := rule.Doc{Text: "您的财富管家为您服务", Kind: "reply"}

		n, err := w.app.ImportPack(ctx, office, "本行.toml", []byte(trialPack))
		w.ok(err)
		if found, err := w.app.ScanText(ctx, office, text); err != nil || len(found) != 0 {
			t.Errorf("a draft is at work: %v %v", found, err)
		}
		room, err := w.app.RuleRoom(ctx, office)
		w.ok(err)
		if len(room.Drafts) != 1 || room.Drafts[0].Number != n || room.Drafts[0].ID != "house-words" {
			t.Fatalf("drafts %+v", room.Drafts)
		}
		if room, err := w.app.RuleRoom(ctx, w.who("bj")); err != nil || room.Drafts != nil || room.Shadows != nil {
			t.Errorf("a handler sees drafts: %+v %v", room.Drafts, err)
		}
		w.ok(w.app.ReleasePack(ctx, office, n, ""))
		if err := w.app.ReleasePack(ctx, office, n, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("released twice: %v", err)
		}
		book, err := other.Rulebook(ctx)
		w.ok(err)
		if found := book.Scan(text); len(found) != 1 || found[0].Rule != "house-words.slogan" {
			t.Errorf("the other copy finds %v", found)
		}
		w.ok(w.app.WithdrawPack(ctx, office, "house-words", ""))
		if book, err := other.Rulebook(ctx); err != nil || len(book.Scan(text)) != 0 {
			t.Error("a withdrawn pack is still at work")
		}
		if err := w.app.WithdrawPack(ctx, office, "taboos", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("a pack of the program was withdrawn: %v", err)
		}
	})
}

func TestImportedPackReplacesOurs(t *testing.T) {
	each(t, func(w world) {
		office := w.who("office")
		src := strings.NewReplacer("house-words.slogan", "taboos.only", `"house-words"`, `"taboos"`).Replace(trialPack)
		n, err := w.app.ImportPack(ctx, office, "taboos.toml", []byte(src))
		w.ok(err)
		w.ok(w.app.ReleasePack(ctx, office, n, ""))
		book, err := w.app.Rulebook(ctx)
		w.ok(err)
		if _, _, ok := book.Rule("taboos.lead"); ok {
			t.Error("the replaced pack's rule is still there")
		}
		w.ok(w.app.WithdrawPack(ctx, office, "taboos", ""))
		if book, err = w.app.Rulebook(ctx); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := book.Rule("taboos.lead"); !ok {
			t.Error("the pack of the program did not come back")
		}
	})
}

func TestRefusedPacks(t *testing.T) {
	each(t, func(w world) {
		for _, tt := range []struct {
			name, src, want string
		}{
			{"not TOML", "id = ", "不是正确的 TOML"},
			{"failing example", strings.Replace(trialPack, "您的客户经理", "财富管家来了", 1), "不应命中而命中了“财富管家”"},
			{"rule of another pack", strings.Replace(trialPack, "house-words.slogan", "taboos.lead", 1), "taboos.lead"},
			{"too large", trialPack + strings.Repeat("# 注\n", 300000), "最大 1024"},
		} {
			_, err := w.app.ImportPack(ctx, w.who("office"), "x.toml", []byte(tt.src))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
		}
		if _, err := w.app.ImportPack(ctx, w.who("bjlead"), "x.toml", []byte(trialPack)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a branch lead imported: %v", err)
		}
	})
}

func TestSwitches(t *testing.T) {
	each(t, func(w world) {
		office, text := w.who("office"), rule.Doc{Text: "那您就投诉吧。", Kind: "reply"}
		scan := func() int {
			t.Helper()
			found, err := w.app.ScanText(ctx, w.who("bj"), text, "taboos")
			w.ok(err)
			return len(found)
		}
		if n := scan(); n != 1 {
			t.Fatalf("%d findings, want 1", n)
		}
		w.ok(w.app.SwitchRule(ctx, office, "taboos.lead", rule.Shadow, "先观察误伤"))
		if n := scan(); n != 0 {
			t.Errorf("a shadow finding is shown: %d", n)
		}
		room, err := w.app.RuleRoom(ctx, office)
		w.ok(err)
		if room.Shadows["taboos.lead"] != 1 || room.Switches["taboos.lead"].Why != "先观察误伤" {
			t.Errorf("shadows %v, switches %v", room.Shadows, room.Switches)
		}
		x, err := w.app.ExplainRule(ctx, w.who("bj"), "taboos.lead", text)
		if err != nil || !x.Hit || !strings.Contains(x.Steps[0].Text, "影子") {
			t.Errorf("explanation %+v %v", x, err)
		}
		w.ok(w.app.SwitchRule(ctx, office, "taboos.lead", rule.On, "误伤不多"))
		if n := scan(); n != 1 {
			t.Errorf("%d findings after switching on", n)
		}
		for _, tt := range []struct {
			id   string
			to   rule.Switch
			why  string
			kind fault.Kind
		}{
			{"taboos.lead", rule.On, "再开", fault.Conflict}, {"taboos.lead", rule.Off, " ", fault.Invalid}, {"taboos.lead", "maybe", "x", fault.Invalid}, {"none", rule.On, "x", fault.NotFound},
		} {
			if err := w.app.SwitchRule(ctx, office, tt.id, tt.to, tt.why); fault.KindOf(err) != tt.kind {
				t.Errorf("%v: %v", tt, err)
			}
		}
		if err := w.app.SwitchRule(ctx, w.who("exec"), "taboos.lead", rule.Off, "x"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an executive switched: %v", err)
		}
	})
}

func TestBacktestOverClosedComplaints(t *testing.T) {
	each(t, func(w world) {
		id := w.register("bj", complaint.Register{}).ID
		w.settle(id)
		c := w.finish(id)
		office := w.who("office")
		n, err := w.app.ImportPack(ctx, office, "本行.toml", []byte(trialPack))
		w.ok(err)
		b, err := w.app.BacktestPack(ctx, office, n, nil)
		w.ok(err)
		want := strings.Count(c.Narrative, "年费")
		if b.Docs == 0 || len(b.Missed) != 0 || b.Gained["house-words.slogan"] < want || want == 0 {
			t.Errorf("back-test %+v, narrative %q", b, c.Narrative)
		}
		if b, err = w.app.BacktestPack(ctx, office, n, []rule.Doc{{Text: "财富管家"}, {Text: "没有"}}); err != nil || b.Docs != 2 || len(b.New) != 1 {
			t.Errorf("back-test over texts: %+v %v", b, err)
		}
		if _, err := w.app.BacktestPack(ctx, w.who("bj"), n, nil); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a handler back-tested: %v", err)
		}
	})
}

func TestScanRefusals(t *testing.T) {
	each(t, func(w world) {
		for _, tt := range []struct {
			doc  rule.Doc
			pack string
			kind fault.Kind
		}{
			{rule.Doc{}, "", fault.Invalid}, {rule.Doc{Text: "\xff\xfe坏"}, "", fault.Invalid}, {rule.Doc{Text: strings.Repeat("字", 1<<20)}, "", fault.TooLarge}, {rule.Doc{Text: "好"}, "nothing", fault.NotFound},
		} {
			var packs []string
			if tt.pack != "" {
				packs = []string{tt.pack}
			}
			if _, err := w.app.ScanText(ctx, w.who("bj"), tt.doc, packs...); fault.KindOf(err) != tt.kind {
				t.Errorf("%.20q %s: %v", tt.doc.Text, tt.pack, err)
			}
		}
	})
}

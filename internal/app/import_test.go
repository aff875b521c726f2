package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

func (w world) imports(by party.PersonID, name, text string, o app.ImportOptions) app.ImportReport {
	w.Helper()
	r, err := w.app.Import(ctx, w.who(by), strings.NewReader(text), int64(len(text)), name, o)
	w.ok(err)
	return r
}

// complaints is a ledger as offices keep it: a title line, two names of its own, every kind of row.
const ledger = `2026年一季度投诉登记台账,,,,,,,
编号,投诉人,联系电话,投诉时间,投诉渠道,投诉内容,产品,承办机构
GZ-001,赵一,13900000001,2026-03-02,客服热线,我三月一日在手机上转账两万元，钱扣了对方没有收到，打了三次客服都说会有人联系，到今天没有人联系我，要求查清并退回。,借记卡,北京分行
GZ-002,钱二,13900000002,2026/3/3 10:20,12378,办理信用卡时没有告诉我有年费，三月份账单里突然多出三百六十元，我从来没有刷过这张卡，要求免除并道歉。,信用卡,示例银行北京分行
GZ-003,孙三,139****0003,2026年3月4日,来访,"理财经理说保证收益，
到期却亏了八千元，要求赔偿。",自营理财,上海分行
GZ-002,钱二,13900000002,2026/3/3,12378,办理信用卡时没有告诉我有年费，三月份账单里突然多出三百六十元，我从来没有刷过这张卡，要求免除并道歉。,信用卡,北京分行
GZ-005,赵一,13900000001,2026-03-09,12345,我三月一日在手机上转账两万元，钱扣了对方没有收到，打了三次客服都说会有人联系，到今天没有人联系我，请政府督促。,借记卡,北京分行
GZ-006,李四,13900000006,2027-01-01,电话,时间写错了的一行,借记卡,北京分行
GZ-007,周五,13900000007,去年三月,飞鸽传书,日期和渠道都看不懂的一行,借记卡,火星分行
GZ-008,吴六,13900000008,2026-03-10,电话,,借记卡,北京分行
,郑七,13900000009,2026-03-11,电话,没有编号的一行：柜员态度不好，让我等了两个小时。,飞毯,
,郑七,13900000009,2026-03-11,电话,没有编号的一行：柜员态度不好，让我等了两个小时。,飞毯,
`

// The whole fate of a ledger, row by row, on both engines; a second time nothing changes.
func TestImportLedger(t *testing.T) {
	each(t, func(w world) {
		dry := w.imports("office", "台账.csv", ledger, app.ImportOptions{DryRun: true})
		r := w.imports("office", "台账.csv", ledger, app.ImportOptions{})
		if dry.Counts != r.Counts {
			w.Errorf("dry run said %+v, the import did %+v", dry.Counts, r.Counts)
		}
		golden(w.T, "import_ledger", describe(r))
		again := w.imports("office", "台账.csv", ledger, app.ImportOptions{})
		if c := again.Counts; c.New+c.Attached != 0 || c.Duplicate != r.Counts.New+r.Counts.Attached+r.Counts.Duplicate || c.Rejected != r.Counts.Rejected {
			w.Errorf("second time %+v", c)
		}
		page, err := w.app.Worklist(ctx, w.who("office"), storage.Filter{Reach: storage.All})
		w.ok(err)
		if len(page.Rows) != r.Counts.New {
			w.Errorf("%d cases, want %d", len(page.Rows), r.Counts.New)
		}
		for _, row := range page.Rows {
			if row.Owner == "" || row.NextDue.IsZero() {
				w.Errorf("%s has owner %q, due %s", row.Number, row.Owner, row.NextDue)
			}
		}
	})
}

// describe writes a report for a golden file; case ids are left out.
func describe(r app.ImportReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", r.Counts)
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "column %s = %s\n", c.Name, c.Field)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	for _, row := range r.Rows {
		why := row.Why
		if i := strings.Index(why, "TS2026"); i >= 0 {
			why = why[:i] + "TS…"
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", row.Place, row.Result, why, strings.Join(row.Notes, "；"))
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (UPDATE=1 renews it):\ngot\n%swant\n%s", file, got, want)
	}
}

// What was refused comes back with its reason; mended, it is taken.
func TestRejectedRowsComeBack(t *testing.T) {
	each(t, func(w world) {
		r := w.imports("office", "台账.csv", ledger, app.ImportOptions{})
		for _, form := range []document.Format{document.CSV, document.XLSX} {
			var b bytes.Buffer
			w.ok(r.WriteRejected(&b, form))
			again, err := w.app.Import(ctx, w.who("office"), bytes.NewReader(b.Bytes()), int64(b.Len()), "未导入."+string(form), app.ImportOptions{})
			w.ok(err)
			if again.Counts.Rejected != r.Counts.Rejected || again.Counts.Sum() != r.Counts.Rejected {
				w.Errorf("%s: %+v", form, again.Counts)
			}
			if form == document.CSV {
				mended := strings.NewReplacer("2027-01-01", "2026-01-01", "火星分行", "北京分行", "去年三月", "2026-03-01", "飞鸽传书", "信函").Replace(b.String())
				if c := w.imports("office", "更正.csv", mended, app.ImportOptions{}).Counts; c.New != 2 || c.Rejected != 1 {
					w.Errorf("mended: %+v", c)
				}
				r.Counts.Rejected -= 2
				r.Rows = again.Rows[2:]
				r.Rows = r.Rows[len(r.Rows)-1:]
			}
		}
	})
}

// Files that cannot be taken at all: one sentence, nothing written.
func TestImportRefusesFiles(t *testing.T) {
	each(t, func(w world) {
		for _, test := range []struct{ name, file, text, want string }{
			{"no date", "a.csv", "编号,投诉内容,渠道\n1,不满意,电话\n", "没有找到收到日期"},
			{"no channel", "a.csv", "编号,投诉内容,收到日期\n1,不满意,2026-01-01\n", "没有找到投诉渠道"},
			{"no rows", "a.csv", "编号,投诉内容,收到日期,渠道\n", "没有数据行"},
			{"forged", "a.xlsx", "编号,投诉内容,收到日期,渠道\n1,x,2026-01-01,电话\n", "扩展名"},
			{"empty", "a.csv", "", "空的"},
		} {
			_, err := w.app.Import(ctx, w.who("office"), strings.NewReader(test.text), int64(len(test.text)), test.file, app.ImportOptions{})
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Message(err), test.want) {
				w.Errorf("%s: %v, want %q", test.name, err, test.want)
			}
		}
		if _, err := w.app.Import(ctx, w.who("bj"), strings.NewReader(ledger), int64(len(ledger)), "a.csv", app.ImportOptions{}); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler imports: %v", err)
		}
	})
}

func TestParseImportMap(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"good", "month_first = true\n[columns]\n\"甲\" = \"narrative\"\n[constants]\nchannel = \"phone\"\n[values.product]\n\"x\" = \"loan_housing\"", ""},
		{"broken", "[columns\n", "TOML"},
		{"unknown key", "colums = 1\n", "colums"},
		{"unknown field", "[columns]\n\"甲\" = \"narative\"\n", "narative"},
	} {
		_, err := app.ParseImportMap([]byte(test.text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// A number on a case that was registered by hand is known; a new sender's letter
// about it is a further reference, and a finished case leaves the row new.
func TestImportMeetsEarlierCases(t *testing.T) {
	each(t, func(w world) {
		text := "我在网点办卡时没有被告知年费，三月份被扣了三百元，打了三次客服都说会有人联系我，到今天也没有人联系，要求退还并给个说法。"
		by := w.register("bj", complaint.Register{Channel: "nfra", SenderNumber: "京金消转〔2026〕88号", Narrative: text})
		done := w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "冯八", Phone: "13700000008"}, Narrative: "冯八说：" + text})
		w.settle(done.ID)
		w.finish(done.ID)
		file := "来文编号,姓名,联系方式,收到日期,渠道,内容\n" +
			"京金消转〔2026〕88号,张三丰,,2026-03-31,12378," + text + "\n" +
			"信访2026-9,张三丰,13800001234,2026-03-31,信访," + text + "请信访局督办。\n" +
			"信访2026-10,冯八,13700000008,2026-03-31,信访,冯八说：" + text + "\n"
		r := w.imports("office", "来文.csv", file, app.ImportOptions{})
		want := []app.ImportResult{app.ImportDuplicate, app.ImportAttached, app.ImportNew}
		for i, row := range r.Rows {
			if row.Result != want[i] {
				w.Errorf("row %d: %+v, want %s", i, row, want[i])
			}
		}
		page, err := w.app.Complaint(ctx, w.who("bj"), by.ID)
		w.ok(err)
		if n := len(page.Case.LiveReferences()); n != 2 {
			w.Errorf("%d references", n)
		}
		if c := w.imports("office", "来文.csv", file, app.ImportOptions{}).Counts; c.Duplicate != 3 {
			w.Errorf("second time %+v", c)
		}
	})
}

// An import that is stopped at any batch and run again ends where an undisturbed one ends.
func TestStoppedImportGoesOn(t *testing.T) {
	each(t, func(w world) {
		text := synthetic(600)
		stopped, cancel := context.WithCancel(ctx)
		defer cancel()
		_, err := w.app.Import(stopped, w.who("office"), strings.NewReader(text), int64(len(text)), "大表.csv", app.ImportOptions{Progress: func(p app.ImportProgress) {
			if p.Done >= 150 {
				cancel()
			}
		}})
		if err == nil {
			w.Fatal("the import was not stopped")
		}
		before := w.total()
		r := w.imports("office", "大表.csv", text, app.ImportOptions{})
		if before == 0 || before >= 600 || r.Counts.Sum() != 600 || r.Counts.Rejected != 0 {
			w.Errorf("%d cases before, then %+v", before, r.Counts)
		}
		if got, want := w.total(), 600-600/10; got != want {
			w.Errorf("%d cases at the end, want %d", got, want)
		}
		if refs := w.references(); refs != 600 {
			w.Errorf("%d references at the end, want 600", refs)
		}
	})
}

func (w world) total() (n int) {
	w.Helper()
	w.ok(w.s.View(ctx, func(tx *storage.Tx) error { return tx.Scan(`SELECT count(*) FROM complaint`, nil, &n) }))
	return n
}

func (w world) references() (n int) {
	w.Helper()
	w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT count(*) FROM complaint_reference`, nil, &n)
	}))
	return n
}

var words = strings.Fields("我在网点办理业务时 柜员没有说明费用 手机银行一直登录不上 客服电话打了三次没有人接 信用卡账单多出一笔 保险退保只退了一半 理财到期没有按时到账 贷款提前还款要收违约金 " +
	"催收电话打到我单位 个人信息被泄露给别人 转账两万元没有到账 存折换卡要求补交资料 还款日变更没有通知 被扣年费三百元 要求退还并道歉 请尽快给我答复 到今天没有任何说法 我已经等了半个月 希望监管部门过问")

// synthetic is a ledger of n rows; every tenth says again what the one before said, by another sender.
func synthetic(n int) string {
	var b strings.Builder
	b.WriteString("编号,投诉人,联系电话,投诉时间,投诉渠道,投诉内容,产品,承办机构\n")
	narrative := func(i int) string {
		var s strings.Builder
		for k := range 14 {
			s.WriteString(words[(i*7+k*k*(i%13+3)+k)%len(words)])
			fmt.Fprintf(&s, "%d", (i*31+k*17)%97)
		}
		return s.String()
	}
	day := calendar.Of(2025, 6, 1)
	for i := range n {
		at, channel := i, "电话"
		if i%10 == 9 {
			at, channel = i-1, "12345"
		}
		fmt.Fprintf(&b, "N%06d,客户%d,139%08d,%s,%s,%s,信用卡,%s\n", i, at, at, day.AddDays(at%200), channel, narrative(at), []string{"北京分行", "上海分行", ""}[at%3])
	}
	return b.String()
}

// The real tables, where they are at hand.
func TestImportRealTables(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	each(t, func(w world) {
		for _, test := range []struct {
			file, m string
			want    func(app.ImportCounts) bool
		}{
			{"petitions_4326.csv", "petitions.toml", func(c app.ImportCounts) bool { return c.Sum() == 4326 && c.New > 4000 }},
			{"cfpb_metadata_28156.csv", "cfpb.toml", func(c app.ImportCounts) bool { return c.Sum() == 28156 }},
		} {
			file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "complaints", test.file))
			if err != nil {
				if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
					w.Fatal(err)
				}
				w.Skip("the table is not here: " + err.Error())
			}
			defer file.Close()
			st, err := file.Stat()
			w.ok(err)
			text, err := os.ReadFile(filepath.Join("testdata", "maps", test.m))
			w.ok(err)
			m, err := app.ParseImportMap(text)
			w.ok(err)
			start := time.Now()
			r, err := w.app.Import(ctx, w.who("office"), file, st.Size(), test.file, app.ImportOptions{Map: m})
			w.ok(err)
			w.Logf("%s: %+v in %v", test.file, r.Counts, time.Since(start).Round(time.Millisecond))
			for _, p := range r.Problems(3) {
				w.Logf("  %s %s %s %v", p.Place, p.Result, p.Why, p.Notes)
			}
			if !test.want(r.Counts) {
				w.Errorf("%s: %+v", test.file, r.Counts)
			}
		}
	})
}

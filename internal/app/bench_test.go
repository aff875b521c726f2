package app_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// benchCases is how many cases the reading benchmarks look at: XIAOBAO_BENCH_CASES,
// 20,000 without it. docs/performance.md was measured with 1,000,000.
func benchCases(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("XIAOBAO_BENCH_CASES"))
	if err != nil || n <= 0 {
		return 20000
	}
	return n
}

// benchDir keeps a filled database between runs when XIAOBAO_BENCH_DIR is set.
func benchDir(b *testing.B, n int) string {
	root := os.Getenv("XIAOBAO_BENCH_DIR")
	if root == "" {
		return b.TempDir()
	}
	return filepath.Join(root, fmt.Sprintf("cases-%d", n))
}

var (
	benchWho   = []string{"我", "我妈妈", "我们公司", "我父亲", "本人"}
	benchWhere = []string{"在朝阳支行柜台", "在手机银行上", "在电话客服里", "在信用卡中心", "通过业务员", "在官网", "在自助机上", "在微信公众号里"}
	benchWhat  = []string{"办理信用卡时没有说明年费", "购买理财产品被说成保本", "提前还款被收违约金", "转账失败钱款没有退回", "保险理赔材料反复补交", "被催收电话骚扰到单位", "账户突然被限额", "分期手续费算错", "退保金额与承诺不符", "征信记录没有更新"}
	benchThen  = []string{"打了三次客服都没有结果", "网点让我等了两个小时", "工作人员态度生硬", "前后说法不一致", "要求提供已经交过的材料", "说系统问题让我等", "承诺回电却没有回", "推给了合作机构"}
	benchWant  = []string{"要求退还费用并道歉", "要求给出书面答复", "要求马上恢复使用", "要求赔偿损失", "要求停止骚扰", "要求更正记录", "要求解释清楚条款", "否则向监管部门反映"}
)

func pick(r *mrand.Rand, list []string) string { return list[r.IntN(len(list))] }

// benchNarrative is some hundred characters with a name, a number and a date.
func benchNarrative(r *mrand.Rand) string {
	return fmt.Sprintf("%s于%d月%d日%s%s，金额%d元，%s，%s，%s。%c%c希望尽快处理。", pick(r, benchWho), 1+r.IntN(12), 1+r.IntN(28), pick(r, benchWhere), pick(r, benchWhat),
		100+r.IntN(90000), pick(r, benchThen), pick(r, benchThen), pick(r, benchWant), rune(0x4e00+r.IntN(6000)), rune(0x4e00+r.IntN(6000)))
}

// benchWorld opens a database of n cases over four branches with ten sub-branches
// each, two thirds of them open, filled through the real commands.
func benchWorld(b *testing.B, n int) *app.App {
	b.Helper()
	return benchWorldOf(b, benchDir(b, n), n, benchNarrative)
}

// benchWorldOf is benchWorld with narratives of one's own, in a folder.
func benchWorldOf(b *testing.B, dir string, n int, narrate func(*mrand.Rand) string) *app.App {
	b.Helper()
	now := calendar.Of(2026, 6, 30).Time().Add(9 * time.Hour)
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: [32]byte{1}, Now: func() time.Time { return now }, Rand: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(filepath.Join(dir, "files"), rand.Reader), Now: func() time.Time { return now }, Rand: rand.Reader, Institution: "示例银行股份有限公司"})
	if err != nil {
		b.Fatal(err)
	}
	org, err := a.Org(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if org.Tree.Root() == "" {
		benchInstitution(b, a)
		benchFill(b, a, s, n, narrate)
	}
	return a
}

func benchInstitution(b *testing.B, a *app.App) {
	set := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	set(a.SetUnit(ctx, party.System, party.Unit{ID: "01", Name: "总行", Level: party.HeadOffice}, ""))
	set(a.SetPerson(ctx, party.System, party.Person{ID: "office", Login: "office", Name: "周敏", Unit: "01", Roles: []party.Role{party.Office}}, ""))
	for i := range 4 {
		branch := party.UnitID(fmt.Sprintf("01%02d", i+1))
		set(a.SetUnit(ctx, party.System, party.Unit{ID: branch, Name: fmt.Sprintf("第%d分行", i+1), Parent: "01", Level: party.Branch}, ""))
		set(a.SetPerson(ctx, party.System, party.Person{ID: party.PersonID("lead" + string(branch)), Login: "lead" + string(branch), Name: "陈立", Unit: branch, Roles: []party.Role{party.BranchLead}}, ""))
		for j := range 10 {
			sub := party.UnitID(fmt.Sprintf("%s%02d", branch, j+1))
			set(a.SetUnit(ctx, party.System, party.Unit{ID: sub, Name: fmt.Sprintf("第%d支行", j+1), Parent: branch, Level: party.SubBranch}, ""))
			set(a.SetPerson(ctx, party.System, party.Person{ID: party.PersonID("h" + string(sub)), Login: "h" + string(sub), Name: "李雯", Unit: sub, Roles: []party.Role{party.Handler}}, ""))
		}
	}
}

// benchFill appends cases in units of some hundred: the events and the read
// tables are those of the use cases.
func benchFill(b *testing.B, a *app.App, s *storage.Store, n int, narrate func(*mrand.Rand) string) {
	r := mrand.New(mrand.NewPCG(7, 7))
	org, err := a.Org(ctx)
	if err != nil {
		b.Fatal(err)
	}
	start, handlers := time.Now(), org.Handlers("01")
	for done := 0; done < n; {
		batch := min(500, n-done)
		err := s.Update(ctx, func(tx *storage.Tx) error {
			for i := range batch {
				if err := benchCase(tx, org, a, r, handlers[r.IntN(len(handlers))], complaint.ID(done+i+1), narrate); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		done += batch
	}
	b.Logf("filled %d cases in %s", n, time.Since(start).Round(time.Second))
}

func benchCase(tx *storage.Tx, org *app.Org, a *app.App, r *mrand.Rand, p party.Person, id complaint.ID, narrate func(*mrand.Rand) string) error {
	received := a.Today().AddDays(-r.IntN(120))
	env := complaint.Env{By: party.ActorOf(p, org.Tree), At: tx.Now(), Rules: a.Rules(received), Cal: a.Calendar(), Tree: org.Tree, People: org.Person}
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], r.Uint64())
	d := complaint.Register{Channel: party.Channels()[r.IntN(6)].ID, ReceivedOn: received, Narrative: narrate(r), Unit: p.Unit,
		Complainant: complaint.Complainant{Name: "张" + string(rune(0x4e00+r.IntN(3000))), Phone: fmt.Sprintf("13%09d", r.IntN(1e9))},
		Codes:       complaint.Codes{Product: complaint.Book().Products[r.IntN(20)].ID, Reason: complaint.Book().Reasons[r.IntN(10)].ID}}
	e, err := d.NewCase(id, fmt.Sprintf("TS20260630-%07d", id), env)
	if err != nil {
		return err
	}
	events := []complaint.Event{e}
	if r.IntN(3) == 0 {
		events = append(events, &complaint.Withdrew{Withdrawal: complaint.Withdrawal{On: a.Today(), How: "written"}}, &complaint.CaseClosed{On: a.Today()})
	}
	_, err = tx.AppendComplaint(complaint.Case{}, env.By.ID, events)
	return err
}

func benchActor(b *testing.B, a *app.App, id party.PersonID) party.Actor {
	b.Helper()
	who, err := a.Actor(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	return who
}

// BenchmarkRead measures the reading use cases in the server, permission filter
// and opening of the masked cards included: a worklist page of 50 rows by next
// due date, a two-character search, and a case page.
func BenchmarkRead(b *testing.B) {
	n := benchCases(b)
	a := benchWorld(b, n)
	for _, who := range []struct {
		name string
		id   party.PersonID
	}{{"head_office", "office"}, {"branch", "lead0102"}, {"sub_branch", "h010203"}} {
		actor := benchActor(b, a, who.id)
		b.Run("worklist/"+who.name, func(b *testing.B) {
			for b.Loop() {
				p, err := a.Worklist(ctx, actor, storage.Filter{Reach: storage.All, Limit: 50})
				if err != nil || len(p.Rows) == 0 {
					b.Fatal(len(p.Rows), err)
				}
			}
		})
		for _, q := range []struct{ name, text string }{{"common", "年费"}, {"everywhere", "希望"}, {"rare", "栋驼"}} {
			b.Run("search/"+q.name+"/"+who.name, func(b *testing.B) {
				for b.Loop() {
					if _, err := a.Find(ctx, actor, q.text, 0, 50); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	office := benchActor(b, a, "office")
	r := mrand.New(mrand.NewPCG(3, 3))
	b.Run("case", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.Case(ctx, office, complaint.ID(1+r.IntN(n))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

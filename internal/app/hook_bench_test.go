package app_test

import (
	"crypto/rand"
	"strconv"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// BenchmarkHooksAtAnAppend registers cases: with webhooks off, on without a
// target, and with targets that want none of it; and asks what each command begins with
// (Outset), with the head of a stream alone beside it.
func BenchmarkHooksAtAnAppend(b *testing.B) {
	for name, options := range map[string]func(testing.TB) storage.Options{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			now := calendar.Of(2026, 6, 30).Time().Add(9 * time.Hour)
			o := options(b)
			o.Now = func() time.Time { return now }
			s := storagetest.Open(b, o)
			a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(b.TempDir(), rand.Reader), Now: o.Now, Institution: "示例银行股份有限公司"})
			if err != nil {
				b.Fatal(err)
			}
			ok := func(err error) {
				if err != nil {
					b.Fatal(err)
				}
			}
			ok(a.SetUnit(ctx, party.System, party.Unit{ID: "01", Name: "总行", Level: party.HeadOffice}, ""))
			ok(a.SetPerson(ctx, party.System, party.Person{ID: "me", Login: "me", Name: "李雯", Unit: "01", Roles: []party.Role{party.Handler}}, ""))
			ok(a.SetPerson(ctx, party.System, party.Person{ID: "admin", Login: "admin", Name: "冯管", Unit: "01", Roles: []party.Role{party.Administrator}}, ""))
			me, err := a.Actor(ctx, "me")
			ok(err)
			admin, err := a.Actor(ctx, "admin")
			ok(err)
			n := 0
			register := func(b *testing.B) {
				for b.Loop() {
					n++
					_, err := a.Register(ctx, me, complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "张三丰", Phone: strconv.Itoa(13800000000 + n)}, Narrative: "我在网点办卡时没有被告知年费，要求退还。"})
					ok(err)
				}
			}
			b.Run("off", register)
			a.SetPost(hookPost)
			b.Run("no target", register)
			for name, ask := range map[string]func(*storage.Tx, string) error{
				"ask for a head":           func(tx *storage.Tx, stream string) error { _, err := tx.Head(stream); return err },
				"ask for it and the hooks": func(tx *storage.Tx, stream string) error { _, err := tx.Outset(stream); return err },
			} {
				b.Run(name, func(b *testing.B) {
					ok(s.View(ctx, func(tx *storage.Tx) error {
						for i := 0; b.Loop(); i++ { // another stream each time: a snapshot asks once
							if err := ask(tx, strconv.Itoa(i)); err != nil {
								return err
							}
						}
						return nil
					}))
				})
			}
			for range 5 {
				x, _, err := a.AddHook(ctx, admin, hook.Config{Name: "n", Address: "http://127.0.0.1:1/", Kinds: []string{"complaint.closed"}})
				ok(err)
				ok(a.SetHook(ctx, admin, x.ID, x.Config, true, ""))
			}
			b.Run("five targets", register)
		})
	}
}

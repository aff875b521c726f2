package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/cli"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// sound makes a data folder with nothing wrong: two units, a person, an
// attachment nobody misses, a good backup.
func sound(t *testing.T) (dir string) {
	t.Helper()
	ctx := context.Background()
	dir = filepath.Join(t.TempDir(), "data")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(os.Mkdir(dir, 0o700))
	ok(os.WriteFile(filepath.Join(dir, cli.KeyFile), []byte(strings.Repeat("5a", 32)+"\n"), 0o600))
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: [32]byte(bytes.Repeat([]byte{0x5a}, 32))})
	ok(err)
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(filepath.Join(dir, storage.FilesName), rand.Reader)})
	ok(err)
	ok(a.SetUnit(ctx, party.System, party.Unit{ID: "01", Name: "总部", Level: party.HeadOffice}, ""))
	ok(a.SetPerson(ctx, party.System, party.Person{ID: "p0", Login: "admin", Name: "管理员", Unit: "01", Roles: []party.Role{party.Administrator}}, ""))
	a.SetBackups(app.BackupConfig{Keep: 1})
	_, err = a.BackupTo(ctx, filepath.Join(filepath.Dir(dir), "bk"))
	ok(err)
	ok(s.Close())
	return dir
}

type line struct {
	Name, Value, Mend string
	OK                bool
}

func doctor(t *testing.T, now time.Time, args ...string) (code int, bad []line) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(context.Background(), cli.World{Out: &out, Err: &errs, Env: func(string) string { return "" }, Now: func() time.Time { return now }},
		append([]string{"doctor", "--json", "--addr", "127.0.0.1:0"}, args...))
	var list []line
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		return code, []line{{Name: "stderr", Mend: errs.String()}}
	}
	for _, l := range list {
		if !l.OK {
			bad = append(bad, l)
		}
	}
	return code, bad
}

// TestDoctorFindsEachFault prepares one fault after the other: doctor finds it
// and says what to do.
func TestDoctorFindsEachFault(t *testing.T) {
	chmod := func(name string, mode os.FileMode) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	do := func(q string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, storage.FileName))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(name, content string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			old := time.Now().Add(-48 * time.Hour)
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	newest := `(SELECT max(version_id) FROM goose_db_version)`
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		later   time.Duration // how far the clock is from now
		want    string        // in the name, the value or what to do
	}{
		{"nothing is wrong", func(*testing.T, string) {}, 0, ""},
		{"others read the key", chmod(cli.KeyFile, 0o644), 0, "chmod 600"},
		{"others enter the folder", chmod("", 0o755), 0, "chmod 700"},
		{"no key", func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, cli.KeyFile)) }, 0, "还没有主密钥"},
		{"another's key", write(cli.KeyFile, strings.Repeat("00", 32)), 0, "主密钥不属于"},
		{"no key in the file", write(cli.KeyFile, "hello"), 0, "64 位"},
		{"a newer database", do(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`), 0, "较新的请换用新版本"},
		{"an older database", do(`DELETE FROM goose_db_version WHERE version_id = ` + newest), 0, "下次启动时升级"},
		{"no database file", write(storage.FileName, strings.Repeat("no database ", 999)), 0, "数据"},
		{"the chain is broken", do(`UPDATE event SET kind = 'x' WHERE version = 1`), 0, "从合格的备份恢复"},
		{"an event is gone", do(`DELETE FROM event WHERE seq = 2`), 0, "从合格的备份恢复"},
		{"a stray attachment", write("attachments/ab/"+strings.Repeat("ab", 32), "x"), 0, "中断的上传"},
		{"the clock is behind", func(*testing.T, string) {}, -2 * time.Hour, "校时"},
		{"the backup is old", func(*testing.T, string) {}, 40 * time.Hour, "一天半"},
		{"the backup failed", do(`UPDATE upkeep SET state = 'bad', doc = '{"failure":"磁盘坏了"}'`), 0, "磁盘坏了"},
		{"no backup", do(`DELETE FROM upkeep`), 0, "backup-dir"},
		{"no holiday notice", func(*testing.T, string) {}, 3 * 365 * 24 * time.Hour, "放假通知"},
		{"a restore that did not end", write("restore-unfinished", ""), 0, "恢复没有完成"},
		{"the database server is away", write(cli.ConfigFile, `dsn = "postgres://x@127.0.0.1:1/x?connect_timeout=2"`), 0, "数据库服务器是否在运行"},
		{"the bucket is away", func(t *testing.T, dir string) {
			write("bucket.key", "id\nsecret\n")(t, dir)
			write("bucket.toml", "endpoint = \"http://127.0.0.1:1\"\nbucket = \"bank\"\naccess_key_file = \"bucket.key\"\n")(t, dir)
			write(cli.ConfigFile, fmt.Sprintf("attachments-file = %q", filepath.Join(dir, "bucket.toml")))(t, dir)
		}, 0, "127.0.0.1:1"},
		{"a torn page of the database", func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, storage.FileName), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for page := int64(2); page < 400; page++ { // half of each, as a power cut leaves them
				if _, err := f.WriteAt(make([]byte, 2048), page*4096); err != nil {
					t.Fatal(err)
				}
			}
		}, 0, "磁盘"},
		{"a damaged index of texts", do(`DELETE FROM search_fts_data`), 0, "xiaobao rebuild"},
		{"mail that is set wrongly", write(cli.ConfigFile, "smtp_host = \"mail.example\"\nsmtp_from = \"a@bank.example\"\nsmtp_tls = \"perhaps\"\n"), 0, "smtp"},
		{"a password of mail that others read", func(t *testing.T, dir string) {
			write("mail.password", "geheim-9\n")(t, dir)
			chmod("mail.password", 0o644)(t, dir)
			write(cli.ConfigFile, fmt.Sprintf("smtp_host = \"mail.example\"\nsmtp_from = \"a@bank.example\"\nsmtp_user = \"a\"\nsmtp_password_file = %q\n", filepath.Join(dir, "mail.password")))(t, dir)
		}, 0, "chmod 600"},
		{"mail that was given up", func(t *testing.T, dir string) {
			do(`INSERT INTO outbox (id, way, target, kind, state, created, due, tries, tried, code, took, answer, doc) VALUES ('m1', 'mail', 'a', 'test', 'given_up', 1, 1, 7, 1, 550, 1, 'no such box', '{}')`)(t, dir)
			write(cli.ConfigFile, "smtp_host = \"mail.example\"\nsmtp_from = \"a@bank.example\"\n")(t, dir)
		}, 0, "再发一次"},
		{"a setting that is none", write(cli.ConfigFile, `colour = "red"`), 0, "colour"},
		{"a file that is no configuration", write(cli.ConfigFile, `addr = `), 0, "写得不对"},
		{"a wrong time of backups", write(cli.ConfigFile, `backup-time = "25:00"`), 0, "25:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := sound(t)
			test.prepare(t, dir)
			code, after := doctor(t, time.Now().Add(test.later), "--data", dir)
			if test.want == "" {
				for _, l := range after {
					if l.Name != "磁盘空间" && l.Name != "放假通知" && !strings.Contains(l.Name, "OCR") { // of this machine and of this year
						t.Errorf("%+v", l)
					}
				}
				return
			}
			found := false
			for _, l := range after {
				found = found || strings.Contains(l.Name+l.Value+l.Mend, test.want)
				if l.Mend == "" {
					t.Errorf("nothing to do about %+v", l)
				}
			}
			if !found || code == cli.OK {
				t.Errorf("exit %d, want %q in %+v", code, test.want, after)
			}
		})
	}
}

// TestDoctorMissingFileIsNamed takes a file away that an event names.
func TestDoctorMissingFileIsNamed(t *testing.T) {
	dir := sound(t)
	db, err := sql.Open("sqlite", filepath.Join(dir, storage.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	digest := strings.Repeat("ab", 32)
	if _, err := db.Exec(`UPDATE event SET body = ? WHERE seq = 1`, []byte(`{"digest":"`+digest+`"}`)); err != nil {
		t.Fatal(err)
	}
	_, bad := doctor(t, time.Now(), "--data", dir)
	for _, l := range bad {
		if strings.Contains(l.Value, digest) && strings.Contains(l.Mend, "attachments") {
			return
		}
	}
	t.Errorf("not found: %+v", bad)
}

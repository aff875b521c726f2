package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/cli"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// asks runs a command and reads its JSON.
func asks(t *testing.T, into any, args ...string) (code int, errs string) {
	t.Helper()
	var out, warn bytes.Buffer
	code = cli.Run(context.Background(), cli.World{Out: &out, Err: &warn, Env: func(string) string { return "" }, Now: time.Now}, args)
	if into != nil && code == 0 {
		if err := json.Unmarshal(out.Bytes(), into); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out.String())
		}
	}
	return code, warn.String()
}

// Attachments go to a bucket and back, and doctor says whether it can be used.
func TestAttachmentsToBucketAndBack(t *testing.T) {
	dir, bucket := sound(t), storagetest.NewS3(t)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	here := blob.New(filepath.Join(dir, storage.FilesName), rand.Reader)
	for _, content := range []string{"一", "二"} {
		if _, _, err := here.Put(context.Background(), key, "case/1", strings.NewReader(content), 99); err != nil {
			t.Fatal(err)
		}
	}
	settings := bucket.Settings(t, "bank")
	var m struct {
		Files, There, Missing int
		To                    string
	}
	for _, want := range []int{0, 2} {
		if code, errs := asks(t, &m, "attachments", "--data", dir, "--to", settings, "--json"); code != 0 || m.Files != 2 || m.There != want || !strings.HasPrefix(m.To, "https://") {
			t.Errorf("exit %d, %+v %s", code, m, errs)
		}
	}
	back := filepath.Join(t.TempDir(), "back")
	if code, errs := asks(t, &m, "attachments", "--data", dir, "--attachments-file", settings, "--to", back, "--json"); code != 0 || m.Files != 2 || m.There != 0 {
		t.Errorf("back: exit %d, %+v %s", code, m, errs)
	}
	if code, errs := asks(t, nil, "attachments", "--data", dir, "--attachments-file", settings, "--to", settings); code != 1 || !strings.Contains(errs, "不用搬") {
		t.Errorf("to itself: exit %d %s", code, errs)
	}
	if code, _ := asks(t, nil, "attachments", "--data", dir); code != 2 {
		t.Errorf("nowhere: exit %d", code)
	}
	for _, fault := range []string{"", "bucket", "secret"} {
		file := settings
		switch fault {
		case "bucket":
			bucket.Bucket = "another"
		case "secret":
			file = filepath.Join(filepath.Dir(settings), "bad.toml")
			if err := os.WriteFile(file, []byte(`secret = "x"`), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, bad := doctor(t, time.Now(), "--data", dir, "--attachments-file", file)
		said := len(bad) > 0 && strings.Contains(bad[0].Name, "附件存储") && bad[0].Mend != ""
		if said != (fault != "") {
			t.Errorf("doctor with %q: %+v", fault, bad)
		}
	}
}

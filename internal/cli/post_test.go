package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/cli"
	"xiaobao/internal/post/posttest"
)

// Mail servers and receivers with certificates of the house's own: doctor reaches the
// servers with the file that names the authority and not without, says until when it
// lasts, and says what is wrong with a file; the server does not start with a wrong one.
func TestOwnAuthorities(t *testing.T) {
	ca, other := posttest.NewCA(t), posttest.NewCA(t).File()
	cert := ca.Certificate(time.Now().Add(time.Hour), "127.0.0.1")
	smtp := posttest.StartSecureSMTP(t, posttest.Implicit, cert)
	imap := posttest.StartSecureIMAP(t, posttest.Implicit, cert)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, empty, secret := ca.File(), write("empty.pem", ""), write("password", "password\n")
	mail := []string{"--smtp-host=127.0.0.1", fmt.Sprint("--smtp-port=", smtp.Port), "--smtp-from=x@bank.example"}
	box := []string{"--imap-host=127.0.0.1", fmt.Sprint("--imap-port=", imap.Port), "--imap-user=username", "--imap-password-file=" + secret}
	hooks := []string{"--webhook-hosts=hooks.bank.example"}
	for _, test := range []struct {
		name string
		args []string
		more string
		good bool
		want string
	}{
		{"mail", mail, "--smtp-ca-file=" + good, true, "smtp-ca-file：1 张"},
		{"mail, no authority", mail, "", false, "smtp-ca-file"},
		{"mail, another authority", mail, "--smtp-ca-file=" + other, false, "不是由本机信任的机构签发"},
		{"mail, no file", mail, "--smtp-ca-file=" + dir + "/none", false, "读不了证书文件"},
		{"mail, empty file", mail, "--smtp-ca-file=" + empty, false, "（smtp-ca-file）里没有 PEM 格式的证书"},
		{"box", box, "--imap-ca-file=" + good, true, "imap-ca-file：1 张"},
		{"box, no authority", box, "", false, "imap-ca-file"},
		{"box, empty file", box, "--imap-ca-file=" + empty, false, "（imap-ca-file）里没有 PEM 格式的证书"},
		{"webhooks", hooks, "--webhook-ca-file=" + good, true, "webhook-ca-file：1 张"},
		{"webhooks, empty file", hooks, "--webhook-ca-file=" + empty, false, "（webhook-ca-file）里没有 PEM 格式的证书"},
		{"webhooks, a key", hooks, "--webhook-ca-file=" + write("key.pem", pemKey), false, "不要放私钥"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			w := cli.World{Out: &out, Err: &out, Env: func(string) string { return "" }, Now: time.Now}
			args := append([]string{"doctor", "--reach", "--data", filepath.Join(dir, "data")}, test.args...)
			if test.more != "" {
				args = append(args, test.more)
			}
			cli.Run(t.Context(), w, args)
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("doctor lacks %q:\n%s", test.want, out.String())
			}
			reached := strings.Contains(out.String(), "服务器连接") && !strings.Contains(out.String(), "没有登录也没有发送任何内容")
			if test.name != "webhooks" && reached != test.good {
				t.Errorf("reached %v, want %v:\n%s", reached, test.good, out.String())
			}
			if ending := strings.Contains(out.String(), "即将到期或已到期"); ending != test.good && !strings.Contains(test.name, "another") {
				t.Errorf("an authority of one hour: said %v\n%s", ending, out.String())
			}
			if test.name == "webhooks, empty file" {
				out.Reset()
				serve := append([]string{"serve", "--addr=127.0.0.1:0", "--data", filepath.Join(dir, "serve")}, append(test.args, test.more)...)
				if code := cli.Run(t.Context(), w, serve); code != cli.Failure || !strings.Contains(out.String(), test.want) {
					t.Errorf("the server ends with %d: %s", code, out.String())
				}
			}
		})
	}
}

const pemKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

package cli

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the shipped deployment files set is what the program reads.
func TestDeploymentFiles(t *testing.T) {
	variable := regexp.MustCompile(`\bXIAOBAO_[A-Z_]+`)
	known := append(slices.Clone(settingNames), "config")
	seen := 0
	for path, content := range deployment(t) {
		for _, name := range variable.FindAllString(content, -1) {
			seen++
			if !slices.ContainsFunc(known, func(s string) bool { return envName(s) == name }) {
				t.Errorf("%s sets %s, which nothing reads", path, name)
			}
		}
	}
	if seen < 8 {
		t.Errorf("%d settings in all files", seen)
	}
	commands := map[string]bool{}
	for _, c := range root().subs {
		commands[c.name] = true
	}
	unit := deployment(t)["systemd/xiaobao.service"]
	args := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/xiaobao (\S+)`).FindStringSubmatch(unit)
	if args == nil || !commands[args[1]] {
		t.Errorf("the unit starts %q", args)
	}
	compose := deployment(t)["compose.yaml"]
	for _, command := range regexp.MustCompile(`CMD-SHELL, xiaobao ([a-z]+)`).FindAllStringSubmatch(compose, -1) {
		if !commands[command[1]] {
			t.Errorf("compose runs %q", command[1])
		}
	}
}

// Every file that compose mounts is there, and every secret it uses is declared
// and said how to make.
func TestComposeRefersToWhatIsThere(t *testing.T) {
	files := deployment(t)
	compose := files["compose.yaml"]
	for _, m := range regexp.MustCompile(`\./([a-z]+/?[a-zA-Z.]*):/`).FindAllStringSubmatch(compose, -1) {
		if _, err := os.Stat(filepath.Join("../../deploy", m[1])); err != nil {
			t.Errorf("compose mounts %s: %v", m[1], err)
		}
	}
	for _, m := range regexp.MustCompile(`/run/secrets/([a-z.]+)`).FindAllStringSubmatch(strings.Join([]string{compose, files["nginx/xiaobao.conf"], files["postgres/primary.sh"], files["prometheus/prometheus.yml"]}, "\n"), -1) {
		if !strings.Contains(compose, m[1]+": { file: ./secrets/"+m[1]+" }") {
			t.Errorf("secret %s is not declared", m[1])
		}
	}
}

// A secret of a relative name is a volume to some programs; a service that the
// proxy names has an address of its own, for the proxy asks for it once.
func TestComposeIsUnderstoodByOlderPrograms(t *testing.T) {
	files := deployment(t)
	compose := files["compose.yaml"]
	if bad := regexp.MustCompile(`\{ file: [^./]\S*`).FindAllString(compose, -1); bad != nil {
		t.Errorf("not beginning with ./ : %q", bad)
	}
	servers := regexp.MustCompile(`server ([a-z0-9-]+):8080`).FindAllStringSubmatch(files["nginx/xiaobao.conf"], -1)
	if len(servers) < 3 {
		t.Fatalf("the proxy knows %q", servers)
	}
	for _, s := range servers {
		if !regexp.MustCompile(`(?m)^  ` + s[1] + `: .*ipv4_address: 10\.77\.0\.\d+`).MatchString(compose) {
			t.Errorf("%s has no address of its own", s[1])
		}
	}
}

// The shell scripts and the nginx file are read by the programs they are for,
// where those are installed.
func TestDeploymentIsUnderstood(t *testing.T) {
	for _, script := range []string{"postgres/primary.sh", "postgres/standby.sh", "trial.sh"} {
		if out, err := exec.Command("bash", "-n", "../../deploy/"+script).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", script, out)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		unit := strings.ReplaceAll(deployment(t)["systemd/xiaobao.service"], "/usr/local/bin/xiaobao", "/bin/true")
		path := filepath.Join(t.TempDir(), "xiaobao.service")
		if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
		if strings.Contains(string(out), "xiaobao.service:") {
			t.Errorf("systemd-analyze: %s", out)
		}
	}
}

// deployment returns the shipped files by their path under deploy.
func deployment(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir("../../deploy", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel("../../deploy", path)
		out[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil || len(out) < 8 {
		t.Fatalf("%d files, %v", len(out), err)
	}
	return out
}

// The token of /metrics comes from a file; a short or broken one is refused.
func TestMetricsToken(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		content, want, err string
	}{
		"good":  {"0123456789abcdef01\n", "0123456789abcdef01", ""},
		"short": {"abc", "", "不少于"},
		"lines": {"0123456789abcdef\n0123456789abcdef", "", "一行口令"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := &call{conf: config{"metrics-token-file": {path, "test"}}}
		got, err := c.metricsToken()
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	c := &call{conf: config{"metrics-token-file": {filepath.Join(dir, "none"), "test"}}}
	if _, err := c.metricsToken(); err == nil {
		t.Error("a missing file is no error")
	}
}

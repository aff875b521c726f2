package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/cli"
)

// The attached model is configured by flag, variable or file; its key by variable
// or key file only, and it is shown nowhere. Doctor connects only when asked to.
func TestDoctorOnTheModel(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.Header.Get("Authorization") != "Bearer sk-secret" || r.URL.Path != "/v1/models" {
			t.Errorf("asked %s with %s", r.URL, r.Header)
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"qwen3"}]}`))
	}))
	defer s.Close()
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("sk-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "--assist-url=" + s.URL + "/v1"
	for name, c := range map[string]struct {
		args  []string
		env   map[string]string
		want  string
		asked int
	}{
		"none":         {nil, nil, "未接入", 0},
		"configured":   {[]string{url, "--assist-model=qwen3", "--assist-key-file=" + key}, nil, "qwen3 @ 127.0.0.1", 0},
		"reached":      {[]string{url, "--assist-model=qwen3", "--assist-key-file=" + key, "--reach"}, nil, "大模型连接", 1},
		"by variable":  {[]string{url, "--assist-model=qwen3", "--reach"}, map[string]string{"XIAOBAO_ASSIST_KEY": "sk-secret"}, "可用", 1},
		"other model":  {[]string{url, "--assist-model=glm", "--assist-key-file=" + key, "--reach"}, nil, "没有名为 glm", 1},
		"public":       {[]string{"--assist-url=https://8.8.8.8/v1", "--assist-model=x"}, nil, "在机构之外", 0},
		"bad number":   {[]string{url, "--assist-model=x", "--assist-max-tokens=many"}, nil, "assist-max-tokens", 0},
		"bad price":    {[]string{url, "--assist-model=x", "--assist-price-in=-1"}, nil, "assist-price-in", 0},
		"no key file":  {[]string{url, "--assist-model=x", "--assist-key-file=" + dir + "/none"}, nil, "读不了大模型的密钥文件", 0},
		"no such flag": {[]string{"--assist-key=sk"}, nil, "没有选项 --assist-key", 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked = 0
			var out strings.Builder
			w := cli.World{Out: &out, Err: &out, Env: func(name string) string { return c.env[name] }, Now: time.Now}
			cli.Run(t.Context(), w, append([]string{"doctor", "--data", filepath.Join(dir, "data")}, c.args...))
			if !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "sk-secret") || asked != c.asked {
				t.Errorf("asked %d times, says\n%s", asked, out.String())
			}
		})
	}
}

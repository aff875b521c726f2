package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// ConfigFile is the configuration file looked for in the data folder when
// --config names none.
const ConfigFile = "xiaobao.toml"

// DefaultData is the data folder when nothing names one.
const DefaultData = "data"

// value is a setting with where it came from, for doctor.
type value struct{ text, from string }

// config is the settings of one command.
type config map[string]value

func (c config) get(name string) string { return c[name].text }

// settingNames are all that a configuration file may hold, so that one file
// serves every command.
var settingNames = []string{"addr", "data", "dsn", "master-key-file", "institution", "log-level", "secure-cookies", "proxies", "metrics-token-file",
	"assist-url", "assist-model", "assist-key-file", "assist-timeout", "assist-max-tokens", "assist-price-in", "assist-price-out", "assist-daily-budget", "assist-daily-calls",
	"assist-concurrency", "assist-allow-public", "assist-proxy", "identity-file", "attachments-file",
	"hash", "sealing",
	"base-url", "smtp-host", "smtp-port", "smtp-tls", "smtp-user", "smtp-password-file", "smtp-ca-file", "smtp-from", "imap-host", "imap-port", "imap-tls", "imap-user", "imap-password-file", "imap-ca-file", "imap-folder", "checkpoint-mail", "checkpoint-dir",
	"webhook-hosts", "webhook-http-hosts", "webhook-networks", "webhook-ca-file",
	"backup-dir", "backup-time", "backup-keep", "backup-recipients", "backup-identity"}

// store registers the flags of commands that open the data.
func (f *flags) store(data string) {
	f.setting("data", "DIR", data, text{"数据目录", "data folder"})
	f.setting("dsn", "URL", "", text{"PostgreSQL 连接串；不写则用数据目录里的 SQLite", "PostgreSQL connection string; SQLite in the data folder without it"})
	f.setting("master-key-file", "FILE", "", text{"主密钥文件；不写则为数据目录里的 " + KeyFile, "master key file; " + KeyFile + " in the data folder without it"})
	f.setting("hash", "NAME", "", text{"新记录的摘要算法：sha256 或 sm3；不写则沿用数据库里的", "how new events are hashed: sha256 or sm3; that of the database without it"})
	f.setting("sealing", "NAME", "", text{"新密文的密封算法：aes-256-gcm 或 sm4-gcm；不写则沿用数据库里的", "with what new texts are sealed: aes-256-gcm or sm4-gcm; that of the database without it"})
	f.setting("attachments-file", "FILE", "", text{"说明附件存在哪个 S3 存储的文件；不写则存在数据目录里", "file that describes the S3 store of the attachments; they lie in the data folder without it"})
	f.setting("config", "FILE", "", text{"配置文件（TOML）；不写则为数据目录里的 " + ConfigFile, "configuration file (TOML); " + ConfigFile + " in the data folder without it"})
}

// resolve gives every setting its value: flag, environment, file, default.
func (f *flags) resolve(env func(string) string) (config, error) {
	out := config{}
	given := map[string]bool{}
	f.set.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	for name, p := range f.settings {
		out[name] = value{*p, "default"}
		if given[name] {
			out[name] = value{*p, "--" + name}
		} else if v := env(envName(name)); v != "" {
			out[name] = value{v, envName(name)}
		}
	}
	if _, ok := f.settings["config"]; !ok {
		return out, nil
	}
	return out, out.readFile(f)
}

func envName(flag string) string {
	return "XIAOBAO_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readFile fills what is still at its default from the file. The file in the
// data folder may be missing; one that was named may not.
func (c config) readFile(f *flags) error {
	path := c.get("config")
	named := path != ""
	if !named {
		path = filepath.Join(c.get("data"), ConfigFile)
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return errors.New(f.lang.say(text{"读不了配置文件 %s：%v", "cannot read the configuration file %s: %v"}, path, err))
	}
	var file map[string]any
	if err := toml.Unmarshal(raw, &file); err != nil {
		return errors.New(f.lang.say(text{"配置文件 %s 写得不对：%v", "the configuration file %s is not right: %v"}, path, err))
	}
	for _, key := range slices.Sorted(maps.Keys(file)) {
		name := strings.ReplaceAll(key, "_", "-")
		if !slices.Contains(settingNames, name) {
			return errors.New(f.lang.say(text{"配置文件 %s 里有不认识的项 %s；可以写的有：%s", "the configuration file %s has an unknown key %s; known are: %s"},
				path, key, strings.ReplaceAll(strings.Join(settingNames, ", "), "-", "_")))
		}
		if v, ok := c[name]; ok && v.from == "default" {
			c[name] = value{fmt.Sprint(file[key]), path}
		}
	}
	c["config"] = value{path, c["config"].from}
	return nil
}

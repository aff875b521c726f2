package rule_test

import (
	"encoding/csv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

const data = "../../../../shared/data/"

// marketing are the messages of the public set.
func marketing(b *testing.B) []string {
	b.Helper()
	f, err := os.Open(data + "marketing/sms_financial.csv")
	if err != nil {
		absent(b, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, row := range rows[1:] {
		out = append(out, row[1])
	}
	return out
}

// laws are the texts of laws.
func laws(b *testing.B) []string {
	b.Helper()
	names, err := filepath.Glob(data + "laws/*.md")
	if err != nil || len(names) == 0 {
		absent(b, fs.ErrNotExist)
	}
	var out []string
	for _, name := range names {
		s, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, string(s))
	}
	return out
}

func absent(b *testing.B, err error) {
	if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
		b.Fatal(err)
	}
	b.Skip("the public texts are not here: ", err)
}

func size(texts []string) (n int64) {
	for _, s := range texts {
		n += int64(len(s))
	}
	return n
}

func book(b *testing.B) *rule.Book {
	b.Helper()
	k, err := packs.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	return k
}

// BenchmarkScan scans with all shipped packs; beside it stand one regular
// expression of the same words, as a plain scanner would have it, and ripgrep.
func BenchmarkScan(b *testing.B) {
	for _, set := range []struct {
		name  string
		texts func(*testing.B) []string
	}{{"marketing", marketing}, {"laws", laws}} {
		b.Run(set.name+"/rules", func(b *testing.B) {
			k, texts := book(b), set.texts(b)
			b.SetBytes(size(texts))
			found := 0
			for b.Loop() {
				found = 0
				for _, s := range texts {
					found += len(k.Scan(rule.Doc{Text: s}))
				}
			}
			pace(b, len(texts))
			b.ReportMetric(float64(found), "findings")
		})
		b.Run(set.name+"/regexp", func(b *testing.B) {
			k, texts := book(b), set.texts(b)
			quoted := k.Words()
			for i, w := range quoted {
				quoted[i] = regexp.QuoteMeta(w)
			}
			re := regexp.MustCompile("(?i)" + strings.Join(quoted, "|"))
			b.SetBytes(size(texts))
			for b.Loop() {
				for _, s := range texts {
					re.FindAllStringIndex(s, -1)
				}
			}
			pace(b, len(texts))
		})
		b.Run(set.name+"/ripgrep", func(b *testing.B) { ripgrep(b, set.texts(b)) })
	}
}

// pace reports how many texts a second, and how long 10,000 of them take: the
// aim is 5 s for messages.
func pace(b *testing.B, texts int) {
	rate := float64(texts*b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "texts/s")
	b.ReportMetric(10000/rate, "s/10,000")
}

// ripgrep looks for the same words in the same bytes, start of the process
// included; the file is large enough that this does not matter.
func ripgrep(b *testing.B, texts []string) {
	rg, err := exec.LookPath("rg")
	if err != nil {
		b.Skip("ripgrep is not installed")
	}
	const times = 20
	dir := b.TempDir()
	all := strings.Repeat(strings.Join(texts, "\n"), times)
	if err := os.WriteFile(dir+"/texts", []byte(all), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(dir+"/words", []byte(strings.Join(book(b).Words(), "\n")), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(all)))
	for b.Loop() {
		if err := exec.Command(rg, "-F", "-c", "-j1", "-f", dir+"/words", dir+"/texts").Run(); err != nil && err.(*exec.ExitError).ExitCode() > 1 {
			b.Fatal(err)
		}
	}
	pace(b, len(texts)*times)
}

// BenchmarkBook measures loading and compiling all shipped packs.
func BenchmarkBook(b *testing.B) {
	list, err := packs.All()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := rule.NewBook(list...); err != nil {
			b.Fatal(err)
		}
	}
}

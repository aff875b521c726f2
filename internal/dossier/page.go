package dossier

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

var (
	//go:embed page/verify.html
	pageHTML string
	//go:embed page/verify.css
	pageCSS string
	//go:embed page/verify.js
	pageJS string
)

var page = sync.OnceValue(func() []byte {
	source := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	return []byte(strings.NewReplacer("@SCRIPT@", source(pageJS), "@STYLE@", source(pageCSS), "@CSS@", pageCSS, "@JS@", pageJS).Replace(pageHTML))
})

// Page is the page that checks a case file in a browser: one HTML file without
// network, whose policy allows its own script and style and nothing else.
func Page() []byte { return bytes.Clone(page()) }

// readme says what the case file is and what it proves.
func readme(c Case) []byte {
	content := "含个人信息、文书与附件的原件。请按个人信息保护的要求保管，用毕销毁。"
	if c.Variant == Masked {
		content = "个人信息已隐去；不含文书与附件的原件。"
	}
	return fmt.Appendf(nil, readmeText, c.Number, c.At.UTC().Format("2006-01-02 15:04:05"), c.By, line(c.Reason), content, c.Origin, c.Size, Fingerprint(c.PublicKey))
}

const readmeText = `密封案卷

投诉编号：%s
导出时间：%s（UTC）
导出人：%s
导出原因：%s
内容：%s
出具系统：%s
检查点：%d 条
公钥指纹：%s

怎样核对
  1. 用浏览器打开 verify.html，选择整个 ZIP 文件（不是解压后的文件）。不需要网络。
  2. 或者运行：xiaobao verify 案卷.zip --key 公钥文件
  3. 把公钥指纹与出具机构公布的指纹核对。只有一致，才说明案卷确由该机构的系统出具。

里面有什么
  manifest.txt     清单：每个文件的 SHA-256、长度、名称，由系统签名
  case.pdf         案卷正文：经过、争议点与认定、处理决定、文书
  events.jsonl     全部记录，一行一条：原样的内容、前后相连的摘要、在总账中的证明
  opened.json      各条记录密封部分的明文（隐去个人信息的案卷没有）
  letters/         文书原件        originals/    附件原件
  checkpoint.txt   签名的检查点：总账的条数、根摘要与时间
  public-key.txt   公钥            verify.html   核对页

证明什么
  记录：内容、次序、完整（到最后给出的一条）均由摘要链和检查点证明。
  文书与附件：与记录登记的摘要一致。
  密封部分的明文：记录里是密文的摘要，不是明文的摘要。明文由系统的签名担保；出具机构可用
  xiaobao verify 案卷.zip --open --data 数据目录 当场重新打开密文，证明两者一致（密钥销毁后不能）。
  case.pdf：由系统的签名担保，内容以记录为准。
`

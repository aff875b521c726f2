package cli

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// pictures says whether the text of pictures and scanned pages can be read. Doing
// without is no fault: such files are then refused with the reason.
func (k *checkup) pictures(ctx context.Context) {
	name := text{"图片文字识别", "text recognition"}
	program := tesseract()
	if program == "" {
		k.note(name, true, k.c.say("没有安装 tesseract：图片和扫描件读不出文字。需要时安装 tesseract-ocr 和 tesseract-ocr-chi-sim", "no tesseract: pictures and scans are refused. To read them, install tesseract-ocr and tesseract-ocr-chi-sim"), text{})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	version, _ := exec.CommandContext(ctx, program, "--version").CombinedOutput()
	langs, _ := exec.CommandContext(ctx, program, "--list-langs").CombinedOutput()
	first, _, _ := strings.Cut(string(version), "\n")
	k.note(name, slices.Contains(strings.Fields(string(langs)), "chi_sim"), strings.TrimSpace(first)+"  ("+program+")",
		text{"缺少简体中文数据：安装 tesseract-ocr-chi-sim", "the data for Chinese is not there: install tesseract-ocr-chi-sim"})
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		k.note(text{"扫描页", "scanned pages"}, true, k.c.say("没有安装 pdftoppm（poppler-utils）：扫描的 PDF 只能识别页面中的整幅图片", "no pdftoppm (poppler-utils): of scanned PDF files only the pictures that fill a page are read"), text{})
	}
}
